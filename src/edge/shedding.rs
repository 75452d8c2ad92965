//! Asking the platform's own rate limiter, which counts in memory where the request is: nothing is
//! waited for on the network.

use worker::{
    Env,
    js_sys::{Function, Object, Promise, Reflect},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    api::error::Error,
    domain::shedding::{Crowd, Member, PERIOD},
    edge::{failure::Failure, log, thrown},
};

/// Counts a request of `member`, and turns it away if there were too many.
///
/// Without the binding nothing is shed, nor when the platform fails: shedding protects, and what it
/// protects has limits of its own.
pub(super) async fn shed(env: &Env, member: &Member) -> Result<(), Failure> {
    match admits(env, member).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Shed(member.crowd).into()),
        Err(thrown) => {
            log::background(&format!("shedding: {}", thrown::message(&thrown)));
            Ok(())
        }
    }
}

async fn admits(env: &Env, member: &Member) -> Result<bool, JsValue> {
    let limiter = Reflect::get(env, &binding(member.crowd).into())?;
    if limiter.is_undefined() {
        return Ok(true);
    }
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &member.name.as_str().into())?;
    if let Crowd::Token(ceiling) = member.crowd {
        Reflect::set(&options, &"limit".into(), &ceiling.into())?;
        Reflect::set(&options, &"period".into(), &PERIOD.into())?;
    }
    let limit: Function = Reflect::get(&limiter, &"limit".into())?.dyn_into()?;
    let promise: Promise = limit.call1(&limiter, &options)?.dyn_into()?;
    let outcome = JsFuture::from(promise).await?;
    Ok(Reflect::get(&outcome, &"success".into())?.is_truthy())
}

/// The binding that counts a crowd. Its limit stands in wrangler.toml, but for a token's, which the
/// variable sets.
fn binding(crowd: Crowd) -> &'static str {
    match crowd {
        Crowd::ApiKey => "SHED_API_KEYS",
        Crowd::Address => "SHED_ADDRESSES",
        Crowd::Token(_) => "SHED_TOKENS",
    }
}
