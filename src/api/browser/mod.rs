//! The browser plane on the wire.
//!
//! It is here because a page speaks otherwise than a server: its credential is in the body, what
//! it sends beyond the contract is ignored, and every answer must be readable to it.

pub mod chat;
pub mod cors;
pub mod ending;
pub mod feedback;
pub mod first;
pub mod init;
pub mod list;
pub mod refused;
pub mod resume;
pub mod thread;

use crate::{
    api::{browser::refused::Refused, error::Error},
    domain::{client_token::ClientToken, origin::RequestOrigin},
};

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Browser(Box::new(refused))
    }
}

/// Whether a page of this origin may use the token at all; origin first, then activity
/// (contract section 6).
///
/// # Errors
/// [`Refused::OriginNotAllowed`] or [`Refused::TokenInactive`].
pub fn admit(token: &ClientToken, header: Option<&str>) -> Result<RequestOrigin, Refused> {
    let origin = RequestOrigin::parse(header).map_err(|_| Refused::OriginNotAllowed(None))?;
    if !token.settings.allowed_origins.admits(&origin) {
        return Err(Refused::OriginNotAllowed(Some(origin)));
    }
    if token.settings.is_active { Ok(origin) } else { Err(Refused::TokenInactive) }
}
