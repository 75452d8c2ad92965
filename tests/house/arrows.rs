//! Which folder of `src` may name which, and what its rules may not hold. Tests are exempt.
//!
//! The tables say what is true today. Whoever moves files rewrites their rows.

use std::collections::BTreeSet;

use crate::source::{is_in, sources};

/// A folder, or a file like one, and what it may name beside itself; `x/*` is `x` and all that is in it. What has no
/// row counts as its folder.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("lib", &[]),
    ("bin", &["domain/*", "store"]),
    ("domain", &["domain/*"]),
    ("domain/json", &[]),
    ("domain/origin", &[]),
    ("domain/clerk", &["domain", "domain/json"]),
    ("domain/limiter", &["domain"]),
    ("domain/ledger", &["domain", "domain/origin"]),
    ("domain/upstream", &["domain", "domain/json"]),
    ("chat", &["chat/*", "domain/*"]),
    ("chat/stream", &["domain", "domain/json"]),
    ("chat/transcript", &["chat", "chat/stream", "domain"]),
    ("chat/upstream", &["chat", "chat/stream", "domain/*"]),
    ("api", &["api/*", "chat/*", "domain/*"]),
    ("api/fields", &["api", "domain/json"]),
    ("api/route", &["domain"]),
    ("api/browser", &["api", "api/fields", "api/route", "chat", "chat/stream", "domain/*"]),
    ("store", &["domain/*"]),
    ("platform", &["domain/*", "store"]),
    ("handlers", &["api/*", "chat/*", "domain/*", "handlers/*", "platform", "store"]),
    ("handlers/browser", &["api/*", "chat/*", "domain/*", "handlers", "platform", "store"]),
    (
        "handlers/management",
        &["api/*", "chat/*", "domain/*", "handlers", "handlers/browser", "platform", "store"],
    ),
    ("cloudflare", &["domain/*", "cloudflare/*", "handlers", "platform", "store"]),
    ("cloudflare/objects", &["domain/*", "cloudflare", "store"]),
];

/// What stands in a few folders only, the words that show it, and those folders.
const MAY_HOLD: &[(&str, &[&str], &[&str])] = &[
    ("the runtime", &["worker::", "_sys::", "wasm_bindgen"], &["cloudflare"]),
    ("async", &["async "], &["handlers", "cloudflare"]),
    ("SQL", &["select ", "insert into", "\"update ", "delete from", "order by"], &["store"]),
    ("SQLite's words", &["constraint failed", "no such table"], &["store/db_error"]),
    ("a clock", &["SystemTime", "Instant::now", "Date::now", "now_utc"], &["cloudflare", "bin"]),
    ("randomness", &["getrandom", "new_v4", "now_v7"], &["cloudflare", "bin"]),
];

fn covers(may: &str, folder: &str) -> bool {
    may.strip_suffix("/*").map_or(may == folder, |top| is_in(folder, top))
}

fn row(module: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    let fits = MAY_NAME.iter().filter(|(folder, _)| is_in(module, folder));
    fits.max_by_key(|(folder, _)| folder.len())
}

#[test]
fn every_folder_names_what_it_may_and_no_more() {
    let (mut broken, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources() {
        let (folder, may) =
            row(&source.module).unwrap_or_else(|| panic!("{} has no row", source.file));
        for (line, name) in source.names() {
            let to = row(&name).map(|(to, _)| *to);
            match may.iter().find(|may| to.is_some_and(|to| covers(may, to))) {
                Some(may) => drop(used.insert((folder, may))),
                None if to == Some(folder) => {}
                None => broken.push(format!("{}:{line} names {name}", source.file)),
            }
        }
    }
    let all = MAY_NAME.iter().flat_map(|(folder, may)| may.iter().map(move |may| (folder, may)));
    broken.extend(
        all.filter(|arrow| !used.contains(arrow))
            .map(|arrow| format!("{arrow:?} is needed by nobody")),
    );
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn runtime_sql_clock_and_randomness_stand_where_they_may() {
    let mut broken = Vec::new();
    for source in sources() {
        for (what, words, folders) in MAY_HOLD {
            let is_free = folders.iter().any(|folder| is_in(&source.module, folder));
            for (line, text) in source.lines.iter().filter(|_| !is_free) {
                if words.iter().any(|word| text.contains(word)) {
                    broken.push(format!("{}:{line} holds {what}: {}", source.file, text.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_row_has_its_folder() {
    for (folder, _) in MAY_NAME {
        assert!(sources().iter().any(|source| is_in(&source.module, folder)), "no folder {folder}");
    }
}
