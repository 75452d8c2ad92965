//! Bodies: read as JSON as another reader reads it, and by every type that reads requests.

use proptest::prelude::*;
use serde_json::Value;

use super::{corpus, fuzz, mutated};
use crate::{
    api::{
        browser::{
            feedback::FeedbackRequest, first::leading_session, init::InitRequest,
            pictures::ChatBody,
        },
        client_tokens::request::{CreateRequest, UpdateRequest},
        error::Error,
        reply::Reply,
    },
    chat::request::{ChatRequest, ResumeRequest},
    domain::json::{self, JsonFault},
};

/// The most bytes of an answer to a faulty body (contract section 12).
const MAX_ANSWER: usize = 64 * 1024;

type Reader = fn(&[u8]) -> Result<(), Error>;

#[test]
fn a_body_is_read_as_another_reader_reads_it_and_written_back_the_same() {
    fuzz("body-json", &mutated(corpus("bodies")), |bytes| {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&bytes);
        let other = serde_json::from_slice::<Value>(text);
        let mut repeats = false;
        match json::parse_body(&bytes, &mut |_| repeats = true) {
            Ok(json) => {
                let again = json::parse_body(json.to_string().as_bytes(), &mut |_| {});
                prop_assert_eq!(again.as_ref(), Ok(&json));
                let other = other.unwrap();
                // Of members of one name it keeps the last.
                prop_assert!(repeats || json == other, "{}", other);
            }
            // Bounds that the other reader doesn't have.
            Err(JsonFault::NameTooLong | JsonFault::TooManyNames | JsonFault::TooManyValues) => {}
            Err(fault) => prop_assert!(other.is_err(), "{}", fault),
        }
        Ok(())
    });
}

#[test]
fn a_page_s_body_is_read_wherever_a_server_s_is() {
    fuzz("page-json", &mutated(corpus("bodies")), |bytes| {
        let mut page = bytes.clone();
        json::replace_halves(&mut page);
        if let Ok(json) = json::parse_body(&bytes, &mut |_| {}) {
            prop_assert_eq!(json::parse_body(&page, &mut |_| {}), Ok(json));
        }
        if let Some(session) = leading_session(&bytes) {
            prop_assert!(session.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)));
        }
        Ok(())
    });
}

#[test]
fn every_reader_of_requests_answers_within_bounds() {
    let readers: [Reader; 6] = [
        |body| CreateRequest::parse(body).map(drop),
        |body| UpdateRequest::parse(body)?.step(None).map(drop),
        |body| InitRequest::parse(body).map(drop),
        |body| ChatRequest::parse(&ChatBody::whole(body)?).map(drop),
        |body| ResumeRequest::parse(body).map(drop),
        |body| FeedbackRequest::parse(body).map(drop),
    ];
    fuzz("requests", &mutated(corpus("bodies")), |bytes| {
        for read in readers {
            if let Err(error) = read(&bytes) {
                let reply = Reply::from(error);
                prop_assert!(reply.text().len() <= MAX_ANSWER && reply.status < 500);
                prop_assert!(serde_json::from_str::<Value>(&reply.body).is_ok());
            }
        }
        Ok(())
    });
}
