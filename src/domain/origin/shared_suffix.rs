//! Domains under which strangers have their own sites: `https://*.github.io` admits the pages of
//! every user of GitHub.
//!
//! They are the public suffixes (publicsuffix.org), of which the list in the file beside this one is
//! a copy of the date in its head, and a few hosts that aren't in it.

use std::cmp::Ordering;

/// The rules of the public suffix list that have a dot, a line each in the order of their bytes,
/// under lines that begin with `#`. `scripts/public-suffixes.mjs` makes it.
const LIST: &str = include_str!("public_suffixes.txt");

/// Hosts of anybody's sites and previews that aren't in the list, in alphabetical order.
#[rustfmt::skip]
const MORE: [&str; 68] = [
    "a.pinggy.link", // a tunnel to anybody's machine
    "app.github.dev", // servers in a codespace
    "azurecontainerapps.io", // apps, under a name for each environment
    "bigcartel.com", // shops
    "cdn.ampproject.org", // copies of anybody's pages
    "cdpn.io", // what runs in a pen of CodePen
    "cloudwaysapps.com", // hosted sites before they have a name of their own
    "cloudworkstations.dev", // servers in a workstation
    "codeanyapp.com", // servers in a development environment
    "codesandbox.io", // previews of sandboxes
    "created.app", // apps of a builder
    "devtunnels.ms", // a tunnel to anybody's machine
    "edgeone.app", // sites
    "emergentagent.com", // previews of a builder
    "flywheelsites.com", // hosted sites before they have a name of their own
    "force.com", // sites of organisations
    "free.pinggy.link", // a tunnel to anybody's machine
    "ghost.io", // blogs with code of their own
    "github.dev", // servers in a codespace, deeper down
    "gitpod.dev", // servers in a development environment
    "gitpod.io", // servers in a development environment
    "glide.page", // apps of a builder
    "glideapp.io", // apps of a builder
    "glitch.me", // apps
    "godaddysites.com", // sites of a builder
    "googleusercontent.com", // what users gave Google
    "gradio.live", // a tunnel to anybody's machine
    "hostingersite.com", // sites of a builder before they have a name of their own
    "hs-sites.com", // landing pages with code of their own
    "hubspotpagebuilder.com", // landing pages with code of their own
    "instawp.xyz", // sites to try something out
    "jimdofree.com", // sites of a builder
    "jimdosite.com", // sites of a builder
    "jshell.net", // what runs in a fiddle of JSFiddle
    "kinsta.cloud", // hosted sites before they have a name of their own
    "kinsta.page", // sites
    "koyeb.app", // apps
    "lhr.life", // a tunnel to anybody's machine
    "loca.lt", // a tunnel to anybody's machine
    "localtunnel.me", // a tunnel to anybody's machine
    "manus.space", // sites of a builder
    "mendixcloud.com", // apps of a builder
    "modal.run", // apps
    "my.site.com", // sites of organisations
    "myclickfunnels.com", // landing pages with code of their own
    "myftpupload.com", // hosted sites before they have a name of their own
    "mykajabi.com", // courses with code of their own
    "mystrikingly.com", // sites of a builder
    "neocities.org", // sites
    "powerappsportals.com", // sites of organisations
    "salesforce-sites.com", // sites of organisations
    "serveo.net", // a tunnel to anybody's machine
    "share.zrok.io", // a tunnel to anybody's machine
    "sharedwithexpose.com", // a tunnel to anybody's machine
    "shopifypreview.com", // previews of shops
    "site123.me", // sites of a builder
    "softr.app", // apps of a builder
    "squarespace.com", // sites of a builder before they have a name of their own
    "stackblitz.io", // previews of projects
    "super.site", // sites of a builder
    "systeme.io", // landing pages with code of their own
    "tiiny.site", // sites
    "tumblr.com", // blogs with code of their own
    "unbouncepages.com", // landing pages with code of their own
    "webcontainer-api.io", // servers in a browser
    "webcontainer.io", // servers in a browser
    "weebly.com", // sites of a builder
    "wpengine.com", // hosted sites before they have a name of their own
];

/// Whether anybody can have a site under `domain`, which is in lower case.
pub(super) fn is_shared(domain: &str) -> bool {
    MORE.binary_search(&domain).is_ok() || is_public_suffix(domain)
}

