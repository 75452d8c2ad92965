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
    edge::{browser::visit::Visit, db::Boxed, exchange::Exchange, failure::Failure, said::Said},
};

pub(super) async fn handle(exchange: &Exchange, route: Browser) -> Result<Said, Failure> {
    let visit = || Visit::begin(exchange);
    // Each on the heap, as on the management plane.
    let said: Boxed<'_, Result<Said, Failure>> = match route {
        Browser::Preflight => return Ok(preflight(exchange)?.into()),
        Browser::Init => Box::pin(init::init(visit()?)),
        Browser::Chat => Box::pin(chat::chat(visit()?)),
        Browser::Resume => Box::pin(resume::resume(visit()?)),
        Browser::Feedback => Box::pin(feedback::feedback(visit()?)),
    };
    let outcome = said.await;
    exchange.count(counted(route, outcome.as_ref().map(|_| ()).map_err(Failure::told)));
    outcome
}

fn preflight(exchange: &Exchange) -> Result<Reply, Failure> {
    Ok(cors::preflight(exchange.header("Access-Control-Request-Headers")?.as_deref()))
}
