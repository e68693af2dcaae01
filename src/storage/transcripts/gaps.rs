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
    /// The exchange that it is, and the conversation that it is from.
    pub example_id: Uuid,
    pub conversation: Uuid,
    pub locales: Vec<String>,
}

impl Transcripts<'_> {
    /// Questions that were refused or disliked since `from` and before `to`, in groups, the most frequent first. Not those
    /// of staff, nor what was dealt with since it was last asked; of what came back, what was asked since then.
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
                WITH groups AS MATERIALIZED (
                  SELECT e.gist, count(*) AS questions, max(e.at) AS last_at
                  FROM vestibule.exchanges e
                  WHERE e.tenant_id = $1
                    AND e.workspace_id = $2
                    AND e.at >= $3
                    AND e.at < $4
                    AND e.gist IS NOT NULL
                    AND (e.outcome = 'refused' OR e.feedback = 'down')
                    AND (e.user_id IS NULL OR e.api_key_id IS NULL)
                  GROUP BY e.gist
                ),
                wanted AS MATERIALIZED (
                  SELECT g.gist, greatest(s.settled_at, $3) AS since
                  FROM groups g
                  LEFT JOIN vestibule.settled_gaps s
                    ON s.tenant_id = $1
                    AND s.workspace_id = $2
                    AND s.digest = sha256(convert_to(g.gist, 'UTF8'))
                  WHERE s.settled_at IS NULL OR g.last_at > s.settled_at
                  ORDER BY g.questions DESC, g.last_at DESC, g.gist
                  LIMIT $5
                )
                SELECT
                  w.gist AS "gist!", n.questions AS "questions!", n.refused AS "refused!", n.disliked AS "disliked!",
                  n.first_at AS "first_at!", n.last_at AS "last_at!", left(l.question, 1000) AS "example!",
                  l.id AS "example_id!", l.conversation_id AS "conversation!", n.locales AS "locales!"
                FROM wanted w
                CROSS JOIN LATERAL (
                  SELECT
                    count(*) AS questions,
                    count(*) FILTER (WHERE e.outcome = 'refused') AS refused,
                    count(*) FILTER (WHERE e.feedback = 'down') AS disliked,
                    min(e.at) AS first_at,
                    max(e.at) AS last_at,
                    coalesce((array_agg(DISTINCT e.locale) FILTER (WHERE e.locale IS NOT NULL))[1:10], '{}') AS locales
                  FROM vestibule.exchanges e
                  WHERE e.tenant_id = $1
                    AND e.workspace_id = $2
                    AND e.gist = w.gist
                    AND e.at >= w.since
                    AND e.at < $4
                    AND (e.outcome = 'refused' OR e.feedback = 'down')
                    AND (e.user_id IS NULL OR e.api_key_id IS NULL)
                ) AS n
                CROSS JOIN LATERAL (
                  SELECT e.id, e.question, e.conversation_id
                  FROM vestibule.exchanges e
                  WHERE e.tenant_id = $1
                    AND e.workspace_id = $2
                    AND e.gist = w.gist
                    AND e.at < $4
                    AND (e.outcome = 'refused' OR e.feedback = 'down')
                    AND (e.user_id IS NULL OR e.api_key_id IS NULL)
                  ORDER BY e.at DESC, e.id DESC
                  LIMIT 1
                ) AS l
                ORDER BY n.questions DESC, n.last_at DESC, w.gist
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
                example_id: row.example_id,
                conversation: row.conversation,
                locales: row.locales,
            });
            Ok(gaps.collect())
        })
        .await
    }
}
