//! The daily run that ends what was deleted.
//!
//! It is here to sequence the rounds: each is one short transaction, so that a large purge
//! never holds the database.

use worker::{Env, console_log};

use crate::{
    edge::{db::Db, exchange::now, failure::Failure, log},
    store::purge,
};

/// Rounds of one run at the most; what is left over waits for the next day.
const MAX_ROUNDS: usize = 200;

/// Removes what was deleted more than [`purge::KEPT_DAYS`] ago.
pub(super) async fn purge(env: &Env) {
    match run(env).await {
        Ok(rows) => console_log!("{{\"level\":\"info\",\"purgedRows\":{rows}}}"),
        Err(Failure::Broken(cause)) => log::background(&format!("purge: {cause}")),
        Err(Failure::Explained(_, cause)) => log::background(&cause),
        Err(Failure::Refused(_)) => {}
    }
}

async fn run(env: &Env) -> Result<usize, Failure> {
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
