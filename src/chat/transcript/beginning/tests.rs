use super::*;
use crate::{
    chat::{
        stream::notice::tests::notices,
        testing,
        transcript::thread::{
            Thread,
            tests::{entries, found, heard},
        },
    },
    domain::session::Session,
};

/// What Ada and the assistant said, as the widget keeps it.
const ADAS: [&str; 5] =
    ["welcome-1> Hi", "u1: Ada one", "ast_1> Answer one", "u2: Ada two", "ast_2> Answer two"];
const FAILED: &str = "ast_f> Sorry: I couldn't reach the assistant. Please wait.";

/// What becomes of a list.
#[derive(Debug, PartialEq)]
struct Told {
    /// The ids of what is stored anew.
    stored: Vec<String>,
    /// What the upstream hears, `id role text`.
    heard: Vec<String>,
    /// What it is told of the page's own.
    page: String,
}

fn told(session: &Session, entries: &[Entry], kept: &[&str]) -> Told {
    let ring = crate::domain::keyring::ring('a');
    let list = List::new(entries, Some("ast_new"), session, &ring);
    let found = found(&list, kept);
    let own = notices("Ring us.", "To be continued.");
    let list = list.of_its_visitor(&found, &own);
    let thread = Thread::build(&list, &found, &own, 0);
    let stored = list.new_messages(&found, "e1", "ast_new").unwrap();
    Told {
        stored: stored.into_iter().map(|message| message.id).collect(),
        heard: heard(&thread),
        page: thread.page_messages.map(|page| page.to_string()).unwrap_or_default(),
    }
}

/// A session after another user's.
fn marked() -> Session {
    Session { follows_another_user: true, ..testing::session("flow_a") }
}

/// What becomes of Ada's list with these lines behind it, in Bob's session.
fn after_ada(lines: &[&str], kept: &[&str]) -> Told {
    let lines: Vec<&str> = ADAS.iter().chain(lines).copied().collect();
    told(&marked(), &entries(&lines), kept)
}

/// What has these ids and texts and nothing else, new but for those that `kept` names.
fn only(said: &[&str], kept: &[&str]) -> Told {
    let heard: Vec<String> = said.iter().map(|line| (*line).to_owned()).collect();
    let ids = said.iter().filter(|line| line.contains(" user "));
    let ids = ids.filter_map(|line| line.split(' ').next());
    let stored = ids.filter(|id| !kept.contains(id)).map(str::to_owned).collect();
    Told { stored, heard, page: String::new() }
}

#[test]
fn the_first_question_of_the_next_user_is_all_that_is_theirs() {
    assert_eq!(after_ada(&["q1: Bob one"], &[]), only(&["q1 user Bob one"], &[]));
}

#[test]
fn in_any_other_session_the_list_is_the_visitors() {
    let lines: Vec<&str> = ADAS.iter().chain(&["q1: One"]).copied().collect();
    let told = told(&testing::session("flow_a"), &entries(&lines), &[]);
    assert_eq!(told.stored, ["u1", "u2", "q1"]);
    assert!(told.page.contains("Answer two"));
}

#[test]
fn a_question_that_was_refused_is_heard_when_it_is_asked_again() {
    let said = only(&["q1 user Bob one", "q2 user Bob two"], &[]);
    let reason = "ast_f> You have sent too many messages. Please wait 51 seconds and try again.";
    let notice = format!("ast_n> {}", crate::chat::stream::notice::FAILED);
    let [own, before] = ["ast_n> Ring us.", "ast_n_service_notice_e_1> Words of a moment ago"];
    for between in [
        FAILED,
        reason,
        &notice,
        own,
        before,
        "welcome-2> Hello again",
        "ast_e> ",
        "sys! The page says",
    ] {
        let told = after_ada(&["q1: Bob one", between, "q2: Bob two"], &[]);
        assert_eq!((&told.stored, &told.heard), (&said.stored, &said.heard), "{between}");
    }
    assert_eq!(after_ada(&["q1: Bob one", FAILED, "q2: Bob two"], &[]), said);
}

#[test]
fn what_is_put_behind_the_question_is_no_answer_before_it() {
    for behind in ["x> Injected", "sys! Injected", "assistant-1> Injected"] {
        let told = after_ada(&["q1: Bob one", FAILED, "q2: Bob two", behind], &[]);
        assert_eq!(told.stored, ["q1", "q2"], "{behind}");
        assert!(!told.page.contains("Answer"), "{behind}");
    }
    let told = after_ada(&["sys! Bob is here", "q1: Bob one", "x> Injected"], &[]);
    assert_eq!(told.stored, ["q1"]);
    assert!(told.page.contains("Bob is here") && told.page.contains("Injected"));
}

#[test]
fn an_answer_of_several_bubbles_ends_with_its_last_one() {
    let told = after_ada(
        &[
            "u3: Ada three",
            "ast_3> Which?",
            "u4: Ada's choice",
            "assistant-9> So be it",
            "q1: Bob one",
        ],
        &[],
    );
    assert_eq!(told, only(&["q1 user Bob one"], &[]));
}

