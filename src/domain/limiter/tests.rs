//! The boundaries of every rule, from both sides.

use super::model::{Tables, at};
use super::{Ask, Limit, LimitReached, SessionAsk, Standing, State, Verdict, admit};

/// A moment at the very end of its second.
const LATE: i64 = 1_700_000_000_999;
/// The second after it begins.
const NEXT: i64 = 1_700_000_001_000;

fn per_minute(quota: u32) -> Ask {
    Ask { per_minute: Some(quota), ..Ask::default() }
}

fn per_hour(quota: u32) -> Ask {
    Ask { per_hour: Some(quota), ..Ask::default() }
}

fn chat(cap: u32, seen: u32, left_millis: u32) -> Ask {
    let (key, cap) = ("conversation/0".to_owned(), Some(cap));
    Ask {
        session: Some(SessionAsk { key, cap, seen, idle_minutes: 30, left_millis }),
        ..Ask::default()
    }
}

fn after(requests: &[(&Ask, i64)]) -> State {
    let mut state = State::default();
    for (ask, now) in requests {
        assert!(admit(&mut state, ask, at(*now)).1.is_some());
    }
    state
}

fn verdict(state: &State, ask: &Ask, now: i64) -> Verdict {
    admit(&mut state.clone(), ask, at(now)).0
}

fn refusal(state: &State, ask: &Ask, now: i64) -> Option<LimitReached> {
    verdict(state, ask, now).refusal
}

fn wait(state: &State, ask: &Ask, now: i64) -> Option<(Limit, u32)> {
    refusal(state, ask, now).map(|refusal| (refusal.by, refusal.retry_after))
}

#[test]
fn a_request_counts_for_the_window_and_the_rest_of_its_second() {
    for (ask, by, seconds) in
        [(per_minute(1), Limit::Minute, 60), (per_hour(1), Limit::Hour, 3_600)]
    {
        let state = after(&[(&ask, LATE)]);
        // Exactly one window later both would lie in one closed interval.
        let end = LATE + i64::from(seconds) * 1_000;
        assert_eq!(wait(&state, &ask, LATE), Some((by, seconds + 1)));
        assert_eq!(wait(&state, &ask, end), Some((by, 1)));
        assert_eq!(wait(&state, &ask, end + 1), None);
    }
}

#[test]
fn a_request_early_in_its_second_is_held_no_longer_than_a_late_one() {
    let state = after(&[(&per_minute(1), NEXT)]);
    assert_eq!(wait(&state, &per_minute(1), NEXT + 60_999), Some((Limit::Minute, 1)));
    assert_eq!(wait(&state, &per_minute(1), NEXT + 61_000), None);
}

#[test]
fn the_last_of_the_quota_is_admitted_and_the_next_request_is_not() {
    let ask = per_minute(2);
    let state = after(&[(&ask, NEXT)]);
    assert_eq!(verdict(&state, &ask, NEXT).minute.unwrap().remaining, 0);
    let state = after(&[(&ask, NEXT), (&ask, NEXT)]);
    let quota = LimitReached { by: Limit::Minute, quota: 2, retry_after: 61 };
    assert_eq!(refusal(&state, &ask, NEXT), Some(quota));
}

#[test]
fn a_refused_request_changes_nothing_in_any_limit() {
    let ask = Ask { per_minute: Some(9), per_hour: Some(9), ..chat(1, 0, 60_000) };
    let mut state = after(&[(&ask, NEXT)]);
    let before = state.clone();
    let (verdict, change) = admit(&mut state, &ask, at(NEXT + 1));
    assert_eq!((verdict.refusal.unwrap().by, change), (Limit::Session, None));
    assert_eq!(state, before);
    assert_eq!(verdict.minute.map(|minute| minute.remaining), Some(8));
    assert_eq!(verdict.hour.map(|hour| hour.remaining), Some(8));
}

#[test]
fn the_longest_wait_decides() {
    let both = Ask { per_minute: Some(1), per_hour: Some(1), ..Ask::default() };
    assert_eq!(wait(&after(&[(&both, NEXT)]), &both, NEXT), Some((Limit::Hour, 3_601)));
    let ask = Ask { per_minute: Some(1), ..chat(1, 0, 5_000) };
    let state = after(&[(&per_minute(1), NEXT)]);
    assert_eq!(wait(&state, &ask, NEXT), Some((Limit::Minute, 61)));
    let full = Ask { per_minute: Some(1), ..chat(1, 1, 62_000) };
    assert_eq!(wait(&state, &full, NEXT), Some((Limit::Session, 62)));
}

