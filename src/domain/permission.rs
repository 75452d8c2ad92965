//! What an API key may do: scopes, their wildcards, and the rule that no key grants more than its
//! maker has (contract section 4).

use std::fmt;

use serde::Deserialize;

use crate::domain::words::words;

words! {
    /// One right, as an endpoint asks for it.
    pub enum Scope {
        /// See client tokens, their values and conversations.
        ClientTokensRead = "CLIENT_TOKENS:READ",
        ClientTokensWrite = "CLIENT_TOKENS:WRITE",
        ClientTokensDelete = "CLIENT_TOKENS:DELETE",
        /// Mint short-lived values for users and pages.
        ClientTokensMint = "CLIENT_TOKENS:MINT",
        /// Ask what a value may do, and count its use.
        ClientTokensVerify = "CLIENT_TOKENS:VERIFY",
        /// See API keys, never their values.
        ApiKeysRead = "API_KEYS:READ",
        /// Make, regenerate and revoke API keys.
        ApiKeysWrite = "API_KEYS:WRITE",
        TargetsRead = "TARGETS:READ",
        /// Make, change and delete targets.
        TargetsWrite = "TARGETS:WRITE",
        AuditRead = "AUDIT:READ",
    }
}

impl Scope {
    /// Every permission, as text, that includes this right: its own, its resource's and `*`.
    pub fn grants(self) -> impl Iterator<Item = &'static str> {
        GRANTS.into_iter().filter(move |grant| Permission(grant).covers(self.as_str()))
    }
}

/// The text of every permission, wildcards last.
const GRANTS: [&str; 15] = [
    "CLIENT_TOKENS:READ",
    "CLIENT_TOKENS:WRITE",
    "CLIENT_TOKENS:DELETE",
    "CLIENT_TOKENS:MINT",
    "CLIENT_TOKENS:VERIFY",
    "API_KEYS:READ",
    "API_KEYS:WRITE",
    "TARGETS:READ",
    "TARGETS:WRITE",
    "AUDIT:READ",
    "CLIENT_TOKENS:*",
    "API_KEYS:*",
    "TARGETS:*",
    "AUDIT:*",
    "*",
];

/// One permission of a key: a scope, all scopes of a resource, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission(&'static str);

impl Permission {
    /// The texts of all permissions, in the order in which messages list them.
    pub const ALL: [&'static str; 15] = GRANTS;

    pub fn parse(text: &str) -> Option<Self> {
        GRANTS.into_iter().find(|grant| *grant == text).map(Self)
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether this permission includes the one of the text `other`. `*` also stands for scopes
    /// that later versions add, so only `*` covers it.
    fn covers(self, other: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(head) => other.starts_with(head),
            None => self.0 == other,
        }
    }
}

/// The permissions of a key, each once, in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Permissions(Vec<Permission>);

impl Permissions {
    /// Everything, also what later versions add.
    pub fn all() -> Self {
        Self(vec![Permission("*")])
    }

    /// Drops duplicates and takes the rest.
    pub fn from_list(list: Vec<Permission>) -> Self {
        let mut distinct = Vec::with_capacity(list.len());
        for permission in list {
            if !distinct.contains(&permission) {
                distinct.push(permission);
            }
        }
        Self(distinct)
    }

    pub fn as_slice(&self) -> &[Permission] {
        &self.0
    }

    pub fn allow(&self, scope: Scope) -> bool {
        self.0.iter().any(|p| p.covers(scope.as_str()))
    }

    /// The first of `wanted` that none of these covers, and that a maker with these must not grant.
    pub fn missing(&self, wanted: &Self) -> Option<Permission> {
        wanted.0.iter().copied().find(|want| !self.0.iter().any(|have| have.covers(want.0)))
    }
}

/// Reads what [`Display`](fmt::Display) writes.
impl TryFrom<String> for Permissions {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let list: Option<_> = text.split(' ').map(Permission::parse).collect();
        list.map(Self::from_list).ok_or("not a list of permissions")
    }
}

impl fmt::Display for Permissions {
    /// Separated by single spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, permission) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { " " };
            write!(f, "{separator}{}", permission.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(texts: &[&str]) -> Permissions {
        Permissions::from_list(texts.iter().map(|t| Permission::parse(t).unwrap()).collect())
    }

    #[test]
    fn every_scope_is_a_permission() {
        for scope in Scope::ALL {
            assert!(permissions(&[scope.as_str()]).allow(scope));
        }
    }

    #[test]
    fn a_scope_allows_itself_only() {
        let read = permissions(&["CLIENT_TOKENS:READ"]);
        let allowed: Vec<_> = Scope::ALL.into_iter().filter(|s| read.allow(*s)).collect();
        assert_eq!(allowed, [Scope::ClientTokensRead]);
    }

    #[test]
    fn a_wildcard_covers_its_resource_and_the_star_everything() {
        let tokens = permissions(&["CLIENT_TOKENS:*"]);
        assert!(tokens.allow(Scope::ClientTokensDelete));
        assert!(!tokens.allow(Scope::ApiKeysRead) && !tokens.allow(Scope::TargetsRead));
        assert!(Scope::ALL.into_iter().all(|s| permissions(&["*"]).allow(s)));
    }

    #[test]
    fn a_right_is_granted_by_itself_its_resource_and_the_star() {
        let grants: Vec<_> = Scope::ClientTokensWrite.grants().collect();
        assert_eq!(grants, ["CLIENT_TOKENS:WRITE", "CLIENT_TOKENS:*", "*"]);
        for scope in Scope::ALL {
            for text in Permission::ALL {
                let is_granted = scope.grants().any(|grant| grant == text);
                assert_eq!(is_granted, permissions(&[text]).allow(scope), "{text} {scope:?}");
            }
        }
    }

    #[test]
    fn nothing_is_granted_beyond_what_the_maker_has() {
        let maker = permissions(&["CLIENT_TOKENS:*", "API_KEYS:WRITE"]);
        assert_eq!(maker.missing(&permissions(&["CLIENT_TOKENS:READ", "CLIENT_TOKENS:*"])), None);
        let missing = |texts| maker.missing(&permissions(texts)).map(Permission::as_str);
        assert_eq!(missing(&["API_KEYS:*"]), Some("API_KEYS:*"));
        assert_eq!(missing(&["CLIENT_TOKENS:READ", "*"]), Some("*"));
        let all_scopes = permissions(&GRANTS[..GRANTS.len() - 1]);
        assert_eq!(all_scopes.missing(&permissions(&["*"])).map(Permission::as_str), Some("*"));
    }

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let list = permissions(&["CLIENT_TOKENS:*", "AUDIT:READ"]);
        assert_eq!(Permissions::try_from(list.to_string()), Ok(list));
        for text in ["", "AUDIT:READ ", "AUDIT:READ,*", "audit:read"] {
            assert!(Permissions::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "client_tokens:read", "CLIENT_TOKENS", "TOKENS:READ", "CLIENT_TOKENS:"] {
            assert_eq!(Permission::parse(text), None, "{text}");
        }
    }
}
