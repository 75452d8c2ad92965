//! API keys.

use ::client_tokens::{
    domain::{
        api_key::{ApiKey, ApiKeyValue},
        environment::Environment::{Live, Test},
        tenant::TenantId,
        time::Timestamp,
    },
    store::{
        api_keys::{self as store, OwnedKey},
        caller::Caller,
    },
};

use crate::database::{Database, START, keyring, new_key};

fn authenticated(database: &Database, caller: &Caller) -> Option<ApiKey> {
    let rows = database.fetch(&store::authenticate(caller));
    rows.into_iter().next().map(|owned| owned.key)
}

#[test]
fn a_key_is_known_by_its_digest_alone() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let OwnedKey { tenant, key } = database.fetch(&store::authenticate(&caller)).remove(0);
    assert_eq!(tenant, TenantId::parse("acme").unwrap());
    assert_eq!((key.environment, key.last_used_at, key.expires_at), (Live, None, None));
    let columns = database.run(&store::authenticate(&caller).statement).remove(0);
    assert!(columns.iter().all(|(name, _)| name != "digest"));
}

#[test]
fn a_tenant_is_made_once() {
    let database = Database::migrated();
    database.caller("acme", Live, 1);
    database.caller("acme", Live, 2);
    assert_eq!(database.count("select count(*) from tenants"), 1);
    assert_eq!(database.count("select count(*) from api_keys"), 2);
}

#[test]
fn an_inserted_key_belongs_to_its_makers_tenant() {
    let database = Database::migrated();
    let maker = database.caller("acme", Live, 1);
    let value = ApiKeyValue::mint(&keyring(), Test, &[9; 32]).unwrap();
    let mut key = new_key(&value, Test, 9);
    key.expires_at = Some(Timestamp::from_millis(START + 1000));
    database.fetch(&store::insert(&maker, &key));
    let caller = Caller { digest: key.digest, environment: Test, now: maker.now };
    let owned = database.fetch(&store::authenticate(&caller)).remove(0);
    assert_eq!(owned.tenant.as_str(), "acme");
    assert_eq!(authenticated(&database, &caller).unwrap().expires_at, key.expires_at);
}

#[test]
fn nothing_crosses_tenants_or_environments() {
    let database = Database::migrated();
    let live = database.caller("acme", Live, 1);
    let test = database.caller("acme", Test, 2);
    let other = database.caller("other", Live, 3);
    let id = authenticated(&database, &live).unwrap().id;
    for stranger in [&test, &other] {
        assert!(database.fetch(&store::find(stranger, id)).is_empty());
        assert!(database.fetch(&store::revoke(stranger, id)).is_empty());
        let digest = &stranger.digest;
        assert!(database.fetch(&store::regenerate(stranger, id, digest, "hint")).is_empty());
    }
    let counts = [&live, &test, &other].map(|caller| database.fetch(&store::all(caller)).len());
    assert_eq!(counts, [2, 1, 1]);
}

#[test]
fn a_revoked_key_is_gone_at_once_its_own_request_included() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let id = authenticated(&database, &caller).unwrap().id;
    assert_eq!(database.fetch(&store::revoke(&caller, id)).len(), 1);
    assert!(authenticated(&database, &caller).is_none());
    assert!(database.fetch(&store::revoke(&caller, id)).is_empty());
}

#[test]
fn a_regenerated_key_has_another_value_and_the_same_id() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let before = authenticated(&database, &caller).unwrap();
    let value = ApiKeyValue::mint(&keyring(), Live, &[8; 32]).unwrap();
    let digest = value.digest(&keyring()).unwrap();
    database.fetch(&store::regenerate(&caller, before.id, &digest, value.hint()));
    assert!(authenticated(&database, &caller).is_none());
    let after = authenticated(&database, &Caller { digest, ..caller }).unwrap();
    assert_eq!((after.id, after.hint.as_str()), (before.id, value.hint()));
}

#[test]
fn the_last_use_moves_at_most_once_a_minute() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for (after, recorded) in [(0, 0), (59_999, 0), (60_000, 60_000), (60_001, 60_000)] {
        let now = Timestamp::from_millis(START + after);
        database.run(&store::touch(&Caller { now, ..caller.clone() }));
        let last = authenticated(&database, &caller).unwrap().last_used_at;
        assert_eq!(last, Some(Timestamp::from_millis(START + recorded)), "after {after} ms");
    }
}
