//! What whoever brings no valid `BOOTSTRAP_KEY` is told. The operator who set a value that can't be
//! used may have no shell and no log at hand, so the answer says so.

use crate::domain::bootstrap::BootstrapFault;

/// Whether a credential came that is wrong, and the hint.
#[must_use]
pub(super) fn bootstrap_hint(fault: BootstrapFault) -> (bool, &'static str) {
    match fault {
        BootstrapFault::Unset => (
            false,
            "This deployment has no secret BOOTSTRAP_KEY to exchange. Set one (npm run wrangler -- secret put BOOTSTRAP_KEY, or the Worker's settings in the dashboard), or make an API key with npm run key.",
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bootstrap::BootstrapKey;

    #[test]
    fn the_hint_names_the_bounds() {
        let (_, hint) = bootstrap_hint(BootstrapFault::Unusable);
        for bound in [BootstrapKey::MIN, BootstrapKey::MAX, BootstrapKey::MIN_DIFFERENT] {
            assert!(hint.contains(&bound.to_string()), "{bound}");
        }
    }
}
