//! Putting a workspace away, and removing it for good.

use super::{Caller, WorkspaceError, WorkspaceService, audited, target};
use crate::domain::audit::AuditEntry;
use crate::domain::workspace::WorkspaceStatus;
use crate::domain::workspace::{ManagedWorkspace, UpstreamState};

impl WorkspaceService {
    /// Puts the workspace away: its keys stop, nothing is deleted, a change of its status brings it back.
    ///
    /// # Errors
    /// Another version than `expected`; the database failing.
    pub async fn archive(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
    ) -> Result<ManagedWorkspace, WorkspaceError> {
        let workspace = self.find(caller.tenant, slug).await?;
        if !expected(workspace.version) {
            return Err(WorkspaceError::Changed);
        }
        if workspace.content.status == WorkspaceStatus::Archived {
            return Ok(workspace);
        }
        if workspace.upstream_state == UpstreamState::Pending {
            return Err(WorkspaceError::Conflict(
                "The workspace is not complete; make it again, or remove it with `purge`.",
            ));
        }
        let mut content = workspace.content.clone();
        content.status = WorkspaceStatus::Archived;
        let workspace = self.store(caller, workspace, content, "workspace.archived").await?;
        self.forget(caller.tenant, slug).await;
        Ok(workspace)
    }

    /// Removes the workspace here, with its keys and conversations, and in AnythingLLM, with its chats and vectors. It is
    /// put away first, so that an interruption leaves nothing that answers, and the same call again does the rest.
    ///
    /// # Errors
    /// Another version than `expected`; either side failing.
    pub async fn purge(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
    ) -> Result<(), WorkspaceError> {
        let lock = self.lock(caller.tenant, slug).await?;
        let purged = self.purge_locked(caller, slug, expected).await;
        lock.release().await;
        self.forget(caller.tenant, slug).await;
        purged
    }

    async fn purge_locked(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
    ) -> Result<(), WorkspaceError> {
        let mut workspace = self.find(caller.tenant, slug).await?;
        if !expected(workspace.version) {
            return Err(WorkspaceError::Changed);
        }
        if workspace.upstream_state == UpstreamState::Ready {
            workspace = self.archive(caller, slug, &|version| version == workspace.version).await?;
        }
        self.client.delete_workspace(&workspace.upstream_slug).await?;
        let entry = AuditEntry::removed("workspace.purged", target(slug), audited(&workspace.content));
        Ok(self.database.managed_workspaces().delete(&workspace, caller.author, &entry, &self.ambient).await?)
    }
}
