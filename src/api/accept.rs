//! In which form a refusal is told: as this API's own errors or, to those who ask for it, as
//! problem documents (RFC 9457).

/// The form of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    /// `application/json`.
    Json,
    /// `application/problem+json`.
    Problem,
}

/// The media type of problem documents.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

impl ErrorForm {
    /// The form that an `Accept` header asks for. Problem documents are only for those who name
    /// them, with a weight above zero and no lower than that of `application/json`; a wildcard
    /// names nothing.
    #[must_use]
    pub(crate) fn wanted(accept: Option<&str>) -> Self {
        let weight = |name: &str| {
            let ranges = accept.into_iter().flat_map(|header| header.split(','));
            ranges.filter_map(|range| weight_of(range, name)).max()
        };
        let problem = weight(PROBLEM_JSON).unwrap_or(0);
        let json = weight("application/json").unwrap_or(0);
        if problem > 0 && problem >= json { Self::Problem } else { Self::Json }
    }
}

/// The weight of a range, in thousandths, if it is for the media type `name` (RFC 9110 sections
/// 12.4.2 and 12.5.1). A weight that isn't one counts for nothing.
fn weight_of(range: &str, name: &str) -> Option<u32> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(name) {
        return None;
    }
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    Some(weight.map_or(1000, |text| thousandths(text).unwrap_or(0)))
}

fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !is_digits {
        return None;
    }
    let weight = format!("{whole}{fraction:0<3}").parse().ok()?;
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_documents_are_for_those_who_name_them() {
        for accept in [
            "application/problem+json",
            "APPLICATION/Problem+JSON",
            "application/problem+json; q=0.001",
            "application/problem+json;charset=utf-8;q=0.5, */*;q=0.8",
            "application/json, application/problem+json",
            "text/html, application/json;q=0.4 , application/problem+json ; Q=0.4",
            ",, application/problem+json,",
            "application/problem+json;q=0, application/problem+json;q=1.000",
        ] {
            assert_eq!(ErrorForm::wanted(Some(accept)), ErrorForm::Problem, "{accept}");
        }
    }

    #[test]
    fn nothing_else_asks_for_them() {
        assert_eq!(ErrorForm::wanted(None), ErrorForm::Json);
        for accept in [
            "",
            "*/*",
            "application/*",
            "application/*+json",
            "application/json",
            "application/problem+xml",
            "application/problem+json-seq",
            "xapplication/problem+json",
            "application/problem+json;q=0",
            "application/problem+json;q=0.000",
            "application/problem+json;q=0.3, application/json;q=0.4",
            "application/problem+json;q=0.9, application/json",
            "application/problem+json;q=2",
            "application/problem+json;q=1.001",
            "application/problem+json;q=0.0001",
            "application/problem+json;q=-1",
            "application/problem+json;q=",
        ] {
            assert_eq!(ErrorForm::wanted(Some(accept)), ErrorForm::Json, "{accept}");
        }
    }
}
