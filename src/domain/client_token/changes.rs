//! What an update changes in a token.
//!
//! An update writes only the fields that it names, so two updates of different fields at the same
//! time don't undo each other.

use crate::domain::{
    client_token::{Settings, Targets},
    config::Config,
    limits::Limits,
    origin::AllowedOrigins,
    text::{Label, Name, TargetId, TargetIds},
};

/// The new values of fields; `None` leaves a field as it is. Where there are two options, the inner
/// `None` is the value null. Lists are whole, not additions, and so is the configuration: its
/// members aren't merged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    pub name: Option<Name>,
    pub flow_ids: Option<TargetIds>,
    /// One of the flows, or null for the first one.
    pub default_flow_id: Option<Option<TargetId>>,
    pub agent_ids: Option<TargetIds>,
    pub allowed_origins: Option<AllowedOrigins>,
    pub pin_to_version: Option<Option<Label>>,
    pub target_alias: Option<Option<Label>>,
    pub target_version_id: Option<Option<Label>>,
    pub per_minute: Option<Option<u32>>,
    pub per_hour: Option<Option<u32>>,
    pub per_session: Option<Option<u32>>,
    pub idle_minutes: Option<Option<u32>>,
    pub config: Option<Config>,
    pub is_active: Option<bool>,
}

impl Changes {
    pub fn applied_to(&self, settings: &Settings) -> Settings {
        Settings {
            name: or(self.name.as_ref(), &settings.name),
            targets: self.applied_to_targets(&settings.targets),
            allowed_origins: or(self.allowed_origins.as_ref(), &settings.allowed_origins),
            pin_to_version: or(self.pin_to_version.as_ref(), &settings.pin_to_version),
            limits: Limits {
                per_minute: self.per_minute.unwrap_or(settings.limits.per_minute),
                per_hour: self.per_hour.unwrap_or(settings.limits.per_hour),
                per_session: self.per_session.unwrap_or(settings.limits.per_session),
                idle_minutes: self.idle_minutes.unwrap_or(settings.limits.idle_minutes),
            },
            config: or(self.config.as_ref(), &settings.config),
            is_active: self.is_active.unwrap_or(settings.is_active),
        }
    }

    pub fn applied_to_targets(&self, targets: &Targets) -> Targets {
        Targets {
            flow_ids: or(self.flow_ids.as_ref(), &targets.flow_ids),
            default_flow_id: or(self.default_flow_id.as_ref(), &targets.default_flow_id),
            agent_ids: or(self.agent_ids.as_ref(), &targets.agent_ids),
            alias: or(self.target_alias.as_ref(), &targets.alias),
            version_id: or(self.target_version_id.as_ref(), &targets.version_id),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn or<T: Clone>(change: Option<&T>, stored: &T) -> T {
    change.unwrap_or(stored).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client_token::tests::settings;

    #[test]
    fn changes_touch_only_what_they_name() {
        let before = settings();
        assert_eq!(Changes::default().applied_to(&before), before);
        let changes =
            Changes { per_minute: Some(None), is_active: Some(false), ..Changes::default() };
        let mut after = before.clone();
        after.limits.per_minute = None;
        after.is_active = false;
        assert_eq!(changes.applied_to(&before), after);
        assert!(!changes.is_empty());
    }
}
