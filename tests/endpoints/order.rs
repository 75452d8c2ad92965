//! In which order an endpoint refuses: who may not come in hears no fault of the request (contract
//! section 9), and a page hears of its faults in the order of section 6.

use ::client_tokens::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::{
    stage::{ORIGIN, Operation, Stage, operations},
    world::{Answer, Ask},
};

/// What an answer says, without what no two answers share.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("requestId");
    (answer.status, body)
}

const NOTHING: [&str; 0] = [];

/// The rows that are new or another since `before`.
fn changed(stage: &Stage, before: &[String]) -> Vec<String> {
    let now = stage.world.database().dump();
    now.into_iter().filter(|row| !before.contains(row)).collect()
}

/// Requests with a fault of each kind, of which every endpoint minds the first.
fn faulty(ask: &Ask) -> Vec<Ask> {
    let json = |body: &str| ask.clone().header("Content-Type", "application/json").body(body);
    vec![
        ask.clone().query("no-such-parameter=1"),
        json("{"),
        json("[]"),
        json(r#"{"name":7,"name":8,"message":7}"#),
        json(&" ".repeat(400 * 1024)),
        json("{}").header("Content-Type", "text/plain"),
        json("{}").header("Content-Encoding", "gzip"),
        ask.clone().header("If-Match", "no-tag"),
        ask.clone().header("Idempotency-Key", "x".repeat(300)),
    ]
}

/// The credentials of callers who may not come in, each with why not.
fn outsiders(stage: &Stage, scope: &str) -> Vec<(&'static str, u16, Option<String>)> {
    let made = |body: &Value| {
        let answer = stage.world.send(&stage.manage("POST", "/v1/api-keys").json(body)).json();
        let key = answer["key"].as_str().unwrap_or_else(|| panic!("{answer}"));
        (key.to_owned(), answer["apiKey"]["id"].clone())
    };
    let all = [
        "CLIENT_TOKENS:READ",
        "CLIENT_TOKENS:WRITE",
        "CLIENT_TOKENS:DELETE",
        "CLIENT_TOKENS:VERIFY",
        "CLIENT_TOKENS:MINT",
        "API_KEYS:READ",
        "API_KEYS:WRITE",
        "TARGETS:READ",
        "TARGETS:WRITE",
        "AUDIT:READ",
    ];
    assert!(all.contains(&scope), "{scope}");
    let others: Vec<_> = all.into_iter().filter(|one| *one != scope).collect();
    let (lacks, _) = made(&json!({ "name": "Lacks one", "permissions": others }));
    let (revoked, id) = made(&json!({ "name": "Revoked", "permissions": ["*"] }));
    let path = format!("/v1/api-keys/{}", id.as_str().unwrap());
    assert_eq!(stage.world.send(&stage.manage("DELETE", &path)).status, 200);
    let end = Timestamp::from_millis(stage.world.now().millis() + 60_000);
    let soon = json!({ "name": "Expired", "permissions": ["*"], "expiresAt": end });
    let (expired, _) = made(&soon);
    stage.world.advance(61_000);
    let forged = format!("{}{}", &stage.key[..stage.key.len() - 1], '0');
    vec![
        ("nobody", 401, None),
        ("no key", 401, Some("no-key".to_owned())),
        ("a forged key", 401, Some(forged)),
        ("a revoked key", 401, Some(revoked)),
        ("an expired key", 401, Some(expired)),
        ("a key without the permission", 403, Some(lacks)),
    ]
}

#[test]
fn who_may_not_come_in_hears_no_fault_of_the_request() {
    for Operation { id, scope, .. } in operations() {
        let Some(scope) = scope else { continue };
        let stage = Stage::new();
        let ask = stage.ask(&id);
        let outsiders = outsiders(&stage, &scope);
        for (who, status, key) in &outsiders {
            let by = |ask: Ask| {
                key.as_ref().map_or(ask.clone().header("Authorization", ""), |key| ask.key(key))
            };
            let refusal = told(&stage.world.send(&by(ask.clone())));
            assert_eq!(refusal.0, *status, "{id} by {who}: {}", refusal.1);
            let before = stage.world.database().dump();
            for faulty in faulty(&ask) {
                let told = told(&stage.world.send(&by(faulty.clone())));
                assert_eq!(told, refusal, "{id} by {who}: {faulty:?}");
            }
            assert_eq!(changed(&stage, &before), NOTHING, "{id} by {who}");
        }
        // Its last use is noted now, and not for the next minute.
        stage.world.send(&stage.manage("GET", "/v1/api-keys"));
        let before = stage.world.database().dump();
        let unknown = stage.world.send(&faulty(&ask).remove(0));
        assert_eq!(unknown.status, 400, "{id}: {}", unknown.text);
        assert_eq!(unknown.json()["details"][0]["path"], "no-such-parameter", "{id}");
        assert_eq!(changed(&stage, &before), NOTHING, "{id}");
    }
}

#[test]
fn an_exchange_for_the_first_key_tells_no_fault_to_who_has_not_the_secret() {
    let stage = Stage::new();
    let ask = stage.ask("bootstrap");
    for key in ["", "Bearer wrong-wrong-wrong-wrong-wrong-wrong-0123456789"] {
        let ask = ask.clone().header("Authorization", key);
        let refusal = told(&stage.world.send(&ask));
        assert_eq!(refusal.0, 401);
        for faulty in faulty(&ask) {
            assert_eq!(told(&stage.world.send(&faulty)), refusal, "{faulty:?}");
        }
    }
    for faulty in faulty(&ask).into_iter().take(7) {
        let status = stage.world.send(&faulty).status;
        assert!((400..500).contains(&status), "{status}: {faulty:?}");
    }
    assert_eq!(stage.world.database().count("select count(*) from tenants"), 1);
}

/// A fault of a page's request, in the order of contract section 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Flaw {
    Body,
    Credential,
    Origin,
    Activity,
    Target,
    Limits,
}

