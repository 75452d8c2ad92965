//! The audit log on the wire (contract section 3.13).

use serde::Serialize;

use serde_json::Value;

use crate::{
    api::{cursor::Cursor, query::AuditLogQuery, reply::Reply},
    domain::audit::{Entry, PagedEntry},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    position: u32,
    at: String,
    actor: Option<&'a str>,
    action: &'a str,
    object_kind: &'a str,
    object_id: &'a str,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    request_id: Option<&'a str>,
    address: Option<&'a str>,
}

impl<'a> From<&'a Entry> for View<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            position: entry.position,
            at: entry.at.to_string(),
            actor: entry.actor.as_deref(),
            action: &entry.action,
            object_kind: &entry.object_kind,
            object_id: &entry.object_id,
            before: entry.before.as_ref(),
            after: entry.after.as_ref(),
            request_id: entry.request_id.as_deref(),
            address: entry.address.as_deref(),
        }
    }
}

/// 200 with a page of the log, newest first.
pub(crate) fn list(entries: &[PagedEntry], query: &AuditLogQuery) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        audit_log: Vec<View<'a>>,
        pagination: Place,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Place {
        limit: u32,
        next_cursor: Option<String>,
    }
    let next = entries.last().filter(|last| last.is_followed);
    let next_cursor = next.map(|last| Cursor::after(last.entry.position).to_string());
    let audit_log = entries.iter().map(|paged| View::from(&paged.entry)).collect();
    let pagination = Place { limit: query.limit, next_cursor };
    Reply::json(200, &List { audit_log, pagination })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json;
    use crate::domain::{audit::Filter, time::Timestamp};

    #[test]
    fn a_cursor_is_given_only_when_older_entries_follow() {
        let entry = |position, is_followed| PagedEntry {
            entry: Entry {
                position,
                at: Timestamp::from_millis(0),
                actor: None,
                action: "target.put".to_owned(),
                object_kind: "target".to_owned(),
                object_id: "flow_a".to_owned(),
                before: None,
                after: json::parse(br#"{"upstream.kind":"echo"}"#).ok(),
                request_id: None,
                address: None,
            },
            is_followed,
        };
        let query = AuditLogQuery { limit: 2, after: None, filter: Filter::default() };
        let body = list(&[entry(2, true), entry(1, false)], &query).body;
        assert!(body.ends_with(r#""pagination":{"limit":2,"nextCursor":null}}"#), "{body}");
        let shown = r#"{"auditLog":[{"position":2,"at":"1970-01-01T00:00:00.000Z","actor":null,"action":"target.put","objectKind":"target","objectId":"flow_a","before":null,"after":{"upstream.kind":"echo"},"requestId":null,"address":null}"#;
        assert!(body.starts_with(shown), "{body}");
        let next = format!(r#""nextCursor":"{}"}}}}"#, Cursor::after(3));
        assert!(list(&[entry(3, true)], &query).body.ends_with(&next));
        assert!(list(&[], &query).body.ends_with("null}}"));
    }
}
