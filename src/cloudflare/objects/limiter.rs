//! The limiter's Durable Object: one for each visitor of a token.
//!
//! It loads the history, asks the pure rule, stores what changed before the answer leaves, and
//! forgets when nothing counts any more. Between asking and storing nothing is awaited, so no other
//! request comes in between, and the counts are exact.

use std::cell::RefCell;

use worker::{
    DurableObject, Env, Request, Response, State, durable_object, wasm_bindgen_futures::JsFuture,
};

use crate::{
    cloudflare::{
        background,
        clock::now,
        objects::storage::{execute, fetch, wake_at},
    },
    domain::limiter::{self, Alarm, Ask, Verdict},
    store::{db_error::DbError, limiter as store, statement::Statement},
};

/// The history of one visitor.
#[durable_object(alarm)]
pub struct Limiter {
    state: State,
    /// What the tables hold, once they were read; dropped when a write fails.
    history: RefCell<Option<limiter::State>>,
}

impl DurableObject for Limiter {
    fn new(state: State, _env: Env) -> Self {
        Self { state, history: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let question = request.text().await?;
        let Ok(ask) = serde_json::from_str(&question) else {
            return Response::error("not a question", 400);
        };
        if request.path() == "/peek" {
            return self.peek(&ask);
        }
        match self.admit(&ask) {
            Ok((verdict, alarm)) => {
                if let Some(alarm) = alarm {
                    alarm.await.inspect_err(|_| drop(self.history.take()))?;
                }
                Response::from_json(&verdict)
            }
            Err(fault) => {
                self.history.replace(None);
                background(&format!("limiter: {fault}"));
                Response::error("the history can't be read or written", 500)
            }
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        // As the tables have it: they are what would be deleted.
        let history = self.read();
        if let Err(fault) = &history {
            background(&format!("limiter: alarm: {fault}"));
        }
        match limiter::ring(history.as_ref().ok(), now()) {
            Alarm::WakeAt(moment) => {
                wake_at(&self.state, moment).map_err(String::from)?.await?;
            }
            Alarm::Forget => {
                self.history.replace(None);
                self.state.storage().delete_all().await?;
            }
        }
        Response::empty()
    }
}

impl Limiter {
    /// Decides, and stores what an admission changes. The alarm that it may need is set first and,
    /// since nothing is awaited in between, stored together with the rows: none is left without one.
    fn admit(&self, ask: &Ask) -> Result<(Verdict, Option<JsFuture>), DbError> {
        let known = self.history.take();
        let mut history = known.map_or_else(|| self.read(), Ok)?;
        let now = now();
        let wants_alarm = limiter::wants_alarm(&history, now);
        let (verdict, change) = limiter::admit(&mut history, ask, now);
        let forget_at = history.forget_at().filter(|_| change.is_some() && wants_alarm);
        let alarm = forget_at.map(|moment| wake_at(&self.state, moment)).transpose()?;
        for statement in change.iter().flat_map(store::record) {
            execute(&self.state, &statement)?;
        }
        self.history.replace(Some(history));
        Ok((verdict, alarm))
    }

    /// Decides as a request would be decided now. Nothing is stored or kept: the next request that
    /// counts still finds out by itself whether an alarm is set.
    fn peek(&self, ask: &Ask) -> worker::Result<Response> {
        let known = self.history.borrow().clone();
        let history = known.map_or_else(|| self.stored(), Ok);
        match history.map(|history| limiter::peek(&history, ask, now())) {
            Ok(verdict) => Response::from_json(&verdict),
            Err(fault) => {
                background(&format!("limiter: peek: {fault}"));
                Response::error("the history can't be read", 500)
            }
        }
    }

    /// The history as the tables have it; that of a visitor who is new has none.
    fn stored(&self) -> Result<limiter::State, DbError> {
        match fetch(&self.state, &store::history()) {
            Err(DbError::NoTable(_)) => Ok(limiter::State::default()),
            rows => rows.map(store::state),
        }
    }

    /// The history as the tables have it, which are made for a visitor who is new.
    fn read(&self) -> Result<limiter::State, DbError> {
        match fetch(&self.state, &store::history()) {
            Err(DbError::NoTable(_)) => {
                for sql in store::SCHEMA {
                    execute(&self.state, &Statement::write(sql, Vec::new()))?;
                }
                Ok(limiter::State::default())
            }
            rows => rows.map(store::state),
        }
    }
}
