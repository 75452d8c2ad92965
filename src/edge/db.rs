//! D1: the one place that runs statements. A trip to the database is what a request costs: each is
//! one `batch`, is counted, and takes as many statements as the request has.

use std::{cell::Cell, future::Future, pin::Pin, rc::Rc};

use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{
    Env,
    js_sys::Array,
    wasm_bindgen_futures::JsFuture,
    worker_sys::types::{D1Database, D1PreparedStatement},
};

use crate::{
    domain::json::Json,
    edge::thrown,
    store::{
        batch::{Batch, RowSet},
        db_error::DbError,
        statement::{Param, Statement},
    },
};

#[wasm_bindgen(module = "/src/edge/results.js")]
extern "C" {
    /// One crossing for all results, instead of one for each row and field.
    #[wasm_bindgen(catch)]
    fn text(results: &JsValue) -> Result<String, JsValue>;
}

/// What the database was asked, for logs and budgets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    pub(super) trips: u32,
    /// Rows that the statements stepped over.
    pub(super) read: u64,
    /// Rows written, index entries included.
    pub(super) written: u64,
}

/// The database, and what it was asked so far.
#[derive(Clone)]
pub(super) struct Db {
    d1: Rc<D1Database>,
    tally: Rc<Cell<Tally>>,
}

/// A future on the heap: its code stands once, not in every handler that awaits it.
pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

fn unexpected() -> DbError {
    DbError::Broken("an answer that isn't a list of results".to_owned())
}

impl Db {
    pub(super) fn open(env: &Env) -> Result<Self, DbError> {
        let d1 = env.d1("DB").map_err(|e| DbError::Broken(e.to_string()))?;
        let d1: D1Database = JsValue::from(d1).unchecked_into();
        Ok(Self { d1: Rc::new(d1), tally: Rc::default() })
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally.get()
    }

    /// Runs the batch in one transaction and gives its rows.
    pub(super) async fn fetch<B: Batch>(&self, batch: B) -> Result<B::Rows, DbError> {
        batch.rows(&mut self.run(batch.statements()).await?.into_iter())
    }

    /// Runs the statements in one transaction and gives how many rows each returned.
    pub(super) async fn execute(&self, statements: &[Statement]) -> Result<Vec<usize>, DbError> {
        let results = self.run(statements.iter().collect()).await?;
        Ok(results.iter().map(Vec::len).collect())
    }

    /// Runs the statements in one transaction.
    pub(super) fn run<'a>(
        &'a self,
        statements: Vec<&'a Statement>,
    ) -> Boxed<'a, Result<Vec<RowSet>, DbError>> {
        Box::pin(async move {
            let mut tally = self.tally.get();
            tally.trips += 1;
            self.tally.set(tally);
            let batch: Array =
                statements.into_iter().map(|s| self.prepare(s)).collect::<Result<_, _>>()?;
            let results = JsFuture::from(self.d1.batch(batch)?).await?;
            let Json::Array(sets) =
                Json::parse(text(&results)?.as_bytes()).map_err(DbError::Broken)?
            else {
                return Err(unexpected());
            };
            let results = sets.into_iter().map(|set| tally.count(set)).collect::<Option<_>>();
            self.tally.set(tally);
            results.ok_or_else(unexpected)
        })
    }

    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, DbError> {
        let params: Array = statement.params.iter().map(js_value).collect();
        Ok(self.d1.prepare(&statement.sql)?.bind(params)?)
    }
}

#[expect(clippy::cast_precision_loss, reason = "Param::Int is within ±2⁵³, where f64 is exact")]
pub(super) fn js_value(param: &Param) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        Param::Int(number) => JsValue::from_f64(*number as f64),
        Param::Text(text) => JsValue::from_str(text),
    }
}

impl Tally {
    /// Counts what a statement cost, and gives its rows; `None` for what isn't a result.
    fn count(&mut self, result: Json) -> Option<RowSet> {
        let Json::Array(parts) = result else { return None };
        let Ok([Json::Number(read), Json::Number(written), Json::Array(rows)]) =
            <[Json; 3]>::try_from(parts)
        else {
            return None;
        };
        self.read += read.as_u64()?;
        self.written += written.as_u64()?;
        Some(rows)
    }
}

impl From<JsValue> for DbError {
    fn from(thrown: JsValue) -> Self {
        Self::from_sqlite(thrown::message(&thrown))
    }
}
