//! A deployment in use: one of everything that an endpoint can name, made over the API itself.

use serde_json::{Value, json};

use crate::world::{Answer, Ask, Says, World};

pub(crate) const ORIGIN: &str = "https://app.example.com";
const BOOTSTRAP_KEY: &str = "bootstrap-key-of-this-deployment-0123456789";

pub(crate) struct Stage {
    pub(crate) world: World,
    /// An API key that may do everything, and its id.
    pub(crate) key: String,
    pub(crate) key_id: String,
    /// Another one, whose value before works on for a while.
    pub(crate) other_key_id: String,
    pub(crate) token_id: String,
    pub(crate) token: String,
    /// A session in which something was asked, answered and rated, of a signed-in person.
    pub(crate) session: String,
    pub(crate) conversation_id: String,
    /// A session whose execution waits for the page.
    pub(crate) paused: String,
    pub(crate) execution_id: String,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let world = World::new();
        world.set("BOOTSTRAP_KEY", BOOTSTRAP_KEY);
        world.set("UPSTREAM_ACME_KEY_HOSTS", "models.example.com");
        world.set("UPSTREAM_ACME_KEY", "a secret of the model's");
        let bootstrap = Ask::new("POST", "/v1/bootstrap").key(BOOTSTRAP_KEY);
        let made = world.send(&bootstrap.json(&json!({ "tenant": "acme", "name": "First" })));
        let (key, key_id) = key_of(&made);
        let mut stage = Self {
            world,
            key,
            key_id,
            other_key_id: String::new(),
            token_id: String::new(),
            token: String::new(),
            session: String::new(),
            conversation_id: String::new(),
            paused: String::new(),
            execution_id: String::new(),
        };
        stage.fill();
        stage
    }

    fn fill(&mut self) {
        let echo = json!({ "upstream": { "kind": "echo" } });
        self.made("PUT", "/v1/targets/flow_a", &echo);
        self.made(
            "PUT",
            "/v1/targets/agent_b",
            &json!({ "upstream": {
            "kind": "openai", "baseUrl": "https://models.example.com/v1", "model": "m",
            "apiKeySecret": "UPSTREAM_ACME_KEY",
        } }),
        );
        self.made("PUT", "/v1/targets/flow_unused", &echo);
        let other = json!({ "name": "Other", "permissions": ["CLIENT_TOKENS:READ"] });
        self.other_key_id = key_of(&self.made("POST", "/v1/api-keys", &other)).1;
        let renew = format!("/v1/api-keys/{}/regenerate", self.other_key_id);
        self.made("POST", &renew, &json!({ "gracePeriodSeconds": 3600 }));
        let made = self.made("POST", "/v1/client-tokens", &json!({
            "name": "Site", "allowedOrigins": [ORIGIN], "flowIds": ["flow_a"], "agentIds": ["agent_b"],
        }));
        let token = &made.json()["clientToken"];
        self.token_id = text(&token["id"]);
        self.token = text(&token["tokenValue"]);
        let mint = format!("/v1/client-tokens/{}/mint", self.token_id);
        let minted = self.made("POST", &mint, &json!({ "user": { "id": "ada" } })).json();
        self.session = self.opened(&text(&minted["token"]), "flow_a");
        self.world.send(&Self::chat(&self.session, "u0", "Hello"));
        self.world.send(&self.rating(&minted["token"]));
        let list =
            self.manage("GET", &format!("/v1/client-tokens/{}/conversations", self.token_id));
        self.conversation_id = text(&self.world.send(&list).json()["conversations"][0]["id"]);
        self.paused = self.opened(&self.token, "agent_b");
        self.world.upstream_says(calls_a_tool());
        let frames = self.world.send(&Self::chat_with_tools(&self.paused, "u0")).text;
        self.execution_id =
            frames.split('"').find(|word| word.starts_with("exec_")).unwrap().into();
        self.world.lines();
    }

    /// A request with the key.
    pub(crate) fn manage(&self, method: &'static str, path: &str) -> Ask {
        Ask::new(method, path).key(&self.key)
    }

    fn made(&self, method: &'static str, path: &str, body: &Value) -> Answer {
        let answer = self.world.send(&self.manage(method, path).json(body));
        assert!(answer.status < 300, "{method} {path}: {}", answer.text);
        answer
    }

    pub(crate) fn page(path: &str) -> Ask {
        Ask::new("POST", path).header("Origin", ORIGIN).header("CF-Connecting-IP", "192.0.2.1")
    }

    fn opened(&self, token: &str, target: &str) -> String {
        let body = json!({ "token": token, "flowId": target });
        let answer = self.world.send(&Self::page("/v1/client/init").json(&body));
        assert_eq!(answer.status, 200, "{}", answer.text);
        text(&answer.json()["sessionId"])
    }

    pub(crate) fn chat(session: &str, id: &str, said: &str) -> Ask {
        Self::page("/v1/client/chat").json(&json!({
            "sessionId": session,
            "messages": [{ "id": id, "role": "user", "content": said }],
            "assistantMessageId": format!("{id}-answer"),
        }))
    }

    pub(crate) fn chat_with_tools(session: &str, id: &str) -> Ask {
        Self::page("/v1/client/chat").json(&json!({
            "sessionId": session,
            "messages": [{ "id": id, "role": "user", "content": "Buy x" }],
            "assistantMessageId": format!("{id}-answer"),
            "clientTools": [{
                "name": "ask_user", "description": "Asks", "origin": "sdk",
                "parametersSchema": { "type": "object", "properties": {} },
            }],
            "clientToolsFingerprint": "f1",
        }))
    }

    fn rating(&self, token: &Value) -> Ask {
        Self::page("/v1/client/feedback").json(&json!({
            "token": token, "sessionId": self.session, "type": "upvote", "messageId": "u0-answer",
        }))
    }

    /// A request that is carried out, for each operation of the document.
    pub(crate) fn ask(&self, operation: &str) -> Ask {
        let Self { token_id: id, conversation_id, key_id, other_key_id, .. } = self;
        let token = |rest: &str| format!("/v1/client-tokens/{id}{rest}");
        let one = format!("/v1/client-tokens/{id}/conversations/{conversation_id}");
        let other = |rest: &str| format!("/v1/api-keys/{other_key_id}{rest}");
        match operation {
            "listClientTokens" => self.manage("GET", "/v1/client-tokens"),
            "createClientToken" => self.manage("POST", "/v1/client-tokens").json(&json!({
                "name": "New", "allowedOrigins": [ORIGIN], "flowIds": ["flow_a"],
            })),
            "verifyTokenValue" => {
                let body = json!({
                    "token": self.token, "origin": ORIGIN, "visitor": "192.0.2.1",
                });
                self.manage("POST", "/v1/client-tokens/verify").json(&body)
            }
            "getClientToken" => self.manage("GET", &token("")),
            "updateClientToken" => self.manage("PUT", &token("")).json(&json!({ "name": "Else" })),
            "deleteClientToken" => self.manage("DELETE", &token("")),
            "getTokenValue" => self.manage("GET", &token("/token")),
            "mintTokenValue" => {
                self.manage("POST", &token("/mint")).json(&json!({ "user": { "id": "bob" } }))
            }
            "regenerateTokenValue" => self.manage("POST", &token("/regenerate")),
            "listConversations" => self.manage("GET", &token("/conversations")),
            "eraseUser" => self.manage("DELETE", &token("/conversations?userId=ada")),
            "exportConversations" => self.manage("GET", &token("/conversations/export")),
            "getConversation" => self.manage("GET", &one),
            "deleteConversation" => self.manage("DELETE", &one),
            "listFeedback" => self.manage("GET", &token("/feedback")),
            "getUsage" => self.manage("GET", &token("/usage")),
            "listObservedOrigins" => self.manage("GET", &token("/observed-origins")),
            "listApiKeys" => self.manage("GET", "/v1/api-keys"),
            "createApiKey" => {
                let body = json!({ "name": "New", "permissions": ["CLIENT_TOKENS:READ"] });
                self.manage("POST", "/v1/api-keys").json(&body)
            }
            "getApiKey" => self.manage("GET", &format!("/v1/api-keys/{key_id}")),
            "revokeApiKey" => self.manage("DELETE", &other("")),
            "endPreviousApiKey" => self.manage("DELETE", &other("/previous-key")),
            "regenerateApiKey" => self.manage("POST", &other("/regenerate")).json(&json!({})),
            "bootstrap" => {
                self.world.set("BOOTSTRAP_KEY", &BOOTSTRAP_KEY.replace("key", "other"));
                let ask = Ask::new("POST", "/v1/bootstrap");
                let ask = ask.key(&BOOTSTRAP_KEY.replace("key", "other"));
                ask.json(&json!({ "tenant": "globex", "name": "First" }))
            }
            "listAuditLog" => self.manage("GET", "/v1/audit-log"),
            "listTargets" => self.manage("GET", "/v1/targets"),
            "getTarget" => self.manage("GET", "/v1/targets/flow_a"),
            "putTarget" => {
                let body = json!({ "upstream": { "kind": "echo" }, "name": "Else" });
                self.manage("PUT", "/v1/targets/flow_a").json(&body)
            }
            "deleteTarget" => self.manage("DELETE", "/v1/targets/flow_unused"),
            "tryTarget" => {
                self.manage("POST", "/v1/targets/flow_a/try").json(&json!({ "message": "Hi" }))
            }
            "init" => Self::page("/v1/client/init").json(&json!({ "token": self.token })),
            "chat" => Self::chat(&self.session, "u1", "And then?"),
            "resume" => {
                self.world.upstream_says(says("Done."));
                Self::page("/v1/client/resume").json(&json!({
                    "sessionId": self.paused, "executionId": self.execution_id,
                    "toolOutputs": { "ask_user": "yes" },
                }))
            }
            "giveFeedback" => Self::page("/v1/client/feedback").json(&json!({
                "token": self.token, "sessionId": self.paused, "type": "csat", "rating": 5,
            })),
            "getDocument" => Ask::new("GET", "/openapi.json"),
            other => panic!("no request for {other}"),
        }
    }
}

