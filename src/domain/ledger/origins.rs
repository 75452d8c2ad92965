//! The origins that a token's requests come from: allowed ones and refused ones, so that an owner
//! sees whom to let in.
//!
//! Anybody can send any origin, so the list is bounded, and made so that made-up origins don't push
//! out the real ones: allowed and refused ones compete among their own kind, the least often seen
//! goes first, and among those the one that is longest ago. What goes is added to the entry
//! [`OTHER`], so that the counts still add up.

use serde::{Deserialize, Serialize};

use super::retention::WINDOW_DAYS;
use crate::domain::{
    origin::{AllowedOrigins, RequestOrigin},
    time::Timestamp,
};

/// The entry of requests without an `Origin`, by the word that allows them.
pub const NATIVE: &str = "native";

/// The entry of all origins that have none of their own.
pub const OTHER: &str = "other";

/// The most origins with an entry of their own; with [`OTHER`] the list has 200.
const MOST: usize = 199;

/// Places that allowed origins leave to refused ones.
const FOR_REFUSED: usize = 50;

/// The most characters of an origin: more than a domain name with scheme and port has. What is cut has
/// the scheme of an app.
const LONGEST: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The origin, [`NATIVE`] or `null`.
    pub origin: String,
    pub allowed: bool,
}

impl Seen {
    /// What the `Origin` header of a request tells. One that can't be read tells nothing: it names
    /// no origin that could be allowed.
    pub fn of(header: Option<&str>, allowed: &AllowedOrigins) -> Option<Self> {
        let origin = RequestOrigin::parse(header).ok()?;
        let text = origin.as_text().unwrap_or_else(|| NATIVE.to_owned());
        let text = text.chars().take(LONGEST).collect();
        Some(Self { allowed: allowed.admits(&origin), origin: text })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sighting {
    /// The origin, [`NATIVE`], `null` or [`OTHER`].
    pub origin: String,
    /// Whether the token allowed it when it was last seen.
    pub allowed: bool,
    /// How many requests since `first_seen_at`.
    pub count: u64,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

impl Sighting {
    pub fn is_allowed_by(&self, allowed: &AllowedOrigins) -> bool {
        let header = Some(self.origin.as_str()).filter(|origin| *origin != NATIVE);
        self.origin != OTHER
            && RequestOrigin::parse(header).is_ok_and(|origin| allowed.admits(&origin))
    }

    /// Adds what was seen of it elsewhere; the later one knows whether it is allowed.
    pub(super) fn add(&mut self, more: &Self) {
        if more.last_seen_at >= self.last_seen_at {
            self.allowed = more.allowed;
        }
        self.count = self.count.saturating_add(more.count);
        self.first_seen_at = self.first_seen_at.min(more.first_seen_at);
        self.last_seen_at = self.last_seen_at.max(more.last_seen_at);
    }
}

/// What a batch does to the stored list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Entries to insert, or to replace by their origin.
    pub put: Vec<Sighting>,
    /// Origins whose entries go.
    pub gone: Vec<String>,
}

/// Whether an origin last seen at this moment is still in the list at `now`.
pub fn is_in_window(last_seen_at: Timestamp, now: Timestamp) -> bool {
    last_seen_at > now.minus_days(WINDOW_DAYS)
}

/// What the stored list becomes at `now` by the sightings of a batch. One that has left the window
/// begins anew.
pub fn merge(stored: &[Sighting], seen: &[Sighting], now: Timestamp) -> Change {
    let is_kept = |known: &&Sighting| is_in_window(known.last_seen_at, now);
    let mut after: Vec<Sighting> = stored.iter().filter(is_kept).cloned().collect();
    for sighting in seen {
        add(&mut after, sighting.clone());
    }
    while let Some(victim) = victim(&after) {
        let gone = after.swap_remove(victim);
        add(&mut after, Sighting { origin: OTHER.to_owned(), allowed: false, ..gone });
    }
    let is_in = |list: &[Sighting], origin: &str| list.iter().any(|known| known.origin == origin);
    let gone = stored.iter().filter(|known| !is_in(&after, &known.origin));
    let gone = gone.map(|known| known.origin.clone()).collect();
    after.retain(|sighting| !stored.contains(sighting));
    Change { put: after, gone }
}

fn add(list: &mut Vec<Sighting>, more: Sighting) {
    match list.iter_mut().find(|known| known.origin == more.origin) {
        Some(known) => known.add(&more),
        None => list.push(more),
    }
}

/// The place of the entry that goes next, if there are too many.
fn victim(list: &[Sighting]) -> Option<usize> {
    let own = || list.iter().enumerate().filter(|(_, sighting)| sighting.origin != OTHER);
    if own().count() <= MOST {
        return None;
    }
    let allowed = own().filter(|(_, sighting)| sighting.allowed).count() > MOST - FOR_REFUSED;
    let least = own()
        .filter(|(_, sighting)| sighting.allowed == allowed)
        .min_by_key(|(_, sighting)| (sighting.count, sighting.last_seen_at));
    least.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::origin::OriginPattern;

    const DAY: i64 = 86_400_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    fn sighting(origin: &str, allowed: bool, count: u64, millis: i64) -> Sighting {
        let moment = at(millis);
        Sighting {
            origin: origin.to_owned(),
            allowed,
            count,
            first_seen_at: moment,
            last_seen_at: moment,
        }
    }

    fn applied(mut stored: Vec<Sighting>, seen: &[Sighting], millis: i64) -> Vec<Sighting> {
        let change = merge(&stored, seen, at(millis));
        let names: Vec<_> = change.put.iter().map(|sighting| sighting.origin.as_str()).collect();
        stored.retain(|known| {
            !change.gone.contains(&known.origin) && !names.contains(&known.origin.as_str())
        });
        stored.extend(change.put);
        stored
    }

    fn find<'a>(list: &'a [Sighting], origin: &str) -> Option<&'a Sighting> {
        list.iter().find(|sighting| sighting.origin == origin)
    }

