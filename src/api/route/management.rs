//! The endpoints for servers: method and path, the required scope, and the path for the log
//! (contract sections 3 and 4).

use crate::{
    api::route::{NoRoute, Verb},
    domain::{
        id::{ApiKeyId, ClientTokenId, ConversationId, MalformedId},
        permission::Scope,
        target,
        text::TargetId,
    },
};

/// An id in a path. A malformed one is kept, since the credential is checked before it.
type PathId<T> = Result<T, MalformedId>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Management {
    /// `GET /v1/client-tokens`
    ListClientTokens,
    /// `POST /v1/client-tokens`
    CreateClientToken,
    /// `GET /v1/client-tokens/:id`
    GetClientToken(PathId<ClientTokenId>),
    /// `PUT /v1/client-tokens/:id`
    UpdateClientToken(PathId<ClientTokenId>),
    /// `DELETE /v1/client-tokens/:id`
    DeleteClientToken(PathId<ClientTokenId>),
    /// `GET /v1/client-tokens/:id/token`
    GetTokenValue(PathId<ClientTokenId>),
    /// `POST /v1/client-tokens/:id/regenerate`
    RegenerateTokenValue(PathId<ClientTokenId>),
    /// `POST /v1/client-tokens/:id/mint`
    MintTokenValue(PathId<ClientTokenId>),
    /// `POST /v1/client-tokens/verify`
    VerifyTokenValue,
    /// `GET /v1/client-tokens/:id/conversations`
    ListConversations(PathId<ClientTokenId>),
    /// `GET /v1/client-tokens/:id/conversations/:conversationId`
    GetConversation(PathId<ClientTokenId>, PathId<ConversationId>),
    /// `DELETE /v1/client-tokens/:id/conversations`
    EraseUser(PathId<ClientTokenId>),
    /// `DELETE /v1/client-tokens/:id/conversations/:conversationId`
    DeleteConversation(PathId<ClientTokenId>, PathId<ConversationId>),
    /// `GET /v1/client-tokens/:id/conversations/export`
    ExportConversations(PathId<ClientTokenId>),
    /// `GET /v1/client-tokens/:id/feedback`
    ListFeedback(PathId<ClientTokenId>),
    /// `GET /v1/client-tokens/:id/usage`
    GetUsage(PathId<ClientTokenId>),
    /// `GET /v1/client-tokens/:id/observed-origins`
    ListObservedOrigins(PathId<ClientTokenId>),
    /// `GET /v1/api-keys`
    ListApiKeys,
    /// `POST /v1/api-keys`
    CreateApiKey,
    /// `GET /v1/api-keys/:id`
    GetApiKey(PathId<ApiKeyId>),
    /// `DELETE /v1/api-keys/:id`
    RevokeApiKey(PathId<ApiKeyId>),
    /// `POST /v1/api-keys/:id/regenerate`
    RegenerateApiKey(PathId<ApiKeyId>),
    /// `DELETE /v1/api-keys/:id/previous-key`
    EndPreviousApiKey(PathId<ApiKeyId>),
    /// `GET /v1/targets`
    ListTargets,
    /// `GET /v1/targets/:id`
    GetTarget(PathId<TargetId>),
    /// `PUT /v1/targets/:id`
    PutTarget(PathId<TargetId>),
    /// `DELETE /v1/targets/:id`
    DeleteTarget(PathId<TargetId>),
    /// `POST /v1/targets/:id/try`
    TryTarget(PathId<TargetId>),
    /// `GET /v1/audit-log`
    ListAuditLog,
}

impl Management {
    /// The endpoint of a method and a path. Percent-escapes aren't decoded, and a path with an
    /// empty segment (a double or a trailing slash) is unknown.
    pub(crate) fn parse(verb: Verb, path: &str) -> Result<Self, NoRoute> {
        let mut segments = [""; 4];
        let mut count = 0;
        for segment in path.strip_prefix("/v1/").ok_or(NoRoute::UnknownPath)?.split('/') {
            *segments.get_mut(count).ok_or(NoRoute::UnknownPath)? = segment;
            count += 1;
        }
        let segments = segments.get(..count).unwrap_or_default();
        if segments.contains(&"") {
            return Err(NoRoute::UnknownPath);
        }
        match segments {
            ["client-tokens", rest @ ..] => Self::client_tokens(verb, rest),
            ["api-keys", rest @ ..] => Self::api_keys(verb, rest),
            ["targets", rest @ ..] => Self::targets(verb, rest),
            ["audit-log"] if verb == Verb::Get => Ok(Self::ListAuditLog),
            ["audit-log"] => Err(NoRoute::MethodNotAllowed("GET, HEAD")),
            _ => Err(NoRoute::UnknownPath),
        }
    }

