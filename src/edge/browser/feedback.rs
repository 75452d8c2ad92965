//! The handler of feedback: both credentials are proved, the token read, the limits of feedback's
//! own asked, and the row written.

use crate::{
    api::{
        browser::feedback::{FeedbackRequest, given},
        rate_limit,
    },
    chat::refused::Refused,
    domain::{
        id::FeedbackId,
        limiter::{Ask, Purpose},
        session::Session,
        token_value,
    },
    edge::{browser::visit::Visit, exchange::Exchange, failure::Failure, said::Said},
    store::{
        client_tokens::of_credential,
        feedback::{NewFeedback, give},
    },
};

pub(super) async fn feedback(visit: Visit<'_>) -> Result<Said, Failure> {
    let request = FeedbackRequest::parse(&visit.body().await?)?;
    if !Session::is_well_formed(&request.session) {
        return Err(Refused::MalformedSession.into());
    }
    let now = visit.exchange.now;
    let claims = token_value::verify(&request.token, &visit.keyring);
    let claims = claims.ok_or(Refused::UnknownToken)?;
    let session = Session::verify(&request.session, &visit.keyring, now);

    let owned = visit.exchange.db()?.fetch(of_credential(claims.id)).await?;
    let owned = owned.into_iter().next().filter(|owned| owned.token.has_claims(&claims));
    let (token, _) = visit.admit(owned)?;
    let session = session.filter(|session| session.token == token.id);
    let session = session.ok_or(Refused::ForeignSession)?;
    let verdict = visit.limit(&token, Purpose::Feedback, &Ask::FEEDBACK).await?;

    let id = FeedbackId::new(now, &Exchange::id_entropy()?).to_string();
    let new = NewFeedback {
        id: id.clone(),
        kind: request.kind.as_str(),
        message_id: request.message_id.as_deref().unwrap_or_default(),
        rating: request.rating,
        comment: request.comment.as_deref(),
        metadata: request.metadata.map(|json| json.to_string()),
    };
    let rows = visit.exchange.db()?.fetch(give(&session, &new, now)).await?;
    let stored = rows.into_iter().next().map_or_else(|| id.clone(), |given| given.id);
    let mut reply = given(&stored, stored == id);
    reply.headers.extend(rate_limit::headers(&verdict));
    Ok(reply.into())
}
