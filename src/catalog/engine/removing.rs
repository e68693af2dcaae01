//! The last phase: products that the feed no longer has.

use super::{Attempt, Stop};
use crate::domain::sync::{OutcomeKind, SyncPhase, WithheldReason};
use crate::storage::Missing;

impl Attempt<'_> {
    /// Gives up their documents, unless that may be the fault of the feed or of the reading: then none is removed, and
    /// that is said with their names.
    pub(super) async fn remove(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        runs.advance(claim, SyncPhase::Removing, None, &self.counts).await?;
        let found = runs.missing(claim).await?;
        if let Some(reason) = self.reason_to_withhold(found) {
            tracing::warn!(run = %self.claimed.run.id, count = found.missing, reason = reason.as_str(),
                "a catalogue sync withholds removals");
            self.withheld = true;
            return Ok(runs.withhold(claim, found.missing, reason, &self.engine.ambient).await?);
        }
        runs.keep_missing(claim, OutcomeKind::Removed).await?;
        if self.claimed.run.dry_run {
            self.counts.removed = found.missing;
            return Ok(runs.advance(claim, SyncPhase::Removing, None, &self.counts).await?);
        }
        while runs.forget_missing(claim, &mut self.counts).await? > 0 {
            self.drain().await?;
        }
        self.drain().await
    }

    fn reason_to_withhold(&self, found: Missing) -> Option<WithheldReason> {
        if found.missing == 0 || self.claimed.run.allow_mass_removal {
            return None;
        }
        if self.counts.unknown_failed > 0 {
            return Some(WithheldReason::UnreadRecords);
        }
        // What this run has added says nothing of what was there. An attempt before may have removed some already.
        let new = if self.claimed.run.dry_run { 0 } else { self.counts.added };
        let known = u64::from(found.known.saturating_sub(new)) + u64::from(self.counts.removed);
        let gone = u64::from(found.missing) + u64::from(self.counts.removed);
        // One product may go from the smallest shop.
        let is_large = gone > 1 && gone * 100 > known * u64::from(self.plan.removal_threshold_percent);
        is_large.then_some(WithheldReason::TooMany)
    }
}
