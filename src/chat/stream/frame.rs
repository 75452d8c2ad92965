//! Frames of the event stream, as text, in the form that the widget reads (contract section 7):
//! `event`, one line of `data` whose JSON repeats the type, a blank line, LF only. The widget
//! splits on two LFs and joins data lines without a separator, so data must be one line.

use serde::{Serialize, Serializer, ser::SerializeMap};

use serde_json::Value;

/// A comment, for keeping an idle connection open.
pub(crate) const PING: &str = ": ping\n\n";

/// One member of a frame's data.
pub(crate) type Field<'a> = (&'static str, FieldValue<'a>);

/// What a member holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldValue<'a> {
    Text(&'a str),
    Number(u64),
    Bool(bool),
    Json(&'a Value),
    Object(&'a [Field<'a>]),
}

/// The frames of one stream: they share an execution id, and each has the next number.
#[derive(Debug)]
pub(crate) struct Frames {
    execution_id: String,
    next_seq: u64,
}

impl Frames {
    /// A stream of `execution_id` whose first frame gets the number `first_seq`, 1 as a rule.
    pub(crate) fn new(execution_id: impl Into<String>, first_seq: u64) -> Self {
        Self { execution_id: execution_id.into(), next_seq: first_seq }
    }

    pub(crate) fn execution_id(&self) -> &str {
        &self.execution_id
    }

    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    pub(crate) fn write(&mut self, out: &mut String, event: &'static str, fields: &[Field<'_>]) {
        let data = Data { event, execution_id: &self.execution_id, seq: self.next_seq, fields };
        // Writing into memory can't fail, and every key is a string.
        let Ok(data) = serde_json::to_string(&data) else { return };
        self.next_seq = self.next_seq.saturating_add(1);
        for piece in ["event: ", event, "\ndata: ", &data, "\n\n"] {
            out.push_str(piece);
        }
    }
}

struct Data<'a> {
    event: &'static str,
    execution_id: &'a str,
    seq: u64,
    fields: &'a [Field<'a>],
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.event)?;
        map.serialize_entry("executionId", self.execution_id)?;
        map.serialize_entry("seq", &self.seq)?;
        self.fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

impl Serialize for FieldValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Json(json) => json.serialize(serializer),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json;

    #[test]
    fn a_frame_is_an_event_line_a_data_line_and_a_blank_line() {
        let mut frames = Frames::new("exec_1", 1);
        let mut out = String::new();
        frames.write(
            &mut out,
            "text_delta",
            &[("id", FieldValue::Text("t")), ("n", FieldValue::Number(2))],
        );
        assert_eq!(
            out,
            "event: text_delta\n\
             data: {\"type\":\"text_delta\",\"executionId\":\"exec_1\",\"seq\":1,\"id\":\"t\",\"n\":2}\n\n"
        );
    }

    #[test]
    fn numbers_rise_by_one_from_the_first() {
        let mut frames = Frames::new("exec_1", 7);
        let mut out = String::new();
        frames.write(&mut out, "a", &[]);
        frames.write(&mut out, "b", &[]);
        assert!(out.contains("\"seq\":7}") && out.contains("\"seq\":8}"), "{out}");
        assert_eq!(frames.next_seq(), 9);
    }

    #[test]
    fn line_ends_inside_values_never_end_the_data_line() {
        let mut frames = Frames::new("exec_1", 1);
        let json = json::parse(b"{\n \"a\": \"x\\ry\"\r\n}").unwrap();
        let mut out = String::new();
        let inner = [("json", FieldValue::Json(&json)), ("ok", FieldValue::Bool(true))];
        let fields =
            [("text", FieldValue::Text("1\r\n2\n\n3")), ("inner", FieldValue::Object(&inner))];
        frames.write(&mut out, "a", &fields);
        assert_eq!(out.matches('\n').count(), 3, "{out}");
        assert!(!out.contains('\r'), "{out}");
        assert!(out.contains(r#""text":"1\r\n2\n\n3","inner":{"json":{"a":"x\ry"},"ok":true}}"#));
    }
}
