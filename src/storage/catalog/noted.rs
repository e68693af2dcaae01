//! Products of which a shop has said that they changed: kept until a run has read them.

use super::sync_runs::{self, NewSyncRun, SyncClaim};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{StoreConnectionId, SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{SyncScope, SyncSource, SyncTrigger};
use crate::storage::{StorageError, StoreConnections, SyncRuns};
use chrono::{DateTime, TimeDelta, Utc};

/// Deliveries of a connection are remembered for so long: shops repeat them for hours, WooCommerce by hand for days.
const REMEMBERED: TimeDelta = TimeDelta::days(7);
/// The audit log is told of refused deliveries once in this time, or whoever sends them could fill it.
const TOLD_EVERY: TimeDelta = TimeDelta::hours(1);
/// Workspaces looked at together.
const LIMIT: i64 = 100;
/// Runs of single products that are kept of a workspace.
const KEPT_RUNS: i64 = 100;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// It is going to be read.
    Noted,
    /// It was here before.
    Again,
}

impl StoreConnections<'_> {
    /// Whose connection this is, across tenants: a delivery names nothing else.
    #[tracing::instrument(name = "db.store_connections.owner", level = "debug", skip_all)]
    pub async fn owner(self, id: StoreConnectionId) -> Result<Option<(TenantId, WorkspaceId)>, StorageError> {
        self.read(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT tenant_id AS "tenant_id!", workspace_id AS "workspace_id!"
                FROM vestibule.find_store_connection($1)
                "#,
                id.0,
            )
            .fetch_optional(connection)
            .await?;
            Ok(row.map(|row| (TenantId(row.tenant_id), WorkspaceId(row.workspace_id))))
        })
        .await
    }

    /// Notes that a product has changed, or is gone, unless the delivery was here before.
    #[tracing::instrument(name = "db.store_changes.note", level = "debug", skip_all)]
    pub async fn note_delivery(
        self,
        (tenant, workspace): (TenantId, WorkspaceId),
        connection: StoreConnectionId,
        delivery: &str,
        product: &str,
        now: DateTime<Utc>,
    ) -> Result<Delivered, StorageError> {
        self.tenant(tenant, async |tx| {
            let is_new = sqlx::query!(
                r#"
                INSERT INTO vestibule.store_deliveries (connection_id, tenant_id, delivery_id, received_at)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT DO NOTHING
                "#,
                connection.0,
                tenant.0,
                delivery,
                now,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if is_new == 0 {
                return Ok(Delivered::Again);
            }
            sqlx::query!(
                r#"
                DELETE FROM vestibule.store_deliveries
                WHERE ctid = ANY (ARRAY(
                  SELECT ctid
                  FROM vestibule.store_deliveries
                  WHERE connection_id = $1
                    AND tenant_id = $2
                    AND received_at < $3
                  LIMIT 100
                ))
                "#,
                connection.0,
                tenant.0,
                now - REMEMBERED,
            )
            .execute(tx.connection())
            .await?;
            sqlx::query!(
                r#"
                INSERT INTO vestibule.store_changes (workspace_id, tenant_id, product_ref, noted_at)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT ON CONSTRAINT store_changes_pkey DO UPDATE
                SET noted_at = excluded.noted_at,
                    taken_by = NULL,
                    attempts = 0,
                    not_before = NULL
                "#,
                workspace.0,
                tenant.0,
                product,
                now,
            )
            .execute(tx.connection())
            .await?;
            Ok(Delivered::Noted)
        })
        .await
    }

    /// Tells the audit log that a delivery was refused, unless it was told of one within the hour.
    #[tracing::instrument(name = "db.store_connections.tell_refused", level = "debug", skip_all)]
    pub async fn tell_refused(
        self,
        tenant: TenantId,
        connection: StoreConnectionId,
        ambient: &Ambient,
    ) -> Result<(), StorageError> {
        let now = ambient.now();
        self.tenant(tenant, async |tx| {
            let slug = sqlx::query_scalar!(
                r#"
                UPDATE vestibule.store_connections c
                SET webhook_refused_at = $3
                FROM vestibule.workspaces w
                WHERE c.tenant_id = $1
                  AND c.id = $2
                  AND (c.webhook_refused_at IS NULL OR c.webhook_refused_at < $4)
                  AND w.tenant_id = c.tenant_id
                  AND w.id = c.workspace_id
                RETURNING w.slug
                "#,
                tenant.0,
                connection.0,
                now,
                now - TOLD_EVERY,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(slug) = slug else { return Ok(()) };
            let entry = AuditEntry::done("store.webhook_refused", format!("workspace:{slug}"));
            tx.record(&Author::system("store_webhooks"), &entry, ambient).await
        })
        .await
    }
}

impl SyncRuns<'_> {
    /// Stores a run of single products for every workspace of the tenant that has some to be read, and of which no sync
    /// is going on. Gives the workspaces.
    #[tracing::instrument(name = "db.store_changes.start", level = "debug", skip_all)]
    pub async fn start_noted(self, tenant: TenantId, ambient: &Ambient) -> Result<Vec<WorkspaceId>, StorageError> {
        let now = ambient.now();
        self.tenant(tenant, async |tx| {
            let due = sqlx::query!(
                r#"
                SELECT w.id, w.slug
                FROM vestibule.workspaces w
                JOIN vestibule.store_connections c ON c.tenant_id = w.tenant_id AND c.workspace_id = w.id
                WHERE w.tenant_id = $1
                  AND w.status = 'active'
                  AND c.reads_changes
                  AND EXISTS (
                    SELECT
                    FROM vestibule.store_changes n
                    WHERE n.tenant_id = w.tenant_id
                      AND n.workspace_id = w.id
                      AND (n.not_before IS NULL OR n.not_before <= $2))
                  AND NOT EXISTS (
                    SELECT
                    FROM vestibule.sync_runs r
                    WHERE r.tenant_id = w.tenant_id
                      AND r.workspace_id = w.id
                      AND r.status IN ('queued', 'running', 'paused'))
                LIMIT $3
                "#,
                tenant.0,
                now,
                LIMIT,
            )
            .fetch_all(tx.connection())
            .await?;
            let mut started = Vec::new();
            for row in due {
                let new = NewSyncRun {
                    tenant,
                    workspace: WorkspaceId(row.id),
                    slug: &row.slug,
                    trigger: SyncTrigger::Webhook,
                    source: SyncSource::Connection,
                    scope: SyncScope::Products,
                    changed_since: None,
                    allow_mass_removal: false,
                    dry_run: false,
                };
                // Not told to the audit log: a busy shop has thousands a day.
                sync_runs::insert(tx, SyncRunId::new(ambient), &new, None, now).await?;
                sqlx::query!(
                    r#"
                    DELETE FROM vestibule.sync_runs
                    WHERE tenant_id = $1
                      AND id IN (
                        SELECT id
                        FROM vestibule.sync_runs
                        WHERE tenant_id = $1
                          AND workspace_id = $2
                          AND scope = 'products'
                          AND status IN ('succeeded', 'partial', 'failed', 'cancelled')
                        ORDER BY id DESC
                        OFFSET $3
                        LIMIT 100
                      )
                    "#,
                    tenant.0,
                    row.id,
                    KEPT_RUNS,
                )
                .execute(tx.connection())
                .await?;
                started.push(WorkspaceId(row.id));
            }
            Ok(started)
        })
        .await
    }

    /// Takes products that are to be read for a run, a limited number, those first that wait longest. An attempt before
    /// may have taken some; whose run is over has taken none.
    #[tracing::instrument(name = "db.store_changes.take", level = "debug", skip_all)]
    pub async fn take_noted(
        self,
        claim: &SyncClaim,
        limit: u16,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, StorageError> {
        self.claimed(claim, async |tx| {
            let taken = sqlx::query_scalar!(
                r#"
                UPDATE vestibule.store_changes n
                SET taken_by = $3
                WHERE n.ctid = ANY (ARRAY(
                  SELECT ctid
                  FROM vestibule.store_changes
                  WHERE tenant_id = $1
                    AND workspace_id = $2
                    AND (not_before IS NULL OR not_before <= $5)
                  ORDER BY noted_at, product_ref
                  LIMIT $4
                  FOR UPDATE
                ))
                RETURNING n.product_ref
                "#,
                claim.tenant.0,
                claim.workspace.0,
                claim.run.0,
                i64::from(limit),
                now,
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(taken)
        })
        .await
    }
}
