//! Services that are known by the name of the secret with their key: their own host is where it
//! goes, unless the deployment says otherwise (contract section 10).

/// Names of secrets without `UPSTREAM_`, and the hosts of the services that they are named after.
const SERVICES: [(&str, &[&str]); 16] = [
    ("AI_GATEWAY", &["gateway.ai.cloudflare.com"]),
    // The key of the service behind it.
    ("AI_GATEWAY_KEY", &["gateway.ai.cloudflare.com"]),
    ("ANTHROPIC", &["api.anthropic.com"]),
    ("CEREBRAS", &["api.cerebras.ai"]),
    ("COHERE", &["api.cohere.ai", "api.cohere.com"]),
    ("DEEPSEEK", &["api.deepseek.com"]),
    ("FIREWORKS", &["api.fireworks.ai"]),
    ("GEMINI", &["generativelanguage.googleapis.com"]),
    ("GROQ", &["api.groq.com"]),
    ("MISTRAL", &["api.mistral.ai"]),
    ("MOONSHOT", &["api.moonshot.ai"]),
    ("OPENAI", &["api.openai.com"]),
    ("OPENROUTER", &["openrouter.ai"]),
    ("PERPLEXITY", &["api.perplexity.ai"]),
    ("TOGETHER", &["api.together.xyz"]),
    ("XAI", &["api.x.ai"]),
];

/// The hosts of the service that a secret is named after; `name` is what follows the prefix.
pub fn hosts(name: &str) -> &'static [&'static str] {
    let known = SERVICES.iter().find(|(service, _)| *service == name);
    known.map_or(&[], |(_, hosts)| hosts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::origin::HostPort;

    #[test]
    fn a_service_is_known_by_its_whole_name() {
        assert_eq!(hosts("OPENAI"), ["api.openai.com"]);
        for name in ["", "OPENAI_EU", "OPEN", "openai", "AZURE"] {
            assert_eq!(hosts(name), [""; 0], "{name}");
        }
        for host in SERVICES.iter().flat_map(|(_, hosts)| *hosts) {
            assert!(HostPort::parse(host).is_ok(), "{host}");
        }
    }

    /// The entries of a cell: `A` · `B`, `C` are A alone, and B and C together.
    fn groups(cell: &str) -> Vec<Vec<String>> {
        let names = |group: &str| {
            group.split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect()
        };
        cell.split('·').map(names).collect()
    }

    #[test]
    fn the_readme_lists_the_services_and_nothing_else() {
        let readme = include_str!("../../../README.md");
        let (_, table) = readme.split_once("| secret | goes to |\n|---|---|\n").unwrap();
        let mut listed = Vec::new();
        for row in table.lines().take_while(|row| row.starts_with('|')) {
            let (secrets, hosts) = row.trim_matches(['|', ' ']).split_once('|').unwrap();
            let (secrets, hosts) = (groups(secrets), groups(hosts));
            assert_eq!(secrets.len(), hosts.len(), "{row}");
            for (secrets, hosts) in secrets.into_iter().zip(hosts) {
                listed.extend(secrets.into_iter().map(|secret| (secret, hosts.clone())));
            }
        }
        listed.sort();
        let known = SERVICES.map(|(service, hosts)| {
            (format!("UPSTREAM_{service}"), hosts.iter().map(|host| (*host).to_owned()).collect())
        });
        assert_eq!(listed, known);
    }
}
