//! Shops in memory: what a workspace's staff set, for those requests that need more of it than the key carries.

use super::entries::{CacheRules, Entries, Loading};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::shop::Shop;
use crate::domain::widget_config::WidgetConfig;
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use tokio::time::Instant;

/// A shop, and what its widget shows of it.
#[derive(Debug)]
pub struct KnownShop {
    /// The shop.
    pub shop: Shop,
    /// The public part of it, read once for all who look.
    pub widget: WidgetConfig,
}

impl From<Shop> for KnownShop {
    fn from(shop: Shop) -> Self {
        Self { widget: WidgetConfig::of(shop.clone()), shop }
    }
}

/// Finds shops by tenant and workspace.
#[derive(Debug)]
pub struct ShopDirectory {
    database: Database,
    entries: Entries<(TenantId, WorkspaceId), Arc<KnownShop>>,
}

impl ShopDirectory {
    /// A directory of the product's size.
    pub fn new(database: Database) -> Self {
        Self { database, entries: Entries::new(CacheRules::of_capacity(10_000)) }
    }

    /// The tenant's shop of this id, from memory or from PostgreSQL.
    ///
    /// # Errors
    /// If it is not in memory and the database cannot be asked.
    pub async fn find(&self, tenant: TenantId, id: WorkspaceId) -> Result<Option<Arc<KnownShop>>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async move {
                let shop = self.database.shops().find_by_id(tenant, id).await?;
                Ok(shop.map(|shop| Arc::new(KnownShop::from(shop))))
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
