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
    handlers::{context::Context, db::Db, failure::Failure, said::Said, trip::Permit},
    platform::Download,
    store::{
        batch::Batch,
        caller::Caller,
        client_tokens::exists,
        db_error::DbError,
        export::{heads, messages},
    },
};

pub(super) async fn export(
    cx: &Context,
    by: &Permit,
    token: ClientTokenId,
) -> Result<Said, Failure> {
    let selection = cx.query(|text| {
        let ExportQuery { from, to, flow_id, user_id } = ExportQuery::parse(text, cx.now)?;
        Ok(Selection { from, to, target: flow_id, user: user_id })
    });
    let first = |selection: &Selection| {
        (exists(&by.caller, token), heads(&by.caller, token, selection, None))
    };
    let (selection, (found, first)) = cx.trip(by, selection, first).await?;
    one(found, Noun::ClientToken)?;
    let headers = HEADERS.map(|(name, value)| (name, value.to_owned())).into();
    if cx.method() == "HEAD" {
        return Ok(Said::Download(None, headers));
    }
    let opened = cx.runtime.platform.open_download(&cx.id, &broken_off());
    let (download, far_end) = opened.map_err(Failure::Broken)?;
    let (db, caller) = (cx.db.clone(), by.caller.clone());
    let runtime = cx.runtime.clone();
    let (request, export) = (cx.id.clone(), Export { db, caller, token, selection });
    cx.runtime.after(Box::pin(async move {
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
