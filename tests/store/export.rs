//! What an export reads, and how much of it at once.

use ::client_tokens::{
    domain::{
        environment::Environment::{Live, Test},
        export::{HEADS, Selection, Stretch},
        id::ClientTokenId,
        time::Timestamp,
    },
    store::{caller::Caller, client_tokens, export as store},
};

use crate::database::{Database, START, conversation_id, new_token, user, writer};

fn selection(from: i64, to: i64) -> Selection {
    let at = |millis| Timestamp::from_millis(START + millis);
    Selection { from: at(from), to: at(to), target: None, user: None }
}

/// When each of the selection's conversations began, page after page.
fn began(database: &Database, caller: &Caller, selection: &Selection) -> Vec<Vec<i64>> {
    let (token, mut after) = (new_token(1, Live).id, None);
    let mut pages = Vec::new();
    loop {
        let page = database.fetch(&store::heads(caller, token, selection, after));
        let Some(last) = page.last() else { return pages };
        after = Some((last.created_at, last.id));
        pages.push(page.iter().map(|one| one.created_at.millis() - START).collect());
    }
}

fn tenant_with(count: i64) -> (Database, Caller, ClientTokenId) {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live)).id;
    for nth in 1..=count {
        database.conversation(token, nth, if nth % 2 == 0 { "flow_a" } else { "flow_b" });
    }
    (database, caller, token)
}

#[test]
fn conversations_come_in_the_order_in_which_they_began_and_each_once() {
    let (database, caller, _) = tenant_with(5);
    let run = |sql: &str| database.0.execute(sql, []).unwrap();
    // A chat meanwhile moves it in lists, and several may begin at once.
    run("update conversations set updated_at = updated_at + 1000 where created_at % 2 = 1");
    run(&format!(
        "update conversations set created_at = {START} + 3 where created_at > {START} + 3"
    ));
    assert_eq!(began(&database, &caller, &selection(0, 9)), [[1, 2, 3, 3, 3]]);
    assert_eq!(began(&database, &caller, &selection(2, 3)), [[2]]);
    assert_eq!(began(&database, &caller, &selection(3, 9)), [[3, 3, 3]]);
    assert!(began(&database, &caller, &selection(3, 3)).is_empty());
    let of = |target: Option<&str>, user: Option<&str>| {
        let (target, user) = (target.map(str::to_owned), user.map(str::to_owned));
        let pages = began(&database, &caller, &Selection { target, user, ..selection(0, 9) });
        pages.concat()
    };
    assert_eq!(of(Some("flow_a"), None), [2, 3]);
    run("update conversations set user_id = 'user_1' where created_at < 1800000000003");
    assert_eq!(of(None, Some("user_1")), [1, 2]);
    assert_eq!(of(Some("flow_a"), Some("user_1")), [2]);
    assert!(of(Some("flow_c"), None).is_empty() && of(None, Some("user_2")).is_empty());
    run("update conversations set deleted_at = 1 where created_at = 1800000000002");
    assert_eq!(of(None, None), [1, 3, 3, 3]);
}

#[test]
fn a_page_of_conversations_ends_somewhere() {
    let (database, caller, _) = tenant_with(i64::from(HEADS) + 1);
    let run = |sql: &str| database.0.execute(sql, []).unwrap();
    // All at the same moment: then the id decides.
    run(&format!("update conversations set created_at = {START}"));
    let pages = began(&database, &caller, &selection(0, 1));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [HEADS as usize, 1]);
}

/// Conversation and position of what is read of a stretch, and whether more of it follows.
fn read(database: &Database, caller: &Caller, nths: &[i64], after: u32) -> (Vec<(i64, u32)>, bool) {
    let conversations = nths.iter().copied().map(conversation_id).collect();
    let stretch = Stretch { conversations, after };
    let rows = database.fetch(&store::messages(caller, new_token(1, Live).id, &stretch));
    let nth = |id| nths.iter().copied().find(|nth| conversation_id(*nth) == id).unwrap();
    let followed = rows.last().is_some_and(|last| last.paged.is_followed);
    let place = |row: &::client_tokens::domain::export::ExportedMessage| {
        (nth(row.conversation), row.paged.message.position)
    };
    (rows.iter().map(place).collect(), followed)
}

#[test]
fn messages_come_conversation_by_conversation_in_the_order_asked_for() {
    let (database, caller, _) = tenant_with(4);
    for (nth, count) in [(1, 3), (3, 2), (4, 1)] {
        database.fill(nth, count);
    }
    let all = vec![(4, 1), (1, 1), (1, 2), (1, 3), (3, 1), (3, 2)];
    assert_eq!(read(&database, &caller, &[4, 1, 2, 3], 0), (all, false));
    assert_eq!(read(&database, &caller, &[1, 4], 2), (vec![(1, 3), (4, 1)], false));
    assert_eq!(read(&database, &caller, &[1], 3), (Vec::new(), false));
    assert_eq!(read(&database, &caller, &[2], 0), (Vec::new(), false));
}

#[test]
fn a_page_of_messages_ends_with_its_bytes_wherever_that_is() {
    let (database, caller, _) = tenant_with(2);
    for (nth, position, bytes) in
        [(1, 1, 1_000_000), (1, 2, 1_000_000), (1, 3, 500_000), (2, 1, 1_800_000), (2, 2, 10)]
    {
        database
            .0
            .execute(
                "insert into messages (conversation_id, id, position, role, content, created_at)
                 values (?1, 'm' || ?2, ?2, 'user', json_quote(printf('%.*c', ?3, 'x')), 1)",
                rusqlite::params![conversation_id(nth).to_string(), position, bytes],
            )
            .unwrap();
    }
    assert_eq!(read(&database, &caller, &[1, 2], 0), (vec![(1, 1), (1, 2)], true));
    assert_eq!(read(&database, &caller, &[1, 2], 2), (vec![(1, 3)], true));
    assert_eq!(read(&database, &caller, &[2], 0), (vec![(2, 1), (2, 2)], false));
}

#[test]
fn an_export_has_nothing_that_is_out_of_reach() {
    let (database, caller, token) = tenant_with(1);
    database.fill(1, 1);
    let strangers = [
        database.caller("other", Live, 2),
        database.caller("acme", Test, 3),
        user("other", &["*"]),
    ];
    let seen = |caller: &Caller| {
        let heads = began(&database, caller, &selection(0, 9)).len();
        (heads, read(&database, caller, &[1], 0).0.len())
    };
    for stranger in &strangers {
        assert_eq!(seen(stranger), (0, 0));
    }
    assert_eq!(seen(&caller), (1, 1));
    // Of another token of the same tenant.
    let other = database.insert(&caller, &new_token(2, Live)).id;
    let stretch = Stretch { conversations: vec![conversation_id(1)], after: 0 };
    assert!(database.fetch(&store::messages(&caller, other, &stretch)).is_empty());
    assert!(database.fetch(&store::heads(&caller, other, &selection(0, 9), None)).is_empty());
    database.fetch(&client_tokens::delete(writer(&caller), token));
    assert_eq!(seen(&caller), (0, 0));
}
