//! The connection to Redis through which replicas share state. Says at once that Redis is away instead of letting a
//! request wait, and looks for it in the background; what is then done is decided by whoever asked. Knows nothing of
//! what is kept there.

mod link;
mod topology;

pub use link::Link;
pub use topology::{BadRedis, Described, Topology};

use crate::telemetry::metrics::Metrics;
use crate::telemetry::spans::Span;
use parking_lot::RwLock;
use redis::{FromRedisValue, RedisError, ScriptInvocation};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// Time for a connection, and for the first answer on it.
const TO_CONNECT: Duration = Duration::from_secs(1);
/// Between two attempts to connect: Redis is used again within two seconds of its return.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(250);
/// So many answers in a row that are late, and Redis counts as away: one may be a moment without a processor.
const LATE_ANSWERS: u32 = 3;

/// Redis cannot be asked now. Why is logged once, when it goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Redis is away")]
pub struct Away;

/// What a Redis is there for: in log lines and metrics.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// The label in metrics.
    pub name: &'static str,
    /// What holds once it is there.
    pub there: &'static str,
    /// What holds while it is away.
    pub away: &'static str,
}

/// Redis, there or not. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Parts>);

struct Parts {
    role: Role,
    topology: Topology,
    /// Time for an answer.
    patience: Duration,
    /// What all names begin with.
    prefix: String,
    link: RwLock<Option<Current>>,
    there: watch::Sender<bool>,
    metrics: Arc<Metrics>,
}

#[derive(Clone)]
struct Current {
    link: Link,
    late: Arc<AtomicU32>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("there", &self.is_there()).finish_non_exhaustive()
    }
}

impl Redis {
    /// A Redis that is away until [`Self::run`] has found it. Each answer may take `patience`; the names of all keys
    /// begin with `prefix`.
    pub fn new(role: Role, topology: Topology, patience: Duration, prefix: &str, metrics: Arc<Metrics>) -> Self {
        let there = watch::Sender::new(false);
        let prefix = prefix.to_owned();
        Self(Arc::new(Parts { role, topology, patience, prefix, link: RwLock::default(), there, metrics }))
    }

    /// What the names of all keys begin with.
    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    pub fn is_there(&self) -> bool {
        *self.0.there.borrow()
    }

    /// Tells whether Redis is there, and each change of it.
    pub fn there(&self) -> watch::Receiver<bool> {
        self.0.there.subscribe()
    }

    /// Runs a script.
    ///
    /// # Errors
    /// [`Away`], after the patience at the latest: it may have run all the same, now or later.
    pub async fn invoke<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Away> {
        let Some(Current { mut link, late }) = self.0.link.read().clone() else { return Err(Away) };
        let asked = Instant::now();
        match Span::redis(self.0.role.name).around(timeout(self.0.patience, script.invoke_async(&mut link))).await {
            Ok(Ok(value)) => {
                late.store(0, Ordering::Relaxed);
                self.0.metrics.redis_answered(self.0.role.name, asked.elapsed());
                Ok(value)
            }
            Ok(Err(error)) => {
                self.failed(&late, &error);
                Err(Away)
            }
            Err(_) => {
                self.0.metrics.redis_failed(self.0.role.name, "late");
                if late.fetch_add(1, Ordering::Relaxed) + 1 >= LATE_ANSWERS {
                    self.lose(&late, "answers are late");
                }
                Err(Away)
            }
        }
    }

    fn failed(&self, late: &Arc<AtomicU32>, error: &RedisError) {
        self.0.metrics.redis_failed(self.0.role.name, "error");
        self.lose(late, &cause(error));
    }

    /// Gives up the link that `late` belongs to; of many requests that find it broken, one does.
    fn lose(&self, late: &Arc<AtomicU32>, why: &str) {
        let mut link = self.0.link.write();
        if link.as_ref().is_some_and(|current| Arc::ptr_eq(&current.late, late)) {
            *link = None;
            self.0.metrics.redis_up(self.0.role.name, false);
            tracing::warn!(redis = self.0.role.name, why, "Redis is away: {}", self.0.role.away);
            self.0.there.send_replace(false);
        }
    }

    /// Looks for Redis for as long as the program runs.
    pub async fn run(self) {
        let mut told = false;
        let mut there = self.there();
        loop {
            match self.0.topology.connect(TO_CONNECT, &self.0.prefix).await {
                Ok(link) => {
                    told = false;
                    *self.0.link.write() = Some(Current { link, late: Arc::default() });
                    self.0.metrics.redis_up(self.0.role.name, true);
                    tracing::info!(redis = self.0.role.name, "Redis is there: {}", self.0.role.there);
                    self.0.there.send_replace(true);
                    if there.wait_for(|there| !there).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    if !told {
                        told = true;
                        tracing::warn!(
                            redis = self.0.role.name,
                            why = cause(&error),
                            "Redis cannot be reached; it is tried again all the time"
                        );
                    }
                }
            }
            sleep(BETWEEN_ATTEMPTS).await;
        }
    }
}

/// Without the address, which holds the password.
pub fn cause(error: &RedisError) -> String {
    error.detail().map_or_else(|| error.category().to_owned(), |detail| format!("{}: {detail}", error.category()))
}
