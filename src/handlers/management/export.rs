//! The handler of an export: proof and the first conversations in one trip, then lines that are
//! written as the client takes them, in constant memory.

use crate::{
    api::{
        access::one,
        conversations_query::ExportQuery,
        error::Noun,
        export::{HEADERS, Lines, broken_off},
    },
    domain::{
        conversation::Conversation,
        export::{HEADS, Selection},
        id::ClientTokenId,
    },
    handlers::{db::Db, failure::Failure, management::call::Call, said::Said},
    platform::Download,
    store::{
        batch::Batch,
        caller::Caller,
        client_tokens::exists,
        db_error::DbError,
        export::{heads, messages},
    },
};

pub(super) async fn export(call: &Call<'_>, token: ClientTokenId) -> Result<Said, Failure> {
    let query = call.query(|text| ExportQuery::parse(text, call.now())).await?;
    let selection =
        Selection { from: query.from, to: query.to, target: query.flow_id, user: query.user_id };
    let first = heads(&call.caller, token, &selection, None);
    let (found, first) = call.authorize_querying((exists(&call.caller, token), first)).await?;
    one(found, Noun::ClientToken)?;
    let headers = HEADERS.map(|(name, value)| (name, value.to_owned())).into();
    let context = call.context();
    if context.method() == "HEAD" {
        return Ok(Said::Download(None, headers));
    }
    let opened = context.runtime.platform.open_download(&context.id, &broken_off());
    let (download, far_end) = opened.map_err(Failure::Broken)?;
    let (db, caller) = (context.db.clone(), call.caller.clone());
    let runtime = context.runtime.clone();
    let (request, export) = (context.id.clone(), Export { db, caller, token, selection });
    context.runtime.after(Box::pin(async move {
        match export.write(first, &*download).await {
            Ok(()) => download.close().await,
            Err(fault) => {
                runtime.log(&format!("{request}: an export broke off: {fault}"));
                download.break_off().await;
            }
        }
    }));
    Ok(Said::Download(Some(far_end), headers))
}

struct Export {
    db: Db,
    caller: Caller,
    token: ClientTokenId,
    selection: Selection,
}

impl Export {
    /// Writes all lines, or as many as the client takes.
    async fn write(
        &self,
        mut conversations: Vec<Conversation>,
        download: &dyn Download,
    ) -> Result<(), DbError> {
        loop {
            let last = conversations.last().map(|last| (last.created_at, last.id));
            let is_over = conversations.len() < HEADS as usize;
            if !self.write_lines(Lines::of(conversations), download).await? || is_over {
                return Ok(());
            }
            let next = heads(&self.caller, self.token, &self.selection, last);
            conversations = self.fetch(next).await?;
        }
    }

    /// Writes lines, and tells whether the client is still there.
    async fn write_lines(
        &self,
        mut lines: Lines,
        download: &dyn Download,
    ) -> Result<bool, DbError> {
        while let Some(stretch) = lines.next() {
            let rows = self.fetch(messages(&self.caller, self.token, &stretch)).await?;
            if !send(download, &lines.write(&stretch, &rows)).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a query finds while the caller still reaches the token. Who doesn't any more finds
    /// nothing, and nothing looks like the end.
    async fn fetch<B: Batch>(&self, query: B) -> Result<B::Rows, DbError> {
        let (found, rows) = self.db.fetch((exists(&self.caller, self.token), query)).await?;
        if found.is_none() {
            return Err(DbError::Broken("the token or the key went meanwhile".to_owned()));
        }
        Ok(rows)
    }
}

/// Writes `text`, and tells whether the client is still there.
async fn send(download: &dyn Download, text: &str) -> bool {
    text.is_empty() || download.send(text.as_bytes()).await
}
