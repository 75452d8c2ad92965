"""What the schemas can't say: formats of the service's own, rules that join fields, and ids that exist."""

import os
import re
import uuid
from datetime import datetime, timezone

import schemathesis
from hypothesis import strategies as st

label = st.from_regex(r"[a-z]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
host = st.lists(label, min_size=2, max_size=4).map(".".join).filter(lambda host: not re.search(r"\.[0-9a-fx]*$", host))
port = st.integers(1, 65535).map(lambda port: f":{port}")
web = st.builds("{}://{}{}{}".format, st.sampled_from(["https", "http"]), st.sampled_from(["", "*."]), host, st.just("") | port)
bare = st.builds("{}{}{}".format, st.sampled_from(["", "*."]), host, st.just("") | port)
origins = st.sampled_from(["*", "native", "localhost:3000", "http://127.0.0.1:8080", "https://[::1]"]) | web | bare

schemathesis.openapi.format("origin-entry", origins)
schemathesis.openapi.format("base-url", st.sampled_from(["https://api.example.com", "https://api.example.com/v1"]))
schemathesis.openapi.format("secret-name", st.just("UPSTREAM_KEY"))
schemathesis.openapi.format("cursor", st.sampled_from(["000000", "000001", "00000z", "4gfFC3"]))
schemathesis.openapi.format("session-id", st.just(os.environ["SESSION"]))

STRETCH = {"from": "2026-01-31T09:00:00Z", "to": "2999-01-31T09:00:00Z"}
OWN = {"client-tokens": "TOKEN_ID", "api-keys": "KEY_ID"}


@schemathesis.hook
def before_call(context, case, kwargs):
    name = case.operation.definition.raw.get("operationId")
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    if is_positive and "stateful" not in str(case.meta.phase.name).lower():
        name_what_exists(case, name)
    # No conversation of this run is a user's, and minting changes nothing.
    if name not in ("eraseUser", "mintTokenValue"):
        keep_own(case)
    with_headers_that_hold(case.headers, is_positive)
    if is_positive and name == "getUsage" and case.query.get("by") == "hour":
        # By the hour a stretch may not be long.
        case.query.pop("from", None)
    if is_positive and name in ("exportConversations", "getUsage"):
        # A stretch of time that ends after it begins, within the years of the service.
        case.query.update({edge: STRETCH[edge] for edge in STRETCH if edge in case.query})
    if is_positive and isinstance(case.body, dict):
        case.body = agreeing(name, dict(case.body))


def with_headers_that_hold(headers, is_positive):
    """Each request is a new one, and changes whatever version is there: 412 comes before the body's faults."""
    for name in list(headers or {}):
        if name.lower() == "idempotency-key" and is_positive:
            headers[name] = str(uuid.uuid4())
        if name.lower() == "if-match":
            headers[name] = "*"


def keep_own(case):
    """Key and token of this run are neither deleted nor regenerated; another key stands in, which is there, too."""
    ids = case.path_parameters or {}
    for kind, variable in OWN.items():
        if f"/{kind}/" in case.operation.path and case.method.upper() in ("DELETE", "POST"):
            if ids.get("id") == os.environ[variable]:
                is_regenerated_key = kind == "api-keys" and case.method.upper() == "POST"
                ids["id"] = os.environ["SPARE_KEY_ID"] if is_regenerated_key else ids["id"][:-4] + "dead"


def name_what_exists(case, name):
    """Half of the ids are those of things that are there."""
    ids = case.path_parameters or {}
    if "id" not in ids or sum(str(ids["id"]).encode()) % 2:
        return
    if case.operation.path.startswith("/v1/client-tokens/"):
        ids["id"] = os.environ["TOKEN_ID"]
        if "conversationId" in ids:
            ids["conversationId"] = os.environ["CONVERSATION_ID"]
    elif name == "getApiKey":
        ids["id"] = os.environ["KEY_ID"]


def agreeing(name, body):
    """Rules between members, and credentials that are genuine."""
    if name in ("createClientToken", "updateClientToken"):
        body = with_targets_that_agree(body)
    if name == "updateClientToken":
        # The token of this run goes on working.
        for member in ("environment", "productSurfaceId", "isActive", "allowedOrigins", "flowIds", "defaultFlowId"):
            body.pop(member, None)
    if name == "putTarget" and isinstance(body.get("upstream"), dict):
        body["upstream"] = with_headers_once(body["upstream"])
    if name == "mintTokenValue":
        body = within_the_token(body)
    if name == "createApiKey" and is_past(body.get("expiresAt")):
        body["expiresAt"] = "9000-01-31T12:00:00Z"
    if name == "verifyTokenValue" and ("visitor" in body or body.get("consume")):
        body["visitor"] = "203.0.113.7"
    if name in ("init", "giveFeedback"):
        body["token"] = os.environ["TOKEN"]
        if body.get("flowId") is not None:
            body["flowId"] = "flow_a"
    if name in ("chat", "resume", "giveFeedback"):
        body["sessionId"] = os.environ["SESSION"]
    if name == "chat":
        body["messages"] = [with_own_id(message) for message in body.get("messages") or []]
    return body


def with_headers_once(upstream):
    """No header is there twice, nor the one of the key."""
    if not upstream.get("headers"):
        return upstream
    seen, kept = {(upstream.get("authHeader") or "authorization").lower()}, []
    for header in upstream["headers"]:
        if header["name"].lower() not in seen:
            seen.add(header["name"].lower())
            kept.append(header)
    return {**upstream, "headers": kept}


def within_the_token(body):
    """What is minted stays within the token of this run, and within the length of a value."""
    for member in ("allowedOrigins", "flowIds", "agentIds", "rateLimitPerMinute", "rateLimitPerHour", "maxMessagesPerSession"):
        body.pop(member, None)
    if "metadata" in body:
        body["metadata"] = {"plan": "pro"}
    if isinstance(body.get("user"), dict) and isinstance(body["user"].get("name"), str):
        body["user"]["name"] = body["user"]["name"][:40]
    return body


def with_own_id(message):
    """No message of the visitor has the id of an answer that was given before."""
    if message.get("role") == "user" and message.get("id"):
        return {**message, "id": f"visitor {message['id']}"[:255]}
    return message


def is_past(text):
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00")) <= datetime.now(timezone.utc)
    except (AttributeError, TypeError, ValueError):
        return text is not None


def with_targets_that_agree(body):
    if body.get("defaultFlowId") is not None:
        body["flowIds"] = [*(body.get("flowIds") or []), body["defaultFlowId"]]
    elif "flowIds" in body:
        body["defaultFlowId"] = None
    body["targetVersionId"] = body.get("targetVersionId") if body.get("targetAlias") is None else None
    if body["targetVersionId"] is not None:
        body["targetAlias"] = None
        body["agentIds"] = ["agent_a"]
    return body
