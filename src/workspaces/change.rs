//! Changing a workspace by a JSON Merge Patch (RFC 7396).

use super::{Caller, WorkspaceError, WorkspaceService, Written, as_json, target};
use crate::domain::audit::AuditEntry;
use crate::domain::json::merge_patch;
use crate::domain::workspace::{ManagedWorkspace, UpstreamState, UpstreamValues, WorkspaceContent, audited};
use crate::storage::ManagedWorkspaceChange;
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct Patch(pub Map<String, Value>);

impl WorkspaceService {
    /// Changes the workspace of this slug if `expected` matches its version. What AnythingLLM knows is written there first,
    /// and only what this patch changes: what differs there already is for [`WorkspaceService::sync`].
    ///
    /// # Errors
    /// Faults of the input, another version, either side failing; then nothing is changed here.
    pub async fn change(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
        patch: Patch,
    ) -> Result<Written, WorkspaceError> {
        let lock = self.lock(caller.tenant, slug).await?;
        let changed = self.change_locked(caller, slug, expected, patch).await;
        lock.release().await;
        self.forget(caller.tenant, slug).await;
        changed
    }

    async fn change_locked(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
        patch: Patch,
    ) -> Result<Written, WorkspaceError> {
        let workspace = self.ready(caller, slug, expected).await?;
        let mut value = as_json(&workspace.content);
        merge_patch(&mut value, Value::Object(patch.0));
        let content = WorkspaceContent::read(value).map_err(WorkspaceError::Faults)?;
        if content == workspace.content {
            return Ok(Written { workspace, upstream_fields: Vec::new() });
        }
        let different = UpstreamValues::wanted(&content).only_different(&UpstreamValues::wanted(&workspace.content));
        let upstream_fields = different.fields();
        if !upstream_fields.is_empty() {
            let there = self.client.find_workspace(&workspace.upstream_slug).await?;
            let there = there.ok_or(WorkspaceError::Conflict(
                "The workspace was deleted in AnythingLLM; `sync` with `take: vestibule` makes it again.",
            ))?;
            self.write(&workspace.upstream_slug, different, &there).await?;
        }
        let workspace = self.store(caller, workspace, content, "workspace.updated").await?;
        Ok(Written { workspace, upstream_fields })
    }

    /// The workspace, whole, in an expected version.
    pub(super) async fn ready(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
    ) -> Result<ManagedWorkspace, WorkspaceError> {
        let workspace = self.find(caller.tenant, slug).await?;
        if !expected(workspace.version) {
            return Err(WorkspaceError::Changed);
        }
        if workspace.upstream_state == UpstreamState::Pending {
            return Err(WorkspaceError::Conflict("The workspace is not complete; make it again with the same slug."));
        }
        Ok(workspace)
    }

    /// Stores new content and tells the workspace as it is then.
    pub(super) async fn store(
        &self,
        caller: Caller<'_>,
        workspace: ManagedWorkspace,
        content: WorkspaceContent,
        action: &'static str,
    ) -> Result<ManagedWorkspace, WorkspaceError> {
        let change = ManagedWorkspaceChange {
            workspace: &workspace,
            content: &content,
            upstream_state: workspace.upstream_state,
            upstream_slug: &workspace.upstream_slug,
        };
        let entry =
            AuditEntry::changed(action, target(&workspace.slug), audited(&workspace.content), audited(&content));
        let version = self.database.managed_workspaces().update(change, caller.author, &entry, &self.ambient).await?;
        Ok(ManagedWorkspace { content, version, updated_at: self.ambient.now(), ..workspace })
    }
}
