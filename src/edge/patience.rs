//! Waiting for so long and no longer.

use std::{future::Future, pin::pin, task::Poll, time::Duration};

use worker::Delay;

/// What `future` gives, unless it takes longer than `patience`.
pub(super) async fn within<F: Future>(patience: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut delay = pin!(Delay::from(patience));
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        delay.as_mut().poll(context).map(|()| None)
    })
    .await
}
