//! Workspaces in memory: what a workspace's staff set, for those requests that need more of it than the key carries.

use super::entries::{CacheRules, Entries, Loading};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::workspace::ManagedWorkspace;
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use tokio::time::Instant;

/// Finds workspaces by tenant and workspace.
#[derive(Debug)]
pub struct ManagedWorkspaceDirectory {
    database: Database,
    entries: Entries<(TenantId, WorkspaceId), Arc<ManagedWorkspace>>,
}

impl ManagedWorkspaceDirectory {
    /// A directory of the product's size.
    pub fn new(database: Database) -> Self {
        let rules = CacheRules::of_capacity(10_000).believed_for(database.stale_for());
        let entries = Entries::new(rules).beside(database.availability());
        Self { database, entries }
    }

    /// The tenant's workspace of this id, from memory or from PostgreSQL.
    ///
    /// # Errors
    /// If it is not in memory and the database cannot be asked.
    pub async fn find(&self, tenant: TenantId, id: WorkspaceId) -> Result<Option<Arc<ManagedWorkspace>>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async move {
                let workspace = self.database.managed_workspaces().find_by_id(tenant, id).await?;
                Ok(workspace.map(Arc::new))
            })
        };
        self.entries.get_or_load((tenant, id), load).await
    }

    pub(super) async fn forget(&self, tenant: TenantId, id: WorkspaceId) {
        self.entries.forget(&(tenant, id)).await;
    }

    pub(super) fn forget_all(&self) {
        self.entries.forget_all();
    }

    pub(super) fn stale_answers(&self) -> u64 {
        self.entries.stale_answers()
    }

    pub(super) fn heard_until(&self, moment: Instant) {
        self.entries.heard_until(moment);
    }
}
