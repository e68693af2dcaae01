//! What staff noted of a conversation.

use super::TranscriptRow;
use super::asking::select_transcripts;
use super::reading::TranscriptColumns;
use crate::domain::audit::{AuditEntry, Author, REDACTED};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::{StorageError, TenantTx, Transcripts};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What is to be noted; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    pub solved: Option<bool>,
    /// None in it takes the note away.
    pub note: Option<Option<String>>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Marked {
    Done(Box<TranscriptRow>),
    /// The conversation has another version than was meant.
    Changed,
    Missing,
}

impl Transcripts<'_> {
    /// A conversation of the workspace.
    #[tracing::instrument(name = "db.transcripts.find", level = "debug", skip_all)]
    pub async fn find(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        conversation: Uuid,
    ) -> Result<Option<TranscriptRow>, StorageError> {
        self.read_of(tenant, async |tx| found(tx, tenant, workspace, conversation).await).await
    }

    /// Notes it, with an entry in the audit log that does not repeat the note. `expected` says whether this version is
    /// meant.
    #[tracing::instrument(name = "db.transcripts.mark", level = "debug", skip_all)]
    pub async fn mark(
        self,
        (tenant, workspace): (TenantId, WorkspaceId),
        conversation: Uuid,
        mark: &Mark,
        expected: impl Fn(i64) -> bool,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Marked, StorageError> {
        self.tenant(tenant, async |tx| {
            let before = sqlx::query!(
                r#"
                SELECT version, solved, note
                FROM vestibule.transcripts
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND conversation_id = $3
                FOR UPDATE
                "#,
                tenant.0,
                workspace.0,
                conversation,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(before) = before else { return Ok(Marked::Missing) };
            if !expected(before.version) {
                return Ok(Marked::Changed);
            }
            let solved = mark.solved.unwrap_or(before.solved);
            let note = mark.note.clone().unwrap_or_else(|| before.note.clone());
            let (was, is) = (said(before.solved, before.note.as_deref()), said(solved, note.as_deref()));
            let is_other = before.solved != solved || before.note != note;
            if is_other {
                sqlx::query!(
                    r#"
                    UPDATE vestibule.transcripts
                    SET solved = $4,
                        note = $5,
                        version = version + 1
                    WHERE tenant_id = $1
                      AND workspace_id = $2
                      AND conversation_id = $3
                    "#,
                    tenant.0,
                    workspace.0,
                    conversation,
                    solved,
                    note,
                )
                .execute(tx.connection())
                .await?;
                let target = format!("conversation:{conversation}");
                let entry = AuditEntry::changed("conversation.marked", target, was, is);
                tx.record(by, &entry, ambient).await?;
            }
            Ok(found(tx, tenant, workspace, conversation)
                .await?
                .map_or(Marked::Missing, |row| Marked::Done(row.into())))
        })
        .await
    }
}

/// For the audit log, from which nothing can be erased: not what the note says.
fn said(solved: bool, note: Option<&str>) -> Value {
    let mut said = Map::new();
    said.insert("solved".into(), json!(solved));
    said.insert("note".into(), note.map_or(Value::Null, |_| json!(REDACTED)));
    Value::Object(said)
}

async fn found(
    tx: &mut TenantTx,
    tenant: TenantId,
    workspace: WorkspaceId,
    conversation: Uuid,
) -> Result<Option<TranscriptRow>, StorageError> {
    let row = select_transcripts!(
        [r#"
          SELECT *
          FROM vestibule.transcripts
          WHERE tenant_id = $1
            AND workspace_id = $2
            AND conversation_id = $3
        "#],
        [""],
        tenant.0,
        workspace.0,
        conversation,
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(TranscriptRow::from))
}
