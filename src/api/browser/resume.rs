//! A body of `POST /v1/client/resume` (contract section 6.4).

use serde_json::{Map, Value};

use crate::{
    api::{
        browser::{
            tools::{hold_to_size, tools_sent},
            values::{message_id, object},
        },
        error::Error,
        faults::Faults,
        fields::{Fields, settle},
        values,
    },
    chat::{refused::Refused, request::ResumeRequest},
};

/// The most bytes of the results that one resumption brings, as JSON.
const MAX_OUTPUTS: usize = 256 * 1024;

impl ResumeRequest {
    /// Unknown members are ignored.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open_page(body, &mut faults)?;
        let session = fields.required("sessionId", values::text);
        let execution = fields.required("executionId", message_id);
        let outputs = fields.optional("toolOutputs", object);
        let tools = tools_sent(&mut fields);
        settle(faults)?;
        let outputs = outputs.unwrap_or_else(|| Value::Object(Map::new()));
        if outputs.to_string().len() > MAX_OUTPUTS {
            return Err(Refused::OutputsTooLarge.into());
        }
        hold_to_size(&tools)?;
        Ok(Self {
            session: session.unwrap_or_default(),
            execution: execution.unwrap_or_default(),
            outputs,
            tools,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_at_most_256_kib() {
        let body = |bytes: usize| {
            let text = "x".repeat(bytes - r#"{"c":""}"#.len());
            format!(r#"{{"sessionId":"s","executionId":"e","toolOutputs":{{"c":"{text}"}}}}"#)
        };
        assert!(ResumeRequest::parse(body(MAX_OUTPUTS).as_bytes()).is_ok());
        let refused = ResumeRequest::parse(body(MAX_OUTPUTS + 1).as_bytes()).unwrap_err();
        assert_eq!(refused, Refused::OutputsTooLarge.into());
    }
}
