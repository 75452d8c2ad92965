//! The ledger's Durable Object: one for each client token.
//!
//! It adds batches, each in one transaction with its number, so that one that comes again counts
//! once; tells what it has; and forgets what is over. Between reading and storing nothing is
//! awaited, so no other batch comes in between.

use std::cell::{Cell, OnceCell};

use serde::{Serialize, de::DeserializeOwned};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::{
    cloudflare::{
        background,
        clock::now,
        db,
        objects::storage::{execute_all, fetch, transact, wake_at},
        thrown,
    },
    domain::{
        id::ClientTokenId,
        ledger::{
            Alarm, Bounds, Delivery, FULL, Held, Sighting, first_look, merge, most_stored, ring,
        },
        time::Timestamp,
    },
    store::{
        batch::Batch, conversations, db_error::DbError, ledger as store, statement::Statement,
    },
};

/// What a token is used for.
#[durable_object(alarm)]
pub struct Ledger {
    state: State,
    env: Env,
    /// Whether the tables are there and an alarm is set, as far as this instance knows.
    is_set_up: Cell<bool>,
    /// The most bytes that the token's conversations may hold.
    most_stored: OnceCell<Option<u64>>,
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, is_set_up: Cell::new(false), most_stored: OnceCell::new() }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        let text = request.text().await?;
        let answer = match path.as_str() {
            "/add" => self.add(&text).await,
            "/usage" => self.usage(&text),
            "/origins" => self.origins(),
            "/forget" => self.forget().await,
            _ => Err("no such question".to_owned()),
        };
        answer.map_or_else(
            |fault| {
                background(&format!("ledger: {path}: {fault}"));
                Response::error("the ledger can't be read or written", 500)
            },
            Response::ok,
        )
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.look().await.inspect_err(|fault| {
            background(&format!("ledger: alarm: {fault}"));
        })?;
        Response::empty()
    }
}

impl Ledger {
    async fn add(&self, text: &str) -> Result<String, String> {
        let (sender, delivery): (String, Delivery) = read(text)?;
        self.set_up(&delivery).await?;
        let last = fetch(&self.state, &store::last_number(&sender))?;
        if last.is_none_or(|last| last.last_number < delivery.number) {
            let stored = fetch(&self.state, &store::origins())?;
            let stored: Vec<_> = stored.into_iter().map(Sighting::from).collect();
            let change = merge(&stored, &delivery.batch.origins, delivery.sent_at);
            transact(&self.state, &store::add(&sender, &delivery, &change))?;
        }
        let is_full = self.is_full(delivery.token, delivery.sent_at).await?;
        Ok(if is_full { FULL.to_owned() } else { String::new() })
    }

    /// Whether the token's conversations hold as much as they may.
    async fn is_full(&self, token: ClientTokenId, now: Timestamp) -> Result<bool, String> {
        let Some(most) = *self.most_stored.get_or_init(|| self.read_most_stored()) else {
            return Ok(false);
        };
        let held = self.held()?;
        if held.wants_look(most, now) {
            execute_all(&self.state, &[store::look(now)])?;
            match self.look_into_database(token).await {
                Ok(bytes) => execute_all(&self.state, &[store::found(bytes, held.bytes)])?,
                Err(fault) => background(&format!("ledger: what {token} holds: {fault}")),
            }
        }
        Ok(self.held()?.is_full(most))
    }

    fn held(&self) -> Result<Held, DbError> {
        Ok(fetch(&self.state, &store::held())?.unwrap_or_default())
    }

    async fn look_into_database(&self, token: ClientTokenId) -> Result<u64, DbError> {
        let held = conversations::held(token);
        let ran = db::batch(&self.env, held.statements()).await?;
        let found = held.rows(&mut ran.sets.into_iter())?;
        Ok(found.map_or(0, |found| found.bytes))
    }

    fn read_most_stored(&self) -> Option<u64> {
        let variable = self.env.var("STORED_BYTES_PER_TOKEN").ok().map(|value| value.to_string());
        let (most, fault) = most_stored(variable.as_deref());
        if let Some(fault) = fault {
            background(fault);
        }
        most
    }

    /// Makes the tables and sets the alarm, where they aren't there. The moment is the sender's.
    async fn set_up(&self, delivery: &Delivery) -> Result<(), String> {
        if self.is_set_up.get() {
            return Ok(());
        }
        let table = |sql: &str| Statement::write(sql, Vec::new());
        execute_all(&self.state, &store::SCHEMA.map(table))?;
        let alarm = self.state.storage().get_alarm().await.map_err(|e| e.to_string())?;
        if alarm.is_none() {
            self.wake_at(first_look(delivery.sent_at)).await?;
        }
        self.is_set_up.set(true);
        Ok(())
    }

    async fn wake_at(&self, moment: Timestamp) -> Result<(), String> {
        let set = wake_at(&self.state, moment)?.await;
        set.map(drop).map_err(|thrown| thrown::message(&thrown))
    }

    fn usage(&self, text: &str) -> Result<String, String> {
        let [from, to] = read(text)?;
        let counted = self.stored(&store::counted(from, to))?;
        let hours: Vec<_> = counted.into_iter().map(|row| (row.hour, row.counts)).collect();
        write(&hours)
    }

    fn origins(&self) -> Result<String, String> {
        let stored = self.stored(&store::origins())?;
        write(&stored.into_iter().map(Sighting::from).collect::<Vec<_>>())
    }

    /// Rows, of which a ledger that never was written has none.
    fn stored<B: Batch<Rows: Default>>(&self, batch: &B) -> Result<B::Rows, DbError> {
        match fetch(&self.state, batch) {
            Err(DbError::NoTable(_)) => Ok(B::Rows::default()),
            rows => rows,
        }
    }

    /// Deletes everything, the alarm last: one that rings over nothing does no harm.
    async fn forget(&self) -> Result<String, String> {
        self.is_set_up.set(false);
        let storage = self.state.storage();
        storage.delete_all().await.map_err(|e| e.to_string())?;
        storage.delete_alarm().await.map_err(|e| e.to_string())?;
        Ok(String::new())
    }

    /// Deletes what is over, and sets the next alarm. When it fails, the runtime lets the alarm ring
    /// again.
    async fn look(&self) -> Result<(), String> {
        let now = now();
        match transact(&self.state, &store::expire(&Bounds::at(now))) {
            Err(DbError::NoTable(_)) => {}
            done => done?,
        }
        let oldest = self.stored(&store::oldest())?.unwrap_or_default();
        match ring(&oldest, now) {
            Alarm::WakeAt(moment) => self.wake_at(moment).await,
            Alarm::Forget => self.forget().await.map(drop),
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|_| "not such a question".to_owned())
}

fn write(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|fault| fault.to_string())
}
