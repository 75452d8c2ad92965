//! A limiter's verdict as the caller sees it: the header fields of
//! `draft-ietf-httpapi-ratelimit-headers-11`, and the sentence that a chat widget shows its visitor
//! (contract section 8).

use crate::domain::limiter::{Limit, LimitReached, Standing, Verdict};

/// `RateLimit-Policy` and `RateLimit` when a window is limited, `Retry-After` when refused.
///
/// The first two are structured lists (RFC 9651): a quota of `q` requests per `w` seconds, and `r`
/// requests left until there are more in `t` seconds. Before the first counted request there is no
/// `t`.
///
/// The limiter counts a request for up to a second longer than its window. `Retry-After` includes
/// that second, since it must not be too short; `t` doesn't, since it must not exceed `w`.
pub(crate) fn headers(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let (mut policies, mut limits) = (String::new(), String::new());
    for (name, standing) in [("minute", verdict.minute), ("hour", verdict.hour)] {
        if let Some(Standing { quota, window, remaining, reset }) = standing {
            append(&mut policies, format!("\"{name}\";q={quota};w={window}"));
            let reset = reset.map(|seconds| format!(";t={}", seconds.min(window)));
            let reset = reset.unwrap_or_default();
            append(&mut limits, format!("\"{name}\";r={remaining}{reset}"));
        }
    }
    let mut headers = Vec::new();
    if !policies.is_empty() {
        headers.push(("RateLimit-Policy", policies));
        headers.push(("RateLimit", limits));
    }
    if let Some(refusal) = verdict.refusal {
        headers.push(("Retry-After", refusal.retry_after.to_string()));
    }
    headers
}

fn append(list: &mut String, item: String) {
    if list.is_empty() {
        *list = item;
    } else {
        list.push_str(", ");
        list.push_str(&item);
    }
}

/// The sentence for the visitor: the reason, and how long to wait before trying again.
pub(crate) fn hint(refusal: &LimitReached) -> String {
    let LimitReached { by, quota, retry_after } = *refusal;
    let wait = duration(retry_after);
    match by {
        Limit::Minute | Limit::Hour => {
            format!("You have sent too many messages. Please wait {wait} and try again.")
        }
        Limit::MinuteBytes | Limit::HourBytes => {
            let stretch = if by == Limit::MinuteBytes { "a minute" } else { "an hour" };
            let most = quota / (1024 * 1024);
            format!(
                "You have sent too much: at most {most} MiB {stretch} are taken. Please wait {wait} and try again."
            )
        }
        Limit::Session => format!(
            "This conversation has reached its limit of {}. Please wait {wait} and try again.",
            counted(quota, "message")
        ),
    }
}

/// Seconds below two minutes, minutes below two hours, else hours; rounded up, so that the wait is
/// never too short.
fn duration(seconds: u32) -> String {
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7_200 => counted(seconds.div_ceil(60), "minute"),
        _ => counted(seconds.div_ceil(3_600), "hour"),
    }
}

fn counted(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limiter::Ask;

    const MINUTE: Standing = Standing { quota: 10, window: 60, remaining: 9, reset: Some(51) };
    const HOUR: Standing =
        Standing { quota: 100, window: 3_600, remaining: 99, reset: Some(3_580) };
    const FULL: LimitReached = LimitReached { by: Limit::Session, quota: 100, retry_after: 1_790 };

    fn owned(fields: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    #[test]
    fn every_limited_window_is_an_item_of_both_lists() {
        let verdict = Verdict { refusal: None, minute: Some(MINUTE), hour: Some(HOUR) };
        assert_eq!(
            headers(&verdict),
            owned(&[
                ("RateLimit-Policy", r#""minute";q=10;w=60, "hour";q=100;w=3600"#),
                ("RateLimit", r#""minute";r=9;t=51, "hour";r=99;t=3580"#),
            ])
        );
    }

    #[test]
    fn an_unlimited_window_is_left_out() {
        let verdict = Verdict { refusal: None, minute: None, hour: Some(HOUR) };
        assert_eq!(
            headers(&verdict),
            owned(&[
                ("RateLimit-Policy", r#""hour";q=100;w=3600"#),
                ("RateLimit", r#""hour";r=99;t=3580"#),
            ])
        );
    }

    #[test]
    fn a_window_without_requests_has_no_t() {
        let untouched = Standing { remaining: 10, reset: None, ..MINUTE };
        let verdict = Verdict { refusal: None, minute: Some(untouched), hour: None };
        assert_eq!(headers(&verdict)[1], ("RateLimit", r#""minute";r=10"#.to_owned()));
    }

    #[test]
    fn t_is_never_more_than_its_window_and_retry_after_tells_the_whole_wait() {
        for (reset, t) in [(59, 59), (60, 60), (61, 60)] {
            let minute = Standing { remaining: 0, reset: Some(reset), ..MINUTE };
            let refusal = LimitReached { by: Limit::Minute, quota: 10, retry_after: reset };
            let verdict = Verdict { refusal: Some(refusal), minute: Some(minute), hour: None };
            let fields = headers(&verdict);
            assert_eq!(fields[1], ("RateLimit", format!(r#""minute";r=0;t={t}"#)));
            assert_eq!(fields[2], ("Retry-After", reset.to_string()));
        }
    }

    #[test]
    fn retry_after_stands_on_refusals_only_and_needs_no_window() {
        let verdict = Verdict { refusal: None, minute: None, hour: None };
        assert_eq!(headers(&verdict), []);
        let verdict = Verdict { refusal: Some(FULL), ..verdict };
        assert_eq!(headers(&verdict), owned(&[("Retry-After", "1790")]));
    }

    #[test]
    fn a_hint_names_the_cause_and_the_wait() {
        for by in [Limit::Minute, Limit::Hour] {
            let refusal = LimitReached { by, quota: 10, retry_after: 42 };
            assert_eq!(
                hint(&refusal),
                "You have sent too many messages. Please wait 42 seconds and try again."
            );
        }
        for (by, quota, most) in [
            (Limit::MinuteBytes, Ask::MOST_BYTES_PER_MINUTE, "8 MiB a minute"),
            (Limit::HourBytes, Ask::MOST_BYTES_PER_HOUR, "64 MiB an hour"),
        ] {
            let refusal = LimitReached { by, quota, retry_after: 42 };
            let sentence = format!(
                "You have sent too much: at most {most} are taken. Please wait 42 seconds and try again."
            );
            assert_eq!(hint(&refusal), sentence);
        }
        assert_eq!(
            hint(&FULL),
            "This conversation has reached its limit of 100 messages. Please wait 30 minutes and try again."
        );
        let one = LimitReached { quota: 1, retry_after: 1, ..FULL };
        assert_eq!(
            hint(&one),
            "This conversation has reached its limit of 1 message. Please wait 1 second and try again."
        );
    }

    #[test]
    fn a_wait_is_rounded_up_never_down() {
        for (seconds, text) in [
            (119, "119 seconds"),
            (120, "2 minutes"),
            (121, "3 minutes"),
            (7_199, "120 minutes"),
            (7_200, "2 hours"),
            (7_201, "3 hours"),
            (86_400, "24 hours"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
