//! The management plane: from a route to its handler.
//!
//! The order of refusals is the same for every endpoint: path and method, then the credential,
//! then what it may do, then the request (contract section 9). An id that can't be one is refused
//! before the database is asked, so it costs nothing. A key that sends too much is turned away
//! once it is proved by arithmetic.

mod api_keys;
mod audit_log;
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
    handlers::{context::Context, failure::Failure, said::Said, trip::Permit},
    platform::Boxed,
};

pub(super) async fn handle(cx: &Context, route: Management) -> Result<Said, Failure> {
    let by = &Permit::of(cx, route.scope()).await?;
    // Each on the heap, so that its code is compiled when it is first called, and never as a part of
    // one function of all handlers.
    let reply: Boxed<'_, Result<Reply, Failure>> = match route {
        Management::ListClientTokens => Box::pin(client_tokens::list(cx, by)),
        Management::CreateClientToken => Box::pin(client_tokens::create(cx, by)),
        Management::GetClientToken(id) => Box::pin(client_tokens::get(cx, by, token(id)?)),
        Management::UpdateClientToken(id) => Box::pin(client_tokens::update(cx, by, token(id)?)),
        Management::DeleteClientToken(id) => Box::pin(client_tokens::delete(cx, by, token(id)?)),
        Management::GetTokenValue(id) => Box::pin(client_tokens::value(cx, by, token(id)?)),
        Management::RegenerateTokenValue(id) => {
            Box::pin(client_tokens::regenerate(cx, by, token(id)?))
        }
        Management::MintTokenValue(id) => Box::pin(client_tokens::mint(cx, by, token(id)?)),
        Management::VerifyTokenValue => Box::pin(verification::verify(cx, by)),
        Management::ListConversations(id) => Box::pin(conversations::list(cx, by, token(id)?)),
        Management::GetConversation(id, conversation) => {
            let (id, conversation) = (token(id)?, named(Noun::Conversation, conversation)?);
            Box::pin(conversations::get(cx, by, id, conversation))
        }
        Management::EraseUser(id) => Box::pin(conversations::erase(cx, by, token(id)?)),
        Management::DeleteConversation(id, conversation) => {
            let (id, conversation) = (token(id)?, named(Noun::Conversation, conversation)?);
            Box::pin(conversations::delete(cx, by, id, conversation))
        }
        Management::ExportConversations(id) => {
            return Box::pin(export::export(cx, by, token(id)?)).await;
        }
        Management::ListFeedback(id) => Box::pin(feedback::list(cx, by, token(id)?)),
        Management::GetUsage(id) => Box::pin(usage::usage(cx, by, token(id)?)),
        Management::ListObservedOrigins(id) => Box::pin(usage::origins(cx, by, token(id)?)),
        Management::ListApiKeys => Box::pin(api_keys::list(cx, by)),
        Management::CreateApiKey => Box::pin(api_keys::create(cx, by)),
        Management::GetApiKey(id) => Box::pin(api_keys::get(cx, by, key(id)?)),
        Management::RevokeApiKey(id) => Box::pin(api_keys::revoke(cx, by, key(id)?)),
        Management::RegenerateApiKey(id) => Box::pin(api_keys::regenerate(cx, by, key(id)?)),
        Management::EndPreviousApiKey(id) => Box::pin(api_keys::end_grace(cx, by, key(id)?)),
        Management::ListTargets => Box::pin(targets::list(cx, by)),
        Management::GetTarget(id) => Box::pin(targets::get(cx, by, target(id)?)),
        Management::PutTarget(id) => Box::pin(targets::put(cx, by, target(id)?)),
        Management::DeleteTarget(id) => Box::pin(targets::delete(cx, by, target(id)?)),
        Management::TryTarget(id) => Box::pin(trial::attempt(cx, by, target(id)?)),
        Management::ListAuditLog => Box::pin(audit_log::list(cx, by)),
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
