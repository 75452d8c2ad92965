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
    domain::json::{Json, JsonFault},
};

/// The most bytes of an answer to a faulty body (contract section 12).
const MAX_ANSWER: usize = 64 * 1024;

type Reader = fn(&[u8]) -> Result<(), Error>;

#[test]
fn a_body_is_read_as_another_reader_reads_it_and_written_back_the_same() {
    fuzz("body-json", &mutated(corpus("bodies")), |bytes| {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&bytes);
        let other = serde_json::from_slice::<Value>(text);
        match Json::parse_body(&bytes) {
            Ok(json) => {
                let written = json.to_string();
                let again = Json::parse_body(written.as_bytes());
                prop_assert_eq!(again.as_ref(), Ok(&json));
                let theirs = serde_json::from_str::<Value>(&written).ok();
                prop_assert_eq!(theirs, Some(other.unwrap()));
            }
            // Bounds that the other reader doesn't have.
            Err(JsonFault::NameTooLong | JsonFault::TooManyValues) => {}
            Err(fault) => prop_assert!(other.is_err(), "{}", fault),
        }
        Ok(())
    });
}

#[test]
fn a_page_s_body_is_read_wherever_a_server_s_is() {
    fuzz("page-json", &mutated(corpus("bodies")), |bytes| {
        let page = Json::parse_page_body(&bytes);
        if let Ok(json) = Json::parse_body(&bytes) {
            prop_assert_eq!(page, Ok(json));
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
