//! Origins: entries of `allowedOrigins`, `Origin` headers and base URLs.

use proptest::prelude::*;

use super::{corpus, fuzz, mutated_text};
use crate::domain::{
    base_url::BaseUrl,
    origin::{AllowedOrigins, OriginPattern, RequestOrigin},
};

#[test]
fn an_entry_is_refused_or_stays_what_it_is_when_read_again() {
    fuzz("origin-entries", &mutated_text(corpus("origins")), |text| {
        let Ok(entry) = OriginPattern::parse(&text) else { return Ok(()) };
        let stored = entry.to_string();
        prop_assert_eq!(OriginPattern::parse(&stored), Ok(entry), "{:?}", text);
        prop_assert!(stored.is_ascii() && !stored.contains(['@', '?', '#', '%', ' ', '\\']));
        Ok(())
    });
}

#[test]
fn a_header_admits_only_where_what_it_says_admits() {
    let entries = ["https://app.example.com", "https://*.example.com", "localhost:3000", "native"];
    let entries = entries.map(|text| OriginPattern::parse(text).unwrap());
    let list = AllowedOrigins::from_patterns(entries.to_vec());
    fuzz("origin-headers", &mutated_text(corpus("origins")), |text| {
        let Ok(origin) = RequestOrigin::parse(Some(&text)) else { return Ok(()) };
        let told = origin.as_text().unwrap();
        prop_assert_eq!(&RequestOrigin::parse(Some(&told)), &Ok(origin.clone()));
        if list.admits(&origin) {
            let host = told.split_once("://").map_or("", |(_, rest)| rest);
            let is_listed = host == "app.example.com"
                || (told.starts_with("https://") && host.ends_with(".example.com"))
                || host == "localhost:3000";
            prop_assert!(is_listed, "{told}");
        }
        Ok(())
    });
}

#[test]
fn a_base_url_is_refused_or_stays_what_it_is_when_read_again() {
    fuzz("base-urls", &mutated_text(corpus("origins")), |text| {
        let Ok(url) = BaseUrl::parse(&text) else { return Ok(()) };
        let stored = url.as_str().to_owned();
        prop_assert_eq!(BaseUrl::parse(&stored), Ok(url), "{:?}", text);
        prop_assert!(!stored.contains(['@', '?', '#', ' ', '\\']) || stored.contains("//"));
        Ok(())
    });
}
