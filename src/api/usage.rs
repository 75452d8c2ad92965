//! How a token is used, on the wire (contract section 3.12).

use serde::Serialize;

use crate::{
    api::{query::UsageQuery, reply::Reply},
    domain::{
        ledger::{Counts, Sighting, WINDOW_DAYS, is_in_window},
        origin::AllowedOrigins,
        time::Timestamp,
    },
};

#[derive(Serialize)]
struct Row {
    at: Timestamp,
    #[serde(flatten)]
    counts: Counts,
}

/// 200 with a row for each hour or day of the stretch, oldest first, out of the counts of hours.
pub(crate) fn usage(query: &UsageQuery, hours: &[(i64, Counts)]) -> Reply {
    #[derive(Serialize)]
    struct Usage {
        usage: Vec<Row>,
    }
    let rows = query.span.fill(hours).into_iter();
    Reply::json(200, &Usage { usage: rows.map(|(at, counts)| Row { at, counts }).collect() })
}

/// 200 with the origins of the last seven days, in the order in which they come, each with whether
/// `allowed` admits it.
pub(crate) fn origins(origins: &[Sighting], allowed: &AllowedOrigins, now: Timestamp) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Origins {
        origins: Vec<Sighting>,
        window_days: u32,
    }
    let seen = origins.iter().filter(|sighting| is_in_window(sighting.last_seen_at, now));
    let views = seen
        .map(|sighting| Sighting { allowed: sighting.is_allowed_by(allowed), ..sighting.clone() });
    Reply::json(200, &Origins { origins: views.collect(), window_days: WINDOW_DAYS })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ledger::{Refusal, hour},
        origin::OriginPattern,
    };

    const NOW: &str = "2026-03-10T14:30:00Z";

    fn now() -> Timestamp {
        Timestamp::parse(NOW).unwrap()
    }

    #[test]
    fn a_row_names_every_reason() {
        let query = UsageQuery::parse("by=hour&from=2026-03-10T14:00:00Z", now()).unwrap();
        let mut counts = Counts::refused(Refusal::Origin);
        counts.add(&Counts { inits: 1, chats: 2, ..Counts::answer(true, 4, 5) });
        let body = usage(&query, &[(hour(now()), counts)]).body;
        assert_eq!(
            body,
            r#"{"usage":[{"at":"2026-03-10T14:00:00.000Z","inits":1,"chats":2,"refused":{"origin":1,"inactive":0,"target":0,"upstream":0,"limit":0,"sessionLimit":0,"session":0,"shed":0,"conversation":0,"request":0,"error":0},"messages":1,"tokensIn":4,"tokensOut":5}]}"#
        );
    }

    #[test]
    fn an_origin_is_as_allowed_as_the_present_list_says_and_an_old_one_is_left_out() {
        let pattern = OriginPattern::parse("https://a.example").unwrap();
        let allowed = AllowedOrigins::from_patterns(vec![pattern]);
        let sighting = |origin: &str, seen: Timestamp| Sighting {
            origin: origin.to_owned(),
            allowed: false,
            count: 3,
            first_seen_at: seen,
            last_seen_at: seen,
        };
        let old = sighting("https://b.example", now().minus_days(WINDOW_DAYS));
        let body = origins(&[sighting("https://a.example", now()), old], &allowed, now()).body;
        assert_eq!(
            body,
            r#"{"origins":[{"origin":"https://a.example","allowed":true,"count":3,"firstSeenAt":"2026-03-10T14:30:00.000Z","lastSeenAt":"2026-03-10T14:30:00.000Z"}],"windowDays":7}"#
        );
    }
}
