//! The runtime as a value: variables and bindings of one event.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{
    Context, Delay, Env, Socket, console_error, console_log,
    js_sys::{Function, Object as JsObject, Promise, Reflect, Uint8Array},
    wasm_bindgen_futures::JsFuture,
    web_sys, worker_sys,
};

use crate::{
    cloudflare::{clock, db, page, thrown::message, upstream},
    domain::{
        origin::Origin,
        shedding::{Crowd, Member, PERIOD},
        time::Timestamp,
    },
    platform::{
        Boxed, Download, FarEnd, NotFetched, Object, Page, Platform, Question, Ran, StreamOwner,
        Thrown, UpstreamRequest, UpstreamResponse,
    },
    store::{db_error::DbError, statement::Statement},
};

/// How long a connection may take that is made to look whether one can be.
const CONNECTING: Duration = Duration::from_secs(3);

#[wasm_bindgen(module = "/src/cloudflare/rs256.js")]
extern "C" {
    #[derive(Clone)]
    type PublicKey;

    #[wasm_bindgen(static_method_of = PublicKey)]
    fn imported(spki: &Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    fn verifies(this: &PublicKey, signature: &Uint8Array, signed: &Uint8Array) -> Promise;
}

thread_local! {
    /// The keys that were needed so far.
    static IMPORTED: RefCell<BTreeMap<Vec<u8>, PublicKey>> = const { RefCell::new(BTreeMap::new()) };
}

pub(super) struct Cloudflare {
    pub(super) env: Env,
    /// That of a request, which alone can have something run on after its answer.
    pub(super) context: Option<Context>,
}

impl Platform for Cloudflare {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn random(&self, into: &mut [u8]) -> Result<(), Thrown> {
        getrandom::fill(into).map_err(|fault| fault.to_string())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.env.var(name).ok().map(|value| value.to_string())
    }

    fn batch<'a>(&'a self, statements: Vec<&'a Statement>) -> Boxed<'a, Result<Ran, DbError>> {
        Box::pin(db::batch(&self.env, statements))
    }

    fn ask_object<'a>(
        &'a self,
        object: Object<'a>,
        question: Question,
    ) -> Boxed<'a, Result<String, Thrown>> {
        Box::pin(async move {
            let answer = ask_object(&self.env, object, question).await;
            let (is_ok, text) = answer.map_err(|thrown| message(&thrown))?;
            if is_ok { Ok(text) } else { Err(text) }
        })
    }

    fn admits<'a>(&'a self, member: &'a Member) -> Boxed<'a, Result<bool, Thrown>> {
        Box::pin(async move { admits(&self.env, member).await.map_err(|thrown| message(&thrown)) })
    }

    fn verifies_rs256<'a>(
        &'a self,
        spki: &'a [u8],
        signed: &'a [u8],
        signature: &'a [u8],
    ) -> Boxed<'a, Result<bool, Thrown>> {
        Box::pin(async move {
            let key = imported(spki).await?;
            let verdict = key.verifies(&Uint8Array::from(signature), &Uint8Array::from(signed));
            let verdict = JsFuture::from(verdict).await.map_err(|thrown| message(&thrown))?;
            Ok(verdict == JsValue::TRUE)
        })
    }

    fn fetch(&self, request: UpstreamRequest) -> Boxed<'_, Result<UpstreamResponse, NotFetched>> {
        Box::pin(upstream::fetch(request))
    }

    fn connects<'a>(&'a self, origin: &'a Origin) -> Boxed<'a, bool> {
        Box::pin(async move {
            let (host, port) = origin.address();
            let Ok(mut socket) = Socket::builder().connect(host, port) else { return false };
            let opened = in_time(socket.opened()).await;
            let _ = in_time(socket.close()).await;
            matches!(opened, Some(Ok(_)))
        })
    }

    fn open_page(&self, owner: StreamOwner<'_>) -> Result<(Box<dyn Page>, FarEnd), Thrown> {
        page::open(owner).map_err(|thrown| message(&thrown))
    }

    fn open_download(
        &self,
        request_id: &str,
        last_line: &str,
    ) -> Result<(Box<dyn Download>, FarEnd), Thrown> {
        page::open_download(request_id, last_line).map_err(|thrown| message(&thrown))
    }

    fn sleep(&self, time: Duration) -> Boxed<'static, ()> {
        Box::pin(Delay::from(time))
    }

    fn after(&self, future: Boxed<'static, ()>) {
        if let Some(context) = &self.context {
            context.wait_until(future);
        }
    }

    fn log(&self, line: &str, is_bad: bool) {
        if is_bad {
            console_error!("{line}");
        } else {
            console_log!("{line}");
        }
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> Option<T> {
    let (future, delay) = (std::pin::pin!(future), Delay::from(CONNECTING));
    match futures_util::future::select(future, delay).await {
        futures_util::future::Either::Left((output, _)) => Some(output),
        futures_util::future::Either::Right(_) => None,
    }
}

/// A key, imported when it is first needed.
async fn imported(spki: &[u8]) -> Result<PublicKey, Thrown> {
    if let Some(key) = IMPORTED.with_borrow(|keys| keys.get(spki).cloned()) {
        return Ok(key);
    }
    let unusable = |thrown: JsValue| format!("CLERK_JWT_KEY can't be used: {}", message(&thrown));
    let key = JsFuture::from(PublicKey::imported(&Uint8Array::from(spki)));
    let key: PublicKey = key.await.map_err(unusable)?.unchecked_into();
    IMPORTED.with_borrow_mut(|keys| keys.insert(spki.to_owned(), key.clone()));
    Ok(key)
}

/// The answer of an object, and whether it is one.
async fn ask_object(
    env: &Env,
    object: Object<'_>,
    Question { path, body }: Question,
) -> Result<(bool, String), JsValue> {
    let (binding, host, name) = match object {
        Object::Limiter(name) => ("LIMITER", "limiter", name.to_owned()),
        Object::Ledger(token) => ("LEDGER", "ledger", token.to_string()),
    };
    let namespace = env.durable_object(binding).map_err(JsValue::from)?;
    let stub = namespace.get_by_name(&name).map_err(JsValue::from)?;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&body));
    let url = format!("https://{host}{path}");
    let request = web_sys::Request::new_with_str_and_init(&url, &init)?;
    let stub: worker_sys::DurableObject = stub.into_rpc();
    let response = JsFuture::from(stub.fetch_with_request(&request)?).await?;
    let response: web_sys::Response = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.ok(), text))
}

/// Asks the platform's own rate limiter. Without the binding everybody is admitted.
async fn admits(env: &Env, member: &Member) -> Result<bool, JsValue> {
    let limiter = Reflect::get(env, &binding(member.crowd).into())?;
    if limiter.is_undefined() {
        return Ok(true);
    }
    let options = JsObject::new();
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
