//! What is asked, and what is answered.

use std::{collections::VecDeque, rc::Rc};

use ::client_tokens::platform::{Boxed, Incoming, Pieces, Thrown};
use serde_json::Value;

/// A request. It can be sent again.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
}

impl Ask {
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        let url = format!("https://tokens.example.com{path}");
        Self { method, url, headers: Vec::new(), body: None }
    }

    /// The same with this header in the place of one of its name.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("Authorization", format!("Bearer {key}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body(body.to_string()).header("Content-Type", "application/json")
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        self.url = format!("{}{mark}{query}", self.url);
        self
    }

    /// The same with another body, made of the one that it has.
    pub(crate) fn edit(self, edit: impl FnOnce(&mut Value)) -> Self {
        let mut body = serde_json::from_slice(self.body.as_deref().unwrap()).unwrap();
        edit(&mut body);
        self.json(&body)
    }

    pub(crate) fn origin(&self) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(name, _)| *name == "Origin");
        named.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn incoming(&self) -> Rc<dyn Incoming> {
        Rc::new(self.clone())
    }
}

impl Incoming for Ask {
    fn method(&self) -> &str {
        self.method
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn header(&self, name: &str) -> Option<String> {
        let mut named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.clone())
    }

    fn body(&self, _: bool) -> Option<Box<dyn Pieces + '_>> {
        let body = self.body.as_ref()?;
        Some(Box::new(Chunks::new(body.chunks(64 * 1024).map(<[u8]>::to_vec).collect())))
    }

    /// Whoever asks waits for the answer.
    fn left(&self) -> Boxed<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Bytes that are there.
pub(super) struct Chunks(VecDeque<Vec<u8>>);

impl Chunks {
    pub(super) fn new(pieces: Vec<Vec<u8>>) -> Self {
        Self(pieces.into())
    }
}

impl Pieces for Chunks {
    fn next(&mut self) -> Boxed<'_, Result<Option<Vec<u8>>, Thrown>> {
        let piece = self.0.pop_front();
        Box::pin(async { Ok(piece) })
    }
}

/// An answer that came to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) text: String,
    /// Whether it didn't break off.
    pub(crate) is_whole: bool,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    /// What `Server-Timing` says of trips to the database and calls of objects.
    pub(crate) fn cost(&self) -> (u32, u32) {
        let timing = self.header("Server-Timing").unwrap();
        let number = |name: &str| {
            let (_, rest) = timing.split_once(name).unwrap();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        };
        (number("trips="), number("calls="))
    }
}
