//! What widgets are shown, in memory.

use super::entries::{CacheRules, Entries, Loading};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::widget_config::WidgetConfig;
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use tokio::time::Instant;

/// Finds the public part of a workspace's settings by its id.
#[derive(Debug)]
pub struct WidgetConfigDirectory {
    database: Database,
    entries: Entries<(TenantId, WorkspaceId), Arc<WidgetConfig>>,
}

impl WidgetConfigDirectory {
    /// A directory of the product's size.
    pub fn new(database: Database) -> Self {
        Self { database, entries: Entries::new(CacheRules::of_capacity(10_000)) }
    }

    /// What the tenant's workspace shows, from memory or from PostgreSQL.
    ///
    /// # Errors
    /// If it is not in memory and the database cannot be asked.
    pub async fn find(&self, tenant: TenantId, id: WorkspaceId) -> Result<Option<Arc<WidgetConfig>>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async move {
                let shop = self.database.shops().find_by_id(tenant, id).await?;
                Ok(shop.map(|shop| Arc::new(WidgetConfig::of(shop))))
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

    pub(super) fn heard_until(&self, moment: Instant) {
        self.entries.heard_until(moment);
    }
}
