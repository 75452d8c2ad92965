//! What a deployment says about its Clerk instance, in variables:
//!
//! | variable | says |
//! |---|---|
//! | `CLERK_JWT_KEY` | the public key or keys ([`KeySet`]); without it no session token is taken |
//! | `CLERK_ISSUER` | if set, the only `iss` |
//! | `CLERK_AUTHORIZED_PARTIES` | if set, the only values of `azp`, separated by commas |
//! | `CLERK_ROLES` | what the roles of organisations may do ([`Roles`]) |

use crate::domain::clerk::{KeySet, KeySetFault, Roles, RolesFault, Rules};

const JWT_KEY: &str = "CLERK_JWT_KEY";
const ROLES: &str = "CLERK_ROLES";

/// Keys and rules of a deployment that takes session tokens.
#[derive(Debug, PartialEq, Eq)]
pub struct Settings {
    pub keys: KeySet,
    pub rules: Rules,
}

impl Settings {
    /// `None` when no key is set, or a blank one.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SettingsFault> {
        let Some(keys) = variable(JWT_KEY).filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let keys = KeySet::parse(&keys).map_err(SettingsFault::Keys)?;
        let listed = variable(ROLES).unwrap_or_else(|| Roles::DEFAULT.to_owned());
        let rules = Rules {
            issuer: variable("CLERK_ISSUER").map(|issuer| issuer.trim().to_owned()),
            parties: variable("CLERK_AUTHORIZED_PARTIES").map(|list| entries(&list)),
            roles: Roles::parse(&listed).map_err(SettingsFault::Roles)?,
        };
        Ok(Some(Self { keys, rules }))
    }
}

/// The trimmed entries of a list with commas; empty ones are skipped.
fn entries(list: &str) -> Vec<String> {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(str::to_owned).collect()
}

/// Why the variables can't be used. `Display` names the variable and nothing that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    #[error("{name} {0}", name = JWT_KEY)]
    Keys(KeySetFault),
    #[error("{name} {0}", name = ROLES)]
    Roles(RolesFault),
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: (&str, &str) =
        ("CLERK_JWT_KEY", "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----");

    fn read(variables: &[(&str, &str)]) -> Result<Option<Settings>, SettingsFault> {
        let find = |name: &str| variables.iter().find(|(other, _)| *other == name);
        Settings::read(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn without_a_key_clerk_isnt_set_up_whatever_else_is() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("CLERK_JWT_KEY", " \n")]), Ok(None));
        assert_eq!(read(&[("CLERK_ROLES", "nonsense"), ("CLERK_ISSUER", "a")]), Ok(None));
    }

    #[test]
    fn a_key_is_enough() {
        let Rules { issuer, parties, roles } = read(&[KEY]).unwrap().unwrap().rules;
        assert_eq!((issuer, parties), (None, None));
        assert_eq!(roles, Roles::parse(Roles::DEFAULT).unwrap());
    }

    #[test]
    fn what_is_set_holds_even_if_it_is_blank() {
        let variables = [
            KEY,
            ("CLERK_ISSUER", " https://clerk.example "),
            ("CLERK_AUTHORIZED_PARTIES", " https://a.example ,, native,"),
            ("CLERK_ROLES", "admin=*"),
        ];
        let Rules { issuer, parties, roles } = read(&variables).unwrap().unwrap().rules;
        assert_eq!(issuer.as_deref(), Some("https://clerk.example"));
        assert_eq!(parties, Some(vec!["https://a.example".to_owned(), "native".to_owned()]));
        assert_eq!(roles, Roles::parse("admin=*").unwrap());
        let blank = [KEY, ("CLERK_ISSUER", ""), ("CLERK_AUTHORIZED_PARTIES", "")];
        let Rules { issuer, parties, .. } = read(&blank).unwrap().unwrap().rules;
        assert_eq!((issuer.as_deref(), parties), (Some(""), Some(Vec::new())));
    }

    #[test]
    fn a_fault_names_the_variable_and_shows_nothing_of_it() {
        for (variables, name) in [
            (vec![("CLERK_JWT_KEY", "hidden")], "CLERK_JWT_KEY"),
            (vec![KEY, ("CLERK_ROLES", "hidden")], "CLERK_ROLES"),
            (vec![KEY, ("CLERK_ROLES", "admin=hidden")], "CLERK_ROLES"),
        ] {
            let told = read(&variables).unwrap_err().to_string();
            assert!(told.starts_with(name) && !told.contains("hidden"), "{told}");
        }
    }
}
