//! Rules that hold for every schedule: bursts, pauses, changed limits, restarts, and a clock
//! that goes back.

use proptest::prelude::*;

use super::model::{Model, Tables, WINDOWS, as_size, at, bytes};
use super::{Ask, Counted, LimitReached, Standing, State, Verdict, admit, peek};

/// When the next request comes.
#[derive(Debug, Clone)]
enum Move {
    /// So many milliseconds after the one before; negative when the clock goes back.
    By(i64),
    /// So many milliseconds after an earlier request has left a window.
    Past { earlier: usize, window: i64, millis: i64 },
}

#[derive(Debug, Clone)]
struct Limits {
    per_minute: Option<u32>,
    per_hour: Option<u32>,
    cap: Option<u32>,
    idle_minutes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// It counts in its session, too.
    Chat,
    Resumption,
    Feedback,
}

#[derive(Debug, Clone)]
struct Step {
    when: Move,
    limits: Option<Limits>,
    kind: Kind,
    bytes: u32,
    slot: usize,
    /// How old the database's knowledge is. Less than the shortest idle time, by far.
    lag: i64,
    others: u32,
    restart: bool,
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        6 => (0..2_500_i64).prop_map(Move::By),
        2 => (0..70_000_i64).prop_map(Move::By),
        1 => (0..4_000_000_i64).prop_map(Move::By),
        1 => (-90_000..0_i64).prop_map(Move::By),
        6 => (
            0..12_usize,
            prop::sample::select(WINDOWS.to_vec()),
            prop::sample::select(vec![-1_000, -1, 0, 1, 500, 999, 1_000, 1_001]),
        )
            .prop_map(|(earlier, window, millis)| Move::Past { earlier, window, millis }),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    let most = |most: u32| prop::option::weighted(0.8, 1..=most);
    (most(4), most(9), most(5), 1..=3_u32).prop_map(|(per_minute, per_hour, cap, idle_minutes)| {
        Limits { per_minute, per_hour, cap, idle_minutes }
    })
}

fn step() -> impl Strategy<Value = Step> {
    (
        moves(),
        prop::option::weighted(0.1, limits()),
        prop::sample::select(vec![Kind::Chat, Kind::Resumption, Kind::Feedback]),
        prop_oneof![2 => 0..10_u32, 1 => 0..=Ask::MOST_BYTES_PER_MINUTE],
        0..2_usize,
        0..30_000_i64,
        prop_oneof![9 => Just(0_u32), 1 => 1..3_u32],
        prop::bool::weighted(0.1),
    )
        .prop_map(|(when, limits, kind, bytes, slot, lag, others, restart)| Step {
            when,
            limits,
            kind,
            bytes,
            slot,
            lag,
            others,
            restart,
        })
}

fn next_moment(when: &Move, model: &Model, now: i64) -> i64 {
    match when {
        Move::By(millis) => now + millis,
        Move::Past { earlier, window, millis } => model
            .admitted
            .iter()
            .rev()
            .nth(*earlier)
            .map_or(now, |admitted| admitted.at + window + millis),
    }
}

fn ask(step: &Step, limits: &Limits, model: &mut Model, now: i64) -> Ask {
    let session = model.live(step.slot, now, limits.idle_minutes);
    session.others += step.others;
    let (per_minute, per_hour) = (limits.per_minute, limits.per_hour);
    let is_chat = step.kind == Kind::Chat;
    let session =
        is_chat.then(|| model.chat(step.slot, now, step.lag, limits.cap, limits.idle_minutes));
    let is_feedback = step.kind == Kind::Feedback;
    let counted = if is_feedback { Counted::Feedback } else { Counted::Chat };
    Ask { counted, per_minute, per_hour, bytes: step.bytes, session }
}

/// The same question, asked so many seconds later.
fn asked_later(state: &State, ask: &Ask, now: i64, seconds: u32) -> Verdict {
    let mut ask = ask.clone();
    if let Some(session) = &mut ask.session {
        session.left_millis = session.left_millis.saturating_sub(seconds.saturating_mul(1_000));
    }
    admit(&mut state.clone(), &ask, at(now + i64::from(seconds) * 1_000)).0
}

fn check_refusal(
    state: &State,
    ask: &Ask,
    now: i64,
    refusal: LimitReached,
) -> Result<(), TestCaseError> {
    let wait = refusal.retry_after;
    prop_assert!(wait >= 1);
    // A session that the database knows to be full isn't asked about again: it is over.
    let full = ask.session.as_ref().is_some_and(|ask| ask.cap.is_some_and(|cap| ask.seen >= cap));
    if !full {
        prop_assert_eq!(asked_later(state, ask, now, wait).refusal, None);
    }
    if wait > 1 {
        prop_assert!(asked_later(state, ask, now, wait - 1).refusal.is_some());
    }
    Ok(())
}

/// How many requests the window admits at a moment, found by sending them.
fn room(state: &State, ask: &Ask, now: i64) -> u32 {
    let mut state = state.clone();
    let mut room = 0;
    while admit(&mut state, ask, at(now)).1.is_some() {
        room += 1;
    }
    room
}

