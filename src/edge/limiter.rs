//! The limiter's Durable Object: one for each visitor of a token.
//!
//! It is here because exactness needs one place that decides: it loads the history, asks the
//! pure rule, stores what changed before the answer leaves, and forgets when nothing counts any
//! more. Between asking and storing nothing is awaited, so no other request comes in between.

use std::cell::RefCell;

use js_sys::{Array, JSON};
use wasm_bindgen::{JsCast, JsValue};
use worker::{
    DurableObject, Env, Request, Response, Result, State, durable_object, worker_sys::SqlStorage,
};

use crate::{
    api::limiter::{read_ask, read_verdict, write_ask, write_verdict},
    domain::{
        json::Json,
        limiter::{self, Ask, Verdict},
        time::Timestamp,
    },
    edge::{
        db::js_value,
        exchange::now,
        failure::{Failure, thrown_message},
        log,
    },
    store::{
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

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Some(ask) = read_ask(&request.text().await?) else {
            return Response::error("not a question", 400);
        };
        match self.admit(&ask) {
            Ok((verdict, forget_at)) => {
                if let Some(moment) = forget_at {
                    self.wake_at(moment).await?;
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

    async fn alarm(&self) -> Result<Response> {
        let rest = self.load().ok().and_then(|history| history.forget_at());
        if let Some(moment) = rest.filter(|moment| *moment > now()) {
            self.wake_at(moment).await?;
        } else {
            self.history.replace(None);
            self.state.storage().delete_all().await?;
        }
        Response::ok("")
    }
}

impl Limiter {
    /// Decides, and stores what an admission changes. The moment is when to wake up, if no
    /// alarm was set yet.
    fn admit(&self, ask: &Ask) -> std::result::Result<(Verdict, Option<Timestamp>), String> {
        let mut history = self.load()?;
        let is_new = history.forget_at().is_none();
        let (verdict, change) = limiter::admit(&mut history, ask, now());
        if let Some(change) = change {
            for statement in store::record(&change) {
                self.execute(&statement)?;
            }
        }
        let forget_at = history.forget_at().filter(|_| is_new);
        self.history.replace(Some(history));
        Ok((verdict, forget_at))
    }

    fn load(&self) -> std::result::Result<limiter::State, String> {
        if let Some(history) = self.history.take() {
            return Ok(history);
        }
        for sql in store::SCHEMA {
            self.execute(&Statement { sql: sql.to_owned(), params: Vec::new() })?;
        }
        Ok(limiter::State::from_rows(self.rows(&store::buckets())?, self.rows(&store::sessions())?))
    }

    async fn wake_at(&self, moment: Timestamp) -> Result<()> {
        let delay = moment.millis().saturating_sub(now().millis()).max(1000);
        self.state.storage().set_alarm(delay).await
    }

    fn execute(&self, statement: &Statement) -> std::result::Result<Array, String> {
        let sql = self.state.storage().sql();
        let sql: &SqlStorage = AsRef::<JsValue>::as_ref(&sql).unchecked_ref();
        let params: Array = statement.params.iter().map(js_value).collect();
        let cursor = sql.exec(&statement.sql, params).map_err(|e| thrown_message(&e))?;
        Ok(cursor.to_array())
    }

    fn rows<R: TryFrom<Row, Error = CorruptRow>>(
        &self,
        query: &Query<R>,
    ) -> std::result::Result<Vec<R>, String> {
        let rows = JSON::stringify(self.execute(&query.statement)?.as_ref())
            .map_err(|e| thrown_message(&e))?
            .as_string()
            .unwrap_or_default();
        let Ok(Json::Array(rows)) = Json::parse(rows.as_bytes()) else {
            return Err("rows that aren't a list".to_owned());
        };
        rows.into_iter()
            .filter_map(|row| if let Json::Object(columns) = row { Some(columns) } else { None })
            .map(|columns| R::try_from(Row::from_columns(columns)).map_err(|e| e.to_string()))
            .collect()
    }
}

/// Asks the limiter named `name`.
pub(super) async fn ask(env: &Env, name: &str, ask: &Ask) -> std::result::Result<Verdict, Failure> {
    let broken = |fault: String| Failure::Broken(format!("limiter: {fault}"));
    let limiter = env.durable_object("LIMITER").and_then(|n| n.get_by_name(name));
    let limiter = limiter.map_err(|e| broken(e.to_string()))?;
    let init = worker::web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&write_ask(ask)));
    let request = worker::web_sys::Request::new_with_str_and_init("https://limiter/", &init)?;
    let mut response =
        limiter.fetch_with_request(request.into()).await.map_err(|e| broken(e.to_string()))?;
    let text = response.text().await.map_err(|e| broken(e.to_string()))?;
    read_verdict(&text)
        .filter(|_| response.status_code() == 200)
        .ok_or_else(|| broken(format!("status {}", response.status_code())))
}
