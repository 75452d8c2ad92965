//! What is done once under an idempotency key.

use ::client_tokens::{
    domain::{
        api_key::{ApiKeyValue, KeyDigest},
        client_token::{ClientToken, Known, NewClientToken},
        environment::Environment::Live,
        id::ApiKeyId,
        idempotency::{Claim, IdempotencyKey, KEPT_MILLIS},
        permission::Scope,
        time::Timestamp,
    },
    store::{
        api_keys,
        caller::{Caller, Writer},
        client_tokens,
        db_error::DbError,
        idempotency::{self, Recorded},
        statement::Statement,
    },
};

use crate::database::{
    Database, KEYS, START, TOKENS, keyring, new_key, new_token, renewed, writer,
};

fn claim_of(key: &str, body: &str) -> Claim {
    let key = IdempotencyKey::parse(key).unwrap();
    Claim::of(&key, &["POST", "/v1/client-tokens"], body.as_bytes())
}

impl Database {
    /// Runs statements as one transaction; whether it was refused since the key was used before.
    fn once(&self, statements: &[Statement]) -> bool {
        self.0.execute_batch("begin").unwrap();
        for statement in statements {
            if let Some(error) = self.refusal(statement) {
                self.0.execute_batch("rollback").unwrap();
                assert!(matches!(error, DbError::Repeated(_)) && error.is_final(), "{error:?}");
                return true;
            }
        }
        self.0.execute_batch("commit").unwrap();
        false
    }

    fn claims(&self) -> i64 {
        self.count("select count(*) from idempotency_keys")
    }

    fn tokens(&self) -> i64 {
        self.count("select count(*) from client_tokens")
    }
}

fn create(writer: Writer<'_>, claim: &Claim, token: &NewClientToken) -> Vec<Statement> {
    vec![
        idempotency::forget(claim, writer.caller.now).statement,
        idempotency::claim(writer, claim, TOKENS).statement,
        client_tokens::insert(writer, token, TOKENS).statement,
        client_tokens::keep(claim, token.id).statement,
    ]
}

fn regenerate(writer: Writer<'_>, claim: &Claim, known: &Known) -> Vec<Statement> {
    vec![
        idempotency::forget(claim, writer.caller.now).statement,
        client_tokens::claim_with(writer, known.clone(), claim).statement,
        client_tokens::regenerate(writer, known.clone(), keyring().signing_key()).statement,
        client_tokens::keep(claim, known.id).statement,
    ]
}

fn recorded(database: &Database, claim: &Claim) -> Option<Recorded<ClientToken>> {
    database.fetch(&idempotency::find(claim)).into_iter().next()
}

#[test]
fn a_token_is_made_once_under_a_key_and_recorded_as_it_was() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let claim = claim_of("k", "{}");
    let first = new_token(1, Live);
    assert!(!database.once(&create(writer(&caller), &claim, &first)));
    let made = database.fetch(&client_tokens::find(&caller, first.id)).remove(0);
    for nth in 2..12 {
        let another = claim_of("k", if nth % 2 == 0 { "{}" } else { "another body" });
        assert!(database.once(&create(writer(&caller), &another, &new_token(nth, Live))));
    }
    assert_eq!((database.tokens(), database.claims()), (1, 1));
    database.fetch(&client_tokens::delete(writer(&caller), first.id));
    let recorded = recorded(&database, &claim).unwrap();
    assert_eq!((recorded.outcome, recorded.request), (made, claim.request));
    assert!(!database.once(&create(writer(&caller), &claim_of("l", "{}"), &new_token(20, Live))));
    assert_eq!((database.tokens(), database.claims()), (2, 2));
}

#[test]
fn what_is_refused_claims_nothing_and_changes_no_record() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let reader = Writer { caller: &caller, scope: Scope::ClientTokensWrite };
    let claim = claim_of("k", "{}");
    database.0.execute("update api_keys set permissions = 'CLIENT_TOKENS:READ'", []).unwrap();
    assert!(!database.once(&create(reader, &claim, &new_token(1, Live))));
    assert_eq!((database.tokens(), database.claims()), (0, 0));
    database.0.execute("update api_keys set permissions = '*'", []).unwrap();
    assert!(!database.once(&create(reader, &claim, &new_token(2, Live))));
    let before = recorded(&database, &claim);
    database.0.execute("update api_keys set permissions = 'CLIENT_TOKENS:READ'", []).unwrap();
    assert!(!database.once(&create(reader, &claim, &new_token(3, Live))));
    assert_eq!(recorded(&database, &claim), before);
    assert_eq!((database.tokens(), database.claims()), (1, 1));
}