    /// Whether `segment` follows `/v1/` in a path of this plane.
    pub(super) fn is_root(segment: &str) -> bool {
        ["client-tokens", "api-keys", "targets", "audit-log"].contains(&segment)
    }

    fn client_tokens(verb: Verb, rest: &[&str]) -> Result<Self, NoRoute> {
        let id = ClientTokenId::parse;
        match (rest, verb) {
            ([], Verb::Get) => Ok(Self::ListClientTokens),
            ([], Verb::Post) => Ok(Self::CreateClientToken),
            ([], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD, POST")),
            (["verify"], Verb::Post) => Ok(Self::VerifyTokenValue),
            (["verify"], _) => Err(NoRoute::MethodNotAllowed("POST")),
            ([text], Verb::Get) => Ok(Self::GetClientToken(id(text))),
            ([text], Verb::Put) => Ok(Self::UpdateClientToken(id(text))),
            ([text], Verb::Delete) => Ok(Self::DeleteClientToken(id(text))),
            ([_], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD, PUT, DELETE")),
            ([text, "token"], Verb::Get) => Ok(Self::GetTokenValue(id(text))),
            ([text, "conversations", rest @ ..], _) => Self::conversations(verb, id(text), rest),
            ([text, "feedback"], Verb::Get) => Ok(Self::ListFeedback(id(text))),
            ([text, "usage"], Verb::Get) => Ok(Self::GetUsage(id(text))),
            ([text, "observed-origins"], Verb::Get) => Ok(Self::ListObservedOrigins(id(text))),
            ([_, "token" | "feedback" | "usage" | "observed-origins"], _) => {
                Err(NoRoute::MethodNotAllowed("GET, HEAD"))
            }
            ([text, "regenerate"], Verb::Post) => Ok(Self::RegenerateTokenValue(id(text))),
            ([text, "mint"], Verb::Post) => Ok(Self::MintTokenValue(id(text))),
            ([_, "regenerate" | "mint"], _) => Err(NoRoute::MethodNotAllowed("POST")),
            _ => Err(NoRoute::UnknownPath),
        }
    }

    fn conversations(
        verb: Verb,
        token: PathId<ClientTokenId>,
        rest: &[&str],
    ) -> Result<Self, NoRoute> {
        let id = ConversationId::parse;
        match (rest, verb) {
            ([], Verb::Get) => Ok(Self::ListConversations(token)),
            ([], Verb::Delete) => Ok(Self::EraseUser(token)),
            (["export"], Verb::Get) => Ok(Self::ExportConversations(token)),
            (["export"], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD")),
            ([text], Verb::Get) => Ok(Self::GetConversation(token, id(text))),
            ([text], Verb::Delete) => Ok(Self::DeleteConversation(token, id(text))),
            ([] | [_], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD, DELETE")),
            _ => Err(NoRoute::UnknownPath),
        }
    }

    fn api_keys(verb: Verb, rest: &[&str]) -> Result<Self, NoRoute> {
        let id = ApiKeyId::parse;
        match (rest, verb) {
            ([], Verb::Get) => Ok(Self::ListApiKeys),
            ([], Verb::Post) => Ok(Self::CreateApiKey),
            ([], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD, POST")),
            ([text], Verb::Get) => Ok(Self::GetApiKey(id(text))),
            ([text], Verb::Delete) => Ok(Self::RevokeApiKey(id(text))),
            ([_], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD, DELETE")),
            ([text, "regenerate"], Verb::Post) => Ok(Self::RegenerateApiKey(id(text))),
            ([_, "regenerate"], _) => Err(NoRoute::MethodNotAllowed("POST")),
            ([text, "previous-key"], Verb::Delete) => Ok(Self::EndPreviousApiKey(id(text))),
            ([_, "previous-key"], _) => Err(NoRoute::MethodNotAllowed("DELETE")),
            _ => Err(NoRoute::UnknownPath),
        }
    }

    fn targets(verb: Verb, rest: &[&str]) -> Result<Self, NoRoute> {
        let id = target::parse_id;
        match (rest, verb) {
            ([], Verb::Get) => Ok(Self::ListTargets),
            ([], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD")),
            ([text], Verb::Get) => Ok(Self::GetTarget(id(text))),
            ([text], Verb::Put) => Ok(Self::PutTarget(id(text))),
            ([text], Verb::Delete) => Ok(Self::DeleteTarget(id(text))),
            ([_], _) => Err(NoRoute::MethodNotAllowed("GET, HEAD, PUT, DELETE")),
            ([text, "try"], Verb::Post) => Ok(Self::TryTarget(id(text))),
            ([_, "try"], _) => Err(NoRoute::MethodNotAllowed("POST")),
            _ => Err(NoRoute::UnknownPath),
        }
    }

    pub(crate) fn scope(&self) -> Scope {
        match self {
            Self::ListClientTokens
            | Self::GetClientToken(_)
            | Self::GetTokenValue(_)
            | Self::ListConversations(_)
            | Self::GetConversation(..)
            | Self::ExportConversations(_)
            | Self::ListFeedback(_)
            | Self::GetUsage(_)
            | Self::ListObservedOrigins(_) => Scope::ClientTokensRead,
            Self::CreateClientToken
            | Self::UpdateClientToken(_)
            | Self::RegenerateTokenValue(_) => Scope::ClientTokensWrite,
            Self::DeleteClientToken(_) | Self::DeleteConversation(..) | Self::EraseUser(_) => {
                Scope::ClientTokensDelete
            }
            Self::MintTokenValue(_) => Scope::ClientTokensMint,
            Self::VerifyTokenValue => Scope::ClientTokensVerify,
            Self::ListApiKeys | Self::GetApiKey(_) => Scope::ApiKeysRead,
            Self::CreateApiKey
            | Self::RevokeApiKey(_)
            | Self::RegenerateApiKey(_)
            | Self::EndPreviousApiKey(_) => Scope::ApiKeysWrite,
            Self::ListTargets | Self::GetTarget(_) => Scope::TargetsRead,
            Self::PutTarget(_) | Self::DeleteTarget(_) | Self::TryTarget(_) => Scope::TargetsWrite,
            Self::ListAuditLog => Scope::AuditRead,
        }
    }

    /// The path for the log, with placeholders for its ids.
    pub(crate) fn pattern(&self) -> &'static str {
        match self {
            Self::ListClientTokens | Self::CreateClientToken => "/v1/client-tokens",
            Self::GetClientToken(_) | Self::UpdateClientToken(_) | Self::DeleteClientToken(_) => {
                "/v1/client-tokens/:id"
            }
            Self::GetTokenValue(_) => "/v1/client-tokens/:id/token",
            Self::RegenerateTokenValue(_) => "/v1/client-tokens/:id/regenerate",
            Self::MintTokenValue(_) => "/v1/client-tokens/:id/mint",
            Self::VerifyTokenValue => "/v1/client-tokens/verify",
            Self::ListConversations(_) | Self::EraseUser(_) => {
                "/v1/client-tokens/:id/conversations"
            }
            Self::GetConversation(..) | Self::DeleteConversation(..) => {
                "/v1/client-tokens/:id/conversations/:conversationId"
            }
            Self::ExportConversations(_) => "/v1/client-tokens/:id/conversations/export",
            Self::ListFeedback(_) => "/v1/client-tokens/:id/feedback",
            Self::GetUsage(_) => "/v1/client-tokens/:id/usage",
            Self::ListObservedOrigins(_) => "/v1/client-tokens/:id/observed-origins",
            Self::ListApiKeys | Self::CreateApiKey => "/v1/api-keys",
            Self::GetApiKey(_) | Self::RevokeApiKey(_) => "/v1/api-keys/:id",
            Self::RegenerateApiKey(_) => "/v1/api-keys/:id/regenerate",
            Self::EndPreviousApiKey(_) => "/v1/api-keys/:id/previous-key",
            Self::ListTargets => "/v1/targets",
            Self::GetTarget(_) | Self::PutTarget(_) | Self::DeleteTarget(_) => "/v1/targets/:id",
            Self::TryTarget(_) => "/v1/targets/:id/try",
            Self::ListAuditLog => "/v1/audit-log",
        }
    }
}

#[cfg(test)]
mod tests;
