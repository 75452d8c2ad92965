//! Stand-ins for services: each refuses what that service refuses and says what it says, chunk by
//! chunk. A conversation is held with each: a question, a call of a tool with its result, a turn
//! after one that failed, and a picture.

use super::{
    accent::{Accent, Accents},
    tests::{json, service, stream, tools},
    *,
};
use crate::{
    chat::{
        message::{Content, Message, Part, Role},
        step::Step,
        stream::delta::{MessageData, ToolCall},
        upstream::failure::Head,
    },
    domain::{json::Look, time::Timestamp, upstream::Service},
};

/// A service: what it refuses of a request, and how it answers one.
struct StandIn {
    name: &'static str,
    /// The settings of a target that uses it.
    settings: &'static str,
    /// What is wrong with a request, if something is.
    refuses: fn(&Value) -> Option<(u16, String)>,
    /// The chunks of a plain answer, which says "Hello" and then an emoji.
    says: &'static [&'static str],
    /// The chunks of two parallel calls of `ask`, with `{"n":1}` and `{"n":2}`.
    calls: &'static [&'static str],
    /// Whether the model has eyes.
    sees: bool,
}

type Refusal = Option<(u16, String)>;

#[expect(clippy::unnecessary_wraps, reason = "what a check gives")]
fn refuse(status: u16, words: impl Into<String>) -> Refusal {
    Some((status, words.into()))
}

fn members(json: &Value) -> impl Iterator<Item = (&String, &Value)> {
    json.as_object().into_iter().flatten()
}

fn items<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    if let Some(Value::Array(items)) = json.member(name) { items } else { &[] }
}

fn is_called(message: &Value) -> bool {
    message.member("tool_calls").is_some()
}

/// Refuses members of a request that aren't among these, as a strict schema does.
fn strict(body: &Value, known: &[&str]) -> Refusal {
    let extra = members(body).find(|(name, _)| !known.contains(&name.as_str()))?;
    refuse(422, format!(r#"{{"detail":[{{"loc":["body","{}"],"msg":"Extra inputs"}}]}}"#, extra.0))
}

/// Refuses roles that don't alternate behind the system's, a visitor first.
fn alternating(body: &Value) -> Refusal {
    let said = items(body, "messages").iter().filter(|m| m.text("role") != Some("system"));
    let mut expected = "user";
    let mut results = 0;
    for message in said {
        match message.text("role")? {
            "tool" if results > 0 => results -= 1,
            role if role == expected || role == "assistant" && is_called(message) => {
                results = items(message, "tool_calls").len();
                expected = if role == "user" { "assistant" } else { "user" };
                if results > 0 {
                    // An answer follows the results.
                    expected = "assistant";
                }
            }
            _ => return refuse(400, r#"{"error":{"message":"roles must alternate"}}"#),
        }
    }
    None
}

/// Refuses a schema of a tool without a type or properties, and an empty description.
fn schemas(body: &Value) -> Refusal {
    let is_bad = |tool: &&Value| {
        let function = tool.member("function").unwrap_or(&Value::Null);
        let schema = function.member("parameters").unwrap_or(&Value::Null);
        schema.text("type").is_none()
            || schema.member("properties").is_none()
            || function.text("description") == Some("")
    };
    items(body, "tools").iter().find(is_bad)?;
    refuse(400, r#"{"error":{"message":"parameters.properties: should be non-empty"}}"#)
}

/// Refuses results of calls whose ids it didn't give.
fn known_ids(body: &Value, given: &[&str]) -> Refusal {
    let is_unknown =
        |message: &&Value| message.text("tool_call_id").is_some_and(|id| !given.contains(&id));
    items(body, "messages").iter().find(is_unknown)?;
    refuse(400, r#"{"error":{"message":"Unexpected tool call id"}}"#)
}

/// Refuses an answer that calls tools, if a member of it isn't what was given.
fn given(body: &Value, member: &str, value: &str) -> Refusal {
    let is_forgotten = |message: &&Value| {
        is_called(message) && message.member(member).map(Value::to_string).as_deref() != Some(value)
    };
    items(body, "messages").iter().find(is_forgotten)?;
    refuse(400, format!(r#"{{"error":{{"message":"{member} must be passed back"}}}}"#))
}

/// Refuses an answer whose first call doesn't carry the signature that came with it.
fn signed(body: &Value) -> Refusal {
    let is_unsigned = |message: &&Value| {
        let call = items(message, "tool_calls").first();
        call.is_some_and(|call| {
            let content = call.member("extra_content").map(Value::to_string);
            content.as_deref() != Some(SIGNATURE)
        })
    };
    items(body, "messages").iter().find(is_unsigned)?;
    refuse(400, r#"[{"error":{"message":"Function call is missing a thought_signature"}}]"#)
}

const SIGNATURE: &str = r#"{"google":{"thought_signature":"c2ln"}}"#;

/// Refuses content that isn't text.
fn blind(status: u16, body: &Value) -> Refusal {
    let is_list = |message: &&Value| matches!(message.member("content"), Some(Value::Array(_)));
    items(body, "messages").iter().find(is_list)?;
    refuse(status, r#"{"error":{"message":"unknown variant `image_url`, expected `text`"}}"#)
}

fn none_of<const N: usize>(checks: [Refusal; N]) -> Refusal {
    checks.into_iter().flatten().next()
}

const PLAIN: &[&str] = &[
    r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
    r#"{"choices":[{"index":0,"delta":{"content":"Hello \ud83d\ude00"},"finish_reason":null}]}"#,
    r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}"#,
    "[DONE]",
];

const CALLS: &[&str] = &[
    r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a1","type":"function","function":{"name":"ask","arguments":""}}]}}]}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"n\":1}"}}]}}]}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"a2","type":"function","function":{"name":"ask","arguments":"{\"n\":2}"}}]}}]}"#,
    r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
    "[DONE]",
];

