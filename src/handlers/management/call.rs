//! A request of the management plane on its way through its handler: the caller is known by
//! arithmetic before the database is asked, and proving the key travels with the data.

use std::{cell::OnceCell, rc::Rc, vec::IntoIter};

use crate::{
    api::{
        access,
        authorization::{self, Bearer, Unauthenticated},
        body::Allowance,
        error::Error,
        idempotency, query,
        targets::request::parse_default_upstream,
    },
    domain::{
        actor::Actor,
        api_key::{ApiKeyValue, KeyDigest},
        audit,
        clerk::Session,
        client_token::ClientToken,
        id::ClientTokenId,
        idempotency::Claim,
        keyring::Keyring,
        ledger::{Counts, Sighting, Span},
        limiter::{self, Ask, Verdict, Visitor},
        outbound::Outbound,
        permission::Scope,
        quotas::{Quota, Stock},
        shedding::Member,
        target::Executable,
        time::Timestamp,
        upstream::Upstream,
    },
    handlers::{clerk, context::Context, failure::Failure, ledger},
    platform::Boxed,
    store::{
        api_keys::{OwnedKey, authenticate, touch},
        audit_log,
        batch::{Batch, RowSet},
        caller::{Caller, Credential, Writer},
        client_tokens,
        db_error::DbError,
        statement::Statement,
        targets::SetUp,
    },
};

/// Refuses what an endpoint can't take.
type QueryCheck = fn(&str) -> Result<(), Error>;

/// A request whose caller is proved by arithmetic: a key not yet by the database, a user whole.
pub(super) struct Call<'a> {
    context: &'a Context,
    query: String,
    pub(super) keyring: Rc<Keyring>,
    pub(super) caller: Caller,
    scope: Scope,
    /// What the audit log says of the request.
    audit: audit_log::Context,
    /// Who acts, once it is proved: a key by the database.
    actor: OnceCell<Actor>,
}

impl<'a> Call<'a> {
    pub(super) async fn begin(
        context: &'a Context,
        scope: Scope,
        query: String,
    ) -> Result<Self, Failure> {
        let keyring = context.keyring()?;
        let header = context.header("Authorization");
        let bearer = authorization::parse(header.as_deref(), &keyring);
        let actor = OnceCell::new();
        let credential = match bearer.map_err(Error::Unauthenticated)? {
            Bearer::Key(key) => of_key(&key, &keyring)?,
            Bearer::Session(token) => {
                let Session { user, impersonator, tenant, permissions } =
                    clerk::prove(context, &token).await?;
                context.set_tenant(tenant.clone());
                let _ = actor.set(Actor::user(user.clone(), permissions.clone()));
                Credential::Session { user, impersonator, tenant, permissions }
            }
        };
        let caller = Caller { credential, now: context.now };
        let address = audit::address(&context.address());
        let writer = Writer { caller: &caller, scope };
        let audit = audit_log::Context::of(writer, &context.id, address.as_deref());
        Ok(Self { context, query, keyring, caller, scope, audit, actor })
    }
}

/// What an API key has proved.
fn of_key(key: &ApiKeyValue, keyring: &Keyring) -> Result<Credential, Error> {
    let digest = key.digest(keyring).ok_or(Error::Unauthenticated(Unauthenticated::Forged))?;
    Ok(Credential::Key { digest, environment: key.environment() })
}

