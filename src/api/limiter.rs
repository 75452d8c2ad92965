//! What crosses to the limiter's Durable Object and back, as JSON arrays of fields in their order.
//! The two ends are isolates of one deployment, so what one writes the other reads.

use crate::domain::{
    json::Json,
    limiter::{Ask, Counted, Limit, LimitReached, SessionAsk, Standing, Verdict},
};

fn number(number: u32) -> Json {
    Json::Number(number.into())
}

fn maybe(value: Option<u32>) -> Json {
    value.map_or(Json::Null, number)
}

pub(crate) fn write_ask(ask: &Ask) -> String {
    let counted = match ask.counted {
        Counted::Chat => 0,
        Counted::Feedback => 1,
    };
    let (per_minute, per_hour) = (maybe(ask.per_minute), maybe(ask.per_hour));
    let mut items = vec![number(counted), per_minute, per_hour, number(ask.bytes)];
    if let Some(session) = &ask.session {
        items.extend([
            Json::String(session.key.clone()),
            maybe(session.cap),
            number(session.seen),
            number(session.idle_minutes),
            number(session.left_millis),
        ]);
    }
    Json::Array(items).to_string()
}

pub(crate) fn read_ask(text: &str) -> Option<Ask> {
    let mut items = Items::open(text)?;
    let counted = match items.number()? {
        0 => Counted::Chat,
        1 => Counted::Feedback,
        _ => return None,
    };
    let (per_minute, per_hour, bytes) = (items.maybe()?, items.maybe()?, items.number()?);
    let session = match items.0.next() {
        Some(Json::String(key)) => Some(SessionAsk {
            key,
            cap: items.maybe()?,
            seen: items.number()?,
            idle_minutes: items.number()?,
            left_millis: items.number()?,
        }),
        _ => None,
    };
    Some(Ask { counted, per_minute, per_hour, bytes, session })
}

pub(crate) fn write_verdict(verdict: &Verdict) -> String {
    let mut items = Vec::new();
    items.push(verdict.refusal.map_or(Json::Null, |refusal| number(code(refusal.by))));
    items.push(maybe(verdict.refusal.map(|refusal| refusal.quota)));
    items.push(maybe(verdict.refusal.map(|refusal| refusal.retry_after)));
    for standing in [verdict.minute, verdict.hour] {
        items.push(maybe(standing.map(|s| s.quota)));
        items.push(maybe(standing.map(|s| s.window)));
        items.push(maybe(standing.map(|s| s.remaining)));
        items.push(maybe(standing.and_then(|s| s.reset)));
    }
    Json::Array(items).to_string()
}

pub(crate) fn read_verdict(text: &str) -> Option<Verdict> {
    let mut items = Items::open(text)?;
    let (by, quota, retry_after) = (items.maybe()?, items.maybe()?, items.maybe()?);
    let refusal = match (by, quota, retry_after) {
        (Some(by), Some(quota), Some(retry_after)) => {
            Some(LimitReached { by: limit(by)?, quota, retry_after })
        }
        _ => None,
    };
    Some(Verdict { refusal, minute: items.standing()?, hour: items.standing()? })
}

fn code(limit: Limit) -> u32 {
    match limit {
        Limit::Minute => 0,
        Limit::Hour => 1,
        Limit::MinuteBytes => 2,
        Limit::HourBytes => 3,
        Limit::Session => 4,
    }
}

fn limit(code: u32) -> Option<Limit> {
    let all = [Limit::Minute, Limit::Hour, Limit::MinuteBytes, Limit::HourBytes, Limit::Session];
    all.get(code as usize).copied()
}

struct Items(std::vec::IntoIter<Json>);

impl Items {
    fn open(text: &str) -> Option<Self> {
        match Json::parse(text.as_bytes()) {
            Ok(Json::Array(items)) => Some(Self(items.into_iter())),
            _ => None,
        }
    }

    fn maybe(&mut self) -> Option<Option<u32>> {
        match self.0.next()? {
            Json::Null => Some(None),
            Json::Number(number) => Some(Some(u32::try_from(number.as_u64()?).ok()?)),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<u32> {
        self.maybe()?
    }

    fn standing(&mut self) -> Option<Option<Standing>> {
        let (quota, window, remaining, reset) =
            (self.maybe()?, self.maybe()?, self.maybe()?, self.maybe()?);
        Some(match (quota, window, remaining) {
            (Some(quota), Some(window), Some(remaining)) => {
                Some(Standing { quota, window, remaining, reset })
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_reads_back() {
        let session = SessionAsk {
            key: "a \"key\"".into(),
            cap: None,
            seen: 3,
            idle_minutes: 30,
            left_millis: 86_400_000,
        };
        for session in [None, Some(session)] {
            let ask = Ask { per_minute: Some(10), bytes: 7, session, ..Ask::default() };
            assert_eq!(read_ask(&write_ask(&ask)), Some(ask));
        }
        let feedback = Ask::feedback(9);
        assert_eq!(read_ask(&write_ask(&feedback)), Some(feedback));
    }

    #[test]
    fn an_answer_reads_back() {
        let standing = Standing { quota: 10, window: 60, remaining: 0, reset: Some(7) };
        let hour = Standing { quota: 100, window: 3600, remaining: 100, reset: None };
        for by in (0..).map_while(limit) {
            let refusal = Some(LimitReached { by, quota: 10, retry_after: 7 });
            let verdict = Verdict { refusal, minute: Some(standing), hour: Some(hour) };
            assert_eq!(read_verdict(&write_verdict(&verdict)), Some(verdict));
        }
        let free = Verdict { refusal: None, minute: None, hour: None };
        assert_eq!(read_verdict(&write_verdict(&free)), Some(free));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "{}", "[]", "[1]", "[\"a\",1]", "[-1,1]"] {
            assert_eq!(read_ask(text), None, "{text}");
            assert_eq!(read_verdict(text), None, "{text}");
        }
    }
}
