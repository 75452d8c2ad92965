//! The routes and the operations of `openapi.json`, held together in both directions.

use std::collections::BTreeSet;

use super::{Browser, Management, Route, Verb};
use crate::api::openapi::tests::{Operation, operations};

/// Names the operation of every route: the compiler misses a route that isn't here, and
/// [`OPERATIONS`] has what the match has.
macro_rules! operations {
    ($($route:pat => $operation:literal,)*) => {
        fn operation(route: &Route) -> &'static str {
            match route {
                $($route => $operation,)*
                // The Fetch standard says what a preflight is; it is no operation of this service.
                Route::Browser(Browser::Preflight) => "",
                // For people; programs find nothing there.
                Route::Home => "",
            }
        }

        const OPERATIONS: &[&str] = &[$($operation,)*];
    };
}

operations! {
    Route::Management(Management::ListClientTokens) => "listClientTokens",
    Route::Management(Management::CreateClientToken) => "createClientToken",
    Route::Management(Management::MintTokenValue(_)) => "mintTokenValue",
    Route::Management(Management::VerifyTokenValue) => "verifyTokenValue",
    Route::Management(Management::GetClientToken(_)) => "getClientToken",
    Route::Management(Management::UpdateClientToken(_)) => "updateClientToken",
    Route::Management(Management::DeleteClientToken(_)) => "deleteClientToken",
    Route::Management(Management::GetTokenValue(_)) => "getTokenValue",
    Route::Management(Management::RegenerateTokenValue(_)) => "regenerateTokenValue",
    Route::Management(Management::ListConversations(_)) => "listConversations",
    Route::Management(Management::GetConversation(..)) => "getConversation",
    Route::Management(Management::EraseUser(_)) => "eraseUser",
    Route::Management(Management::DeleteConversation(..)) => "deleteConversation",
    Route::Management(Management::ExportConversations(_)) => "exportConversations",
    Route::Management(Management::ListFeedback(_)) => "listFeedback",
    Route::Management(Management::GetUsage(_)) => "getUsage",
    Route::Management(Management::ListObservedOrigins(_)) => "listObservedOrigins",
    Route::Management(Management::ListApiKeys) => "listApiKeys",
    Route::Management(Management::CreateApiKey) => "createApiKey",
    Route::Management(Management::GetApiKey(_)) => "getApiKey",
    Route::Management(Management::RevokeApiKey(_)) => "revokeApiKey",
    Route::Management(Management::RegenerateApiKey(_)) => "regenerateApiKey",
    Route::Management(Management::EndPreviousApiKey(_)) => "endPreviousApiKey",
    Route::Management(Management::ListAuditLog) => "listAuditLog",
    Route::Management(Management::ListTargets) => "listTargets",
    Route::Management(Management::GetTarget(_)) => "getTarget",
    Route::Management(Management::PutTarget(_)) => "putTarget",
    Route::Management(Management::DeleteTarget(_)) => "deleteTarget",
    Route::Management(Management::TryTarget(_)) => "tryTarget",
    Route::Browser(Browser::Init) => "init",
    Route::Browser(Browser::Chat) => "chat",
    Route::Browser(Browser::Resume) => "resume",
    Route::Browser(Browser::Feedback) => "giveFeedback",
    Route::Bootstrap => "bootstrap",
    Route::Document => "getDocument",
}

/// The path with the document's own examples in the place of its parameters.
fn example_path(path: &str, operation: &serde_json::Value) -> String {
    let parameters = operation.get("parameters").and_then(|list| list.as_array());
    parameters.into_iter().flatten().filter(|parameter| parameter["in"] == "path").fold(
        path.to_owned(),
        |path, parameter| {
            let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
            assert!(path.contains(&name), "{path} has no {name}");
            path.replace(&name, parameter["example"].as_str().unwrap())
        },
    )
}

#[test]
fn every_operation_is_a_route_with_its_scope() {
    for found in operations() {
        let path = example_path(&found.path, &found.value);
        assert!(!path.contains('{'), "{path}");
        let route = Route::parse(Verb::parse(&found.method), &path);
        let route = route.unwrap_or_else(|none| panic!("{} {path}: {none:?}", found.method));
        assert_eq!(operation(&route), found.id());
        let security = &found.value["security"];
        match &route {
            Route::Management(route) => {
                assert_eq!(security[0]["apiKey"][0], route.scope().as_str(), "{}", found.id());
                let pattern = found.path.replace('{', ":").replace('}', "");
                assert_eq!(pattern, route.pattern());
            }
            Route::Browser(route) => {
                assert_eq!(found.path, route.pattern());
                assert_eq!(security.as_array().map(Vec::len), Some(0), "{}", found.id());
            }
            Route::Bootstrap => assert_eq!(security[0]["bootstrapKey"], serde_json::json!([])),
            Route::Document | Route::Home => {
                assert_eq!(security.as_array().map(Vec::len), Some(0));
            }
        }
    }
}

#[test]
fn every_route_is_an_operation() {
    let documented = operations();
    let ids: BTreeSet<&str> = documented.iter().map(Operation::id).collect();
    assert_eq!(ids.len(), documented.len(), "an operation id is there twice");
    assert_eq!(ids, OPERATIONS.iter().copied().collect());
}
