//! The storage of a Durable Object: where its statements are run and its alarm is set.

use worker::{
    State,
    js_sys::{Array, Date, JSON, Object},
    wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    cloudflare::db::js_value,
    domain::time::Timestamp,
    store::{
        batch::{Batch, RowSet},
        db_error::DbError,
        statement::Statement,
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

pub(super) fn execute(state: &State, statement: &Statement) -> Result<Array, DbError> {
    let params: Array = statement.params.iter().map(js_value).collect();
    let storage = state.storage();
    Ok(storage.as_raw().sql().exec(&statement.sql, params)?.to_array())
}

/// Runs statements that give no rows.
pub(super) fn execute_all(state: &State, statements: &[Statement]) -> Result<(), DbError> {
    statements.iter().try_for_each(|statement| execute(state, statement).map(drop))
}

/// Runs them all or, when one fails, none.
pub(super) fn transact(state: &State, statements: &[Statement]) -> Result<(), DbError> {
    let mut run =
        || execute_all(state, statements).map_err(|error| JsValue::from_str(&error.to_string()));
    let storage = state.storage();
    let storage: &Transactional = storage.as_raw().unchecked_ref();
    Ok(storage.transaction_sync(&mut run)?)
}

/// Runs the batch, one statement after the other, and gives its rows.
pub(super) fn fetch<B: Batch>(state: &State, batch: &B) -> Result<B::Rows, DbError> {
    let sets = batch.statements().into_iter().map(|statement| row_set(state, statement));
    batch.rows(&mut sets.collect::<Result<Vec<_>, _>>()?.into_iter())
}

fn row_set(state: &State, statement: &Statement) -> Result<RowSet, DbError> {
    let rows = JSON::stringify(execute(state, statement)?.as_ref())?;
    Ok(rows.as_string().unwrap_or_default())
}

/// Sets the alarm; the future tells when it is stored.
#[expect(clippy::cast_precision_loss, reason = "a moment is far within ±2⁵³")]
pub(super) fn wake_at(state: &State, moment: Timestamp) -> Result<JsFuture, DbError> {
    let moment = Date::new(&JsValue::from_f64(moment.millis() as f64));
    let storage = state.storage();
    Ok(JsFuture::from(storage.as_raw().set_alarm(moment, Object::new())?))
}
