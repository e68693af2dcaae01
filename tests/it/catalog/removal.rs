//! What a workspace or a store leaves behind in AnythingLLM when it is removed: nothing of ours, and all of others.

use super::api::{connect, world};
use super::{Shop, csv, whole};
use crate::harness::{Answer, Http, World, eventually};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;
use vestibule::catalog::engine::{Ended, ReadError};
use vestibule::catalog::feed::Format;
use vestibule::catalog::orphans;
use vestibule::domain::audit::Author;
use vestibule::domain::ids::TenantId;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;
use vestibule::domain::sync::{RemovedDocuments, SyncRun, SyncStatus, SyncTrigger};
use vestibule::storage::{ClaimedRun, NewRemoval};
use vestibule_stand_in::Slowness;

const WORKSPACE: &str = "/api/v1/workspaces/shop";
const STORE: &str = "/api/v1/workspaces/shop/store";

/// Whose key is not the workspace's: those stop with it.
async fn manager(world: &World) -> Http {
    let mut spec = world.spec(KeyKind::Secret);
    spec.workspace = None;
    spec.scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect();
    world.public().bearer(&world.key(spec).await)
}

async fn purge(http: &Http) -> Answer {
    http.with("if-match", "*").delete(&format!("{WORKSPACE}?purge=true")).await
}

/// A whole sync of so many products, by an engine of the test's own.
async fn filled(world: World, products: u32) -> Shop {
    let shop = Shop::of(world);
    let run = shop.sync(Format::Csv, &csv(0..products, |_| 5)).await;
    assert_eq!(run.status, SyncStatus::Succeeded, "{run:?}");
    shop
}

impl Shop {
    async fn begin_removal(&self, trigger: SyncTrigger) -> Option<SyncRun> {
        let new = NewRemoval { tenant: TenantId::DEFAULT, workspace: self.world.workspace.id, slug: "shop", trigger };
        let runs = self.engine.database.sync_runs();
        runs.begin_removal(new, &Author::cli("test"), &self.engine.ambient).await.unwrap()
    }

    async fn clear(&self, claimed: &ClaimedRun) -> Ended {
        let (_stopping, mut stop) = watch::channel(false);
        let unread = async { Err(ReadError { code: "none", message: String::new() }) };
        self.engine.run(claimed, &self.plan(Format::Jsonl), unread.boxed(), &mut stop).await
    }

    async fn audited(&self, action: &str) -> Vec<Value> {
        let log = "SELECT to_jsonb(a) FROM vestibule.audit_log a WHERE action = ";
        self.world.query(&format!("{log}'{action}' ORDER BY id")).await
    }
}

#[tokio::test]
async fn a_purged_workspace_takes_its_catalogue_along_and_leaves_what_others_made() {
    let shop = filled(world(0).await, 23).await;
    let control = shop.world.upstream.control();
    let slug = shop.world.workspace.upstream_slug.clone();
    let by_hand = control.embedded_documents(&slug).len() - 23;
    assert!(by_hand > 0);
    let others = control.stored_documents("").len() - 23;
    let answer = purge(&manager(&shop.world).await).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json(), json!({"status": "removed", "documents": {"removed": 23, "kept": by_hand, "left": 0}}));
    assert_eq!(shop.stored(), Vec::<String>::new());
    assert_eq!(control.stored_documents("").len(), others, "of everybody else");
    assert!(control.embedded_documents(&slug).is_empty());
    assert_eq!(shop.world.query::<i64>("SELECT count(*) FROM vestibule.workspaces WHERE slug = 'shop'").await, [0]);
    let purged = shop.audited("workspace.purged").await;
    assert_eq!(purged[0]["after"]["documents"], json!({"removed": 23, "kept": by_hand}));
    assert_eq!(purged[0]["actor_kind"], "api_key", "whoever asked for it");
}

#[tokio::test]
async fn a_disconnected_store_takes_its_catalogue_along_and_the_workspace_stays() {
    let shop = filled(world(0).await, 12).await;
    connect(&shop.world, "https://shop.example/feed.csv").await;
    let control = shop.world.upstream.control();
    let slug = shop.world.workspace.upstream_slug.clone();
    let by_hand = control.embedded_documents(&slug).len() - 12;
    let http = manager(&shop.world).await;
    let answer = http.delete(STORE).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({"status": "removed", "documents": {"removed": 12, "kept": by_hand, "left": 0}}))
    );
    shop.assert_tidy(0).await;
    assert_eq!(control.embedded_documents(&slug).len(), by_hand);
    assert_eq!(shop.audited("catalog.removed").await[0]["after"]["documents"]["removed"], 12);
    assert_eq!(http.delete(STORE).await.status, 404);
    // There is nothing of a catalogue any more.
    connect(&shop.world, "https://shop.example/feed.csv").await;
    assert_eq!(http.delete(STORE).await.status, 204);
}

