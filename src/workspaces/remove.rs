//! Putting a workspace away, and removing it for good.

use super::{Caller, WorkspaceError, WorkspaceService};
use crate::anythingllm::UpstreamError;
use crate::catalog::removals::{Removal, Removals};
use crate::domain::sync::{RemovedDocuments, SyncRun, SyncRunError, SyncTrigger};
use crate::domain::workspace::WorkspaceStatus;
use crate::domain::workspace::{ManagedWorkspace, UpstreamState};
use crate::storage::NewRemoval;
use std::time::Duration;

/// How a purge is waited for.
pub struct Waiting<'a> {
    /// What removes the catalogue.
    pub removals: &'a Removals,
    pub within: Duration,
    /// Is told now and then how it goes.
    pub shown: &'a mut (dyn FnMut(&SyncRun) + Send),
}

/// What became of a purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purged {
    /// The workspace is gone on both sides.
    Gone(RemovedDocuments),
    /// It is put away, and its catalogue is being removed.
    GoesOn {
        /// Its version now.
        version: i64,
        run: Box<SyncRun>,
    },
}

enum Begun {
    Gone(RemovedDocuments),
    Removing(Box<ManagedWorkspace>, Box<SyncRun>),
}

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

    /// Removes the workspace here, with its keys and conversations, and in AnythingLLM, with its chats and vectors and
    /// with the documents that were made of its catalogue. It is put away first, so that an interruption leaves nothing
    /// that answers. A catalogue takes its time: what is not done within `waiting` goes on in the background.
    ///
    /// # Errors
    /// Another version than `expected`; either side failing.
    pub async fn purge(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
        waiting: Waiting<'_>,
    ) -> Result<Purged, WorkspaceError> {
        let lock = self.lock(caller.tenant, slug).await?;
        let begun = self.begin_purge(caller, slug, expected, waiting.removals).await;
        lock.release().await;
        self.forget(caller.tenant, slug).await;
        let (workspace, run) = match begun? {
            Begun::Gone(documents) => return Ok(Purged::Gone(documents)),
            Begun::Removing(workspace, run) => (workspace, run),
        };
        let Waiting { removals, within, shown } = waiting;
        let seen = removals.see_through(*run, &workspace.upstream_slug, within, shown).await?;
        self.forget(caller.tenant, slug).await;
        match seen {
            Removal::Done(documents) => Ok(Purged::Gone(documents)),
            Removal::GoesOn(run) => Ok(Purged::GoesOn { version: workspace.version, run }),
            Removal::Failed(run) => Err(WorkspaceError::Removal(run.error.unwrap_or(SyncRunError {
                code: "cancelled".to_owned(),
                message: "the removal was ended".to_owned(),
            }))),
        }
    }

    async fn begin_purge(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
        removals: &Removals,
    ) -> Result<Begun, WorkspaceError> {
        let mut workspace = self.find(caller.tenant, slug).await?;
        if !expected(workspace.version) {
            return Err(WorkspaceError::Changed);
        }
        if workspace.upstream_state == UpstreamState::Ready {
            workspace = self.archive(caller, slug, &|version| version == workspace.version).await?;
        }
        let trigger = SyncTrigger::Purge;
        let new = NewRemoval { tenant: workspace.tenant, workspace: workspace.id, slug, trigger };
        if let Some(run) = removals.begin(new, caller.author).await? {
            return Ok(Begun::Removing(Box::new(workspace), Box::new(run)));
        }
        let kept = match self.client.count_documents(&workspace.upstream_slug).await {
            Ok(kept) => kept,
            Err(UpstreamError::NotFound) => 0,
            Err(error) => return Err(error.into()),
        };
        let documents = RemovedDocuments { removed: 0, kept: Some(kept) };
        self.client.delete_workspace(&workspace.upstream_slug).await?;
        let entry = workspace.purged(documents);
        self.database.managed_workspaces().delete(&workspace, caller.author, &entry, &self.ambient).await?;
        Ok(Begun::Gone(documents))
    }
}
