//! Web origins: what an `Origin` header says, and which origins a client token admits.
//!
//! A token's value is public, so the origins it admits are what guards it. They are
//! compared part by part, and what a browser would have to repair is refused (contract §5).

mod authority;
mod fault;
mod header;
mod host;
mod host_port;
mod list;
mod pattern;
mod private;
mod punycode;
mod shared_suffix;
mod site;
mod web;

#[cfg(test)]
mod properties;

pub use fault::OriginFault;
pub use header::{MalformedOrigin, RequestOrigin};
pub use host_port::HostPort;
pub use list::AllowedOrigins;
pub use pattern::OriginPattern;
pub use web::{Origin, Scheme};
