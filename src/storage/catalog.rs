//! The catalogue of a workspace: its syncs, what they read, and the documents of products in AnythingLLM.

mod changes;
mod discarded;
mod noted;
mod offers;
mod orphans;
mod products;
mod readings;
mod removals;
mod schedules;
mod sync_items;
mod sync_outcomes;
mod sync_runs;

pub use noted::Delivered;
pub use orphans::KnownCatalogue;
pub use products::Intent;
pub use removals::NewRemoval;
pub(in crate::storage) use removals::begin_removal;
pub use schedules::ScheduledSync;
pub use sync_items::{SyncItem, SyncPlan, SyncProduct};
pub use sync_outcomes::Missing;
pub use sync_runs::{Beat, ClaimedRun, NewSyncRun, StartSyncError, SyncClaim};
