//! The browser plane: from a route to its handler. Each refuses in the order of contract section 6:
//! body, credential, origin, activity, target, limits.

mod admission;
mod chat;
mod feedback;
mod init;
mod leg;
mod limits;
mod resume;
mod run;
pub(super) mod source;

use crate::{
    api::{
        browser::{cors, counted::counted},
        reply::Reply,
        route::Browser,
    },
    handlers::{context::Context, failure::Failure, said::Said},
    platform::Boxed,
};

pub(super) async fn handle(cx: &Context, route: Browser) -> Result<Said, Failure> {
    // Each on the heap, as on the management plane.
    let said: Boxed<'_, Result<Said, Failure>> = match route {
        Browser::Preflight => return Ok(preflight(cx).into()),
        Browser::Init => Box::pin(init::init(cx)),
        Browser::Chat => Box::pin(chat::chat(cx)),
        Browser::Resume => Box::pin(resume::resume(cx)),
        Browser::Feedback => Box::pin(feedback::feedback(cx)),
    };
    let outcome = said.await;
    cx.count(counted(route, outcome.as_ref().map(|_| ()).map_err(Failure::told)));
    outcome
}

fn preflight(cx: &Context) -> Reply {
    cors::preflight(cx.header("Access-Control-Request-Headers").as_deref())
}
