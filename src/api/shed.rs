//! How whoever is turned away in a crowd is told. A chat widget shows the hint to its visitor.

use crate::{
    api::error_reply::{ErrorReply, error_reply},
    domain::shedding::{Crowd, PERIOD},
};

/// 429 with the crowd's limit. When there is room again isn't known exactly; after a whole period
/// there is.
pub(super) fn told(crowd: Crowd) -> ErrorReply {
    let limit = crowd.limit();
    let hint = match crowd {
        Crowd::ApiKey => {
            format!(
                "This API key sends more than {limit} requests a minute. Please wait {PERIOD} seconds and try again."
            )
        }
        Crowd::Address => {
            format!(
                "More than {limit} requests a minute come from your network. Please wait {PERIOD} seconds and try again."
            )
        }
        Crowd::Token(_) => {
            format!(
                "More than {limit} requests a minute come to this chat. Please wait {PERIOD} seconds and try again."
            )
        }
    };
    error_reply(429, "Rate limit exceeded").hint(hint).header("Retry-After", PERIOD.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::accept::ErrorForm;

    #[test]
    fn the_hint_says_which_crowd_and_how_long() {
        for (crowd, words) in [
            (Crowd::ApiKey, "API key sends more than 600"),
            (Crowd::Address, "More than 300 requests a minute come from your network"),
            (Crowd::Token(7), "More than 7 requests a minute come to this chat"),
        ] {
            let reply = told(crowd).told(ErrorForm::Json);
            assert_eq!(reply.status, 429);
            assert_eq!(reply.headers, [("Retry-After", "60".to_owned())]);
            assert!(reply.body.contains(words) && reply.body.contains("60 seconds"), "{crowd:?}");
        }
    }
}
