//! Documents in AnythingLLM that nobody needs any more: those that are known, and those that a call whose end nobody saw
//! may have left.

use super::{Attempt, Stop};
use crate::catalog::product::authors_of;

/// Documents that are taken out of the workspace by one call. Its answer lists all that are left.
const UNEMBED: u16 = 200;
/// Documents of a folder that are looked at at once.
const SWEEP_PAGE: u16 = 1000;

impl Attempt<'_> {
    /// Removes from AnythingLLM what nobody needs any more: all of it from the workspace first, so that no answer rests on
    /// it while the files go, which takes ten times as long.
    pub(super) async fn drain(&self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        let mut after = String::new();
        loop {
            let gone = runs.discarded(claim, &after, UNEMBED).await?;
            let Some(last) = gone.last() else { break };
            after.clone_from(last);
            self.ask(|| self.engine.client.embed(&self.plan.upstream_slug, &[], &gone)).await?;
        }
        loop {
            let limit = u16::try_from(self.engine.settings.batch).unwrap_or(u16::MAX);
            let gone = runs.discarded(claim, "", limit).await?;
            if gone.is_empty() {
                return Ok(());
            }
            self.ask(|| self.engine.client.remove_documents(&gone)).await?;
            runs.removed_upstream(claim, &gone).await?;
        }
    }

    /// Finds documents of this workspace that an attempt has stored without seeing it, and removes them.
    pub(super) async fn sweep(&self) -> Result<(), Stop> {
        self.find_left_behind().await?;
        self.drain().await
    }

    /// Looks for such documents, if there may be any, and discards them.
    pub(super) async fn find_left_behind(&self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        if !runs.sweep_needed(&self.claimed.claim).await? {
            return Ok(());
        }
        let ours = authors_of(self.claimed.run.workspace);
        let mut offset = 0;
        let mut found = 0;
        loop {
            let page = self.ask(|| self.engine.client.list_stored_texts(offset, SWEEP_PAGE)).await?;
            offset += u64::from(SWEEP_PAGE);
            let candidates: Vec<String> = page
                .documents
                .into_iter()
                .filter(|listed| listed.author.starts_with(&ours))
                .map(|listed| listed.location)
                .collect();
            if !candidates.is_empty() {
                found += runs.discard_unknown(&self.claimed.claim, &candidates).await?;
            }
            if !page.has_more {
                break;
            }
        }
        if found > 0 {
            tracing::info!(run = %self.claimed.run.id, found, "documents of an interrupted sync were found and are removed");
        }
        Ok(runs.set_sweep_needed(&self.claimed.claim, false).await?)
    }
}
