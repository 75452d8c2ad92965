//! `POST /v1/bootstrap`: the secret `BOOTSTRAP_KEY` as the credential, and whose API key is made.

use crate::{
    api::{
        authorization::{Unauthenticated, credential},
        error::Error,
        faults::Faults,
        fields::Fields,
        values,
    },
    domain::{
        bootstrap::{BootstrapFault, BootstrapKey},
        keyring::Keyring,
        tenant::TenantId,
        text::Name,
    },
};

const DEFAULT_TENANT: &str = "default";
const DEFAULT_NAME: &str = "First API key";

/// The deployment's value, if the Authorization header has it.
pub(crate) fn authenticate(
    secret: Option<&str>,
    header: Option<&str>,
    keyring: &Keyring,
) -> Result<BootstrapKey, Error> {
    proved(secret, header, keyring)
        .map_err(|fault| Error::Unauthenticated(Unauthenticated::Bootstrap(fault)))
}

fn proved(
    secret: Option<&str>,
    header: Option<&str>,
    keyring: &Keyring,
) -> Result<BootstrapKey, BootstrapFault> {
    let value = BootstrapKey::parse(secret)?;
    let offered = credential(header).map_err(|reason| match reason {
        Unauthenticated::Malformed => BootstrapFault::Wrong,
        _ => BootstrapFault::Missing,
    })?;
    if value.is(offered, keyring) { Ok(value) } else { Err(BootstrapFault::Wrong) }
}

/// A body of `POST /v1/bootstrap`, which may be absent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BootstrapRequest {
    /// Who owns the key; made if new.
    pub(crate) tenant: TenantId,
    pub(crate) name: Name,
}

impl BootstrapRequest {
    /// Reads `tenant` (`default` unless given) and `name`.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let body = if body.is_empty() { b"{}" } else { body };
        let mut faults = Faults::default();
        let mut fields = Fields::open(body, &mut faults)?;
        let tenant = fields.optional("tenant", values::tenant);
        let name = fields.optional("name", values::name);
        fields.finish();
        let tenant = tenant.or_else(|| TenantId::parse(DEFAULT_TENANT).ok());
        let name = name.or_else(|| Name::parse(DEFAULT_NAME).ok());
        match (tenant, name) {
            (Some(tenant), Some(name)) if faults.is_empty() => Ok(Self { tenant, name }),
            _ => Err(Error::Invalid(faults)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::faults::Code, domain::keyring::ring};

    const VALUE: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn only_the_value_as_a_bearer_credential_is_taken() {
        use BootstrapFault::{Missing, Unset, Unusable, Wrong};
        let ring = ring("a");
        let proved = |secret, header| proved(secret, header, &ring).map(|value| value.mark());
        let bearer = |text: &str| format!("Bearer {text}");
        let (right, twice) = (bearer(VALUE), bearer(&format!("{VALUE}, Bearer {VALUE}")));
        assert!(proved(Some(VALUE), Some(&right)).is_ok());
        for (secret, header, fault) in [
            (None, Some(right.as_str()), Unset),
            (Some(""), Some("Bearer "), Unset),
            (Some("short"), Some("Bearer short"), Unusable),
            (Some(VALUE), None, Missing),
            (Some(VALUE), Some("Bearer "), Missing),
            (Some(VALUE), Some(VALUE), Missing),
            (Some(VALUE), Some("Bearer rt_live_abc"), Wrong),
            (Some(VALUE), Some(&right[..38]), Wrong),
            (Some(VALUE), Some(twice.as_str()), Wrong),
        ] {
            assert_eq!(proved(secret, header), Err(fault), "{secret:?} {header:?}");
        }
    }

    #[test]
    fn a_body_names_tenant_and_key_or_is_absent() {
        let parsed = |body: &str| BootstrapRequest::parse(body.as_bytes());
        let request = |tenant, name| BootstrapRequest {
            tenant: TenantId::parse(tenant).unwrap(),
            name: Name::parse(name).unwrap(),
        };
        assert_eq!(parsed(""), Ok(request(DEFAULT_TENANT, DEFAULT_NAME)));
        assert_eq!(parsed("{}"), Ok(request(DEFAULT_TENANT, DEFAULT_NAME)));
        assert_eq!(parsed(r#"{"tenant":"acme","name":"Me"}"#), Ok(request("acme", "Me")));
        let Err(Error::Invalid(faults)) = parsed(r#"{"tenant":"a b","name":7,"x":1}"#) else {
            panic!("faults")
        };
        let details = faults.into_details().into_iter();
        let mut told: Vec<_> = details.map(|d| (d.path.unwrap(), d.code.unwrap())).collect();
        told.sort_by(|one, two| one.0.cmp(&two.0));
        let told: Vec<_> = told.iter().map(|(path, code)| (path.as_str(), *code)).collect();
        let (format, kind) = (Code::InvalidFormat, Code::InvalidType);
        assert_eq!(told, [("name", kind), ("tenant", format), ("x", Code::UnknownField)]);
    }
}
