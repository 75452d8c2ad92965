//! The endpoints for web pages (contract section 6). Unknown paths of this plane answer a preflight
//! too, so that a page can read their 404.

use crate::api::route::{NoRoute, Verb};

/// An endpoint of the browser plane. Any prefix may stand before `/v1/client/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    /// `OPTIONS /v1/*`
    Preflight,
    /// `POST /v1/client/init`
    Init,
    /// `POST /v1/client/chat`
    Chat,
    /// `POST /v1/client/resume`
    Resume,
    /// `POST /v1/client/feedback`
    Feedback,
}

impl Browser {
    /// The path for the log, without prefix.
    pub(crate) fn pattern(self) -> &'static str {
        match self {
            Self::Preflight => "/v1/*",
            Self::Init => "/v1/client/init",
            Self::Chat => "/v1/client/chat",
            Self::Resume => "/v1/client/resume",
            Self::Feedback => "/v1/client/feedback",
        }
    }

    pub(super) fn parse(verb: Verb, name: &str) -> Result<Self, NoRoute> {
        let endpoint = match name {
            "init" => Self::Init,
            "chat" => Self::Chat,
            "resume" => Self::Resume,
            "feedback" => Self::Feedback,
            _ if verb == Verb::Options => return Ok(Self::Preflight),
            _ => return Err(NoRoute::UnknownPath),
        };
        match verb {
            Verb::Post => Ok(endpoint),
            Verb::Options => Ok(Self::Preflight),
            _ => Err(NoRoute::MethodNotAllowed("POST, OPTIONS")),
        }
    }
}