const SERVICES: [StandIn; 13] = [
    StandIn {
        name: "OpenAI",
        settings: r#"{"reasoningEffort":"low","maxOutputTokens":100,"systemRole":"developer"}"#,
        refuses: |body| none_of([known_ids(body, &["a1", "a2"]), alternating_loosely(body)]),
        says: PLAIN,
        calls: CALLS,
        sees: true,
    },
    StandIn {
        name: "Azure, an older version",
        settings: r#"{"query":{"api-version":"2024-02-01"},"authHeader":"api-key"}"#,
        refuses: |body| {
            let named = body.member("stream_options").map(|_| ());
            named.and_then(|()| {
                refuse(400, r#"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#)
            })
        },
        says: PLAIN,
        calls: CALLS,
        sees: true,
    },
    StandIn {
        name: "Mistral",
        settings: r#"{"maxOutputTokens":100,"maxOutputTokensAs":"max_tokens"}"#,
        refuses: |body| {
            let known = ["model", "messages", "stream", "tools", "max_tokens", "temperature"];
            none_of([strict(body, &known), known_ids(body, &["D681PevKs", "xK2mQ9aaZ"])])
        },
        says: &[
            r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]},"finish_reason":null}]}"#,
            r#"{"choices":[{"delta":{"content":[{"type":"text","text":"Hello "},{"type":"reference","reference_ids":[1]}]}}]}"#,
            r#"{"choices":[{"delta":{"content":"😀"},"finish_reason":"model_length"}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}"#,
            "[DONE]",
        ],
        calls: &[
            r#"{"choices":[{"delta":{"content":"","tool_calls":[{"id":"D681PevKs","function":{"name":"ask","arguments":"{\"n\": 1}"},"index":0},{"id":"xK2mQ9aaZ","function":{"name":"ask","arguments":"{\"n\": 2}"},"index":1}]},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ],
        sees: true,
    },
    StandIn {
        name: "Cohere",
        settings: "{}",
        refuses: |body| {
            let known = ["model", "messages", "stream", "tools", "max_tokens", "temperature"];
            none_of([strict(body, &known), blind(400, body)])
        },
        says: PLAIN,
        calls: CALLS,
        sees: false,
    },
    StandIn {
        name: "Gemini",
        settings: "{}",
        refuses: |body| none_of([schemas(body), signed(body)]),
        says: &[
            r#"{"choices":[{"delta":{"content":"Hello 😀","role":"assistant"},"finish_reason":"stop","index":0}],"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":9}}"#,
            "[DONE]",
        ],
        calls: &[
            r#"{"choices":[{"delta":{"role":"assistant","tool_calls":[{"extra_content":{"google":{"thought_signature":"c2ln"}},"function":{"arguments":"{\"n\":1}","name":"ask"},"id":"function-call-1","type":"function","index":0}]},"index":0}]}"#,
            r#"{"choices":[{"delta":{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"n\":2}","name":"ask"},"id":"function-call-2","type":"function","index":0}]},"finish_reason":"stop","index":0}]}"#,
            "[DONE]",
        ],
        sees: true,
    },
    StandIn {
        name: "DeepSeek",
        settings: "{}",
        refuses: |body| {
            none_of([blind(422, body), given(body, "reasoning_content", r#""I ask.""#)])
        },
        says: &[
            r#"{"choices":[{"delta":{"role":"assistant","content":null,"reasoning_content":"Hm"}}]}"#,
            r#"{"choices":[{"delta":{"content":"Hello \ud83d","reasoning_content":null}}]}"#,
            r#"{"choices":[{"delta":{"content":"\ude00"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#,
            "[DONE]",
        ],
        calls: &[
            r#"{"choices":[{"delta":{"reasoning_content":"I "}}]}"#,
            r#"{"choices":[{"delta":{"reasoning_content":"ask."}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_00_x","type":"function","function":{"name":"ask","arguments":"{\"n\":1}"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"call_01_y","type":"function","function":{"name":"ask","arguments":"{\"n\":2}"}}]},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ],
        sees: false,
    },
    StandIn {
        name: "Kimi",
        settings: "{}",
        refuses: |body| {
            let ids = known_ids(body, &["functions.ask:0", "functions.ask:1"]);
            none_of([ids, given(body, "reasoning_content", r#""hm""#)])
        },
        says: &[
            r#"{"choices":[{"delta":{"content":"Hello 😀"}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}]}"#,
            "[DONE]",
        ],
        calls: &[
            r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"functions.ask:0","function":{"name":"ask","arguments":"{\"n\":1}"}},{"index":1,"id":"functions.ask:1","function":{"name":"ask","arguments":"{\"n\":2}"}}]}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
        ],
        sees: true,
    },
    StandIn {
        name: "OpenRouter",
        settings: r#"{"headers":[{"name":"x-title","value":"Shop"}]}"#,
        refuses: |body| {
            let details =
                r#"[{"type":"reasoning.text","text":"I ask.","index":0,"signature":"s"}]"#;
            let pictures = blind(404, body);
            none_of([given(body, "reasoning_details", details), pictures])
        },
        says: &[
            r#"{"choices":[{"delta":{"content":"","reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm","index":0}]}}]}"#,
            r#"{"choices":[{"delta":{"content":"Hello 😀"},"finish_reason":"stop","native_finish_reason":"STOP"}]}"#,
            r#"{"choices":[{"delta":{"content":""}}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}"#,
            "[DONE]",
        ],
        calls: &[
            r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","text":"I ","index":0}]}}]}"#,
            r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","text":"ask.","index":0}]}}]}"#,
            r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","signature":"s","index":0}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"toolu_1","function":{"name":"ask","arguments":"{\"n\":1}"}},{"index":1,"id":"toolu_2","function":{"name":"ask","arguments":"{\"n\":2}"}}]},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ],
        sees: false,
    },
    StandIn {
        name: "Perplexity",
        settings: "{}",
        refuses: alternating,
        says: &[
            r#"{"choices":[{"message":{"role":"assistant","content":"Hello"},"delta":{"content":"Hello "}}],"usage":{"prompt_tokens":7,"completion_tokens":1}}"#,
            r#"{"choices":[{"message":{"role":"assistant","content":"Hello 😀"},"delta":{"content":"😀"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#,
        ],
        calls: CALLS,
        sees: true,
    },
    StandIn {
        name: "vLLM with Gemma",
        settings: r#"{"maxOutputTokens":100,"maxOutputTokensAs":"max_tokens"}"#,
        refuses: |body| none_of([alternating(body), blind(400, body)]),
        says: PLAIN,
        calls: &[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"chatcmpl-tool-1","type":"function","function":{"name":"ask"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"n\": 1}"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"chatcmpl-tool-2","type":"function","function":{"name":"ask"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"n\": 2}"}}]},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ],
        sees: false,
    },
    StandIn {
        name: "Ollama",
        settings: r#"{"includeUsage":false}"#,
        refuses: |_| None,
        says: &[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello 😀"},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ],
        calls: &[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_a","index":0,"type":"function","function":{"name":"ask","arguments":"{\"n\":1}"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_b","index":0,"type":"function","function":{"name":"ask","arguments":"{\"n\":2}"}}]},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ],
        sees: true,
    },
    StandIn {
        name: "Anthropic's compatible endpoint",
        settings: r#"{"pictures":true}"#,
        refuses: |body| none_of([alternating(body), schemas(body)]),
        says: &[
            r#"{"choices":[{"index":0,"delta":{"content":"Hello 😀"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ],
        calls: CALLS,
        sees: true,
    },
    StandIn {
        name: "a gateway with long ids",
        settings: r#"{"extra":{"seed":1},"headers":[{"name":"cf-aig-metadata","value":"a"}]}"#,
        refuses: |body| known_ids(body, &[LONG_ID, "b"]),
        says: &[
            r#"{"object":"chat.completion","choices":[{"message":{"content":"Hello 😀"},"finish_reason":"stop"}]}"#,
        ],
        calls: &[
            concat!(
                r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call__thought__"#,
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                r#"","function":{"name":"ask","arguments":{"n":1}}},{"index":1,"id":"b","function":{"name":"ask","arguments":{"n":2}}}]}}]}"#
            ),
            r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
        ],
        sees: true,
    },
];

