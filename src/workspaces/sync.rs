//! Settling what differs between a workspace and AnythingLLM.

use super::{Caller, WorkspaceError, WorkspaceService, Written, upstream};
use crate::domain::workspace::UpstreamValues;
use serde::Deserialize;
use utoipa::ToSchema;

/// Whose settings hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SyncSide)]
pub enum Side {
    /// Ours are written to AnythingLLM; a workspace that was deleted there is made again, without its documents.
    Vestibule,
    /// AnythingLLM's are taken over here.
    Upstream,
}

impl WorkspaceService {
    /// Takes one side's settings.
    ///
    /// # Errors
    /// Another version than `expected`; values of AnythingLLM that a workspace cannot have, as faults; either side failing.
    pub async fn sync(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
        side: Side,
    ) -> Result<Written, WorkspaceError> {
        let lock = self.lock(caller.tenant, slug).await?;
        let synced = match side {
            Side::Vestibule => self.take_ours(caller, slug, expected).await,
            Side::Upstream => self.take_theirs(caller, slug, expected).await,
        };
        lock.release().await;
        self.forget(caller.tenant, slug).await;
        synced
    }

    async fn take_ours(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
    ) -> Result<Written, WorkspaceError> {
        let mut workspace = self.ready(caller, slug, expected).await?;
        let upstream_fields = UpstreamValues::wanted(&workspace.content).fields();
        let there = self.make_upstream(&workspace.upstream_slug, &workspace.content).await?;
        // Made again, it may have been given another slug.
        workspace.upstream_slug = there.slug;
        let content = workspace.content.clone();
        let workspace = self.store(caller, workspace, content, "workspace.synced").await?;
        Ok(Written { workspace, upstream_fields })
    }

    async fn take_theirs(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
    ) -> Result<Written, WorkspaceError> {
        let workspace = self.ready(caller, slug, expected).await?;
        let there = self.client.find_workspace(&workspace.upstream_slug).await?;
        let there = there.ok_or(WorkspaceError::Conflict("The workspace was deleted in AnythingLLM."))?;
        let mut content = workspace.content.clone();
        let theirs = upstream::values(&there);
        let taken: Vec<_> = UpstreamValues::wanted(&content).drift(&theirs).iter().map(|drift| drift.field).collect();
        theirs.take(&taken, &mut content).map_err(WorkspaceError::Faults)?;
        let content = content.checked().map_err(WorkspaceError::Faults)?;
        if content == workspace.content {
            return Ok(Written { workspace, upstream_fields: Vec::new() });
        }
        let workspace = self.store(caller, workspace, content, "workspace.synced").await?;
        Ok(Written { workspace, upstream_fields: taken })
    }
}
