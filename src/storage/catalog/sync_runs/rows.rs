//! Reading runs.

use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{SyncCounts, SyncRun, SyncRunError, Withheld};
use crate::storage::columns::{count, setting, word};
use crate::storage::{StorageError, TenantTx};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) id: Option<SyncRunId>,
    pub(super) before: Option<SyncRunId>,
    pub(super) active: bool,
    pub(super) limit: i64,
}

pub(super) async fn select(tx: &mut TenantTx, wanted: Wanted) -> Result<Vec<SyncRun>, StorageError> {
    let rows = sqlx::query!(
        r#"
        SELECT
          id, tenant_id, workspace_id, trigger, source, status, phase, allow_mass_removal, cancel_requested,
          lease_until, attempts, cursor, records_read, bytes_read, products_total, products_done, unchanged, added,
          updated, removed, failed, unknown_failed, noted, dry_run, withheld, withheld_reason, withheld_products,
          attempt_started_at, attempt_done_from, error_code, error_message, created_at, started_at, finished_at, scope,
          changed_since, scheduled_for
        FROM vestibule.sync_runs
        WHERE tenant_id = (SELECT vestibule.current_tenant())
          AND ($1::uuid IS NULL OR workspace_id = $1)
          AND ($2::uuid IS NULL OR id = $2)
          AND ($3::uuid IS NULL OR id < $3)
          AND (NOT $4 OR status IN ('queued', 'running', 'paused'))
        ORDER BY id DESC
        LIMIT $5
        "#,
        wanted.workspace.map(|id| id.0),
        wanted.id.map(|id| id.0) as Option<Uuid>,
        wanted.before.map(|id| id.0),
        wanted.active,
        wanted.limit,
    )
    .fetch_all(tx.connection())
    .await?;
    let runs = rows.into_iter().map(|row| {
        Ok(SyncRun {
            id: SyncRunId(row.id),
            tenant: TenantId(row.tenant_id),
            workspace: WorkspaceId(row.workspace_id),
            trigger: word("trigger", &row.trigger)?,
            source: word("source", &row.source)?,
            scope: word("scope", &row.scope)?,
            changed_since: row.changed_since,
            scheduled_for: row.scheduled_for,
            status: word("status", &row.status)?,
            phase: word("phase", &row.phase)?,
            allow_mass_removal: row.allow_mass_removal,
            dry_run: row.dry_run,
            removals_withheld: match row.withheld_reason {
                Some(reason) => Some(Withheld {
                    count: setting("withheld", row.withheld)?,
                    reason: word("withheld_reason", &reason)?,
                    products: row.withheld_products,
                }),
                None => None,
            },
            cancel_requested: row.cancel_requested,
            attempts: setting("attempts", row.attempts)?,
            cursor: row.cursor,
            counts: SyncCounts {
                records_read: count(row.records_read),
                bytes_read: count(row.bytes_read),
                products_total: setting("products_total", row.products_total)?,
                products_done: setting("products_done", row.products_done)?,
                unchanged: setting("unchanged", row.unchanged)?,
                added: setting("added", row.added)?,
                updated: setting("updated", row.updated)?,
                removed: setting("removed", row.removed)?,
                failed: setting("failed", row.failed)?,
                unknown_failed: setting("unknown_failed", row.unknown_failed)?,
                noted: setting("noted", row.noted)?,
            },
            attempt_started_at: row.attempt_started_at,
            attempt_done_from: setting("attempt_done_from", row.attempt_done_from)?,
            lease_until: row.lease_until,
            error: row.error_code.map(|code| SyncRunError { code, message: row.error_message.unwrap_or_default() }),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    });
    runs.collect()
}
