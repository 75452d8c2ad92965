//! From a request to its answer, on either plane: the route decides who must authenticate and who
//! gets CORS.

use crate::{
    api::{
        browser::cors,
        dashboard::{self, Dashboard},
        error::Error,
        home, openapi,
        reply::Reply,
        retirement,
        route::{self, NoRoute, Route, Verb},
    },
    handlers::{
        bootstrap::bootstrap, browser, context::Context, failure::Failure, management, said::Said,
    },
};

/// What is answered, and for which endpoint.
pub(super) struct Answer {
    /// The endpoint's path pattern, when there is an endpoint.
    pub(super) pattern: Option<&'static str>,
    pub(super) outcome: Result<Said, Failure>,
    /// Headers of the plane, whatever the outcome.
    pub(super) headers: Vec<(&'static str, String)>,
}

/// The answer in the place of one that was lost with its instance of WebAssembly.
pub(super) fn lost(cx: &Context, cause: &str) -> Answer {
    let (path, _) = cx.path_and_query();
    let pattern = match Route::parse(Verb::parse(cx.method()), &path) {
        Ok(Route::Management(route)) => Some(route.pattern()),
        Ok(Route::Browser(route)) => Some(route.pattern()),
        Ok(Route::Bootstrap) => Some(route::BOOTSTRAP),
        Ok(Route::Document) => Some(route::DOCUMENT),
        Ok(Route::Home) => Some(route::HOME),
        Err(_) => None,
    };
    let outcome = Err(Failure::Broken(format!("the answer was lost: {cause}")));
    Answer { pattern, outcome, headers: headers(cx, &path) }
}

pub(super) async fn answer(cx: &Context) -> Answer {
    let (path, query) = cx.path_and_query();
    if let Some(reply) = preflight(cx, &path) {
        let outcome = Ok(Said::Reply(reply));
        return Answer { pattern: None, outcome, headers: headers(cx, &path) };
    }
    let (pattern, outcome) = match Route::parse(Verb::parse(cx.method()), &path) {
        Ok(Route::Management(route)) => {
            let pattern = route.pattern();
            let outcome = management::handle(cx, route).await;
            (Some(pattern), outcome)
        }
        Ok(Route::Browser(route)) => (Some(route.pattern()), browser::handle(cx, route).await),
        Ok(Route::Bootstrap) => {
            let outcome = bootstrap(cx, &query).await;
            (Some(route::BOOTSTRAP), outcome.map(Said::Reply))
        }
        Ok(Route::Document) => (Some(route::DOCUMENT), Ok(openapi::document().into())),
        Ok(Route::Home) => {
            let page = home::page(cx.header("Accept").as_deref());
            (Some(route::HOME), page.map(Into::into).map_err(Into::into))
        }
        Err(NoRoute::UnknownPath) => (None, Err(Error::UnknownPath.into())),
        Err(NoRoute::MethodNotAllowed(allow)) => (None, Err(Error::MethodNotAllowed(allow).into())),
    };
    Answer { pattern, outcome, headers: headers(cx, &path) }
}

/// The headers of the plane that `path` belongs to.
fn headers(cx: &Context, path: &str) -> Vec<(&'static str, String)> {
    if Route::is_for_pages(path) {
        cors::headers(cx.header("Origin").as_deref())
    } else {
        let retirement = cx.retirement().map(retirement::headers).unwrap_or_default();
        let page = dashboard(cx).map(|page| page.headers()).unwrap_or_default();
        [retirement, page].concat()
    }
}

/// The answer to a dashboard's preflight, whatever is at `path`: so the page can read the 404, too.
fn preflight(cx: &Context, path: &str) -> Option<Reply> {
    let is_one = Verb::parse(cx.method()) == Verb::Options && !Route::is_for_pages(path);
    dashboard(cx).filter(|_| is_one)?;
    Some(dashboard::preflight(cx.header("Access-Control-Request-Headers").as_deref()))
}

/// The page that asks, if it is a dashboard of this deployment.
fn dashboard(cx: &Context) -> Option<Dashboard> {
    Dashboard::of(&cx.var("DASHBOARD_ORIGINS")?, cx.header("Origin").as_deref())
}
