//! Asking the limiter: one call of the Durable Object that counts a visitor.

use worker::{
    Env,
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys, worker_sys,
};

use crate::{
    domain::limiter::{Ask, Verdict},
    edge::{failure::Failure, thrown},
};

/// Whether what is asked also counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It counts if it is admitted.
    Count,
    /// It counts nowhere.
    Peek,
}

impl Manner {
    fn url(self) -> &'static str {
        match self {
            Self::Count => "https://limiter/",
            Self::Peek => "https://limiter/peek",
        }
    }
}

pub(super) async fn ask(
    env: &Env,
    name: &str,
    ask: &Ask,
    manner: Manner,
) -> Result<Verdict, Failure> {
    let broken = |fault: String| Failure::Broken(format!("limiter: {fault}"));
    let answer = fetch(env, name, ask, manner).await.map_err(|t| broken(thrown::message(&t)))?;
    serde_json::from_str(&answer).map_err(|_| broken(answer))
}

async fn fetch(env: &Env, name: &str, ask: &Ask, manner: Manner) -> Result<String, JsValue> {
    let limiter = env
        .durable_object("LIMITER")
        .map_err(JsValue::from)?
        .get_by_name(name)
        .map_err(JsValue::from)?;
    let question = serde_json::to_string(ask).unwrap_or_default();
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&question));
    let request = web_sys::Request::new_with_str_and_init(manner.url(), &init)?;
    let limiter: worker_sys::DurableObject = limiter.into_rpc();
    let response = JsFuture::from(limiter.fetch_with_request(&request)?).await?;
    let text = response.unchecked_into::<web_sys::Response>().text()?;
    Ok(JsFuture::from(text).await?.as_string().unwrap_or_default())
}
