//! Where an answer comes from: the built-in echo and an OpenAI-compatible service both give
//! deltas, one piece after the other, so that one loop writes a turn whoever says it.

use std::collections::VecDeque;

use crate::{
    chat::{
        stream::delta::Delta,
        upstream::{failure::UpstreamFailure, openai, wait::Linger},
    },
    handlers::upstream::Remote,
};

pub(in crate::handlers) enum Source {
    /// What is left to echo.
    Echo(VecDeque<String>),
    /// A service's stream and what reads it.
    OpenAi(Box<openai::Reader>, Remote),
    Ended,
}

impl Source {
    /// A service that has begun to answer.
    pub(in crate::handlers) fn service(mut reader: openai::Reader, remote: Remote) -> Self {
        if remote.is_json() {
            reader.expect_whole();
        }
        Self::OpenAi(Box::new(reader), remote)
    }

    /// Adds the next deltas, possibly none yet, and tells whether more may come. What came before a
    /// failure is in `deltas`.
    pub(in crate::handlers) async fn next(
        &mut self,
        deltas: &mut Vec<Delta>,
    ) -> Result<bool, UpstreamFailure> {
        match self {
            Self::Ended => Ok(false),
            Self::Echo(pieces) => {
                let piece = pieces.pop_front();
                let more = piece.is_some();
                deltas.extend(piece.map(Delta::Text));
                Ok(more)
            }
            Self::OpenAi(reader, remote) => {
                let bytes = match remote.next().await {
                    Ok(bytes) => bytes,
                    // Its answer is whole: how the connection ends doesn't matter.
                    Err(_) if reader.has_stopped() => None,
                    Err(failure) => return Err(failure),
                };
                if let Some(bytes) = &bytes {
                    reader.push(bytes, deltas)?;
                }
                if reader.has_stopped() {
                    remote.linger(Linger::Usage);
                }
                if bytes.is_some() && !reader.is_done() {
                    return Ok(true);
                }
                if let Self::OpenAi(reader, _) = std::mem::replace(self, Self::Ended) {
                    deltas.extend(reader.finish()?);
                }
                Ok(true)
            }
        }
    }
}
