//! The daily run that ends what was deleted.
//!
//! It is here to sequence the rounds: each is one short transaction, so that a large purge
//! never holds the database.

use worker::Env;

use crate::{
    edge::{
        db::{Db, DbFault},
        exchange::now,
        log,
    },
    store::purge,
};

/// Rounds of one run at the most; what is left over waits for the next day.
const MAX_ROUNDS: usize = 200;

/// Removes what was deleted more than [`purge::KEPT_DAYS`] ago.
pub(super) async fn purge(env: &Env) {
    match run(env).await {
        Ok(rows) => log::purged(rows),
        Err(fault) => log::background(&format!("purge: D1: {fault}")),
    }
}

async fn run(env: &Env) -> Result<usize, DbFault> {
    let db = Db::open(env)?;
    let round = purge::round(now().minus_days(purge::KEPT_DAYS));
    let mut total = 0;
    for _ in 0..MAX_ROUNDS {
        let removed: usize = db.execute(&round).await?.into_iter().sum();
        total += removed;
        if removed == 0 {
            break;
        }
    }
    Ok(total)
}
