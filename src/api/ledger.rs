//! What crosses to a ledger's Durable Object and back. Both ends are of one deployment, but while a
//! new one spreads, an older end may not know a new reason: it counts as `request`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    id::ClientTokenId,
    ledger::{Batch, Counts, Delivery, Refusal, Sighting},
    time::Timestamp,
};

/// A batch and its sender.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Names the instance of the Worker that counted it.
    pub(crate) sender: String,
    /// The batch.
    pub(crate) delivery: Delivery,
}

#[derive(Serialize, Deserialize)]
struct SentWire {
    sender: String,
    token: String,
    number: u64,
    sent_at: i64,
    hours: Vec<HourWire>,
    origins: Vec<SightingWire>,
}

#[derive(Serialize, Deserialize)]
struct HourWire {
    hour: i64,
    inits: u64,
    chats: u64,
    messages: u64,
    tokens_in: u64,
    tokens_out: u64,
    refused: BTreeMap<String, u64>,
}

impl From<(i64, Counts)> for HourWire {
    fn from((hour, counts): (i64, Counts)) -> Self {
        let Counts { inits, chats, refused, messages, tokens_in, tokens_out } = counts;
        let refused = refused.iter().filter(|(_, count)| *count > 0);
        let refused = refused.map(|(refusal, count)| (refusal.as_str().to_owned(), count));
        Self { hour, inits, chats, messages, tokens_in, tokens_out, refused: refused.collect() }
    }
}

impl From<HourWire> for (i64, Counts) {
    fn from(wire: HourWire) -> Self {
        let HourWire { hour, inits, chats, messages, tokens_in, tokens_out, refused } = wire;
        let mut counts =
            Counts { inits, chats, messages, tokens_in, tokens_out, ..Counts::default() };
        for (word, count) in refused {
            counts.refused.add(Refusal::parse(&word).unwrap_or(Refusal::Request), count);
        }
        (hour, counts)
    }
}

#[derive(Serialize, Deserialize)]
struct SightingWire {
    origin: String,
    allowed: bool,
    count: u64,
    first_seen_at: i64,
    last_seen_at: i64,
}

impl From<&Sighting> for SightingWire {
    fn from(sighting: &Sighting) -> Self {
        Self {
            origin: sighting.origin.clone(),
            allowed: sighting.allowed,
            count: sighting.count,
            first_seen_at: sighting.first_seen_at.millis(),
            last_seen_at: sighting.last_seen_at.millis(),
        }
    }
}

impl From<SightingWire> for Sighting {
    fn from(wire: SightingWire) -> Self {
        Self {
            origin: wire.origin,
            allowed: wire.allowed,
            count: wire.count,
            first_seen_at: Timestamp::from_millis(wire.first_seen_at),
            last_seen_at: Timestamp::from_millis(wire.last_seen_at),
        }
    }
}

/// Strings and numbers only: serialising can't fail.
fn text(wire: &impl Serialize) -> String {
    serde_json::to_string(wire).unwrap_or_default()
}

/// Writes a batch.
#[must_use]
pub(crate) fn write_batch(sender: &str, delivery: &Delivery) -> String {
    text(&SentWire {
        sender: sender.to_owned(),
        token: delivery.token.to_string(),
        number: delivery.number,
        sent_at: delivery.sent_at.millis(),
        hours: delivery.batch.hours.iter().map(|(hour, counts)| (*hour, *counts).into()).collect(),
        origins: delivery.batch.origins.iter().map(SightingWire::from).collect(),
    })
}

/// Reads the text of [`write_batch`]; `None` for any other.
#[must_use]
pub(crate) fn read_batch(text: &str) -> Option<Sent> {
    let wire: SentWire = serde_json::from_str(text).ok()?;
    let hours = wire.hours.into_iter().map(<(i64, Counts)>::from).collect();
    let origins = wire.origins.into_iter().map(Sighting::from).collect();
    let delivery = Delivery {
        token: ClientTokenId::parse(&wire.token).ok()?,
        number: wire.number,
        sent_at: Timestamp::from_millis(wire.sent_at),
        batch: Batch { hours, origins },
    };
    Some(Sent { sender: wire.sender, delivery })
}

/// Writes the hours that are asked about: the first, and the one after the last.
#[must_use]
pub(crate) fn write_span(from: i64, to: i64) -> String {
    text(&[from, to])
}

/// Reads the text of [`write_span`]; `None` for any other.
#[must_use]
pub(crate) fn read_span(text: &str) -> Option<[i64; 2]> {
    serde_json::from_str(text).ok()
}

/// Writes counts of hours; an hour may come more than once.
#[must_use]
pub(crate) fn write_hours(hours: impl IntoIterator<Item = (i64, Counts)>) -> String {
    text(&hours.into_iter().map(HourWire::from).collect::<Vec<_>>())
}

/// Reads the text of [`write_hours`]; `None` for any other.
#[must_use]
pub(crate) fn read_hours(text: &str) -> Option<Vec<(i64, Counts)>> {
    let hours: Vec<HourWire> = serde_json::from_str(text).ok()?;
    Some(hours.into_iter().map(<(i64, Counts)>::from).collect())
}

/// Writes origins.
#[must_use]
pub(crate) fn write_origins(origins: &[Sighting]) -> String {
    text(&origins.iter().map(SightingWire::from).collect::<Vec<_>>())
}

/// Reads the text of [`write_origins`]; `None` for any other.
#[must_use]
pub(crate) fn read_origins(text: &str) -> Option<Vec<Sighting>> {
    let origins: Vec<SightingWire> = serde_json::from_str(text).ok()?;
    Some(origins.into_iter().map(Sighting::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Counts {
        let mut counts = Counts {
            inits: 1,
            chats: 2,
            messages: 3,
            tokens_in: 4,
            tokens_out: 5,
            ..Counts::default()
        };
        counts.refused.add(Refusal::SessionLimit, 6);
        counts
    }

    fn sighting() -> Sighting {
        Sighting {
            origin: "https://a.example".to_owned(),
            allowed: true,
            count: 7,
            first_seen_at: Timestamp::from_millis(8),
            last_seen_at: Timestamp::from_millis(9),
        }
    }

    #[test]
    fn what_crosses_reads_back() {
        let delivery = Delivery {
            token: ClientTokenId::from_bytes([1; 16]),
            number: 10,
            sent_at: Timestamp::from_millis(11),
            batch: Batch { hours: [(12, counts())].into(), origins: vec![sighting()] },
        };
        let sent = Sent { sender: "ab".to_owned(), delivery };
        assert_eq!(read_batch(&write_batch(&sent.sender, &sent.delivery)), Some(sent));
        let hours = vec![(1, counts()), (2, Counts::default())];
        assert_eq!(read_hours(&write_hours(hours.clone())), Some(hours));
        assert_eq!(read_origins(&write_origins(&[sighting()])), Some(vec![sighting()]));
        assert_eq!(read_span(&write_span(1, 2)), Some([1, 2]));
    }

    #[test]
    fn a_reason_of_a_newer_end_counts_and_other_texts_are_refused() {
        let text = write_hours([(1, Counts::refused(Refusal::Origin))]).replace("origin", "moon");
        assert_eq!(read_hours(&text), Some(vec![(1, Counts::refused(Refusal::Request))]));
        for text in ["", "{}", "[1]", "null", "{\"sender\":1}"] {
            assert_eq!(read_batch(text), None, "{text}");
            assert_eq!(read_hours(text), None, "{text}");
            assert_eq!(read_origins(text), None, "{text}");
            assert_eq!(read_span(text), None, "{text}");
        }
    }
}
