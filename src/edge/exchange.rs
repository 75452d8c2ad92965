//! One request and what its handler needs: the runtime's bindings, the moment of the request, and
//! what it cost so far.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};

use worker::{Context, Env, js_sys::Promise, web_sys::Request};

use crate::{
    api::{
        body::{Allowance, Proof},
        targets::request::parse_default_upstream,
    },
    domain::{
        api_key::Retirement,
        id::{ClientTokenId, IdEntropy},
        keyring::Keyring,
        ledger::{Counts, Noted, Seen},
        limiter::{Ask, Verdict},
        outbound::Outbound,
        shedding::Member,
        tenant::TenantId,
        time::Timestamp,
        upstream::Upstream,
    },
    edge::{
        body::{self, Judge, Taken},
        clock::now,
        db::{Boxed, Db, Tally},
        failure::Failure,
        ledger,
        limiter::{self, Manner},
        log, random, secrets, shedding,
    },
    store::{db_error::DbError, statement::Statement},
};

pub(super) struct Exchange {
    request: Request,
    method: String,
    env: Env,
    context: Context,
    /// The moment of the request.
    pub(super) now: Timestamp,
    /// The request's id: a UUID of version 4, or the nil UUID when there is no randomness.
    pub(super) id: String,
    db: OnceCell<Db>,
    tenant: OnceCell<TenantId>,
    retirement: OnceCell<Retirement>,
    object_calls: Cell<u32>,
    /// The token that a page named, and where the page is.
    visited: RefCell<Option<(ClientTokenId, Option<Seen>)>>,
    /// Messages of a visitor that were stored, and bytes of those and of all else.
    stored: Cell<(u64, u64)>,
    body_is_read: Cell<bool>,
}

impl Exchange {
    pub(super) fn begin(request: Request, env: Env, context: Context) -> Self {
        let now = now();
        Self {
            method: request.method(),
            request,
            env,
            context,
            now,
            id: request_id(),
            db: OnceCell::new(),
            tenant: OnceCell::new(),
            retirement: OnceCell::new(),
            object_calls: Cell::new(0),
            visited: RefCell::default(),
            stored: Cell::default(),
            body_is_read: Cell::new(false),
        }
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// The path as sent and the query string without its question mark.
    pub(super) fn path_and_query(&self) -> (String, String) {
        let url = self.request.url();
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let rest = rest.split_once('#').map_or(rest, |(head, _)| head);
        let (head, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = head.find('/').and_then(|at| head.get(at..)).unwrap_or("/");
        (path.to_owned(), query.to_owned())
    }

    /// The header `name`; several of one name come as one, joined by commas.
    pub(super) fn header(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.request.headers().get(name)?)
    }

    /// The caller's address. Cloudflare always says it; without Cloudflare in front nobody does, and
    /// then the Worker is listened for on this machine only.
    pub(super) fn address(&self) -> Result<String, Failure> {
        let address = self.header("CF-Connecting-IP")?;
        Ok(address.unwrap_or_else(|| "127.0.0.1".to_owned()))
    }

    pub(super) fn var(&self, name: &str) -> Option<String> {
        self.env.var(name).ok().map(|value| value.to_string())
    }

    pub(super) fn keyring(&self) -> Result<Rc<Keyring>, Failure> {
        secrets::keyring(&self.env)
    }

    pub(super) fn db(&self) -> Result<&Db, DbError> {
        if self.db.get().is_none() {
            // A second set would lose against the first one, which is as good.
            let _ = self.db.set(Db::open(&self.env)?);
        }
        self.db.get().ok_or_else(|| DbError::Broken("no database".to_owned()))
    }

    pub(super) fn tally(&self) -> Tally {
        self.db.get().map(Db::tally).unwrap_or_default()
    }

    /// How often a Durable Object was asked.
    pub(super) fn object_calls(&self) -> u32 {
        self.object_calls.get()
    }

    /// Notes that a Durable Object is asked in the answer's way.
    pub(super) fn count_call(&self) {
        self.object_calls.set(self.object_calls.get() + 1);
    }

    pub(super) async fn ask_limiter(&self, name: &str, ask: &Ask) -> Result<Verdict, Failure> {
        self.count_call();
        limiter::ask(&self.env, name, ask, Manner::Count).await
    }

    /// Asks the limiter of one visitor what it would say, with nothing counted.
    pub(super) async fn peek_limiter(&self, name: &str, ask: &Ask) -> Result<Verdict, Failure> {
        self.count_call();
        limiter::ask(&self.env, name, ask, Manner::Peek).await
    }

    /// Turns the request away if there were too many of `member`, unless the variable `SHEDDING`
    /// is `off`.
    pub(super) async fn shed(&self, member: Option<Member>) -> Result<(), Failure> {
        match member {
            Some(member) if self.var("SHEDDING").is_none_or(|value| value != "off") => {
                shedding::shed(&self.env, &member).await
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
        if ledger::note(token, &noted, self.now) {
            self.wait_until(Box::pin(ledger::flush(self.env.clone())));
        }
    }

    pub(super) fn env(&self) -> &Env {
        &self.env
    }

    /// Runs `future` on, after the answer.
    pub(super) fn wait_until(&self, future: Boxed<'static, ()>) {
        self.context.wait_until(future);
    }

    /// What settles when the visitor's connection breaks, as far as the runtime hears of it.
    pub(super) fn left(&self) -> Promise {
        let signal = self.request.signal();
        Promise::new(&mut |resolve, _| {
            // A listener that can't be added never hears anything, which is no fault.
            let _ = signal.add_event_listener_with_callback("abort", &resolve);
        })
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

    /// Asks what the deployment allows the upstreams of whose request it turned out to be.
    pub(super) fn outbound<T>(&self, ask: impl FnOnce(Outbound<'_>) -> T) -> Result<T, Failure> {
        let unknown = || Failure::Broken("a tenant that isn't known yet".to_owned());
        let tenant = self.tenant().ok_or_else(unknown)?;
        Ok(ask(Outbound { tenant, variable: &|name| self.var(name) }))
    }

    /// The variable `DEFAULT_UPSTREAM`, when set, held to what the deployment allows the tenant.
    pub(super) fn default_upstream(&self) -> Result<Option<Upstream>, Failure> {
        let default = self.var("DEFAULT_UPSTREAM").filter(|text| !text.is_empty());
        let Some(text) = default else { return Ok(None) };
        let parsed = self.outbound(|outbound| parse_default_upstream(&text, outbound))?;
        parsed.map(Some).map_err(|fault| Failure::Broken(format!("the variable {fault}")))
    }

    pub(super) fn id_entropy() -> Result<IdEntropy, Failure> {
        random::bytes()
    }

    /// Runs a statement that nothing waits for, after the answer.
    pub(super) fn record(&self, statement: Statement, what: &'static str) {
        let env = self.env.clone();
        self.wait_until(Box::pin(async move {
            let done = async { Db::open(&env)?.execute(&[statement]).await };
            if let Err(fault) = done.await {
                log::background(&format!("{what} not recorded: {fault}"));
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
        let taken = body::read(&self.request, allowance, judge).await?;
        self.body_is_read.set(true);
        Ok(taken)
    }

    /// So that the sender of a body that nobody wanted comes to the answer.
    pub(super) async fn drain(&self) {
        if !self.body_is_read.get() {
            body::drain(&self.request).await;
        }
    }
}

fn request_id() -> String {
    let bytes = random::bytes().unwrap_or_default();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
