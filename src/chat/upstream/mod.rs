//! What executes a target: the requests it gets and the answers it streams (contract
//! section 10).
//!
//! Talking to an upstream is bytes and values, and the platform only carries them. A
//! request is written from the transcript, a reader turns the answer's bytes into
//! [`Delta`](super::stream::delta::Delta)s, and a [`UpstreamFailure`](failure::UpstreamFailure) has one text for
//! the page and another for the log.

pub(crate) mod echo;
pub(crate) mod events;
pub(crate) mod failure;
pub(crate) mod mask;
pub(crate) mod openai;
pub(crate) mod wait;
