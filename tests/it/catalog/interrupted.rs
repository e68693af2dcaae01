//! A sync that is killed: at every point, nothing is lost, nothing is there twice, and nothing is left behind.

use super::{Shop, csv, whole};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use std::time::Duration;
use tokio::sync::watch;
use vestibule::catalog::engine::Ended;
use vestibule::catalog::feed::Format;
use vestibule::domain::ids::TenantId;
use vestibule::domain::sync::{OutcomeKind, SyncCounts, SyncPhase, SyncStatus};
use vestibule::storage::{Beat, StorageError};
use vestibule_stand_in::Failure;

const LEASE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn killed_at_any_call_a_sync_is_gone_on_with() {
    let shop = Shop::open().await;
    let control = shop.world.upstream.control();
    shop.sync(Format::Csv, &csv(0..6, |_| 5)).await;
    // Six changed, four new and one gone make a dozen calls and more; each of them is the last one once.
    for calls in 1..=22 {
        let feed = csv((1..6).chain(10..14), |id| 100 * u32::try_from(calls).unwrap() + id);
        control.clear_requests();
        let claimed = shop.claim(false).await;
        let plan = shop.plan(Format::Csv);
        {
            let (_stopping, mut ending) = watch::channel(false);
            let work = shop.engine.run(&claimed, &plan, async { Ok(whole(&feed)) }.boxed(), &mut ending);
            tokio::select! {
                biased;
                killed = control.until(|control| control.request_count() >= calls, Duration::from_secs(20)) => assert!(killed),
                _ = work => {}
            }
        }
        let run = shop.find(&claimed.run).await;
        if !run.status.is_over() {
            assert!(shop.take_up(&run).await.is_none(), "its holder may still live");
            if let Some(again) = shop.take_over(&run).await {
                let (ended, run) = shop.work(&again, &plan, whole(&feed)).await;
                assert_eq!(ended, Ended::Over(SyncStatus::Succeeded), "killed at call {calls}: {run:?}");
            }
        }
        // What AnythingLLM was still working on when the caller was gone is found by the next one.
        shop.sync(Format::Csv, &feed).await;
        shop.assert_tidy(9).await;
        // Back to where it began.
        shop.sync(Format::Csv, &csv(0..6, |_| 5)).await;
    }
}

#[tokio::test]
async fn killed_at_any_call_a_sync_counts_and_reports_every_product_once() {
    let shop = Shop::open().await;
    let control = shop.world.upstream.control();
    shop.sync(Format::Csv, &csv(0..24, |_| 5)).await;
    for calls in 1..=14 {
        // In the order of the keys four are changed, eight are not, four are changed, eight are not.
        let changed = |id| [0, 1, 10, 11, 2, 20, 21, 22].contains(&id);
        let feed = csv(0..24, |id| if changed(id) { 100 + u32::try_from(calls).unwrap() } else { 5 });
        control.clear_requests();
        let claimed = shop.claim(false).await;
        let plan = shop.plan(Format::Csv);
        {
            let (_stopping, mut ending) = watch::channel(false);
            let work = shop.engine.run(&claimed, &plan, async { Ok(whole(&feed)) }.boxed(), &mut ending);
            tokio::select! {
                biased;
                killed = control.until(|control| control.request_count() >= calls, Duration::from_secs(20)) => assert!(killed),
                _ = work => {}
            }
        }
        if let Some(again) = shop.take_over(&claimed.run).await {
            shop.work(&again, &plan, whole(&feed)).await;
        }
        let run = shop.find(&claimed.run).await;
        let counts = run.counts;
        assert_eq!((counts.updated, counts.unchanged, counts.products_done), (8, 16, 24), "killed at call {calls}");
        let told = shop.engine.database.sync_runs().outcomes(run.tenant, run.id, None, 0, 100).await.unwrap();
        let updated = told.iter().filter(|(_, outcome)| outcome.outcome == OutcomeKind::Updated).count();
        assert_eq!((told.len(), updated), (24, 8), "killed at call {calls}");
    }
}

