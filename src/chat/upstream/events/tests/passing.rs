//! What goes to the page, and when.

use crate::{
    chat::{
        ending::Lost,
        stream::{
            decoder::{Decoder, MAX_EVENT_BYTES},
            notice::{BROKEN, FAILED, Notices, tests::notices},
        },
        upstream::{
            events::{
                Ending,
                relay::{Next, Passed, Relay},
            },
            failure::{Cause, UpstreamFailure},
            wait::Linger,
        },
    },
    domain::target::TargetKind,
};

pub(super) fn relay() -> Relay {
    Relay::new(TargetKind::Agent, "exec_1", Notices::default())
}

pub(super) fn frame(name: &str, rest: &str) -> String {
    format!("event: {name}\ndata: {{\"type\":\"{name}\",\"seq\":4{rest}}}\n\n")
}

/// Everything that the page hears when everything can be stored.
pub(super) fn run(relay: &mut Relay, pieces: &[&[u8]]) -> String {
    let mut heard = Vec::new();
    for piece in pieces {
        let passed = relay.push(piece);
        heard.extend(passed.at_once);
        heard.extend(passed.paused);
    }
    heard.extend(relay.close(None).frames);
    String::from_utf8(heard).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// At once, once the pause is stored, and how it goes on.
fn parts(passed: &Passed) -> (&str, &str, &Next) {
    (text(&passed.at_once), text(&passed.paused), &passed.next)
}

/// The types of frames.
fn types(bytes: &[u8]) -> Vec<String> {
    Decoder::default().push(bytes).into_iter().map(|event| event.unwrap().name).collect()
}

fn delta(text: &str) -> String {
    frame("text_delta", &format!(r#","id":"t","delta":"{text}""#))
}

fn awaits(id: &str) -> String {
    frame("await", &format!(r#","executionId":"their_1","toolName":"add","toolCallId":"{id}""#))
}

const PAUSED: Next = Next::Linger(Linger::Paused);
const OVER: Next = Next::Linger(Linger::Over);

fn complete() -> String {
    frame("execution_complete", r#","success":true"#)
}

/// What ends a stream that broke off in a block of text.
const BROKEN_OFF: [&str; 5] =
    ["text_complete", "text_start", "text_delta", "text_complete", "execution_error"];

#[test]
fn frames_go_through_at_once_and_whole() {
    let mut relay = relay();
    let (one, two) = (delta("a"), delta("b"));
    let (head, tail) = two.split_at(20);
    let passed = relay.push((one.clone() + head).as_bytes());
    assert_eq!(parts(&passed), (one.as_str(), "", &Next::Read));
    let passed = relay.push(tail.as_bytes());
    assert_eq!(parts(&passed), (two.as_str(), "", &Next::Read));
}

#[test]
fn line_ends_become_lf() {
    let stream = delta("a") + ": ping\n\n" + &complete();
    for end in ["\r\n", "\r"] {
        assert_eq!(run(&mut relay(), &[stream.replace('\n', end).as_bytes()]), stream);
    }
}

#[test]
fn a_call_waits_until_the_pause_is_stored_and_nothing_else_does() {
    let mut relay = relay();
    let (said, asked, more) = (delta("a"), awaits("c1"), delta("b"));
    let passed = relay.push([said.as_str(), &asked, &more].concat().as_bytes());
    assert_eq!(parts(&passed), (said.as_str(), (asked.clone() + &more).as_str(), &PAUSED));
    assert_eq!(relay.said().text(), "ab");
    relay.is_stored();
    let passed = relay.push(more.as_bytes());
    assert_eq!(parts(&passed), (more.as_str(), "", &PAUSED));
    let passed = relay.push(asked.as_bytes());
    assert_eq!(parts(&passed), ("", asked.as_str(), &PAUSED), "stored anew for every call");
}

#[test]
fn only_what_came_after_the_pause_is_news() {
    let news = |after: &str| {
        let mut relay = relay();
        relay.push((delta("a") + &awaits("c1")).as_bytes());
        relay.is_stored();
        relay.push(after.as_bytes());
        let rest = relay.close(None);
        assert!(!types(&rest.frames).contains(&"execution_error".to_owned()));
        rest.is_news
    };
    for nothing in ["", ": ping\n\n", &frame("turn_complete", "")] {
        assert!(!news(nothing), "{nothing}");
    }
    for something in [delta("b"), awaits("c2"), awaits("c2").trim().to_owned(), complete()] {
        assert!(news(&something), "{something}");
    }
}

#[test]
fn the_end_waits_and_so_does_what_follows_it() {
    let mut relay = relay();
    let (said, end) = (delta("a"), complete());
    let passed = relay.push((said.clone() + &end + ": bye\n\n").as_bytes());
    assert_eq!(parts(&passed), (said.as_str(), "", &OVER));
    let passed = relay.push(delta("b").as_bytes());
    assert_eq!(parts(&passed), ("", "", &OVER));
    let rest = relay.close(None);
    assert_eq!(text(&rest.frames), end + ": bye\n\n" + &delta("b"));
    assert_eq!((relay.said().text(), relay.ending()), ("ab", Ending::Completed));
}

#[test]
fn what_follows_the_end_is_bounded_and_changes_it_no_more() {
    let mut relay = relay();
    relay.push((delta("a") + &complete()).as_bytes());
    relay.push((awaits("c1") + &frame("execution_error", "")).as_bytes());
    assert_eq!(relay.ending(), Ending::Completed);
    assert_eq!(relay.push(&b": more\n\n".repeat(8_000)).next, OVER);
    assert_eq!(relay.push(&b": more\n\n".repeat(1_000)).next, Next::Enough);
    let mut relay = super::passing::relay();
    relay.push(complete().as_bytes());
    assert_eq!(relay.push(&vec![b'x'; MAX_EVENT_BYTES + 1]).next, Next::Enough);
}

#[test]
fn a_stream_may_end_after_a_pause() {
    let mut relay = relay();
    let passed = relay.push((delta("a") + &awaits("c1") + &complete()).as_bytes());
    assert_eq!(parts(&passed), (delta("a").as_str(), awaits("c1").as_str(), &OVER));
    assert_eq!(relay.ending(), Ending::Completed);
    assert_eq!(text(&relay.close(None).frames), complete());
}

#[test]
fn a_stream_that_just_stops_is_given_an_error() {
    let mut relay = relay();
    relay.push(delta("So far").as_bytes());
    let rest = relay.close(None);
    assert_eq!(types(&rest.frames), BROKEN_OFF);
    let told = text(&rest.frames);
    assert!(told.contains(r#""seq":5,"id":"t","text":"So far"}"#), "{told}");
    assert!(told.contains(r#""seq":9,"kind":"agent","error":{"code":"upstream_closed""#), "{told}");
    assert_eq!(relay.ending(), Ending::Failed);
}

#[test]
fn the_error_says_why() {
    let mut relay = relay();
    relay.push(delta("So far").as_bytes());
    let rest = relay.close(Some(&UpstreamFailure::new(Cause::TimedOut, "")));
    assert!(text(&rest.frames).contains(r#""code":"upstream_timeout""#));
}

#[test]
fn a_stream_that_told_its_end_or_that_it_waits_is_given_no_error() {
    for told in [
        complete(),
        frame("execution_complete", r#","success":false"#),
        frame("execution_error", ""),
        frame("step_complete", r#","stepType":"prompt","success":false"#),
        frame("approval_start", r#","approvalId":"a1""#),
        awaits("c1"),
    ] {
        for failure in [None, Some(&UpstreamFailure::new(Cause::TimedOut, ""))] {
            let mut relay = relay();
            let mut heard = relay.push((delta("a") + &told).as_bytes());
            heard.at_once.append(&mut heard.paused);
            heard.at_once.extend(relay.close(failure).frames);
            let (heard, errors) = (text(&heard.at_once), told.matches("event: execution_").count());
            assert!(heard.starts_with(&delta("a")) && heard.contains(&told), "{heard}");
            assert_eq!(heard.matches("event: execution_").count(), errors, "{heard}");
        }
    }
    let step = frame("step_complete", r#","stepType":"prompt","success":true"#);
    assert!(run(&mut relay(), &[(delta("a") + &step).as_bytes()]).contains("execution_error"));
}

#[test]
fn an_approval_goes_through_at_once_and_is_waited_for() {
    let mut relay = relay();
    let asked = frame("approval_start", r#","approvalId":"a1""#);
    assert_eq!(parts(&relay.push(asked.as_bytes())), (asked.as_str(), "", &Next::Read));
}

#[test]
fn a_failed_step_may_be_followed_by_a_good_end() {
    let mut relay = relay();
    relay.push((frame("step_complete", r#","success":false"#) + &complete()).as_bytes());
    assert_eq!(text(&relay.close(None).frames), complete());
    assert_eq!(relay.ending(), Ending::Completed);
}

#[test]
fn a_stream_that_fails_says_so_in_words() {
    let start = frame("execution_start", "");
    let failed = frame("execution_error", "");
    let step = frame("step_complete", r#","success":false"#);
    let block = ["text_start", "text_delta", "text_complete"];
    let (none, error) = (&[][..], &["execution_error"][..]);
    let open = &["text_complete"][..];
    for (stream, before, words, after) in [
        (start.clone(), none, Some(FAILED), error),
        (start.clone() + &failed, none, Some(FAILED), error),
        (start.clone() + &step, none, Some(FAILED), none),
        (delta(" ") + &failed, open, Some(FAILED), error),
        (delta("A word"), open, Some(BROKEN), error),
        (delta("A word") + &step + &failed, open, Some(BROKEN), error),
        (delta("A word") + &failed, open, Some(BROKEN), error),
        (delta("A word") + &step, open, Some(BROKEN), none),
        (delta("A word") + &complete(), none, None, &["execution_complete"]),
        (start.clone() + &complete(), none, None, &["execution_complete"]),
        (start + &awaits("c1"), none, None, none),
    ] {
        let mut relay = relay();
        relay.push(stream.as_bytes());
        let frames = relay.close(None).frames;
        let said = if words.is_some() { &block[..] } else { none };
        assert_eq!(types(&frames), [before, said, after].concat(), "{stream}");
        let frames = text(&frames);
        for notice in [FAILED, BROKEN] {
            let count = if words == Some(notice) { 2 } else { 0 };
            assert_eq!(frames.matches(notice).count(), count, "{stream}");
            assert!(!relay.said().text().contains(notice));
        }
    }
}

#[test]
fn a_stream_that_fails_says_so_in_the_tokens_own_words() {
    let failed = frame("execution_error", "");
    for (stream, words, lost) in [
        (failed.clone(), "Ring us.", None),
        (delta("A word") + &failed, "To be continued.", None),
        (delta("A word"), "To be continued.", None),
        (delta("A word") + &complete(), "To be continued.", Some(Lost::NotStored)),
    ] {
        let own = notices("Ring us.", "To be continued.");
        let mut relay = Relay::new(TargetKind::Agent, "exec_1", own);
        relay.push(stream.as_bytes());
        let frames = match lost {
            None => relay.close(None).frames,
            Some(lost) => relay.fail(lost),
        };
        assert_eq!(text(&frames).matches(words).count(), 2, "{stream}");
        assert!(!text(&frames).contains(FAILED) && !text(&frames).contains(BROKEN), "{stream}");
    }
}

#[test]
fn what_is_open_is_closed_before_the_error() {
    let mut relay = relay();
    let thought = frame("reasoning_start", r#","id":"r1""#)
        + &frame("reasoning_delta", r#","id":"r1","delta":"hm""#);
    relay.push((delta("a") + &thought).as_bytes());
    let frames = relay.close(None).frames;
    assert_eq!(types(&frames), [&["reasoning_complete"], &BROKEN_OFF[..]].concat());
    assert!(text(&frames).contains(r#""id":"r1"}"#));
}

#[test]
fn a_frame_may_reach_the_limit_but_not_pass_it() {
    let room = MAX_EVENT_BYTES - frame("custom", r#","x":"""#).len();
    let longest = frame("custom", &format!(r#","x":"{}""#, "x".repeat(room)));
    let mut relay = relay();
    assert_eq!(parts(&relay.push(longest.as_bytes())), (longest.as_str(), "", &Next::Read));
    let passed = relay.push((delta("a") + ":" + &longest).as_bytes());
    let Next::Failed(failure) = passed.next else { panic!("{:?}", passed.next) };
    assert_eq!((failure.cause, text(&passed.at_once)), (Cause::TooLong, delta("a").as_str()));
    let frames = relay.close(Some(&failure)).frames;
    assert_eq!(types(&frames), BROKEN_OFF);
    assert!(text(&frames).contains(r#""code":"answer_too_long""#));
}

#[test]
fn a_frame_that_was_cut_counts_if_it_can_be_read() {
    for half in ["event: text_de", "data: {\"type\":\"await\",", ": pi"] {
        let mut relay = relay();
        relay.push((delta("a") + half).as_bytes());
        assert_eq!(types(&relay.close(None).frames), BROKEN_OFF);
    }
    let mut relay = relay();
    relay.push(complete().trim().as_bytes());
    assert_eq!(text(&relay.close(None).frames), complete());
    let mut relay = super::passing::relay();
    relay.push(awaits("c1").trim().as_bytes());
    let rest = relay.close(None);
    assert_eq!((text(&rest.frames), rest.is_news), (awaits("c1").as_str(), true));
    assert_eq!(relay.ending(), Ending::Paused);
}

#[test]
fn what_cannot_be_stored_is_never_told() {
    let mut relay = relay();
    relay.push((delta("a") + &complete()).as_bytes());
    let frames = relay.fail(Lost::NotStored);
    assert_eq!(types(&frames), BROKEN_OFF);
    let mut relay = self::relay();
    relay.push((delta("a") + &complete()).as_bytes());
    assert_eq!(types(&relay.fail(Lost::Deleted)), ["text_complete", "execution_error"]);
    assert!(relay.close(None).frames.is_empty());
    assert_eq!(relay.ending(), Ending::Failed);
}