impl Flaw {
    const ALL: [Self; 6] =
        [Self::Body, Self::Credential, Self::Origin, Self::Activity, Self::Target, Self::Limits];

    fn status(self) -> u16 {
        match self {
            Self::Body => 400,
            Self::Credential => 401,
            Self::Origin | Self::Activity => 403,
            Self::Target => 404,
            Self::Limits => 429,
        }
    }

    /// Whether an operation minds it: init asks no limit, and nothing answers a rating.
    fn is_minded(self, operation: &str) -> bool {
        !matches!((self, operation), (Self::Limits, "init") | (Self::Target, "giveFeedback"))
    }

    /// Makes it so in the deployment.
    fn arrange(self, stage: &Stage) {
        let token = format!("/v1/client-tokens/{}", stage.token_id);
        let asks = match self {
            Self::Activity => {
                vec![stage.manage("PUT", &token).json(&json!({ "isActive": false }))]
            }
            Self::Target => ["flow_a", "agent_b"]
                .map(|id| stage.manage("DELETE", &format!("/v1/targets/{id}")))
                .to_vec(),
            Self::Body | Self::Credential | Self::Origin | Self::Limits => Vec::new(),
        };
        for ask in asks {
            assert_eq!(stage.world.send(&ask).status, 200);
        }
    }

    /// Puts it into the request.
    fn flaw(self, ask: Ask, operation: &str) -> Ask {
        match self {
            Self::Body => ask.edit(|body| match operation {
                "chat" => body["messages"] = json!(7),
                "resume" => body["toolOutputs"] = json!(7),
                "init" => body["flowId"] = json!(7),
                _ => body["type"] = json!(7),
            }),
            Self::Credential => ask.edit(|body| {
                let name =
                    if matches!(operation, "chat" | "resume") { "sessionId" } else { "token" };
                let value = body[name].as_str().unwrap();
                let other = if value.ends_with('0') { '1' } else { '0' };
                body[name] = json!(format!("{}{other}", &value[..value.len() - 1]));
            }),
            Self::Origin => ask.header("Origin", "https://evil.example.net"),
            Self::Activity | Self::Target | Self::Limits => ask,
        }
    }
}

/// Asks until the visitor's limit of a minute is used up. Going on with an answer counts as a chat.
fn use_up(stage: &Stage, operation: &str) {
    let ask = |n: i32| match operation {
        "resume" => Stage::chat(&stage.paused, &format!("more{n}"), "More"),
        _ => stage.ask(operation),
    };
    assert!((0..200).any(|n| stage.world.send(&ask(n)).status == 429), "no end of {operation}");
}

#[test]
fn a_page_hears_of_its_first_fault() {
    for Operation { id, .. } in operations().into_iter().filter(|one| one.is_for_pages) {
        let minded: Vec<_> = Flaw::ALL.into_iter().filter(|flaw| flaw.is_minded(&id)).collect();
        for first in &minded {
            for second in minded.iter().filter(|second| *second >= first) {
                let stage = Stage::new();
                let ask = stage.ask(&id);
                assert_eq!(ask.origin(), Some(ORIGIN));
                if [first, second].contains(&&Flaw::Limits) {
                    use_up(&stage, &id);
                }
                let ask = second.flaw(first.flaw(ask, &id), &id);
                second.arrange(&stage);
                if first != second {
                    first.arrange(&stage);
                }
                let answer = stage.world.send(&ask);
                let what = format!("{id}: {first:?} and {second:?}: {}", answer.text);
                assert_eq!(answer.status, first.status(), "{what}");
            }
        }
    }
}
