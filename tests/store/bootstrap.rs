//! The exchange of `BOOTSTRAP_KEY`: once for each value, and nothing half done.

use ::client_tokens::{
    domain::{
        api_key::{ApiKey, ApiKeyValue},
        audit::Filter,
        bootstrap::{BootstrapKey, Exchanged},
        environment::Environment::Live,
        tenant::TenantId,
        time::Timestamp,
    },
    store::{
        audit_log::{self, Context},
        bootstrap::{exchange, find},
        db_error::DbError,
        statement::Statement,
    },
};

use crate::database::{Database, START, authenticate, holder, keyring, new_key};

fn value(nth: u8) -> BootstrapKey {
    BootstrapKey::parse(Some(&format!("{nth:03}-0123456789abcdefghijklmnopqrst"))).unwrap()
}

fn statements(value: &BootstrapKey, tenant: &str, nth: u8) -> Vec<Statement> {
    let key = new_key(&ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap(), Live, nth);
    let at = Timestamp::from_millis(START);
    let context = Context::of_bootstrap(at, "request-1", Some("203.0.113.7"));
    exchange(value, &TenantId::parse(tenant).unwrap(), &key, context)
}

impl Database {
    /// Runs statements as one transaction, the first of them only; whether it was refused since the
    /// value is used up.
    fn exchanged(&self, statements: &[Statement], count: usize) -> bool {
        self.0.execute_batch("begin").unwrap();
        for statement in statements.iter().take(count) {
            if let Some(error) = self.refusal(statement) {
                self.0.execute_batch("rollback").unwrap();
                assert!(matches!(error, DbError::UsedUp(_)) && error.is_final(), "{error:?}");
                return true;
            }
        }
        let end = if count < statements.len() { "rollback" } else { "commit" };
        self.0.execute_batch(end).unwrap();
        false
    }

    /// How many tenants, keys, uses and entries of the log there are.
    fn tally(&self) -> [i64; 4] {
        ["tenants", "api_keys", "bootstrap_uses", "audit_log"]
            .map(|table| self.count(&format!("select count(*) from {table}")))
    }
}

#[test]
fn a_value_makes_one_key_whatever_the_tenant_and_another_value_one_more() {
    let database = Database::migrated();
    assert!(!database.exchanged(&statements(&value(1), "acme", 1), usize::MAX));
    for nth in 2..12 {
        let tenant = if nth % 2 == 0 { "acme" } else { "other" };
        assert!(database.exchanged(&statements(&value(1), tenant, nth), usize::MAX));
    }
    assert_eq!(database.tally(), [1, 1, 1, 1]);
    assert!(!database.exchanged(&statements(&value(2), "acme", 20), usize::MAX));
    assert_eq!(database.tally(), [1, 2, 2, 2]);
}

#[test]
fn what_breaks_off_leaves_nothing_and_the_value_good() {
    let database = Database::migrated();
    let all = statements(&value(1), "acme", 1);
    for count in 0..all.len() {
        assert!(!database.exchanged(&all, count));
        assert_eq!(database.tally(), [0; 4]);
    }
    assert!(!database.exchanged(&all, usize::MAX));
}

#[test]
fn the_key_may_do_everything_and_the_log_names_how_it_was_made() {
    let database = Database::migrated();
    assert!(!database.exchanged(&statements(&value(1), "acme", 1), usize::MAX));
    let made = ApiKeyValue::mint(&keyring(), Live, &[1; 32]).unwrap();
    let new = new_key(&made, Live, 1);
    let caller = holder(new.digest.clone(), Live);
    let stored = database.fetch(&authenticate(&caller)).remove(0);
    assert_eq!(stored.tenant.as_str(), "acme");
    assert_eq!(stored.key, ApiKey::from(new));
    let [at, key] = [Timestamp::from_millis(START), stored.key.created_at];
    assert_eq!(at, key);
    let found = database.fetch(&find(&value(1)));
    assert_eq!(found, [Exchanged { key: stored.key.id, at }]);
    assert!(database.fetch(&find(&value(2))).is_empty());
    let entry = database.fetch(&audit_log::page(&caller, &Filter::default(), None, 9)).remove(0);
    let entry = entry.entry;
    assert_eq!(entry.actor.as_deref(), Some("bootstrap"));
    assert_eq!((entry.action.as_str(), entry.at), ("api_key.create", at));
    assert_eq!(entry.request_id.as_deref(), Some("request-1"));
    assert_eq!(entry.address.as_deref(), Some("203.0.113.7"));
    assert_eq!(database.count("select count(*) from audit_context"), 0);
}
