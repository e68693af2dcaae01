//! Workspaces in memory, for callers who name one.

use super::entries::{CacheRules, Entries, Loading};
use crate::domain::ids::TenantId;
use crate::domain::workspace::Workspace;
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use tokio::time::Instant;

/// Finds workspaces by tenant and slug.
#[derive(Debug)]
pub struct WorkspaceDirectory {
    database: Database,
    entries: Entries<(TenantId, Box<str>), Arc<Workspace>>,
}

impl WorkspaceDirectory {
    /// A directory of the product's size.
    pub fn new(database: Database) -> Self {
        let rules = CacheRules::of_capacity(10_000).believed_for(database.stale_for());
        Self::with_rules(database, rules)
    }

    /// A directory with rules of its own.
    pub fn with_rules(database: Database, rules: CacheRules) -> Self {
        let entries = Entries::new(rules).beside(database.availability());
        Self { database, entries }
    }

    /// The tenant's workspace of this slug, from memory or from PostgreSQL, in whatever status it is.
    ///
    /// # Errors
    /// If it is not in memory and the database cannot be asked.
    pub async fn find(&self, tenant: TenantId, slug: &str) -> Result<Option<Arc<Workspace>>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async move { Ok(self.database.workspaces().find_by_slug(tenant, slug).await?.map(Arc::new)) })
        };
        self.entries.get_or_load((tenant, slug.into()), load).await
    }

    /// The workspace has changed. Whoever changes one here need not wait for the notice.
    pub async fn forget(&self, tenant: TenantId, slug: &str) {
        self.entries.forget(&(tenant, slug.into())).await;
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
