//! The management plane: from a route to its handler.
//!
//! It is here so that the order of refusals is the same for every endpoint: path and method,
//! then the credential, then what it may do, then the request (contract section 9). An id that
//! can't be one is refused before the database is asked, so it costs nothing.

use std::{cell::OnceCell, rc::Rc, vec::IntoIter};

use crate::{
    api::{
        error::{Error, Noun},
        query,
        reply::Reply,
        route::Management,
        targets::parse_default_upstream,
    },
    domain::{
        api_key::ApiKey, id::MalformedId, keyring::Keyring, permission::Scope, target::Executable,
        time::Timestamp,
    },
    edge::{
        api_keys,
        body::MANAGEMENT_BODY,
        client_tokens, conversations,
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
    match route {
        Management::ListClientTokens => client_tokens::list(call).await,
        Management::CreateClientToken => client_tokens::create(call).await,
        Management::GetClientToken(id) => client_tokens::get(call, token(id)?).await,
        Management::UpdateClientToken(id) => client_tokens::update(call, token(id)?).await,
        Management::DeleteClientToken(id) => client_tokens::delete(call, token(id)?).await,
        Management::GetTokenValue(id) => client_tokens::value(call, token(id)?).await,
        Management::RegenerateTokenValue(id) => client_tokens::regenerate(call, token(id)?).await,
        Management::ListConversations(id) => conversations::list(call, token(id)?).await,
        Management::GetConversation(id, conversation) => {
            let (id, conversation) = (token(id)?, named(Noun::Conversation, conversation)?);
            conversations::get(call, id, conversation).await
        }
        Management::ListFeedback(id) => feedback::list(call, token(id)?).await,
        Management::ListApiKeys => api_keys::list(call).await,
        Management::CreateApiKey => api_keys::create(call).await,
        Management::GetApiKey(id) => api_keys::get(call, key(id)?).await,
        Management::RevokeApiKey(id) => api_keys::revoke(call, key(id)?).await,
        Management::RegenerateApiKey(id) => api_keys::regenerate(call, key(id)?).await,
        Management::ListTargets => targets::list(call).await,
        Management::GetTarget(id) => targets::get(call, target(id)?).await,
        Management::PutTarget(id) => targets::put(call, target(id)?).await,
        Management::DeleteTarget(id) => targets::delete(call, target(id)?).await,
    }
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

    /// What is executed when the targets `set_up` are there. A default upstream with faults
    /// executes nothing.
    pub(super) fn executable(&self, set_up: Vec<SetUp>) -> Executable {
        let default = self.exchange.var("DEFAULT_UPSTREAM");
        let default = default.and_then(|text| parse_default_upstream(&text).ok());
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
        self.exchange.body(MANAGEMENT_BODY).await
    }
}