impl Call<'_> {
    /// Turns the request away if its key or user sends too many.
    pub(super) async fn shed(&self) -> Result<(), Failure> {
        let member = match &self.caller.credential {
            Credential::Key { digest, .. } => Member::of_key(digest, &self.keyring),
            Credential::Session { user, .. } => Member::of_user(user, &self.keyring),
        };
        self.context.shed(member).await
    }

    pub(super) fn context(&self) -> &Context {
        self.context
    }

    pub(super) fn now(&self) -> Timestamp {
        self.context.now
    }

    /// Who acts, which the first trip has proved.
    pub(super) fn actor(&self) -> Result<&Actor, Failure> {
        self.actor.get().ok_or_else(|| Failure::Broken("a key that wasn't proved".to_owned()))
    }

    /// A trip after the first.
    pub(super) async fn fetch<B: Batch>(&self, batch: B) -> Result<B::Rows, DbError> {
        batch.rows(&mut self.run(batch.statements()).await?)
    }

    /// Runs the statements, if there are any, in one transaction, and within the audit's context if
    /// they write.
    fn run<'a>(
        &'a self,
        statements: Vec<&'a Statement>,
    ) -> Boxed<'a, Result<IntoIter<RowSet>, DbError>> {
        Box::pin(async move {
            if statements.is_empty() {
                return Ok(Vec::new().into_iter());
            }
            let within = self.audit.around(&statements);
            let results_before = usize::from(within.is_some());
            let mut results = self.context.db.run(within.unwrap_or(statements)).await?;
            results.drain(..results_before.min(results.len()));
            Ok(results.into_iter())
        })
    }

    /// How many of one kind the caller's tenant may have.
    pub(super) fn quota(&self, of: Stock) -> Quota {
        self.context.quota(of)
    }

    /// Why a caller who had the right to make something made nothing: by now it may act no more, or
    /// there is no room.
    pub(super) async fn unmade(&self, quota: Quota) -> Failure {
        let refused = self.authorize(()).await;
        refused.err().unwrap_or_else(|| Error::NoRoom(quota).into())
    }

    pub(super) fn outbound<T>(&self, ask: impl FnOnce(Outbound<'_>) -> T) -> Result<T, Failure> {
        self.context.outbound(ask)
    }

    /// What is executed when the targets `set_up` are there. A default upstream with faults
    /// executes nothing.
    pub(super) fn executable(&self, set_up: Vec<SetUp>) -> Executable {
        let set_up = set_up.into_iter().map(|SetUp(id)| id).collect();
        Executable::of(set_up, self.sound_default().as_ref())
    }

    /// The default upstream, unless it has faults.
    pub(super) fn sound_default(&self) -> Option<Upstream> {
        let text = self.context.var("DEFAULT_UPSTREAM")?;
        self.outbound(|outbound| parse_default_upstream(&text, outbound).ok()).ok()?
    }

    pub(super) fn default_upstream(&self) -> Result<Option<Upstream>, Failure> {
        self.context.default_upstream()
    }

    /// Asks the limiter of a token's visitor about a chat; `counts` makes it one.
    pub(super) async fn limiter(
        &self,
        token: &ClientToken,
        visitor: &Visitor,
        counts: bool,
    ) -> Result<Verdict, Failure> {
        let name = limiter::name(token.id, visitor, &self.keyring);
        let name = name.ok_or_else(Failure::no_signing_key)?;
        let ask = Ask::request(&token.settings.limits);
        if !counts {
            return self.context.peek_limiter(&name, &ask).await;
        }
        let verdict = self.context.ask_limiter(&name, &ask).await?;
        if verdict.refusal.is_none() && token.use_is_news(self.now()) {
            let touch = client_tokens::touch(token.id, self.now());
            self.context.record(touch, "last use of a token");
        }
        Ok(verdict)
    }

    pub(super) async fn usage(
        &self,
        token: ClientTokenId,
        span: &Span,
    ) -> Result<Vec<(i64, Counts)>, Failure> {
        self.context.count_call();
        ledger::usage(&*self.context.runtime.platform, token, span).await
    }

    pub(super) async fn observed_origins(
        &self,
        token: ClientTokenId,
    ) -> Result<Vec<Sighting>, Failure> {
        self.context.count_call();
        ledger::origins(&*self.context.runtime.platform, token).await
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
            Err(Failure::Database(DbError::Check(_))) => Ok(None),
            rows => rows.map(Some),
        }
    }

    /// The same for what is done under an idempotency key; `None` when the key was used before, and
    /// nothing was done.
    pub(super) async fn authorize_once<B: Batch>(
        &self,
        data: B,
    ) -> Result<Option<B::Rows>, Failure> {
        match self.authorize(data).await {
            Err(Failure::Database(DbError::Repeated(_))) => Ok(None),
            rows => rows.map(Some),
        }
    }

    /// The claim of this request under its idempotency key, if it has one.
    pub(super) fn claim(&self, body: &[u8]) -> Result<Option<Claim>, Error> {
        let header = self.context.header("Idempotency-Key");
        let (path, _) = self.context.path_and_query();
        let key = self.caller.digest().map(KeyDigest::to_hex);
        let user = self.context.tenant().zip(self.actor.get().and_then(Actor::user_id));
        let user = user.map(|(tenant, user)| [tenant.as_str(), user.as_str()]);
        let caller = key.iter().map(String::as_str).chain(user.into_iter().flatten());
        let scope: Vec<&str> = caller.chain([self.context.method(), path.as_str()]).collect();
        idempotency::claim(header.as_deref(), &scope, body)
    }

    /// Proves the key and fetches `data` in one round trip.
    pub(super) async fn authorize_querying<B: Batch>(&self, data: B) -> Result<B::Rows, Failure> {
        Ok(data.rows(&mut self.prove(data.statements(), None).await?)?)
    }

    /// Proves the key in the database and fetches `data` in the same trip; the results are given
    /// only to a key that is alive and has the scope. A user is proved already, and makes the trip
    /// for the data alone.
    fn prove<'a>(
        &'a self,
        data: Vec<&'a Statement>,
        check_query: Option<QueryCheck>,
    ) -> Boxed<'a, Result<IntoIter<RowSet>, Failure>> {
        Box::pin(async move {
            let refused = check_query.and_then(|check| check(&self.query).err());
            let data = if refused.is_some() { Vec::new() } else { data };
            if let Some(actor) = self.actor.get() {
                access::allow(actor, self.scope)?;
            }
            let authentication =
                self.caller.digest().map(|digest| authenticate(digest, self.now()));
            let statements = [authentication.statements(), data].concat();
            let mut results = self.run(statements).await?;
            if let Some(found) = authentication.rows(&mut results)? {
                self.accept_key(found)?;
            }
            refused.map_or(Ok(results), |error| Err(error.into()))
        })
    }

    /// Lets the key in that was found, and moves its last use, after the answer and at most once a
    /// minute, whether or not it has the scope.
    fn accept_key(&self, found: Option<OwnedKey>) -> Result<(), Failure> {
        let found = found.map(|OwnedKey { tenant, key, retirement }| {
            self.context.set_tenant(tenant);
            (key, retirement)
        });
        let (key, retirement) = found.unzip();
        let key = access::living(key, self.now())?;
        let retirement = retirement.flatten();
        let is_news = key.use_is_news(self.now(), retirement.is_some());
        if let Some(retirement) = retirement {
            self.context.set_retirement(retirement);
        }
        if let Some(digest) = self.caller.digest().filter(|_| is_news) {
            self.context.record(touch(digest, self.now()), "last use of a key");
        }
        let actor = Actor::from(&key);
        access::allow(&actor, self.scope)?;
        let _ = self.actor.set(actor);
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

    /// What `parse` makes of the header `name`; who may not come in is told that before any fault
    /// of it.
    pub(super) async fn header<T>(
        &self,
        name: &str,
        parse: impl FnOnce(Option<&str>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let parsed = parse(self.context.header(name).as_deref());
        if parsed.is_err() {
            self.authorize(()).await?;
        }
        Ok(parsed?)
    }

    /// The caller, as a statement wants it that writes in the trip that proves the key.
    pub(super) fn writer(&self) -> Writer<'_> {
        Writer { caller: &self.caller, scope: self.scope }
    }

    pub(super) async fn body(&self) -> Result<Vec<u8>, Failure> {
        self.context.body(Allowance::Management).await
    }
}