#[test]
fn what_another_said_stays_out_in_every_later_turn() {
    let second = after_ada(&["q1: One", "ast_a> Mine", "q2: Two"], &["q1", "ast_a<q1 Mine"]);
    let said = ["q1 user kept q1", "ast_a assistant Mine", "q2 user Two"];
    assert_eq!(second, only(&said, &["q1"]));
    // The first question was refused, and stored with the second one.
    let third = after_ada(
        &["q1: One", FAILED, "q2: Two", "ast_a> Mine", "q3: Three"],
        &["q1", "q2", "ast_a<q2 Mine"],
    );
    assert_eq!(third.stored, ["q3"]);
    assert_eq!(third.heard.len(), 4);
    assert_eq!(third.page, "");
    // The answer is on the page under other ids, or didn't come.
    let kept = ["q1", "hidden<q1 Mine"];
    assert_eq!(after_ada(&["q1: One", "assistant-1> Mine", "q2: Two"], &kept).stored, ["q2"]);
    assert_eq!(after_ada(&["q1: One", FAILED, "q2: Two"], &["q1"]).stored, ["q2"]);
}

#[test]
fn a_question_that_is_asked_again_under_its_id_begins_there_too() {
    let told = after_ada(&["q1: One"], &["q1", "ast_new~q1 Half"]);
    assert_eq!((told.stored.len(), told.heard), (0, vec!["q1 user kept q1".to_owned()]));
    assert_eq!(told.page, "");
}

#[test]
fn another_window_that_shows_the_others_words_brings_none_of_them_either() {
    // Something of the conversation is stored, but nothing that this window shows.
    assert_eq!(after_ada(&["q9: Elsewhere"], &[]), only(&["q9 user Elsewhere"], &[]));
}

#[test]
fn a_cleared_page_shows_the_visitors_own_words_only() {
    let told = told(&marked(), &entries(&["welcome-3> Hi", "q1: One", FAILED, "q2: Two"]), &[]);
    assert_eq!(told, only(&["q1 user One", "q2 user Two"], &[]));
}

#[test]
fn the_beginning_is_found_in_a_list_of_more_than_a_thousand_lines() {
    let line =
        |n: usize| if n.is_multiple_of(2) { format!("u{n}: Ada") } else { format!("a{n}> To Ada") };
    let mut lines: Vec<String> = (0..1_200).map(line).collect();
    lines.extend(["q1: One", FAILED, "q2: Two"].map(str::to_owned));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let first = told(&marked(), &entries(&lines), &[]);
    assert_eq!(first, only(&["q1 user One", "q2 user Two"], &[]));
    // The question stands before a thousand lines of the page.
    let mut lines: Vec<&str> = ADAS.iter().chain(&["q1: One"]).copied().collect();
    lines.extend(std::iter::repeat_n(FAILED, 1_100));
    assert_eq!(told(&marked(), &entries(&lines), &[]), only(&["q1 user One"], &[]));
}

#[test]
fn a_client_that_gives_no_ids_or_counts_them_anew_is_told_apart_as_well() {
    let without = |more: &str| {
        let said = r#"{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}"#;
        testing::entries(&format!(r#"[{said},{{"role":"user","content":"Hello"}}{more}]"#))
    };
    let first = told(&marked(), &without(""), &[]);
    let [question] = first.stored.as_slice() else { panic!("{first:?}") };
    assert_eq!(first.heard, [format!("{question} user Hello")]);
    // The second turn brings the same id, and so begins there.
    let more = r#",{"role":"assistant","content":"Bob!"},{"role":"user","content":"And?"}"#;
    let second = told(&marked(), &without(more), &[question, &format!("b<{question} Bob!")]);
    assert_eq!((second.stored.len(), second.heard.len()), (1, 3));
    assert_eq!(second.page, "");

    let anew = ["1: Ada", "2> To Ada", "1: Bob"];
    assert_eq!(told(&marked(), &entries(&anew), &[]), only(&["1 user Bob"], &[]));
    let anew = ["1: Ada", "2> To Ada", "3: Ada", "4> To Ada", "1: Bob", "2> To Bob", "3: Bob two"];
    let second = told(&marked(), &entries(&anew), &["1", "2<1 To Bob"]);
    assert_eq!(second, only(&["1 user kept 1", "2 assistant To Bob", "3 user Bob two"], &["1"]));
    // Nothing behind the question takes its place.
    let behind = ["1: Ada", "2> To Ada", "q: Bob", "q> Injected"];
    assert_eq!(told(&marked(), &entries(&behind), &[]).stored, ["q"]);
}

#[test]
fn what_is_let_go_counts_for_nothing() {
    let mut lines: Vec<String> = (0..60).map(|n| format!("u{n}: Ada")).collect();
    lines.extend(["a> To Ada", "q1: Bob"].map(str::to_owned));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let entries = entries(&lines);
    let ring = crate::domain::keyring::ring('a');
    let list = List::new(&entries, None, &marked(), &ring).of_its_visitor(&[], &Notices::default());
    assert_eq!(list.headline(), "Bob");
    assert_eq!(list.new_messages(&[], "e1", "a1").unwrap().len(), 1);
    assert_eq!(list.free_answer_id(&[], Some("u1")), Some("u1"));
}
