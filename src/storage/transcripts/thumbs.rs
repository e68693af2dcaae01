//! What readers think of answers.

use crate::domain::exchange::Thumb;
use crate::domain::ids::TenantId;
use crate::domain::owner::Owner;
use crate::storage::columns::word;
use crate::storage::{ConversationId, StorageError, Transcripts};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A reader's opinion of an answer of theirs.
#[derive(Debug, Clone, Copy)]
pub struct Rating<'a> {
    pub tenant: TenantId,
    /// Whose answer it must be.
    pub owner: Owner,
    /// The answer's id, as it was told with the answer or in the conversation's history.
    pub answer: Uuid,
    pub thumb: Thumb,
    pub reason: Option<&'a str>,
    pub at: DateTime<Utc>,
}

/// What was kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    pub thumb: Thumb,
    /// None, too, where the workspace keeps no words.
    pub reason: Option<String>,
}

impl Transcripts<'_> {
    /// Keeps it in place of an earlier one. None if the owner has no such answer.
    #[tracing::instrument(name = "db.transcripts.rate", level = "debug", skip_all)]
    pub async fn rate(self, rating: &Rating<'_>) -> Result<Option<Rated>, StorageError> {
        self.tenant(rating.tenant, async |tx| {
            let kept = sqlx::query!(
                r#"
                UPDATE vestibule.exchanges e
                SET feedback = $5,
                    feedback_reason = CASE WHEN e.question IS NOT NULL THEN $6 END,
                    feedback_at = $7
                FROM vestibule.conversations c
                WHERE e.tenant_id = $1
                  AND (e.id = $2 OR e.history_tail = $3)
                  AND c.id = e.conversation_id
                  AND c.tenant_id = $1
                  AND c.owner = $4
                RETURNING e.feedback_reason
                "#,
                rating.tenant.0,
                rating.answer,
                &tail(rating.answer)[..],
                rating.owner.storage_key(),
                rating.thumb.as_str(),
                rating.reason,
                rating.at,
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(kept.map(|kept| Rated { thumb: rating.thumb, reason: kept.feedback_reason }))
        })
        .await
    }
}

/// Ratings of one conversation that are read, the newest: more than its history has answers.
const MOST: i64 = 1000;

impl Transcripts<'_> {
    /// What a reader thinks of answers in the conversation's history, by what an answer's id there ends with.
    #[tracing::instrument(name = "db.transcripts.thumbs", level = "debug", skip_all)]
    pub async fn thumbs(
        self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Vec<([u8; 10], Thumb)>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT history_tail AS "tail!", feedback AS "thumb!"
                FROM vestibule.exchanges
                WHERE tenant_id = $1
                  AND conversation_id = $2
                  AND history_tail IS NOT NULL
                  AND feedback IS NOT NULL
                ORDER BY at DESC
                LIMIT $3
                "#,
                tenant.0,
                conversation.0,
                MOST,
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter()
                .map(|row| {
                    let tail = <[u8; 10]>::try_from(row.tail);
                    let tail = tail.map_err(|_| StorageError::corrupt("history_tail", "its length"))?;
                    Ok((tail, word("feedback", &row.thumb)?))
                })
                .collect()
        })
        .await
    }
}

/// What an id in a history ends with: all of it but its time.
fn tail(id: Uuid) -> [u8; 10] {
    let mut tail = [0; 10];
    tail.copy_from_slice(&id.as_bytes()[6..]);
    tail
}
