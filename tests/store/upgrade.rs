//! What was stored before a migration is there after it, in the new form.

use rusqlite::Connection;

fn migrate(connection: &Connection, names: &[&str]) {
    for name in names {
        let path = format!("{}/migrations/{name}.sql", env!("CARGO_MANIFEST_DIR"));
        connection.execute_batch(&std::fs::read_to_string(path).unwrap()).unwrap();
    }
}

#[test]
fn messages_are_weighed_and_answers_become_text() {
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    migrate(&connection, &["0001_management", "0002_browser"]);
    connection
        .execute_batch(
            r#"insert into tenants values ('acme', 1);
insert into client_tokens (id, tenant_id, environment, signing_key_id, name, flow_ids, agent_ids, allowed_origins, config, created_at, updated_at)
values ('ct_1', 'acme', 'live', 1, 'A', '[]', '[]', '["*"]', '{}', 1, 1);
insert into conversations (id, client_token_id, created_at, updated_at) values ('c1', 'ct_1', 1, 1);
insert into messages (conversation_id, id, position, role, content, reply_to, display_content, created_at) values
('c1', 'u1', 1, 'user', '"h\u00e9\"llo"', null, 'hi', 2),
('c1', 'a1', 2, 'assistant', '"a \"b\"\nc"', 'u1', null, 3),
('c1', 'u2', 3, 'user', '[{"type":"text","text":"See"},{"type":"image","image":"AAAA"},{"type":"file","data":"BB","mimeType":"text/plain","filename":"a \"b\".txt"}]', null, null, 4),
('c1', 'u3', 4, 'user', '[{"type":"text","text":"See"}]', null, null, 5);
insert into executions values ('c1', 'e1', 1, 'u1', 'a1', '{}', 1);"#,
        )
        .unwrap();
    migrate(&connection, &["0004_transcript", "0005_pauses"]);

    let mut rows = connection
        .prepare(
            "select id, content, brief, text_bytes, media_bytes from messages order by position",
        )
        .unwrap();
    let rows: Vec<(String, String, Option<String>, i64, i64)> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!((rows[0].1.as_str(), rows[0].3, rows[0].4), (r#""h\u00e9\"llo""#, 7, 0));
    assert_eq!((rows[1].1.as_str(), rows[1].3), ("a \"b\"\nc", 7));
    assert_eq!(
        rows[2].2.as_deref(),
        Some(
            r#"[{"type":"text","text":"See"},{"type":"text","text":"[image]"},{"type":"text","text":"[file: a \"b\".txt]"}]"#
        )
    );
    assert_eq!(rows[2].4, 6);
    assert_eq!((rows[3].2.as_deref(), rows[3].4), (None, 0));
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        count("select byte_count = (select sum(bytes) from messages) from conversations"),
        1
    );
    assert_eq!(count("select message_count from conversations"), 4);
    assert_eq!(count("select count(*) from executions"), 0);
    connection.execute("delete from messages where id = 'u3'", []).unwrap();
    assert_eq!(count("select message_count from conversations"), 3);
    connection.execute("delete from conversations", []).unwrap();
    assert_eq!(count("select count(*) from messages"), 0);
}

#[test]
fn what_had_only_been_hidden_is_erased() {
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    let before = [
        "0001_management",
        "0002_browser",
        "0003_key_lineage",
        "0004_transcript",
        "0005_pauses",
        "0006_revision",
        "0007_users",
        "0009_idempotency",
        "0010_audit_log",
    ];
    migrate(&connection, &before);
    let fill = "
insert into conversations (id, client_token_id, first_message, user_id, created_at, updated_at)
values ('ID', 'ct_1', 'secret', 'user_1', 1, 1);
insert into messages (conversation_id, id, position, role, content, created_at)
values ('ID', 'u1', 1, 'user', '\"secret\"', 2);
insert into sessions (conversation_id, started_at, chat_count, last_chat_at)
values ('ID', 1, 1, 1);
insert into executions (conversation_id, id, reply_to, assistant_message_id, created_at, state)
values ('ID', 'e1', 'u1', 'a1', 1, '{}');
insert into feedback (
  id, client_token_id, conversation_id, session_started_at, type, created_at, updated_at
)
values ('fb_ID', 'ct_1', 'ID', 1, 'csat', 1, 1);";
    let token = "insert into tenants values ('acme', 1);
insert into client_tokens (id, tenant_id, environment, signing_key_id, name, flow_ids, agent_ids, allowed_origins, config, created_at, updated_at)
values ('ct_1', 'acme', 'live', 1, 'A', '[]', '[]', '[\"*\"]', '{}', 1, 1);";
    connection.execute_batch(token).unwrap();
    for id in ["c1", "c2"] {
        connection.execute_batch(&fill.replace("ID", id)).unwrap();
    }
    connection.execute_batch("update conversations set deleted_at = 5 where id = 'c1'").unwrap();
    migrate(&connection, &["0011_erasure"]);
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    for table in ["messages", "sessions", "executions", "feedback"] {
        let of =
            |id| count(&format!("select count(*) from {table} where conversation_id = '{id}'"));
        assert_eq!((of("c1"), of("c2")), (0, 1), "{table}");
    }
    let bare = "select count(*) from conversations
        where coalesce(first_message, user_id) is null
          and message_count = 0";
    assert_eq!(count(bare), 1);

    // Feedback gets its conversation's user; outside of any it has none.
    let loose = "insert into feedback (
  id, client_token_id, conversation_id, session_started_at, type, created_at, updated_at
)
values ('fb_loose', 'ct_1', 'c9', 1, 'csat', 1, 1);";
    connection.execute_batch(loose).unwrap();
    migrate(&connection, &["0015_feedback_users_and_old_keys"]);
    let named = "select group_concat(id || ' ' || coalesce(user_id, '-'))
        from (select id, user_id from feedback order by id)";
    let named: String = connection.query_row(named, [], |row| row.get(0)).unwrap();
    assert_eq!(named, "fb_c2 user_1,fb_loose -");
}

