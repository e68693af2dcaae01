//! Conversations by their owner: which there are, and how they pass to another.

use super::Conversations;
use crate::domain::conversation::ChatSessionId;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::owner::Owner;
use crate::storage::StorageError;
use crate::storage::columns::setting;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A conversation as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedConversation {
    /// Later ones have greater ids.
    pub id: Uuid,
    /// The owner's name for it.
    pub session: ChatSessionId,
    /// When it began, or was begun anew.
    pub started_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    /// Messages of the owner.
    pub messages: u32,
}

/// Whose conversations, and where.
#[derive(Debug, Clone, Copy)]
pub struct OwnedBy {
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    pub owner: Owner,
}

impl Conversations<'_> {
    /// The owner's conversations in which something was said since `since`, the one that was begun last first, from
    /// before the conversation `before`.
    #[tracing::instrument(name = "db.conversations.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        by: OwnedBy,
        since: Option<DateTime<Utc>>,
        before: Option<Uuid>,
        limit: u16,
    ) -> Result<Vec<OwnedConversation>, StorageError> {
        self.read_of(by.tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT id, session_id, started_at, last_at, message_count
                FROM vestibule.conversations
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND owner = $3
                  AND ($4::timestamptz IS NULL OR last_at >= $4)
                  AND ($5::uuid IS NULL OR id < $5)
                ORDER BY id DESC
                LIMIT $6
                "#,
                by.tenant.0,
                by.workspace.0,
                by.owner.storage_key(),
                since,
                before,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let owned = rows.into_iter().map(|row| {
                Ok(OwnedConversation {
                    id: row.id,
                    session: ChatSessionId::parse(&row.session_id)
                        .map_err(|e| StorageError::corrupt("session_id", e))?,
                    started_at: row.started_at,
                    last_at: row.last_at,
                    messages: setting("message_count", row.message_count)?,
                })
            });
            owned.collect()
        })
        .await
    }

    /// Gives all conversations of an owner to another one; tells how many. Where both have one of the same session id,
    /// the one that is given away gets a longer session id.
    #[tracing::instrument(name = "db.conversations.pass_on", level = "debug", skip_all)]
    pub async fn pass_on(self, by: OwnedBy, to: Owner) -> Result<u64, StorageError> {
        match self.try_pass_on(by, to).await {
            // The other one began a conversation of the same session id at the same moment; now it is seen.
            Err(error) if error.violates("conversations_session_key") => self.try_pass_on(by, to).await,
            done => done,
        }
    }

    async fn try_pass_on(self, by: OwnedBy, to: Owner) -> Result<u64, StorageError> {
        self.tenant(by.tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.conversations c
                SET owner = $4,
                    session_id = CASE
                      WHEN EXISTS (
                        SELECT 1
                        FROM vestibule.conversations o
                        WHERE o.tenant_id = c.tenant_id
                          AND o.workspace_id = c.workspace_id
                          AND o.owner = $4
                          AND o.session_id = c.session_id
                      ) THEN left(c.session_id, 91) || '.' || c.id
                      ELSE c.session_id
                    END
                WHERE c.tenant_id = $1
                  AND c.workspace_id = $2
                  AND c.owner = $3
                "#,
                by.tenant.0,
                by.workspace.0,
                by.owner.storage_key(),
                to.storage_key(),
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            Ok(done)
        })
        .await
    }
}
