//! The handler of feedback: both credentials are proved, the token read, the limits of feedback's
//! own asked, and the row written.

use crate::{
    api::{
        body::Allowance,
        browser::feedback::{FeedbackRequest, given},
        rate_limit,
    },
    chat::{opening::session_of, refused::Refused},
    domain::{id::FeedbackId, limiter::Ask, session::Session},
    handlers::{
        browser::{admission, limits},
        context::Context,
        failure::Failure,
        said::Said,
    },
    store::{
        client_tokens::of_credential,
        db_error::DbError,
        feedback::{NewFeedback, give},
    },
};

pub(super) async fn feedback(cx: &Context) -> Result<Said, Failure> {
    let request = FeedbackRequest::parse(&cx.body(Allowance::Page).await?)?;
    if !Session::is_well_formed(&request.session) {
        return Err(Refused::MalformedSession.into());
    }
    let proved = admission::proved(cx, &request.token).await?;
    let owned = cx.db.fetch(of_credential(proved.claims.id)).await?;
    let (token, _) = admission::admit(cx, owned, &proved)?;
    let session = session_of(Some(&request.session), &proved, cx.keyring()?, cx.now);
    let session = session.ok_or(Refused::ForeignSession)?;
    let id = FeedbackId::new(cx.now, &cx.id_entropy()?).to_string();
    let new = to_store(&request, id.clone());
    limits::hold_to_room(cx, &token)?;
    let ask = Ask::feedback(new.bytes());
    let verdict = limits::limit(cx, &token, proved.grant.as_ref(), &ask).await?;

    let new = give(&session, &new, cx.now);
    let stored = cx.db.fetch(new).await.map_err(refusal)?;
    cx.set_stored(0, ask.bytes);
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
