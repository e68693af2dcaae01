//! Product feeds as knowledge: what a sync does, what it never does, and that it can be stopped anywhere.

mod api;
mod command;
mod credentials;
pub(crate) mod feed_server;
mod feeds;
mod interrupted;
mod offers;
mod platforms;
mod removal;
mod report;
mod speed;
mod sync;
mod worker;

use crate::harness::{World, eventually};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt as _, stream};
use parking_lot::Mutex;
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::sync::watch;
use vestibule::anythingllm::Client;
use vestibule::catalog::engine::{Ended, Engine, FeedStream, Plan, ReadError};
use vestibule::catalog::feed::Format;
use vestibule::domain::audit::Author;
use vestibule::domain::clock::{Ambient, Clock, SystemRandomness};
use vestibule::domain::ids::TenantId;
use vestibule::domain::sync::{SyncRun, SyncScope, SyncSource, SyncTrigger};
use vestibule::storage::{ClaimedRun, NewSyncRun};
use vestibule::telemetry::metrics::Metrics;

/// A clock that moves when told.
#[derive(Debug)]
pub(crate) struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

impl Hands {
    fn forward(&self, by: TimeDelta) {
        *self.0.lock() += by;
    }
}

/// A workspace and an engine that no worker interferes with.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<Hands>,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let world = World::builder()
            .set("CATALOG_WORKERS", 0)
            .set("CATALOG_BATCH", 4)
            .set("CATALOG_RETRY_MILLIS", 1)
            .start()
            .await;
        Self::of(world)
    }

    pub(crate) fn of(world: World) -> Self {
        let clock = Arc::new(Hands(Mutex::new(world.ambient.now())));
        let ambient = Ambient { clock: Arc::clone(&clock) as _, randomness: Arc::new(SystemRandomness) };
        let engine = Engine {
            database: world.database.clone(),
            client: Client::new(&world.config.upstream).unwrap(),
            ambient,
            settings: world.config.catalog.clone(),
            metrics: Arc::new(Metrics::new()),
        };
        Self { world, engine, clock }
    }

    pub(crate) fn plan(&self, format: Format) -> Plan {
        Plan::of(&self.world.workspace.slug, &self.world.workspace.upstream_slug, format, None)
    }

    /// Stores a run and takes it up.
    pub(crate) async fn claim(&self, allow_mass_removal: bool) -> ClaimedRun {
        self.claim_as(allow_mass_removal, false).await
    }

    /// As [`Self::claim`]; with `dry_run` it is to change nothing.
    pub(crate) async fn claim_as(&self, allow_mass_removal: bool, dry_run: bool) -> ClaimedRun {
        let new = NewSyncRun {
            tenant: TenantId::DEFAULT,
            workspace: self.world.workspace.id,
            slug: "shop",
            trigger: SyncTrigger::Cli,
            source: SyncSource::File,
            scope: SyncScope::Full,
            changed_since: None,
            allow_mass_removal,
            dry_run,
        };
        let runs = self.engine.database.sync_runs();
        let run = runs.insert(&new, &Author::cli("test"), &self.engine.ambient).await.unwrap();
        self.take_up(&run).await.expect("it waits")
    }

    pub(crate) async fn take_up(&self, run: &SyncRun) -> Option<ClaimedRun> {
        let lease = std::time::Duration::from_secs(u64::from(self.engine.settings.lease_seconds));
        let runs = self.engine.database.sync_runs();
        runs.claim_this(run.tenant, run.id, lease, &self.engine.ambient).await.unwrap()
    }

    /// Takes up a run whose holder was killed, once its lease and its last transaction have ended. None: that was the
    /// one that ended the run.
    pub(crate) async fn take_over(&self, run: &SyncRun) -> Option<ClaimedRun> {
        self.clock.forward(TimeDelta::seconds(16));
        let mut taken = None;
        eventually(async || {
            taken = self.take_up(run).await;
            if taken.is_some() || self.find(run).await.status.is_over() { Ok(()) } else { Err("somebody holds it") }
        })
        .await;
        taken
    }

    pub(crate) async fn find(&self, run: &SyncRun) -> SyncRun {
        self.engine.database.sync_runs().find(run.tenant, run.workspace, run.id).await.unwrap().expect("it is there")
    }

    /// Works on a run to its end.
    pub(crate) async fn work(&self, claimed: &ClaimedRun, plan: &Plan, feed: FeedStream) -> (Ended, SyncRun) {
        let (_stopping, mut stop) = watch::channel(false);
        let ended = self.engine.run(claimed, plan, async { Ok(feed) }.boxed(), &mut stop).await;
        (ended, self.find(&claimed.run).await)
    }

    /// A whole sync of a feed.
    pub(crate) async fn sync(&self, format: Format, feed: &str) -> SyncRun {
        let claimed = self.claim(false).await;
        self.work(&claimed, &self.plan(format), whole(feed)).await.1
    }

    /// Locations of the catalogue's documents that AnythingLLM has embedded, sorted.
    pub(crate) fn embedded(&self) -> Vec<String> {
        let stored = self.stored();
        let embedded = self.world.upstream.control().embedded_documents(&self.world.workspace.upstream_slug);
        let mut ours: Vec<String> =
            embedded.into_iter().filter(|location| stored.binary_search(location).is_ok()).collect();
        ours.sort();
        ours
    }

    /// Locations of the catalogue's documents that AnythingLLM has stored, sorted.
    pub(crate) fn stored(&self) -> Vec<String> {
        let mut stored = self.world.upstream.control().stored_documents("vestibule-catalog/");
        stored.sort();
        stored
    }

    /// AnythingLLM has exactly these products, each once, and nothing else of ours; nothing is left to be done.
    pub(crate) async fn assert_tidy(&self, products: usize) {
        let mut known: Vec<String> = self
            .world
            .query("SELECT location FROM vestibule.catalog_products WHERE location IS NOT NULL AND pending_id IS NULL")
            .await;
        known.sort();
        assert_eq!(known.len(), products);
        assert_eq!(self.stored(), known, "stored in AnythingLLM, and known");
        assert_eq!(self.embedded(), known, "embedded in AnythingLLM, and known");
        let left: Vec<i64> = self
            .world
            .query("SELECT (SELECT count(*) FROM vestibule.sync_items) + (SELECT count(*) FROM vestibule.catalog_discarded)")
            .await;
        assert_eq!(left, [0]);
    }

    /// Calls that change something in AnythingLLM.
    pub(crate) fn writes(&self) -> usize {
        let requests = self.world.upstream.control().requests();
        requests
            .iter()
            .filter(|request| request.method != http::Method::GET && !is_search(&request.path_and_query))
            .count()
    }
}

