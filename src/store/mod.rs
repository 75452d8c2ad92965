//! SQL as values, one file per table. Every statement is a pure function of its arguments: the same
//! value runs on real SQLite in the tests and on D1 in the Worker, and a transaction is a list of
//! values.

pub mod api_keys;
pub mod audit_log;
pub mod batch;
pub mod bootstrap;
pub mod caller;
pub mod client_tokens;
pub mod columns;
pub mod conversations;
pub mod db_error;
pub mod erasure;
pub mod executions;
pub mod export;
pub mod feedback;
pub mod idempotency;
pub mod ledger;
pub mod limiter;
pub mod messages;
pub mod opening;
pub mod paging;
pub mod purge;
pub mod row;
pub mod sessions;
pub mod statement;
pub mod targets;
pub mod tenants;
pub mod verification;
