//! Rows of `sync_runs` and `sync_errors` and what they mean.

use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{SyncCounts, SyncError, SyncRun};
use crate::storage::StorageError;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(super) struct Row {
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

impl Row {
    pub(super) fn into_run(self) -> Result<SyncRun, StorageError> {
        let unknown = |column| StorageError::corrupt(column, "unknown value");
        let count = |column, value: i32| u32::try_from(value).map_err(|error| StorageError::corrupt(column, error));
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
            attempts: count("attempts", self.attempts)?,
            cursor: self.cursor,
            counts: SyncCounts {
                records_read: u64::try_from(self.records_read).unwrap_or(0),
                bytes_read: u64::try_from(self.bytes_read).unwrap_or(0),
                products_total: count("products_total", self.products_total)?,
                products_done: count("products_done", self.products_done)?,
                unchanged: count("unchanged", self.unchanged)?,
                added: count("added", self.added)?,
                updated: count("updated", self.updated)?,
                removed: count("removed", self.removed)?,
                failed: count("failed", self.failed)?,
                unknown_failed: count("unknown_failed", self.unknown_failed)?,
            },
            attempt_started_at: self.attempt_started_at,
            attempt_done_from: count("attempt_done_from", self.attempt_done_from)?,
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

/// A count as the schema has it.
pub(super) fn int(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A large count as the schema has it.
pub(super) fn long(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
