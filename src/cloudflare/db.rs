//! D1: what it is asked, and what it gave.

use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{
    Env,
    js_sys::Array,
    wasm_bindgen_futures::JsFuture,
    worker_sys::types::{D1Database, D1PreparedStatement},
};

use crate::{
    cloudflare::thrown,
    platform::Ran,
    store::{
        db_error::DbError,
        statement::{Param, Statement},
    },
};

#[wasm_bindgen(module = "/src/cloudflare/results.js")]
extern "C" {
    /// What all statements read and wrote, and then the rows of each: one crossing for each statement,
    /// instead of one for each row and field.
    #[wasm_bindgen(catch)]
    fn texts(results: &JsValue) -> Result<Vec<String>, JsValue>;
}

/// Runs the statements in one transaction.
pub(super) async fn batch(env: &Env, statements: Vec<&Statement>) -> Result<Ran, DbError> {
    let d1 = env.d1("DB").map_err(|e| DbError::Broken(e.to_string()))?;
    let d1: D1Database = JsValue::from(d1).unchecked_into();
    let prepared = statements.into_iter().map(|statement| prepare(&d1, statement));
    let batch: Array = prepared.collect::<Result<_, _>>()?;
    let results = JsFuture::from(d1.batch(batch)?).await?;
    let mut texts = texts(&results)?.into_iter();
    let costs = texts.next().and_then(|costs| serde_json::from_str(&costs).ok());
    let unexpected = || DbError::Broken("an answer that isn't a list of results".to_owned());
    let (read, written) = costs.ok_or_else(unexpected)?;
    Ok(Ran { sets: texts.collect(), read, written })
}

fn prepare(d1: &D1Database, statement: &Statement) -> Result<D1PreparedStatement, DbError> {
    let params: Array = statement.params.iter().map(js_value).collect();
    Ok(d1.prepare(&statement.sql)?.bind(params)?)
}

#[expect(clippy::cast_precision_loss, reason = "Param::Int is within ±2⁵³, where f64 is exact")]
pub(super) fn js_value(param: &Param) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        Param::Int(number) => JsValue::from_f64(*number as f64),
        Param::Text(text) => JsValue::from_str(text),
    }
}

impl From<JsValue> for DbError {
    fn from(thrown: JsValue) -> Self {
        Self::from_sqlite(thrown::message(&thrown))
    }
}
