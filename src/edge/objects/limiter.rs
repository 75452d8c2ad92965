//! The limiter's Durable Object: one for each visitor of a token.
//!
//! It loads the history, asks the pure rule, stores what changed before the answer leaves, and
//! forgets when nothing counts any more. Between asking and storing nothing is awaited, so no other
//! request comes in between, and the counts are exact.

use std::cell::RefCell;

use worker::{
    DurableObject, Env, Request, Response, State, durable_object,
    js_sys::{Array, Date, JSON, Object},
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    api::limiter::{read_ask, write_verdict},
    domain::{
        json::Json,
        limiter::{self, Alarm, Ask, Verdict},
        time::Timestamp,
    },
    edge::{clock::now, db::js_value, log, thrown},
    store::{
        fault::lacks_a_table,
        limiter as store,
        row::{CorruptRow, Row},
        statement::{Query, Statement},
    },
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
        let Some(ask) = read_ask(&question) else {
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
                Response::ok(write_verdict(&verdict))
            }
            Err(fault) => {
                self.history.replace(None);
                log::background(&format!("limiter: {fault}"));
                Response::error("the history can't be read or written", 500)
            }
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        // As the tables have it: they are what would be deleted.
        let history = self.read();
        if let Err(fault) = &history {
            log::background(&format!("limiter: alarm: {fault}"));
        }
        match limiter::ring(history.as_ref().ok(), now()) {
            Alarm::WakeAt(moment) => {
                self.wake_at(moment)?.await?;
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
    fn admit(&self, ask: &Ask) -> Result<(Verdict, Option<JsFuture>), String> {
        let known = self.history.take();
        let mut history = known.map_or_else(|| self.read(), Ok)?;
        let now = now();
        let wants_alarm = limiter::wants_alarm(&history, now);
        let (verdict, change) = limiter::admit(&mut history, ask, now);
        let forget_at = history.forget_at().filter(|_| change.is_some() && wants_alarm);
        let alarm = forget_at.map(|moment| self.wake_at(moment)).transpose()?;
        for statement in change.iter().flat_map(store::record) {
            self.execute(&statement)?;
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
            Ok(verdict) => Response::ok(write_verdict(&verdict)),
            Err(fault) => {
                log::background(&format!("limiter: peek: {fault}"));
                Response::error("the history can't be read", 500)
            }
        }
    }

    /// The history as the tables have it; that of a visitor who is new has none.
    fn stored(&self) -> Result<limiter::State, String> {
        match self.rows(&store::history()) {
            Err(fault) if lacks_a_table(&fault) => Ok(limiter::State::default()),
            rows => rows.map(store::state),
        }
    }

    /// The history as the tables have it, which are made for a visitor who is new.
    fn read(&self) -> Result<limiter::State, String> {
        match self.rows(&store::history()) {
            Err(fault) if lacks_a_table(&fault) => {
                for sql in store::SCHEMA {
                    self.execute(&Statement { sql: sql.to_owned(), params: Vec::new() })?;
                }
                Ok(limiter::State::default())
            }
            rows => rows.map(store::state),
        }
    }

    /// Sets the alarm; the future tells when it is stored.
    #[expect(clippy::cast_precision_loss, reason = "a moment is far within ±2⁵³")]
    fn wake_at(&self, moment: Timestamp) -> Result<JsFuture, String> {
        let moment = Date::new(&JsValue::from_f64(moment.millis() as f64));
        let storage = self.state.storage();
        let set = storage.as_raw().set_alarm(moment, Object::new());
        set.map(JsFuture::from).map_err(|thrown| thrown::message(&thrown))
    }

    fn execute(&self, statement: &Statement) -> Result<Array, String> {
        let run = || -> Result<Array, JsValue> {
            let params: Array = statement.params.iter().map(js_value).collect();
            let storage = self.state.storage();
            Ok(storage.as_raw().sql().exec(&statement.sql, params)?.to_array())
        };
        run().map_err(|thrown| thrown::message(&thrown))
    }

    fn rows<R: TryFrom<Row, Error = CorruptRow>>(
        &self,
        query: &Query<R>,
    ) -> Result<Vec<R>, String> {
        let rows = JSON::stringify(self.execute(&query.statement)?.as_ref())
            .map_err(|e| thrown::message(&e))?
            .as_string()
            .unwrap_or_default();
        let Json::Array(rows) = Json::parse(rows.as_bytes())? else {
            return Err("rows that aren't a list".to_owned());
        };
        rows.into_iter().map(|row| query.read(row).map_err(|e| e.to_string())).collect()
    }
}
