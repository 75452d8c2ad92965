//! What whoever runs a deployment sets for it, and where. A refusal for want of it says so: the
//! same Worker runs on somebody's own machine and at Cloudflare.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Readable in the dashboard.
    Variable,
    /// Never shown again.
    Secret,
}

impl Setting {
    /// Where it is set, in words for a hint.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Variable => {
                "Locally, the variable is a line of .dev.vars: restart npm start after adding it. Deployed, set it in the Worker's settings in Cloudflare's dashboard, or under [vars] in wrangler.toml and deploy."
            }
            Self::Secret => {
                "Locally, the secret is a line of .dev.vars: restart npm start after adding it. Deployed, set it with npm run wrangler -- secret put NAME, or in the Worker's settings in Cloudflare's dashboard."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_said_to_be_set_locally_and_deployed_in_a_few_words() {
        for setting in [Setting::Variable, Setting::Secret] {
            let place = setting.place();
            for told in ["Locally, ", ".dev.vars", "restart npm start", "Deployed, ", "dashboard"] {
                assert!(place.contains(told), "{place}");
            }
            assert!(place.len() < 220, "{place}");
        }
        assert!(Setting::Variable.place().contains("[vars] in wrangler.toml"));
        assert!(Setting::Secret.place().contains("npm run wrangler -- secret put NAME"));
    }
}
