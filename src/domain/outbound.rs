//! Where upstreams may be, and where their secrets may go (contract section 10).
//!
//! Whoever may write targets chooses a URL and the name of a secret. That must neither give away a
//! secret nor reach a private network, so variables that only the deployment's operator sets have
//! the last word:
//!
//! | variable | says |
//! |---|---|
//! | `UPSTREAM_X` | a secret that targets may name; secrets of other names are never sent |
//! | `UPSTREAM_X_HOSTS` | the only hosts it is sent to: `host` (any port) or `host:port`, separated by commas; not set, those of the service that the secret is named after |
//! | `UPSTREAM_X_TENANTS` | the only tenants that may use it, separated by commas; all, if not set |
//! | `ALLOW_PRIVATE_UPSTREAMS` | `on`: upstreams may be at private, loopback and link-local addresses, and at names that lead there |
//!
//! The rules are applied when a target is saved and again before it is used, also to the
//! deployment's `DEFAULT_UPSTREAM`.

use crate::domain::{
    base_url::BaseUrl, origin::HostPort, secret_name::SecretName, setting::Setting,
    tenant::TenantId, upstream::Upstream,
};

const ALLOW_PRIVATE: &str = "ALLOW_PRIVATE_UPSTREAMS";

/// What the deployment allows the upstreams of a tenant.
#[derive(Clone, Copy)]
pub struct Outbound<'a> {
    /// The owner of the upstreams.
    pub tenant: &'a TenantId,
    /// Looks up a variable of the deployment by its name.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Outbound<'_> {
    /// The error has the path of the first field at fault.
    pub fn allow(&self, upstream: &Upstream) -> Result<(), (String, OutboundFault)> {
        let Some(connection) = upstream.connection() else { return Ok(()) };
        let url = &connection.base_url;
        self.allow_url(url).map_err(|fault| ("baseUrl".to_owned(), fault))?;
        connection.secrets().try_for_each(|(path, secret)| {
            self.allow_secret(secret, url).map_err(|fault| (path, fault))
        })
    }

    pub fn allow_url(&self, url: &BaseUrl) -> Result<(), OutboundFault> {
        let may_be_private = || (self.variable)(ALLOW_PRIVATE).is_some_and(|value| value == "on");
        if url.origin().leads_inward() && !may_be_private() {
            return Err(OutboundFault::Private);
        }
        Ok(())
    }

    pub fn allow_secret(&self, name: &SecretName, url: &BaseUrl) -> Result<(), OutboundFault> {
        if !name.is_for_upstreams() {
            return Err(OutboundFault::Name);
        }
        let tenants = name.variable("_TENANTS");
        if let Some(listed) = (self.variable)(&tenants)
            && !entries(&listed).any(|entry| entry == self.tenant.as_str())
        {
            return Err(OutboundFault::Tenant(tenants));
        }
        let hosts = name.variable("_HOSTS");
        let listed = (self.variable)(&hosts).unwrap_or_else(|| name.default_hosts().join(","));
        // One malformed entry voids the whole list: the operator may have meant to allow less than
        // its other entries say.
        let Ok(listed) = entries(&listed).map(HostPort::parse).collect::<Result<Vec<_>, _>>()
        else {
            return Err(OutboundFault::MalformedHosts(hosts));
        };
        if listed.iter().any(|host| host.includes(url.origin())) {
            return Ok(());
        }
        Err(OutboundFault::Host { variable: hosts, origin: url.origin().to_string() })
    }
}

/// The trimmed entries of a list with commas; empty ones are skipped.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

/// Why an upstream isn't asked. `Display` reads on after the name of a field of the upstream. It
/// names the variable that would allow it and never what the variable holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundFault {
    #[error(
        "must be on the public internet, not at a private, loopback or link-local address or at a name that leads to one, unless the deployment's variable {} is on",
        ALLOW_PRIVATE
    )]
    Private,
    #[error("must begin with {}", SecretName::PREFIX)]
    Name,
    #[error(
        "may be sent only to hosts that the deployment's variable {variable} lists, and {origin} is at none of them"
    )]
    Host { variable: String, origin: String },
    #[error(
        "may be sent nowhere: the deployment's variable {0} must list hosts, such as api.example.com,api.example.org:8443"
    )]
    MalformedHosts(String),
    #[error(
        "may be used only by tenants that the deployment's variable {0} lists, and this one isn't among them"
    )]
    Tenant(String),
}

