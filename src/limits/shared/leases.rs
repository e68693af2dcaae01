//! Places of running streams, held in Redis as leases. A replica renews those of its streams; when it dies, they are
//! free again within the length of a lease.

use super::names;
use crate::limits::{StreamPlace, StreamSlot, StreamsFull, Subject};
use crate::redis_client::{Away, Redis};
use dashmap::DashMap;
use parking_lot::Mutex;
use redis::Script;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A lease that nobody renews is over after this long.
const LEASE: Duration = Duration::from_secs(14);
/// So many leases are named in one call, so that Redis is not kept from others.
const AT_ONCE: usize = 500;

type Ended = Vec<(Subject, String)>;

#[derive(Debug)]
pub(super) struct Leases {
    redis: Redis,
    script: Script,
    /// What the names of this replica's leases begin with.
    replica: String,
    opened: AtomicU64,
    /// The leases of this replica's running streams.
    open: DashMap<Subject, HashSet<String>>,
    /// Looking whether a share has room and taking it is one step.
    step: Mutex<()>,
    /// Those of streams that have ended, of which Redis is still to be told.
    ended: Mutex<Ended>,
    one_ended: Notify,
    /// Whoever tells Redis; who comes later waits, so that what they rely on is done.
    telling: tokio::sync::Mutex<()>,
}

impl Leases {
    pub(super) fn new(redis: Redis, replica: &str) -> Self {
        Self {
            redis,
            script: Script::new(include_str!("streams.lua")),
            replica: replica.to_owned(),
            opened: AtomicU64::default(),
            open: DashMap::new(),
            step: Mutex::default(),
            ended: Mutex::default(),
            one_ended: Notify::new(),
            telling: tokio::sync::Mutex::default(),
        }
    }

    /// Takes a place with each holder or with none; while Redis is away, of this replica's share.
    pub(super) async fn open(
        self: &Arc<Self>,
        places: &[StreamPlace],
        replicas: u32,
    ) -> Result<StreamSlot, StreamsFull> {
        let lease = format!("{}:{}", self.replica, self.opened.fetch_add(1, Ordering::Relaxed));
        let full = match self.ask_to_open(places, &lease).await {
            // A stream of our own that has just ended may still count there.
            Ok(full) if full > 0 && self.flush().await == Ok(true) => self.ask_to_open(places, &lease).await,
            answered => answered,
        };
        let refused = match full {
            Ok(full) => full.checked_sub(1).and_then(|number| places.get(number)).map(|place| (place, place.max)),
            Err(Away) => None,
        };
        if let Some((place, max)) = refused {
            return Err(StreamsFull { policy: place.policy, max });
        }
        let _step = self.step.lock();
        if full.is_err() {
            self.is_within_share(places, replicas)?;
        }
        for place in places {
            self.open.entry(place.holder).or_default().insert(lease.clone());
        }
        let holders = places.iter().map(|place| place.holder).collect();
        Ok(StreamSlot::new(Held { leases: Arc::clone(self), holders, lease }))
    }

    fn is_within_share(&self, places: &[StreamPlace], replicas: u32) -> Result<(), StreamsFull> {
        for place in places.iter().rev() {
            let share = (place.max / replicas.max(1)).max(1);
            if self.open.get(&place.holder).is_some_and(|open| open.len() >= share as usize) {
                return Err(StreamsFull { policy: place.policy, max: share });
            }
        }
        Ok(())
    }

    async fn ask_to_open(&self, places: &[StreamPlace], lease: &str) -> Result<usize, Away> {
        let mut script = self.script.prepare_invoke();
        script.arg("open").arg(LEASE.as_micros().to_string()).arg(lease);
        for place in places {
            script.key(names::streams(self.redis.prefix(), &place.holder)).arg(place.max);
        }
        self.redis.invoke(&script).await
    }

    /// How many streams of a holder run: everywhere, or here while Redis is away.
    pub(super) async fn count(&self, holder: Subject) -> u32 {
        let mut script = self.script.prepare_invoke();
        script.key(names::streams(self.redis.prefix(), &holder)).arg("count");
        let here = || self.open.get(&holder).map_or(0, |open| open.len().try_into().unwrap_or(u32::MAX));
        let _ = self.flush().await;
        self.redis.invoke(&script).await.unwrap_or_else(|Away| here())
    }

    /// Renews the leases of all running streams; those that Redis has lost are there again.
    pub(super) async fn renew(&self) {
        let holders: Vec<Subject> = self.open.iter().map(|open| *open.key()).collect();
        for holder in holders {
            let mut renewed = HashSet::new();
            loop {
                // A stream that ends meanwhile is told of after this, and then is gone.
                let _telling = self.telling.lock().await;
                let open = self.open.get(&holder).map(|open| open.clone()).unwrap_or_default();
                let some: Vec<_> = open.into_iter().filter(|lease| !renewed.contains(lease)).take(AT_ONCE).collect();
                if some.is_empty() {
                    break;
                }
                if self.call("renew", holder, &some).await.is_err() {
                    return;
                }
                renewed.extend(some);
            }
        }
    }

    async fn call(&self, what: &str, holder: Subject, leases: &[String]) -> Result<(), Away> {
        let mut script = self.script.prepare_invoke();
        script.key(names::streams(self.redis.prefix(), &holder)).arg(what);
        if what == "renew" {
            script.arg(LEASE.as_micros().to_string());
        }
        script.arg(leases);
        self.redis.invoke(&script).await
    }

    /// Tells Redis of streams that have ended. Says whether there were any; those that it cannot be told of end by
    /// themselves.
    pub(super) async fn flush(&self) -> Result<bool, Away> {
        let _telling = self.telling.lock().await;
        let mut ended: HashMap<Subject, Vec<String>> = HashMap::new();
        for (holder, lease) in std::mem::take(&mut *self.ended.lock()) {
            ended.entry(holder).or_default().push(lease);
        }
        let any = !ended.is_empty();
        for (holder, leases) in ended {
            for some in leases.chunks(AT_ONCE) {
                self.call("close", holder, some).await?;
            }
        }
        Ok(any)
    }

    /// Tells Redis of streams as they end.
    pub(super) async fn close_ended(&self) {
        loop {
            self.one_ended.notified().await;
            let _ = self.flush().await;
        }
    }

    pub(super) fn forget_idle(&self) {
        self.open.retain(|_, open| !open.is_empty());
    }
}

/// The places of a running stream; gives them back when dropped.
struct Held {
    leases: Arc<Leases>,
    holders: Vec<Subject>,
    lease: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        for holder in &self.holders {
            if let Some(mut open) = self.leases.open.get_mut(holder) {
                open.remove(&self.lease);
            }
        }
        let mut ended = self.leases.ended.lock();
        ended.extend(self.holders.iter().map(|holder| (*holder, self.lease.clone())));
        self.leases.one_ended.notify_one();
    }
}
