//! A rolling restart behind HAProxy, while requests come at a steady rate whatever becomes of those before.

use super::client::Kind;
use super::faults::is_good;
use super::fleet::{Fleet, REPLICAS};
use super::haproxy::HaProxy;
use crate::harness::eventually;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// What is asked, mostly what needs no model.
const MIX: [Kind; 6] = [Kind::Knowledge, Kind::Chat, Kind::Knowledge, Kind::Stream, Kind::History, Kind::Begin];
/// Requests that run at the same time at most; on a machine that cannot keep up the rate falls.
const RUNNING: usize = 200;

/// What was seen.
#[derive(Debug)]
pub(super) struct Rolled {
    pub(super) restarts: usize,
    pub(super) asked: usize,
    pub(super) failed: usize,
    /// Requests a second that were really sent.
    pub(super) rate: f64,
}

/// Restarts each replica so many times, one after another. None without HAProxy.
pub(super) async fn restart_all(fleet: &mut Fleet, rate: u32, rounds: usize) -> Option<Rolled> {
    let proxy = HaProxy::before(fleet).await?;
    let begun = Instant::now();
    let load = Steady::start(fleet, &proxy, rate);
    load.has_sent(rate as usize).await;
    for replica in (0..REPLICAS).cycle().take(REPLICAS * rounds) {
        let mut old = fleet.processes[replica].take().expect("it runs");
        old.signal("TERM").await;
        assert_eq!(old.exit().await, Some(0), "{}", old.log());
        fleet.begin(replica).await;
        proxy.moved(replica, fleet.process(replica)).await;
        load.has_sent(rate as usize / 2).await;
    }
    let asked = load.stop().await;
    let took = begun.elapsed().as_secs_f64();
    let failed = fleet.ledger.records().iter().filter(|r| r.replica.is_none() && !is_good(r)).count();
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand")]
    let rate = asked as f64 / took;
    Some(Rolled { restarts: REPLICAS * rounds, asked, failed, rate })
}

/// Requests that come in time, not when others are answered.
struct Steady {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    sending: tokio::task::JoinHandle<()>,
}

impl Steady {
    fn start(fleet: &Fleet, proxy: &HaProxy, rate: u32) -> Self {
        let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (ledger, key, place) = (Arc::clone(&fleet.ledger), fleet.key.clone(), proxy.place());
        let sending = tokio::spawn({
            let (stop, sent) = (Arc::clone(&stop), Arc::clone(&sent));
            async move {
                let running = Arc::new(Semaphore::new(RUNNING));
                let mut requests = JoinSet::new();
                let mut tick = tokio::time::interval(Duration::from_secs(1) / rate);
                tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
                for (number, kind) in MIX.into_iter().cycle().enumerate() {
                    tick.tick().await;
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let place_to_run = Arc::clone(&running).acquire_owned().await.expect("never closed");
                    let (ledger, key, place) = (Arc::clone(&ledger), key.clone(), place.clone());
                    requests.spawn(async move {
                        let session = format!("rolling-session-{}", number % 64);
                        ledger.ask(None, &place, kind, &key, &session).await;
                        drop(place_to_run);
                    });
                    sent.fetch_add(1, Ordering::Relaxed);
                    while requests.try_join_next().is_some() {}
                }
                while requests.join_next().await.is_some() {}
            }
        });
        Self { stop, sent, sending }
    }

    /// Until so many more were sent.
    async fn has_sent(&self, more: usize) {
        let wanted = self.sent.load(Ordering::Relaxed) + more;
        eventually(async || {
            let sent = self.sent.load(Ordering::Relaxed);
            if sent >= wanted { Ok(()) } else { Err(sent) }
        })
        .await;
    }

    /// How many were sent, once all are answered.
    async fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.sending.await.unwrap();
        self.sent.load(Ordering::Relaxed)
    }
}
