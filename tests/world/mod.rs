//! A deployment without its runtime: the handlers and statements that are deployed, over real SQLite
//! with the real schema, objects with rows of their own, upstreams that say what they are told, and a
//! clock that stands until somebody waits.

mod ask;
mod database;
mod objects;
mod page;
mod sqlite;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    future::Future,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context as TaskContext, Poll, Waker},
    time::Duration,
};

use ::client_tokens::{
    domain::{origin::Origin, shedding::Member, time::Timestamp},
    handlers::{self, Body, Memory, scheduled},
    platform::{
        Boxed, Download, FarEnd, NotFetched, Object, Page, Pieces, Platform, Question, Ran,
        StreamOwner, Thrown, UpstreamRequest, UpstreamResponse,
    },
    store::{db_error::DbError, statement::Statement},
};

pub(crate) use self::ask::{Answer, Ask};
use self::{ask::Chunks, database::Database, objects::Objects, page::Stream};

/// The moment at which every test begins.
pub(crate) const START: i64 = 1_800_000_000_000;

/// What fails of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call of this number does nothing, and fails.
    Before(u32),
    /// The call of this number does what it should, and then fails: the answer was lost.
    After(u32),
    /// From this call on nothing works.
    Ever(u32),
}

/// What an upstream says next.
#[derive(Debug, Clone)]
pub(crate) struct Says {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) pieces: Vec<Vec<u8>>,
}

impl Says {
    /// A stream of events.
    pub(crate) fn stream(events: &str) -> Self {
        let pieces = vec![events.as_bytes().to_vec()];
        Self { status: 200, content_type: "text/event-stream", pieces }
    }
}

#[derive(Clone)]
pub(crate) struct World(Rc<Inner>);

struct Inner {
    database: Database,
    objects: Objects,
    now: Cell<i64>,
    entropy: Cell<u64>,
    variables: RefCell<BTreeMap<String, String>>,
    upstream: RefCell<VecDeque<Says>>,
    asked_upstream: RefCell<Vec<UpstreamRequest>>,
    lines: RefCell<Vec<String>>,
    after: RefCell<Vec<Boxed<'static, ()>>>,
    /// When the next of those who sleep wakes.
    wakes_at: Cell<Option<i64>>,
    calls: Cell<u32>,
    fault: Cell<Option<Fault>>,
    memory: RefCell<Rc<Memory>>,
}

impl World {
    /// A deployment right after its migrations.
    pub(crate) fn new() -> Self {
        let inner = Inner {
            database: Database::migrated(),
            objects: Objects::default(),
            now: Cell::new(START),
            entropy: Cell::new(0),
            variables: RefCell::default(),
            upstream: RefCell::default(),
            asked_upstream: RefCell::default(),
            lines: RefCell::default(),
            after: RefCell::default(),
            wakes_at: Cell::new(None),
            calls: Cell::new(0),
            fault: Cell::new(None),
            memory: RefCell::default(),
        };
        let world = Self(Rc::new(inner));
        world.set("TOKEN_KEYS", &format!("1:{}", "a1b2".repeat(16)));
        world.set("SERVER_TIMING", "on");
        world
    }

    pub(crate) fn set(&self, variable: &str, value: &str) {
        self.0.variables.borrow_mut().insert(variable.to_owned(), value.to_owned());
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.0.now.set(self.0.now.get() + millis);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now.get())
    }

    /// What the upstream says when it is asked next, after what it was told before.
    pub(crate) fn upstream_says(&self, says: Says) {
        self.0.upstream.borrow_mut().push_back(says);
    }

    /// Lets one of the calls that follow fail.
    pub(crate) fn fail(&self, fault: Fault) {
        self.0.calls.set(0);
        self.0.fault.set(Some(fault));
    }

    /// Ends that, and tells how many calls there were.
    pub(crate) fn mend(&self) -> u32 {
        self.0.fault.set(None);
        self.0.calls.replace(0)
    }

    /// What was written to the log since the last time.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lines.take()
    }

    /// Another isolate, which remembers nothing.
    pub(crate) fn renew_isolate(&self) {
        self.0.memory.take();
    }

    /// Sends a request, reads the answer to its end, and lets what runs on come to its end.
    pub(crate) fn send(&self, ask: &Ask) -> Answer {
        self.lines();
        let (platform, memory) = (Rc::new(self.clone()), Rc::clone(&self.0.memory.borrow()));
        let context = handlers::Context::begin(platform, memory, ask.incoming());
        let response = self.run(handlers::answer(&context));
        self.settle();
        let (text, is_whole) = match response.body {
            Body::None => (String::new(), true),
            Body::Text(text) => (text, true),
            Body::Stream(far_end) => far_end.0.downcast::<Stream>().unwrap().heard(),
        };
        Answer { status: response.status, headers: response.headers, text, is_whole }
    }

    /// Runs what the schedule runs every ten minutes.
    pub(crate) fn run_scheduled(&self) {
        let platform: Rc<dyn Platform> = Rc::new(self.clone());
        self.run(async {
            scheduled::purge(&platform).await;
            scheduled::forget(&platform).await;
        });
    }

    /// Runs what was left to be done after an answer to its end.
    pub(crate) fn settle(&self) {
        let inner = Rc::clone(&self.0);
        self.run(std::future::poll_fn(move |_| {
            if inner.after.borrow().is_empty() { Poll::Ready(()) } else { Poll::Pending }
        }));
    }

    /// Runs a future to its end beside all else that runs. Where all of them wait, it is for the
    /// clock, which then moves on.
    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut task = TaskContext::from_waker(Waker::noop());
        loop {
            self.0.wakes_at.set(None);
            if let Poll::Ready(output) = future.as_mut().poll(&mut task) {
                return output;
            }
            let tasks = self.0.after.take();
            let before = tasks.len();
            let mut left = Vec::new();
            for mut running in tasks {
                if running.as_mut().poll(&mut task).is_pending() {
                    left.push(running);
                }
            }
            let has_ended = left.len() < before;
            self.0.after.borrow_mut().extend(left);
            match self.0.wakes_at.get() {
                _ if has_ended => {}
                Some(at) => self.0.now.set(at),
                None => panic!("something waits for what never comes"),
            }
        }
    }
}