const LONG_ID: &str = concat!(
    "call__thought__",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
);

/// OpenAI doesn't mind neighbours of one role, and refuses results without their calls.
fn alternating_loosely(body: &Value) -> Refusal {
    let mut before = None;
    for message in items(body, "messages") {
        let is_result = message.text("role") == Some("tool");
        if is_result && !matches!(before, Some("tool" | "call")) {
            return refuse(400, r#"{"error":{"message":"a result without its call"}}"#);
        }
        before = if is_called(message) { Some("call") } else { message.text("role") };
    }
    None
}

/// What comes of a request: the answer's deltas, and how often the service was asked.
struct Outcome {
    deltas: Vec<Delta>,
    asked: usize,
}

/// Asks as the Worker does: once more without what is refused.
fn ask(
    one: &StandIn,
    request: &Request<'_>,
    accents: &mut Accents,
    says: &[&str],
) -> Result<Outcome, UpstreamFailure> {
    let (key, holds, now) = (request.key(), request.holds(), Timestamp::from_millis(0));
    let (mut accent, mut refused) = (accents.get(&key, now), None);
    for asked in 1.. {
        let body = request.body(accent);
        let Some((status, words)) = (one.refuses)(&json(&body)) else {
            accents.answered(&key, accent, holds, refused, now);
            let mut reader = Reader::new(request, "exec_1");
            let mut deltas = Vec::new();
            reader.push(stream(says).as_bytes(), &mut deltas)?;
            deltas.extend(reader.finish()?);
            return Ok(Outcome { deltas, asked });
        };
        let head = Head { status, ..Head::default() };
        let refusal = UpstreamFailure::from_status(&head, words.as_bytes());
        accent = accent.after(&refusal, holds).ok_or(refusal)?;
        refused = Some(status);
    }
    unreachable!()
}

fn user(text: &str) -> Message {
    Message { id: text.to_owned(), role: Role::User, content: Content::Text(text.to_owned()) }
}

fn assistant(text: &str) -> Message {
    Message { role: Role::Assistant, ..user(text) }
}

fn request<'a>(
    service: &'a Service,
    messages: &'a [Message],
    tools: &'a [crate::chat::tool::ClientTool],
    steps: &'a [Step],
) -> Request<'a> {
    let plain = tests::request(messages, tools);
    Request { service, steps, ..plain }
}

