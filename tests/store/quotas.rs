//! How many tokens, targets and keys a tenant may have: what is made is held to it by the statement that
//! makes it, and deleted ones give their place back.

use ::client_tokens::{
    domain::{
        api_key::ApiKeyValue,
        environment::Environment::Live,
        id::ClientTokenId,
        idempotency::{Claim, IdempotencyKey},
        quotas::{Quota, Stock},
        target::{NewTarget, parse_id},
        upstream::Upstream,
    },
    store::{api_keys, caller::Caller, client_tokens, idempotency, targets, tenants::make_for},
};

use crate::database::{Database, keyring, new_key, new_token, user, writer};

fn of(stock: Stock) -> Quota {
    Quota { of: stock, most: 2 }
}

/// Makes the `nth` token; whether there was room.
fn token(database: &Database, caller: &Caller, nth: u8) -> Option<ClientTokenId> {
    if let Some(tenant) = make_for(caller) {
        database.run(&tenant.statement);
    }
    let insert = client_tokens::insert(writer(caller), &new_token(nth, Live), of(Stock::Tokens));
    database.fetch(&insert).first().map(|token| token.id)
}

fn key(database: &Database, caller: &Caller, nth: u8) -> bool {
    let value = ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
    let new = new_key(&value, Live, nth);
    !database.fetch(&api_keys::insert(caller, &new, of(Stock::Keys))).is_empty()
}

fn target(database: &Database, caller: &Caller, id: &str) -> bool {
    let id = parse_id(id).unwrap();
    let new = NewTarget { id, name: None, description: None, upstream: Upstream::Echo };
    !database.fetch(&targets::put(caller, &new, of(Stock::Targets))).is_empty()
}

fn counts(database: &Database, tenant: &str) -> [i64; 5] {
    let count =
        |column| database.count(&format!("select {column} from tenants where id = '{tenant}'"));
    ["token_count", "token_rows", "key_count", "key_rows", "target_count"].map(count)
}

#[test]
fn one_more_than_the_number_is_not_made_and_another_tenant_has_its_own() {
    let database = Database::migrated();
    let acme = database.caller("acme", Live, 1);
    for caller in [&acme, &user("org_b", &["*"])] {
        assert!(token(&database, caller, if caller == &acme { 1 } else { 11 }).is_some());
        assert!(token(&database, caller, if caller == &acme { 2 } else { 12 }).is_some());
        assert!(token(&database, caller, 3).is_none());
        assert!(target(&database, caller, "flow_a") && target(&database, caller, "flow_b"));
        assert!(!target(&database, caller, "flow_c"));
        assert!(target(&database, caller, "flow_a"), "one that is there may be replaced");
    }
    assert!(key(&database, &acme, 2));
    assert!(!key(&database, &acme, 3));
    assert_eq!(counts(&database, "acme"), [2, 2, 2, 2, 2]);
    assert_eq!(counts(&database, "org_b"), [2, 2, 0, 0, 2]);
}

#[test]
fn what_is_deleted_gives_its_place_back_until_as_many_wait_for_their_purge() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for nth in 1..=4 {
        let made = token(&database, &caller, nth).unwrap();
        database.fetch(&client_tokens::delete(writer(&caller), made));
        database.fetch(&client_tokens::delete(writer(&caller), made));
    }
    assert!(token(&database, &caller, 5).is_none(), "four rows are twice the number");
    assert_eq!(counts(&database, "acme"), [0, 4, 1, 1, 0]);
    database.0.execute("delete from client_tokens where rowid = 1", []).unwrap();
    assert!(token(&database, &caller, 5).is_some());
    assert_eq!(counts(&database, "acme"), [1, 4, 1, 1, 0]);
    database.0.execute("delete from client_tokens", []).unwrap();
    assert_eq!(counts(&database, "acme"), [0, 0, 1, 1, 0]);

    for nth in 2..=4 {
        assert!(key(&database, &caller, nth), "{nth}");
        let made = database.fetch(&api_keys::page(&caller, 1, 0)).remove(0).id;
        assert_eq!(database.fetch(&api_keys::revoke(&caller, made, false)).len(), 1);
    }
    assert!(!key(&database, &caller, 5));
    assert_eq!(counts(&database, "acme"), [0, 0, 1, 4, 0]);
    database.0.execute("delete from api_keys where revoked_at is not null", []).unwrap();
    assert_eq!(counts(&database, "acme"), [0, 0, 1, 1, 0]);

    assert!(target(&database, &caller, "flow_a") && target(&database, &caller, "flow_b"));
    database.fetch(&targets::delete(&caller, &parse_id("flow_a").unwrap()));
    assert!(target(&database, &caller, "flow_c"));
    assert_eq!(counts(&database, "acme"), [0, 0, 1, 1, 2]);
}

#[test]
fn what_there_is_no_room_for_claims_no_idempotency_key_and_what_was_made_is_repeated() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let claim = |key: &str| {
        let key = IdempotencyKey::parse(key).unwrap();
        Claim::of(&key, &["acme"], b"{}")
    };
    let claimed = |key: &str| {
        let statement = idempotency::claim(writer(&caller), &claim(key), of(Stock::Tokens));
        database.try_run(&statement.statement).map(|rows| rows.len())
    };
    assert_eq!(claimed("first"), Ok(1));
    assert!(token(&database, &caller, 1).is_some() && token(&database, &caller, 2).is_some());
    assert_eq!(claimed("second"), Ok(0));
    assert!(claimed("first").is_err(), "used before, room or not");
}
