//! A request of a page, and what all its handlers ask: its credential, its token, its limits.

use std::{cell::Cell, rc::Rc};

use crate::{
    api::body::Allowance,
    chat::{
        admission::{admit_page, admit_session, admit_value, own_upstream, present, upstream_or},
        refused::Refused,
    },
    domain::{
        client_token::ClientToken,
        conversation::StoredSession,
        grant::Grant,
        id::{ClientTokenId, ExecutionId, MessageId},
        keyring::Keyring,
        ledger::{Seen, most_stored},
        limiter::{Ask, Verdict, Visitor, name},
        origin::RequestOrigin,
        session::Session,
        shedding::{Member, ceiling},
        target::Target,
        text::TargetId,
        time::Timestamp,
        token_value::{self, Proved},
        upstream::Upstream,
    },
    handlers::{body::Taken, context::Context, db::Db, failure::Failure, ledger},
    platform::Boxed,
    store::client_tokens::{self as store, OwnedToken},
};

pub(super) struct Visit<'a> {
    pub(super) context: &'a Context,
    pub(super) keyring: Rc<Keyring>,
    /// Whether its crowd was judged.
    is_judged: Cell<bool>,
}

impl<'a> Visit<'a> {
    pub(super) fn begin(context: &'a Context) -> Result<Self, Failure> {
        Ok(Self { keyring: context.keyring()?, context, is_judged: Cell::new(false) })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.context.now
    }

    pub(super) fn db(&self) -> &Db {
        &self.context.db
    }

    pub(super) async fn body(&self) -> Result<Vec<u8>, Failure> {
        self.context.body(Allowance::Page).await
    }