fn key_of(made: &Answer) -> (String, String) {
    let json = made.json();
    (text(&json["key"]), text(&json["apiKey"]["id"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text, but {value}")).to_owned()
}

fn event(delta: &Value, finish: &Value) -> String {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}

/// A service that says a text.
pub(crate) fn says(words: &str) -> Says {
    let end = event(&json!({}), &json!("stop"));
    Says::stream(&format!(
        "{}{end}data: [DONE]\n\n",
        event(&json!({ "content": words }), &Value::Null)
    ))
}

/// A service that calls a tool of the page.
fn calls_a_tool() -> Says {
    let call = json!({ "index": 0, "id": "c1", "type": "function", "function": {
        "name": "ask_user", "arguments": "{}",
    } });
    let called = event(&json!({ "tool_calls": [call] }), &Value::Null);
    let end = event(&json!({}), &json!("tool_calls"));
    Says::stream(&format!("{called}{end}data: [DONE]\n\n"))
}

/// An operation of the document.
pub(crate) struct Operation {
    pub(crate) id: String,
    /// The permission that a key needs for it, where it takes one.
    pub(crate) scope: Option<String>,
    pub(crate) is_for_pages: bool,
}

/// All operations of the document, in its order.
pub(crate) fn operations() -> Vec<Operation> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/openapi.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            all.push(Operation {
                id: id.to_owned(),
                scope: operation["security"][0]["apiKey"][0].as_str().map(str::to_owned),
                is_for_pages: path.starts_with("/v1/client/"),
            });
        }
    }
    all
}
