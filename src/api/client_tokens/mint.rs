//! Minting on the wire (contract section 3.9).

use serde::Serialize;

use serde_json::Value;

use crate::{
    api::{
        error::{Error, Noun},
        faults::{Code, Faults},
        fields::Fields,
        reply::Reply,
        values::{self, wrong_type},
    },
    domain::{
        client_token::{ClientToken, Settings},
        grant::{DEFAULT_LIFETIME_SECONDS, EndUser, Excess, Grant, LIFETIME_SECONDS, MAX_METADATA},
        keyring::Keyring,
        limits::LimitKind,
        origin::AllowedOrigins,
        text::{TargetId, TargetIds},
        time::Timestamp,
        token_value::{LONGEST, TokenValue},
    },
};

/// A body of `POST /v1/client-tokens/:id/mint`. Its faults are kept: some rules need the stored
/// token, and all faults are reported together.
#[derive(Debug)]
pub(crate) struct MintRequest {
    seconds: u32,
    /// Ends at an instant that doesn't count.
    grant: Grant,
    faults: Faults,
}

impl MintRequest {
    /// No body is the same as an empty object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let body = if body.is_empty() { b"{}" } else { body };
        let mut fields = Fields::open(body, &mut faults)?;
        let seconds = fields.optional("expiresInSeconds", lifetime);
        let grant = Grant {
            user: fields.optional("user", user),
            allowed_origins: fields.optional("allowedOrigins", values::allowed_origins),
            flow_ids: fields.optional("flowIds", values::target_ids),
            agent_ids: fields.optional("agentIds", values::target_ids),
            per_minute: fields.optional("rateLimitPerMinute", up_to(LimitKind::PER_MINUTE)),
            per_hour: fields.optional("rateLimitPerHour", up_to(LimitKind::PER_HOUR)),
            per_session: fields.optional("maxMessagesPerSession", up_to(LimitKind::PER_SESSION)),
            metadata: fields.optional("metadata", metadata),
            ..Grant::until(Timestamp::from_millis(0))
        };
        fields.finish();
        Ok(Self { seconds: seconds.unwrap_or(DEFAULT_LIFETIME_SECONDS), grant, faults })
    }

    /// The faults of the body by itself.
    #[cfg(test)]
    pub(crate) fn faults(self) -> Option<Error> {
        Some(self.faults).filter(|faults| !faults.is_empty()).map(Error::Invalid)
    }

    fn granted(
        &self,
        stored: Option<&ClientToken>,
        keyring: &Keyring,
        now: Timestamp,
    ) -> Result<(Grant, TokenValue), Error> {
        let mut faults = self.faults.clone();
        if let Some(token) = stored {
            for excess in self.grant.excesses(&token.settings) {
                add_excess(&excess, &token.settings, &mut faults);
            }
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let token = stored.ok_or(Error::NotFound(Noun::ClientToken))?;
        let grant = Grant { expires_at: now.plus_seconds(self.seconds), ..self.grant.clone() };
        let value = TokenValue::mint(&token.claims(), &grant, keyring);
        let value = value.ok_or(Error::ValueUnavailable)?;
        check_length(&grant, &value)?;
        Ok((grant, value))
    }

    /// 201 with a value of `stored`, minted at `now`; [`Error::NotFound`] only of a body without
    /// faults.
    pub(crate) fn answer(
        &self,
        stored: Option<&ClientToken>,
        keyring: &Keyring,
        now: Timestamp,
    ) -> Result<Reply, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Minted<'a> {
            token: &'a str,
            expires_at: String,
        }
        let (grant, value) = self.granted(stored, keyring, now)?;
        let expires_at = grant.expires_at.to_string();
        Ok(Reply::json(201, &Minted { token: value.expose(), expires_at }))
    }
}

/// A limit; unlike a token's it is never null, which would take the token's own away.
fn up_to(kind: LimitKind) -> impl Fn(Value, &str, &mut Faults) -> Option<u32> {
    values::whole_number(1, kind.max)
}

fn lifetime(value: Value, path: &str, faults: &mut Faults) -> Option<u32> {
    let (min, max) = LIFETIME_SECONDS.into_inner();
    values::whole_number(min, max)(value, path, faults)
}

fn user(value: Value, path: &str, faults: &mut Faults) -> Option<EndUser> {
    let mut fields = Fields::within(value, path, faults)?;
    let id = fields.required("id", values::end_user_id);
    let name = fields.optional("name", values::name);
    fields.finish();
    Some(EndUser { id: id?, name })
}

fn metadata(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    let text = match value {
        Value::Object(_) => value.to_string(),
        other => return wrong_type("an object", &other, path, faults),
    };
    if text.len() > MAX_METADATA {
        let message = format_args!("must be at most {MAX_METADATA} bytes of JSON");
        faults.add(path, Code::TooLong, message);
        return None;
    }
    Some(text)
}

fn add_excess(excess: &Excess<'_>, settings: &Settings, faults: &mut Faults) {
    let id = |list: &str, at: usize, id: &TargetId, faults: &mut Faults| {
        let message = format!("{} isn't one of the token's {list}", id.as_str());
        faults.add_at(format_args!("{list}.{at}"), Code::OutOfRange, message);
    };
    let above = |field: &str, is: u32, most: u32, faults: &mut Faults| {
        let message = format!("is {is}, more than the token's {field}, {most}");
        faults.add(field, Code::OutOfRange, message);
    };
    match excess {
        Excess::Origin(at, entry) => {
            let listed = listed(&settings.allowed_origins);
            let message = format!(
                "admits {entry}, which no entry of the token's allowedOrigins admits: {listed}"
            );
            faults.add_at(format_args!("allowedOrigins.{at}"), Code::OutOfRange, message);
        }
        Excess::Flow(at, flow) => id("flowIds", *at, flow, faults),
        Excess::Agent(at, agent) => id("agentIds", *at, agent, faults),
        Excess::PerMinute(is, most) => above("rateLimitPerMinute", *is, *most, faults),
        Excess::PerHour(is, most) => above("rateLimitPerHour", *is, *most, faults),
        Excess::PerSession(is, most) => above("maxMessagesPerSession", *is, *most, faults),
    }
}

fn listed(origins: &AllowedOrigins) -> String {
    origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Refuses a value that is too long for what it has to go through, and names what takes most.
fn check_length(grant: &Grant, value: &TokenValue) -> Result<(), Error> {
    let length = value.expose().len();
    if length <= LONGEST {
        return Ok(());
    }
    let ids =
        |ids: &TargetIds| ids.as_slice().iter().map(|id| id.as_str().len() + 3).sum::<usize>();
    let parts = [
        ("metadata", grant.metadata.as_ref().map_or(0, String::len)),
        ("allowedOrigins", grant.allowed_origins.as_ref().map_or(0, |list| listed(list).len())),
        ("flowIds", grant.flow_ids.as_ref().map_or(0, ids)),
        ("agentIds", grant.agent_ids.as_ref().map_or(0, ids)),
    ];
    let longest = parts.into_iter().max_by_key(|(_, length)| *length);
    let path = longest.map_or("metadata", |(name, _)| name);
    let mut faults = Faults::default();
    let message = format!(
        "takes most of the value, which would have {length} characters and may have {LONGEST}"
    );
    faults.add(path, Code::TooLong, message);
    Err(Error::Invalid(faults))
}

#[cfg(test)]
mod tests;