/// Whether a rule of the list is `domain`, or says it of all names on a level: of those under
/// `*.ck`, but for `!www.ck`, and of what stands under `*.compute.amazonaws.com`.
fn is_public_suffix(domain: &str) -> bool {
    let above = domain.split_once('.').map_or("", |(_, above)| above);
    has(domain)
        || has(&format!("*.{domain}"))
        || has(&format!("*.{above}")) && !has(&format!("!{domain}"))
}

/// Whether the list has this line: a search among bytes, since an index of the lines would take
/// half as much memory again as they do.
fn has(rule: &str) -> bool {
    let mut rest = rules();
    while !rest.is_empty() {
        let (before, after) = rest.split_at(rest.len() / 2);
        // The line in the middle, whole.
        let (before, head) =
            before.rsplit_once('\n').map_or(("", before), |(all, head)| (all, head));
        let (tail, after) = after.split_once('\n').unwrap_or((after, ""));
        let order = compare(head, tail, rule);
        match order {
            Ordering::Equal => return true,
            Ordering::Less => rest = after,
            Ordering::Greater => rest = before,
        }
    }
    false
}

/// Compares the line of two parts with another one.
fn compare(head: &str, tail: &str, line: &str) -> Ordering {
    head.bytes().chain(tail.bytes()).cmp(line.bytes())
}

/// The list without its head.
fn rules() -> &'static str {
    let mut rest = LIST;
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, below)| below);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<&'static str> {
        rules().lines().collect()
    }

    #[test]
    fn the_lines_are_in_order_and_no_other_line_is_found() {
        let lines = lines();
        assert!(lines.len() > 8_000);
        assert!(lines.is_sorted_by(|a, b| a < b));
        assert!(LIST.is_ascii() && lines.iter().all(|line| line.contains('.')));
        for line in &lines {
            assert!(has(line), "{line}");
            for other in
                [&line[1..], &line[..line.len() - 1], &format!("{line}a"), &format!("a{line}")]
            {
                assert_eq!(has(other), lines.binary_search(&other).is_ok(), "{other}");
            }
        }
        for other in ["", "\n", "#", "a", "zzz.zz", "com\nnet"] {
            assert!(!has(other), "{other:?}");
        }
    }

    #[test]
    fn the_head_says_the_version_of_the_list() {
        let (head, _) = LIST.split_once('\n').unwrap();
        assert!(head.contains("version 20"), "{head}");
        assert!(!rules().contains('#'));
    }

    #[test]
    fn more_are_in_order_lower_case_and_not_in_the_list() {
        assert!(MORE.is_sorted_by(|a, b| a < b));
        for name in MORE {
            assert_eq!(name, name.to_ascii_lowercase());
            assert!(name.contains('.') && !is_public_suffix(name), "{name} is in the list by now");
        }
    }

    #[test]
    fn hosts_of_sites_builders_and_previews_are_shared_and_what_stands_below_is_not() {
        for name in [
            "github.io",
            "workers.dev",
            "pages.dev",
            "vercel.app",
            "netlify.app",
            "co.uk",
            "com.au",
            "wixstudio.com",
            "wixsite.com",
            "lovableproject.com",
            "lovable.app",
            "translate.goog",
            "vusercontent.net",
            "bolt.host",
            "framer.app",
            "figma.site",
            "base44.app",
            "run.app",
            "webcontainer.io",
            "godaddysites.com",
            "squarespace.com",
            "app.github.dev",
            "xn--55qx5d.cn",
        ] {
            assert!(is_shared(name), "{name}");
        }
        for name in ["github.io", "co.uk", "wixstudio.com", "squarespace.com"] {
            assert!(!is_shared(&format!("mine.{name}")), "{name}");
        }
        for name in
            ["example.com", "uk", "com", "github.com", "hub.io", "", "localhost", "ck.example"]
        {
            assert!(!is_shared(name), "{name}");
        }
    }

    #[test]
    fn wildcards_of_the_list_say_it_of_a_level_and_of_what_stands_above_it_but_for_exceptions() {
        for name in [
            "co.ck",
            "any.ck",
            "any.kawasaki.jp",
            "kawasaki.jp",
            "compute.amazonaws.com",
            "x.compute.amazonaws.com",
        ] {
            assert!(is_shared(name), "{name}");
        }
        for name in [
            "www.ck",
            "city.kawasaki.jp",
            "a.b.ck",
            "mine.any.kawasaki.jp",
            "a.x.compute.amazonaws.com",
        ] {
            assert!(!is_shared(name), "{name}");
        }
    }
}
