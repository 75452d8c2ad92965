//! The browser plane: from a route to its handler. Each refuses in the order of contract section 6:
//! body, credential, origin, activity, target, limits.

mod chat;
mod feedback;
mod init;
mod leg;
mod resume;
mod run;
pub(super) mod source;
mod visit;

use crate::{
    api::{
        browser::{cors, counted::counted},
        reply::Reply,
        route::Browser,
    },
    handlers::{browser::visit::Visit, context::Context, failure::Failure, said::Said},
    platform::Boxed,
};

pub(super) async fn handle(context: &Context, route: Browser) -> Result<Said, Failure> {
    let visit = || Visit::begin(context);
    // Each on the heap, as on the management plane.
    let said: Boxed<'_, Result<Said, Failure>> = match route {
        Browser::Preflight => return Ok(preflight(context).into()),
        Browser::Init => Box::pin(init::init(visit()?)),
        Browser::Chat => Box::pin(chat::chat(visit()?)),
        Browser::Resume => Box::pin(resume::resume(visit()?)),
        Browser::Feedback => Box::pin(feedback::feedback(visit()?)),
    };
    let outcome = said.await;
    context.count(counted(route, outcome.as_ref().map(|_| ()).map_err(Failure::told)));
    outcome
}

fn preflight(context: &Context) -> Reply {
    cors::preflight(context.header("Access-Control-Request-Headers").as_deref())
}
