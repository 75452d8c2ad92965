//! What crosses to a ledger's Durable Object and back, as JSON arrays of fields in their order. Both
//! ends are of one deployment, but while a new one spreads, an older end may not know a new reason:
//! it counts as `request`.

use std::vec::IntoIter;

use crate::domain::{
    id::ClientTokenId,
    json::{Json, Number},
    ledger::{Batch, Counts, Delivery, Refusal, Sighting},
    time::Timestamp,
};

/// The answer to a batch when the token is full.
pub(crate) const FULL: &str = "full";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Names the instance of the Worker that counted it.
    pub(crate) sender: String,
    pub(crate) delivery: Delivery,
}

fn number(number: impl Into<Number>) -> Json {
    Json::Number(number.into())
}

fn text(text: &str) -> Json {
    Json::String(text.to_owned())
}

fn list<T>(items: impl IntoIterator<Item = T>, write: impl Fn(T) -> Json) -> Json {
    Json::Array(items.into_iter().map(write).collect())
}

pub(crate) fn write_batch(sender: &str, delivery: &Delivery) -> String {
    let Delivery { token, number: nth, sent_at, batch } = delivery;
    let items = vec![
        text(sender),
        text(&token.to_string()),
        number(*nth),
        number(sent_at.millis()),
        list(&batch.hours, hour),
        list(&batch.origins, sighting),
        number(batch.stored_bytes),
    ];
    Json::Array(items).to_string()
}

fn hour((hour, counts): &(i64, Counts)) -> Json {
    let Counts { inits, chats, refused, messages, tokens_in, tokens_out } = *counts;
    let counted = [inits, chats, messages, tokens_in, tokens_out].map(number);
    let reasons = refused.iter().filter(|(_, count)| *count > 0);
    let reasons = reasons.flat_map(|(reason, count)| [text(reason.as_str()), number(count)]);
    Json::Array([number(*hour)].into_iter().chain(counted).chain(reasons).collect())
}

fn sighting(sighting: &Sighting) -> Json {
    Json::Array(vec![
        text(&sighting.origin),
        Json::Bool(sighting.allowed),
        number(sighting.count),
        number(sighting.first_seen_at.millis()),
        number(sighting.last_seen_at.millis()),
    ])
}

pub(crate) fn read_batch(text: &str) -> Option<Sent> {
    let mut items = Items::open(Json::parse(text.as_bytes()).ok()?)?;
    let sender = items.text()?;
    let token = ClientTokenId::parse(&items.text()?).ok()?;
    let (number, sent_at) = (items.count()?, items.moment()?);
    let hours = items.list(Items::hour)?;
    let batch =
        Batch { hours, origins: items.list(Items::sighting)?, stored_bytes: items.count()? };
    Some(Sent { sender, delivery: Delivery { token, number, sent_at, batch } })
}

/// Writes the hours that are asked about: the first, and the one after the last.
pub(crate) fn write_span(from: i64, to: i64) -> String {
    list([from, to], number).to_string()
}

pub(crate) fn read_span(text: &str) -> Option<[i64; 2]> {
    let mut items = Items::open(Json::parse(text.as_bytes()).ok()?)?;
    Some([items.int()?, items.int()?])
}

/// Writes counts of hours; an hour may come more than once.
pub(crate) fn write_hours(hours: &[(i64, Counts)]) -> String {
    list(hours, hour).to_string()
}

pub(crate) fn read_hours(text: &str) -> Option<Vec<(i64, Counts)>> {
    read_list(Json::parse(text.as_bytes()).ok()?, Items::hour)
}

pub(crate) fn write_origins(origins: &[Sighting]) -> String {
    list(origins, sighting).to_string()
}

pub(crate) fn read_origins(text: &str) -> Option<Vec<Sighting>> {
    read_list(Json::parse(text.as_bytes()).ok()?, Items::sighting)
}

fn read_list<T>(json: Json, read: fn(&mut Items) -> Option<T>) -> Option<Vec<T>> {
    let Json::Array(items) = json else { return None };
    items.into_iter().map(|item| read(&mut Items::open(item)?)).collect()
}

struct Items(IntoIter<Json>);

impl Items {
    fn open(json: Json) -> Option<Self> {
        match json {
            Json::Array(items) => Some(Self(items.into_iter())),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        match self.0.next()? {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Number> {
        match self.0.next()? {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    fn count(&mut self) -> Option<u64> {
        self.number()?.as_u64()
    }

    fn int(&mut self) -> Option<i64> {
        self.number()?.as_i64()
    }

    fn moment(&mut self) -> Option<Timestamp> {
        self.int().map(Timestamp::from_millis)
    }

    fn list<T>(&mut self, read: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        read_list(self.0.next()?, read)
    }

    fn hour(&mut self) -> Option<(i64, Counts)> {
        let hour = self.int()?;
        let mut counts = Counts {
            inits: self.count()?,
            chats: self.count()?,
            messages: self.count()?,
            tokens_in: self.count()?,
            tokens_out: self.count()?,
            ..Counts::default()
        };
        while let Some(word) = self.text() {
            counts.refused.add(Refusal::parse(&word).unwrap_or(Refusal::Request), self.count()?);
        }
        Some((hour, counts))
    }

    fn sighting(&mut self) -> Option<Sighting> {
        Some(Sighting {
            origin: self.text()?,
            allowed: self.0.next()? == Json::Bool(true),
            count: self.count()?,
            first_seen_at: self.moment()?,
            last_seen_at: self.moment()?,
        })
    }
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
            batch: Batch {
                hours: vec![(12, counts())],
                origins: vec![sighting()],
                stored_bytes: 13,
            },
        };
        let sent = Sent { sender: "ab".to_owned(), delivery };
        assert_eq!(read_batch(&write_batch(&sent.sender, &sent.delivery)), Some(sent));
        let hours = vec![(1, counts()), (2, Counts::default())];
        assert_eq!(read_hours(&write_hours(&hours)), Some(hours));
        assert_eq!(read_origins(&write_origins(&[sighting()])), Some(vec![sighting()]));
        assert_eq!(read_span(&write_span(1, 2)), Some([1, 2]));
    }

    #[test]
    fn a_reason_of_a_newer_end_counts_and_other_texts_are_refused() {
        let text = write_hours(&[(1, Counts::refused(Refusal::Origin))]).replace("origin", "moon");
        assert_eq!(read_hours(&text), Some(vec![(1, Counts::refused(Refusal::Request))]));
        for text in ["", "{}", "[1]", "null", "{\"sender\":1}"] {
            assert_eq!(read_batch(text), None, "{text}");
            assert_eq!(read_hours(text), None, "{text}");
            assert_eq!(read_origins(text), None, "{text}");
            assert_eq!(read_span(text), None, "{text}");
        }
    }
}
