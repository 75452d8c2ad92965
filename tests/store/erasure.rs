//! The end of conversations: nothing of what was said is left, and nothing comes after.

use ::client_tokens::{
    domain::{
        audit::Filter,
        environment::Environment::{Live, Test},
        id::ClientTokenId,
        message::Status,
        permission::Scope,
        time::Timestamp,
    },
    store::{
        audit_log::{self, Context},
        caller::{Caller, Writer},
        client_tokens,
        db_error::DbError,
        erasure::{self as store, delete, erase, erase_feedback},
        executions::{self, Paused},
        messages::{NewAnswer, insert_answer},
        purge,
        row::Exists,
        statement::{Query, Statement},
    },
};

use crate::database::{Database, START, conversation_id, new_token, user, writer};

const HELD: [&str; 4] = ["messages", "sessions", "executions", "feedback"];

fn deleter(caller: &Caller) -> Writer<'_> {
    Writer { caller, scope: Scope::ClientTokensDelete }
}

/// How many rows came back, in one transaction with the audit's context.
fn act<N>(database: &Database, caller: &Caller, query: &Query<Exists, N>) -> usize {
    let context = Context::of(deleter(caller), "request-1", None);
    let transaction = database.0.unchecked_transaction().unwrap();
    let rows = context.around(&[&query.statement]).unwrap().into_iter().map(|s| database.run(s));
    let rows = rows.map(|rows| rows.len()).sum();
    transaction.commit().unwrap();
    rows
}

fn rows_of(database: &Database, table: &str, nth: i64) -> i64 {
    let id = conversation_id(nth);
    database.count(&format!("select count(*) from {table} where conversation_id = '{id}'"))
}

/// The `nth` conversation of `token` with all that one may hold; a user's if one is named.
fn talk(database: &Database, token: ClientTokenId, nth: i64, user: Option<&str>) {
    database.conversation(token, nth, "flow_a");
    database.fill(nth, 3);
    let id = conversation_id(nth).to_string();
    let run = |sql: &str| database.0.execute(sql, rusqlite::params![id, user]).unwrap();
    run("update conversations
         set user_id = ?2, name = 'A secret', origin = 'https://app.example.com'
         where id = ?1");
    run("insert into feedback (
           id, client_token_id, conversation_id, session_started_at, type, message_id, comment,
           created_at, updated_at
         )
         select 'fb_' || ?1 || coalesce(?2, ''), client_token_id, id, 1, 'upvote', 'm1', 'secret',
           1, 1
         from conversations
         where id = ?1");
}

#[test]
fn a_deleted_conversation_leaves_a_bare_row_and_nothing_else() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    for nth in 1..=2 {
        talk(&database, token, nth, Some("user_1"));
    }
    let query = delete(deleter(&caller), token, conversation_id(1));
    assert_eq!([(); 2].map(|()| act(&database, &caller, &query)), [1, 0]);
    for table in HELD {
        assert_eq!(rows_of(&database, table, 1), 0, "{table}");
        assert!(rows_of(&database, table, 2) > 0, "{table}");
    }
    let bare = "select count(*) from conversations
        where deleted_at is not null
          and coalesce(name, first_message, origin, user_id) is null
          and message_count = 0
          and byte_count = 0";
    assert_eq!(database.count(bare), 1);
    let count = database.fetch(&client_tokens::find(&caller, token))[0].conversation_count;
    assert_eq!(count, 1);
}

#[test]
fn it_is_logged_once_without_a_word_or_the_person() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    talk(&database, token, 1, Some("user_1"));
    for _ in 0..2 {
        act(&database, &caller, &delete(deleter(&caller), token, conversation_id(1)));
    }
    let action = Some("conversation.delete");
    let filter = Filter { action, ..Filter::default() };
    let entries = database.fetch(&audit_log::page(&caller, &filter, None, 9));
    assert_eq!(entries.len(), 1);
    let entry = &entries[0].entry;
    assert_eq!(entry.object_id, conversation_id(1).to_string());
    assert!(entry.actor.is_some() && entry.after.is_none());
    assert_eq!(
        entry.before.as_ref().map(ToString::to_string),
        Some(format!(
            r#"{{"clientTokenId":"{token}","flowId":"flow_a","createdAt":"2027-01-15T08:00:00.001Z","messageCount":3}}"#
        ))
    );
    // A visitor's own deletion, which has no context, is none of this plane.
    talk(&database, token, 2, None);
    let hide = "update conversations set deleted_at = 1 where deleted_at is null";
    database.0.execute(hide, []).unwrap();
    assert_eq!(rows_of(&database, "messages", 2), 0);
    assert_eq!(database.fetch(&audit_log::page(&caller, &filter, None, 9)).len(), 1);
}