fn text(deltas: &[Delta]) -> String {
    let text = deltas.iter().filter_map(|delta| match delta {
        Delta::Text(text) => Some(text.as_str()),
        _ => None,
    });
    text.collect()
}

/// Holds each conversation with each service, and tells which of them fail.
fn held_with_each(hold: impl Fn(&StandIn, &Service) -> Result<(), String>) {
    let failed: Vec<String> = SERVICES
        .iter()
        .filter_map(|one| {
            let service = service(one.settings, Some("Be kind."));
            hold(one, &service).err().map(|why| format!("{}: {why}", one.name))
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

fn told(failure: &UpstreamFailure) -> String {
    format!("{} {}", failure.detail, failure.words)
}

#[test]
fn a_plain_chat() {
    held_with_each(|one, service| {
        let (messages, tools) = ([user("Hi")], tools());
        let mut accents = Accents::default();
        let request = request(service, &messages, &tools, &[]);
        for turn in 1..=2 {
            let outcome = ask(one, &request, &mut accents, one.says).map_err(|f| told(&f))?;
            if text(&outcome.deltas) != "Hello \u{1f600}" {
                return Err(format!("{:?}", outcome.deltas));
            }
            if turn == 2 && outcome.asked > 1 {
                return Err("it was asked again for what is known".to_owned());
            }
        }
        Ok(())
    });
}

#[test]
fn parallel_calls_with_their_results() {
    held_with_each(|one, service| {
        let (messages, tools) = ([user("Hi")], tools());
        let mut accents = Accents::default();
        let first = request(service, &messages, &tools, &[]);
        let outcome = ask(one, &first, &mut accents, one.calls).map_err(|f| told(&f))?;
        let calls: Vec<ToolCall> = outcome
            .deltas
            .iter()
            .filter_map(|delta| match delta {
                Delta::ToolCall(call) => Some(call.clone()),
                _ => None,
            })
            .collect();
        let arguments: Vec<_> = calls.iter().map(|call| call.arguments.to_string()).collect();
        if arguments != [r#"{"n":1}"#, r#"{"n":2}"#] {
            return Err(format!("{arguments:?}"));
        }
        if calls.iter().any(|call| call.id.is_empty() || call.id.len() > 128) {
            return Err("the page would see a long id".to_owned());
        }
        let given = outcome.deltas.iter().find_map(|delta| match delta {
            Delta::Keep(data) => Some(data.clone()),
            _ => None,
        });
        let given = given.unwrap_or_default();
        let mut step = Step { given, ..Step::paused("", &calls) };
        for call in &calls {
            step.answer(json(&format!(r#"{{"{}":"yes"}}"#, call.id)));
        }
        // As it is stored and read again.
        let stored = serde_json::to_string(&[step]).unwrap();
        let steps: Vec<Step> = serde_json::from_str(&stored).map_err(|fault| fault.to_string())?;
        let resumed = request(service, &messages, &tools, &steps);
        let outcome = ask(one, &resumed, &mut accents, one.says).map_err(|f| told(&f))?;
        if text(&outcome.deltas) == "Hello \u{1f600}" {
            Ok(())
        } else {
            Err("no answer".to_owned())
        }
    });
}

#[test]
fn a_turn_after_one_that_failed_and_after_an_answer_in_two_bubbles() {
    held_with_each(|one, service| {
        let tools = tools();
        for messages in [
            vec![user("Hi"), user("Again")],
            vec![assistant("Cut"), user("Hi"), assistant("One"), assistant("Two"), user("More")],
        ] {
            let request = request(service, &messages, &tools, &[]);
            let outcome = ask(one, &request, &mut Accents::default(), one.says);
            outcome.map_err(|failure| told(&failure))?;
        }
        Ok(())
    });
}

#[test]
fn a_picture_ends_no_conversation() {
    held_with_each(|one, service| {
        let image = Part::Image { image: "AA==".into(), mime_type: None };
        let picture = Message { content: Content::Parts(vec![image]), ..user("p") };
        let first = [picture.clone()];
        let later = [picture, assistant("Hello"), user("And?")];
        let mut accents = Accents::default();
        for (turn, messages) in [&first[..], &later].into_iter().enumerate() {
            let request = request(service, messages, &[], &[]);
            let outcome = ask(one, &request, &mut accents, one.says).map_err(|f| told(&f))?;
            if turn == 1 && outcome.asked > 1 {
                return Err("it was asked again for what is known".to_owned());
            }
            let sends = request.body(accents.get(&request.key(), Timestamp::from_millis(0)));
            if sends.contains("image_url") != one.sees {
                return Err(format!("it sees: {}", one.sees));
            }
        }
        Ok(())
    });
}

#[test]
fn nothing_goes_back_to_a_service_that_gave_nothing() {
    let (messages, tools) = ([user("Hi")], tools());
    let one = &SERVICES[0];
    let service = service(one.settings, None);
    let first = request(&service, &messages, &tools, &[]);
    let outcome = ask(one, &first, &mut Accents::default(), one.calls).unwrap();
    assert_eq!(outcome.deltas[0], Delta::Keep(MessageData::default()));
    let calls = outcome.deltas.into_iter().filter_map(|delta| match delta {
        Delta::ToolCall(call) => Some(call),
        _ => None,
    });
    let steps = [Step::paused("", &calls.collect::<Vec<_>>())];
    let body = request(&service, &messages, &tools, &steps).body(Accent::default());
    for name in ["reasoning_content", "reasoning_details", "extra_content", "\"user\":"] {
        assert!(!body.contains(name), "{name}");
    }
}
