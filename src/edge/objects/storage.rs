//! The storage of a Durable Object: where its statements are run and its alarm is set.

use worker::{
    State,
    js_sys::{Array, Date, JSON, Object},
    wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    domain::{json::Json, time::Timestamp},
    edge::{db::js_value, thrown},
    store::{
        row::{CorruptRow, Row},
        statement::{Query, Statement},
    },
};

#[wasm_bindgen]
extern "C" {
    /// The same storage, for the call that the runtime's crate lacks.
    type Transactional;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactional,
        run: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<(), JsValue>;
}

pub(super) fn execute(state: &State, statement: &Statement) -> Result<Array, String> {
    let run = || -> Result<Array, JsValue> {
        let params: Array = statement.params.iter().map(js_value).collect();
        let storage = state.storage();
        Ok(storage.as_raw().sql().exec(&statement.sql, params)?.to_array())
    };
    run().map_err(|thrown| thrown::message(&thrown))
}

/// Runs statements that give no rows.
pub(super) fn execute_all(state: &State, statements: &[Statement]) -> Result<(), String> {
    statements.iter().try_for_each(|statement| execute(state, statement).map(drop))
}

/// Runs them all or, when one fails, none.
pub(super) fn transact(state: &State, statements: &[Statement]) -> Result<(), String> {
    let mut run = || execute_all(state, statements).map_err(|fault| JsValue::from_str(&fault));
    let storage = state.storage();
    let storage: &Transactional = storage.as_raw().unchecked_ref();
    storage.transaction_sync(&mut run).map_err(|thrown| thrown::message(&thrown))
}

pub(super) fn rows<R: TryFrom<Row, Error = CorruptRow>>(
    state: &State,
    query: &Query<R>,
) -> Result<Vec<R>, String> {
    let rows = JSON::stringify(execute(state, &query.statement)?.as_ref())
        .map_err(|e| thrown::message(&e))?
        .as_string()
        .unwrap_or_default();
    let Json::Array(rows) = Json::parse(rows.as_bytes())? else {
        return Err("rows that aren't a list".to_owned());
    };
    rows.into_iter().map(|row| query.read(row).map_err(|e| e.to_string())).collect()
}

/// Sets the alarm; the future tells when it is stored.
#[expect(clippy::cast_precision_loss, reason = "a moment is far within ±2⁵³")]
pub(super) fn wake_at(state: &State, moment: Timestamp) -> Result<JsFuture, String> {
    let moment = Date::new(&JsValue::from_f64(moment.millis() as f64));
    let storage = state.storage();
    let set = storage.as_raw().set_alarm(moment, Object::new());
    set.map(JsFuture::from).map_err(|thrown| thrown::message(&thrown))
}