fn check_standing(
    state: &State,
    ask: &Ask,
    now: i64,
    standing: Standing,
) -> Result<(), TestCaseError> {
    let remaining = |seconds: u32| room(state, ask, now + i64::from(seconds) * 1_000);
    prop_assert_eq!(standing.remaining, remaining(0));
    if let Some(reset) = standing.reset {
        prop_assert!(remaining(reset) > standing.remaining);
        prop_assert_eq!(remaining(reset - 1), standing.remaining);
    } else {
        prop_assert_eq!(standing.remaining, standing.quota);
    }
    Ok(())
}

fn check_verdict(
    state: &State,
    ask: &Ask,
    now: i64,
    verdict: Verdict,
) -> Result<(), TestCaseError> {
    if let Some(refusal) = verdict.refusal {
        check_refusal(state, ask, now, refusal)?;
    }
    prop_assert_eq!(verdict.minute.map(|s| (s.quota, s.window)), ask.per_minute.map(|q| (q, 60)));
    prop_assert_eq!(verdict.hour.map(|s| (s.quota, s.window)), ask.per_hour.map(|q| (q, 3_600)));
    if let Some(minute) = verdict.minute {
        let only = Ask { counted: ask.counted, per_minute: ask.per_minute, ..Ask::default() };
        check_standing(state, &only, now, minute)?;
    }
    if let Some(hour) = verdict.hour {
        let only = Ask { counted: ask.counted, per_hour: ask.per_hour, ..Ask::default() };
        check_standing(state, &only, now, hour)?;
    }
    Ok(())
}

/// No limit was overstepped, in windows ending now; earlier ones were checked when they ended.
fn check_bounds(model: &Model, ask: &Ask, slot: usize, now: i64) -> Result<(), TestCaseError> {
    for (window, quota) in WINDOWS.into_iter().zip([ask.per_minute, ask.per_hour]) {
        if let Some(quota) = quota {
            let like = model.exactly(window, now).filter(|one| one.counted == ask.counted);
            prop_assert!(like.count() <= as_size(quota), "{window} ms");
        }
    }
    for (window, most) in
        WINDOWS.into_iter().zip([Ask::MOST_BYTES_PER_MINUTE, Ask::MOST_BYTES_PER_HOUR])
    {
        prop_assert!(bytes(model.exactly(window, now)) <= most, "{window} ms");
    }
    if let Some(cap) = ask.session.as_ref().and_then(|ask| ask.cap) {
        prop_assert!(model.sessions[slot].chats.len() <= as_size(cap));
        prop_assert!(model.sessions[slot].count <= cap);
    }
    Ok(())
}

/// The rows hold what the reference holds: the request in both, the chat in its session.
fn check_rows(tables: &Tables, model: &Model, ask: &Ask, slot: usize) -> Result<(), TestCaseError> {
    let newest = model.admitted.iter().map(|one| one.at / 1_000).max().unwrap();
    let counted = model.admitted.iter().filter(|one| one.at / 1_000 >= newest - 3_600);
    let rows = || tables.buckets.values();
    let requests = rows().map(|bucket| bucket.chats + bucket.feedback).sum();
    prop_assert_eq!(as_size(requests), counted.clone().count());
    prop_assert_eq!(rows().map(|bucket| bucket.bytes).sum::<u32>(), bytes(counted));
    prop_assert!(tables.buckets.len() <= 3_601);
    if let Some(ask) = &ask.session {
        let row = tables.sessions.iter().find(|row| row.key == ask.key).unwrap();
        prop_assert_eq!(row.count, model.sessions[slot].count);
    }
    Ok(())
}

fn run(first: i64, mut limits: Limits, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut model, mut tables, mut state) =
        (Model::default(), Tables::default(), State::default());
    let mut now = first;
    for step in steps {
        now = next_moment(&step.when, &model, now);
        limits = step.limits.clone().unwrap_or(limits);
        let ask = ask(&step, &limits, &mut model, now);
        let allowed = model.allows(&ask, step.slot, now);
        let before = state.clone();
        let told = peek(&state, &ask, at(now));
        let (verdict, change) = admit(&mut state, &ask, at(now));
        prop_assert_eq!(told.refusal, verdict.refusal, "a peek tells what is decided");
        prop_assert_eq!(verdict.refusal.is_none(), change.is_some());
        if let Some(change) = change {
            model.record(&ask, step.slot, now);
            tables.apply(change);
            check_bounds(&model, &ask, step.slot, now)?;
            check_rows(&tables, &model, &ask, step.slot)?;
        } else {
            prop_assert!(!allowed, "refused without need: {verdict:?}");
            prop_assert_eq!(&state, &before);
        }
        check_verdict(&state, &ask, now, verdict)?;
        prop_assert_eq!(&tables.load(), &state);
        if step.restart {
            state = tables.load();
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_schedule_keeps_the_limits_and_no_request_is_refused_without_need(
        first in 1_700_000_000_000..1_700_000_002_000_i64,
        limits in limits(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        run(first, limits, steps)?;
    }
}
