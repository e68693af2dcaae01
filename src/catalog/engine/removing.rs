//! The last phase: products that the feed no longer has.

use super::{Attempt, Stop};
use crate::domain::sync::SyncPhase;

impl Attempt<'_> {
    /// Gives up their documents. While records failed that may be any product's, nobody can tell which products are
    /// gone, so none is removed; the next sync does it.
    pub(super) async fn remove(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        runs.advance(claim, SyncPhase::Removing, None, &self.counts).await?;
        if self.counts.unknown_failed > 0 {
            return Ok(());
        }
        while runs.forget_missing(claim, &mut self.counts).await? > 0 {
            self.drain().await?;
        }
        self.drain().await
    }
}
