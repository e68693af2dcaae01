//! Rows of `sync_runs` and `sync_errors` and what they mean.

use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{SyncCounts, SyncError, SyncRun};
use crate::storage::{StorageError, numbers};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(super) struct SyncRunRow {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) workspace_id: Uuid,
    pub(super) trigger: String,
    pub(super) source: String,
    pub(super) status: String,
    pub(super) phase: String,
    pub(super) allow_mass_removal: bool,
    pub(super) cancel_requested: bool,
    pub(super) lease_until: Option<DateTime<Utc>>,
    pub(super) attempts: i32,
    pub(super) cursor: Option<String>,
    pub(super) records_read: i64,
    pub(super) bytes_read: i64,
    pub(super) products_total: i32,
    pub(super) products_done: i32,
    pub(super) unchanged: i32,
    pub(super) added: i32,
    pub(super) updated: i32,
    pub(super) removed: i32,
    pub(super) failed: i32,
    pub(super) unknown_failed: i32,
    pub(super) attempt_started_at: Option<DateTime<Utc>>,
    pub(super) attempt_done_from: i32,
    pub(super) error_code: Option<String>,
    pub(super) error_message: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) finished_at: Option<DateTime<Utc>>,
}

impl SyncRunRow {
    pub(super) fn into_run(self) -> Result<SyncRun, StorageError> {
        let unknown = |column| StorageError::corrupt(column, "unknown value");
        Ok(SyncRun {
            id: SyncRunId(self.id),
            tenant: TenantId(self.tenant_id),
            workspace: WorkspaceId(self.workspace_id),
            trigger: self.trigger.parse().map_err(|_| unknown("trigger"))?,
            source: self.source.parse().map_err(|_| unknown("source"))?,
            status: self.status.parse().map_err(|_| unknown("status"))?,
            phase: self.phase.parse().map_err(|_| unknown("phase"))?,
            allow_mass_removal: self.allow_mass_removal,
            cancel_requested: self.cancel_requested,
            attempts: numbers::setting("attempts", self.attempts)?,
            cursor: self.cursor,
            counts: SyncCounts {
                records_read: numbers::count(self.records_read),
                bytes_read: numbers::count(self.bytes_read),
                products_total: numbers::setting("products_total", self.products_total)?,
                products_done: numbers::setting("products_done", self.products_done)?,
                unchanged: numbers::setting("unchanged", self.unchanged)?,
                added: numbers::setting("added", self.added)?,
                updated: numbers::setting("updated", self.updated)?,
                removed: numbers::setting("removed", self.removed)?,
                failed: numbers::setting("failed", self.failed)?,
                unknown_failed: numbers::setting("unknown_failed", self.unknown_failed)?,
            },
            attempt_started_at: self.attempt_started_at,
            attempt_done_from: numbers::setting("attempt_done_from", self.attempt_done_from)?,
            lease_until: self.lease_until,
            error: self.error_code.map(|code| (code, self.error_message.unwrap_or_default())),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

pub(super) struct ErrorRow {
    pub(super) record_number: Option<i64>,
    pub(super) product: Option<String>,
    pub(super) code: String,
    pub(super) message: String,
}

impl ErrorRow {
    pub(super) fn into_error(self) -> SyncError {
        SyncError {
            record_number: self.record_number.and_then(|number| u64::try_from(number).ok()),
            product: self.product,
            code: self.code,
            message: self.message,
        }
    }
}
