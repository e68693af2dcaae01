//! Runs that bring a shop's catalogue into AnythingLLM, as they are worked on and shown.

mod outcome;

pub use outcome::{MAX_WITHHELD_NAMED, OutcomeKind, SyncOutcome, Withheld, WithheldReason};

use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

words! {
    SyncTrigger {
        Api = "api",
        Cli = "cli",
        Schedule = "schedule",
        /// The shop has said that products have changed.
        Webhook = "webhook",
        /// The store was disconnected: the whole catalogue is removed.
        Disconnect = "disconnect",
        /// The workspace is removed for good, and its catalogue before it.
        Purge = "purge",
    }
}

impl SyncTrigger {
    /// Whether the run reads no feed and removes all there is.
    pub const fn is_removal(self) -> bool {
        matches!(self, Self::Disconnect | Self::Purge)
    }
}

words! {
    /// Where a run's feed comes from.
    SyncSource {
        /// The store connection, which any replica can read again.
        Connection = "connection",
        /// A file of whoever runs the command.
        File = "file",
    }
}

words! {
    /// How much of the shop's products a run reads.
    SyncScope {
        /// All: what it does not read is gone from the shop.
        Full = "full",
        /// What has changed since a moment, as the platform says it.
        Changes = "changes",
        /// Single products of which the shop has said that they changed.
        Products = "products",
    }
}

/// What a feed's server says to know it by (RFC 9110 section 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedValidators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl FeedValidators {
    pub const fn is_some(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }
}

words! {
    SyncStatus {
        Queued = "queued",
        Running = "running",
        /// Its worker was stopped; another one goes on.
        Paused = "paused",
        /// Everything in the feed is in AnythingLLM, and nothing else.
        Succeeded = "succeeded",
        /// It ended, but some products failed, or removals were withheld.
        Partial = "partial",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

words! {
    SyncPhase {
        Reading = "reading",
        /// Making and embedding documents.
        Embedding = "embedding",
        /// Removing what is no longer in the feed.
        Removing = "removing",
        Done = "done",
    }
}

impl SyncStatus {
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Partial | Self::Failed | Self::Cancelled)
    }
}

/// Counts of products.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncProducts)]
pub struct SyncCounts {
    /// Records of the feed, good and bad; shown beside the products, as are its bytes.
    #[serde(skip)]
    pub records_read: u64,
    /// Bytes of the feed, uncompressed.
    #[serde(skip)]
    pub bytes_read: u64,
    /// In the feed.
    // Known once it is read.
    #[serde(rename = "total")]
    pub products_total: u32,
    /// Of these, done.
    #[serde(rename = "done")]
    pub products_done: u32,
    /// Of these, right already.
    pub unchanged: u32,
    /// Of these, new.
    pub added: u32,
    /// Of these, with a new document.
    pub updated: u32,
    /// No longer in the feed, and removed.
    pub removed: u32,
    /// Records and products that failed.
    pub failed: u32,
    /// Of these, records that cannot be told to be of any product.
    #[serde(skip)]
    pub unknown_failed: u32,
    /// Things that were not taken as the feed has them, such as a word for availability that is not known.
    #[serde(skip)]
    pub noted: u32,
}

