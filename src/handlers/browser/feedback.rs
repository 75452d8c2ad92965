//! The handler of feedback: both credentials are proved, the token read, the limits of feedback's
//! own asked, and the row written.

use crate::{
    api::{
        browser::feedback::{FeedbackRequest, given},
        rate_limit,
    },
    chat::{opening::session_of, refused::Refused},
    domain::{id::FeedbackId, limiter::Ask, session::Session},
    handlers::{browser::visit::Visit, failure::Failure, said::Said},
    store::{
        client_tokens::of_credential,
        db_error::DbError,
        feedback::{NewFeedback, give},
    },
};

pub(super) async fn feedback(visit: Visit<'_>) -> Result<Said, Failure> {
    let request = FeedbackRequest::parse(&visit.body().await?)?;
    if !Session::is_well_formed(&request.session) {
        return Err(Refused::MalformedSession.into());
    }
    let proved = visit.proved(&request.token).await?;
    let owned = visit.db().fetch(of_credential(proved.claims.id)).await?;
    let (token, _) = visit.admit(owned, &proved)?;
    let session = session_of(Some(&request.session), &proved, &visit.keyring, visit.now());
    let session = session.ok_or(Refused::ForeignSession)?;
    let id = FeedbackId::new(visit.now(), &visit.context.id_entropy()?).to_string();
    let new = to_store(&request, id.clone());
    visit.hold_to_room(&token)?;
    let ask = Ask::feedback(new.bytes());
    let verdict = visit.limit(&token, proved.grant.as_ref(), &ask).await?;

    let new = give(&session, &new, visit.now());
    let stored = visit.db().fetch(new).await.map_err(refusal)?;
    visit.context.set_stored(0, ask.bytes);
    let stored = stored.map_or_else(|| id.clone(), |given| given.id);
    let mut reply = given(&stored, stored == id);
    reply.headers.extend(rate_limit::headers(&verdict));
    Ok(reply.into())
}

fn refusal(error: DbError) -> Failure {
    match error {
        DbError::Deleted(_) => Refused::ConversationDeleted.into(),
        error => error.into(),
    }
}

fn to_store(request: &FeedbackRequest, id: String) -> NewFeedback<'_> {
    NewFeedback {
        id,
        kind: request.kind.as_str(),
        message_id: request.message_id.as_deref().unwrap_or_default(),
        rating: request.rating,
        comment: request.comment.as_deref(),
        metadata: request.metadata.as_ref().map(ToString::to_string),
    }
}
