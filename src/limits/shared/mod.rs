//! The limiter of several replicas: what all of them let through is counted in Redis, by one script a request.
//!
//! While Redis is away, each replica goes on with its share of what is left as far as it knows, and tells Redis
//! afterwards what it let through. Never unlimited, and never an error for the client.

mod cells;
mod leases;
mod logins;
mod names;

pub use logins::{Counted, FailedLogins, Growth};

use crate::domain::clock::Ambient;
use crate::limits::{
    Counting, Exceeded, LimitState, Limiter, StreamPlace, StreamSlot, StreamsFull, Subject, Want,
};
use crate::redis_client::{Away, Redis, Role};
use crate::telemetry::metrics::Metrics;
use async_trait::async_trait;
use cells::{Cells, Gcra, Heard, Micros, Told};
use leases::Leases;
use redis::Script;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// Between two signs of life, with which leases are renewed and replicas counted.
const HEARTBEAT: Duration = Duration::from_secs(4);
/// Between two attempts to have Redis decide again: one late answer must not cost the time of a heartbeat.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(250);
/// A replica that was not seen for this long does not count any more.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// Once Redis is back, all replicas tell it what they let through meanwhile before any asks it again.
const ALL_BACK: Duration = Duration::from_secs(1);

/// What the limits' Redis is there for.
pub const ROLE: Role = Role {
    name: "limits",
    there: "limits are counted over all replicas",
    away: "each replica goes on with its share of the limits",
};

/// Limits that all replicas with the same Redis share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    redis: Redis,
    cells: Cells,
    leases: Arc<Leases>,
    replica: String,
    /// How many replicas share, as far as known.
    replicas: AtomicU32,
    /// Redis decides. Otherwise this replica goes on with its share.
    sharing: AtomicBool,
    /// At least so many, whatever is seen.
    least_replicas: u32,
    allowances: Script,
    seen: Script,
    metrics: Arc<Metrics>,
    ambient: Ambient,
}

impl Shared {
    /// The limiter of a replica that has not been seen yet. `least_replicas`: so many share, even if fewer were seen.
    pub fn new(redis: Redis, least_replicas: u32, metrics: Arc<Metrics>, ambient: Ambient) -> Self {
        let replica = ambient.uuid().simple().to_string();
        Self(Arc::new(Parts {
            cells: Cells::new(redis.prefix()),
            leases: Arc::new(Leases::new(redis.clone(), &replica)),
            replica,
            replicas: AtomicU32::new(least_replicas.max(1)),
            sharing: AtomicBool::new(false),
            least_replicas: least_replicas.max(1),
            allowances: Script::new(include_str!("allowances.lua")),
            seen: Script::new(include_str!("replicas.lua")),
            redis,
            metrics,
            ambient,
        }))
    }

