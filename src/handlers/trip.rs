//! A request of the management plane on its way to the database: the caller is known by arithmetic
//! before it is asked, and proving the key travels with the data.

use std::{cell::OnceCell, vec::IntoIter};

use crate::{
    api::{
        access,
        authorization::{self, Bearer, Unauthenticated},
        body::Allowance,
        error::Error,
        query,
    },
    domain::{
        actor::Actor,
        api_key::{ApiKeyValue, KeyDigest},
        audit,
        clerk::Session,
        keyring::Keyring,
        permission::Scope,
        quotas::Quota,
        shedding::Member,
    },
    handlers::{clerk, context::Context, failure::Failure},
    platform::Boxed,
    store::{
        api_keys::{OwnedKey, authenticate, touch},
        audit_log,
        batch::{Batch, RowSet},
        caller::{Caller, Credential, Writer},
        db_error::DbError,
        statement::Statement,
    },
};

/// A caller who is proved by arithmetic, a key not yet by the database and a user whole, and what the
/// endpoint asks of it.
pub(super) struct Permit {
    pub(super) caller: Caller,
    scope: Scope,
    /// What the audit log says of the request.
    audit: audit_log::Context,
    /// Who acts, once it is proved: a key by the database.
    actor: OnceCell<Actor>,
}

impl Permit {
    /// What the request's credential proves, unless it proves nothing or its holder sends too much.
    pub(super) async fn of(cx: &Context, scope: Scope) -> Result<Self, Failure> {
        let keyring = cx.keyring()?;
        let bearer = authorization::parse(cx.header("Authorization").as_deref(), keyring);
        let actor = OnceCell::new();
        let credential = match bearer.map_err(Error::Unauthenticated)? {
            Bearer::Key(key) => of_key(&key, keyring)?,
            Bearer::Session(token) => {
                let Session { user, impersonator, tenant, permissions } =
                    clerk::prove(cx, &token).await?;
                cx.set_tenant(tenant.clone());
                let _ = actor.set(Actor::user(user.clone(), permissions.clone()));
                Credential::Session { user, impersonator, tenant, permissions }
            }
        };
        let caller = Caller { credential, now: cx.now };
        let address = audit::address(&cx.address());
        let writer = Writer { caller: &caller, scope };
        let audit = audit_log::Context::of(writer, &cx.id, address.as_deref());
        let permit = Self { caller, scope, audit, actor };
        cx.shed(permit.member(keyring)).await?;
        Ok(permit)
    }

    fn member(&self, keyring: &Keyring) -> Option<Member> {
        match &self.caller.credential {
            Credential::Key { digest, .. } => Member::of_key(digest, keyring),
            Credential::Session { user, .. } => Member::of_user(user, keyring),
        }
    }

    /// Who acts, which the first trip has proved.
    pub(super) fn actor(&self) -> Result<&Actor, Failure> {
        self.actor.get().ok_or_else(|| Failure::Broken("a key that wasn't proved".to_owned()))
    }

    /// The caller, as a statement wants it that writes in the trip that proves the key.
    pub(super) fn writer(&self) -> Writer<'_> {
        Writer { caller: &self.caller, scope: self.scope }
    }

    /// What names the caller among all others of this deployment.
    pub(super) fn names(&self) -> Vec<String> {
        match &self.caller.credential {
            Credential::Key { digest, .. } => vec![KeyDigest::to_hex(digest)],
            Credential::Session { tenant, user, .. } => {
                vec![tenant.as_str().to_owned(), user.as_str().to_owned()]
            }
        }
    }
}

/// What an API key has proved.
fn of_key(key: &ApiKeyValue, keyring: &Keyring) -> Result<Credential, Error> {
    let digest = key.digest(keyring).ok_or(Error::Unauthenticated(Unauthenticated::Forged))?;
    Ok(Credential::Key { digest, environment: key.environment() })
}

