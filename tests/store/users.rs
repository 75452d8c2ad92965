//! Statements of signed-in users, who name their tenant themselves and have no key.

use ::client_tokens::{
    domain::{
        api_key::ApiKeyValue,
        client_token::Changes,
        environment::Environment::{Live, Test},
        permission::{Permission, Permissions},
        target::{NewTarget, parse_id},
        text::Name,
        upstream::Upstream,
    },
    store::{api_keys, caller::Caller, client_tokens, targets, tenants},
};

use crate::database::{
    Database, KEYS, TARGETS, TOKENS, authenticate, holder, keyring, new_key, new_token, renewed,
    user, writer,
};

/// Makes the caller's tenant, if it's new.
fn settle(database: &Database, caller: &Caller) {
    let query = tenants::make_for(caller).unwrap();
    assert!(database.fetch(&query).is_empty());
}

/// A key that the caller makes, the `nth` one.
fn made(database: &Database, maker: &Caller, nth: u8, permissions: &[&str]) -> Option<Caller> {
    let value = ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
    let mut key = new_key(&value, Live, nth);
    let permissions = permissions.iter().map(|text| Permission::parse(text).unwrap());
    key.permissions = Permissions::from_list(permissions.collect());
    let stored = database.fetch(&api_keys::insert(maker, &key, KEYS)).into_iter().next()?;
    assert_eq!(stored.created_by, None);
    Some(holder(key.digest, Live))
}

#[test]
fn a_users_tenant_is_made_once_before_its_first_write_and_never_for_a_key() {
    let database = Database::migrated();
    let caller = user("org_a", &["*"]);
    let insert = client_tokens::insert(writer(&caller), &new_token(1, Live), TOKENS);
    assert!(database.fetch(&insert).is_empty());
    settle(&database, &caller);
    settle(&database, &caller);
    assert_eq!(database.fetch(&insert).len(), 1);
    assert_eq!(database.count("select count(*) from tenants where id = 'org_a'"), 1);
    assert_eq!(tenants::make_for(&database.caller("acme", Live, 1)), None);
}

#[test]
fn a_user_and_a_live_key_of_the_tenant_reach_the_same() {
    let database = Database::migrated();
    let key = database.caller("org_a", Live, 1);
    let caller = user("org_a", &["*"]);
    let (live, test) = (new_token(1, Live), new_token(2, Test));
    database.insert(&key, &live);
    database.insert(&caller, &test);
    for one in [&key, &caller] {
        assert_eq!(database.fetch(&client_tokens::page(one, 9, 0)).len(), 2);
        assert_eq!(database.fetch(&client_tokens::find(one, live.id)).len(), 1);
        assert_eq!(database.fetch(&api_keys::page(one, 100, 0)).len(), 1);
    }
    let named = Changes { name: Some(Name::parse("Named").unwrap()), ..Changes::default() };
    let update = client_tokens::update(writer(&caller), live.id, &named);
    assert_eq!(database.fetch(&update).remove(0).settings.name.as_str(), "Named");
    let id = parse_id("flow_a").unwrap();
    let target =
        NewTarget { id: id.clone(), name: None, description: None, upstream: Upstream::Echo };
    assert_eq!(database.fetch(&targets::put(&caller, &target, TARGETS)).len(), 1);
    assert_eq!(database.fetch(&targets::listed_by(&key, live.id)).len(), 1);
    assert_eq!(database.fetch(&targets::delete(&caller, &id)).len(), 1);
    assert_eq!(database.fetch(&client_tokens::delete(writer(&caller), live.id)).len(), 1);
}

#[test]
fn nothing_crosses_from_a_user_to_another_tenant() {
    let database = Database::migrated();
    let owner = database.caller("org_a", Live, 1);
    let token = new_token(1, Live);
    database.insert(&owner, &token);
    let key = database.fetch(&api_keys::page(&owner, 100, 0)).remove(0).id;
    for stranger in [user("org_b", &["*"]), user("org_a_", &["*"]), user("ORG_A", &["*"])] {
        settle(&database, &stranger);
        let generation = database.fetch(&client_tokens::find(&owner, token.id)).remove(0);
        assert!(database.fetch(&client_tokens::find(&stranger, token.id)).is_empty());
        assert!(database.fetch(&client_tokens::page(&stranger, 9, 0)).is_empty());
        let signing = keyring().signing_key();
        let write = client_tokens::regenerate(writer(&stranger), token.id, signing);
        assert!(database.fetch(&write).is_empty());
        assert!(database.fetch(&client_tokens::delete(writer(&stranger), token.id)).is_empty());
        assert!(database.fetch(&api_keys::find(&stranger, key)).is_empty());
        assert!(database.fetch(&api_keys::revoke(&stranger, key, true)).is_empty());
        assert_eq!(database.fetch(&client_tokens::find(&owner, token.id)), [generation]);
    }
}

#[test]
fn the_statement_itself_asks_for_the_right_of_a_user() {
    let database = Database::migrated();
    let reader = user("org_a", &["CLIENT_TOKENS:READ", "API_KEYS:*"]);
    settle(&database, &reader);
    for caller in [reader, user("org_a", &[])] {
        let insert = client_tokens::insert(writer(&caller), &new_token(1, Live), TOKENS);
        assert!(database.fetch(&insert).is_empty());
    }
    for permissions in [&["CLIENT_TOKENS:WRITE"][..], &["API_KEYS:READ", "CLIENT_TOKENS:*"], &["*"]]
    {
        let caller = user("org_a", permissions);
        let nth = u8::try_from(permissions[0].len()).unwrap();
        let insert = client_tokens::insert(writer(&caller), &new_token(nth, Live), TOKENS);
        assert_eq!(database.fetch(&insert).len(), 1, "{permissions:?}");
    }
}

#[test]
fn a_user_makes_and_ends_keys_of_no_more_than_its_role_allows() {
    let database = Database::migrated();
    let admin = user("org_a", &["*"]);
    settle(&database, &admin);
    let star = made(&database, &admin, 1, &["*"]).unwrap();
    let star_id = database.fetch(&authenticate(&star)).remove(0).key.id;
    let small = user("org_a", &["API_KEYS:*", "CLIENT_TOKENS:READ"]);
    assert!(made(&database, &small, 2, &["CLIENT_TOKENS:WRITE"]).is_none());
    assert!(made(&database, &small, 2, &["*"]).is_none());
    let child = made(&database, &small, 2, &["CLIENT_TOKENS:READ"]).unwrap();
    let id = database.fetch(&authenticate(&child)).remove(0).key.id;
    let digest = child.digest().unwrap();
    assert!(database.fetch(&api_keys::revoke(&small, star_id, true)).is_empty());
    assert!(
        database
            .fetch(&api_keys::regenerate(&small, star_id, &renewed(digest, "hint", 0)))
            .is_empty()
    );
    assert_eq!(
        database.fetch(&api_keys::regenerate(&small, id, &renewed(digest, "hint", 0))).len(),
        1
    );
    assert_eq!(database.fetch(&api_keys::revoke(&small, id, false)).len(), 1);
    assert_eq!(database.fetch(&api_keys::revoke(&admin, star_id, true)).len(), 1);
}
