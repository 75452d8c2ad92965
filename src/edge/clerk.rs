//! Session tokens of Clerk: the deployment's settings, read once an isolate, and the signature,
//! which the runtime's `WebCrypto` verifies.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    js_sys::{Promise, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    api::{authorization::Unauthenticated, error::Error},
    domain::clerk::{Session, SessionFault, Settings, Unproved},
    edge::{db::Boxed, exchange::Exchange, failure::Failure, thrown},
};

#[wasm_bindgen(module = "/src/edge/rs256.js")]
extern "C" {
    #[derive(Clone)]
    type PublicKey;

    #[wasm_bindgen(static_method_of = PublicKey)]
    fn imported(spki: &Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    fn verifies(this: &PublicKey, signature: &Uint8Array, signed: &Uint8Array) -> Promise;
}

/// The settings, and the keys that were needed so far, by their places.
struct Clerk {
    settings: Settings,
    imported: RefCell<BTreeMap<usize, PublicKey>>,
}

thread_local! {
    // An isolate is one deployment with one set of variables: new ones mean new isolates.
    static CLERK: RefCell<Option<Rc<Clerk>>> = const { RefCell::new(None) };
}

pub(super) fn prove<'a>(
    exchange: &'a Exchange,
    token: &'a Unproved,
) -> Boxed<'a, Result<Session, Failure>> {
    Box::pin(async move {
        let clerk = clerk(exchange)?;
        let Settings { keys, rules } = &clerk.settings;
        let key = clerk.key(keys.choose(token.kid()).map_err(refused)?).await?;
        let bytes = |bytes| Uint8Array::from(bytes);
        let verdict = key.verifies(&bytes(token.signature()), &bytes(token.signed()));
        if JsFuture::from(verdict).await? != JsValue::TRUE {
            return Err(refused(SessionFault::Signature));
        }
        rules.admit(&token.claims().map_err(refused)?, exchange.now).map_err(refused)
    })
}

fn refused(fault: SessionFault) -> Failure {
    Error::Unauthenticated(Unauthenticated::Session(fault)).into()
}

fn clerk(exchange: &Exchange) -> Result<Rc<Clerk>, Failure> {
    if let Some(clerk) = CLERK.with_borrow(Clone::clone) {
        return Ok(clerk);
    }
    let settings = Settings::read(|name| exchange.var(name));
    let settings = settings.map_err(|fault| Failure::Broken(fault.to_string()))?;
    let settings = settings.ok_or_else(|| refused(SessionFault::NotSetUp))?;
    let clerk = Rc::new(Clerk { settings, imported: RefCell::default() });
    CLERK.set(Some(Rc::clone(&clerk)));
    Ok(clerk)
}

impl Clerk {
    /// The key at a place, imported when it is first needed.
    async fn key(&self, place: usize) -> Result<PublicKey, Failure> {
        if let Some(key) = self.imported.borrow().get(&place) {
            return Ok(key.clone());
        }
        let spki = Uint8Array::from(self.settings.keys.spki(place));
        let unusable = |thrown: JsValue| {
            Failure::Broken(format!("CLERK_JWT_KEY can't be used: {}", thrown::message(&thrown)))
        };
        let key = JsFuture::from(PublicKey::imported(&spki)).await.map_err(unusable)?;
        let key: PublicKey = key.unchecked_into();
        self.imported.borrow_mut().insert(place, key.clone());
        Ok(key)
    }
}
