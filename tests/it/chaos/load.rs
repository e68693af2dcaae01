//! A steady load, and a ledger of every request that was sent and of what came.

use super::client::{self, Kind, Place, Seen};
use super::fleet::{Fleet, Places, REPLICAS};
use crate::harness::eventually;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// Clients of one replica.
const CLIENTS: usize = 3;

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) replica: Option<usize>,
    pub(super) kind: Kind,
    pub(super) from: Instant,
    pub(super) until: Instant,
    pub(super) seen: Seen,
    /// The end of an answer that was not a good one.
    pub(super) note: String,
}

/// All requests of a run.
#[derive(Debug)]
pub(super) struct Ledger {
    prefix: String,
    next: AtomicU64,
    whole: [AtomicU64; REPLICAS],
    records: Mutex<Vec<Record>>,
}

impl Ledger {
    pub(super) fn new(seed: u64) -> Self {
        let prefix = format!("chaos-{seed:x}");
        Self { prefix, next: AtomicU64::new(0), whole: <[AtomicU64; REPLICAS]>::default(), records: Mutex::default() }
    }

    /// Asks with an id of its own and keeps what came.
    pub(super) async fn ask(
        &self,
        replica: Option<usize>,
        place: &Place,
        kind: Kind,
        key: &str,
        session: &str,
    ) -> Seen {
        let id = format!("{}-{}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed));
        let from = Instant::now();
        let (seen, note) = client::ask(place, kind, key, session, &id).await;
        if let (Some(replica), Seen::Whole { .. }) = (replica, &seen) {
            self.whole[replica].fetch_add(1, Ordering::Relaxed);
        }
        let record = Record { id, replica, kind, from, until: Instant::now(), seen: seen.clone(), note };
        self.records.lock().push(record);
        seen
    }

    /// How many whole answers a replica has given.
    fn whole(&self, replica: usize) -> u64 {
        self.whole[replica].load(Ordering::Relaxed)
    }

    pub(super) fn records(&self) -> Vec<Record> {
        self.records.lock().clone()
    }
}

/// Clients that ask one replica each, in conversations of their own, until they are stopped.
pub(super) struct Load {
    ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
    /// How often each client has asked.
    turns: Vec<Arc<AtomicU64>>,
    clients: JoinSet<()>,
}

impl Load {
    /// Each client asks so often, or as soon as it has its answer.
    pub(super) fn start(fleet: &Fleet, every: Duration) -> Self {
        let (ledger, stop) = (Arc::clone(&fleet.ledger), Arc::<AtomicBool>::default());
        let (mut clients, mut turns) = (JoinSet::new(), Vec::new());
        for replica in 0..REPLICAS {
            for client in 0..CLIENTS {
                let (ledger, stop, places) = (Arc::clone(&ledger), Arc::clone(&stop), Arc::clone(&fleet.places));
                let (key, turn) = (fleet.key.clone(), Arc::<AtomicU64>::default());
                turns.push(Arc::clone(&turn));
                clients.spawn(async move {
                    let session = format!("chaos-session-{replica}-{client}");
                    let mut tick = tokio::time::interval(every);
                    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    for kind in Kind::LOAD.into_iter().cycle().skip(client) {
                        tick.tick().await;
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        // A replica that does not run has no address.
                        if let Some(place) = place_of(&places, replica) {
                            ledger.ask(Some(replica), &place, kind, &key, &session).await;
                        }
                        turn.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        }
        Self { ledger, stop, turns, clients }
    }

    /// Until each of these replicas has given so many more whole answers.
    pub(super) async fn goes_on(&self, replicas: &[usize], count: u64) {
        for replica in replicas {
            let wanted = self.ledger.whole(*replica) + count;
            // However slow: it goes on.
            loop {
                let before = self.ledger.whole(*replica);
                if before >= wanted {
                    break;
                }
                eventually(async || {
                    let now = self.ledger.whole(*replica);
                    if now > before { Ok(()) } else { Err(format!("replica {replica} answers nothing")) }
                })
                .await;
            }
        }
    }

    /// Until every client has used its conversation, so that its replica knows it.
    pub(super) async fn is_known(&self) {
        // One turn may have begun before.
        let once = Kind::LOAD.len() as u64 + 1;
        for turn in &self.turns {
            let wanted = turn.load(Ordering::Relaxed) + once;
            eventually(async || {
                let now = turn.load(Ordering::Relaxed);
                if now >= wanted { Ok(()) } else { Err(format!("{now} of {wanted} turns")) }
            })
            .await;
        }
    }

    pub(super) async fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
    }
}

pub(super) fn place_of(places: &Places, replica: usize) -> Option<Place> {
    places[replica].lock().map(Place::Address)
}
