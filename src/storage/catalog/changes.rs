//! When products are told otherwise without a new feed: a sale begins or ends. A sync is started at that moment, as by
//! a schedule.

use super::sync_runs::{self, NewSyncRun, SyncClaim};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{SyncScope, SyncSource, SyncTrigger};
use crate::storage::{StorageError, SyncRuns};
use chrono::{DateTime, TimeDelta, Utc};

/// After a sync that was started for a moment: when it is started again, unless it has found another moment.
const AGAIN: TimeDelta = TimeDelta::minutes(15);
/// Workspaces looked at together.
const LIMIT: i64 = 100;

impl SyncRuns<'_> {
    /// Notes that a product of the run's feed changes at this moment, if that is before what was noted.
    #[tracing::instrument(name = "db.sync_runs.note_change", level = "debug", skip_all)]
    pub async fn note_change(self, claim: &SyncClaim, at: DateTime<Utc>) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.sync_runs
                SET next_change_at = least(next_change_at, $3)
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                claim.tenant.0,
                claim.run.0,
                at,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// All products were gone through: what was noted of them is what counts now.
    #[tracing::instrument(name = "db.catalog_state.settle_change", level = "debug", skip_all)]
    pub async fn settle_change(self, claim: &SyncClaim) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.catalog_state AS s (workspace_id, tenant_id, next_change_at)
                SELECT workspace_id, tenant_id, next_change_at
                FROM vestibule.sync_runs
                WHERE tenant_id = $1
                  AND id = $2
                ON CONFLICT ON CONSTRAINT catalog_state_pkey DO UPDATE
                -- A run that has not seen all knows nothing of the others.
                SET next_change_at = CASE
                  WHEN EXISTS (
                    SELECT
                    FROM vestibule.sync_runs r
                    WHERE r.tenant_id = $1
                      AND r.id = $2
                      AND r.scope = 'full')
                  THEN excluded.next_change_at
                  ELSE least(s.next_change_at, excluded.next_change_at)
                END
                "#,
                claim.tenant.0,
                claim.run.0,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// When a product of the workspace is next told otherwise without a new feed.
    #[tracing::instrument(name = "db.catalog_state.next_change", level = "debug", skip_all)]
    pub async fn next_change(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        self.read_of(tenant, async |tx| {
            let found = sqlx::query_scalar!(
                "SELECT next_change_at FROM vestibule.catalog_state WHERE tenant_id = $1 AND workspace_id = $2",
                tenant.0,
                workspace.0,
            );
            Ok(found.fetch_optional(tx.connection()).await?.flatten())
        })
        .await
    }

    /// Stores a run for every workspace of the tenant whose moment has come, that has a feed, and of which no sync is
    /// going on. Gives the workspaces.
    #[tracing::instrument(name = "db.catalog_state.start_changed", level = "debug", skip_all)]
    pub async fn start_changed(self, tenant: TenantId, ambient: &Ambient) -> Result<Vec<WorkspaceId>, StorageError> {
        let now = ambient.now();
        self.tenant(tenant, async |tx| {
            let due = sqlx::query!(
                r#"
                UPDATE vestibule.catalog_state AS s
                SET next_change_at = $2
                FROM vestibule.workspaces w
                WHERE s.tenant_id = $1
                  AND w.tenant_id = s.tenant_id
                  AND w.id = s.workspace_id
                  AND w.status = 'active'
                  AND s.workspace_id IN (
                    SELECT d.workspace_id
                    FROM vestibule.catalog_state d
                    JOIN vestibule.store_connections c
                      ON c.tenant_id = d.tenant_id AND c.workspace_id = d.workspace_id AND c.is_read
                    WHERE d.tenant_id = $1
                      AND d.next_change_at <= $3
                      AND NOT EXISTS (
                        SELECT
                        FROM vestibule.sync_runs r
                        WHERE r.tenant_id = d.tenant_id
                          AND r.workspace_id = d.workspace_id
                          AND r.status IN ('queued', 'running', 'paused'))
                    LIMIT $4
                  )
                  -- Another replica may have been here while this one waited for the row.
                  AND s.next_change_at <= $3
                RETURNING w.id, w.slug
                "#,
                tenant.0,
                now + AGAIN,
                now,
                LIMIT,
            )
            .fetch_all(tx.connection())
            .await?;
            let mut started = Vec::new();
            for row in due {
                let run = SyncRunId::new(ambient);
                let new = NewSyncRun {
                    tenant,
                    workspace: WorkspaceId(row.id),
                    slug: &row.slug,
                    trigger: SyncTrigger::Schedule,
                    source: SyncSource::Connection,
                    scope: SyncScope::Full,
                    changed_since: None,
                    allow_mass_removal: false,
                    dry_run: false,
                };
                sync_runs::insert(tx, run, &new, None, now).await?;
                let after = serde_json::json!({ "run": run, "trigger": "schedule", "because": "sale" });
                let entry = AuditEntry::created("catalog.sync_started", format!("workspace:{}", row.slug), after);
                tx.record(&Author::system("catalog_schedule"), &entry, ambient).await?;
                started.push(WorkspaceId(row.id));
            }
            Ok(started)
        })
        .await
    }
}
