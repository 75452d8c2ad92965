//! What whoever brings no valid `BOOTSTRAP_KEY` is told. The operator who set a value that can't be
//! used may have no shell and no log at hand, so the answer says so.

use crate::domain::{bootstrap::BootstrapFault, setting::Setting};

/// Whether a credential came that is wrong, and the hint.
pub(super) fn bootstrap_hint(fault: BootstrapFault) -> (bool, String) {
    let (came, hint) = match fault {
        BootstrapFault::Unset => (
            false,
            "This deployment has no secret BOOTSTRAP_KEY to exchange. Make an API key with npm run key, or set one.",
        ),
        BootstrapFault::Unusable => (
            false,
            "The secret BOOTSTRAP_KEY of this deployment can't be used: it must have 32 to 512 characters of A-Z a-z 0-9 - . _ ~ + / =, 8 different ones at least. openssl rand -hex 32 makes one.",
        ),
        BootstrapFault::Missing => (
            false,
            "Send the value of the deployment's secret BOOTSTRAP_KEY: Authorization: Bearer ….",
        ),
        BootstrapFault::Wrong => (
            true,
            "This is not the BOOTSTRAP_KEY of this deployment. An API key (rt_live_…) is none: it needs no exchange.",
        ),
    };
    let place = match fault {
        BootstrapFault::Unset => format!(" {}", Setting::Secret.place()),
        _ => String::new(),
    };
    (came, format!("{hint}{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bootstrap::BootstrapKey;

    #[test]
    fn a_missing_secret_is_said_to_be_missing_and_where_it_is_set() {
        let (came, hint) = bootstrap_hint(BootstrapFault::Unset);
        assert!(!came && hint.ends_with(Setting::Secret.place()), "{hint}");
    }

    #[test]
    fn the_hint_names_the_bounds() {
        let (_, hint) = bootstrap_hint(BootstrapFault::Unusable);
        for bound in [BootstrapKey::MIN, BootstrapKey::MAX, BootstrapKey::MIN_DIFFERENT] {
            assert!(hint.contains(&bound.to_string()), "{bound}");
        }
    }
}
