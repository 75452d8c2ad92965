//! Paths and methods of the endpoints for servers.

use super::*;

const ID: &str = "ct_9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f";

fn parse(method: &str, path: &str) -> Result<Management, NoRoute> {
    Management::parse(Verb::parse(method), path)
}

#[test]
fn every_endpoint_has_its_route() {
    let id = ClientTokenId::parse(ID);
    assert_eq!(parse("GET", "/v1/client-tokens"), Ok(Management::ListClientTokens));
    assert_eq!(parse("HEAD", "/v1/client-tokens"), Ok(Management::ListClientTokens));
    assert_eq!(
        parse("PUT", &format!("/v1/client-tokens/{ID}")),
        Ok(Management::UpdateClientToken(id))
    );
    assert_eq!(
        parse("POST", &format!("/v1/client-tokens/{ID}/regenerate")),
        Ok(Management::RegenerateTokenValue(id))
    );
    assert_eq!(
        parse("GET", &format!("/v1/client-tokens/{ID}/usage")),
        Ok(Management::GetUsage(id))
    );
    assert_eq!(
        parse("HEAD", &format!("/v1/client-tokens/{ID}/observed-origins")),
        Ok(Management::ListObservedOrigins(id))
    );
    assert_eq!(parse("POST", "/v1/client-tokens/verify"), Ok(Management::VerifyTokenValue));
    assert_eq!(parse("POST", "/v1/api-keys"), Ok(Management::CreateApiKey));
    assert_eq!(parse("HEAD", "/v1/audit-log"), Ok(Management::ListAuditLog));
    let key = "key_9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f";
    assert_eq!(
        parse("DELETE", &format!("/v1/api-keys/{key}/previous-key")),
        Ok(Management::EndPreviousApiKey(ApiKeyId::parse(key)))
    );
    let conversation = "conv_9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f";
    assert_eq!(
        parse("GET", &format!("/v1/client-tokens/{ID}/conversations/{conversation}")),
        Ok(Management::GetConversation(id, ConversationId::parse(conversation)))
    );
    assert_eq!(
        parse("DELETE", "/v1/targets/flow_a"),
        Ok(Management::DeleteTarget(target::parse_id("flow_a")))
    );
}

#[test]
fn a_known_path_says_which_methods_it_takes() {
    let allow = |method, path: &str| match parse(method, path) {
        Err(NoRoute::MethodNotAllowed(allow)) => allow,
        other => panic!("{other:?}"),
    };
    assert_eq!(allow("PATCH", "/v1/client-tokens"), "GET, HEAD, POST");
    assert_eq!(allow("OPTIONS", "/v1/client-tokens/x"), "GET, HEAD, PUT, DELETE");
    assert_eq!(allow("GET", "/v1/client-tokens/x/regenerate"), "POST");
    assert_eq!(allow("POST", "/v1/client-tokens/x/usage"), "GET, HEAD");
    assert_eq!(allow("DELETE", "/v1/client-tokens/x/observed-origins"), "GET, HEAD");
    assert_eq!(allow("get", "/v1/api-keys/x"), "GET, HEAD, DELETE");
    assert_eq!(allow("POST", "/v1/api-keys/x/previous-key"), "DELETE");
    assert_eq!(allow("PUT", "/v1/client-tokens/x/conversations"), "GET, HEAD, DELETE");
    assert_eq!(allow("PUT", "/v1/client-tokens/x/conversations/y"), "GET, HEAD, DELETE");
    assert_eq!(allow("DELETE", "/v1/client-tokens/x/conversations/export"), "GET, HEAD");
    assert_eq!(allow("POST", "/v1/targets"), "GET, HEAD");
    assert_eq!(allow("DELETE", "/v1/audit-log"), "GET, HEAD");
    assert_eq!(allow("PATCH", "/v1/targets/x"), "GET, HEAD, PUT, DELETE");
    assert_eq!(allow("GET", "/v1/targets/x/try"), "POST");
}

#[test]
fn empty_segments_and_other_paths_are_unknown() {
    for path in [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v2/client-tokens",
        "/v1/client-tokens/",
        "//v1/client-tokens",
        "/v1//client-tokens",
        "/v1/client-tokens//token",
        "/v1/Client-Tokens",
        "/v1/client-tokens/x/nothing",
        "/v1/client-tokens/x/token/y",
        "/v1/client-tokens/x/conversations/y/z",
        "/v1/client-tokens/x/conversations/export/z",
        "/v1/targets/x/y",
        "/v1/audit-log/1",
        "/v1/a/b/c/d/e",
    ] {
        assert_eq!(parse("GET", path), Err(NoRoute::UnknownPath), "{path}");
    }
}

#[test]
fn an_id_is_taken_as_sent() {
    let route = parse("GET", "/v1/client-tokens/..%2fapi-keys");
    assert_eq!(route, Ok(Management::GetClientToken(Err(MalformedId))));
}
