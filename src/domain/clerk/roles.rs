//! `CLERK_ROLES`: what each role of an organisation may do.

use crate::domain::permission::{Permission, Permissions};

/// What stands for every role that isn't listed.
const OTHERS: &str = "*";
/// What Clerk's own roles begin with; version 2 of its tokens leaves it out.
const PREFIX: &str = "org:";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(Vec<(String, Permissions)>);

impl Roles {
    /// The list that holds when the deployment has none.
    pub const DEFAULT: &'static str = "org:admin=*,*=CLIENT_TOKENS:READ";

    /// Reads `ROLE=PERMISSIONS[,…]`, permissions separated by spaces and possibly none. The role
    /// `*` stands for those that aren't listed, which without it may do nothing.
    pub fn parse(text: &str) -> Result<Self, RolesFault> {
        let mut roles: Vec<(String, Permissions)> = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (role, permissions) = entry.split_once('=').ok_or(RolesFault::Entry)?;
            let role = if role.trim() == OTHERS { OTHERS.to_owned() } else { full(role.trim()) };
            if role == PREFIX {
                return Err(RolesFault::Entry);
            }
            if roles.iter().any(|(other, _)| *other == role) {
                return Err(RolesFault::Repeated);
            }
            let list: Option<_> = permissions.split_whitespace().map(Permission::parse).collect();
            roles.push((role, list.map(Permissions::from_list).ok_or(RolesFault::Permission)?));
        }
        Ok(Self(roles))
    }

    /// What a role may do, with or without the `org:` that Clerk's own begin with.
    pub fn permissions(&self, role: Option<&str>) -> Permissions {
        let find = |name: &str| self.0.iter().find(|(other, _)| other == name);
        let found = role.and_then(|role| find(&full(role))).or_else(|| find(OTHERS));
        let nothing = || Permissions::from_list(Vec::new());
        found.map_or_else(nothing, |(_, permissions)| permissions.clone())
    }
}

fn full(role: &str) -> String {
    if role.starts_with(PREFIX) { role.to_owned() } else { format!("{PREFIX}{role}") }
}

/// Why a text isn't a list of roles. `Display` reads on after the variable's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RolesFault {
    #[error("has an entry that isn't ROLE=PERMISSIONS, such as org:admin=*")]
    Entry,
    #[error("lists a role twice")]
    Repeated,
    #[error("names a permission that doesn't exist; several are separated by spaces")]
    Permission,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: &str, role: Option<&str>) -> String {
        Roles::parse(list).unwrap().permissions(role).to_string()
    }

    #[test]
    fn by_default_admins_may_do_everything_and_others_read_tokens() {
        for role in ["org:admin", "admin"] {
            assert_eq!(told(Roles::DEFAULT, Some(role)), "*");
        }
        for role in
            [Some("org:member"), Some("Admin"), Some("org:admin "), Some("*"), Some(""), None]
        {
            assert_eq!(told(Roles::DEFAULT, role), "CLIENT_TOKENS:READ", "{role:?}");
        }
    }

    #[test]
    fn a_list_of_ones_own_says_what_each_role_may_do() {
        let list = " org:admin = * , editor=CLIENT_TOKENS:*  TARGETS:READ,org:guest=,";
        assert_eq!(told(list, Some("admin")), "*");
        for role in ["editor", "org:editor"] {
            assert_eq!(told(list, Some(role)), "CLIENT_TOKENS:* TARGETS:READ");
        }
        for role in [Some("guest"), Some("org:member"), Some("*"), None] {
            assert_eq!(told(list, role), "");
        }
        assert_eq!(told("", Some("admin")), "");
    }

    #[test]
    fn a_malformed_list_is_refused_whole() {
        for (list, fault) in [
            ("org:admin", RolesFault::Entry),
            ("=*", RolesFault::Entry),
            ("org:=*", RolesFault::Entry),
            ("admin=*,org:admin=*", RolesFault::Repeated),
            ("*=*,*=*", RolesFault::Repeated),
            ("admin=EVERYTHING", RolesFault::Permission),
            ("admin=client_tokens:read", RolesFault::Permission),
            ("admin=CLIENT_TOKENS:READ|TARGETS:READ", RolesFault::Permission),
        ] {
            assert_eq!(Roles::parse(list), Err(fault), "{list}");
        }
    }
}
