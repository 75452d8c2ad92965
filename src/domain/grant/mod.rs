//! What a minted value allows (contract section 3.9): less than its token, for one user or page, and
//! for a while.
//!
//! A grant is written nowhere. Its text travels in the minted value and in the ids of the sessions
//! opened with it, under their tags, and whoever holds them can read it. Since a token may be
//! narrowed after the mint, both the grant and the token, as it is now, have to allow a request.

mod subset;
mod text;

use serde::{Deserialize, Serialize};

use crate::domain::{
    client_token::{ClientToken, Targets},
    limits::Limits,
    origin::{AllowedOrigins, RequestOrigin},
    text::{EndUserId, Name, TargetIds},
    time::Timestamp,
};

pub use subset::Excess;

/// The seconds that a minted value may live.
pub const LIFETIME_SECONDS: std::ops::RangeInclusive<u32> = 60..=86_400;

/// The lifetime of one whose request names none, in seconds.
pub const DEFAULT_LIFETIME_SECONDS: u32 = 3_600;

/// The most bytes of the metadata, as JSON.
pub const MAX_METADATA: usize = 1_024;

/// A signed-in user, as the server that minted the value knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndUser {
    /// The server's own id of the user.
    pub id: EndUserId,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

/// A field that is `None` narrows nothing. Its members are named as in the request that mints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// The end of the value and of its sessions; at this instant they are over.
    pub expires_at: Timestamp,
    /// The user whose limits and conversations are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<EndUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_origins: Option<AllowedOrigins>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_ids: Option<TargetIds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_ids: Option<TargetIds>,
    #[serde(rename = "rateLimitPerMinute", skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    #[serde(rename = "rateLimitPerHour", skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    #[serde(rename = "maxMessagesPerSession", skip_serializing_if = "Option::is_none")]
    pub per_session: Option<u32>,
    /// What the upstream is told of the user or page: a JSON object as text.
    #[serde(with = "text::object", skip_serializing_if = "Option::is_none", default)]
    pub metadata: Option<String>,
}

impl Grant {
    /// A grant of everything that the token allows, until `expires_at`.
    pub fn until(expires_at: Timestamp) -> Self {
        Self {
            expires_at,
            user: None,
            allowed_origins: None,
            flow_ids: None,
            agent_ids: None,
            per_minute: None,
            per_hour: None,
            per_session: None,
            metadata: None,
        }
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    pub fn user_id(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.id.as_str())
    }

    /// Whether the grant lets pages of this origin in; the token has to do so, too.
    pub fn admits(&self, origin: &RequestOrigin) -> bool {
        self.allowed_origins.as_ref().is_none_or(|allowed| allowed.admits(origin))
    }

    /// The token as a holder of this grant meets it: fewer targets and tighter limits. Origins are
    /// asked by [`Grant::admits`], since two lists of patterns have no common one.
    pub fn narrow(&self, mut token: ClientToken) -> ClientToken {
        let settings = &mut token.settings;
        settings.targets = self.targets(&settings.targets);
        settings.limits = self.limits(settings.limits);
        token
    }

    fn targets(&self, of_token: &Targets) -> Targets {
        let flow_ids = both(&of_token.flow_ids, self.flow_ids.as_ref());
        let default = of_token.default_flow_id.as_ref().filter(|id| flow_ids.contains(id));
        Targets {
            default_flow_id: default.cloned(),
            agent_ids: both(&of_token.agent_ids, self.agent_ids.as_ref()),
            flow_ids,
            ..of_token.clone()
        }
    }

    fn limits(&self, of_token: Limits) -> Limits {
        Limits {
            per_minute: tighter(of_token.per_minute, self.per_minute),
            per_hour: tighter(of_token.per_hour, self.per_hour),
            per_session: tighter(of_token.per_session, self.per_session),
            ..of_token
        }
    }
}

fn both(ids: &TargetIds, granted: Option<&TargetIds>) -> TargetIds {
    granted.map_or_else(|| ids.clone(), |granted| ids.among(granted))
}

/// `None` is no limit.
fn tighter(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    [one, other].into_iter().flatten().min()
}

#[cfg(test)]
pub(crate) mod tests;