#[test]
fn nobody_deletes_what_is_out_of_reach_or_without_the_right() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let (token, other) = (new_token(1, Live).id, new_token(2, Live).id);
    database.insert(&caller, &new_token(1, Live));
    database.insert(&caller, &new_token(2, Live));
    talk(&database, token, 1, Some("user_1"));
    rate(&database, token, 9, Some("user_2"));
    let strangers = [
        database.caller("other", Live, 2),
        database.caller("acme", Test, 3),
        user("acme", &["CLIENT_TOKENS:READ", "CLIENT_TOKENS:WRITE"]),
        user("other", &["*"]),
    ];
    for stranger in &strangers {
        let one = delete(deleter(stranger), token, conversation_id(1));
        let all = erase(deleter(stranger), token, "user_1");
        let feedback = erase_feedback(deleter(stranger), token, "user_2");
        assert_eq!(act(&database, stranger, &one), 0);
        assert_eq!([all, feedback].map(|query| act(&database, stranger, &query)), [0, 0]);
    }
    for stranger in [&strangers[0], &strangers[1], &strangers[3]] {
        assert!(database.fetch(&store::left(stranger, token, "user_2")).is_empty());
    }
    assert_eq!(database.fetch(&store::left(&caller, token, "user_2")).len(), 1);
    let wrong = delete(deleter(&caller), other, conversation_id(1));
    assert_eq!(act(&database, &caller, &wrong), 0);
    for (token, name) in [(other, "user_1"), (token, "user_2"), (token, "USER_1"), (token, "")] {
        assert_eq!(act(&database, &caller, &erase(deleter(&caller), token, name)), 0, "{name}");
    }
    assert_eq!(rows_of(&database, "messages", 1), 3);
    let admin = user("acme", &["CLIENT_TOKENS:*"]);
    talk(&database, token, 2, None);
    assert_eq!(act(&database, &admin, &delete(deleter(&admin), token, conversation_id(2))), 1);
    database.fetch(&client_tokens::delete(writer(&caller), token));
    let gone = delete(deleter(&caller), token, conversation_id(1));
    assert_eq!(act(&database, &caller, &gone), 0);
}

#[test]
fn a_user_is_erased_in_rounds_that_are_never_long() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    for nth in 1..=250 {
        talk(&database, token, nth, (nth % 2 == 0).then_some("user_1"));
    }
    let left = || !database.fetch(&store::left(&caller, token, "user_1")).is_empty();
    let round = || act(&database, &caller, &erase(deleter(&caller), token, "user_1"));
    assert!(left());
    assert_eq!([round(), round()], [100, 25]);
    assert!(!left());
    assert_eq!(round(), 0);
    assert_eq!(rows_of(&database, "messages", 1), 3);
    assert_eq!(database.count("select count(*) from conversations where deleted_at is null"), 125);

    // Full ones go one at a time, whether by their number of messages or by their bytes.
    let fill = |sql: &str| database.0.execute(sql, []).unwrap();
    for nth in 1..=3 {
        talk(&database, token, 1000 + nth, Some("user_2"));
    }
    fill("update conversations set message_count = 1500 where user_id = 'user_2'");
    let sizes = || act(&database, &caller, &erase(deleter(&caller), token, "user_2"));
    assert_eq!([sizes(), sizes(), sizes(), sizes()], [1, 1, 1, 0]);
    for nth in 1..=3 {
        talk(&database, token, 2000 + nth, Some("user_3"));
    }
    fill("update conversations set byte_count = 17000000 where user_id = 'user_3'");
    let bytes = || act(&database, &caller, &erase(deleter(&caller), token, "user_3"));
    assert_eq!([bytes(), bytes(), bytes(), bytes()], [1, 1, 1, 0]);
}

/// A user's feedback outside of any conversation, the `nth`.
fn rate(database: &Database, token: ClientTokenId, nth: i64, user: Option<&str>) {
    let sql = "insert into feedback (
  id, client_token_id, conversation_id, session_started_at, type, rating, comment, user_id,
  created_at, updated_at
)
values ('fb_' || ?1, ?2, ?3, 1, 'csat', 1, 'secret', ?4, ?5, ?5)";
    let conversation = conversation_id(nth).to_string();
    let params = rusqlite::params![nth, token.to_string(), conversation, user, START + nth];
    database.0.execute(sql, params).unwrap();
}

