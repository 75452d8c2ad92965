//! One request and what its handler needs: the runtime, the moment of the request, and what it cost so
//! far.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};

use crate::{
    api::body::{Allowance, Proof},
    domain::{
        api_key::Retirement,
        id::{ClientTokenId, ExecutionId, IdEntropy, MessageId},
        keyring::Keyring,
        ledger::{Counts, Noted, Seen},
        quotas::{Quota, Quotas, Stock},
        shedding::Member,
        tenant::TenantId,
        time::Timestamp,
    },
    handlers::{
        body::{self, Judge, Taken},
        db::{Db, Tally},
        failure::Failure,
        ledger,
        runtime::{Memory, Runtime},
        shedding,
    },
    platform::{Boxed, Incoming, Platform},
    store::statement::Statement,
};

pub struct Context {
    pub(super) request: Rc<dyn Incoming>,
    pub(super) runtime: Runtime,
    /// The moment of the request.
    pub(super) now: Timestamp,
    /// The request's id: a UUID of version 4, or the nil UUID when there is no randomness.
    pub(super) id: String,
    pub(super) db: Db,
    tenant: OnceCell<TenantId>,
    retirement: OnceCell<Retirement>,
    object_calls: Cell<u32>,
    /// The token that a page named, and where the page is.
    visited: RefCell<Option<(ClientTokenId, Option<Seen>)>>,
    /// Messages of a visitor that were stored, and bytes of those and of all else.
    stored: Cell<(u64, u64)>,
    body_is_read: Cell<bool>,
    /// Whether a page's crowd was judged.
    pub(super) is_judged: Cell<bool>,
}

impl Context {
    pub fn begin(
        platform: Rc<dyn Platform>,
        memory: Rc<Memory>,
        request: Rc<dyn Incoming>,
    ) -> Self {
        let runtime = Runtime { platform, memory };
        Self {
            request,
            now: runtime.now(),
            id: request_id(&runtime),
            db: Db::new(Rc::clone(&runtime.platform)),
            runtime,
            tenant: OnceCell::new(),
            retirement: OnceCell::new(),
            object_calls: Cell::new(0),
            visited: RefCell::default(),
            stored: Cell::default(),
            body_is_read: Cell::new(false),
            is_judged: Cell::new(false),
        }
    }

    pub(super) fn method(&self) -> &str {
        self.request.method()
    }

    /// The path as sent and the query string without its question mark.
    pub(super) fn path_and_query(&self) -> (String, String) {
        let url = self.request.url();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let rest = rest.split_once('#').map_or(rest, |(head, _)| head);
        let (head, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = head.find('/').and_then(|at| head.get(at..)).unwrap_or("/");
        (path.to_owned(), query.to_owned())
    }

    /// The header `name`; several of one name come as one, joined by commas.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.request.header(name)
    }

    /// The caller's address. Cloudflare always says it; without Cloudflare in front nobody does, and
    /// then the Worker is listened for on this machine only.
    pub(super) fn address(&self) -> String {
        self.header("CF-Connecting-IP").unwrap_or_else(|| "127.0.0.1".to_owned())
    }

    pub(super) fn var(&self, name: &str) -> Option<String> {
        self.runtime.variable(name)
    }

    pub(super) fn keyring(&self) -> Result<&Keyring, Failure> {
        self.runtime.keyring()
    }

    pub(super) fn tally(&self) -> Tally {
        self.db.tally()
    }

    /// How often a Durable Object was asked.
    pub(super) fn object_calls(&self) -> u32 {
        self.object_calls.get()
    }

    /// Notes that a Durable Object is asked in the answer's way.
    pub(super) fn count_call(&self) {
        self.object_calls.set(self.object_calls.get() + 1);
    }

    /// Turns the request away if there were too many of `member`, unless the variable `SHEDDING`
    /// is `off`.
    pub(super) async fn shed(&self, member: Option<Member>) -> Result<(), Failure> {
        match member {
            Some(member) if self.var("SHEDDING").is_none_or(|value| value != "off") => {
                shedding::shed(&self.runtime, &member).await
            }
            _ => Ok(()),
        }
    }

    pub(super) fn set_visited(&self, token: ClientTokenId, seen: Option<Seen>) {
        self.visited.replace(Some((token, seen)));
    }

