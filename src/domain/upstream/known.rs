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
#[must_use]
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
        let readme = include_str!("../../../README.md");
        for (service, hosts) in SERVICES {
            assert!(readme.contains(&format!("`UPSTREAM_{service}`")), "{service}");
            assert!(hosts.iter().all(|host| readme.contains(&format!("`{host}`"))), "{service}");
        }
        for host in SERVICES.iter().flat_map(|(_, hosts)| *hosts) {
            assert!(HostPort::parse(host).is_ok(), "{host}");
        }
    }
}
