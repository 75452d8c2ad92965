use super::*;
use crate::{
    chat::{
        pause::MAX_STATE,
        stream::{
            delta::{CallData, Delta, ToolCall, ToolOrigin},
            kept::MAX_ANSWER_BYTES,
            notice::{BROKEN, Notices},
        },
        upstream::failure::Cause,
    },
    domain::target::TargetKind,
};

fn said(text: &str) -> Kept {
    let mut kept = Kept::default();
    kept.push(text);
    kept
}

fn before(text: &str) -> PausedState {
    PausedState { said: text.to_owned(), ..PausedState::default() }
}

fn paused(id: &str) -> End {
    End::Paused { execution_id: id.to_owned(), steps: Vec::new() }
}

fn of(text: &str, end: End) -> Remains {
    Remains::of(&before(""), None, &said(text), end)
}

fn status(remains: &Remains) -> Option<Status> {
    remains.answer.as_ref().map(|(_, status)| *status)
}

#[test]
fn an_answer_is_whole_only_if_it_ended_well() {
    assert_eq!(of("Hi", End::Complete).answer, Some(("Hi".to_owned(), Status::Complete)));
    assert_eq!(status(&of("Hi", End::Partial)), Some(Status::Partial));
    assert_eq!(status(&of("Hi", paused("e"))), Some(Status::Partial));
}

#[test]
fn an_answer_without_text_is_none() {
    for end in [End::Complete, End::Partial, paused("e")] {
        assert_eq!(of("", end).answer, None);
    }
}

#[test]
fn an_answer_that_is_too_long_is_partial() {
    let most = "a".repeat(MAX_ANSWER_BYTES);
    assert_eq!(status(&of(&most, End::Complete)), Some(Status::Complete));
    let more = of(&(most.clone() + "b"), End::Complete);
    assert_eq!(more.answer, Some((most.clone(), Status::Partial)));
    let resumed = Remains::of(&before("a"), Some("e"), &said(&most), End::Complete);
    assert_eq!(status(&resumed), Some(Status::Partial));
}

#[test]
fn the_text_of_all_legs_is_one_answer() {
    let remains = Remains::of(&before("One."), Some("e"), &said("Two."), End::Complete);
    let text = "One.\n\nTwo.".to_owned();
    assert_eq!(remains.answer, Some((text, Status::Complete)));
}

#[test]
fn an_answer_of_several_legs_is_new_once() {
    let is_new = |earlier: &str, text: &str| {
        Remains::of(&before(earlier), Some("e"), &said(text), End::Complete).is_new
    };
    assert!(is_new("", "One."));
    assert!(!is_new("One.", "Two.") && !is_new("One.", "") && !is_new("", ""));
}

#[test]
fn a_pause_remembers_the_text_and_the_page() {
    let mut state = before("One.");
    state.page.inputs = Some(serde_json::Value::Bool(true));
    let remains = Remains::of(&state, None, &said("Two."), paused("e"));
    let Pause { execution_id: id, state: stored, legs, .. } = remains.pause.unwrap();
    let read = PausedState::from_stored(&stored, "{}", legs).unwrap();
    assert_eq!((id.as_str(), read.text().as_str()), ("e", "One.\n\nTwo."));
    assert_eq!(read.page, state.page);
}

#[test]
fn a_pause_is_over_when_its_execution_ends_or_goes_on_as_another() {
    let fate = |resumed, end| Remains::of(&before(""), resumed, &said("Hi"), end).resumed;
    assert_eq!(fate(Some("e"), End::Complete), Some(Resumed::Over));
    assert_eq!(fate(Some("e"), paused("f")), Some(Resumed::Over));
    assert_eq!(fate(Some("e"), paused("e")), None, "replaced by its own next pause");
    assert_eq!(fate(Some("e"), End::Partial), Some(Resumed::WaitsAgain));
    assert_eq!((fate(None, End::Complete), fate(None, paused("f"))), (None, None));
}

#[test]
fn a_pause_may_reach_the_limit_but_not_pass_it() {
    let frame = before("").to_stored().unwrap().len();
    let most = "a".repeat(MAX_STATE - frame);
    let pause = |text: &str| Remains::of(&before(""), None, &said(text), paused("e"));
    let whole = pause(&most);
    assert_eq!((whole.pause.unwrap().state.len(), whole.lost), (MAX_STATE, None));
    let lost = pause(&(most + "b"));
    assert_eq!((status(&lost), lost.pause), (Some(Status::Partial), None));
    assert_eq!(lost.lost, Some(Lost::PauseTooLarge));
}

#[test]
fn a_turn_pauses_when_it_called_a_tool() {
    let (mut turn, _) = Turn::resume(TargetKind::Agent, "e", Notices::default(), 2);
    assert_eq!(End::of_turn(&turn, &before(""), "e"), End::Complete);
    let call = ToolCall {
        id: "c".to_owned(),
        name: "add".to_owned(),
        function: "add".to_owned(),
        origin: ToolOrigin::Webmcp,
        arguments: serde_json::Map::new().into(),
        given: CallData::default(),
    };
    turn.push(Delta::Text("Wait.".to_owned()));
    turn.push(Delta::ToolCall(call.clone()));
    let first = Step::paused("First.", std::slice::from_ref(&call));
    let state = PausedState { steps: vec![first.clone()], ..before("") };
    let steps = vec![first, Step::paused("Wait.", &[call])];
    let paused = End::Paused { execution_id: "e".to_owned(), steps };
    assert_eq!(End::of_turn(&turn, &state, "e"), paused);
}

#[test]
fn a_turn_ends_well_only_if_it_is_stored() {
    let now = crate::chat::testing::now();
    let last = |outcome, stored| {
        let (mut turn, _) = Turn::start(TargetKind::Agent, "e", Notices::default(), now);
        turn.push(Delta::Text("Hi".to_owned()));
        last_frames(&mut turn, outcome, stored, now)
    };
    let failure = || UpstreamFailure::new(Cause::TimedOut, "");
    assert!(last(Ok(()), Ok(())).contains("execution_complete"));
    let not_stored = last(Ok(()), Err(Lost::NotStored));
    assert!(not_stored.contains("\"not_stored\"") && not_stored.contains(BROKEN));
    let deleted = last(Ok(()), Err(Lost::Deleted));
    assert!(deleted.contains("\"conversation_deleted\"") && !deleted.contains(BROKEN));
    for stored in [Ok(()), Err(Lost::NotStored)] {
        assert!(last(Err(Some(failure())), stored).contains("\"upstream_timeout\""));
        assert_eq!(last(Err(None), stored), "", "nobody is there to hear it");
    }
}

#[test]
fn a_stream_ends_as_it_says() {
    let end = |frame: &str| {
        let mut relay = Relay::new(TargetKind::Flow, "e", Notices::default());
        relay.push(format!("data: {{\"type\":\"{frame}\",\"executionId\":\"x\"}}\n\n").as_bytes());
        End::of_stream(&relay)
    };
    assert_eq!(end("execution_complete"), End::Complete);
    assert_eq!(end("await"), paused("x"));
    for early in ["execution_error", "text_start", "approval_start"] {
        assert_eq!(end(early), End::Partial, "{early}");
    }
}

#[test]
fn an_early_end_is_told_though_it_cannot_be_stored() {
    assert!(End::Complete.must_be_stored() && paused("e").must_be_stored());
    assert!(!End::Partial.must_be_stored());
}
