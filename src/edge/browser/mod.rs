//! The browser plane: from a route to its handler.
//!
//! It is here so that the order of refusals is the same for every endpoint: body, credential,
//! origin, activity, target, limits (contract section 6).

mod chat;
mod feedback;
mod init;
mod leg;
mod resume;
mod run;
mod source;

use std::rc::Rc;

use crate::{
    api::{
        body::Allowance,
        browser::{admit, cors, refused::Refused},
        error::Error,
        rate_limit,
        reply::Reply,
        route::Browser,
        stream::{
            delta::Delta,
            turn::{Kind, Turn},
        },
        targets::parse_default_upstream,
    },
    domain::{
        client_token::ClientToken,
        id::{ExecutionId, MessageId},
        keyring::Keyring,
        limiter::{Ask, Purpose, Visitor, name},
        origin::RequestOrigin,
        session::Session,
        target::{Target, Upstream},
        text::TargetId,
    },
    edge::{answer::Said, db::Boxed, exchange::Exchange, failure::Failure},
    store::{client_tokens as store, client_tokens::OwnedToken, sessions::Thread},
};

/// Answers a request of the browser plane.
pub(super) async fn handle(exchange: &Exchange, route: Browser) -> Result<Said, Failure> {
    let visit = || Ok::<_, Failure>(Visit { keyring: exchange.keyring()?, exchange });
    // Each on the heap, as in management.rs.
    let said: Boxed<'_, Result<Said, Failure>> = match route {
        Browser::Preflight => return Ok(preflight(exchange)?.into()),
        Browser::Init => {
            let visit = visit()?;
            Box::pin(async move { init::init(&visit).await.map(Said::Reply) })
        }
        Browser::Chat => {
            let visit = visit()?;
            Box::pin(async move { chat::chat(&visit).await })
        }
        Browser::Resume => {
            let visit = visit()?;
            Box::pin(async move { resume::resume(&visit).await })
        }
        Browser::Feedback => {
            let visit = visit()?;
            Box::pin(async move { feedback::feedback(&visit).await.map(Said::Reply) })
        }
    };
    said.await
}

fn preflight(exchange: &Exchange) -> Result<Reply, Failure> {
    Ok(cors::preflight(exchange.header("Access-Control-Request-Headers")?.as_deref()))
}

/// A request of a page.
struct Visit<'a> {
    exchange: &'a Exchange,
    keyring: Rc<Keyring>,
}

/// The headers that tell where a visitor's limits stand.
type LimitHeaders = Vec<(&'static str, String)>;

impl Visit<'_> {
    async fn body(&self) -> Result<Vec<u8>, Failure> {
        self.exchange.body(Allowance::Page).await
    }

    /// The body of a chat, which may be larger behind a genuine session.
    async fn chat_body(&self) -> Result<Vec<u8>, Failure> {
        self.exchange.body(Allowance::Chat(&|id| self.session(id).is_ok())).await
    }

    /// The session whose id the page sent, as far as arithmetic can tell.
    fn session(&self, id: &str) -> Result<Session, Error> {
        Session::verify(id, &self.keyring, self.exchange.now).ok_or(Refused::SessionOver.into())
    }

    /// The token, if the page's origin may use it.
    fn admit(&self, owned: Option<OwnedToken>) -> Result<(ClientToken, RequestOrigin), Failure> {
        let OwnedToken { tenant, token } = owned.ok_or(Refused::UnknownToken)?;
        self.exchange.set_tenant(tenant);
        let origin = admit(&token, self.exchange.header("Origin")?.as_deref())?;
        Ok((token, origin))
    }

    /// The token of a live session, if the page's origin may use it and its conversation and
    /// target are still there.
    fn admit_session(
        &self,
        session: &Session,
        owned: Option<OwnedToken>,
        thread: &Thread,
    ) -> Result<(ClientToken, RequestOrigin), Failure> {
        let now = self.exchange.now;
        let live = owned.filter(|o| session.is_live(&o.token, thread.last_chat_at, now));
        if live.is_none() {
            return Err(Refused::SessionOver.into());
        }
        if thread.is_deleted {
            return Err(Refused::ConversationDeleted.into());
        }
        let (token, origin) = self.admit(live)?;
        if token.settings.targets.contains(&session.target) {
            Ok((token, origin))
        } else {
            Err(Refused::TargetRemoved.into())
        }
    }

    /// What executes the target: its own row, else the deployment's default.
    fn upstream(&self, wanted: &TargetId, found: Option<&Target>) -> Result<Upstream, Failure> {
        if let Some(target) = found.filter(|target| target.id == *wanted) {
            return Ok(target.upstream.clone());
        }
        let default = self.exchange.var("DEFAULT_UPSTREAM").filter(|text| !text.is_empty());
        let Some(text) = default else {
            return Err(Refused::NoUpstream.into());
        };
        self.exchange
            .outbound(|outbound| parse_default_upstream(&text, outbound))?
            .map_err(|fault| Failure::Broken(format!("the variable {fault}")))
    }

    /// Lets the limiter decide.
    async fn limit(
        &self,
        token: &ClientToken,
        purpose: Purpose,
        ask: &Ask,
    ) -> Result<LimitHeaders, Failure> {
        let address = self.exchange.header("CF-Connecting-IP")?;
        let visitor = Visitor::from_ip(address.as_deref().unwrap_or("127.0.0.1"));
        let name = name(token.id, visitor, purpose, &self.keyring);
        let name = name.ok_or_else(Failure::no_signing_key)?;
        let verdict = self.exchange.ask_limiter(&name, ask).await?;
        if verdict.refusal.is_some() {
            return Err(Refused::Limited(verdict).into());
        }
        Ok(rate_limit::headers(&verdict))
    }

    /// Moves the token's last use, after the answer and at most once a minute.
    fn record_use(&self, token: &ClientToken) {
        let now = self.exchange.now;
        if token.use_is_news(now) {
            self.exchange.record(store::touch(token.id, now), "last use of a token");
        }
    }

    /// An id for an execution; unique everywhere, since the widget files its bubbles by it.
    fn execution_id(&self) -> Result<String, Failure> {
        Ok(ExecutionId::new(self.exchange.now, &Exchange::id_entropy()?).to_string())
    }

    /// An id for a message that has none.
    fn message_id(&self) -> Result<String, Failure> {
        Ok(MessageId::new(self.exchange.now, &Exchange::id_entropy()?).to_string())
    }

    /// Streams an answer that is stored already.
    fn replay(&self, kind: Kind, text: &str, headers: LimitHeaders) -> Result<Said, Failure> {
        let (mut turn, mut frames) = Turn::start(kind, &self.execution_id()?, self.exchange.now);
        frames.push_str(&turn.push(Delta::Text(text.to_owned())));
        frames.push_str(&turn.finish(self.exchange.now));
        Ok(Said::Frames(frames, headers))
    }
}
