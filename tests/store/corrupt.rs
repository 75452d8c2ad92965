//! A row that no statement of ours stored: the log is told which column it is, and never what that
//! holds.

use ::client_tokens::{
    domain::{
        audit::Filter,
        environment::Environment::Live,
        id::ApiKeyId,
        idempotency::{Claim, IdempotencyKey},
        target::{NewTarget, parse_id},
        upstream::Upstream,
    },
    store::{
        api_keys, audit_log, caller::Caller, client_tokens, conversations, feedback, idempotency,
        opening, row::read_all, statement::Query, targets, verification,
    },
};
use serde::de::DeserializeOwned;

use crate::database::{Database, START, TARGETS, authenticate, conversation_id, new_token, writer};

struct World {
    database: Database,
    caller: Caller,
}

impl World {
    /// A token with a target and a conversation, one of whose columns is broken by `sql`.
    fn broken(sql: &str) -> Self {
        let database = Database::migrated();
        let caller = database.caller("acme", Live, 1);
        database.insert(&caller, &new_token(1, Live));
        let (name, description, upstream) = (None, None, Upstream::Echo);
        let target = NewTarget { id: parse_id("flow_a").unwrap(), name, description, upstream };
        database.fetch(&targets::put(&caller, &target, TARGETS));
        database.conversation(new_token(1, Live).id, 1, "flow_a");
        database.fill(1, 1);
        let world = Self { database, caller };
        world.run("pragma foreign_keys = off; pragma ignore_check_constraints = on");
        let triggers = "select group_concat('drop trigger ' || name, ';') from sqlite_master
            where type = 'trigger'";
        let triggers: String = world.database.0.query_row(triggers, [], |row| row.get(0)).unwrap();
        world.run(&triggers);
        world.run(sql);
        world
    }

    fn run(&self, sql: &str) {
        self.database.0.execute_batch(sql).unwrap();
    }

    fn is_told<R: DeserializeOwned, N>(&self, query: &Query<R, N>, words: &str) {
        let rows = self.database.rows(&query.statement);
        assert_ne!(rows, "[]");
        assert_eq!(read_all::<R>(&rows).map(drop), Err(words.to_owned()));
    }
}

/// What is told when a column of a table is as `broken` says.
fn told(table: &str, broken: &str) -> (World, String) {
    let (column, _) = broken.split_once(" = ").unwrap();
    let world = World::broken(&format!("update {table} set {broken}"));
    (world, format!("a stored row is corrupt: {column}"))
}

fn of(row: &str, words: &str) -> String {
    words.replace(": ", &format!(": {row}."))
}

#[test]
fn a_token_is_told_wherever_it_is_read() {
    for broken in [
        "id = 'secret'",
        "environment = 'secret'",
        "generation = -1",
        "signing_key_id = 256",
        "name = ''",
        "flow_ids = '[\"secret\",7]'",
        "default_flow_id = 's e c r e t'",
        "agent_ids = '\"secret\"'",
        "allowed_origins = '[\"https://secret/x\"]'",
        "config = '[\"secret\"]'",
        "rate_limit_per_minute = -1",
    ] {
        let (world, words) = told("client_tokens", broken);
        let (words, id) = (of("TokenRow", &words), new_token(1, Live).id);
        world.is_told(&client_tokens::page(&world.caller, 9, 0), &words);
        if broken.starts_with("id") {
            continue;
        }
        world.is_told(&client_tokens::find(&world.caller, id), &words);
        world.is_told(&client_tokens::of_credential(id), &words);
        world.is_told(&opening::opening(id, None, None, None), &words);
        world.is_told(&verification::verified(&world.caller, id, None, None), &words);
    }
}

#[test]
fn a_target_is_told_wherever_it_is_read() {
    for broken in [
        "name = ''",
        "kind = 'secret'",
        "base_url = 'secret', kind = 'events'",
        "base_url = null, kind = 'events'",
        "model = null, base_url = 'https://a.example', kind = 'openai'",
        "settings = 'secret', base_url = 'https://a.example', kind = 'events'",
        "settings = '{\"headers\":\"secret\"}', base_url = 'https://a.example', kind = 'events'",
        "api_key_secret = 'sk-secret'",
    ] {
        let (world, words) = told("targets", broken);
        let (words, id) = (of("TargetRow", &words), new_token(1, Live).id);
        world.is_told(&targets::page(&world.caller, 9, 0), &words);
        world.is_told(&targets::find(&world.caller, &parse_id("flow_a").unwrap()), &words);
        world.is_told(&opening::opening(id, None, None, None), &words);
        world.is_told(&verification::verified(&world.caller, id, None, None), &words);
    }
}

#[test]
fn a_key_is_told_wherever_it_is_read() {
    for broken in ["name = ''", "permissions = '* secret'", "created_by = 'secret'"] {
        let (world, words) = told("api_keys", broken);
        let words = of("ApiKey", &words);
        world.is_told(&authenticate(&world.caller), &words);
        // Where only the digest names the caller.
        world.is_told(&api_keys::page(&world.caller, 9, 0), &words);
    }
}

#[test]
fn whatever_else_is_told_too() {
    let token = new_token(1, Live).id;
    let (world, words) = told("conversations", "message_count = -1");
    let page = conversations::page(&world.caller, token, conversations::Filter::default(), 9, 0);
    world.is_told(&page, &of("Conversation", &words));

    for broken in ["role = 'secret'", "status = 'secret'"] {
        let (world, words) = told("messages", broken);
        let page = conversations::messages(&world.caller, token, conversation_id(1), 0, 9);
        world.is_told(&page, &of("PagedRow", &words));
    }

    let world = World::broken(&format!(
        "insert into audit_log (tenant_id, position, at, action, environment, object_kind,
           object_id, fields_after)
         values ('acme', 99, {START}, 'target.put', 'live', 'target', 'flow_a', 'secret')"
    ));
    let page = audit_log::page(&world.caller, &Filter::default(), None, 9);
    world.is_told(&page, "a stored row is corrupt: EntryRow.fields_after");

    let world = World::broken(&format!(
        "insert into feedback (id, client_token_id, conversation_id, session_started_at, type,
           message_id, created_at, updated_at)
         values ('secret', '{token}', '{}', {START}, 'upvote', '', {START}, {START})",
        conversation_id(1)
    ));
    let page = feedback::page(&world.caller, token, None, 9, 0);
    world.is_told(&page, "a stored row is corrupt: Feedback.id");

    let key = IdempotencyKey::parse("a").unwrap();
    let claim = Claim::of(&key, &["POST"], b"{}");
    let world = World::broken("");
    world.database.fetch(&client_tokens::claim_with(writer(&world.caller), token, &claim));
    world.run("update idempotency_keys set outcome = '\"secret\"'");
    let found = idempotency::find::<ApiKeyId>(&claim);
    world.is_told(&found, "a stored row is corrupt: Recorded.outcome");
}