    #[test]
    fn an_origin_seen_again_counts_on_and_is_as_allowed_as_it_was_last() {
        let list = applied(Vec::new(), &[sighting("https://a.example", false, 2, 0)], 0);
        let list = applied(list, &[sighting("https://a.example", true, 3, 5)], 5);
        let known = find(&list, "https://a.example").unwrap();
        assert_eq!((known.count, known.allowed), (5, true));
        assert_eq!((known.first_seen_at, known.last_seen_at), (at(0), at(5)));
        let late = applied(list, &[sighting("https://a.example", false, 1, 4)], 5);
        assert!(find(&late, "https://a.example").unwrap().allowed, "an older one says nothing new");
    }

    #[test]
    fn what_was_not_seen_for_seven_days_is_forgotten_and_begins_anew() {
        let list = vec![sighting("https://a.example", true, 9, 0)];
        let kept = applied(list.clone(), &[], 7 * DAY - 1);
        assert_eq!(kept, list);
        assert!(applied(list.clone(), &[], 7 * DAY).is_empty());
        let anew = applied(list, &[sighting("https://a.example", true, 1, 7 * DAY)], 7 * DAY);
        assert_eq!(anew, [sighting("https://a.example", true, 1, 7 * DAY)]);
    }

    #[test]
    fn a_flood_of_refused_origins_leaves_the_real_ones_and_every_request_counts() {
        let mut list = Vec::new();
        for nth in 0..149 {
            let allowed = sighting(&format!("https://{nth}.example"), true, 1, 0);
            list = applied(list, &[allowed], 0);
        }
        list = applied(list, &[sighting("https://staging.example", false, 5, 0)], 0);
        for nth in 0..1_000 {
            list =
                applied(list, &[sighting(&format!("https://x{nth}.invalid"), false, 1, nth)], nth);
            assert!(list.len() <= 200);
        }
        assert_eq!(list.iter().filter(|sighting| sighting.allowed).count(), 149);
        assert_eq!(find(&list, "https://staging.example").unwrap().count, 5);
        assert!(find(&list, "https://x999.invalid").is_some(), "the latest is shown");
        let other = find(&list, OTHER).unwrap();
        assert_eq!((other.allowed, other.first_seen_at), (false, at(0)));
        let total: u64 = list.iter().map(|sighting| sighting.count).sum();
        assert_eq!(total, 149 + 5 + 1_000);
    }

    #[test]
    fn allowed_origins_without_end_leave_places_to_refused_ones() {
        let refused = |nth| sighting(&format!("https://x{nth}.invalid"), false, 1, 0);
        let mut list = Vec::new();
        for nth in 0..60 {
            list = applied(list, &[refused(nth)], 0);
        }
        for nth in 0..500 {
            let allowed = sighting(&format!("https://{nth}.example"), true, 1, nth);
            list = applied(list, &[allowed], nth);
        }
        assert_eq!(list.iter().filter(|sighting| sighting.allowed).count(), 149);
        assert_eq!(list.len(), 200);
    }

    #[test]
    fn a_header_is_told_by_what_would_allow_it() {
        let patterns =
            ["https://*.example.com", "native"].map(|p| OriginPattern::parse(p).unwrap());
        let allowed = AllowedOrigins::from_patterns(patterns.to_vec());
        let seen = |header| Seen::of(header, &allowed).map(|seen| (seen.origin, seen.allowed));
        assert_eq!(seen(None), Some(("native".to_owned(), true)));
        assert_eq!(seen(Some("null")), Some(("null".to_owned(), false)));
        let inside = Some(("https://a.example.com".to_owned(), true));
        assert_eq!(seen(Some("HTTPS://A.example.com:443")), inside);
        assert_eq!(seen(Some("https://a.example.com/x")), None);
        assert_eq!(seen(Some("")), None);
        let long = format!("{}://{}", "a".repeat(5_000), "b".repeat(253));
        assert_eq!(seen(Some(&long)).unwrap().0.len(), LONGEST);
        let longest = format!("app://{}:65535", "b".repeat(253));
        assert_eq!(seen(Some(&longest)).unwrap().0, longest);
    }

    #[test]
    fn whether_an_origin_is_allowed_is_asked_of_the_present_list() {
        let allowed =
            |pattern| AllowedOrigins::from_patterns(vec![OriginPattern::parse(pattern).unwrap()]);
        let is_allowed =
            |origin, pattern| sighting(origin, true, 1, 0).is_allowed_by(&allowed(pattern));
        assert!(is_allowed("https://a.example", "https://a.example"));
        assert!(!is_allowed("https://b.example", "https://a.example"));
        assert!(is_allowed(NATIVE, "native") && !is_allowed(NATIVE, "*"));
        assert!(is_allowed("null", "*") && !is_allowed(OTHER, "*"));
    }
}
