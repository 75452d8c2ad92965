//! A request of the management plane on its way through its handler: the caller is known by
//! arithmetic before the database is asked, and proving the key travels with the data.

use std::{cell::OnceCell, rc::Rc, vec::IntoIter};

use crate::{
    api::{
        access,
        authorization::{self, Unauthenticated},
        body::Allowance,
        error::Error,
        query,
        targets::request::parse_default_upstream,
    },
    domain::{
        api_key::ApiKey,
        client_token::ClientToken,
        keyring::Keyring,
        limiter::{self, Ask, Counted, Verdict, Visitor},
        outbound::Outbound,
        permission::Scope,
        target::{Executable, Upstream},
        time::Timestamp,
    },
    edge::{
        db::{Batch, Boxed, DbFault, ResultSet},
        exchange::Exchange,
        failure::Failure,
    },
    store::{
        api_keys::{OwnedKey, authenticate, touch},
        caller::{Caller, Writer},
        client_tokens,
        fault::broke_a_check,
        statement::Statement,
        targets::SetUp,
    },
};

/// Refuses what an endpoint can't take.
type QueryCheck = fn(&str) -> Result<(), Error>;

/// A request whose key is proved by arithmetic and not yet by the database.
pub(super) struct Call<'a> {
    exchange: &'a Exchange,
    query: String,
    pub(super) keyring: Rc<Keyring>,
    pub(super) caller: Caller,
    scope: Scope,
    /// The key, once the database proved it.
    key: OnceCell<ApiKey>,
}

impl<'a> Call<'a> {
    /// Proves the key by arithmetic.
    pub(super) fn begin(
        exchange: &'a Exchange,
        scope: Scope,
        query: String,
    ) -> Result<Self, Failure> {
        let keyring = exchange.keyring()?;
        let header = exchange.header("Authorization")?;
        let key = authorization::parse(header.as_deref(), &keyring);
        let key = key.map_err(Error::Unauthenticated)?;
        let digest = key.digest(&keyring).ok_or(Error::Unauthenticated(Unauthenticated::Forged))?;
        let caller = Caller { digest, environment: key.environment(), now: exchange.now };
        Ok(Self { exchange, query, keyring, caller, scope, key: OnceCell::new() })
    }
}

