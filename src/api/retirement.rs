//! What every answer says to a caller whose API key has a newer value: since when this one is the
//! old one (`Deprecation`, RFC 9745), and when it stops working (`Sunset`, RFC 8594).

use crate::domain::api_key::Retirement;

pub(crate) fn headers(retirement: &Retirement) -> Vec<(&'static str, String)> {
    let Retirement { since, until } = retirement;
    vec![("Deprecation", format!("@{}", since.millis() / 1000)), ("Sunset", until.http_date())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn one_is_a_structured_date_and_the_other_an_http_date() {
        let at = |text| Timestamp::parse(text).unwrap();
        let retirement =
            Retirement { since: at("2001-09-09T01:46:40.9Z"), until: at("2001-09-09T02:46:40Z") };
        let sunset = "Sun, 09 Sep 2001 02:46:40 GMT".to_owned();
        assert_eq!(
            headers(&retirement),
            [("Deprecation", "@1000000000".to_owned()), ("Sunset", sunset)]
        );
    }
}
