//! Whether a grant stays within its token when it is minted.

use super::Grant;
use crate::domain::{
    client_token::Settings,
    origin::OriginPattern,
    text::{TargetId, TargetIds},
};

/// What a grant has beyond its token: an entry at a place of its list, or a limit and the token's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excess<'a> {
    /// An entry of `allowedOrigins`, at this place, that admits more than the token's entries.
    Origin(usize, &'a OriginPattern),
    Flow(usize, &'a TargetId),
    Agent(usize, &'a TargetId),
    PerMinute(u32, u32),
    PerHour(u32, u32),
    PerSession(u32, u32),
}

impl Grant {
    /// An origin is within the token's if one entry of the token admits all that it admits:
    /// `https://a.example.com` is within `https://*.example.com`.
    pub fn excesses<'a>(&'a self, settings: &'a Settings) -> Vec<Excess<'a>> {
        let Settings { targets, limits, allowed_origins, .. } = settings;
        let origins = self.allowed_origins.iter().flatten().enumerate();
        let origins = origins.filter(|(_, entry)| !allowed_origins.covers(entry));
        let flows = unlisted(self.flow_ids.as_ref(), &targets.flow_ids);
        let agents = unlisted(self.agent_ids.as_ref(), &targets.agent_ids);
        let limits = [
            above(self.per_minute, limits.per_minute).map(|(is, most)| Excess::PerMinute(is, most)),
            above(self.per_hour, limits.per_hour).map(|(is, most)| Excess::PerHour(is, most)),
            above(self.per_session, limits.per_session)
                .map(|(is, most)| Excess::PerSession(is, most)),
        ];
        origins
            .map(|(at, entry)| Excess::Origin(at, entry))
            .chain(flows.map(|(at, id)| Excess::Flow(at, id)))
            .chain(agents.map(|(at, id)| Excess::Agent(at, id)))
            .chain(limits.into_iter().flatten())
            .collect()
    }
}

fn unlisted<'a>(
    granted: Option<&'a TargetIds>,
    listed: &'a TargetIds,
) -> impl Iterator<Item = (usize, &'a TargetId)> {
    let granted = granted.map(TargetIds::as_slice).unwrap_or_default();
    granted.iter().enumerate().filter(|(_, id)| !listed.contains(id))
}

fn above(granted: Option<u32>, most: Option<u32>) -> Option<(u32, u32)> {
    granted.zip(most).filter(|(granted, most)| granted > most)
}