impl Inner {
    /// Counts a call. `Err` tells that it fails: before it did anything, or after that.
    fn call(&self) -> Result<(), Fault> {
        self.calls.set(self.calls.get() + 1);
        let calls = self.calls.get();
        match self.fault.get() {
            Some(fault @ (Fault::Before(nth) | Fault::After(nth))) if calls == nth => Err(fault),
            Some(fault @ Fault::Ever(nth)) if calls >= nth => Err(fault),
            _ => Ok(()),
        }
    }

    /// Does what a call does, if it isn't the one that fails.
    fn faulty<T, E>(
        &self,
        failure: impl FnOnce() -> E,
        call: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match self.call() {
            Ok(()) => call(),
            Err(Fault::Before(_) | Fault::Ever(_)) => Err(failure()),
            Err(Fault::After(_)) => {
                drop(call());
                Err(failure())
            }
        }
    }
}

fn lost() -> Thrown {
    "Network connection lost.".to_owned()
}

impl Platform for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now.get())
    }

    /// Never the same twice, and nothing that anybody could guess wrong: a test that runs again finds
    /// the same.
    fn random(&self, into: &mut [u8]) -> Result<(), Thrown> {
        for byte in into {
            let state = self.0.entropy.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.0.entropy.set(state);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = mixed.to_be_bytes()[0];
        }
        Ok(())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.0.variables.borrow().get(name).cloned()
    }

    fn batch<'a>(&'a self, statements: Vec<&'a Statement>) -> Boxed<'a, Result<Ran, DbError>> {
        Box::pin(async move {
            let broken = || DbError::from_sqlite(format!("D1_ERROR: {}", lost()));
            self.0.faulty(broken, || self.0.database.batch(&statements))
        })
    }

    fn ask_object<'a>(
        &'a self,
        object: Object<'a>,
        question: Question,
    ) -> Boxed<'a, Result<String, Thrown>> {
        Box::pin(async move {
            self.0.faulty(lost, || self.0.objects.ask(object, &question, Platform::now(self)))
        })
    }

    fn admits<'a>(&'a self, _: &'a Member) -> Boxed<'a, Result<bool, Thrown>> {
        Box::pin(async { self.0.faulty(lost, || Ok(true)) })
    }

    fn verifies_rs256<'a>(
        &'a self,
        _: &'a [u8],
        _: &'a [u8],
        _: &'a [u8],
    ) -> Boxed<'a, Result<bool, Thrown>> {
        Box::pin(async { Err("no signatures here".to_owned()) })
    }

    fn fetch(&self, request: UpstreamRequest) -> Boxed<'_, Result<UpstreamResponse, NotFetched>> {
        Box::pin(async move {
            self.0.faulty(
                || NotFetched::Thrown(lost()),
                || {
                    self.0.asked_upstream.borrow_mut().push(request);
                    let says = self.0.upstream.borrow_mut().pop_front();
                    let Says { status, content_type, pieces } =
                        says.ok_or_else(|| NotFetched::Thrown("nobody is there".to_owned()))?;
                    let body: Box<dyn Pieces> = Box::new(Chunks::new(pieces));
                    let content_type = Some(content_type.to_owned());
                    Ok(UpstreamResponse {
                        status,
                        content_type,
                        retry_after: None,
                        body: Some(body),
                    })
                },
            )
        })
    }

    fn connects<'a>(&'a self, _: &'a Origin) -> Boxed<'a, bool> {
        Box::pin(async { false })
    }

    fn open_page(&self, _: StreamOwner<'_>) -> Result<(Box<dyn Page>, FarEnd), Thrown> {
        self.0.faulty(lost, || {
            let stream = Stream::default();
            Ok((Box::new(stream.clone()) as Box<dyn Page>, FarEnd(Box::new(stream))))
        })
    }

    fn open_download(
        &self,
        _: &str,
        last_line: &str,
    ) -> Result<(Box<dyn Download>, FarEnd), Thrown> {
        self.0.faulty(lost, || {
            let stream = Stream::with_last_line(last_line);
            Ok((Box::new(stream.clone()) as Box<dyn Download>, FarEnd(Box::new(stream))))
        })
    }

    fn sleep(&self, time: Duration) -> Boxed<'static, ()> {
        let until = self.0.now.get() + i64::try_from(time.as_millis()).unwrap();
        Box::pin(Sleep { inner: Rc::clone(&self.0), until })
    }

    fn after(&self, future: Boxed<'static, ()>) {
        self.0.after.borrow_mut().push(future);
    }

    fn log(&self, line: &str, _: bool) {
        self.0.lines.borrow_mut().push(line.to_owned());
    }
}

/// Waits for the clock.
struct Sleep {
    inner: Rc<Inner>,
    until: i64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<()> {
        if self.inner.now.get() >= self.until {
            return Poll::Ready(());
        }
        let next = self.inner.wakes_at.get().map_or(self.until, |at| at.min(self.until));
        self.inner.wakes_at.set(Some(next));
        Poll::Pending
    }
}
