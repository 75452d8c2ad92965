//! Values bind: what a statement says is the same whoever asks, and whatever for.

use ::client_tokens::{
    domain::{
        actor::UserId,
        api_key::ApiKeyValue,
        audit::Filter,
        environment::Environment::Live,
        idempotency::{Claim, IdempotencyKey},
        permission::{Permission, Permissions},
        quotas::{Quota, Stock},
        target::{NewTarget, parse_id},
        tenant::TenantId,
        time::Timestamp,
        upstream::Upstream,
    },
    store::{
        api_keys,
        audit_log::{self, Context},
        caller::{Caller, Credential},
        client_tokens, conversations, idempotency,
        statement::Statement,
        targets, tenants,
    },
};

use crate::database::{START, holder, keyring, new_key, new_token, renewed, writer};

/// A user about whom everything depends on `nth`.
fn user(nth: u8) -> Caller {
    let permission = ["CLIENT_TOKENS:READ", "*"][usize::from(nth % 2)];
    let credential = Credential::Session {
        user: UserId::parse(format!("user_{nth}")).unwrap(),
        impersonator: (nth == 1).then(|| UserId::parse("user_9").unwrap()),
        tenant: TenantId::parse(format!("org_{nth}")).unwrap(),
        permissions: Permissions::from_list(vec![Permission::parse(permission).unwrap()]),
    };
    Caller { credential, now: Timestamp::from_millis(START + i64::from(nth)) }
}

/// The holder of a key, the `nth` one.
fn key(nth: u8) -> Caller {
    let value = ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
    holder(value.digest(&keyring()).unwrap(), Live)
}

/// What the `nth` request of a caller runs.
fn statements(caller: &Caller, nth: u8) -> Vec<Statement> {
    let most = |of| Quota { of, most: nth.into() };
    let (writer, now) = (writer(caller), caller.now);
    let value = ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
    let (key, token) = (new_key(&value, Live, nth), new_token(nth, Live));
    let claim = IdempotencyKey::parse(&format!("key-{nth}")).unwrap();
    let claim = Claim::of(&claim, &["POST"], &[nth]);
    let id = parse_id(&format!("flow_{nth}")).unwrap();
    let target = NewTarget { id, name: None, description: None, upstream: Upstream::Echo };
    let filter = Filter { actor: Some(format!("user_{nth}")), ..Filter::default() };
    let mut all = vec![
        api_keys::insert(caller, &key, most(Stock::Keys)).statement,
        api_keys::regenerate(caller, key.id, &renewed(&key.digest, &key.hint, nth.into()))
            .statement,
        api_keys::end_grace(caller, key.id).statement,
        api_keys::revoke(caller, key.id, nth == 1).statement,
        api_keys::page(caller, nth.into(), nth.into()).statement,
        client_tokens::insert(writer, &token, most(Stock::Tokens)).statement,
        client_tokens::claim_with(writer, token.id, &claim).statement,
        client_tokens::delete(writer, token.id).statement,
        client_tokens::page(caller, nth.into(), nth.into()).statement,
        conversations::page(
            caller,
            token.id,
            conversations::Filter { target: Some(target.id.as_str()), user: None },
            nth.into(),
            nth.into(),
        )
        .statement,
        targets::put(caller, &target, most(Stock::Targets)).statement,
        targets::delete(caller, &target.id).statement,
        audit_log::page(caller, &filter, Some(nth.into()), nth.into()).statement,
        audit_log::reveal(writer, token.id, &keyring()).statement,
        audit_log::purge(now),
        idempotency::claim(writer, &claim, most(Stock::Tokens)).statement,
    ];
    all.extend(tenants::make_for(caller).map(|made| made.statement));
    let address = format!("203.0.113.{nth}");
    let context = Context::of(writer, &address, Some(&address)).within(Vec::new());
    all.extend(context);
    all
}

#[test]
fn no_value_stands_in_the_text_of_a_statement() {
    for (one, other) in [(user(1), user(2)), (key(1), key(2))] {
        for (one, other) in statements(&one, 1).into_iter().zip(statements(&other, 2)) {
            assert_eq!(one.sql, other.sql);
            // D1 refuses a parameter that isn't mentioned.
            let mentioned: Vec<_> =
                one.sql.split(|c: char| c != '?' && !c.is_ascii_digit()).collect();
            for place in 1..=one.params.len() {
                let place = format!("?{place}");
                assert!(mentioned.contains(&place.as_str()), "{place} in {}", one.sql);
            }
        }
    }
}
