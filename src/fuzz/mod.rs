//! Fuzzing what strangers send: origins, credentials, session tokens, event streams and bodies, a
//! million cases each (`npm run fuzz`); in `cargo test` a thousand.
//!
//! Each case takes a text of the corpus (tests/fuzz/corpus, one JSON string a line) and mutates it.
//! A case that failed is kept in tests/fuzz/regressions and tried first in every later run.

mod bodies;
mod credentials;
mod origins;
mod session_tokens;
mod streams;

use std::{env, fs};

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, FileFailurePersistence, TestRunner},
};

/// Cases of each test unless the variable `FUZZ_CASES` says how many.
const CASES: u32 = 1_000;

fn path(name: &str) -> String {
    format!("{}/tests/fuzz/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The corpus of this name.
fn corpus(name: &str) -> Vec<String> {
    let text = fs::read_to_string(path(&format!("corpus/{name}"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Holds `rule` to so many cases, and says how many there were.
fn fuzz<S: Strategy>(
    name: &'static str,
    cases: &S,
    rule: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let count = env::var("FUZZ_CASES").map_or(CASES, |text| text.parse().unwrap());
    let regressions: &'static str = path(&format!("regressions/{name}.txt")).leak();
    let mut runner = TestRunner::new(Config {
        cases: count,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        max_global_rejects: count,
        ..Config::default()
    });
    runner.run(cases, rule).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    println!("fuzz {name}: {count} cases");
}

/// One change of a text of bytes.
#[derive(Debug, Clone)]
enum Mutation {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Swap(Index, Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    // Bytes that mean something to one of the readers, beside any others.
    let telling = select(b"\"\\/:*.@[]{},0129azAZ_-% \t\r\n\0\x7f\xc3\xed\xef\xff".as_slice());
    let byte = prop_oneof![telling.clone(), any::<u8>()];
    prop_oneof![
        (at(), byte.clone()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (at(), prop::collection::vec(byte, 1..6)).prop_map(|(at, new)| Mutation::Insert(at, new)),
        (at(), 1..9_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (at(), 1..20_usize, 1..40_usize)
            .prop_map(|(at, size, times)| { Mutation::Repeat(at, size, times) }),
        (at(), at()).prop_map(|(a, b)| Mutation::Swap(a, b)),
    ]
}

impl Mutation {
    fn apply(self, text: &mut Vec<u8>) {
        let place = |index: Index, text: &[u8]| index.index(text.len().max(1)).min(text.len());
        let end = |from: usize, size: usize, text: &[u8]| (from + size).min(text.len());
        match self {
            Self::Set(at, byte) => {
                let at = place(at, text);
                text.splice(at..end(at, 1, text), [byte]);
            }
            Self::Flip(at, bit) => {
                let at = place(at, text);
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Insert(at, new) => {
                let at = place(at, text);
                text.splice(at..at, new);
            }
            Self::Remove(at, count) => {
                let at = place(at, text);
                text.drain(at..end(at, count, text));
            }
            Self::Repeat(at, size, times) => {
                let at = place(at, text);
                let piece = text[at..end(at, size, text)].repeat(times);
                text.splice(at..at, piece);
            }
            Self::Swap(a, b) => {
                let (a, b) = (place(a, text), place(b, text));
                if a < text.len() && b < text.len() {
                    text.swap(a, b);
                }
            }
        }
    }
}

/// Texts of `seeds` after one to six mutations.
fn mutated(seeds: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    (select(seeds), prop::collection::vec(mutation(), 1..7)).prop_map(|(seed, mutations)| {
        let mut text = seed.into_bytes();
        for mutation in mutations {
            mutation.apply(&mut text);
        }
        text
    })
}

/// The same as text; bytes that aren't UTF-8 are replaced.
fn mutated_text(seeds: Vec<String>) -> impl Strategy<Value = String> {
    mutated(seeds).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