#[tokio::test]
async fn killed_at_any_call_a_purge_is_gone_on_with() {
    // 23 documents are three calls that remove, one that counts, and one that deletes the workspace.
    for calls in 1..=5 {
        let shop = filled(World::builder().set("CATALOG_WORKERS", 0).start().await, 23).await;
        shop.world.sql("UPDATE vestibule.workspaces SET status = 'archived'").await;
        let control = shop.world.upstream.control().clone();
        control.clear_requests();
        let run = shop.begin_removal(SyncTrigger::Purge).await.expect("there is a catalogue");
        let claimed = shop.take_up(&run).await.expect("it waits");
        tokio::select! {
            biased;
            killed = control.until(|control| control.request_count() >= calls, Duration::from_secs(20)) => assert!(killed),
            _ = shop.clear(&claimed) => {}
        }
        let left: Vec<i64> = shop.world.query("SELECT count(*) FROM vestibule.sync_runs WHERE trigger = 'purge'").await;
        if left == [1] {
            let killed = shop.find(&run).await;
            assert!(!killed.status.is_over(), "{killed:?}");
            assert!(shop.take_up(&run).await.is_none(), "its holder may still live");
            shop.clock.forward(TimeDelta::seconds(16));
            let again = shop.take_up(&run).await.expect("the lease has ended");
            let ended = shop.clear(&again).await;
            let Ended::Cleared(RemovedDocuments { removed, .. }) = ended else { panic!("at call {calls}: {ended:?}") };
            assert_eq!(removed, 23, "killed at call {calls}");
        }
        assert_eq!(shop.stored(), Vec::<String>::new(), "killed at call {calls}");
        assert!(control.embedded_documents(&shop.world.workspace.upstream_slug).is_empty(), "killed at call {calls}");
        assert_eq!(shop.world.query::<i64>("SELECT count(*) FROM vestibule.sync_runs").await, [0]);
    }
}

#[tokio::test]
async fn a_purge_that_takes_longer_than_a_request_goes_on_in_the_background() {
    let shop = filled(world(1).await, 12).await;
    let control = shop.world.upstream.control();
    // The first ten take longer than a request waits.
    control.set_slowness(Slowness { remove: Duration::from_secs(1), ..Slowness::default() });
    let http = manager(&shop.world).await;
    let first = purge(&http).await;
    assert_eq!(first.status, 202, "{}", first.text());
    assert_eq!(first.json(), json!({"status": "removing", "documents": {"removed": 0, "kept": null, "left": 12}}));
    assert_eq!(http.get(WORKSPACE).await.header("etag"), first.header("etag"));
    assert_eq!(http.get(WORKSPACE).await.json()["status"], "archived");
    control.set_slowness(Slowness::default());
    eventually(async || match http.get(WORKSPACE).await.status.as_u16() {
        404 => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(shop.stored(), Vec::<String>::new());
    assert_eq!(shop.audited("workspace.purged").await[0]["after"]["documents"]["removed"], 12);
}

#[tokio::test]
async fn a_removal_ends_the_sync_that_is_going_on_and_finds_what_it_left() {
    let shop = filled(World::builder().set("CATALOG_WORKERS", 0).start().await, 4).await;
    let control = shop.world.upstream.control().clone();
    // Killed while a document is being stored that nobody hears of.
    control.clear_requests();
    let claimed = shop.claim(false).await;
    {
        let (_stopping, mut ending) = watch::channel(false);
        let feed = csv(0..9, |_| 6);
        let plan = shop.plan(Format::Csv);
        let work = shop.engine.run(&claimed, &plan, async { Ok(whole(&feed)) }.boxed(), &mut ending);
        tokio::select! {
            biased;
            killed = control.until(|control| control.request_count() >= 3, Duration::from_secs(20)) => assert!(killed),
            _ = work => {}
        }
    }
    let run = shop.begin_removal(SyncTrigger::Disconnect).await.expect("there is a catalogue");
    assert_eq!(shop.find(&claimed.run).await.status, SyncStatus::Cancelled);
    assert!(shop.begin_removal(SyncTrigger::Disconnect).await.is_some_and(|again| again.id == run.id));
    let lost = shop.engine.database.sync_runs().seen(&claimed.claim, &["item:P1".to_owned()]).await;
    assert_eq!(lost, Err(vestibule::storage::StorageError::Lost), "its worker writes nothing more");
    let taken = shop.take_up(&run).await.expect("it waits");
    assert!(matches!(shop.clear(&taken).await, Ended::Cleared(_)));
    shop.assert_tidy(0).await;
}

#[tokio::test]
async fn a_workspace_that_was_brought_back_is_not_purged() {
    let shop = filled(World::builder().set("CATALOG_WORKERS", 0).start().await, 3).await;
    let run = shop.begin_removal(SyncTrigger::Purge).await.expect("there is a catalogue");
    let claimed = shop.take_up(&run).await.expect("it waits");
    assert_eq!(shop.clear(&claimed).await, Ended::Over(SyncStatus::Failed));
    assert_eq!(shop.find(&run).await.error.unwrap().code, "workspace_in_use");
    assert!(!shop.world.upstream.control().embedded_documents(&shop.world.workspace.upstream_slug).is_empty());
}

#[tokio::test]
async fn what_nobody_knows_any_more_is_found_and_what_is_known_is_not() {
    let shop = filled(World::builder().set("CATALOG_WORKERS", 0).start().await, 5).await;
    let found = orphans::find(&shop.engine.database, &shop.engine.client, 10).await.unwrap();
    assert_eq!((found.count(), found.has_more), (0, false));
    // As a version before did that forgot a workspace with its rows.
    shop.world.sql("DELETE FROM vestibule.catalog_products WHERE product_key IN ('item:P1', 'item:P2')").await;
    let found = orphans::find(&shop.engine.database, &shop.engine.client, 10).await.unwrap();
    let id = shop.world.workspace.id.0;
    assert_eq!((found.count(), found.workspaces[&id].workspace_missing), (2, false));
    let claimed = shop.claim(false).await;
    let busy = orphans::find(&shop.engine.database, &shop.engine.client, 10).await.unwrap();
    assert_eq!(busy.count(), 0, "what a run works on is not judged");
    drop(claimed);
    shop.world.sql("DELETE FROM vestibule.workspaces").await;
    let found = orphans::find(&shop.engine.database, &shop.engine.client, 10).await.unwrap();
    assert_eq!((found.count(), found.workspaces[&id].workspace_missing), (5, true));
}
