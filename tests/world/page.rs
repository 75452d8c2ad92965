//! Bodies that are written piece by piece, for a reader who takes all of them.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use ::client_tokens::platform::{Boxed, Download, Output, Page};

#[derive(Clone, Default)]
pub(super) struct Stream(Rc<Written>);

#[derive(Default)]
struct Written {
    bytes: RefCell<Vec<u8>>,
    is_closed: Cell<bool>,
    last_line: String,
}

impl Stream {
    pub(super) fn with_last_line(text: &str) -> Self {
        Self(Rc::new(Written { last_line: format!("{text}\n"), ..Written::default() }))
    }

    /// What was written, and whether it is whole.
    pub(super) fn heard(&self) -> (String, bool) {
        (String::from_utf8(self.0.bytes.borrow().clone()).unwrap(), self.0.is_closed.get())
    }
}

impl Output for Stream {
    fn send<'a>(&'a self, bytes: &'a [u8]) -> Boxed<'a, bool> {
        self.0.bytes.borrow_mut().extend_from_slice(bytes);
        Box::pin(async { true })
    }

    fn close(&self) -> Boxed<'_, ()> {
        self.0.is_closed.set(true);
        Box::pin(async {})
    }
}

impl Page for Stream {
    fn opened(&self, _: Option<&str>) {}

    fn broken(&self) -> Boxed<'static, ()> {
        Box::pin(std::future::pending())
    }
}

impl Download for Stream {
    fn break_off(&self) -> Boxed<'_, ()> {
        self.0.bytes.borrow_mut().extend_from_slice(self.0.last_line.as_bytes());
        Box::pin(async {})
    }
}