#[test]
fn what_a_tenant_has_is_counted_and_a_large_value_from_before_has_no_digest() {
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    let before = [
        "0001_management",
        "0002_browser",
        "0003_key_lineage",
        "0004_transcript",
        "0005_pauses",
        "0006_revision",
        "0007_users",
        "0009_idempotency",
        "0010_audit_log",
        "0011_erasure",
        "0013_bootstrap",
        "0014_target_settings",
        "0015_feedback_users_and_old_keys",
    ];
    migrate(&connection, &before);
    let fill = r#"insert into tenants values ('acme', 1), ('other', 1);
insert into client_tokens (id, tenant_id, environment, signing_key_id, name, flow_ids, agent_ids, allowed_origins, config, created_at, updated_at, deleted_at)
values
  ('ct_1', 'acme', 'live', 1, 'A', '[]', '[]', '["*"]', json_object('a', printf('%.*c', 2000, 'x')), 1, 1, null),
  ('ct_2', 'acme', 'live', 1, 'A', '[]', '[]', '["*"]', '{}', 1, 1, 5);
insert into api_keys (id, tenant_id, name, environment, permissions, digest, key_hint, created_at, revoked_at)
values ('key_1', 'acme', 'K', 'live', '*', 'd1', 'h', 1, null), ('key_2', 'acme', 'K', 'live', '*', 'd2', 'h', 1, 5);
insert into targets (tenant_id, id, kind, created_at, updated_at) values ('acme', 'flow_a', 'echo', 1, 1);"#;
    connection.execute_batch(fill).unwrap();
    migrate(&connection, &["0016_audit_bounds", "0017_quotas"]);
    let counts = |tenant: &str| -> String {
        let sql = "select json_array(token_count, token_rows, key_count, key_rows, target_count)
from tenants where id = ?1";
        connection.query_row(sql, [tenant], |row| row.get(0)).unwrap()
    };
    assert_eq!(counts("acme"), "[1,2,1,2,1]");
    assert_eq!(counts("other"), "[0,0,0,0,0]");
    connection.execute("update client_tokens set config = '{}' where id = 'ct_1'", []).unwrap();
    let told: String = connection
        .query_row(
            "select fields_before from audit_log order by position desc limit 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(told, r#"{"config":{"sha256":null,"bytes":2008}}"#);
}