fn is_search(path: &str) -> bool {
    path.ends_with("/vector-search") || path.ends_with("/stream-chat")
}

/// A feed in one piece.
pub(crate) fn whole(feed: &str) -> FeedStream {
    pieces(vec![Ok(Bytes::copy_from_slice(feed.as_bytes()))])
}

pub(crate) fn pieces(pieces: Vec<Result<Bytes, ReadError>>) -> FeedStream {
    FeedStream::new(stream::iter(pieces))
}

/// A feed of products of which nothing but the price may be another one.
pub(crate) fn priced(ids: impl Iterator<Item = u32>, price: u32) -> String {
    let mut feed = String::from("id,title,description,link,price,availability\n");
    for id in ids {
        let about = format!("Article number {id},The article q{id}q of the shop.");
        writeln!(feed, "P{id},{about},https://shop.example/p/{id},{price}.00 EUR,in_stock").unwrap();
    }
    feed
}

/// A feed of `count` products that differ in everything; those of which `changed` says so cost something else.
pub(crate) fn csv(ids: impl Iterator<Item = u32>, price: impl Fn(u32) -> u32) -> String {
    let mut feed = String::from("id,title,description,link,price,availability\n");
    for id in ids {
        let price = price(id);
        // Of the document, too: the price alone is none of it.
        let about = format!("Article number {id},The article q{id}q of the shop in edition {price}.");
        writeln!(feed, "P{id},{about},https://shop.example/p/{id},{price}.00 EUR,in_stock").unwrap();
    }
    feed
}