#[test]
fn feedback_is_limited_by_the_minute_and_by_the_hour() {
    let mut state = after(&[(&Ask::default(), NEXT), (&Ask::default(), NEXT)]);
    let mut send = |now| admit(&mut state, &Ask::feedback(0), at(now)).0.refusal;
    for minute in 0..10 {
        let now = NEXT + minute * 61_000;
        assert!((0..60).all(|_| send(now).is_none()), "minute {minute}");
        let by = send(now).map(|refusal| (refusal.by, refusal.quota));
        assert_eq!(by, Some(if minute < 9 { (Limit::Minute, 60) } else { (Limit::Hour, 600) }));
    }
}

#[test]
fn bytes_of_every_kind_of_request_are_summed_and_bounded_by_the_minute_and_by_the_hour() {
    let (most, chat) = (Ask::MOST_BYTES_PER_MINUTE, |bytes| Ask { bytes, ..Ask::default() });
    let mut state = after(&[(&chat(most - 10), NEXT), (&Ask::feedback(10), NEXT + 1_000)]);
    assert_eq!(wait(&state, &chat(0), NEXT + 2_000), None, "what gives nothing");
    assert_eq!(wait(&state, &chat(1), NEXT + 2_000), Some((Limit::MinuteBytes, 59)));
    assert_eq!(wait(&state, &Ask::feedback(1), NEXT + 2_000), Some((Limit::MinuteBytes, 59)));
    assert_eq!(wait(&state, &chat(most), NEXT + 2_000), Some((Limit::MinuteBytes, 60)));
    for minute in 1..8 {
        let (verdict, _) = admit(&mut state, &chat(most), at(NEXT + minute * 62_000));
        assert_eq!(verdict.refusal, None, "minute {minute}");
    }
    let now = NEXT + 8 * 62_000;
    assert_eq!(wait(&state, &chat(1), now), Some((Limit::HourBytes, 3_601 - 8 * 62)));
    assert_eq!(wait(&state, &chat(0), now), None);
    let quota = refusal(&state, &chat(1), now).map(|refusal| refusal.quota);
    assert_eq!(quota, Some(Ask::MOST_BYTES_PER_HOUR));
}

#[test]
fn a_chat_and_feedback_are_counted_apart() {
    let one = Ask { per_minute: Some(1), ..Ask::default() };
    let state = after(&[(&Ask::feedback(0), NEXT), (&one, NEXT)]);
    assert_eq!(wait(&state, &one, NEXT), Some((Limit::Minute, 61)));
    let feedback = verdict(&state, &Ask::feedback(0), NEXT);
    assert_eq!(feedback.minute.map(|minute| minute.remaining), Some(58));
}

#[test]
fn a_lowered_limit_waits_until_enough_has_aged() {
    let three = per_minute(3);
    let state = after(&[(&three, NEXT), (&three, NEXT + 10_000), (&three, NEXT + 20_000)]);
    let now = NEXT + 20_000;
    assert_eq!(wait(&state, &per_minute(1), now), Some((Limit::Minute, 61)));
    assert_eq!(wait(&state, &per_minute(2), now), Some((Limit::Minute, 51)));
    assert_eq!(wait(&state, &per_minute(4), now), None);
}

#[test]
fn requests_without_a_limit_count_when_one_is_set() {
    let state = after(&[(&Ask::default(), NEXT), (&Ask::default(), NEXT)]);
    assert_eq!(verdict(&state, &Ask::default(), NEXT).minute, None);
    assert_eq!(wait(&state, &per_minute(2), NEXT), Some((Limit::Minute, 61)));
    assert_eq!(wait(&state, &per_hour(3), NEXT), None);
}

#[test]
fn a_clock_that_goes_back_frees_nothing_and_the_wait_reaches_the_true_moment() {
    let ask = per_minute(1);
    let state = after(&[(&ask, NEXT)]);
    assert_eq!(wait(&state, &ask, NEXT - 100_000), Some((Limit::Minute, 161)));
    let mut state = after(&[(&per_minute(2), NEXT)]);
    let (_, change) = admit(&mut state, &per_minute(2), at(NEXT - 100_000));
    assert_eq!(
        change.map(|change| (change.bucket.second * 1_000, change.bucket.chats)),
        Some((NEXT, 2))
    );
}

