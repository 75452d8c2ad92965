//! The browser plane on the wire. A page's credential is in the body, what it sends beyond the
//! contract is ignored, and every answer is readable to it (CORS).

pub mod chat;
pub mod cors;
pub mod feedback;
pub mod first;
pub mod init;
mod messages;
pub(in crate::api) mod refused;
pub mod resume;
mod tools;
mod values;
