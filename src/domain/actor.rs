//! Who acts on the management plane, and what that one may do.

use crate::domain::{
    api_key::ApiKey,
    environment::Environment,
    id::ApiKeyId,
    permission::Permissions,
    text::{TargetId, TextFault},
    time::Timestamp,
};

/// The id of a signed-in user, as the service that signs users in writes it: 1 to 128 of
/// `[A-Za-z0-9_-]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserId(TargetId);

impl UserId {
    pub fn parse(text: impl Into<String>) -> Result<Self, TextFault> {
        TargetId::parse(text).map(Self)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActorId {
    Key(ApiKeyId),
    User(UserId),
}

/// One who acts: an API key, or a user with the rights of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: ActorId,
    /// What it sees and, unless told otherwise, makes. A user sees what a live key sees.
    pub environment: Environment,
    pub permissions: Permissions,
    /// The moment after which no key that it makes works; `None`: none. A user sets no bound: a
    /// session token lasts a minute, and a server's key must outlast it.
    pub expires_at: Option<Timestamp>,
}

impl Actor {
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.id {
            ActorId::Key(_) => None,
            ActorId::User(id) => Some(id),
        }
    }

    pub fn user(id: UserId, permissions: Permissions) -> Self {
        let environment = Environment::Live;
        Self { id: ActorId::User(id), environment, permissions, expires_at: None }
    }

    pub fn is_key(&self, id: ApiKeyId) -> bool {
        self.id == ActorId::Key(id)
    }

    /// Whether a key that expires at `end` (`None`: never) would work longer than this one acts.
    /// One that expires at the same instant doesn't.
    pub fn is_outlived_by(&self, end: Option<Timestamp>) -> bool {
        self.expires_at.is_some_and(|own| end.is_none_or(|end| end > own))
    }
}

impl From<&ApiKey> for Actor {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: ActorId::Key(key.id),
            environment: key.environment,
            permissions: key.permissions.clone(),
            expires_at: key.expires_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_makes_may_last() {
        let user = Actor::user(UserId::parse("user_a").unwrap(), Permissions::from_list(vec![]));
        assert!(!user.is_outlived_by(None));
        assert!(!user.is_outlived_by(Some(Timestamp::from_millis(1))));
        assert!(!user.is_key(ApiKeyId::new(Timestamp::from_millis(1), &[1; 10])));
        let bounded = Actor { expires_at: Some(Timestamp::from_millis(5)), ..user };
        assert!(bounded.is_outlived_by(None));
        assert!(bounded.is_outlived_by(Some(Timestamp::from_millis(6))));
        assert!(!bounded.is_outlived_by(Some(Timestamp::from_millis(5))));
    }
}
