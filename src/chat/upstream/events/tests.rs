use super::*;
use crate::chat::{
    message::{Content, Role},
    tool::ClientTools,
};
use crate::domain::json;

mod passing;
mod reading;

#[test]
fn a_request_has_every_member() {
    let messages = [Message {
        id: "usr_1".to_owned(),
        role: Role::User,
        content: Content::Text("Hi".to_owned()),
    }];
    let context = json::parse(br#"{"page":"a"}"#).unwrap();
    let tools = ClientTools::default();
    let request = Request {
        target: Target { id: "flow_1", kind: TargetKind::Flow },
        conversation_id: "conv_1",
        execution_id: "exec_1",
        assistant_message_id: None,
        messages: &messages,
        inputs: &NOTHING,
        context: &context,
        metadata: &NOTHING,
        client_tools: tools.json(),
    };
    assert_eq!(
        request.body(),
        r#"{"target":{"id":"flow_1","kind":"flow"},"conversationId":"conv_1","executionId":"exec_1","assistantMessageId":null,"messages":[{"id":"usr_1","role":"user","content":"Hi"}],"inputs":{},"context":{"page":"a"},"metadata":{},"clientTools":[]}"#
    );
}

#[test]
fn a_resumption_carries_results_and_tools_as_they_came() {
    let text = r#"[{"name":"add","description":"","parametersSchema":{"minimum":1E1},"origin":"sdk","title":"A"}]"#;
    let tools = ClientTools::from_stored(text).unwrap();
    let outputs = json::parse(br#"{"call_1":{"content":[]},"ask":null}"#).unwrap();
    let request = ResumeRequest {
        target: Target { id: "agent_1", kind: TargetKind::Agent },
        conversation_id: "conv_1",
        execution_id: "exec_1",
        assistant_message_id: Some("ast_1"),
        tool_outputs: &outputs,
        client_tools: tools.json(),
    };
    let known = r#"{"target":{"id":"agent_1","kind":"agent"},"conversationId":"conv_1","executionId":"exec_1","assistantMessageId":"ast_1","toolOutputs":{"call_1":{"content":[]},"ask":null},"clientTools":"#;
    assert_eq!(request.body(), format!("{known}{text}}}"));
}

#[test]
fn resumptions_go_below_the_base_url() {
    for base in ["https://a.example/agent", "https://a.example/agent/"] {
        assert_eq!(resume_endpoint(base), "https://a.example/agent/resume");
    }
}
