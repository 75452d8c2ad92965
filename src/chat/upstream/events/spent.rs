//! The tokens that a backend's stream says it took, by the published vocabulary.

use serde_json::Value;

use crate::{
    chat::stream::delta::Usage,
    domain::json::{self, Look},
};

#[derive(Debug, Default)]
pub(super) struct Spent {
    /// Of the turns of this stream, if one told.
    turns: Option<Usage>,
    /// Of the whole execution.
    whole: Option<Usage>,
}

impl Spent {
    /// Reads a frame; those without numbers of tokens mean nothing here.
    pub(super) fn read(&mut self, name: &str, data: &Value) {
        match name {
            "turn_complete" => {
                if let Some(turn) = usage(data, "tokens") {
                    let turns = self.turns.get_or_insert_default();
                    turns.input_tokens = turns.input_tokens.saturating_add(turn.input_tokens);
                    turns.output_tokens = turns.output_tokens.saturating_add(turn.output_tokens);
                }
            }
            "execution_complete" => self.whole = self.whole.or(usage(data, "totalTokens")),
            _ => {}
        }
    }

    /// The tokens of this stream. Those of its turns come first: the whole of an execution that
    /// paused would count once more what its earlier streams told.
    pub(super) fn usage(&self) -> Usage {
        self.turns.or(self.whole).unwrap_or_default()
    }
}

/// The member `name`, `{input, output}`.
fn usage(data: &Value, name: &str) -> Option<Usage> {
    let told = data.member(name).filter(|told| matches!(told, Value::Object(_)))?;
    let count = |name| match told.member(name) {
        Some(Value::Number(number)) => json::whole(number).unwrap_or_default(),
        _ => 0,
    };
    Some(Usage { input_tokens: count("input"), output_tokens: count("output") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(frames: &[(&str, &str)]) -> (u64, u64) {
        let mut spent = Spent::default();
        for (name, data) in frames {
            spent.read(name, &json::parse(data.as_bytes()).unwrap());
        }
        let Usage { input_tokens, output_tokens } = spent.usage();
        (input_tokens, output_tokens)
    }

    const TURN: (&str, &str) = ("turn_complete", r#"{"tokens":{"input":5,"output":2}}"#);
    const WHOLE: (&str, &str) =
        ("execution_complete", r#"{"totalTokens":{"input":70,"output":30}}"#);

    #[test]
    fn turns_add_up_and_the_whole_counts_where_none_told() {
        assert_eq!(spent(&[]), (0, 0));
        assert_eq!(spent(&[TURN, TURN]), (10, 4));
        assert_eq!(spent(&[TURN, WHOLE]), (5, 2));
        assert_eq!(spent(&[("turn_complete", "{}"), WHOLE]), (70, 30));
    }

    #[test]
    fn what_is_no_number_of_tokens_is_none() {
        for data in [
            r#"{"tokens":null}"#,
            r#"{"tokens":7}"#,
            r#"{"tokens":{"input":-1,"output":"2"}}"#,
            r#"{"tokens":[]}"#,
            "[]",
        ] {
            assert_eq!(spent(&[("turn_complete", data)]), (0, 0), "{data}");
        }
        let huge = r#"{"tokens":{"input":18446744073709551615,"output":1}}"#;
        assert_eq!(spent(&[("turn_complete", huge), TURN]), (u64::MAX, 3));
    }
}
