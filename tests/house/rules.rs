//! `tests/rules.md`, the list of the contract's rules and of the tests that hold them, says what is.

use std::{collections::BTreeSet, fs, path::Path};

use crate::source::files;

const LIST: &str = include_str!("../rules.md");

struct Line<'a> {
    text: &'a str,
    count: usize,
    /// File and part of a test's name.
    holders: Vec<(String, &'a str)>,
}

fn lines() -> Vec<Line<'static>> {
    let read = |text: &'static str| {
        let (count, rest) = text.strip_prefix("- (")?.split_once(") ")?;
        let (_, holders) = rest.split_once(" → ")?;
        let named = holders.split('`').skip(1).step_by(2);
        let parts = named.map(|name| name.split_once(": ").unwrap_or((name, "")));
        let holders = parts.map(|(file, test)| (file_of(file), test)).collect();
        Some(Line { text, count: count.parse().ok()?, holders })
    };
    let rules = LIST.lines().filter(|line| line.starts_with("- "));
    rules.map(|line| read(line).unwrap_or_else(|| panic!("not of the form: {line}"))).collect()
}

/// The file that is meant by a short path.
fn file_of(path: &str) -> String {
    match path.split('/').next() {
        Some("http" | "browser" | "start" | "build") => format!("tests/{path}.test.mjs"),
        Some("store") => format!("tests/{path}.rs"),
        _ => path.to_owned(),
    }
}

#[test]
fn every_rule_is_held_by_as_many_tests_as_it_says_and_each_is_there() {
    let mut wrong = Vec::new();
    for Line { text, count, holders } in lines() {
        if count != holders.len() {
            wrong.push(format!("{} hold this: {text}", holders.len()));
        }
        for (file, test) in holders {
            let found = fs::read_to_string(&file).map(|text| text.replace("\\'", "'"));
            if !Path::new(&file).exists()
                || !test.is_empty() && !found.is_ok_and(|text| text.contains(test))
            {
                wrong.push(format!("no \"{test}\" in {file}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_test_over_http_holds_a_rule() {
    let contract = lines();
    let named: BTreeSet<_> =
        contract.iter().flat_map(|line| &line.holders).map(|(file, _)| file.as_str()).collect();
    let all = files("tests/http").into_iter().filter(|file| file.ends_with(".test.mjs"));
    let left_out: Vec<_> = all.filter(|file| !named.contains(file.as_str())).collect();
    assert!(left_out.is_empty(), "not in tests/rules.md: {left_out:?}");
}
