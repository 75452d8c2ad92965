//! A request of the runtime.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};
use worker::{
    Delay,
    js_sys::Promise,
    wasm_bindgen::JsCast,
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStreamDefaultReader, Request},
};

use crate::{
    cloudflare::bytes::{Lent, Whole, next_piece},
    platform::{Boxed, Incoming, Pieces},
};

/// How much of a refused body is thrown away, and for how long; then its sender is cut off.
const MAX_DRAINED: usize = 16 * 1024 * 1024;
const DRAINING: Duration = Duration::from_secs(3);

pub(super) struct Received {
    request: Request,
    method: String,
    url: String,
}

impl Received {
    pub(super) fn new(request: Request) -> Self {
        Self { method: request.method(), url: request.url(), request }
    }

    /// Throws away what wasn't read of the body. A client that is still sending would hear of a
    /// reset connection instead of the answer.
    pub(super) async fn drain(&self) {
        let Some(stream) = self.request.body().filter(|stream| !stream.locked()) else { return };
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        let draining = async {
            let mut drained = 0;
            while let Ok(Some(piece)) = next_piece(&reader).await {
                drained += piece.length() as usize;
                if drained > MAX_DRAINED {
                    return false;
                }
            }
            true
        };
        let is_over = match select(pin!(draining), Delay::from(DRAINING)).await {
            Either::Left((is_over, _)) => is_over,
            Either::Right(_) => false,
        };
        if !is_over {
            // A sender who is cut off isn't told why; nobody waits for that.
            let _ = reader.cancel();
        }
    }
}

impl Incoming for Received {
    fn method(&self) -> &str {
        &self.method
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn header(&self, name: &str) -> Option<String> {
        // It fails for a name that can't be one.
        self.request.headers().get(name).ok().flatten()
    }

    fn body(&self, is_bounded: bool) -> Option<Box<dyn Pieces + '_>> {
        if is_bounded {
            return Some(Box::new(Whole::new(Clone::clone(&self.request))));
        }
        Some(Box::new(Lent::new(&self.request.body()?)))
    }

    fn left(&self) -> Boxed<'static, ()> {
        let signal = self.request.signal();
        let left = Promise::new(&mut |resolve, _| {
            // A listener that can't be added never hears anything, which is no fault.
            let _ = signal.add_event_listener_with_callback("abort", &resolve);
        });
        Box::pin(async { drop(JsFuture::from(left).await) })
    }
}
