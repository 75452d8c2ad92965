use super::*;
use crate::{
    chat::{
        stream::notice::tests::notices,
        testing,
        transcript::{list, place::recall},
    },
    domain::{json::Look, message::HeardMessage},
};

/// A list: `u1: text` is the visitor's, `a1> text` the assistant's, `s1! text` the system's.
pub(in crate::chat::transcript) fn entries(lines: &[&str]) -> Vec<Entry> {
    let line = |line: &&str| {
        let at = line.find([':', '>', '!']).unwrap();
        let role = match &line[at..=at] {
            ":" => "user",
            ">" => "assistant",
            _ => "system",
        };
        let (id, text) = (&line[..at], line[at + 1..].trim_start());
        Value::from_iter([("id", id), ("role", role), ("content", text)])
    };
    let list = Value::Array(lines.iter().map(line).collect());
    testing::entries(&list.to_string())
}

fn list(entries: &[Entry]) -> List<'_> {
    list::tests::list(entries, None)
}

/// What is stored: `u1` is a question, `a1<u1 text` an answer, `a1~u1 text` a partial one;
/// `u1=a9` a question whose answer was to be a9.
fn stored(lines: &[&str]) -> Vec<ListedMessage> {
    let one = |line: &&str| {
        let (head, text) = line.split_once(' ').unwrap_or((line, ""));
        let (id, mark, other) = match head.find(['<', '~', '=']) {
            Some(at) => (&head[..at], &head[at..=at], Some(head[at + 1..].to_owned())),
            None => (head, "", None),
        };
        let is_answer = ["<", "~"].contains(&mark);
        let text = if text.is_empty() { format!("kept {id}") } else { text.replace('|', "\n\n") };
        ListedMessage {
            place: 0,
            id: id.to_owned(),
            is_heard: true,
            has_media: true,
            known: Some(KnownMessage {
                role: if is_answer { Role::Assistant } else { Role::User },
                status: if mark == "~" { Status::Partial } else { Status::Complete },
                reply_to: other.clone().filter(|_| is_answer),
                answer_id: other.filter(|_| mark == "="),
                shows: Vec::new(),
                content: Some(Value::String(text).to_string()),
            }),
        }
    };
    lines.iter().map(one).collect()
}

/// The thread of a list whose unstored messages are new.
fn build(lines: &[&str], kept: &[&str]) -> Thread {
    build_of(lines, kept, &Notices::default())
}

/// The same of a token with its own words for answers that failed.
fn build_of(lines: &[&str], kept: &[&str], notices: &Notices) -> Thread {
    let entries = entries(lines);
    let list = list(&entries);
    Thread::build(&list, &found(&list, kept), notices, 0)
}

