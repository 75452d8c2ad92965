//! From a request to its response: handlers, which only sequence. Every rule is a pure function of
//! another folder, and all that the runtime does is behind [`crate::platform`].

mod accent;
mod body;
mod bootstrap;
mod browser;
mod clerk;
mod context;
mod db;
mod failure;
mod ledger;
mod limiter;
mod log;
mod lost;
mod management;
mod outbound;
mod pipe;
mod respond;
mod runtime;
mod said;
pub mod scheduled;
mod serve;

mod shedding;
mod touch;
mod trip;
mod upstream;

pub use self::{
    context::Context,
    log::background_line,
    lost::StreamLost,
    respond::{Body, Response},
    runtime::Memory,
};

/// The response to a request, and its line in the log.
pub async fn answer(context: &Context) -> Response {
    let answer = serve::answer(context).await;
    respond::respond(context, answer)
}

/// The response in the place of one that was lost with its instance of WebAssembly.
pub fn answer_lost(context: &Context, cause: &str) -> Response {
    respond::respond(context, serve::lost(context, cause))
}