    /// Shows that this replica lives for as long as the program runs: its streams keep their places, and the others
    /// count it.
    pub async fn heartbeat(self) {
        let mut there = self.0.redis.there();
        loop {
            let mut until_next = HEARTBEAT;
            if *there.borrow_and_update() {
                self.0.leases.renew().await;
                let _ = self.0.count_replicas("here").await;
                if !self.0.is_sharing() {
                    until_next = if self.0.tell_debts().await.is_ok() { ALL_BACK } else { BETWEEN_ATTEMPTS };
                }
            } else {
                self.0.share(false);
            }
            tokio::select! {
                () = sleep(until_next) => if until_next == ALL_BACK && *there.borrow() { self.0.share(true) },
                changed = there.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Gives places of streams that have ended to others, for as long as the program runs.
    pub async fn give_places_back(self) {
        self.0.leases.close_ended().await;
    }

    /// Tells the others that there is one replica less.
    pub async fn leave(&self) {
        let _ = self.0.leases.flush().await;
        let _ = self.0.count_replicas("leaving").await;
    }

    /// Waits until Redis is there and the replicas are counted, for so long at most: a replica that starts does not give
    /// everybody their share anew.
    pub async fn settle(&self, within: Duration) {
        let mut there = self.0.redis.there();
        let counted = async {
            while there.wait_for(|there| *there).await.is_ok() && self.0.count_replicas("here").await.is_err() {}
            self.0.share(true);
        };
        if tokio::time::timeout(within, counted).await.is_err() {
            tracing::warn!("Redis is not there yet: limits begin with this replica's share of them");
        }
    }
}

impl Parts {
    fn now(&self) -> Micros {
        self.ambient.now().timestamp_micros()
    }

    fn replicas(&self) -> u32 {
        self.replicas.load(Ordering::Relaxed)
    }

    fn is_sharing(&self) -> bool {
        self.sharing.load(Ordering::Relaxed)
    }

    fn share(&self, sharing: bool) {
        self.sharing.store(sharing, Ordering::Relaxed);
        self.metrics.limits_shared(sharing);
    }

    /// Tells Redis of everything that was let through without asking.
    async fn tell_debts(&self) -> Result<(), Away> {
        for want in self.cells.owing() {
            let told = self.cells.tell(&[want]);
            if let Err(away) = self.ask("look", &[want], &told).await {
                self.cells.unheard(&[want], &told);
                return Err(away);
            }
        }
        Ok(())
    }

    /// Asks Redis about these, if it decides.
    async fn decided(&self, what: &str, wants: &[Want]) -> Result<Vec<i64>, Away> {
        if !self.is_sharing() {
            return Err(Away);
        }
        let told = self.cells.tell(wants);
        self.ask(what, wants, &told).await.inspect_err(|_| self.cells.unheard(wants, &told))
    }

    async fn count_replicas(&self, what: &str) -> Result<(), Away> {
        let mut script = self.seen.prepare_invoke();
        script.key(format!("{}:replicas", self.redis.prefix()));
        script.arg(what).arg(&self.replica).arg(FORGOTTEN.as_secs());
        let seen: u32 = self.redis.invoke(&script).await?;
        self.replicas.store(seen.max(self.least_replicas), Ordering::Relaxed);
        Ok(())
    }

    /// Runs the script of allowances; its answer begins with who refused and the time.
    async fn ask(&self, what: &str, wants: &[Want], told: &[Told]) -> Result<Vec<i64>, Away> {
        let mut script = self.allowances.prepare_invoke();
        script.arg(what);
        for (want, told) in wants.iter().zip(told) {
            script.key(&*told.name);
            script.arg(Gcra::of(want.rate).unit).arg(want.rate.burst.max(1)).arg(told.owed).arg(told.known);
        }
        let answer: Vec<i64> = self.redis.invoke(&script).await?;
        if what != "give_back" && answer.len() != wants.len() + 2 {
            return Err(Away);
        }
        Ok(answer)
    }

    fn heard(answer: &[i64]) -> Heard<'_> {
        let (refused, now, full_at) = match answer {
            [refused, now, full_at @ ..] => (*refused, *now, full_at),
            _ => (0, 0, [].as_slice()),
        };
        Heard { now, refused: usize::try_from(refused).unwrap_or(usize::MAX), full_at }
    }
}

#[async_trait]
impl Limiter for Shared {
    async fn take(&self, wants: &[Want]) -> Result<Vec<LimitState>, Exceeded> {
        let parts = &*self.0;
        let asked_at = parts.now();
        parts.cells.refuse(wants, asked_at).inspect_err(|_| parts.metrics.limits_decided("memory"))?;
        if let Ok(answer) = parts.decided("take", wants).await {
            parts.metrics.limits_decided("redis");
            return parts.cells.hear(wants, &Parts::heard(&answer), parts.now());
        }
        parts.metrics.limits_decided("share");
        parts.cells.take_share(wants, parts.replicas(), parts.now())
    }

    async fn give_back(&self, wants: &[Want]) {
        let parts = &*self.0;
        let replicas = parts.replicas();
        let told: Vec<Want> =
            wants.iter().filter(|want| !parts.cells.give_back_share(want, replicas)).copied().collect();
        if told.is_empty() {
            return;
        }
        if parts.decided("give_back", &told).await.is_ok() {
            parts.cells.given_back(&told);
        }
    }

    async fn look(&self, wants: &[Want]) -> Vec<LimitState> {
        let parts = &*self.0;
        match parts.decided("look", wants).await {
            Ok(answer) => {
                let heard = Heard { refused: 0, ..Parts::heard(&answer) };
                parts.cells.hear(wants, &heard, parts.now()).unwrap_or_else(|exceeded| exceeded.states)
            }
            Err(Away) => parts.cells.look(wants, parts.now(), Counting::Share(parts.replicas())),
        }
    }

    fn forget_idle(&self) {
        self.0.cells.forget_idle(self.0.now());
        self.0.leases.forget_idle();
    }

    async fn open_streams(&self, holder: Subject) -> u32 {
        self.0.leases.count(holder).await
    }

    async fn open_stream(&self, places: &[StreamPlace]) -> Result<StreamSlot, StreamsFull> {
        self.0.leases.open(places, self.0.replicas()).await
    }
}
