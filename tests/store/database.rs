//! SQLite as D1 sets it up, and the tenants, keys and tokens that tests need.

use ::client_tokens::{
    domain::{
        actor::UserId,
        api_key::{ApiKeyValue, KeyDigest, NewApiKey, NewKeyValue},
        client_token::{ClientToken, NewClientToken, Settings, Targets},
        environment::Environment,
        id::{ApiKeyId, ClientTokenId, ConversationId},
        keyring::Keyring,
        origin::{AllowedOrigins, OriginPattern},
        permission::{Permission, Permissions, Scope},
        quotas::{Quota, Stock},
        tenant::TenantId,
        text::{Name, TargetId, TargetIds},
        time::Timestamp,
    },
    store::{
        api_keys::{self, OwnedKey},
        batch::RowSet,
        caller::{Caller, Credential, Writer},
        client_tokens,
        db_error::DbError,
        row::read_all,
        statement::{First, Query, Statement},
    },
};
use rusqlite::Connection;
use serde::de::DeserializeOwned;

use crate::sqlite::{self, Columns};

/// The moment at which every test begins.
pub(crate) const START: i64 = 1_800_000_000_000;

/// As many as a tenant may have unless the deployment says otherwise.
pub(crate) const TOKENS: Quota = Quota { of: Stock::Tokens, most: 10_000 };
pub(crate) const TARGETS: Quota = Quota { of: Stock::Targets, most: 1_000 };
pub(crate) const KEYS: Quota = Quota { of: Stock::Keys, most: 1_000 };

pub(crate) struct Database(pub(crate) Connection);

impl Database {
    /// An empty database after every migration, in order.
    pub(crate) fn migrated() -> Self {
        Self(sqlite::migrated())
    }

    pub(crate) fn try_run(&self, statement: &Statement) -> rusqlite::Result<Vec<Columns>> {
        sqlite::run(&self.0, statement)
    }

    pub(crate) fn run(&self, statement: &Statement) -> Vec<Columns> {
        self.try_run(statement).unwrap()
    }

    /// What a statement is refused with, in the words that D1 puts around SQLite's.
    pub(crate) fn refusal(&self, statement: &Statement) -> Option<DbError> {
        self.try_run(statement).err().map(sqlite::refusal)
    }

    /// The rows as the Worker's results.js passes them on.
    pub(crate) fn rows(&self, statement: &Statement) -> RowSet {
        sqlite::row_set(self.run(statement))
    }

    pub(crate) fn fetch<R: DeserializeOwned, N>(&self, query: &Query<R, N>) -> Vec<R> {
        read_all(&self.rows(&query.statement)).unwrap()
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// A key of `tenant`, stored; the caller who holds it at [`START`].
    pub(crate) fn caller(&self, tenant: &str, environment: Environment, nth: u8) -> Caller {
        let value = ApiKeyValue::mint(&keyring(), environment, &[nth; 32]).unwrap();
        let key = new_key(&value, environment, nth);
        for statement in api_keys::insert_first(&TenantId::parse(tenant).unwrap(), &key) {
            self.run(&statement);
        }
        holder(key.digest, environment)
    }

    pub(crate) fn insert(&self, caller: &Caller, token: &NewClientToken) -> ClientToken {
        self.fetch(&client_tokens::insert(writer(caller), token, TOKENS)).remove(0)
    }

    /// A conversation of `token`, the `nth` one, last changed `nth` milliseconds after the start.
    pub(crate) fn conversation(&self, token: ClientTokenId, nth: i64, target: &str) {
        self.0
            .execute(
                "insert into conversations
                 (id, client_token_id, target_id, first_message, created_at, updated_at)
                 values (?1, ?2, ?3, 'Hello', ?4, ?4)",
                rusqlite::params![
                    conversation_id(nth).to_string(),
                    token.to_string(),
                    target,
                    START + nth
                ],
            )
            .unwrap();
    }

    /// What the `nth` conversation may hold: as many messages, two sessions and an execution.
    pub(crate) fn fill(&self, nth: i64, messages: i64) {
        let id = conversation_id(nth).to_string();
        let run = |sql, numbers: [i64; 2]| {
            self.0.execute(sql, rusqlite::params![id, numbers[0], numbers[1]]).unwrap();
        };
        for position in 1..=messages {
            run(
                "insert into messages (conversation_id, id, position, role, content, created_at)
                 values (?1, 'm' || ?2, ?2, 'user', '\"Hello\"', ?3)",
                [position, START],
            );
        }
        for started in [START, START + 1] {
            run(
                "insert into sessions (conversation_id, started_at, chat_count, last_chat_at)
                 values (?1, ?2, ?3, ?2)",
                [started, 1],
            );
        }
        run(
            "insert into executions (
               id, conversation_id, reply_to, assistant_message_id, state, created_at
             )
             values ('exec_' || ?2, ?1, 'm1', 'a1', '{}', ?3)",
            [nth, START + 1],
        );
    }
}

