//! What a page tells an upstream beside its messages.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{
    grant::{EndUser, Grant},
    json::{Look, stored},
};

/// Each member is an object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PageContext {
    /// Inputs of a flow.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::option")]
    pub(crate) inputs: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::option")]
    pub(crate) context: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::option")]
    pub(crate) metadata: Option<Value>,
    /// What the site's server says of the user and of the page, and nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::option")]
    pub(crate) vouched: Option<Value>,
}

/// The most bytes, as JSON, of what a page tells with one chat.
pub(crate) const MAX_SENT: usize = 64 * 1024;

impl PageContext {
    /// As JSON.
    pub(crate) fn bytes(&self) -> usize {
        let all = [&self.inputs, &self.context, &self.metadata, &self.vouched];
        all.into_iter().flatten().map(|json| json.to_string().len()).sum()
    }

    /// The same with what the page put among its messages in its context, and what the grant says
    /// of its user beside it (contract sections 6.2 and 3.9). What the page itself says under these
    /// names would pass for that and stands under `unverified`.
    pub(crate) fn with(&self, messages: Option<Value>, grant: Option<&Grant>) -> Self {
        let mut members = members(self.context.as_ref());
        if let Some(messages) = messages {
            set(&mut members, PAGE_MESSAGES, messages);
        }
        let (claimed, mut members): (Members, Members) =
            members.into_iter().partition(|(name, _)| passes_for_vouched(name));
        if !claimed.is_empty() {
            set(&mut members, UNVERIFIED, Value::Object(claimed));
        }
        let is_there = self.context.is_some() || !members.is_empty();
        let context = is_there.then_some(Value::Object(members));
        Self { context, vouched: grant.and_then(vouched), ..self.clone() }
    }

    /// The context as a backend of one's own is told it: with what is vouched for, and with the
    /// page's metadata among what isn't.
    pub(crate) fn for_backend(&self) -> Option<Value> {
        let mut context = members(self.context.as_ref());
        if let Some(metadata) = &self.metadata {
            let mut unverified = members(context.get(UNVERIFIED));
            set(&mut unverified, METADATA, metadata.clone());
            set(&mut context, UNVERIFIED, Value::Object(unverified));
        }
        context.extend(members(self.vouched.as_ref()));
        let is_there = self.context.is_some() || !context.is_empty();
        is_there.then_some(Value::Object(context))
    }

    pub(crate) fn vouched_metadata(&self) -> Option<&Value> {
        self.vouched.as_ref()?.member(METADATA)
    }
}

type Members = Map<String, Value>;

fn members(object: Option<&Value>) -> Members {
    object.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// What a grant says of the user and of the page.
fn vouched(grant: &Grant) -> Option<Value> {
    let user = grant.user.as_ref().map(user);
    let said = [(USER, user), (METADATA, grant.metadata_json())];
    let said = said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let said: Members = said.collect();
    (!said.is_empty()).then_some(Value::Object(said))
}

/// What the page put among its messages.
const PAGE_MESSAGES: &str = "pageMessages";
const USER: &str = "user";
const METADATA: &str = "metadata";
/// What only the site's server can say.
const VOUCHED_FOR: [&str; 2] = [USER, METADATA];
/// Whether a name may be taken for one that only the site's server can use: some programs read names
/// whatever their case, and JavaScript's `Object.assign` reads this last one as what an object has
/// unless it has something of its own.
fn passes_for_vouched(name: &str) -> bool {
    // A long s is an s to those that tell no cases apart.
    let name = name.to_lowercase().replace('\u{17f}', "s");
    VOUCHED_FOR.contains(&name.as_str()) || name == "__proto__"
}

/// What the page says under those names.
const UNVERIFIED: &str = "unverified";

/// Puts a member last.
fn set(members: &mut Members, name: &str, value: Value) {
    members.shift_remove(name);
    members.insert(name.to_owned(), value);
}

fn user(EndUser { id, name }: &EndUser) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let id = ("id".to_owned(), text(id.as_str()));
    let name = name.as_ref().map(|name| ("name".to_owned(), text(name.as_str())));
    Value::Object([id].into_iter().chain(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json;
    use crate::domain::{
        text::{EndUserId, Name},
        time::Timestamp,
    };

    fn json(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
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
            page.with(None, grant).for_backend().map(|context| context.to_string())
        };
        let vouched = r#""user":{"id":"u\"1","name":"Ada"},"metadata":{"plan":7}"#;
        assert_eq!(said(None, Some(&granted)), Some(format!("{{{vouched}}}")));
        let claim = r#"{"user":{"id":"root"},"url":"/x","metadata":3,"unverified":4}"#;
        let claimed = r#""unverified":{"user":{"id":"root"},"metadata":3}"#;
        assert_eq!(
            said(Some(claim), Some(&granted)),
            Some(format!(r#"{{"url":"/x",{claimed},{vouched}}}"#))
        );
        for nobody in [None, Some(&Grant::until(end))] {
            assert_eq!(said(Some(claim), nobody), Some(format!(r#"{{"url":"/x",{claimed}}}"#)));
            assert_eq!(said(Some("{}"), nobody).as_deref(), Some("{}"));
        }
    }

    #[test]
    fn a_name_that_passes_for_one_of_the_servers_is_set_apart() {
        let page = PageContext {
            context: Some(json(
                r#"{"User":1,"METADATA":2,"u\u017fer":3,"__proto__":{"user":4},"users":5,"a":{"user":6}}"#,
            )),
            ..PageContext::default()
        };
        let told = page.with(None, None).for_backend().unwrap().to_string();
        assert_eq!(
            told,
            r#"{"users":5,"a":{"user":6},"unverified":{"User":1,"METADATA":2,"uſer":3,"__proto__":{"user":4}}}"#
        );
    }

    #[test]
    fn what_is_vouched_for_stands_apart_from_what_the_page_says() {
        let end = Timestamp::from_millis(0);
        let granted = Grant { metadata: Some(r#"{"plan":7}"#.to_owned()), ..Grant::until(end) };
        let page = PageContext {
            context: Some(json(r#"{"metadata":{"plan":9}}"#)),
            metadata: Some(json(r#"{"plan":8}"#)),
            ..PageContext::default()
        };
        let page = page.with(None, Some(&granted));
        let text = |json: Option<Value>| json.map(|json| json.to_string()).unwrap_or_default();
        assert_eq!(text(page.vouched.clone()), r#"{"metadata":{"plan":7}}"#);
        assert_eq!(text(page.context.clone()), r#"{"unverified":{"metadata":{"plan":9}}}"#);
        assert_eq!(
            text(page.for_backend()),
            r#"{"unverified":{"metadata":{"plan":8}},"metadata":{"plan":7}}"#
        );
        assert_eq!(text(page.vouched_metadata().cloned()), r#"{"plan":7}"#);
        let alone = PageContext { metadata: page.metadata, ..PageContext::default() };
        let told = text(alone.with(None, None).for_backend());
        assert_eq!(told, r#"{"unverified":{"metadata":{"plan":8}}}"#);
    }
}
