//! Gaps that staff has dealt with, and the question that one of them is shown by.

use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::{StorageError, Transcripts};
use uuid::Uuid;

impl Transcripts<'_> {
    /// Notes that the gap with this example is dealt with: it comes back when its words are asked again. Says whether
    /// there is such a gap.
    #[tracing::instrument(name = "db.transcripts.settle_gap", level = "debug", skip_all)]
    pub async fn settle_gap(
        self,
        (tenant, workspace): (TenantId, WorkspaceId),
        example: Uuid,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let settled = sqlx::query!(
                r#"
                INSERT INTO vestibule.settled_gaps AS s (tenant_id, workspace_id, digest, settled_at)
                SELECT e.tenant_id, e.workspace_id, sha256(convert_to(e.gist, 'UTF8')), $4
                FROM vestibule.exchanges e
                WHERE e.tenant_id = $1
                  AND e.workspace_id = $2
                  AND e.id = $3
                  AND e.gist IS NOT NULL
                  AND (e.outcome = 'refused' OR e.feedback = 'down')
                  AND (e.user_id IS NULL OR e.api_key_id IS NULL)
                ON CONFLICT ON CONSTRAINT settled_gaps_pkey DO UPDATE
                SET settled_at = greatest(s.settled_at, excluded.settled_at)
                "#,
                tenant.0,
                workspace.0,
                example,
                ambient.now(),
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if settled == 0 {
                return Ok(false);
            }
            tx.record(by, &AuditEntry::done("gap.settled", format!("exchange:{example}")), ambient).await?;
            Ok(true)
        })
        .await
    }

    /// The words of a question of the workspace's, where they are kept.
    #[tracing::instrument(name = "db.transcripts.question", level = "debug", skip_all)]
    pub async fn question(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        exchange: Uuid,
    ) -> Result<Option<String>, StorageError> {
        self.read_of(tenant, async |tx| {
            let found = sqlx::query_scalar!(
                r#"
                SELECT question
                FROM vestibule.exchanges
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND id = $3
                "#,
                tenant.0,
                workspace.0,
                exchange,
            );
            Ok(found.fetch_optional(tx.connection()).await?.flatten())
        })
        .await
    }
}
