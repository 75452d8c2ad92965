//! A time-out of the runtime as a future.
//!
//! It is here because what waits for somebody else must be able to stop waiting.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use js_sys::{Promise, global};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::WorkerGlobalScope;

/// Is over after a while; dropped before that, it is called off.
pub(super) struct Delay {
    timer: Option<i32>,
    over: JsFuture,
}

impl Delay {
    /// One that begins now.
    pub(super) fn of(duration: Duration) -> Self {
        let millis = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
        let mut timer = None;
        let over = Promise::new(&mut |resolve, _| {
            timer = scope()
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis)
                .ok();
        });
        Self { timer, over: JsFuture::from(over) }
    }
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.over).poll(context).map(|_| ())
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            scope().clear_timeout_with_handle(timer);
        }
    }
}

fn scope() -> WorkerGlobalScope {
    global().unchecked_into()
}
