//! Golden files: every text of a kind that callers hear, in tests/golden, for a reader to review. The
//! tests of tests/http/golden write files of the same form.
//!
//! `UPDATE_GOLDEN=1 cargo test --lib golden` writes them anew.

mod words;

use std::{collections::BTreeSet, env, fmt::Write, fs};

/// Samples with a title each, grouped by the pattern that they are of. A variant that no pattern is
/// of doesn't compile, and neither does a pattern without a sample.
macro_rules! samples {
    ($($pattern:pat => { $($title:literal: $sample:expr),+ $(,)? })+) => {{
        let all = vec![$($({
            let sample = $sample;
            assert!(matches!(sample, $pattern), "a sample of another kind: {}", $title);
            ($title, sample)
        }),+),+];
        for (_, sample) in &all {
            match sample {
                $($pattern => {}),+
            }
        }
        all
    }};
}
pub(crate) use samples;

/// Holds the entries, titles and texts, to the file of this name, or writes it. `about` says what they
/// are, `by` is the source that makes them.
pub(crate) fn hold(name: &str, about: &str, by: &str, entries: &[(String, String)]) {
    let titles: BTreeSet<_> = entries.iter().map(|(title, _)| title).collect();
    assert_eq!(titles.len(), entries.len(), "two entries have one title");
    let path = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let now = written(about, by, entries);
    if env::var("UPDATE_GOLDEN").is_ok_and(|wish| wish == "1") {
        fs::write(&path, now).unwrap();
        return;
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == now,
        "tests/golden/{name}.txt says otherwise:\n{}",
        difference(&stored, &now)
    );
}

fn written(about: &str, by: &str, entries: &[(String, String)]) -> String {
    let mut text = format!(
        "# {about}\n# {by} holds the service to it; UPDATE_GOLDEN=1 cargo test --lib golden writes it anew.\n"
    );
    for (title, entry) in entries {
        write!(text, "\n=== {title}\n{}\n", entry.trim_end()).unwrap();
    }
    text
}

/// Each entry that isn't the same in both: its lines that the file alone has, and those that came.
fn difference(stored: &str, now: &str) -> String {
    let parts = |text: &str| text.split("\n=== ").map(str::to_owned).collect::<Vec<_>>();
    let (stored, now) = (parts(stored), parts(now));
    let only = |of: &[String], other: &[String], sign: char| {
        let mut text = String::new();
        for entry in of.iter().filter(|entry| !other.contains(entry)) {
            let title = entry.lines().next().unwrap_or_default();
            let twin = other.iter().find(|one| one.lines().next() == Some(title));
            let known: Vec<_> = twin.iter().flat_map(|twin| twin.lines().skip(1)).collect();
            writeln!(text, "=== {title}").unwrap();
            for line in entry.lines().skip(1).filter(|line| !known.contains(line)) {
                writeln!(text, "{sign}{line}").unwrap();
            }
        }
        text
    };
    let told = only(&stored, &now, '-') + &only(&now, &stored, '+');
    if told.is_empty() { "the order of its entries".to_owned() } else { told }
}

/// JSON over lines, its members in their order.
pub(crate) fn over_lines(json: &str) -> String {
    let (mut text, mut depth, mut in_string, mut is_escaped) = (String::new(), 0, false, false);
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    for character in json.chars() {
        match character {
            _ if in_string => {
                in_string = is_escaped || character != '"';
                is_escaped = !is_escaped && character == '\\';
                text.push(character);
            }
            '{' | '[' => {
                depth += 1;
                text.push(character);
                text += &line(depth);
            }
            '}' | ']' => {
                depth -= 1;
                text += &line(depth);
                text.push(character);
            }
            ',' => {
                text.push(character);
                text += &line(depth);
            }
            ':' => text += ": ",
            _ => {
                in_string = character == '"';
                text.push(character);
            }
        }
    }
    text
}

#[test]
fn what_differs_is_told_by_entry_and_line() {
    let entries = |texts: &[(&str, &str)]| {
        texts
            .iter()
            .map(|(title, text)| ((*title).to_owned(), (*text).to_owned()))
            .collect::<Vec<_>>()
    };
    let of = |texts: &[(&str, &str)]| written("About", "here", &entries(texts));
    let stored = of(&[("a", "one\ntwo"), ("b", "three"), ("c", "four")]);
    let now = of(&[("a", "one\n2"), ("c", "four"), ("d", "five")]);
    assert_eq!(difference(&stored, &now), "=== a\n-two\n=== b\n-three\n=== a\n+2\n=== d\n+five\n");
    let turned = of(&[("b", "three"), ("a", "one\ntwo"), ("c", "four")]);
    assert_eq!(difference(&stored, &turned), "the order of its entries");
}

#[test]
fn json_keeps_its_texts_and_its_order() {
    assert_eq!(
        over_lines(r#"{"b":"x,\"{","a":[1.0]}"#),
        "{\n  \"b\": \"x,\\\"{\",\n  \"a\": [\n    1.0\n  ]\n}"
    );
}
