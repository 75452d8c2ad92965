//! The run that ends what was deleted and the oldest of the audit log, every ten minutes: rounds that
//! are short transactions, so that a large purge never holds the database. What is left over waits for
//! the next run.

use std::rc::Rc;

use crate::{
    domain::id::ClientTokenId,
    handlers::{db::Db, ledger, log},
    platform::Platform,
    store::{
        audit_log,
        batch::count,
        db_error::DbError,
        idempotency,
        purge::{self, Left},
    },
};

/// Removes what was deleted more than [`purge::KEPT_DAYS`] ago, and what the audit log keeps no
/// longer.
pub async fn purge(platform: &Rc<dyn Platform>) {
    let mut removed = 0;
    match run(platform, &mut removed).await {
        Ok(_) if removed == 0 => {}
        Ok(left) => log::purged(&**platform, removed, left.as_ref()),
        Err(fault) => {
            log::background(&**platform, &format!("purge: D1 after {removed} rows: {fault}"));
        }
    }
}

/// Removes the idempotency keys that count no more.
pub async fn forget(platform: &Rc<dyn Platform>) {
    let removing = async {
        let (db, round) = (Db::new(Rc::clone(platform)), [idempotency::purge(platform.now())]);
        for _ in 0..idempotency::ROUNDS {
            let removed: usize = db.execute(&round).await?.into_iter().sum();
            if removed < idempotency::ROUND as usize {
                break;
            }
        }
        Ok::<_, DbError>(())
    };
    if let Err(fault) = removing.await {
        log::background(&**platform, &format!("idempotency keys: D1: {fault}"));
    }
}

/// Counts what it removes, and gives what is left, if anything is.
async fn run(platform: &Rc<dyn Platform>, removed: &mut usize) -> Result<Option<Left>, DbError> {
    let db = Db::new(Rc::clone(platform));
    let now = platform.now();
    let cutoff = now.minus_days(purge::KEPT_DAYS);
    let mut round = purge::round(cutoff);
    round.push(audit_log::purge(now));
    let mut tokens = 0;
    for _ in 0..purge::ROUNDS {
        let results = db.run(round.iter().collect()).await?;
        let rows = results.iter().map(|rows| count(rows)).sum::<Result<usize, _>>()?;
        if rows == 0 {
            return Ok(None);
        }
        *removed += rows;
        tokens += forget_ledgers(platform, purge::removed_tokens(&results)).await;
        if tokens >= purge::TOKENS_OF_A_RUN {
            break;
        }
    }
    let left = db.fetch(purge::left(cutoff)).await?;
    Ok(left.filter(|left| !left.is_empty()))
}

/// Deletes the ledgers of tokens that are gone, and gives how many those are. One that can't be
/// reached now is never asked for again, and empties itself as its rows grow old.
async fn forget_ledgers(platform: &Rc<dyn Platform>, tokens: Vec<ClientTokenId>) -> usize {
    let count = tokens.len();
    for token in tokens {
        if let Err(fault) = ledger::forget(&**platform, token).await {
            log::background(&**platform, &format!("the ledger of {token} not deleted: {fault}"));
        }
    }
    count
}
