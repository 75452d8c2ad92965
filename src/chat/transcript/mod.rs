//! The transcript: what a page's list of messages is to the store and to the upstream (contract
//! section 6.2).

pub mod list;
pub mod place;
mod put_in;
mod strand;
pub mod thread;
