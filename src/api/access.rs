//! What the database found, as a handler may use it: a key that may still be used, one that has
//! the scope, and the one row that an id names.

use crate::{
    api::{
        authorization::Unauthenticated,
        error::{Error, Noun},
    },
    domain::{actor::Actor, api_key::ApiKey, permission::Scope, time::Timestamp},
};

/// The key that the database found, unless it is unknown, revoked or expired.
pub(crate) fn living(found: Option<ApiKey>, now: Timestamp) -> Result<ApiKey, Error> {
    let key = found.ok_or(Error::Unauthenticated(Unauthenticated::Revoked))?;
    if key.is_expired(now) {
        return Err(Error::Unauthenticated(Unauthenticated::Expired));
    }
    Ok(key)
}

/// Holds one who acts to what an endpoint asks for.
pub(crate) fn allow(actor: &Actor, scope: Scope) -> Result<(), Error> {
    if actor.permissions.allow(scope) { Ok(()) } else { Err(Error::MissingScope(scope)) }
}

/// The row that an id names.
pub(crate) fn one<T>(found: Option<T>, noun: Noun) -> Result<T, Error> {
    found.ok_or(Error::NotFound(noun))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        environment::Environment,
        id::ApiKeyId,
        permission::{Permission, Permissions},
        text::Name,
    };

    #[test]
    fn a_key_lives_until_it_expires_and_does_what_its_permissions_allow() {
        let at = Timestamp::from_millis;
        let key = |expires_at: Option<i64>| ApiKey {
            id: ApiKeyId::new(at(0), &[1; 10]),
            name: Name::parse("A key").unwrap(),
            environment: Environment::Live,
            permissions: Permissions::from_list(vec![Permission::parse("TARGETS:*").unwrap()]),
            hint: String::new(),
            created_at: at(0),
            last_used_at: None,
            expires_at: expires_at.map(at),
            created_by: None,
            previous: None,
        };
        let refused = |why| Err(Error::Unauthenticated(why));
        assert_eq!(living(None, at(9)), refused(Unauthenticated::Revoked));
        assert_eq!(living(Some(key(Some(9))), at(9)), refused(Unauthenticated::Expired));
        assert_eq!(living(Some(key(Some(10))), at(9)), Ok(key(Some(10))));
        assert_eq!(living(Some(key(None)), at(9)), Ok(key(None)));
        assert_eq!(allow(&(&key(None)).into(), Scope::TargetsWrite), Ok(()));
        let missing = Err(Error::MissingScope(Scope::ApiKeysRead));
        assert_eq!(allow(&(&key(None)).into(), Scope::ApiKeysRead), missing);
    }

    #[test]
    fn an_id_that_names_no_row_is_not_found() {
        assert_eq!(one(Some(7), Noun::Target), Ok(7));
        assert_eq!(one(None::<u8>, Noun::Target), Err(Error::NotFound(Noun::Target)));
    }
}
