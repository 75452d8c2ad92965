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
        route::{NoRoute, Route, Verb},
    },
    domain::{
        api_key::ApiKey,
        id::{ApiKeyId, ClientTokenId, MalformedId},
        keyring::Keyring,
        permission::Scope,
        time::Timestamp,
    },
    edge::{
        api_keys, client_tokens, conversations,
        db::{Batch, Db},
        exchange::Exchange,
        failure::Failure,
    },
    store::caller::Caller,
};

/// What is answered, and for which endpoint.
pub(super) struct Answer {
    /// The endpoint's path pattern, when there is an endpoint.
    pub(super) pattern: Option<&'static str>,
    /// The reply or why there is none.
    pub(super) outcome: Result<Reply, Failure>,
}

/// Answers a request.
pub(super) async fn answer(exchange: &Exchange) -> Answer {
    let refused = |error: Error| Answer { pattern: None, outcome: Err(error.into()) };
    let (path, query) = exchange.path_and_query();
    match Route::parse(Verb::parse(&exchange.method()), &path) {
        Ok(route) => {
            Answer { pattern: Some(route.pattern()), outcome: handle(exchange, route, query).await }
        }
        Err(NoRoute::UnknownPath) => refused(Error::UnknownPath),
        Err(NoRoute::MethodNotAllowed(allow)) => refused(Error::MethodNotAllowed(allow)),
    }
}

async fn handle(exchange: &Exchange, route: Route, query: String) -> Result<Reply, Failure> {
    let keyring = exchange.keyring()?;
    let caller = exchange.caller(&keyring)?;
    let call = Call { exchange, query, keyring, caller, scope: route.scope() };
    match route {
        Route::ListClientTokens => client_tokens::list(call).await,
        Route::CreateClientToken => client_tokens::create(call).await,
        Route::GetClientToken(id) => client_tokens::get(call, token(id)?).await,
        Route::UpdateClientToken(id) => client_tokens::update(call, token(id)?).await,
        Route::DeleteClientToken(id) => client_tokens::delete(call, token(id)?).await,
        Route::GetTokenValue(id) => client_tokens::value(call, token(id)?).await,
        Route::RegenerateTokenValue(id) => client_tokens::regenerate(call, token(id)?).await,
        Route::ListConversations(id) => conversations::list(call, token(id)?).await,
        Route::ListApiKeys => api_keys::list(call).await,
        Route::CreateApiKey => api_keys::create(call).await,
        Route::GetApiKey(id) => api_keys::get(call, key(id)?).await,
        Route::RevokeApiKey(id) => api_keys::revoke(call, key(id)?).await,
        Route::RegenerateApiKey(id) => api_keys::regenerate(call, key(id)?).await,
    }
}

fn token(id: Result<ClientTokenId, MalformedId>) -> Result<ClientTokenId, Error> {
    id.map_err(|MalformedId| Error::MalformedId(Noun::ClientToken))
}

fn key(id: Result<ApiKeyId, MalformedId>) -> Result<ApiKeyId, Error> {
    id.map_err(|MalformedId| Error::MalformedId(Noun::ApiKey))
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
        self.exchange.body().await
    }
}
