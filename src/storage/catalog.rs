//! The catalogue of a workspace: its syncs, what they read, and the documents of products in AnythingLLM.

mod discarded;
mod products;
mod schedules;
mod sync_items;
mod sync_runs;

pub use products::Intent;
pub use schedules::ScheduledSync;
pub use sync_items::{SyncItem, SyncPlan, SyncProduct};
pub use sync_runs::{Beat, ClaimedRun, NewSyncRun, StartSyncError, SyncClaim};