impl OutboundFault {
    /// What the operator can set to allow it.
    pub fn setting(&self) -> Option<Setting> {
        match self {
            Self::Name => None,
            Self::Private | Self::Host { .. } | Self::MalformedHosts(_) | Self::Tenant(_) => {
                Some(Setting::Variable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::upstream::{Connection, header::Header, settings::ConnectionSettings};

    type Variables<'a> = &'a [(&'a str, &'a str)];

    fn events(secret: Option<&str>, url: &str) -> Connection {
        Connection {
            base_url: BaseUrl::parse(url).unwrap(),
            api_key_secret: secret.map(|name| SecretName::parse(name).unwrap()),
            settings: ConnectionSettings::default(),
        }
    }

    fn admit_all(
        variables: Variables,
        connection: Connection,
    ) -> Result<(), (String, OutboundFault)> {
        let find = |name: &str| variables.iter().find(|(other, _)| *other == name);
        let variable = |name: &str| find(name).map(|(_, value)| (*value).to_owned());
        let tenant = TenantId::parse("acme").unwrap();
        let upstream = Upstream::Events(connection);
        Outbound { tenant: &tenant, variable: &variable }.allow(&upstream)
    }

    fn admit(variables: Variables, secret: Option<&str>, url: &str) -> Result<(), OutboundFault> {
        admit_all(variables, events(secret, url)).map_err(|(_, fault)| fault)
    }

    fn host_fault(origin: &str) -> Result<(), OutboundFault> {
        let variable = "UPSTREAM_X_HOSTS".to_owned();
        Err(OutboundFault::Host { variable, origin: origin.to_owned() })
    }

    #[test]
    fn what_is_built_in_or_public_and_without_a_secret_needs_no_variable() {
        let tenant = TenantId::parse("acme").unwrap();
        let none = Outbound { tenant: &tenant, variable: &|_| None };
        assert_eq!(none.allow(&Upstream::Echo), Ok(()));
        assert_eq!(admit(&[], None, "https://a.example"), Ok(()));
    }

    #[test]
    fn a_private_address_needs_the_variable_to_be_on() {
        for url in [
            "http://localhost:9",
            "https://10.0.0.1",
            "https://[::ffff:a00:1]/v1",
            "https://10-0-0-1.nip.io",
        ] {
            assert_eq!(admit(&[], None, url), Err(OutboundFault::Private), "{url}");
            for value in ["off", "ON", "1", "true", ""] {
                let variables = [(ALLOW_PRIVATE, value)];
                assert_eq!(admit(&variables, None, url), Err(OutboundFault::Private), "{value}");
            }
            assert_eq!(admit(&[(ALLOW_PRIVATE, "on")], None, url), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_secret_goes_to_the_hosts_beside_it_and_nowhere_else() {
        let variables = [("UPSTREAM_X_HOSTS", " a.example , b.example:8443,")];
        let to = |url| admit(&variables, Some("UPSTREAM_X"), url);
        for url in ["https://a.example", "https://A.example:99/v1", "https://b.example:8443"] {
            assert_eq!(to(url), Ok(()), "{url}");
        }
        for origin in ["https://b.example", "https://x.a.example", "https://a.example.org"] {
            assert_eq!(to(origin), host_fault(origin));
        }
    }

    #[test]
    fn without_its_variable_a_secret_goes_nowhere() {
        let url = "https://a.example";
        for variables in [
            &[][..],
            &[("UPSTREAM_X_HOSTS", "")],
            &[("UPSTREAM_X_HOSTS", " , ")],
            &[("UPSTREAM_Y_HOSTS", "a.example"), ("UPSTREAM_HOSTS", "a.example")],
        ] {
            assert_eq!(admit(variables, Some("UPSTREAM_X"), url), host_fault(url));
        }
        for list in ["a.example,https://a.example", "*", "a.example,*.a.example", "a.example:x"] {
            let fault = Err(OutboundFault::MalformedHosts("UPSTREAM_X_HOSTS".to_owned()));
            assert_eq!(admit(&[("UPSTREAM_X_HOSTS", list)], Some("UPSTREAM_X"), url), fault);
        }
    }

    #[test]
    fn no_secret_of_another_name_is_sent_even_with_a_variable_beside_it() {
        for name in ["OPENAI_API_KEY", "UPSTREAM", "UPSTREAM_", "MY_UPSTREAM_X", "UPSTREAMX"] {
            let hosts = format!("{name}_HOSTS");
            let variables = [(hosts.as_str(), "a.example")];
            let result = admit(&variables, Some(name), "https://a.example");
            assert_eq!(result, Err(OutboundFault::Name), "{name}");
        }
    }

    #[test]
    fn tenants_are_asked_for_only_if_the_variable_is_there() {
        let with = |tenants| {
            let variables = [("UPSTREAM_X_HOSTS", "a.example"), ("UPSTREAM_X_TENANTS", tenants)];
            admit(&variables, Some("UPSTREAM_X"), "https://a.example")
        };
        assert_eq!(with("acme"), Ok(()));
        assert_eq!(with("other, acme"), Ok(()));
        for tenants in ["", "other", "acm", "acmes,Acme", "*"] {
            let fault = Err(OutboundFault::Tenant("UPSTREAM_X_TENANTS".to_owned()));
            assert_eq!(with(tenants), fault, "{tenants}");
        }
    }

    #[test]
    fn a_secret_of_a_known_name_goes_to_its_own_service_unless_the_variable_says_otherwise() {
        let to = |variables, url| admit(variables, Some("UPSTREAM_OPENAI"), url);
        assert_eq!(to(&[], "https://api.openai.com/v1"), Ok(()));
        for url in ["https://api.openai.com.evil.example", "https://api.mistral.ai"] {
            assert!(matches!(to(&[], url), Err(OutboundFault::Host { .. })), "{url}");
        }
        let moved = &[("UPSTREAM_OPENAI_HOSTS", "eu.example")];
        assert_eq!(to(moved, "https://eu.example"), Ok(()));
        for variables in [&moved[..], &[("UPSTREAM_OPENAI_HOSTS", "")]] {
            let fault = to(variables, "https://api.openai.com/v1");
            assert!(matches!(fault, Err(OutboundFault::Host { .. })), "{variables:?}");
        }
        let other = admit(&[], Some("UPSTREAM_OPENAI_EU"), "https://api.openai.com/v1");
        assert!(matches!(other, Err(OutboundFault::Host { .. })));
    }

    #[test]
    fn secrets_of_headers_are_held_to_the_same_rules() {
        let with = |secret: &str| {
            let text =
                format!(r#"[{{"name":"a","value":"b"}},{{"name":"c","secret":"{secret}"}}]"#);
            let headers: Vec<Header> = serde_json::from_str(&text).unwrap();
            let mut connection = events(Some("UPSTREAM_X"), "https://a.example");
            connection.settings.headers = headers;
            let variables = [("UPSTREAM_X_HOSTS", "a.example"), ("UPSTREAM_Y_HOSTS", "b.example")];
            admit_all(&variables, connection)
        };
        assert_eq!(with("UPSTREAM_X"), Ok(()));
        for (secret, is_name) in [("UPSTREAM_Y", false), ("TOKENS", true)] {
            let (path, fault) = with(secret).unwrap_err();
            assert_eq!(
                (path.as_str(), fault == OutboundFault::Name),
                ("headers.1.secret", is_name)
            );
        }
    }

    #[test]
    fn a_fault_names_the_variable_and_nothing_that_it_holds() {
        let variables = [("UPSTREAM_X_HOSTS", "hidden.example")];
        let (path, fault) =
            admit_all(&variables, events(Some("UPSTREAM_X"), "https://a.example")).unwrap_err();
        assert_eq!(path, "apiKeySecret");
        assert!(fault.to_string().contains("UPSTREAM_X_HOSTS"));
        assert!(!fault.to_string().contains("hidden"));
        let private = admit_all(&[], events(None, "http://ollama:11434")).unwrap_err();
        assert_eq!(private, ("baseUrl".to_owned(), OutboundFault::Private));
        assert!(OutboundFault::Private.to_string().contains(ALLOW_PRIVATE));
    }
}
