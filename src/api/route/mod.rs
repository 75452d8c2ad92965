//! Routes: method and path, parsed into an enum that decides who must authenticate and who gets
//! CORS. Everything else is a 404 or a 405 (contract sections 3, 4, 6 and 9).

mod browser;
#[cfg(test)]
mod documented;
mod management;

pub(crate) use browser::Browser;
pub(crate) use management::Management;

/// An HTTP method, as far as endpoints tell methods apart. HEAD is read as GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
    Options,
    /// A method that no endpoint has.
    Other,
}

impl Verb {
    /// Reads a method's name, which is case-sensitive (RFC 9110 section 9.1).
    pub(crate) fn parse(method: &str) -> Self {
        match method {
            "GET" | "HEAD" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// For servers, which authenticate with an API key.
    Management(Management),
    /// For web pages, which send a token or a session id in the body and get CORS.
    Browser(Browser),
    /// For whoever deployed the service, with `BOOTSTRAP_KEY`: `POST /v1/bootstrap`.
    Bootstrap,
    /// The description of both planes, for everybody: `GET /openapi.json`.
    Document,
    /// Where the console, the reference and the description are: `GET /`.
    Home,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoute {
    UnknownPath,
    /// The value of `Allow`.
    MethodNotAllowed(&'static str),
}

impl Route {
    pub(crate) fn parse(verb: Verb, path: &str) -> Result<Self, NoRoute> {
        if path == DOCUMENT {
            return match verb {
                Verb::Get => Ok(Self::Document),
                _ => Err(NoRoute::MethodNotAllowed("GET, HEAD")),
            };
        }
        if path == HOME {
            return match verb {
                Verb::Get => Ok(Self::Home),
                _ => Err(NoRoute::MethodNotAllowed("GET, HEAD")),
            };
        }
        if path == BOOTSTRAP {
            return match verb {
                Verb::Post => Ok(Self::Bootstrap),
                _ => Err(NoRoute::MethodNotAllowed("POST")),
            };
        }
        if let Some((_, name)) = path.rsplit_once(BROWSER_ROOT) {
            return Browser::parse(verb, name).map(Self::Browser);
        }
        if verb == Verb::Options && Self::is_for_pages(path) {
            return Ok(Self::Browser(Browser::Preflight));
        }
        Management::parse(verb, path).map(Self::Management)
    }

    /// Whether a page may read the answers at a path: at every path below `/v1/` that isn't the
    /// management plane's or the exchange of `BOOTSTRAP_KEY`, known or unknown. Widgets ask for
    /// endpoints that don't exist here, and must be able to read the 404.
    pub(crate) fn is_for_pages(path: &str) -> bool {
        let is_managements = |(_, rest): (&str, &str)| {
            let first = rest.trim_start_matches('/').split('/').next();
            first.is_some_and(|first| Management::is_root(first) || first == "bootstrap")
        };
        path.contains(BROWSER_ROOT) || path.split_once(ROOT).is_some_and(|at| !is_managements(at))
    }
}

pub(crate) const HOME: &str = "/";
pub(crate) const DOCUMENT: &str = "/openapi.json";
pub(crate) const BOOTSTRAP: &str = "/v1/bootstrap";
const ROOT: &str = "/v1/";
const BROWSER_ROOT: &str = "/v1/client/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_plane_is_reached_under_any_prefix() {
        let parse = |method, path| Route::parse(Verb::parse(method), path);
        for path in ["/v1/client/chat", "/api/v1/client/chat", "//x/v1/client/chat"] {
            assert_eq!(parse("POST", path), Ok(Route::Browser(Browser::Chat)), "{path}");
            assert_eq!(parse("OPTIONS", path), Ok(Route::Browser(Browser::Preflight)), "{path}");
        }
        let not_allowed = NoRoute::MethodNotAllowed("POST, OPTIONS");
        assert_eq!(parse("GET", "/v1/client/init"), Err(not_allowed));
        assert_eq!(parse("POST", "/v1/client/other"), Err(NoRoute::UnknownPath));
        assert_eq!(parse("POST", "/v1/client/chat/"), Err(NoRoute::UnknownPath));
        let list = Route::Management(Management::ListClientTokens);
        assert_eq!(parse("GET", "/v1/client-tokens"), Ok(list));
    }

    #[test]
    fn what_a_widget_asks_for_beyond_the_browser_plane_is_a_404_that_it_can_read() {
        for path in [
            "/v1/agents/agent_a/approve",
            "/v1/speak",
            "/api/v1/dispatch",
            "/v1/client",
            "/v1/client-token",
            "/v1/a/b/c/d/e",
        ] {
            assert!(Route::is_for_pages(path), "{path}");
            assert_eq!(Route::parse(Verb::Post, path), Err(NoRoute::UnknownPath), "{path}");
            let preflight = Ok(Route::Browser(Browser::Preflight));
            assert_eq!(Route::parse(Verb::Options, path), preflight, "{path}");
        }
    }

    #[test]
    fn no_path_of_the_management_plane_is_for_pages_and_none_outside_v1() {
        for path in [
            "/v1/client-tokens",
            "/v1/client-tokens/x/nothing",
            "/v1/client-tokens/v1/token",
            "/v1/api-keys/",
            "/v1//targets",
            "/v1/bootstrap",
            "/v1/bootstrap/x",
            "/api/v1/targets/x",
            HOME,
            "/v1",
            "/v2/agents/a/approve",
            "/V1/speak",
        ] {
            assert!(!Route::is_for_pages(path), "{path}");
            let route = Route::parse(Verb::Options, path);
            assert!(!matches!(route, Ok(Route::Browser(_))), "{path}");
        }
        assert!(Route::is_for_pages("/x/v1/client/init"));
    }
}