#[test]
fn a_token_is_regenerated_once_under_a_key_whatever_became_of_it() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live));
    let claim = claim_of("k", "");
    let stale = Known { id: token.id, versions: Some(vec![Timestamp::from_millis(START)]) };
    assert!(!database.once(&regenerate(writer(&caller), &claim, &stale)));
    let nobody = Known::from(new_token(9, Live).id);
    assert!(!database.once(&regenerate(writer(&caller), &claim, &nobody)));
    assert_eq!(database.claims(), 0);

    let known = Known { id: token.id, versions: Some(vec![token.updated_at]) };
    assert!(!database.once(&regenerate(writer(&caller), &claim, &known)));
    let regenerated = database.fetch(&client_tokens::find(&caller, token.id)).remove(0);
    assert_eq!(regenerated.generation, 1);
    // The version isn't the present one any more, and still the request is known to be the same.
    assert!(database.once(&regenerate(writer(&caller), &claim, &known)));
    database.fetch(&client_tokens::delete(writer(&caller), token.id));
    assert!(database.once(&regenerate(writer(&caller), &claim, &known)));
    assert_eq!(recorded(&database, &claim).unwrap().outcome, regenerated);
}

fn digest(nth: u8) -> KeyDigest {
    ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap().digest(&keyring()).unwrap()
}

#[test]
fn an_api_key_is_made_and_regenerated_once_under_a_key() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let make = |claim: &Claim, maker: &Caller, nth: u8| {
        let value = ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
        let key = new_key(&value, Live, nth);
        let made = idempotency::claim_made(claim, key.id, &key.digest, maker.now).statement;
        (key.id, database.once(&[api_keys::insert(maker, &key, KEYS).statement, made]))
    };
    let nobody = Caller { credential: caller_of(9), ..caller.clone() };
    let claim = claim_of("k", "{}");
    assert!(!make(&claim, &nobody, 2).1);
    assert_eq!(database.claims(), 0);
    let (id, repeated) = make(&claim, &caller, 3);
    assert!(!repeated);
    assert!((4..14).all(|nth| make(&claim, &caller, nth).1));
    assert_eq!(database.count("select count(*) from api_keys"), 2);
    let found: Recorded<ApiKeyId> = database.fetch(&idempotency::find(&claim)).remove(0);
    assert_eq!((found.request, found.outcome), (claim.request.clone(), id));

    let claim = claim_of("l", "");
    let again = |nth: u8| {
        let claimed = idempotency::claim_made(&claim, id, &digest(nth), caller.now).statement;
        let change = api_keys::regenerate(&caller, id, &renewed(&digest(nth), "hint", 0)).statement;
        database.once(&[change, claimed])
    };
    assert!(!again(20) && again(21) && again(22));
    let current = digest(20).to_hex();
    let sql = format!("select count(*) from api_keys where digest = '{current}'");
    assert_eq!(database.count(&sql), 1);
}

fn caller_of(nth: u8) -> ::client_tokens::store::caller::Credential {
    ::client_tokens::store::caller::Credential::Key { digest: digest(nth), environment: Live }
}

#[test]
fn a_key_counts_for_a_day_and_is_then_removed() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let claim = claim_of("k", "{}");
    let at = |millis: i64| Timestamp::from_millis(START + millis);
    assert!(!database.once(&create(writer(&caller), &claim, &new_token(1, Live))));
    let later = Caller { now: at(KEPT_MILLIS - 1), ..caller.clone() };
    assert!(database.once(&create(writer(&later), &claim, &new_token(2, Live))));
    let day = Caller { now: at(KEPT_MILLIS), ..caller.clone() };
    assert!(!database.once(&create(writer(&day), &claim, &new_token(3, Live))));
    assert_eq!((database.tokens(), database.claims()), (2, 1));

    assert!(database.run(&idempotency::purge(at(2 * KEPT_MILLIS - 1))).is_empty());
    assert_eq!(database.run(&idempotency::purge(at(2 * KEPT_MILLIS))).len(), 1);
    assert_eq!(database.claims(), 0);
}

#[test]
fn a_round_of_the_purge_is_bounded() {
    let database = Database::migrated();
    database
        .0
        .execute_batch(
            "with recursive numbers (n) as (select 1 union all select n + 1 from numbers limit 501)
             insert into idempotency_keys (id, request, outcome, created_at)
             select 'k' || n, 'r', '[]', n from numbers",
        )
        .unwrap();
    let removed = || database.run(&idempotency::purge(Timestamp::from_millis(START))).len();
    assert_eq!([removed(), removed(), removed()], [500, 1, 0]);
}
