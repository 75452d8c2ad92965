//! Client tokens on the wire: answers (contract sections 2 and 3).

pub(crate) mod mint;
pub(crate) mod request;
pub(crate) mod verification;
mod view;

use serde::Serialize;

use self::view::{Shape, View, WarningView};
use crate::{
    api::{
        error::{Error, Noun},
        etag,
        pagination::Pagination,
        query::ListQuery,
        reply::{Deleted, Reply},
    },
    domain::{
        client_token::{ClientToken, Known},
        keyring::Keyring,
        paged::Paged,
        target::Executable,
        token_value::TokenValue,
        warning::warnings,
    },
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientTokenBody<'a> {
    client_token: View<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<WarningView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

fn answer(
    status: u16,
    token: &ClientToken,
    shape: Shape,
    keyring: &Keyring,
    show: Show<'_>,
) -> Reply {
    let value = token.value(keyring);
    let warnings = |executable| {
        let list = warnings(&token.settings, token.environment, executable);
        list.into_iter().map(WarningView::from).collect()
    };
    let reply = Reply::json(
        status,
        &ClientTokenBody {
            client_token: View { token, value: value.as_ref(), shape },
            token: value.as_ref().filter(|_| show.value).map(TokenValue::expose),
            warnings: show.warnings.map(warnings),
            message: show.message,
        },
    );
    // Whatever an answer shows of the token, its tag is that of what GET shows.
    let tag = if shape == Shape::Counted {
        etag::of(token.updated_at, &reply.body)
    } else {
        entity_tag(token, keyring)
    };
    Reply { headers: etag::headers(tag), ..reply }
}

fn entity_tag(token: &ClientToken, keyring: &Keyring) -> String {
    let value = token.value(keyring);
    let client_token = View { token, value: value.as_ref(), shape: Shape::Counted };
    let body = ClientTokenBody { client_token, token: None, warnings: None, message: None };
    etag::of(token.updated_at, &Reply::json(200, &body).body)
}

/// The members of an answer beside `clientToken`.
#[derive(Default, Clone, Copy)]
struct Show<'a> {
    value: bool,
    /// If present, the answer has warnings; these are the targets that an upstream executes.
    warnings: Option<&'a Executable>,
    message: Option<&'static str>,
}

/// 201 with a new token, its value and its warnings; `executable` are the targets that an upstream
/// executes.
pub(crate) fn created(token: &ClientToken, executable: &Executable, keyring: &Keyring) -> Reply {
    let show = Show { value: true, warnings: Some(executable), ..Show::default() };
    answer(201, token, Shape::Full, keyring, show)
}

/// 200 with the token, or 304 without it when `if_none_match` lists its entity tag.
pub(crate) fn found(token: &ClientToken, if_none_match: Option<&str>, keyring: &Keyring) -> Reply {
    let reply = answer(200, token, Shape::Counted, keyring, Show::default());
    let is_tag =
        |(name, tag): &(&str, String)| *name == "ETag" && etag::is_known(tag, if_none_match);
    if reply.headers.iter().any(is_tag) {
        return Reply { status: 304, body: String::new(), ..reply };
    }
    reply
}

/// The token that a change left. Of a change for certain versions only, `left` is what stands
/// there, which tells [`Error::PreconditionFailed`] from [`Error::NotFound`].
pub(crate) fn changed<T>(
    changed: Option<T>,
    left: Option<ClientToken>,
    keyring: &Keyring,
) -> Result<T, Error> {
    changed.ok_or_else(|| {
        left.map_or(Error::NotFound(Noun::ClientToken), |token| {
            Error::PreconditionFailed(entity_tag(&token, keyring))
        })
    })
}

/// The token that was found, if any, for a change that is meant for `known`.
pub(crate) fn meant(
    found: Option<ClientToken>,
    known: &Known,
    keyring: &Keyring,
) -> Result<Option<ClientToken>, Error> {
    match found.as_ref().filter(|token| !known.is_at(token.updated_at)) {
        Some(token) => Err(Error::PreconditionFailed(entity_tag(token, keyring))),
        None => Ok(found),
    }
}

/// 200 with an updated token and its warnings; `executable` are the targets that an upstream
/// executes.
pub(crate) fn updated(token: &ClientToken, executable: &Executable, keyring: &Keyring) -> Reply {
    let show = Show { warnings: Some(executable), ..Show::default() };
    answer(200, token, Shape::Full, keyring, show)
}

/// 200 with the reduced token and its new value.
pub(crate) fn regenerated(token: &ClientToken, keyring: &Keyring) -> Reply {
    let message = Some("Token regenerated. Old tokens stop working immediately.");
    answer(200, token, Shape::Reduced, keyring, Show { value: true, message, ..Show::default() })
}

pub(crate) fn deleted() -> Reply {
    Deleted::reply("Client token deleted. Its value stopped working.")
}

/// 200 with the value alone.
pub(crate) fn value(token: &ClientToken, keyring: &Keyring) -> Result<Reply, Error> {
    #[derive(Serialize)]
    struct Value<'a> {
        token: &'a str,
    }
    let value = token.value(keyring).ok_or(Error::ValueUnavailable)?;
    Ok(Reply::json(200, &Value { token: value.expose() }))
}

/// 200 with a list; `rows` are those of the query's page.
pub(crate) fn list(
    rows: &[Paged<ClientToken>],
    query: ListQuery,
    keyring: &Keyring,
) -> Result<Reply, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        client_tokens: Vec<View<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pagination: Option<Pagination>,
    }
    let pagination = Pagination::of_list(query, rows, Noun::ClientToken)?;
    let values: Vec<_> = rows.iter().map(|paged| (&paged.row, paged.row.value(keyring))).collect();
    let views = values.iter().map(|(token, value)| View {
        token,
        value: value.as_ref(),
        shape: Shape::Counted,
    });
    Ok(Reply::json(200, &List { client_tokens: views.collect(), pagination }))
}
