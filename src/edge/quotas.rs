//! How much a tenant may have here, read once an isolate.

use std::cell::Cell;

use crate::{
    domain::quotas::{Quota, Quotas, Stock},
    edge::{exchange::Exchange, log},
};

thread_local! {
    // An isolate is one deployment with one set of variables: new ones mean new isolates.
    static QUOTAS: Cell<Option<Quotas>> = const { Cell::new(None) };
}

/// The most of one kind. A variable that can't be read is told in the log.
pub(super) fn quota(exchange: &Exchange, of: Stock) -> Quota {
    let quotas = QUOTAS.get().unwrap_or_else(|| read(exchange));
    QUOTAS.set(Some(quotas));
    quotas.of(of)
}

fn read(exchange: &Exchange) -> Quotas {
    let text = exchange.var("TENANT_QUOTAS").filter(|text| !text.is_empty());
    text.map_or_else(Quotas::default, |text| {
        Quotas::parse(&text).unwrap_or_else(|fault| {
            log::background(&fault.to_string());
            Quotas::default()
        })
    })
}
