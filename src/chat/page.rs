//! What a page tells an upstream beside its messages.

use crate::domain::{
    grant::{EndUser, Grant},
    json::Json,
};

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
    /// The same with what is said of the page in its context: what it put among its messages, and
    /// what the grant says of its user (contract sections 6.2 and 3.9). What the page itself says
    /// under these names would pass for that and stands under `unverified`.
    #[must_use]
    pub(crate) fn with(&self, messages: Option<Json>, grant: Option<&Grant>) -> Self {
        let mut members = match &self.context {
            Some(Json::Object(members)) => members.clone(),
            _ => Vec::new(),
        };
        let user = grant.and_then(|grant| grant.user.as_ref()).map(user);
        let metadata = grant.and_then(Grant::metadata_json);
        if let Some(messages) = messages {
            set(&mut members, PAGE_MESSAGES, messages);
        }
        let claimed: Vec<_> =
            members.extract_if(.., |(name, _)| VOUCHED_FOR.contains(&name.as_str())).collect();
        if !claimed.is_empty() {
            set(&mut members, UNVERIFIED, Json::Object(claimed));
        }
        let [user_name, metadata_name] = VOUCHED_FOR;
        let vouched = [(user_name, user), (metadata_name, metadata)];
        let vouched =
            vouched.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        members.extend(vouched);
        let is_there = self.context.is_some() || !members.is_empty();
        Self { context: is_there.then_some(Json::Object(members)), ..self.clone() }
    }
}

/// What the page put among its messages.
const PAGE_MESSAGES: &str = "pageMessages";
/// What the site's server says of the user and of the page, and nobody else.
const VOUCHED_FOR: [&str; 2] = ["user", "metadata"];
/// What the page says under those names.
const UNVERIFIED: &str = "unverified";

fn set(members: &mut Vec<(String, Json)>, name: &str, value: Json) {
    members.retain(|(other, _)| other != name);
    members.push((name.to_owned(), value));
}

fn user(EndUser { id, name }: &EndUser) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    let id = ("id".to_owned(), text(id.as_str()));
    let name = name.as_ref().map(|name| ("name".to_owned(), text(name.as_str())));
    Json::Object([id].into_iter().chain(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        text::{EndUserId, Name},
        time::Timestamp,
    };

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
        assert_eq!(context(page.with(None, None)), r#"{"url":"/x","pageMessages":1}"#);
        let messages = Some(json("[2]"));
        assert_eq!(
            context(page.with(messages.clone(), None)),
            r#"{"url":"/x","pageMessages":[2]}"#
        );
        let nothing = PageContext::default();
        assert_eq!(context(nothing.with(messages, None)), r#"{"pageMessages":[2]}"#);
        assert_eq!(nothing.with(None, None), nothing);
    }

    #[test]
    fn only_a_grant_says_who_the_user_is() {
        let user = EndUser {
            id: EndUserId::parse("u\"1").unwrap(),
            name: Some(Name::parse("Ada").unwrap()),
        };
        let end = Timestamp::from_millis(0);
        let metadata = Some(r#"{"plan":7}"#.to_owned());
        let granted = Grant { user: Some(user), metadata, ..Grant::until(end) };
        let said = |context: Option<&str>, grant| {
            let page = PageContext { context: context.map(json), ..PageContext::default() };
            page.with(None, grant).context.map(|context| context.to_string())
        };
        let vouched = r#""user":{"id":"u\"1","name":"Ada"},"metadata":{"plan":7}"#;
        assert_eq!(said(None, Some(&granted)), Some(format!("{{{vouched}}}")));
        let claim = r#"{"user":{"id":"root"},"url":"/x","user":2,"metadata":3,"unverified":4}"#;
        let claimed = r#""unverified":{"user":{"id":"root"},"user":2,"metadata":3}"#;
        assert_eq!(
            said(Some(claim), Some(&granted)),
            Some(format!(r#"{{"url":"/x",{claimed},{vouched}}}"#))
        );
        for nobody in [None, Some(&Grant::until(end))] {
            assert_eq!(said(Some(claim), nobody), Some(format!(r#"{{"url":"/x",{claimed}}}"#)));
            assert_eq!(said(Some("{}"), nobody).as_deref(), Some("{}"));
        }
    }
}
