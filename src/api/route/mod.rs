//! Routes: method and path, parsed into an enum.
//!
//! It is here so that who must authenticate, who gets CORS and the 404 and 405 of everything
//! else follow from one value (contract sections 3, 4, 6 and 9).

mod browser;
mod management;

pub use browser::Browser;
pub use management::Management;

/// An HTTP method that some endpoint knows; HEAD is read as GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET and HEAD.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
    /// OPTIONS.
    Options,
    /// Everything else.
    Other,
}

impl Verb {
    /// Reads a method's name, upper case as in RFC 9110.
    #[must_use]
    pub fn parse(method: &str) -> Self {
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

/// An endpoint of either plane: who must authenticate, and who gets CORS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// For servers, with an API key.
    Management(Management),
    /// For web pages, with a token or a session.
    Browser(Browser),
}

/// Why no endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// Nothing is at this path.
    UnknownPath,
    /// The path exists; the value of `Allow`.
    MethodNotAllowed(&'static str),
}

impl Route {
    /// The endpoint for a method and a path as sent.
    ///
    /// # Errors
    /// [`NoRoute`] when nothing is there, or nothing for this method.
    pub fn parse(verb: Verb, path: &str) -> Result<Self, NoRoute> {
        match path.rsplit_once(BROWSER_ROOT) {
            Some((_, name)) => Browser::parse(verb, name).map(Self::Browser),
            None => Management::parse(verb, path).map(Self::Management),
        }
    }

    /// Whether a path, known or not, is one of the browser plane, whose every answer a page may
    /// read.
    #[must_use]
    pub fn is_browser_path(path: &str) -> bool {
        path.contains(BROWSER_ROOT)
    }
}

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
}