#[tokio::test]
async fn whoever_has_lost_a_run_writes_nothing_more() {
    let shop = Shop::open().await;
    let runs = shop.engine.database.sync_runs();
    let first = shop.claim(false).await;
    shop.clock.forward(TimeDelta::seconds(16));
    let second = shop.take_up(&first.run).await.expect("the lease has ended");
    let now = shop.engine.ambient.now();
    assert_eq!(runs.beat(&first.claim, LEASE, now).await, Ok(Beat::Lost));
    assert_eq!(runs.beat(&second.claim, LEASE, now).await, Ok(Beat::Held));
    assert_eq!(runs.begin_reading(&first.claim, shop.engine.ambient.now()).await, Err(StorageError::Lost));
    let counts = SyncCounts::default();
    assert_eq!(runs.finish(&first.claim, SyncStatus::Succeeded, None, &counts, now).await, Err(StorageError::Lost));
    assert_eq!(runs.pause(&first.claim).await, Err(StorageError::Lost));
    let (ended, _) = shop.work(&first, &shop.plan(Format::Csv), whole(&csv(0..3, |_| 5))).await;
    assert_eq!(ended, Ended::Lost);
    assert_eq!(shop.stored().len(), 0);
}

#[tokio::test]
async fn a_run_that_was_read_is_gone_on_with_without_its_feed() {
    let shop = Shop::open().await;
    shop.world.upstream.control().fail_on("/api/v1/document/raw-text", Failure::Hang);
    let claimed = shop.claim(false).await;
    let (stopping, mut ending) = watch::channel(false);
    let feed = csv(0..6, |_| 5);
    let plan = shop.plan(Format::Csv);
    let work = shop.engine.run(&claimed, &plan, async { Ok(whole(&feed)) }.boxed(), &mut ending);
    let stops = async {
        shop.world.upstream.control().until(|control| !control.requests().is_empty(), Duration::from_secs(20)).await;
        stopping.send_replace(true);
    };
    let (ended, ()) = tokio::join!(work, stops);
    assert_eq!(ended, Ended::Paused);
    let run = shop.find(&claimed.run).await;
    assert_eq!((run.status, run.phase), (SyncStatus::Paused, SyncPhase::Embedding));
    shop.world.upstream.control().heal();
    // Anybody takes it up, at once.
    let runs = shop.engine.database.sync_runs();
    let again =
        runs.claim_next(TenantId::DEFAULT, false, LEASE, &shop.engine.ambient).await.unwrap().expect("it waits");
    assert_eq!(again.run.attempts, 2);
    let (_, run) = shop.work(&again, &plan, super::pieces(vec![])).await;
    assert_eq!((run.status, run.counts.added), (SyncStatus::Succeeded, 6));
    shop.assert_tidy(6).await;
}

#[tokio::test]
async fn a_run_of_a_file_that_nobody_can_read_again_is_ended() {
    let shop = Shop::open().await;
    let runs = shop.engine.database.sync_runs();
    let claimed = shop.claim(false).await;
    shop.clock.forward(TimeDelta::seconds(70));
    assert!(runs.claim_next(TenantId::DEFAULT, false, LEASE, &shop.engine.ambient).await.unwrap().is_none());
    let now = shop.engine.ambient.now();
    assert_eq!(runs.end_abandoned(TenantId::DEFAULT, now).await, Ok(0), "it may be run again");
    shop.clock.forward(TimeDelta::seconds(10));
    assert_eq!(runs.end_abandoned(TenantId::DEFAULT, shop.engine.ambient.now()).await, Ok(1));
    let run = shop.find(&claimed.run).await;
    assert_eq!((run.status, run.error.unwrap().code.as_str()), (SyncStatus::Failed, "interrupted"));
}

#[tokio::test]
async fn a_document_whose_storing_nobody_saw_is_found_and_removed() {
    let shop = Shop::open().await;
    let workspace = shop.world.workspace.id;
    let other = shop
        .engine
        .client
        .add_raw_text(&orphan("vestibule-catalog/00000000-0000-0000-0000-000000000000/x"))
        .await
        .unwrap();
    let ours = shop.engine.client.add_raw_text(&orphan(&format!("vestibule-catalog/{workspace}/y"))).await.unwrap();
    let claimed = shop.claim(false).await;
    shop.engine.database.sync_runs().set_sweep_needed(&claimed.claim, true).await.unwrap();
    let (_, run) = shop.work(&claimed, &shop.plan(Format::Csv), whole(&csv(0..2, |_| 5))).await;
    assert_eq!(run.status, SyncStatus::Succeeded);
    assert!(shop.stored().contains(&other), "that of another workspace stays");
    assert!(!shop.stored().contains(&ours));
    assert_eq!(shop.stored().len(), 3);
}

fn orphan(author: &str) -> vestibule::anythingllm::RawText {
    let mut text = vestibule::anythingllm::RawText::new("Orphan", "Nobody knows of it.");
    text.metadata.doc_author = Some(author.to_owned());
    text
}
