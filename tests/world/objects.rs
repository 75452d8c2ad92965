//! The objects: each answers one question at a time, by the rule and the statements that are deployed,
//! and keeps rows of its own.

use std::{cell::RefCell, collections::BTreeMap};

use ::client_tokens::{
    domain::{
        ledger::{Delivery, Sighting, merge},
        limiter,
        time::Timestamp,
    },
    platform::{Object, Question, Thrown},
    store::{self, db_error::DbError, statement::Statement},
};
use serde::Serialize;

use super::database::Database;

#[derive(Default)]
pub(super) struct Objects(RefCell<BTreeMap<String, Database>>);

impl Objects {
    pub(super) fn ask(
        &self,
        object: Object<'_>,
        question: &Question,
        now: Timestamp,
    ) -> Result<String, Thrown> {
        let (name, schema): (_, &[&str]) = match object {
            Object::Limiter(name) => (format!("limiter {name}"), &store::limiter::SCHEMA),
            Object::Ledger(token) => (format!("ledger {token}"), &store::ledger::SCHEMA),
        };
        let mut all = self.0.borrow_mut();
        let rows = all.entry(name).or_insert_with(|| {
            let rows = Database::empty();
            for table in schema {
                rows.execute(table);
            }
            rows
        });
        let answer = match (object, question.path) {
            (Object::Limiter(_), path) => limit(rows, &question.body, path == "/", now),
            (Object::Ledger(_), "/add") => add(rows, &question.body),
            (Object::Ledger(_), "/usage") => {
                let [from, to] = serde_json::from_str(&question.body).unwrap();
                let counted = rows.fetch(&store::ledger::counted(from, to));
                counted.map(|all| text(&all.iter().map(|r| (r.hour, r.counts)).collect::<Vec<_>>()))
            }
            (Object::Ledger(_), "/origins") => sightings(rows).map(|all| text(&all)),
            (Object::Ledger(_), "/forget") => {
                rows.forget();
                Ok(String::new())
            }
            (Object::Ledger(_), path) => panic!("no question {path}"),
        };
        answer.map_err(|fault| fault.to_string())
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn run(rows: &Database, statements: &[Statement]) -> Result<(), DbError> {
    rows.batch(&statements.iter().collect::<Vec<_>>()).map(drop)
}

fn limit(rows: &Database, body: &str, counts: bool, now: Timestamp) -> Result<String, DbError> {
    let ask = serde_json::from_str(body).unwrap();
    let mut state = store::limiter::state(rows.fetch(&store::limiter::history())?);
    if !counts {
        return Ok(text(&limiter::peek(&state, &ask, now)));
    }
    let (verdict, change) = limiter::admit(&mut state, &ask, now);
    if let Some(change) = change {
        run(rows, &store::limiter::record(&change))?;
    }
    Ok(text(&verdict))
}

fn sightings(rows: &Database) -> Result<Vec<Sighting>, DbError> {
    Ok(rows.fetch(&store::ledger::origins())?.into_iter().map(Sighting::from).collect())
}

fn add(rows: &Database, body: &str) -> Result<String, DbError> {
    let (sender, delivery): (String, Delivery) = serde_json::from_str(body).unwrap();
    let last = rows.fetch(&store::ledger::last_number(&sender))?;
    if last.is_none_or(|last| last.last_number < delivery.number) {
        let stored = sightings(rows)?;
        let change = merge(&stored, &delivery.batch.origins, delivery.sent_at);
        run(rows, &store::ledger::add(&sender, &delivery, &change))?;
    }
    Ok(String::new())
}
