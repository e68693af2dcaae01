//! Products read from platforms themselves, from servers that answer as the platforms' documentation says.

mod shopify;
mod single;
mod webhooks;
mod woocommerce;

use super::Shop;
use crate::harness::World;
use futures_util::FutureExt as _;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use vestibule::catalog::source::{Feeds, FindFeed};
use vestibule::crypto::seal::Purpose;
use vestibule::domain::audit::Author;
use vestibule::domain::ids::TenantId;
use vestibule::domain::store::StoreInput;
use vestibule::domain::sync::{SyncRun, SyncScope, SyncSource, SyncTrigger};
use vestibule::outbound::Outbound;
use vestibule::storage::{Expected, NewSyncRun};
use vestibule::store::StoreService;

/// A workspace whose shop is read through an outbound of the test's own.
struct Connected {
    shop: Shop,
    feeds: Feeds,
}

impl Connected {
    async fn to(store: &Value, outbound: Outbound) -> Self {
        let shop = Shop::open().await;
        let world = &shop.world;
        let sealer = world.config.root_key().unwrap().sealer(Purpose::StoreCredentials);
        let stores = StoreService::new(world.database.clone(), outbound, sealer, shop.engine.ambient.clone())
            .pausing(Duration::from_millis(1));
        let input: StoreInput = serde_json::from_value(store.clone()).unwrap();
        let by = Author::system("test");
        stores.put(&world.workspace, &input, &Expected::Whatever, &by).await.unwrap_or_else(|e| panic!("{e:?}"));
        let feeds = Feeds::new(world.database.clone(), Arc::new(stores), shop.engine.ambient.clone());
        Self { shop, feeds }
    }

    /// A whole run.
    async fn run(&self, scope: SyncScope) -> SyncRun {
        let engine = &self.shop.engine;
        let now = engine.ambient.now();
        let new = NewSyncRun {
            tenant: TenantId::DEFAULT,
            workspace: self.shop.world.workspace.id,
            slug: "shop",
            trigger: SyncTrigger::Schedule,
            source: SyncSource::Connection,
            scope,
            changed_since: (scope == SyncScope::Changes).then(|| now - chrono::TimeDelta::hours(1)),
            allow_mass_removal: false,
            dry_run: false,
        };
        let run = engine.database.sync_runs().insert(&new, &Author::system("test"), &engine.ambient).await.unwrap();
        let claimed = self.shop.take_up(&run).await.expect("it waits");
        let FindFeed::Found(found) = self.feeds.find(&claimed).await.unwrap() else { panic!("it is connected") };
        let (_stopping, mut stop) = watch::channel(false);
        engine.run(&claimed, &found.plan, found.open().boxed(), &mut stop).await;
        self.shop.find(&run).await
    }

    /// What is told of each product's price, in the order of the products.
    async fn offers(&self) -> Vec<String> {
        offers(&self.shop.world).await
    }

    async fn keys(&self) -> Vec<String> {
        let sql = "SELECT product_key FROM vestibule.catalog_products WHERE location IS NOT NULL ORDER BY product_key";
        self.shop.world.query(sql).await
    }

    /// The shop has said that these products changed.
    async fn note(&self, products: &[&str]) {
        let (workspace, tenant) = (self.shop.world.workspace.id, TenantId::DEFAULT);
        for product in products {
            let sql = format!(
                "INSERT INTO vestibule.store_changes (workspace_id, tenant_id, product_ref, noted_at)
                 VALUES ('{workspace}', '{tenant}', '{product}', now() - interval '1 day')"
            );
            self.shop.world.sql(&sql).await;
        }
    }
}

async fn offers(world: &World) -> Vec<String> {
    world.query("SELECT coalesce(offer, '') FROM vestibule.catalog_products ORDER BY product_key").await
}

fn code(run: &SyncRun) -> Option<&str> {
    run.error.as_ref().map(|error| error.code.as_str())
}
