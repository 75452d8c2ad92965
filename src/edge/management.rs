//! The management plane: from a route to its handler.
//!
//! It is here so that the order of refusals is the same for every endpoint: path and method,
//! then the credential, then what it may do, then the request (contract section 9). An id that
//! can't be one is refused before the database is asked, so it costs nothing.

use std::rc::Rc;

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
        api_keys, client_tokens, conversations,
        db::{Batch, Db},
        exchange::{Exchange, MANAGEMENT_BODY},
        failure::Failure,
        feedback, targets,
    },
    store::{caller::Caller, targets::SetUp},
};

/// Answers a request of the management plane.
pub(super) async fn handle(
    exchange: &Exchange,
    route: Management,
    query: String,
) -> Result<Reply, Failure> {
    let keyring = exchange.keyring()?;
    let caller = exchange.caller(&keyring)?;
    let call = Call { exchange, query, keyring, caller, scope: route.scope() };
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

/// A request whose key is proved by arithmetic and not yet by the database.
pub(super) struct Call<'a> {
    exchange: &'a Exchange,
    query: String,
    pub(super) keyring: Rc<Keyring>,
    pub(super) caller: Caller,
    scope: Scope,
}

impl Call<'_> {
    /// The moment of the request.
    pub(super) fn now(&self) -> Timestamp {
        self.exchange.now
    }

    /// The database, for the trips after the first.
    pub(super) fn db(&self) -> Result<&Db, Failure> {
        self.exchange.db()
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
    pub(super) async fn authorize<B: Batch>(&self, data: B) -> Result<(ApiKey, B::Rows), Failure> {
        self.query(query::none).await?;
        self.authorize_querying(data).await
    }

    /// Proves the key and fetches `data` in one round trip.
    pub(super) async fn authorize_querying<B: Batch>(
        &self,
        data: B,
    ) -> Result<(ApiKey, B::Rows), Failure> {
        self.exchange.authorize(&self.caller, self.scope, data).await
    }

    /// The query parameters; who may not come in is told that before any fault of theirs.
    pub(super) async fn query<T>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let parsed = parse(&self.query);
        if parsed.is_err() {
            self.authorize_querying(()).await?;
        }
        Ok(parsed?)
    }

    /// The body.
    pub(super) async fn body(&self) -> Result<Vec<u8>, Failure> {
        self.exchange.body(MANAGEMENT_BODY).await
    }
}