impl Context {
    /// The query parameters.
    pub(super) fn query<T>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        Ok(parse(&self.path_and_query().1)?)
    }

    /// For an endpoint without query parameters.
    pub(super) fn no_query(&self) -> Result<(), Failure> {
        self.query(query::none)
    }

    /// What `parse` makes of the body, for an endpoint without query parameters.
    pub(super) async fn parsed<T>(
        &self,
        parse: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        self.no_query()?;
        Ok(parse(&self.body(Allowance::Management).await?)?)
    }

    /// What was asked for. What is wrong with the request itself is told to nobody who may not come
    /// in, so the caller is proved before that.
    pub(super) async fn settle<A>(
        &self,
        by: &Permit,
        asked: Result<A, Failure>,
    ) -> Result<A, Failure> {
        if asked.is_err() {
            self.prove(by, Vec::new()).await?;
        }
        asked
    }

    /// Settles what was asked for, then proves the caller and runs `batch` in one transaction.
    ///
    /// A key is proved by the database, with the data in the same trip, which are given only if it
    /// lives and has the scope. A user is proved already, and makes the trip for the data alone.
    pub(super) async fn trip<A, B: Batch>(
        &self,
        by: &Permit,
        asked: Result<A, Failure>,
        batch: impl FnOnce(&A) -> B,
    ) -> Result<(A, B::Rows), Failure> {
        let asked = self.settle(by, asked).await?;
        let batch = batch(&asked);
        let rows = batch.rows(&mut self.prove(by, batch.statements()).await?)?;
        Ok((asked, rows))
    }

    /// The same for a batch that needs nothing of the request: an endpoint without query parameters.
    pub(super) async fn authorize<B: Batch>(
        &self,
        by: &Permit,
        batch: B,
    ) -> Result<B::Rows, Failure> {
        Ok(self.trip(by, self.no_query(), |()| batch).await?.1)
    }

    fn prove<'a>(
        &'a self,
        by: &'a Permit,
        data: Vec<&'a Statement>,
    ) -> Boxed<'a, Result<IntoIter<RowSet>, Failure>> {
        Box::pin(async move {
            if let Some(actor) = by.actor.get() {
                access::allow(actor, by.scope)?;
            }
            let authentication = by.caller.digest().map(|digest| authenticate(digest, self.now));
            let statements = [authentication.statements(), data].concat();
            let mut results = self.run(by, statements).await?;
            if let Some(found) = authentication.rows(&mut results)? {
                self.accept_key(by, found)?;
            }
            Ok(results)
        })
    }

    /// Lets the key in that was found, and moves its last use, after the answer and at most once a
    /// minute, whether or not it has the scope.
    fn accept_key(&self, by: &Permit, found: Option<OwnedKey>) -> Result<(), Failure> {
        let found = found.map(|OwnedKey { tenant, key, retirement }| {
            self.set_tenant(tenant);
            (key, retirement)
        });
        let (key, retirement) = found.unzip();
        let key = access::living(key, self.now)?;
        let retirement = retirement.flatten();
        let is_news = key.use_is_news(self.now, retirement.is_some());
        if let Some(retirement) = retirement {
            self.set_retirement(retirement);
        }
        if let Some(digest) = by.caller.digest().filter(|_| is_news) {
            self.record(touch(digest, self.now), "last use of a key");
        }
        let actor = Actor::from(&key);
        access::allow(&actor, by.scope)?;
        let _ = by.actor.set(actor);
        Ok(())
    }

    /// A trip after the one that proved the caller.
    pub(super) async fn fetch<B: Batch>(&self, by: &Permit, batch: B) -> Result<B::Rows, DbError> {
        batch.rows(&mut self.run(by, batch.statements()).await?)
    }

    /// Runs the statements, if there are any, in one transaction, and within the audit's context if
    /// they write.
    fn run<'a>(
        &'a self,
        by: &'a Permit,
        statements: Vec<&'a Statement>,
    ) -> Boxed<'a, Result<IntoIter<RowSet>, DbError>> {
        Box::pin(async move {
            if statements.is_empty() {
                return Ok(Vec::new().into_iter());
            }
            let within = by.audit.around(&statements);
            let results_before = usize::from(within.is_some());
            let mut results = self.db.run(within.unwrap_or(statements)).await?;
            results.drain(..results_before.min(results.len()));
            Ok(results.into_iter())
        })
    }

    /// Why a caller who had the right to make something made nothing: by now it may act no more, or
    /// there is no room.
    pub(super) async fn unmade(&self, by: &Permit, quota: Quota) -> Failure {
        let refused = self.authorize(by, ()).await;
        refused.err().unwrap_or_else(|| Error::NoRoom(quota).into())
    }
}