impl Call<'_> {
    /// The moment of the request.
    pub(super) fn now(&self) -> Timestamp {
        self.exchange.now
    }

    /// The caller's key, which was proved in the first trip.
    pub(super) fn key(&self) -> Result<&ApiKey, Failure> {
        self.key.get().ok_or_else(|| Failure::Broken("a key that wasn't proved".to_owned()))
    }

    /// A trip after the first.
    pub(super) async fn fetch<B: Batch>(&self, batch: B) -> Result<B::Rows, DbFault> {
        self.exchange.db()?.fetch(batch).await
    }

    /// Asks what the deployment allows the upstreams of the caller's tenant.
    pub(super) fn outbound<T>(&self, ask: impl FnOnce(Outbound<'_>) -> T) -> Result<T, Failure> {
        self.exchange.outbound(ask)
    }

    /// What is executed when the targets `set_up` are there. A default upstream with faults
    /// executes nothing.
    pub(super) fn executable(&self, set_up: Vec<SetUp>) -> Executable {
        let default = self.exchange.var("DEFAULT_UPSTREAM");
        let default = default.and_then(|text| {
            self.outbound(|outbound| parse_default_upstream(&text, outbound).ok()).ok()?
        });
        let set_up = set_up.into_iter().map(|SetUp(id)| id).collect();
        Executable::of(set_up, default.as_ref())
    }

    /// The variable `DEFAULT_UPSTREAM`, when set; its faults are the deployment's, as for a page.
    pub(super) fn default_upstream(&self) -> Result<Option<Upstream>, Failure> {
        let default = self.exchange.var("DEFAULT_UPSTREAM").filter(|text| !text.is_empty());
        let Some(text) = default else { return Ok(None) };
        let parsed = self.outbound(|outbound| parse_default_upstream(&text, outbound))?;
        parsed.map(Some).map_err(|fault| Failure::Broken(format!("the variable {fault}")))
    }

    /// Asks the limiter of a token's visitor about an init; `counts` makes it one.
    pub(super) async fn limiter(
        &self,
        token: &ClientToken,
        visitor: Visitor,
        counts: bool,
    ) -> Result<Verdict, Failure> {
        let name = limiter::name(token.id, visitor, Counted::Chat, &self.keyring);
        let name = name.ok_or_else(Failure::no_signing_key)?;
        let ask = Ask::init(&token.settings.limits);
        if !counts {
            return self.exchange.peek_limiter(&name, &ask).await;
        }
        let verdict = self.exchange.ask_limiter(&name, &ask).await?;
        if verdict.refusal.is_none() && token.use_is_news(self.now()) {
            let touch = client_tokens::touch(token.id, self.now());
            self.exchange.record(touch, "last use of a token");
        }
        Ok(verdict)
    }

    /// Proves the key and fetches `data` in one round trip, for an endpoint without query
    /// parameters.
    pub(super) async fn authorize<B: Batch>(&self, data: B) -> Result<B::Rows, Failure> {
        Ok(data.rows(&mut self.prove(data.statements(), Some(query::none)).await?)?)
    }

    /// The same for what writes; `None` when a check of the table refused it, and nothing was done.
    pub(super) async fn authorize_checked<B: Batch>(
        &self,
        data: B,
    ) -> Result<Option<B::Rows>, Failure> {
        match self.authorize(data).await {
            Err(Failure::Broken(cause)) if broke_a_check(&cause) => Ok(None),
            rows => rows.map(Some),
        }
    }

    /// Proves the key and fetches `data` in one round trip.
    pub(super) async fn authorize_querying<B: Batch>(&self, data: B) -> Result<B::Rows, Failure> {
        Ok(data.rows(&mut self.prove(data.statements(), None).await?)?)
    }

    /// Proves the key in the database and fetches `data` in the same trip; the results are given
    /// only to a key that is alive and has the scope.
    fn prove<'a>(
        &'a self,
        data: Vec<&'a Statement>,
        check_query: Option<QueryCheck>,
    ) -> Boxed<'a, Result<IntoIter<ResultSet>, Failure>> {
        Box::pin(async move {
            let refused = check_query.and_then(|check| check(&self.query).err());
            let data = if refused.is_some() { Vec::new() } else { data };
            let authentication = authenticate(&self.caller);
            let statements = [authentication.statements(), data].concat();
            let mut results = self.exchange.db()?.run(statements).await?.into_iter();
            self.accept_key(authentication.rows(&mut results)?.into_iter().next())?;
            refused.map_or(Ok(results), |error| Err(error.into()))
        })
    }

    /// Lets the key in that was found, and moves its last use, after the answer and at most once a
    /// minute, whether or not it has the scope.
    fn accept_key(&self, found: Option<OwnedKey>) -> Result<(), Failure> {
        let (tenant, key) = found.map(|OwnedKey { tenant, key }| (tenant, key)).unzip();
        if let Some(tenant) = tenant {
            self.exchange.set_tenant(tenant);
        }
        let key = access::living(key, self.now())?;
        if key.use_is_news(self.now()) {
            self.exchange.record(touch(&self.caller), "last use of a key");
        }
        access::allow(&key, self.scope)?;
        let _ = self.key.set(key);
        Ok(())
    }

    /// The query parameters; who may not come in is told that before any fault of theirs.
    pub(super) async fn query<T>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let parsed = parse(&self.query);
        if parsed.is_err() {
            self.prove(Vec::new(), None).await?;
        }
        Ok(parsed?)
    }

    /// What `parse` makes of the body; who may not come in is told that before any fault of it.
    pub(super) async fn asked<T>(
        &self,
        parse: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let asked = self.body().await.and_then(|body| Ok(parse(&body)?));
        if asked.is_err() {
            self.authorize(()).await?;
        }
        asked
    }

    /// The caller, as a statement wants it that writes in the trip that proves the key.
    pub(super) fn writer(&self) -> Writer<'_> {
        Writer { caller: &self.caller, scope: self.scope }
    }

    /// The body.
    pub(super) async fn body(&self) -> Result<Vec<u8>, Failure> {
        self.exchange.body(Allowance::Management).await
    }
}
