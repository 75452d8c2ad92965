//! The management plane: from a route to its handler.
//!
//! The order of refusals is the same for every endpoint: path and method, then the credential,
//! then what it may do, then the request (contract section 9). An id that can't be one is refused
//! before the database is asked, so it costs nothing. A key that sends too much is turned away
//! once it is proved by arithmetic.

mod api_keys;
mod audit_log;
mod call;
mod client_tokens;
mod conversations;
mod export;
mod feedback;
mod once;
mod targets;
mod trial;
mod usage;
mod verification;

use crate::{
    api::{
        error::{Error, Noun},
        reply::Reply,
        route::Management,
    },
    domain::id::MalformedId,
    handlers::{context::Context, failure::Failure, said::Said},
    platform::Boxed,
};

use self::call::Call;

pub(super) async fn handle(
    context: &Context,
    route: Management,
    query: String,
) -> Result<Said, Failure> {
    let call = &Call::begin(context, route.scope(), query).await?;
    call.shed().await?;
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
        Management::MintTokenValue(id) => Box::pin(client_tokens::mint(call, token(id)?)),
        Management::VerifyTokenValue => Box::pin(verification::verify(call)),
        Management::ListConversations(id) => Box::pin(conversations::list(call, token(id)?)),
        Management::GetConversation(id, conversation) => {
            let (id, conversation) = (token(id)?, named(Noun::Conversation, conversation)?);
            Box::pin(conversations::get(call, id, conversation))
        }
        Management::EraseUser(id) => Box::pin(conversations::erase(call, token(id)?)),
        Management::DeleteConversation(id, conversation) => {
            let (id, conversation) = (token(id)?, named(Noun::Conversation, conversation)?);
            Box::pin(conversations::delete(call, id, conversation))
        }
        Management::ExportConversations(id) => {
            return Box::pin(export::export(call, token(id)?)).await;
        }
        Management::ListFeedback(id) => Box::pin(feedback::list(call, token(id)?)),
        Management::GetUsage(id) => Box::pin(usage::usage(call, token(id)?)),
        Management::ListObservedOrigins(id) => Box::pin(usage::origins(call, token(id)?)),
        Management::ListApiKeys => Box::pin(api_keys::list(call)),
        Management::CreateApiKey => Box::pin(api_keys::create(call)),
        Management::GetApiKey(id) => Box::pin(api_keys::get(call, key(id)?)),
        Management::RevokeApiKey(id) => Box::pin(api_keys::revoke(call, key(id)?)),
        Management::RegenerateApiKey(id) => Box::pin(api_keys::regenerate(call, key(id)?)),
        Management::EndPreviousApiKey(id) => Box::pin(api_keys::end_grace(call, key(id)?)),
        Management::ListTargets => Box::pin(targets::list(call)),
        Management::GetTarget(id) => Box::pin(targets::get(call, target(id)?)),
        Management::PutTarget(id) => Box::pin(targets::put(call, target(id)?)),
        Management::DeleteTarget(id) => Box::pin(targets::delete(call, target(id)?)),
        Management::TryTarget(id) => Box::pin(trial::attempt(call, target(id)?)),
        Management::ListAuditLog => Box::pin(audit_log::list(call)),
    };
    reply.await.map(Said::Reply)
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
