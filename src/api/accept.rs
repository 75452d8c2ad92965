//! In which form an answer is told: a refusal as this API's own errors or, to those who ask for it,
//! as a problem document (RFC 9457); the root as a page, to those who ask for one.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    Json,
    Problem,
}

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

impl ErrorForm {
    /// The form that an `Accept` header asks for. Problem documents are only for those who name
    /// them, with a weight above zero and no lower than that of `application/json`; a wildcard
    /// names nothing.
    pub(crate) fn wanted(accept: Option<&str>) -> Self {
        let problem = weight(accept, &[PROBLEM_JSON]);
        let json = weight(accept, &["application/json"]);
        if problem > 0 && problem >= json { Self::Problem } else { Self::Json }
    }
}

/// Whether an `Accept` header asks for a page, and for JSON no more than for that. `*/*` asks for
/// whatever there is, which is JSON here: programs send it that choose nothing.
pub(crate) fn wants_page(accept: Option<&str>) -> bool {
    let page = weight(accept, &["text/html", "text/*"]);
    let json = weight(accept, &["application/json", "application/*", "*/*"]);
    page > 0 && page >= json.max(weight(accept, &[PROBLEM_JSON]))
}

/// The weight of the first of `names` that is there, which should be the most specific one; zero
/// without any.
fn weight(accept: Option<&str>, names: &[&str]) -> u32 {
    let highest = |name: &&str| {
        let ranges = accept.into_iter().flat_map(|header| header.split(','));
        ranges.filter_map(|range| weight_of(range, name)).max()
    };
    names.iter().find_map(highest).unwrap_or(0)
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
    fn a_page_is_for_those_who_name_html() {
        for accept in [
            "text/html",
            "Text/HTML;charset=utf-8",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            "text/html, application/json",
            "application/json;q=0.5, text/html;q=0.6",
            "text/html;q=0.001",
            "text/*",
            "text/html, */*; q=0.01",
            "text/html, application/*;q=0.9, application/json;q=0",
        ] {
            assert!(wants_page(Some(accept)), "{accept}");
        }
    }

    #[test]
    fn json_is_for_everybody_else() {
        assert!(!wants_page(None));
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/json, text/plain, */*",
            "application/xhtml+xml",
            "text/plain",
            "text/html;q=0",
            "text/html;q=0, */*",
            "text/html;q=0, text/*",
            "text/html;q=0.5, application/json;q=0.6",
            "text/html;q=0.5, */*",
            "text/html;q=0.9, application/*",
            "text/html;q=0.9, application/problem+json",
            "text/html;q=2",
            "xtext/html",
        ] {
            assert!(!wants_page(Some(accept)), "{accept}");
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
