//! Questions that nobody could answer well, those of the same words together.

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::columns::count;
use crate::storage::{StorageError, Transcripts};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Questions of the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The words in one form.
    pub gist: String,
    pub questions: u32,
    pub refused: u32,
    pub disliked: u32,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    /// The newest of them.
    pub example: String,
    /// The conversation that the example is from.
    pub conversation: Uuid,
    pub locales: Vec<String>,
}

impl Transcripts<'_> {
    /// Questions that were refused or disliked since `from` and before `to`, in groups, the most frequent first.
    #[tracing::instrument(name = "db.transcripts.gaps", level = "debug", skip_all)]
    pub async fn gaps(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        limit: u16,
    ) -> Result<Vec<Gap>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT
                  e.gist AS "gist!",
                  count(*) AS "questions!",
                  count(*) FILTER (WHERE e.outcome = 'refused') AS "refused!",
                  count(*) FILTER (WHERE e.feedback = 'down') AS "disliked!",
                  min(e.at) AS "first_at!",
                  max(e.at) AS "last_at!",
                  (array_agg(left(e.question, 1000) ORDER BY e.at DESC, e.id DESC))[1] AS "example!",
                  (array_agg(e.conversation_id ORDER BY e.at DESC, e.id DESC))[1] AS "conversation!",
                  coalesce((array_agg(DISTINCT e.locale) FILTER (WHERE e.locale IS NOT NULL))[1:10], '{}')
                    AS "locales!"
                FROM vestibule.exchanges e
                WHERE e.tenant_id = $1
                  AND e.workspace_id = $2
                  AND e.at >= $3
                  AND e.at < $4
                  AND e.gist IS NOT NULL
                  AND (e.outcome = 'refused' OR e.feedback = 'down')
                GROUP BY e.gist
                ORDER BY count(*) DESC, max(e.at) DESC, e.gist
                LIMIT $5
                "#,
                tenant.0,
                workspace.0,
                from,
                to,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let gaps = rows.into_iter().map(|row| Gap {
                gist: row.gist,
                questions: count(row.questions),
                refused: count(row.refused),
                disliked: count(row.disliked),
                first_at: row.first_at,
                last_at: row.last_at,
                example: row.example,
                conversation: row.conversation,
                locales: row.locales,
            });
            Ok(gaps.collect())
        })
        .await
    }
}
