//! Runs of the catalogue sync. One at a time for a workspace: the schema allows no second one that is not over.

mod claims;
mod progress;
mod rows;

pub use claims::{Beat, ClaimedRun, SyncClaim};
pub(super) use progress::{advance, keep_errors};

use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{MAX_SYNC_ERRORS, SyncError, SyncRun, SyncScope, SyncSource, SyncStatus, SyncTrigger};
use crate::storage::columns::word;
use crate::storage::{StorageError, SyncRuns, TenantTx};
use chrono::{DateTime, Utc};
use rows::{Wanted, select};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct NewSyncRun<'a> {
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    /// The workspace's slug, for the audit log.
    pub slug: &'a str,
    pub trigger: SyncTrigger,
    pub source: SyncSource,
    pub scope: SyncScope,
    /// There exactly with [`SyncScope::Changes`].
    pub changed_since: Option<DateTime<Utc>>,
    /// Whether it may remove more than the set share of the products.
    pub allow_mass_removal: bool,
    /// Whether it changes nothing and says what it would do.
    pub dry_run: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartSyncError {
    /// One that is not over is there.
    #[error("a sync of this workspace is going on")]
    Active,
    #[error("there is no such workspace")]
    NoWorkspace,
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for StartSyncError {
    fn from(error: StorageError) -> Self {
        match error.constraint() {
            Some("sync_runs_one_active") => Self::Active,
            Some("sync_runs_workspace_fkey") => Self::NoWorkspace,
            _ => Self::Storage(error),
        }
    }
}

impl SyncRuns<'_> {
    /// Stores a run that waits for a worker.
    #[tracing::instrument(name = "db.sync_runs.insert", level = "debug", skip_all)]
    pub async fn insert(self, new: &NewSyncRun<'_>, by: &Author, ambient: &Ambient) -> Result<SyncRun, StartSyncError> {
        let id = SyncRunId::new(ambient);
        let done = self.tenant(new.tenant, async |tx| {
            insert(tx, id, new, None, ambient.now()).await?;
            let after = serde_json::json!({
                "run": id,
                "trigger": new.trigger,
                "source": new.source,
                "allow_mass_removal": new.allow_mass_removal,
                "dry_run": new.dry_run,
            });
            let entry = AuditEntry::created("catalog.sync_started", format!("workspace:{}", new.slug), after);
            tx.record(by, &entry, ambient).await?;
            let run = one(tx, id).await?;
            run.ok_or_else(|| StorageError::corrupt("id", "the run is not there"))
        });
        Ok(done.await?)
    }

    #[tracing::instrument(name = "db.sync_runs.find", level = "debug", skip_all)]
    pub async fn find(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        id: SyncRunId,
    ) -> Result<Option<SyncRun>, StorageError> {
        let wanted = Wanted { workspace: Some(workspace), id: Some(id), limit: 1, ..Wanted::default() };
        Ok(self.select(tenant, wanted).await?.pop())
    }

    /// A workspace's runs, the newest first, from after the run `after`.
    #[tracing::instrument(name = "db.sync_runs.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        after: Option<SyncRunId>,
        limit: u16,
    ) -> Result<Vec<SyncRun>, StorageError> {
        let wanted = Wanted { workspace: Some(workspace), before: after, limit: i64::from(limit), ..Wanted::default() };
        self.select(tenant, wanted).await
    }

    /// How the newest run of each of these workspaces is, dry runs apart.
    #[tracing::instrument(name = "db.sync_runs.last_of", level = "debug", skip_all)]
    pub async fn last_of(
        self,
        tenant: TenantId,
        workspaces: &[WorkspaceId],
    ) -> Result<HashMap<WorkspaceId, SyncStatus>, StorageError> {
        let workspaces: Vec<Uuid> = workspaces.iter().map(|id| id.0).collect();
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT w.id AS "workspace!", r.status AS "status!"
                FROM unnest($2::uuid[]) AS w (id)
                CROSS JOIN LATERAL (
                  SELECT s.status
                  FROM vestibule.sync_runs s
                  WHERE s.tenant_id = $1
                    AND s.workspace_id = w.id
                    AND NOT s.dry_run
                  ORDER BY s.id DESC
                  LIMIT 1
                ) AS r
                "#,
                tenant.0,
                &workspaces,
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(|row| Ok((WorkspaceId(row.workspace), word("status", &row.status)?))).collect()
        })
        .await
    }

    /// The workspace's run that is not over.
    #[tracing::instrument(name = "db.sync_runs.find_active", level = "debug", skip_all)]
    pub async fn find_active(self, tenant: TenantId, workspace: WorkspaceId) -> Result<Option<SyncRun>, StorageError> {
        let wanted = Wanted { workspace: Some(workspace), active: true, limit: 1, ..Wanted::default() };
        Ok(self.select(tenant, wanted).await?.pop())
    }

    async fn select(self, tenant: TenantId, wanted: Wanted) -> Result<Vec<SyncRun>, StorageError> {
        self.read_of(tenant, async |tx| select(tx, wanted).await).await
    }

    /// Ends a run, or asks whoever works on it to end it. `None`: there is no such run. A run that is over stays as it
    /// is.
    #[tracing::instrument(name = "db.sync_runs.cancel", level = "debug", skip_all)]
    pub async fn cancel(
        self,
        tenant: TenantId,
        (workspace, slug): (WorkspaceId, &str),
        id: SyncRunId,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Option<SyncRun>, StorageError> {
        self.tenant(tenant, async |tx| {
            let changed = sqlx::query!(
                r#"
                UPDATE vestibule.sync_runs
                SET cancel_requested = true,
                    status = CASE WHEN status = 'running' THEN status ELSE 'cancelled' END,
                    finished_at = CASE WHEN status = 'running' THEN NULL ELSE $4::timestamptz END
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND id = $3
                  AND status IN ('queued', 'running', 'paused')
                  AND NOT cancel_requested
                "#,
                tenant.0,
                workspace.0,
                id.0,
                ambient.now(),
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if changed > 0 {
                let mut entry = AuditEntry::done("catalog.sync_cancelled", format!("workspace:{slug}"));
                entry.after = Some(serde_json::json!({ "run": id }));
                tx.record(by, &entry, ambient).await?;
            }
            let wanted = Wanted { workspace: Some(workspace), id: Some(id), limit: 1, ..Wanted::default() };
            Ok(select(tx, wanted).await?.pop())
        })
        .await
    }

    /// What went wrong with single products, in the order in which it did.
    #[tracing::instrument(name = "db.sync_runs.errors", level = "debug", skip_all)]
    pub async fn errors(self, tenant: TenantId, id: SyncRunId) -> Result<Vec<SyncError>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT record_number, product, code, message
                FROM vestibule.sync_errors
                WHERE tenant_id = $1
                  AND run_id = $2
                ORDER BY number
                LIMIT $3
                "#,
                tenant.0,
                id.0,
                i64::from(MAX_SYNC_ERRORS),
            )
            .fetch_all(tx.connection())
            .await?;
            let errors = rows.into_iter().map(|row| SyncError {
                record_number: row.record_number.and_then(|number| u64::try_from(number).ok()),
                product: row.product,
                code: row.code,
                message: row.message,
            });
            Ok(errors.collect())
        })
        .await
    }

    /// Slug and name in AnythingLLM of a run's workspace.
    #[tracing::instrument(name = "db.sync_runs.workspace_names", level = "debug", skip_all)]
    pub async fn workspace_names(self, claim: &SyncClaim) -> Result<Option<(String, String)>, StorageError> {
        self.tenant(claim.tenant(), async |tx| {
            let row = sqlx::query!(
                "SELECT slug, upstream_slug FROM vestibule.workspaces WHERE tenant_id = $1 AND id = $2",
                claim.tenant().0,
                claim.workspace().0,
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(row.map(|row| (row.slug, row.upstream_slug)))
        })
        .await
    }

    /// Tenants that may have work; the only thing that is ever asked across tenants here.
    #[tracing::instrument(name = "db.sync_runs.tenants", level = "debug", skip_all)]
    pub async fn tenants(self) -> Result<Vec<TenantId>, StorageError> {
        self.read(async |connection| {
            let ids = sqlx::query_scalar!(r#"SELECT id AS "id!" FROM vestibule.list_active_tenants() AS t (id)"#)
                .fetch_all(connection)
                .await?;
            Ok(ids.into_iter().map(TenantId).collect())
        })
        .await
    }
}

/// Stores a run; used by the schedule too.
pub(super) async fn insert(
    tx: &mut TenantTx,
    id: SyncRunId,
    new: &NewSyncRun<'_>,
    scheduled_for: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        INSERT INTO vestibule.sync_runs (
          id, tenant_id, workspace_id, trigger, source, allow_mass_removal, scheduled_for, created_at, dry_run, scope,
          changed_since
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        id.0,
        new.tenant.0,
        new.workspace.0,
        new.trigger.as_str(),
        new.source.as_str(),
        new.allow_mass_removal,
        scheduled_for,
        now,
        new.dry_run,
        new.scope.as_str(),
        new.changed_since,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A run as it stands in this transaction.
pub(super) async fn find_in(tx: &mut TenantTx, id: SyncRunId) -> Result<Option<SyncRun>, StorageError> {
    one(tx, id).await
}

async fn one(tx: &mut TenantTx, id: SyncRunId) -> Result<Option<SyncRun>, StorageError> {
    Ok(select(tx, Wanted { id: Some(id), limit: 1, ..Wanted::default() }).await?.pop())
}
