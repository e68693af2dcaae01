//! Changing a shop by a JSON Merge Patch (RFC 7396).

use super::{Caller, WorkspaceError, WorkspaceService, Written, as_json, audited, target};
use crate::domain::audit::AuditEntry;
use crate::domain::json::{self, merge_patch};
use crate::domain::workspace::{ManagedWorkspace, UpstreamState, UpstreamValues, WorkspaceContent};
use crate::storage::ManagedWorkspaceChange;
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct Patch(pub Map<String, Value>);

impl WorkspaceService {
    /// Changes the shop of this slug if `expected` matches its version. What AnythingLLM knows is written there first,
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
        let shop = self.ready(caller, slug, expected).await?;
        let mut value = as_json(&shop.content);
        merge_patch(&mut value, Value::Object(patch.0));
        let content: WorkspaceContent = json::of_value(&value).map_err(WorkspaceError::Faults)?;
        let content = content.checked().map_err(WorkspaceError::Faults)?;
        if content == shop.content {
            return Ok(Written { shop, upstream_fields: Vec::new() });
        }
        let different = UpstreamValues::wanted(&content).only_different(&UpstreamValues::wanted(&shop.content));
        let upstream_fields = different.fields();
        if !upstream_fields.is_empty() {
            let there = self.client.find_workspace(&shop.upstream_slug).await?;
            let there = there.ok_or(WorkspaceError::Conflict(
                "The workspace was deleted in AnythingLLM; `sync` with `take: vestibule` makes it again.",
            ))?;
            self.write(&shop.upstream_slug, different, &there).await?;
        }
        let shop = self.store(caller, shop, content, "workspace.updated").await?;
        Ok(Written { shop, upstream_fields })
    }

    /// The shop, whole, in an expected version.
    pub(super) async fn ready(
        &self,
        caller: Caller<'_>,
        slug: &str,
        expected: &(dyn Fn(i64) -> bool + Sync),
    ) -> Result<ManagedWorkspace, WorkspaceError> {
        let shop = self.find(caller.tenant, slug).await?;
        if !expected(shop.version) {
            return Err(WorkspaceError::Changed);
        }
        if shop.upstream_state == UpstreamState::Pending {
            return Err(WorkspaceError::Conflict("The workspace is not complete; make it again with the same slug."));
        }
        Ok(shop)
    }

    /// Stores new content and tells the shop as it is then.
    pub(super) async fn store(
        &self,
        caller: Caller<'_>,
        shop: ManagedWorkspace,
        content: WorkspaceContent,
        action: &'static str,
    ) -> Result<ManagedWorkspace, WorkspaceError> {
        let change = ManagedWorkspaceChange {
            shop: &shop,
            content: &content,
            upstream_state: shop.upstream_state,
            upstream_slug: &shop.upstream_slug,
        };
        let entry = AuditEntry::changed(action, target(&shop.slug), audited(&shop.content), audited(&content));
        let version = self.database.managed_workspaces().update(change, caller.author, &entry, &self.ambient).await?;
        Ok(ManagedWorkspace { content, version, updated_at: self.ambient.now(), ..shop })
    }
}