#[test]
fn a_session_is_full_at_its_cap_and_over_at_the_exact_end_of_its_idle_time() {
    let idle = 30 * 60_000;
    let state = after(&[(&chat(2, 0, 0), NEXT)]);
    assert_eq!(wait(&state, &chat(2, 0, 0), NEXT), None);
    let state = after(&[(&chat(2, 0, 0), NEXT), (&chat(2, 0, 1), NEXT)]);
    assert_eq!(wait(&state, &chat(2, 0, 0), NEXT), Some((Limit::Session, 1_800)));
    assert_eq!(wait(&state, &chat(2, 0, 0), NEXT + idle - 1), Some((Limit::Session, 1)));
    assert_eq!(wait(&state, &chat(2, 0, 0), NEXT + idle), None);
}

#[test]
fn a_session_that_the_asker_knows_to_go_on_keeps_its_count() {
    let state = after(&[(&chat(1, 0, 0), NEXT)]);
    let later = NEXT + 30 * 60_000;
    assert_eq!(wait(&state, &chat(1, 0, 7_001), later), Some((Limit::Session, 8)));
}

#[test]
fn who_knows_of_every_chat_knows_when_the_session_ends() {
    let state = after(&[(&chat(1, 0, 0), NEXT)]);
    assert_eq!(wait(&state, &chat(1, 0, 5_000), NEXT), Some((Limit::Session, 1_800)));
    assert_eq!(wait(&state, &chat(1, 1, 5_000), NEXT), Some((Limit::Session, 5)));
    assert_eq!(wait(&state, &chat(1, 1, 5_001), NEXT), Some((Limit::Session, 6)));
    assert_eq!(wait(&state, &chat(1, 1, 0), NEXT), Some((Limit::Session, 1)));
}

#[test]
fn the_greater_of_own_and_seen_chats_counts() {
    let state = after(&[(&chat(9, 4, 0), NEXT)]);
    for (seen, full_at) in [(0, 5), (5, 5), (6, 6)] {
        assert!(refusal(&state, &chat(full_at, seen, 1), NEXT).is_some());
        assert_eq!(refusal(&state, &chat(full_at + 1, seen, 1), NEXT), None);
    }
}

#[test]
fn a_chat_without_a_cap_counts_when_one_is_set() {
    let mut ask = chat(0, 0, 1);
    ask.session.as_mut().unwrap().cap = None;
    let state = after(&[(&ask, NEXT)]);
    assert!(refusal(&state, &chat(1, 0, 1), NEXT).is_some());
    assert_eq!(refusal(&state, &chat(2, 0, 1), NEXT), None);
}

#[test]
fn a_standing_tells_what_is_left_and_when_more_comes() {
    let ask = Ask { per_minute: Some(10), per_hour: Some(100), ..Ask::default() };
    let state = after(&[(&ask, NEXT)]);
    let standing =
        |quota, window, remaining, reset| Some(Standing { quota, window, remaining, reset });
    let later = verdict(&state, &ask, NEXT + 10_000);
    assert_eq!(later.minute, standing(10, 60, 8, Some(51)));
    assert_eq!(later.hour, standing(100, 3_600, 98, Some(3_591)));
    let full = Ask { per_minute: Some(10), ..chat(1, 1, 1) };
    assert_eq!(verdict(&State::default(), &full, NEXT).minute, standing(10, 60, 10, None));
}

#[test]
fn a_quota_of_zero_admits_nothing_and_still_names_a_wait() {
    assert_eq!(wait(&State::default(), &per_minute(0), NEXT), Some((Limit::Minute, 60)));
}

#[test]
fn a_busy_visitor_leaves_no_more_than_3601_buckets_and_memory_follows_the_rows() {
    let (mut state, mut tables) = (State::default(), Tables::default());
    for second in 0..3_700 {
        let (_, change) = admit(&mut state, &Ask::default(), at(NEXT + second * 1_000));
        tables.apply(change.unwrap());
    }
    assert_eq!(tables.buckets.len(), 3_601);
    assert_eq!(tables.load(), state);
}

#[test]
fn everything_is_forgotten_when_the_last_bucket_and_the_last_session_are_over() {
    assert_eq!(State::default().forget_at(), None);
    assert_eq!(after(&[(&chat(1, 0, 0), NEXT)]).forget_at(), Some(at(NEXT + 3_601_000)));
    let mut long = chat(1, 0, 0);
    long.session.as_mut().unwrap().idle_minutes = 1_440;
    assert_eq!(after(&[(&long, LATE)]).forget_at(), Some(at(LATE + 86_400_000)));
    assert_eq!(after(&[(&Ask::default(), LATE)]).forget_at(), Some(at(NEXT + 3_600_000)));
}
