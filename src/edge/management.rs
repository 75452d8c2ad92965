//! The management plane: from a route to its handler.
//!
//! It is here so that the order of refusals is the same for every endpoint: path and method,
//! then the credential, then what it may do, then the request (contract section 9). An id that
//! can't be one is refused before the database is asked, so it costs nothing.

use std::{cell::OnceCell, rc::Rc, vec::IntoIter};

use crate::{
    api::{
        body::Allowance,
        error::{Error, Noun},
        query,
        reply::Reply,
        route::Management,
        targets::parse_default_upstream,
    },
    domain::{
        api_key::ApiKey, id::MalformedId, keyring::Keyring, outbound::Outbound, permission::Scope,
        target::Executable, time::Timestamp,
    },
    edge::{
        api_keys, client_tokens, conversations,
        db::{Batch, Boxed, DbFault, ResultSet},
        exchange::Exchange,
        failure::Failure,
        feedback, targets,
    },
    store::{caller::Caller, statement::Statement, targets::SetUp},
};

/// Answers a request of the management plane.
pub(super) async fn handle(
    exchange: &Exchange,
    route: Management,
    query: String,
) -> Result<Reply, Failure> {
    let keyring = exchange.keyring()?;
    let caller = exchange.caller(&keyring)?;
    let scope = route.scope();
    let call = &Call { exchange, query, keyring, caller, scope, key: OnceCell::new() };
    // Each on the heap, so that its code is compiled when it is first called, and never as a part of
    // one function of all handlers.
    let reply: Boxed<'_, Result<Reply, Failure>> = match route {
        Management::ListClientTokens => Box::pin(client_tokens::list(call)),
        Management::CreateClientToken => Box::pin(client_tokens::create(call)),
        Management::GetClientToken(id) => Box::pin(client_tokens::get(call, token(id)?)),
        Management::UpdateClientToken(id) => Box::pin(client_tokens::update(call, token(id)?)),
        Management::DeleteClientToken(id) => Box::pin(client_tokens::delete(call, token(id)?)),
        Management::GetTokenValue(id) => Box::pin(client_tokens::value(call, token(id)?)),
        Management::RegenerateTokenValue(id) => {
            Box::pin(client_tokens::regenerate(call, token(id)?))
        }
        Management::ListConversations(id) => Box::pin(conversations::list(call, token(id)?)),
        Management::GetConversation(id, conversation) => {
            let (id, conversation) = (token(id)?, named(Noun::Conversation, conversation)?);
            Box::pin(conversations::get(call, id, conversation))
        }
        Management::ListFeedback(id) => Box::pin(feedback::list(call, token(id)?)),
        Management::ListApiKeys => Box::pin(api_keys::list(call)),
        Management::CreateApiKey => Box::pin(api_keys::create(call)),
        Management::GetApiKey(id) => Box::pin(api_keys::get(call, key(id)?)),
        Management::RevokeApiKey(id) => Box::pin(api_keys::revoke(call, key(id)?)),
        Management::RegenerateApiKey(id) => Box::pin(api_keys::regenerate(call, key(id)?)),
        Management::ListTargets => Box::pin(targets::list(call)),
        Management::GetTarget(id) => Box::pin(targets::get(call, target(id)?)),
        Management::PutTarget(id) => Box::pin(targets::put(call, target(id)?)),
        Management::DeleteTarget(id) => Box::pin(targets::delete(call, target(id)?)),
    };
    reply.await
}

fn token<T>(id: Result<T, MalformedId>) -> Result<T, Error> {
    named(Noun::ClientToken, id)
}

fn key<T>(id: Result<T, MalformedId>) -> Result<T, Error> {
    named(Noun::ApiKey, id)
}

fn target<T>(id: Result<T, MalformedId>) -> Result<T, Error> {
    named(Noun::Target, id)
}

fn named<T>(noun: Noun, id: Result<T, MalformedId>) -> Result<T, Error> {
    id.map_err(|MalformedId| Error::MalformedId(noun))
}

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

    /// Proves the key and fetches `data` in one round trip, for an endpoint without query
    /// parameters.
    pub(super) async fn authorize<B: Batch>(&self, data: B) -> Result<B::Rows, Failure> {
        Ok(B::rows(&mut self.prove(data.statements(), Some(query::none)).await?)?)
    }

    /// Proves the key and fetches `data` in one round trip.
    pub(super) async fn authorize_querying<B: Batch>(&self, data: B) -> Result<B::Rows, Failure> {
        Ok(B::rows(&mut self.prove(data.statements(), None).await?)?)
    }

    fn prove<'a>(
        &'a self,
        data: Vec<&'a Statement>,
        check_query: Option<QueryCheck>,
    ) -> Boxed<'a, Result<IntoIter<ResultSet>, Failure>> {
        Box::pin(async move {
            let refused = check_query.and_then(|check| check(&self.query).err());
            let data = if refused.is_some() { Vec::new() } else { data };
            let (key, rows) = self.exchange.authorize(&self.caller, self.scope, data).await?;
            let _ = self.key.set(key);
            refused.map_or(Ok(rows), |error| Err(error.into()))
        })
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

    /// The body.
    pub(super) async fn body(&self) -> Result<Vec<u8>, Failure> {
        self.exchange.body(Allowance::Management).await
    }
}