/// Whoever holds the key of this digest, at [`START`].
pub(crate) fn holder(digest: KeyDigest, environment: Environment) -> Caller {
    let credential = Credential::Key { digest, environment };
    Caller { credential, now: Timestamp::from_millis(START) }
}

/// The statement that finds the caller's key.
pub(crate) fn authenticate(caller: &Caller) -> First<OwnedKey> {
    api_keys::authenticate(caller.digest().unwrap(), caller.now)
}

/// Somebody who may do everything as the user of a tenant.
pub(crate) fn impersonated(tenant: &str, impersonator: &str) -> Caller {
    let mut caller = user(tenant, &["*"]);
    let named = UserId::parse(impersonator).ok();
    if let Credential::Session { impersonator, .. } = &mut caller.credential {
        *impersonator = named;
    }
    caller
}

/// A user of `tenant` with these permissions, at [`START`].
pub(crate) fn user(tenant: &str, permissions: &[&str]) -> Caller {
    let permissions = permissions.iter().map(|text| Permission::parse(text).unwrap()).collect();
    let credential = Credential::Session {
        user: UserId::parse("user_1").unwrap(),
        impersonator: None,
        tenant: TenantId::parse(tenant).unwrap(),
        permissions: Permissions::from_list(permissions),
    };
    Caller { credential, now: Timestamp::from_millis(START) }
}

/// The id of the `nth` conversation.
pub(crate) fn conversation_id(nth: i64) -> ConversationId {
    ConversationId::parse(&format!("conv_00000000-0000-7000-8000-{nth:012x}")).unwrap()
}

/// A caller who writes to client tokens.
pub(crate) fn writer(caller: &Caller) -> Writer<'_> {
    Writer { caller, scope: Scope::ClientTokensWrite }
}

pub(crate) fn keyring() -> Keyring {
    Keyring::parse(&format!("1:{}", "a1b2".repeat(16))).unwrap()
}

pub(crate) fn new_key(value: &ApiKeyValue, environment: Environment, nth: u8) -> NewApiKey {
    NewApiKey {
        id: ApiKeyId::new(Timestamp::from_millis(START), &[nth; 10]),
        name: Name::parse("A key").unwrap(),
        environment,
        permissions: Permissions::from_list(vec![Permission::parse("*").unwrap()]),
        digest: value.digest(&keyring()).unwrap(),
        hint: value.hint().to_owned(),
        created_at: Timestamp::from_millis(START),
        expires_at: None,
    }
}

/// Another value for a key; the old one works on for so long.
pub(crate) fn renewed(digest: &KeyDigest, hint: &str, grace_millis: i64) -> NewKeyValue {
    NewKeyValue { digest: digest.clone(), hint: hint.to_owned(), grace_millis }
}

pub(crate) fn target_ids(ids: &[&str]) -> TargetIds {
    TargetIds::from_ids(ids.iter().map(|id| TargetId::parse(*id).unwrap()).collect()).unwrap()
}

/// A token to be made, the `nth` one, `nth` milliseconds after the start.
pub(crate) fn new_token(nth: u8, environment: Environment) -> NewClientToken {
    let now = Timestamp::from_millis(START + i64::from(nth));
    let origins = ["https://app.example.com", "native"]
        .map(|origin| OriginPattern::parse(origin).unwrap())
        .to_vec();
    let settings = Settings::new(
        Name::parse(format!("Token {nth}")).unwrap(),
        AllowedOrigins::from_patterns(origins),
    );
    let targets = Targets { flow_ids: target_ids(&["flow_a", "flow_b"]), ..Targets::default() };
    NewClientToken {
        id: ClientTokenId::new(now, &[nth; 10]),
        environment,
        key: keyring().signing_key(),
        product_surface_id: None,
        settings: Settings { targets, ..settings },
        created_at: now,
    }
}
