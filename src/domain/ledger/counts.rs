//! What is counted of an hour.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::Refusal;

/// The most tokens of one answer that are counted: what an upstream reports beyond that is no number
/// of tokens, and would spoil the sum.
pub const MOST_TOKENS: u64 = 1_000_000_000;

/// Counts. Each request of a page that names a token counts once: as an init, as a chat or as
/// refused. A resume that goes on with a turn is a part of its chat, and counts only when refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Sessions opened or continued.
    pub inits: u64,
    /// Chats that were answered, if only with an error in the stream.
    pub chats: u64,
    pub refused: Refused,
    /// Messages stored: new ones of visitors, and answers.
    pub messages: u64,
    /// Of prompts, as upstreams report them.
    pub tokens_in: u64,
    /// Of answers, as upstreams report them.
    pub tokens_out: u64,
}

impl Counts {
    /// Nothing but one refused request.
    pub fn refused(refusal: Refusal) -> Self {
        let mut counts = Self::default();
        counts.refused.add(refusal, 1);
        counts
    }

    /// What an answer was: whether it is a new stored one, and what it cost.
    pub fn answer(is_new: bool, tokens_in: u64, tokens_out: u64) -> Self {
        Self {
            messages: u64::from(is_new),
            tokens_in: tokens_in.min(MOST_TOKENS),
            tokens_out: tokens_out.min(MOST_TOKENS),
            ..Self::default()
        }
    }

    pub fn add(&mut self, more: &Self) {
        let sum = |one: &mut u64, other: u64| *one = one.saturating_add(other);
        sum(&mut self.inits, more.inits);
        sum(&mut self.chats, more.chats);
        sum(&mut self.messages, more.messages);
        sum(&mut self.tokens_in, more.tokens_in);
        sum(&mut self.tokens_out, more.tokens_out);
        for (refusal, count) in more.refused.iter() {
            self.refused.add(refusal, count);
        }
    }
}

/// How many requests were refused, by reason; written with every reason. One that is unknown, since it
/// comes from a newer instance of the Worker, is read as [`Refusal::Request`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<String, u64>")]
pub struct Refused([u64; Refusal::ALL.len()]);

impl Refused {
    pub fn add(&mut self, refusal: Refusal, more: u64) {
        if let Some(count) = self.0.get_mut(refusal.place()) {
            *count = count.saturating_add(more);
        }
    }

    /// Every reason, also those that never came up.
    pub fn iter(&self) -> impl Iterator<Item = (Refusal, u64)> {
        Refusal::ALL.into_iter().zip(self.0)
    }
}

impl Serialize for Refused {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl From<BTreeMap<String, u64>> for Refused {
    fn from(counts: BTreeMap<String, u64>) -> Self {
        let mut refused = Self::default();
        for (word, count) in counts {
            refused.add(Refusal::parse(&word).unwrap_or(Refusal::Request), count);
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_by_kind_and_by_reason() {
        let mut counts = Counts { inits: 1, chats: 2, ..Counts::default() };
        counts.add(&Counts::refused(Refusal::Origin));
        counts.add(&Counts::refused(Refusal::Error));
        counts.add(&Counts::refused(Refusal::Error));
        counts.add(&Counts::answer(true, 7, 3));
        counts.add(&Counts::answer(false, u64::MAX, 1));
        let refused: Vec<u64> = counts.refused.iter().map(|(_, count)| count).collect();
        assert_eq!(refused, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!((counts.inits, counts.chats, counts.messages), (1, 2, 1));
        assert_eq!((counts.tokens_in, counts.tokens_out), (7 + MOST_TOKENS, 4));
    }

    #[test]
    fn a_reason_of_a_newer_instance_counts_as_a_request() {
        let text = serde_json::to_string(&Counts::refused(Refusal::Origin)).unwrap();
        let read = |text: &str| serde_json::from_str::<Counts>(text).unwrap();
        assert_eq!(read(&text), Counts::refused(Refusal::Origin));
        let newer = text.replace("origin", "moon");
        assert_eq!(read(&newer), Counts::refused(Refusal::Request));
    }
}