#[test]
fn a_user_s_feedback_goes_in_rounds_once_the_conversations_have() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    let other = database.insert(&caller, &new_token(2, Live)).id;
    for nth in 1..=120 {
        talk(&database, token, nth, Some("user_1"));
    }
    for nth in 1_001..=1_600 {
        rate(&database, token, nth, Some("user_1"));
    }
    rate(&database, token, 2_001, Some("user_2"));
    rate(&database, token, 2_002, None);
    rate(&database, other, 2_003, Some("user_1"));
    let left = || !database.fetch(&store::left(&caller, token, "user_1")).is_empty();
    let round = || {
        let writer = deleter(&caller);
        let conversations = act(&database, &caller, &erase(writer, token, "user_1"));
        (conversations, act(&database, &caller, &erase_feedback(writer, token, "user_1")))
    };
    assert_eq!((round(), left()), ((100, 0), true));
    assert_eq!((round(), left()), ((20, 500), true));
    assert_eq!((round(), left()), ((0, 100), false));
    assert_eq!((round(), left()), ((0, 0), false));
    assert_eq!(database.count("select count(*) from feedback"), 3);
}

#[test]
fn erased_feedback_is_logged_once_without_a_word_or_the_person() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    // What is in a conversation is in that one's entry, whichever way it goes.
    talk(&database, token, 1, Some("user_1"));
    talk(&database, token, 2, Some("user_1"));
    database.0.execute("update feedback set user_id = 'user_1'", []).unwrap();
    rate(&database, token, 3, Some("user_1"));
    act(&database, &caller, &delete(deleter(&caller), token, conversation_id(1)));
    for _ in 0..2 {
        act(&database, &caller, &erase(deleter(&caller), token, "user_1"));
        act(&database, &caller, &erase_feedback(deleter(&caller), token, "user_1"));
    }
    let log = |action| {
        let filter = Filter { action: Some(action), ..Filter::default() };
        database.fetch(&audit_log::page(&caller, &filter, None, 9))
    };
    assert_eq!(log("conversation.delete").len(), 2);
    let entries = log("feedback.delete");
    assert_eq!(entries.len(), 1);
    let entry = &entries[0].entry;
    assert_eq!((entry.object_kind.as_str(), entry.object_id.as_str()), ("feedback", "fb_3"));
    assert!(entry.actor.is_some() && entry.after.is_none());
    assert_eq!(
        entry.before.as_ref().map(ToString::to_string),
        Some(format!(
            r#"{{"clientTokenId":"{token}","conversationId":"{}","type":"csat","createdAt":"2027-01-15T08:00:00.003Z"}}"#,
            conversation_id(3)
        ))
    );
    // The purge, which has no context, is none of this plane.
    rate(&database, token, 4, Some("user_1"));
    database.0.execute("delete from feedback", []).unwrap();
    assert_eq!(log("feedback.delete").len(), 1);
}

#[test]
fn nothing_is_said_in_it_any_more() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    talk(&database, token, 1, None);
    act(&database, &caller, &delete(deleter(&caller), token, conversation_id(1)));
    let (id, now) = (conversation_id(1), Timestamp::from_millis(START));
    let answer = NewAnswer {
        id: "a1".into(),
        text: "Late".into(),
        status: Status::Partial,
        reply_to: "m1".into(),
    };
    let paused = Paused {
        id: "exec_9".into(),
        reply_to: "m1".into(),
        assistant_message_id: "a1".into(),
        legs: 1,
        calls: "[]".into(),
        state: "{}".into(),
    };
    let raw = |sql: &str| Statement::write(sql, vec![id.to_string().into()]);
    for late in [
        insert_answer(id, &answer, now),
        executions::pause(id, &paused, now),
        raw("insert into sessions (conversation_id, started_at, chat_count, last_chat_at)
             values (?1, 1, 1, 1)
             on conflict do update set chat_count = 2"),
        raw("insert into feedback (
               id, client_token_id, conversation_id, session_started_at, type, created_at,
               updated_at
             )
             select 'fb_1', client_token_id, id, 1, 'csat', 1, 1 from conversations where id = ?1"),
    ] {
        let error = database.refusal(&late).unwrap();
        assert!(matches!(error, DbError::Deleted(_)) && error.is_final(), "{error:?}");
    }
    for table in HELD {
        assert_eq!(rows_of(&database, table, 1), 0, "{table}");
    }
}

#[test]
fn the_bare_row_goes_when_no_session_id_can_come_back() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    for nth in 1..=2 {
        talk(&database, token, nth, None);
    }
    act(&database, &caller, &delete(deleter(&caller), token, conversation_id(1)));
    let purged = |cutoff: i64| -> usize {
        let round = purge::round(Timestamp::from_millis(cutoff));
        round.iter().map(|statement| database.run(statement).len()).sum()
    };
    let left =
        |cutoff| database.fetch(&purge::left(Timestamp::from_millis(cutoff))).remove(0).to_string();
    assert_eq!((left(START - 1), purged(START - 1)), (String::new(), 0));
    assert_eq!((left(START), purged(START)), ("1 deleted conversations".to_owned(), 1));
    assert_eq!(database.count("select count(*) from conversations"), 1);
    let count = database.fetch(&client_tokens::find(&caller, token))[0].conversation_count;
    assert_eq!(count, 1);
}
