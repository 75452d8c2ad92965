//! The one place that runs statements. A trip to the database is what a request costs: each is one
//! `batch`, is counted, and takes as many statements as the request has.

use std::{cell::Cell, rc::Rc};

use serde::Serialize;

use crate::{
    platform::{Boxed, Platform},
    store::{
        batch::{Batch, RowSet, count},
        db_error::DbError,
        statement::Statement,
    },
};

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
    platform: Rc<dyn Platform>,
    tally: Rc<Cell<Tally>>,
}

impl Db {
    pub(super) fn new(platform: Rc<dyn Platform>) -> Self {
        Self { platform, tally: Rc::default() }
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
        results.iter().map(|rows| count(rows)).collect()
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
            let ran = self.platform.batch(statements).await?;
            tally.read += ran.read;
            tally.written += ran.written;
            self.tally.set(tally);
            Ok(ran.sets)
        })
    }
}
