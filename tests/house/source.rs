//! The files of `src` without their tests and comments, and what they name.

use std::{collections::BTreeSet, fs, path::Path};

pub(crate) struct Source {
    pub(crate) file: String,
    /// Its path as a module's, such as `chat/stream/frame`.
    pub(crate) module: String,
    /// Its lines with their numbers.
    pub(crate) lines: Vec<(usize, String)>,
}

/// Every file that isn't a test.
pub(crate) fn sources() -> Vec<Source> {
    let (mut sources, mut tests) = (Vec::new(), BTreeSet::new());
    for file in files("src") {
        let Some(path) = file.trim_start_matches("src/").strip_suffix(".rs") else { continue };
        let module = path.strip_suffix("/mod").unwrap_or(path).to_owned();
        let lines = live(&fs::read_to_string(&file).unwrap(), |name| {
            tests.insert(format!("{module}/{name}").trim_start_matches("lib/").to_owned());
        });
        sources.push(Source { file, module, lines });
    }
    sources.retain(|source| !tests.iter().any(|test| is_in(&source.module, test)));
    sources
}

pub(crate) fn files(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &Path| vec![path.to_str().unwrap().to_owned()];
    entries.flat_map(|path| if path.is_dir() { files(path) } else { named(&path) }).collect()
}

pub(crate) fn is_in(module: &str, folder: &str) -> bool {
    module.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The lines outside of comments and of what is compiled for tests; an item ends where one of its depth does. A module
/// of its own file that is a test is handed to `found`.
fn live(text: &str, mut found: impl FnMut(&str)) -> Vec<(usize, String)> {
    let (mut lines, mut skipped) = (Vec::new(), None);
    for (line, number) in text.lines().zip(1..) {
        let code = line.trim_start();
        let depth = line.len() - code.len();
        if let Some(begun) = skipped {
            if let Some((_, name)) = code.strip_suffix(';').and_then(|item| item.split_once("mod "))
            {
                found(name);
            }
            skipped = skipped.filter(|_| depth > begun || !code.ends_with([';', '}']));
        } else if code == "#[cfg(test)]" {
            skipped = Some(depth);
        } else if !code.starts_with("//") {
            lines.push((number, line.to_owned()));
        }
    }
    lines
}

impl Source {
    /// What it names of this crate, the groups of `use` unfolded, with the lines.
    pub(crate) fn names(&self) -> Vec<(usize, String)> {
        let (mut found, mut groups) = (Vec::new(), vec![String::new()]);
        for (number, line) in &self.lines {
            let mut path = String::new();
            let line = line.replace("(in crate::", "(").replace(" as ", "@");
            for next in line.chars().chain(['\n']) {
                if next.is_alphanumeric() || matches!(next, '_' | ':' | '@') {
                    path.push(next);
                    continue;
                }
                let path = std::mem::take(&mut path);
                let whole =
                    format!("{}{}", groups.concat(), path.split('@').next().unwrap_or_default());
                if next == '{' && path.ends_with("::") {
                    groups.push(path);
                    continue;
                }
                if !path.is_empty() {
                    found.extend(self.absolute(&whole).map(|name| (*number, name)));
                }
                if next == '}' && groups.len() > 1 {
                    groups.pop();
                }
            }
        }
        found
    }

    /// A path from the crate's root, if it is one of this crate.
    fn absolute(&self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
        let mut base: Vec<&str> = self.module.split('/').collect();
        let up = parts.iter().take_while(|part| **part == "super").count();
        match *parts.first().filter(|_| parts.len() > 1)? {
            "crate" => base.clear(),
            "client_tokens" if self.module.starts_with("bin/") => base.clear(),
            "super" => base.truncate(base.len().saturating_sub(up)),
            "self" => {}
            _ => return None,
        }
        base.extend(parts.into_iter().skip(up.max(1)));
        Some(base.join("/"))
    }
}
