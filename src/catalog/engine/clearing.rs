//! Removing a whole catalogue, and after a purge the workspace with it. Reads no feed.

use super::{Attempt, Stop, SyncFailure};
use crate::anythingllm::UpstreamError;
use crate::domain::audit::AuditEntry;
use crate::domain::sync::{RemovedDocuments, SyncTrigger};
use crate::domain::workspace::{ManagedWorkspace, WorkspaceStatus};
use crate::storage::StoreWorkspaceError;
use serde_json::json;

/// Documents of one call. AnythingLLM goes through all its workspaces for each, half a second in all, and whoever takes
/// over removes those of the last call once more.
const BATCH: u16 = 10;

impl Attempt<'_> {
    /// Removes every document that is known or can be found, then ends what was asked for.
    pub(super) async fn clear(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        let unseen = runs.sweep_needed(claim).await?;
        if unseen {
            // Products that are given up take with them what said so.
            runs.set_sweep_needed(claim, true).await?;
        }
        while runs.give_up_products(claim).await? > 0 {}
        self.remove_discarded().await?;
        if unseen {
            self.find_left_behind().await?;
            self.remove_discarded().await?;
        }
        let kept = match self.patiently(|| self.engine.client.count_documents(&self.plan.upstream_slug)).await {
            Ok(kept) => kept,
            // Deleted in AnythingLLM.
            Err(UpstreamError::NotFound) => 0,
            Err(error) => return Err(SyncFailure::upstream(&error).into()),
        };
        let documents = RemovedDocuments { removed: self.counts.removed, kept: Some(kept) };
        match self.claimed.run.trigger {
            SyncTrigger::Purge => self.purge(documents).await?,
            _ => self.tell(documents).await?,
        }
        self.cleared = Some(documents);
        Ok(())
    }

    /// From every workspace and altogether, files and remembered vectors, in one call: the workspace is not asked
    /// first, as there may be none.
    async fn remove_discarded(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        loop {
            let gone = runs.discarded(claim, "", BATCH).await?;
            if gone.is_empty() {
                return Ok(());
            }
            self.ask(|| self.engine.client.remove_documents(&gone)).await?;
            let removed = u32::try_from(gone.len()).unwrap_or(u32::MAX);
            self.counts.removed = self.counts.removed.saturating_add(removed);
            self.counts.products_done = self.counts.removed;
            self.counts.products_total = self.counts.products_total.max(self.counts.removed);
            runs.cleared(claim, &gone, &self.counts).await?;
        }
    }

    async fn tell(&self, documents: RemovedDocuments) -> Result<(), Stop> {
        let by = self.engine.database.sync_runs().requested_by(&self.claimed.claim).await?;
        let Some(workspace) = self.workspace().await? else { return Err(Stop::Lost) };
        let after = json!({ "run": self.claimed.run.id, "documents": documents });
        let entry = AuditEntry::created("catalog.removed", format!("workspace:{}", workspace.slug), after);
        let tenant = self.claimed.run.tenant;
        Ok(self.engine.database.audit_log().append(tenant, &by, &entry, &self.engine.ambient).await?)
    }

    /// The workspace itself, in AnythingLLM and here, and this run with it.
    async fn purge(&self, documents: RemovedDocuments) -> Result<(), Stop> {
        let by = self.engine.database.sync_runs().requested_by(&self.claimed.claim).await?;
        let Some(workspace) = self.workspace().await? else { return Err(Stop::Lost) };
        let workspaces = self.engine.database.managed_workspaces();
        let lock = workspaces.lock(workspace.tenant, &workspace.slug).await?;
        let lock = lock.ok_or_else(in_use)?;
        let purged = async {
            let Some(workspace) = self.workspace().await? else { return Err(Stop::Lost) };
            if workspace.content.status != WorkspaceStatus::Archived {
                return Err(in_use().into());
            }
            self.ask(|| self.engine.client.delete_workspace(&workspace.upstream_slug)).await?;
            let entry = workspace.purged(documents);
            match workspaces.delete(&workspace, &by, &entry, &self.engine.ambient).await {
                Ok(()) => Ok(()),
                Err(StoreWorkspaceError::Storage(error)) => Err(error.into()),
                Err(_) => Err(in_use().into()),
            }
        };
        let purged = purged.await;
        lock.release().await;
        purged
    }

    async fn workspace(&self) -> Result<Option<ManagedWorkspace>, Stop> {
        let (tenant, id) = (self.claimed.run.tenant, self.claimed.run.workspace);
        Ok(self.engine.database.managed_workspaces().find_by_id(tenant, id).await?)
    }
}

fn in_use() -> SyncFailure {
    let message = "somebody changed the workspace while its catalogue was removed; it is kept";
    SyncFailure::new("workspace_in_use", message)
}
