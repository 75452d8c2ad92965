//! What a handler gives: a reply, an event stream, or a download.

use crate::{api::reply::Reply, platform::FarEnd};

pub(super) enum Said {
    /// Everything at once.
    Reply(Reply),
    /// An event stream that is all there, with the headers beside those of every stream.
    Frames(String, Vec<(&'static str, String)>),
    /// An event stream that is still being written, with the headers beside those of every
    /// stream.
    Stream(FarEnd, Vec<(&'static str, String)>),
    /// A body of another kind that is still being written, with its headers; none for HEAD.
    Download(Option<FarEnd>, Vec<(&'static str, String)>),
}

impl From<Reply> for Said {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}
