//! What a page tells an upstream beside its messages.

use crate::domain::json::Json;

/// What a page tells an upstream beside its messages; objects all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PageContext {
    /// Inputs of a flow.
    pub(crate) inputs: Option<Json>,
    /// The page's context.
    pub(crate) context: Option<Json>,
    /// The page's metadata.
    pub(crate) metadata: Option<Json>,
}

impl PageContext {
    /// The same with what the page put among its messages, in its context.
    #[must_use]
    pub(crate) fn with_messages(&self, messages: Option<Json>) -> Self {
        const NAME: &str = "pageMessages";
        let Some(messages) = messages else { return self.clone() };
        let mut members = match &self.context {
            Some(Json::Object(members)) => members.clone(),
            _ => Vec::new(),
        };
        members.retain(|(name, _)| name != NAME);
        members.push((NAME.to_owned(), messages));
        Self { context: Some(Json::Object(members)), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_the_page_put_in_stands_beside_its_context() {
        let page = PageContext {
            context: Some(json(r#"{"url":"/x","pageMessages":1}"#)),
            ..PageContext::default()
        };
        let context = |page: PageContext| page.context.unwrap().to_string();
        assert_eq!(context(page.with_messages(None)), r#"{"url":"/x","pageMessages":1}"#);
        assert_eq!(
            context(page.with_messages(Some(json("[2]")))),
            r#"{"url":"/x","pageMessages":[2]}"#
        );
        assert_eq!(
            context(PageContext::default().with_messages(Some(json("[2]")))),
            r#"{"pageMessages":[2]}"#
        );
    }
}
