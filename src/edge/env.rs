//! What the deployment binds the Worker to.
//!
//! It is here so that a binding is found by its name in one place, and one that is missing is
//! nothing, never a panic.

use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker_sys::{D1Database, DurableObjectNamespace};

#[wasm_bindgen]
extern "C" {
    /// The runtime's object of bindings, variables and secrets.
    #[derive(Clone)]
    pub type Env;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn get(this: &Env, name: &str) -> JsValue;
}

impl Env {
    /// The variable or secret `name`, when it is set.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    /// The database.
    pub(super) fn database(&self) -> Option<D1Database> {
        self.binding("DB")
    }

    /// The limiters, by name.
    pub(super) fn limiters(&self) -> Option<DurableObjectNamespace> {
        self.binding("LIMITER")
    }

    fn binding<T: JsCast>(&self, name: &str) -> Option<T> {
        let binding = self.get(name);
        binding.is_object().then(|| binding.unchecked_into())
    }
}