    pub(super) fn set_stored(&self, messages: usize, bytes: u32) {
        self.stored.set((u64::try_from(messages).unwrap_or_default(), bytes.into()));
    }

    /// Counts this request in the ledger of its token, if it named one: in memory, and the rest
    /// after the answer.
    pub(super) fn count(&self, counts: Option<Counts>) {
        let (messages, stored_bytes) = self.stored.get();
        let Some((token, seen)) = self.visited.take() else { return };
        let noted = match counts {
            Some(counts) => Noted { counts: Counts { messages, ..counts }, seen, stored_bytes },
            None if stored_bytes > 0 => Noted { stored_bytes, ..Noted::default() },
            None => return,
        };
        if ledger::note(&self.runtime.memory, token, &noted, self.now) {
            self.runtime.after(Box::pin(ledger::flush(self.runtime.clone())));
        }
    }

    pub(super) fn set_tenant(&self, tenant: TenantId) {
        let _ = self.tenant.set(tenant);
    }

    pub(super) fn tenant(&self) -> Option<&TenantId> {
        self.tenant.get()
    }

    pub(super) fn set_retirement(&self, retirement: Retirement) {
        let _ = self.retirement.set(retirement);
    }

    /// How long the caller's credential works on, if it is an old value in its period of grace.
    pub(super) fn retirement(&self) -> Option<&Retirement> {
        self.retirement.get()
    }

    pub(super) fn id_entropy(&self) -> Result<IdEntropy, Failure> {
        self.runtime.random()
    }

    /// An id for an execution.
    pub(super) fn execution_id(&self) -> Result<String, Failure> {
        Ok(ExecutionId::new(self.now, &self.id_entropy()?).to_string())
    }

    /// An id for a message that has none.
    pub(super) fn message_id(&self) -> Result<String, Failure> {
        Ok(MessageId::new(self.now, &self.id_entropy()?).to_string())
    }

    /// How many of one kind a tenant may have. A variable that can't be read is told in the log, once
    /// an isolate.
    pub(super) fn quota(&self, of: Stock) -> Quota {
        let quotas = self.runtime.memory.quotas.get().unwrap_or_else(|| self.read_quotas());
        self.runtime.memory.quotas.set(Some(quotas));
        quotas.of(of)
    }

    fn read_quotas(&self) -> Quotas {
        let text = self.var("TENANT_QUOTAS").filter(|text| !text.is_empty());
        text.map_or_else(Quotas::default, |text| {
            Quotas::parse(&text).unwrap_or_else(|fault| {
                self.runtime.log(&fault.to_string());
                Quotas::default()
            })
        })
    }

    /// Runs a statement that nothing waits for, after the answer.
    pub(super) fn record(&self, statement: Statement, what: &'static str) {
        let runtime = self.runtime.clone();
        self.runtime.after(Box::pin(async move {
            let done = Db::new(Rc::clone(&runtime.platform)).execute(&[statement]).await;
            if let Err(fault) = done {
                runtime.log(&format!("{what} not recorded: {fault}"));
            }
        }));
    }

    pub(super) async fn body(&self, allowance: Allowance<'_>) -> Result<Vec<u8>, Failure> {
        let judge = |_: &str| -> Boxed<'_, _> { Box::pin(async { Ok(()) }) };
        Ok(self.taken(allowance, &judge).await?.body.json)
    }

    /// The body of a chat, which may be larger behind a genuine session whose crowd is admitted.
    pub(super) async fn chat_body(
        &self,
        proof: Proof<'_>,
        judge: Judge<'_>,
    ) -> Result<Taken, Failure> {
        self.taken(Allowance::Chat(proof), judge).await
    }

    async fn taken(&self, allowance: Allowance<'_>, judge: Judge<'_>) -> Result<Taken, Failure> {
        let taken = body::read(self, allowance, judge).await?;
        self.body_is_read.set(true);
        Ok(taken)
    }

    /// Whether the body came to its end or to its refusal.
    pub fn body_is_read(&self) -> bool {
        self.body_is_read.get()
    }
}

fn request_id(runtime: &Runtime) -> String {
    let bytes = runtime.random().unwrap_or_default();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
