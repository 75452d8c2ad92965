//! The transcript: what a page's list of messages is to the store and to the upstream (contract
//! section 6.2).

mod beginning;
mod draft;
mod injected;
pub(crate) mod list;
pub(crate) mod place;
mod replay;
pub(crate) mod thread;
pub(crate) mod widget;
