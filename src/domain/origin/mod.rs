//! Web origins: reading the `Origin` header, and the origins that a client token admits.
//!
//! A token's value is public, so its guard is the list of origins. They are compared part by part,
//! and a form that a browser would have to repair is refused (contract section 5).

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
pub use list::{AllowedOrigins, NoEntry};
pub use pattern::OriginPattern;
pub use web::{Origin, Scheme};
