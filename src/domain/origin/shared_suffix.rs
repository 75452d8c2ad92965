//! Domains under which strangers have their own sites.
//!
//! `https://*.github.io` admits the pages of every user of GitHub. The list is short: hosts of
//! sites and second levels of countries that a token's owner may well write. The whole Public
//! Suffix List has ten thousand names and changes every week, which is too much for a warning.

/// In alphabetical order, for the binary search.
#[rustfmt::skip]
const SHARED: [&str; 135] = [
    "ac.jp", "ac.nz", "ac.uk", "ac.za", "amplifyapp.com", "appspot.com", "azureedge.net",
    "azurestaticapps.net", "azurewebsites.net", "bitbucket.io", "blogspot.com", "bubbleapps.io",
    "carrd.co", "cloudapp.net", "cloudfront.net", "cloudfunctions.net", "co.at", "co.id", "co.il",
    "co.in", "co.jp", "co.ke", "co.kr", "co.nz", "co.th", "co.uk", "co.za", "codesandbox.io",
    "com.ar", "com.au", "com.bd", "com.br", "com.cn", "com.co", "com.cy", "com.ec", "com.eg",
    "com.es", "com.gr", "com.hk", "com.mt", "com.mx", "com.my", "com.ng", "com.np", "com.pe",
    "com.ph", "com.pk", "com.pl", "com.pt", "com.sa", "com.sg", "com.tr", "com.tw", "com.ua",
    "com.uy", "com.ve", "com.vn", "csb.app", "deno.dev", "edgeone.app", "edu.au",
    "elasticbeanstalk.com", "eu.org", "firebaseapp.com", "fly.dev", "framer.app", "framer.website",
    "ghost.io", "github.dev", "github.io", "gitlab.io", "gitpod.io", "glitch.me", "go.jp", "gov.au",
    "gov.uk", "herokuapp.com", "hf.space", "id.au", "loca.lt", "lovable.app", "me.uk",
    "myshopify.com", "ne.jp", "neocities.org", "net.au", "net.br", "net.cn", "net.in", "net.nz",
    "net.pl", "net.uk", "netlify.app", "ngrok-free.app", "ngrok-free.dev", "ngrok.app", "ngrok.io",
    "notion.site", "now.sh", "ondigitalocean.app", "onrender.com", "or.at", "or.jp", "or.kr",
    "org.au", "org.br", "org.cn", "org.il", "org.in", "org.nz", "org.pl", "org.uk", "org.za",
    "pages.dev", "pythonanywhere.com", "r2.dev", "repl.co", "replit.app", "replit.dev", "run.app",
    "stackblitz.io", "streamlit.app", "surge.sh", "trycloudflare.com", "uk.com", "up.railway.app",
    "us.com", "vercel.app", "web.app", "webcontainer.io", "webflow.io", "weebly.com", "wixsite.com",
    "workers.dev",
];

/// Whether anybody can have a site right under `domain`, which is in lower case.
pub(super) fn is_shared(domain: &str) -> bool {
    SHARED.binary_search(&domain).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order_and_lower_case() {
        assert!(SHARED.is_sorted_by(|a, b| a < b));
        assert!(SHARED.iter().all(|name| *name == name.to_ascii_lowercase() && name.contains('.')));
    }

    #[test]
    fn what_the_contract_names_is_there_and_what_stands_below_is_not() {
        for name in [
            "github.io",
            "workers.dev",
            "pages.dev",
            "vercel.app",
            "netlify.app",
            "co.uk",
            "com.au",
        ] {
            assert!(is_shared(name), "{name}");
            assert!(!is_shared(&format!("mine.{name}")), "{name}");
        }
        for name in ["example.com", "uk", "github.com", "hub.io", ""] {
            assert!(!is_shared(name), "{name}");
        }
    }
}
