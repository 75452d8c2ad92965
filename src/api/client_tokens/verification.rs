//! Judging a value on the wire (contract section 3.10).

use std::net::IpAddr;

use serde::Serialize;

use serde_json::Value;

use crate::{
    api::{
        error::Error,
        faults::{Code as FaultCode, Faults},
        fields::Fields,
        reply::Reply,
        values,
    },
    chat::{
        admission::Wish,
        explanation::{Code, Explanation, Reason},
    },
    domain::{
        client_token::ClientToken,
        grant::{EndUser, Grant},
        limiter::Visitor,
        text::{Name, TargetId},
        token_value,
    },
};

/// A body of `POST /v1/client-tokens/verify`.
#[derive(Debug)]
pub(crate) struct VerifyRequest {
    /// The value, unproved.
    pub(crate) token: String,
    /// The `Origin` header that the page would send; `None` is a request without one.
    origin: Option<String>,
    /// The flow or agent that the page would name.
    pub(crate) target: Option<TargetId>,
    /// The address whose limits are asked about; without one no limit is.
    pub(crate) visitor: Option<Visitor>,
    /// Whether the limiter counts this as a chat.
    pub(crate) consume: bool,
}

impl VerifyRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open(body, &mut faults)?;
        let token = fields.required("token", values::text);
        let origin = fields.optional("origin", values::text);
        let target = fields.optional("targetId", values::target_id);
        let visitor = fields.optional("visitor", visitor);
        let consume = fields.optional("consume", values::boolean).unwrap_or_default();
        fields.finish();
        if consume && visitor.is_none() && !faults.touch("visitor") {
            let message = "is required with consume: limits count by visitor";
            faults.add("visitor", FaultCode::MissingRequiredField, message);
        }
        match token {
            Some(token) if faults.is_empty() => {
                Ok(Self { token, origin, target, visitor, consume })
            }
            _ => Err(Error::Invalid(faults)),
        }
    }

    /// Whose limits are asked about: those of the user whom the value names, else of the visitor.
    pub(crate) fn counted(&self, grant: Option<&Grant>) -> Option<Visitor> {
        let user = grant.and_then(Grant::user_id).map(Visitor::from_user);
        user.or_else(|| self.visitor.clone())
    }

    /// What a page that sends the value would want.
    pub(crate) fn wish(&self) -> Wish<'_> {
        Wish { origin: self.origin.as_deref(), target: self.target.as_ref(), ..Wish::default() }
    }
}

fn visitor(value: Value, path: &str, faults: &mut Faults) -> Option<Visitor> {
    let text = values::text(value, path, faults)?;
    if text.parse::<IpAddr>().is_err() {
        faults.add(path, FaultCode::InvalidFormat, "must be the visitor's IPv4 or IPv6 address");
        return None;
    }
    Some(Visitor::from_ip(&text))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict<'a> {
    valid: bool,
    code: &'static str,
    reasons: Vec<ReasonView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<TokenView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<LimitsView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// The user whom a minted value names.
#[derive(Serialize)]
struct UserView<'a> {
    id: &'a str,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct ReasonView<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<Edit<'a>>,
}

/// The body of the update that would turn a reason.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Edit<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_ids: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_ids: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_active: Option<bool>,
}

/// What tells the token apart, and none of its settings: whoever verifies may not read those.
#[derive(Serialize)]
struct TokenView<'a> {
    id: String,
    name: &'a str,
    environment: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsView {
    rate_limit_per_minute: Option<u32>,
    rate_limit_per_hour: Option<u32>,
    max_messages_per_session: Option<u32>,
}

impl<'a> From<&'a Reason> for ReasonView<'a> {
    fn from(Reason { message, edit, .. }: &'a Reason) -> Self {
        let edit = edit.as_ref().map(|changes| Edit {
            flow_ids: changes.flow_ids.as_ref().map(|ids| ids_text(ids.as_slice())),
            agent_ids: changes.agent_ids.as_ref().map(|ids| ids_text(ids.as_slice())),
            allowed_origins: changes
                .allowed_origins
                .as_ref()
                .map(|origins| origins.iter().map(ToString::to_string).collect()),
            is_active: changes.is_active,
        });
        Self { message, edit }
    }
}

impl<'a> From<&'a EndUser> for UserView<'a> {
    fn from(EndUser { id, name }: &'a EndUser) -> Self {
        Self { id: id.as_str(), name: name.as_ref().map(Name::as_str) }
    }
}

fn ids_text(ids: &[TargetId]) -> Vec<&str> {
    ids.iter().map(TargetId::as_str).collect()
}

/// 200 for a value that arithmetic refuses, or that names no token of the caller's tenant.
pub(crate) fn unproved(value: &str) -> Reply {
    answer(&Explanation::flawed(token_value::flaw(value)), None, None)
}

/// 200 with the verdict on a value of `token`, as its holder meets that, and what a minted one
/// allows. A test key learns nothing of a live token.
pub(crate) fn verdict(
    explanation: &Explanation,
    token: &ClientToken,
    grant: Option<&Grant>,
) -> Reply {
    let is_told = explanation.code() != Code::EnvironmentMismatch;
    answer(explanation, Some(token).filter(|_| is_told), grant.filter(|_| is_told))
}

fn answer(explanation: &Explanation, token: Option<&ClientToken>, grant: Option<&Grant>) -> Reply {
    let client_token = token.map(|token| TokenView {
        id: token.id.to_string(),
        name: token.settings.name.as_str(),
        environment: token.environment.as_str(),
    });
    let limits = token.map(|token| &token.settings.limits).map(|limits| LimitsView {
        rate_limit_per_minute: limits.per_minute,
        rate_limit_per_hour: limits.per_hour,
        max_messages_per_session: limits.per_session,
    });
    Reply::json(
        200,
        &Verdict {
            valid: explanation.code() == Code::Valid,
            code: explanation.code().word(),
            reasons: explanation.reasons().iter().map(ReasonView::from).collect(),
            client_token,
            limits,
            user: grant.and_then(|grant| grant.user.as_ref()).map(UserView::from),
            expires_at: grant.map(|grant| grant.expires_at.to_string()),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_needs_a_visitor_and_every_fault_is_told_at_once() {
        let parse = |body: &str| VerifyRequest::parse(body.as_bytes());
        assert!(parse(r#"{"token":"x"}"#).is_ok());
        assert!(parse(r#"{"token":"x","consume":true,"visitor":"203.0.113.7"}"#).is_ok());
        for (body, count) in [
            (r#"{"token":"x","consume":true}"#, 1),
            (r#"{"consume":1,"visitor":"here","targetId":"","other":1}"#, 5),
            (r#"{"token":null,"origin":null}"#, 2),
        ] {
            let Err(Error::Invalid(faults)) = parse(body) else { panic!("{body}") };
            assert_eq!(faults.into_details().len(), count, "{body}");
        }
    }
}