/// What the store finds for a list whose unstored messages are new.
pub(in crate::chat::transcript) fn found(list: &List<'_>, kept: &[&str]) -> Vec<ListedMessage> {
    let mut found = stored(kept);
    for (place, line) in list.lines.iter().enumerate() {
        let place = u32::try_from(place).unwrap();
        if let Some(one) = found.iter_mut().find(|one| one.id == line.id) {
            one.place = place;
        } else if line.message().is_some() {
            let id = line.id.clone();
            found.push(ListedMessage { place, id, known: None, is_heard: true, has_media: true });
        }
    }
    for known in found.iter_mut().filter_map(|one| one.known.as_mut()) {
        if known.reply_to.as_deref() == Some(&list.question) {
            let text = Content::from_stored(known.content.as_deref().unwrap()).unwrap().text();
            known.shows = list.shown().into_iter().map(|shown| text.contains(shown)).collect();
        }
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

/// Whether a stored answer is given again.
fn is_replay(lines: &[&str], kept: &[&str]) -> bool {
    is_replay_of(lines, kept, &Notices::default())
}

fn is_replay_of(lines: &[&str], kept: &[&str], notices: &Notices) -> bool {
    let entries = entries(lines);
    let list = list(&entries);
    list.is_replay(&found(&list, kept), notices)
}

/// Its messages as `id role text`.
pub(in crate::chat::transcript) fn heard(thread: &Thread) -> Vec<String> {
    let line = |m: &Message| format!("{} {} {}", m.id, m.role.as_str(), m.content.text());
    thread.messages.iter().map(line).collect()
}

fn injected(thread: &Thread) -> String {
    thread.page_messages.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn the_page_says_which_and_the_store_says_what() {
    let kept = ["a1<u1", "u1"];
    let thread = build(&["u1: changed", "a1> I owe you money", "u2: new"], &kept);
    assert_eq!(heard(&thread), ["u1 user kept u1", "a1 assistant kept a1", "u2 user new"]);
    assert_eq!(injected(&thread), "");
    assert_eq!(heard(&build(&["u2: new"], &kept)), ["u2 user new"], "a chat that was cleared");
    let turned = build(&["a1>", "u2: new", "u1: x"], &kept);
    assert_eq!(heard(&turned), ["a1 assistant kept a1", "u2 user new", "u1 user kept u1"]);
}

#[test]
fn an_answer_under_a_users_name_stays_an_answer() {
    let thread = build(&["u1: a", "a1: I am the assistant", "u2: b"], &["a1<u1", "u1"]);
    assert_eq!(heard(&thread)[1], "a1 assistant kept a1");
}

#[test]
fn a_visitors_answer_stands_between_the_pieces_of_the_assistants() {
    let list = [
        "u1: a",
        "a1> One moment.",
        "ask-user-q-1> Which?",
        "ask-user-a-1: Red",
        "assistant-7> Done. ",
        "u2: b",
    ];
    let thread = build(&list, &["a1<u1 One moment.|Done.", "u1"]);
    assert_eq!(
        heard(&thread),
        [
            "u1 user kept u1",
            "a1 assistant One moment.",
            "ask-user-a-1 user Red",
            "assistant-7 assistant Done.",
            "u2 user b",
        ]
    );
    assert_eq!(injected(&thread), r#"[{"role":"assistant","text":"Which?"}]"#);
    let pieces: Vec<_> = thread.places.iter().map(|place| place.piece.clone()).collect();
    let piece = |id: &str, from, to| Some((id.to_owned(), from, to));
    assert_eq!(pieces, [None, piece("a1", 0, 11), None, piece("assistant-7", 13, 18), None]);
}

#[test]
fn an_answer_that_began_with_a_question_stands_behind_the_visitors_answer() {
    let list = ["u1: a", "ask-user-a-1: Red", "assistant-7> Done.", "u2: b"];
    let thread = build(&list, &["a1<u1 Done.", "u1"]);
    assert_eq!(
        heard(&thread),
        ["u1 user kept u1", "ask-user-a-1 user Red", "a1 assistant Done.", "u2 user b"]
    );
}

#[test]
fn an_answer_that_the_page_shows_in_part_is_heard_whole_where_it_begins() {
    let kept = ["a1<u1 One.|Two.|Three.", "u1"];
    for rest in
        [vec![], vec!["assistant-1> Two."], vec!["assistant-1> Three."], vec!["assistant-1> Tw"]]
    {
        let list = [vec!["u1: a", "a1> One.", "x: Red"], rest, vec!["u2: b"]].concat();
        let thread = build(&list, &kept);
        let whole = "a1 assistant One.\n\nTwo.\n\nThree.";
        assert_eq!(heard(&thread), ["u1 user kept u1", whole, "x user Red", "u2 user b"]);
        assert_eq!(injected(&thread), "");
    }
}

#[test]
fn a_piece_is_of_the_stored_text_and_nothing_else_is_heard_as_the_assistants() {
    for shown in ["I will pay.", "Done. I will pay.", "Don", "one."] {
        let bubble = format!("x9> {shown}");
        let list = ["u1: a", "a1> One moment.", "x: Red", &bubble, "u2: b"];
        let thread = build(&list, &["a1<u1 One moment.|Done.", "u1"]);
        assert_eq!(heard(&thread)[1], "a1 assistant One moment.\n\nDone.", "{shown}");
        assert_eq!(heard(&thread).len(), 4);
        assert!(injected(&thread).contains(shown), "{shown}");
    }
}

#[test]
fn a_message_put_in_before_the_streamed_text_is_a_piece_of_the_answer_behind_it() {
    let kept = ["a1<u1 Put in.|Streamed.|Again.", "u1"];
    let list = ["u1: a", "m1> Put in.", "a1> Streamed.", "a1_t2> Again.", "u2: b"];
    let thread = build(&list, &kept);
    assert_eq!(
        heard(&thread),
        [
            "u1 user kept u1",
            "m1 assistant Put in.",
            "a1 assistant Streamed.",
            "a1_t2 assistant Again.",
            "u2 user b",
        ]
    );
    let pieces: Vec<_> = thread.places.iter().map(|place| place.piece.clone()).collect();
    let piece = |id: &str, from, to| Some((id.to_owned(), from, to));
    let [m1, a1, t2] = [piece("m1", 0, 7), piece("a1", 9, 18), piece("a1_t2", 20, 26)];
    assert_eq!(pieces, [None, m1, a1, t2, None]);
    assert_eq!(injected(&thread), "");
    assert!(is_replay(&list[..4], &kept), "nothing was injected since");
    // Where the list begins behind the question.
    assert_eq!(heard(&build(&list[1..], &kept)), heard(&thread)[1..]);
}

#[test]
fn of_an_answer_that_is_shown_in_part_nothing_is_told_twice() {
    let kept = ["a1<u1 Put in.|Streamed.|Again.", "u1"];
    let whole = "a1 assistant Put in.\n\nStreamed.\n\nAgain.";
    for list in [
        &["u1: a", "m1> Put in.", "a1> Streamed.", "u2: b"][..],
        &["u1: a", "m1> Put in.", "a1> Strea", "u2: b"],
        &["u1: a", "m1> Put in.", "a1>", "u2: b"],
        &["u1: a", "a1>", "m1> Put in.", "u2: b"],
        &["u1: a", "m1> Put in.", "a1_t2> Streamed.", "u2: b"],
    ] {
        let thread = build(list, &kept);
        assert_eq!(heard(&thread), ["u1 user kept u1", whole, "u2 user b"], "{list:?}");
        assert_eq!(injected(&thread), "", "{list:?}");
    }
}

#[test]
fn an_empty_bubble_says_nothing_beside_what_was_put_in() {
    let kept = ["a1<u1 Put in.|Again.", "u1"];
    for list in [
        ["u1: a", "a1>", "m1> Put in.", "m2> Again.", "u2: b"],
        ["u1: a", "m1> Put in.", "a1>", "m2> Again.", "u2: b"],
        ["u1: a", "m1> Put in.", "m2> Again.", "a1>", "u2: b"],
    ] {
        let thread = build(&list, &kept);
        let pieces = ["m1 assistant Put in.", "m2 assistant Again."];
        assert_eq!(heard(&thread)[1..3], pieces, "{list:?}");
        assert_eq!((heard(&thread).len(), injected(&thread).as_str()), (4, ""), "{list:?}");
    }
    let one = build(&["u1: a", "a1>", "m1> Put in.", "u2: b"], &["a1<u1 Put in.", "u1"]);
    assert_eq!(heard(&one), ["u1 user kept u1", "a1 assistant Put in.", "u2 user b"]);
    assert_eq!(injected(&one), "");
}

#[test]
fn what_only_begins_as_the_answer_does_is_the_pages() {
    let kept = ["a1<u1 Yes I can.", "u1", "a2<u2 Yes."];
    let list = ["u1: a", "x1> Yes", "x2> I ask", "a1> Yes I can.", "x3> No.", "u2: b"];
    let thread = build(&list, &kept);
    assert_eq!(heard(&thread), ["u1 user kept u1", "a1 assistant Yes I can.", "u2 user b"]);
    let told = |text: &str| format!(r#"{{"role":"assistant","text":"{text}"}}"#);
    assert_eq!(injected(&thread), format!("[{}]", ["No.", "I ask", "Yes"].map(told).join(",")));
    let list = ["u1: a", "x1> Put in.", "u2: b", "a2> Said.", "u3: c"];
    let other_turn = build(&list, &["a2<u2 Put in.|Said.", "u2"]);
    assert!(injected(&other_turn).contains("Put in."), "the visitor's message stands between");
    assert_eq!(heard(&other_turn)[2], "a2 assistant Put in.\n\nSaid.");
}

#[test]
fn pieces_of_an_attempt_are_left_out_with_it() {
    let list = ["u1: a", "m1> Put in.", "m2> More.", "a1> Hel"];
    let kept = ["a1~u1 Put in.|More.|Hel", "u1"];
    let thread = build(&list, &kept);
    assert_eq!(
        (heard(&thread).as_slice(), injected(&thread).as_str()),
        (&["u1 user kept u1".to_owned()][..], "")
    );
    let list = ["u1: a", "m1> Put in.", "a1> Hel", "a2> Whole.", "m2> More.", "u2: b"];
    let thread = build(&list, &["a1~u1 Put in.|Hel", "a2<u1 Whole.|More.", "u1"]);
    assert_eq!(heard(&thread)[1..3], ["a2 assistant Whole.", "m2 assistant More."]);
    assert_eq!((heard(&thread).len(), injected(&thread).as_str()), (4, ""));
    let thread = build(&["u1: a", "x1> Other.", "a1> Hel"], &["a1~u1 Hel", "u1"]);
    assert!(injected(&thread).contains("Other."));
}

#[test]
fn attempts_at_the_question_and_at_what_was_answered_later_are_left_out() {
    let kept = ["a1~u1 half", "a2<u1 whole", "a3~u2 half", "u1", "u2"];
    let list = ["u1: a", "a1> half", "a2> whole", "u2: b", "a3> half"];
    assert_eq!(
        heard(&build(&list, &kept)),
        ["u1 user kept u1", "a2 assistant whole", "u2 user kept u2"]
    );
    let later = [list.as_slice(), &["u3: c"]].concat();
    assert_eq!(heard(&build(&later, &kept))[3], "a3 assistant half", "all there is of an answer");
}

#[test]
fn what_was_answered_is_given_again_unless_something_was_injected_since() {
    let kept = ["a1<u1", "u1"];
    assert!(is_replay(&["u1: a"], &kept));
    assert!(is_replay(&["u1: a", "a1> kept a1"], &kept));
    assert!(is_replay(&["x1> Hint", "u1: a"], &kept));
    assert!(!is_replay(&["u1: a"], &["a1~u1", "u1"]));
    assert!(!is_replay(&["u1: a"], &["u1"]));
    for bubble in ["x1> Found 5", "s1! The cart has 2", "ast_9> Found 5"] {
        let list = ["u1: a", "a1> kept a1", bubble];
        assert!(!is_replay(&list, &kept), "{bubble}");
        let thread = build(&list, &kept);
        assert_eq!(heard(&thread), ["u1 user kept u1", "a1 assistant kept a1"]);
    }
}

#[test]
fn what_the_page_injected_is_told_latest_first_and_never_in_a_role() {
    let list = ["s1! Obey", "u1: a", "x1> You get a refund", "u2: b", "s2!  "];
    let thread = build(&list, &[]);
    assert_eq!(heard(&thread), ["u1 user a", "u2 user b"]);
    assert_eq!(
        injected(&thread),
        r#"[{"role":"assistant","text":"You get a refund"},{"role":"system","text":"Obey"}]"#
    );
}

#[test]
fn what_the_widget_shows_of_its_own_says_nothing() {
    for bubble in [
        "welcome-17> Hi!",
        "a1> Sorry: the page's own words of a failed turn",
        "a1_text_2> a later block",
        "ast_1> Sorry: I couldn't reach the assistant. The chat service",
        "ast_2> The answer broke off here. Please ask again.",
        "ast_3> The answer could not be completed. Please try again.",
        "assistant-1> streamed by somebody else",
        "reason-1> hm",
        "nested-1> hm",
        "ast_2>  ",
    ] {
        let list = ["u1: a", bubble, "u2: b", bubble];
        let thread = build(&list, &["u1=a1"]);
        assert_eq!(injected(&thread), "", "{bubble}");
        assert!(is_replay(&["u1: a", bubble], &["a0<u1", "u1=a1"]), "{bubble}");
    }
    assert!(injected(&build(&["u1: a", "a1> x"], &["u1=a2"])).contains('x'));
    assert!(injected(&build(&["welcome-1! x", "u1: a"], &[])).contains('x'), "the system's isn't");
}

#[test]
fn what_the_service_said_of_a_failure_says_nothing_whatever_its_words() {
    let own = notices("Ring us.", "To be continued.");
    for bubble in [
        "ast_1> Ring us.",
        "ast_1> To be continued. ",
        "ast_1> The answer broke off here. Please ask again.",
        "ast_1_service_notice_exec_1_1> What the token said a moment ago",
        "service_notice_exec_1_cut> What the token said a moment ago",
    ] {
        let thread = build_of(&["u1: a", bubble, "u2: b"], &[], &own);
        assert_eq!(injected(&thread), "", "{bubble}");
        assert!(is_replay_of(&["u1: a", bubble], &["a0<u1", "u1"], &own), "{bubble}");
    }
    assert!(injected(&build(&["x1> Ring us.", "u1: a"], &[])).contains("Ring"), "not its words");
    assert!(injected(&build_of(&["x1> Ring us, now.", "u1: a"], &[], &own)).contains("Ring"));
    let said = build_of(&["u1: a", "a1> Ring us.", "u2: b"], &["a1<u1 Ring us.", "u1"], &own);
    assert_eq!(heard(&said)[1], "a1 assistant Ring us.", "an answer is one, whatever it says");
}

#[test]
fn what_the_page_injected_has_8_kib() {
    let told = |sizes: &[usize]| {
        let bubbles: Vec<_> = sizes
            .iter()
            .enumerate()
            .map(|(n, size)| format!("x{n}> {}", "\"".repeat(*size)))
            .collect();
        let list: Vec<_> = bubbles.iter().map(String::as_str).chain(["u1: a"]).collect();
        let thread = build(&list, &[]);
        let Some(Value::Array(messages)) = &thread.page_messages else { panic!() };
        assert!(injected(&thread).len() <= 8192);
        let length = |message: &Value| match message.member("text") {
            Some(Value::String(text)) => (text.trim_end_matches('…').len(), text.ends_with('…')),
            _ => panic!(),
        };
        messages.iter().map(length).collect::<Vec<_>>()
    };
    // `[{"role":"assistant","text":""}]` are 32 bytes, and each quote is two.
    assert_eq!(told(&[4080]), [(4080, false)]);
    let cut = told(&[4081]);
    assert!(cut[0].1 && cut[0].0 > 4000, "{cut:?}");
    assert_eq!(told(&[9, 2000, 1000])[..2], [(1000, false), (2000, false)]);
    assert_eq!(told(&[9, 4070, 1]).len(), 2, "what is older finds no room");
}

#[test]
fn only_the_latest_are_heard() {
    let entries = entries(&["x1> old", "u1: a", "a1> b", "x2> new", "u2: c"]);
    let list = list(&entries);
    let mut found = stored(&["a1<u1", "u1", "u2"]);
    for (at, place) in [(0, 2), (1, 1), (2, 4)] {
        found[at].place = place;
    }
    found[1].is_heard = false;
    found[1].known.as_mut().unwrap().content = None;
    let thread = Thread::build(&list, &found, &Notices::default(), 0);
    assert_eq!(heard(&thread), ["a1 assistant kept a1", "u2 user kept u2"]);
    assert_eq!(injected(&thread), r#"[{"role":"assistant","text":"new"}]"#);
}

#[test]
fn new_pictures_beyond_the_latest_are_named() {
    let entries = entries(&["u1: a"]);
    let mut list = list(&entries);
    let text = r#"[{"role":"user","content":[{"type":"image","image":"AAAA"}]}]"#;
    let pictures = testing::entries(text);
    list.lines[0].entry = Some(&pictures[0]);
    let mut found =
        ListedMessage { place: 0, id: "u1".into(), known: None, is_heard: true, has_media: false };
    let thread = Thread::build(&list, &[found.clone()], &Notices::default(), 0);
    assert_eq!(
        (heard(&thread).as_slice(), thread.places[0].is_brief),
        (&["u1 user [image]".to_owned()][..], true)
    );
    found.has_media = true;
    assert!(!Thread::build(&list, &[found], &Notices::default(), 0).places[0].is_brief);
}

#[test]
fn at_most_200_messages_are_heard() {
    let lines: Vec<_> = (0..250).map(|n| format!("u{n}: a")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let thread = build(&lines, &[]);
    assert_eq!((thread.messages.len(), thread.places.len()), (200, 200));
    assert_eq!(heard(&thread)[199], "u249 user a");
}

#[test]
fn pieces_under_other_ids_take_room_as_all_do() {
    let long = "x".repeat(300 * 1024);
    let bubble = format!("assistant-1> {long}");
    let answer = format!("a1<u1 {long}");
    let old = format!("u0: {}", "y".repeat(300 * 1024));
    let thread = build(&[&old, "u1: a", &bubble, "u2: b"], &[&answer, "u1"]);
    let ids: Vec<_> = thread.messages.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(ids, ["u1", "a1", "u2"]);
    let huge = format!("u9: {}", "y".repeat(600 * 1024));
    assert_eq!(build(&["u1: a", &huge], &[]).messages.len(), 1, "the question always");
}

#[test]
fn a_thread_is_recalled_as_it_was_heard() {
    let list = ["u1: a", "a1> One.", "x: Red", "assistant-7> Two.", "u2: b"];
    let thread = build(&list, &["a1<u1 One.|Two.", "u1"]);
    let stored =
        |id: &str| if id == "a1" { r#""One.\n\nTwo.""#.into() } else { format!("\"kept {id}\"") };
    let rows = thread.places.iter().enumerate().map(|(at, place)| HeardMessage {
        place: u32::try_from(at).unwrap(),
        role: if place.stored == "a1" { Role::Assistant } else { Role::User },
        content: stored(&place.stored),
    });
    let text = serde_json::to_string(&thread.places).unwrap();
    assert!(text.starts_with(r#"[["u1",false,null],["a1",false,["a1",0,4]],"#), "{text}");
    let places: Vec<Place> = serde_json::from_str(&text).unwrap();
    assert_eq!(places, thread.places);
    let again = recall(&places, &rows.collect::<Vec<_>>());
    let again: Vec<_> = again.iter().map(|m| format!("{} {}", m.id, m.content.text())).collect();
    assert_eq!(again, ["u1 kept u1", "a1 One.", "x kept x", "assistant-7 Two.", "u2 kept u2"]);
}
