//! The browser plane on the wire. A page's credential is in the body, what it sends beyond the
//! contract is ignored, and every answer is readable to it (CORS).

pub(crate) mod chat;
pub(crate) mod cors;
pub(crate) mod counted;
pub(crate) mod feedback;
pub(crate) mod first;
pub(crate) mod init;
mod messages;
pub(crate) mod pictures;
pub(crate) mod refusal_code;
pub(in crate::api) mod refused;
pub(crate) mod resume;
mod tools;
mod values;