    /// The body of a chat, which may be larger behind a genuine session.
    pub(super) async fn chat_body(&self) -> Result<Taken, Failure> {
        let judge = |id: &str| -> Boxed<'_, _> {
            let session = self.proved_session(id);
            Box::pin(async move { self.shed(session?.token).await })
        };
        self.context.chat_body(&|id| self.proved_session(id).is_ok(), &judge).await
    }

    /// The session whose id the page sent, as far as arithmetic can tell, unless there is a crowd.
    pub(super) async fn session(&self, id: &str) -> Result<Session, Failure> {
        let session = self.proved_session(id)?;
        self.shed(session.token).await?;
        Ok(session)
    }

    /// The session whose id the page sent, as far as arithmetic can tell.
    fn proved_session(&self, id: &str) -> Result<Session, Refused> {
        Session::verify(id, &self.keyring, self.now()).ok_or(Refused::SessionOver)
    }

    /// What the token value that the page sent proves, as far as arithmetic and the clock can tell,
    /// unless there is a crowd.
    pub(super) async fn proved(&self, value: &str) -> Result<Proved, Failure> {
        let flawed = || Refused::UnknownToken(token_value::flaw(value));
        let proved = token_value::verify(value, &self.keyring).ok_or_else(flawed)?;
        admit_value(&proved, self.now())?;
        self.shed(proved.claims.id).await?;
        Ok(proved)
    }

    /// Turns the request away if too many come from its address, or with its token. It is counted
    /// once.
    async fn shed(&self, token: ClientTokenId) -> Result<(), Failure> {
        if self.is_judged.replace(true) {
            return Ok(());
        }
        self.context.shed(Member::of_address(&self.context.address(), &self.keyring)).await?;
        let variable = self.context.var("TOKEN_CEILING_PER_MINUTE");
        let ceiling = ceiling(variable.as_deref()).unwrap_or_else(|fault| {
            self.context.runtime.log(fault);
            None
        });
        let member = ceiling.and_then(|most| Member::of_token(token, most, &self.keyring));
        self.context.shed(member).await
    }

    /// The token, if it is the one that was claimed and the page's origin may use it.
    pub(super) fn admit(
        &self,
        owned: Option<OwnedToken>,
        proved: &Proved,
    ) -> Result<(ClientToken, RequestOrigin), Failure> {
        let token = present(self.owned(owned), proved)?;
        let origin =
            admit_page(&token, proved.grant.as_ref(), self.context.header("Origin").as_deref())?;
        Ok((token, origin))
    }

    /// The token of a live session, if the page's origin may use it and its conversation and
    /// target are still there.
    pub(super) fn admit_session(
        &self,
        session: &Session,
        owned: Option<OwnedToken>,
        stored: &StoredSession,
    ) -> Result<(ClientToken, RequestOrigin), Failure> {
        let (token, header) = (self.owned(owned), self.context.header("Origin"));
        Ok(admit_session(session, token, stored, header.as_deref(), self.now())?)
    }

    /// Notes whose token it is, and where the page is.
    pub(super) fn owned(&self, owned: Option<OwnedToken>) -> Option<ClientToken> {
        let OwnedToken { tenant, token } = owned?;
        self.context.set_tenant(tenant);
        let origin = self.context.header("Origin");
        let seen = Seen::of(origin.as_deref(), &token.settings.allowed_origins);
        self.context.set_visited(token.id, seen);
        Some(token)
    }

    /// What executes the target: its own row, else the deployment's default.
    pub(super) fn upstream(
        &self,
        wanted: &TargetId,
        found: Option<&Target>,
    ) -> Result<Upstream, Failure> {
        match own_upstream(wanted, found) {
            Some(upstream) => Ok(upstream),
            None => Ok(upstream_or(self.context.default_upstream()?, wanted, None)?),
        }
    }

    /// Lets the limiter decide, by user if a server named one, and else by address.
    pub(super) async fn limit(
        &self,
        token: &ClientToken,
        grant: Option<&Grant>,
        ask: &Ask,
    ) -> Result<Verdict, Failure> {
        let name = self.limiter(token, grant)?;
        let verdict = self.context.ask_limiter(&name, ask).await?;
        if verdict.refusal.is_some() { Err(Refused::Limited(verdict).into()) } else { Ok(verdict) }
    }

    /// Refuses what is to be stored if the token's conversations hold as much as they may together: as
    /// far as this instance was told.
    pub(super) fn hold_to_room(&self, token: &ClientToken) -> Result<(), Refused> {
        if !ledger::is_full(&self.context.runtime.memory, token.id, self.now()) {
            return Ok(());
        }
        let (most, _) = most_stored(self.context.var("STORED_BYTES_PER_TOKEN").as_deref());
        most.map_or(Ok(()), |most| Err(Refused::StorageFull(most)))
    }

    /// Refuses a chat for what it says, unless the limiter would have refused it before that.
    pub(super) async fn refuse(
        &self,
        token: &ClientToken,
        session: &Session,
        ask: &Ask,
        refused: Refused,
    ) -> Failure {
        match self.look(token, session, ask).await {
            Ok(()) => refused.into(),
            Err(failure) => failure,
        }
    }

    /// Asks the limiter whether it would admit a chat, and counts nothing: all that is refused counts
    /// nothing.
    pub(super) async fn look(
        &self,
        token: &ClientToken,
        session: &Session,
        ask: &Ask,
    ) -> Result<(), Failure> {
        let name = self.limiter(token, session.grant.as_deref())?;
        let verdict = self.context.peek_limiter(&name, ask).await?;
        if verdict.refusal.is_some() { Err(Refused::Limited(verdict).into()) } else { Ok(()) }
    }

    /// The name of the visitor's limiter.
    fn limiter(&self, token: &ClientToken, grant: Option<&Grant>) -> Result<String, Failure> {
        let visitor = match grant.and_then(Grant::user_id) {
            Some(id) => Visitor::from_user(id),
            None => Visitor::from_ip(&self.context.address()),
        };
        let name = name(token.id, &visitor, &self.keyring);
        name.ok_or_else(Failure::no_signing_key)
    }

    /// Lets the limiter decide on a chat, and moves the token's last use if it may go on.
    pub(super) async fn use_token(
        &self,
        token: &ClientToken,
        grant: Option<&Grant>,
        ask: &Ask,
    ) -> Result<Verdict, Failure> {
        let verdict = self.limit(token, grant, ask).await?;
        self.record_use(token);
        Ok(verdict)
    }

    /// Moves the token's last use, after the answer and at most once a minute.
    pub(super) fn record_use(&self, token: &ClientToken) {
        if token.use_is_news(self.now()) {
            self.context.record(store::touch(token.id, self.now()), "last use of a token");
        }
    }

    /// An id for an execution.
    pub(super) fn execution_id(&self) -> Result<String, Failure> {
        Ok(ExecutionId::new(self.now(), &self.context.id_entropy()?).to_string())
    }

    /// An id for a message that has none.
    pub(super) fn message_id(&self) -> Result<String, Failure> {
        Ok(MessageId::new(self.now(), &self.context.id_entropy()?).to_string())
    }
}
