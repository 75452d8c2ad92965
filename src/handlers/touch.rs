//! When a token was used last: at most once a minute, and after the answer.

use crate::{domain::client_token::ClientToken, handlers::context::Context, store::client_tokens};

/// Moves the last use of a token.
pub(super) fn token(cx: &Context, token: &ClientToken) {
    if token.use_is_news(cx.now) {
        cx.record(client_tokens::touch(token.id, cx.now), "last use of a token");
    }
}