/// What became of a workspace's documents when its catalogue was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RemovedDocuments)]
pub struct RemovedDocuments {
    /// Documents that Vestibule had made and removed from AnythingLLM.
    pub removed: u32,
    /// Documents of the workspace that somebody else had made; they stay in AnythingLLM. Null: not counted, because
    /// another process did the last of it.
    pub kept: Option<u32>,
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SyncRunError {
    /// Stable.
    #[schema(example = "mass_removal")]
    pub code: String,
    /// For people.
    pub message: String,
}

/// One run.
// What is skipped is for those who work on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SyncRun {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: SyncRunId,
    #[serde(skip)]
    pub tenant: TenantId,
    #[serde(skip)]
    pub workspace: WorkspaceId,
    /// `api`, `cli`, `schedule` or `webhook`; `disconnect` and `purge` remove the whole catalogue.
    #[schema(value_type = String, example = "schedule")]
    pub trigger: SyncTrigger,
    /// `connection`, or `file` of whoever ran the command.
    #[schema(value_type = String, example = "connection")]
    pub source: SyncSource,
    /// `full`; `changes` or `products` reads only what has changed, and removes only what the shop says is gone.
    #[schema(value_type = String, example = "full")]
    pub scope: SyncScope,
    /// Of `changes`: the moment.
    #[serde(skip)]
    pub changed_since: Option<DateTime<Utc>>,
    /// The moment of the schedule that it stands for.
    #[serde(skip)]
    pub scheduled_for: Option<DateTime<Utc>>,
    /// `queued`, `running`, `paused`, `succeeded`, `partial`, `failed` or `cancelled`.
    #[schema(value_type = String, example = "running")]
    pub status: SyncStatus,
    /// `reading`, `embedding`, `removing` or `done`.
    #[schema(value_type = String, example = "embedding")]
    pub phase: SyncPhase,
    /// Whether it may remove more than the set share of the products, and in spite of records that cannot be read.
    pub allow_mass_removal: bool,
    /// Whether it changes nothing and says what it would do.
    pub dry_run: bool,
    /// Products that are no longer in the feed and were not removed.
    pub removals_withheld: Option<Withheld>,
    /// Whether somebody wants it to end.
    pub cancel_requested: bool,
    /// How often somebody took it up.
    #[serde(skip)]
    pub attempts: u32,
    /// The last product whose embedding is done.
    #[serde(skip)]
    pub cursor: Option<String>,
    /// What became of the products.
    #[serde(rename = "products")]
    pub counts: SyncCounts,
    /// When whoever works on it now took it up.
    #[serde(skip)]
    pub attempt_started_at: Option<DateTime<Utc>>,
    /// Products that were done before.
    #[serde(skip)]
    pub attempt_done_from: u32,
    /// Until when whoever works on it has it.
    #[serde(skip)]
    pub lease_until: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<SyncRunError>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When somebody first worked on it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What a running run gets done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncSpeed {
    pub per_minute: u32,
    /// At that rate, seconds until all are done.
    pub remaining_seconds: Option<u64>,
}

impl SyncRun {
    /// How much is done, in percent. None while the feed is being read: nobody knows yet how much there is.
    pub fn percentage(&self) -> Option<u8> {
        if matches!(self.status, SyncStatus::Succeeded | SyncStatus::Partial) {
            return Some(100);
        }
        if self.phase == SyncPhase::Reading {
            return None;
        }
        let (done, total) = (u64::from(self.counts.products_done), u64::from(self.counts.products_total).max(1));
        // A hundred is for the end.
        u8::try_from((done * 100 / total).min(99)).ok()
    }

    /// How fast whoever works on it now is.
    pub fn speed(&self, now: DateTime<Utc>) -> Option<SyncSpeed> {
        if self.status != SyncStatus::Running || self.phase == SyncPhase::Reading {
            return None;
        }
        let millis = u64::try_from((now - self.attempt_started_at?).num_milliseconds()).ok().filter(|ms| *ms > 0)?;
        let done = u64::from(self.counts.products_done.saturating_sub(self.attempt_done_from));
        let left = u64::from(self.counts.products_total.saturating_sub(self.counts.products_done));
        Some(SyncSpeed {
            per_minute: u32::try_from(done * 60_000 / millis).unwrap_or(u32::MAX),
            remaining_seconds: (done > 0).then(|| (left * millis).div_ceil(done * 1000)),
        })
    }
}

/// Something that went wrong with one record or product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SyncError {
    /// Its place in the feed, from 1.
    #[serde(rename = "record")]
    pub record_number: Option<u64>,
    /// The shop's id of the product or of its group.
    pub product: Option<String>,
    /// Stable.
    #[schema(example = "bad_price")]
    pub code: String,
    /// For people.
    pub message: String,
}

/// Errors kept of a run; further ones are counted.
pub const MAX_SYNC_ERRORS: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn run(phase: SyncPhase, done: u32, total: u32) -> SyncRun {
        let now = DateTime::UNIX_EPOCH;
        SyncRun {
            id: SyncRunId(uuid::Uuid::nil()),
            tenant: TenantId::DEFAULT,
            workspace: WorkspaceId(uuid::Uuid::nil()),
            trigger: SyncTrigger::Api,
            source: SyncSource::Connection,
            scope: SyncScope::Full,
            changed_since: None,
            scheduled_for: None,
            status: SyncStatus::Running,
            phase,
            allow_mass_removal: false,
            dry_run: false,
            removals_withheld: None,
            cancel_requested: false,
            attempts: 1,
            cursor: None,
            counts: SyncCounts { products_done: done, products_total: total, ..Default::default() },
            attempt_started_at: Some(now),
            attempt_done_from: 100,
            lease_until: None,
            error: None,
            created_at: now,
            started_at: Some(now),
            finished_at: None,
        }
    }

    #[test]
    fn progress_counts_what_this_attempt_has_done() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::seconds(60);
        let half = run(SyncPhase::Embedding, 400, 1000);
        assert_eq!(half.percentage(), Some(40));
        assert_eq!(half.speed(later), Some(SyncSpeed { per_minute: 300, remaining_seconds: Some(120) }));
    }

    #[test]
    fn nothing_is_promised_before_anything_is_known() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::seconds(60);
        let reading = run(SyncPhase::Reading, 0, 0);
        assert_eq!((reading.percentage(), reading.speed(later)), (None, None));
        let begun = run(SyncPhase::Embedding, 100, 1000);
        assert_eq!(begun.speed(later), Some(SyncSpeed { per_minute: 0, remaining_seconds: None }));
        assert_eq!(begun.speed(DateTime::UNIX_EPOCH), None);
        assert_eq!(run(SyncPhase::Removing, 1000, 1000).percentage(), Some(99));
    }
}
