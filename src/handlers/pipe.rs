//! The event stream on its way to the page.
//!
//! Bytes leave as they come: a write waits until the page has taken the one before, so memory
//! doesn't grow with the answer, and fails once the page is gone.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::pin,
    time::Duration,
};

use futures_util::future::select;

use crate::{
    chat::stream::frame::PING,
    domain::time::Timestamp,
    handlers::{
        context::Context,
        failure::Failure,
        runtime::{Runtime, first_of},
    },
    platform::{Boxed, FarEnd, Page, StreamOwner},
};

/// After how much silence the page gets a comment. Proxies close what is silent, and whether a
/// page is still there is only certain to those who write to it.
const PING_AFTER: Duration = Duration::from_secs(5);

/// Settles once a page is gone.
pub(super) type Gone = Boxed<'static, ()>;

/// The near end of a response's body.
pub(super) struct Pipe {
    runtime: Runtime,
    page: Box<dyn Page>,
    /// The block of text that the page has seen begin and not end.
    block: RefCell<Option<String>>,
    sent_at: Cell<Timestamp>,
}

impl Pipe {
    /// A pipe and its far end, to be a response's body.
    pub(super) fn open(cx: &Context, owner: StreamOwner<'_>) -> Result<(Self, FarEnd), Failure> {
        let runtime = cx.runtime.clone();
        let (page, far_end) = runtime.platform.open_page(owner).map_err(Failure::Broken)?;
        let sent_at = Cell::new(runtime.now());
        Ok((Self { runtime, page, block: RefCell::default(), sent_at }, far_end))
    }

    /// Writes `bytes`, and tells whether the page is still there.
    pub(super) async fn send(&self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let is_there = self.page.send(bytes).await;
        self.sent_at.set(self.runtime.now());
        is_there
    }

    /// Notes which block of text the page has seen begin and not end.
    pub(super) fn opened(&self, block: Option<&str>) {
        if self.block.borrow().as_deref() != block {
            self.page.opened(block);
            self.block.replace(block.map(str::to_owned));
        }
    }

    /// What settles once the page is gone: when the pipe breaks, or with `left`.
    pub(super) fn gone(&self, left: Boxed<'static, ()>) -> Gone {
        let broken = self.page.broken();
        Box::pin(async { drop(select(broken, left).await) })
    }

    /// What `future` gives, unless the page goes first. Meanwhile the page isn't left in silence;
    /// what was sent before must end with a whole frame.
    pub(super) async fn unless_gone<F: Future>(
        &self,
        gone: &mut Gone,
        future: F,
    ) -> Option<F::Output> {
        let mut future = pin!(future);
        loop {
            let silent = u64::try_from(self.runtime.now().millis() - self.sent_at.get().millis());
            let silent = Duration::from_millis(silent.unwrap_or_default());
            let patience = PING_AFTER.saturating_sub(silent);
            let answer = self.runtime.within(patience, future.as_mut());
            if let Some(output) = first_of(answer, &mut *gone).await? {
                return Some(output);
            }
            if !self.send(PING.as_bytes()).await {
                return None;
            }
        }
    }

    /// Ends the body. A page that is gone doesn't hear it.
    pub(super) async fn close(&self) {
        self.page.close().await;
    }
}
