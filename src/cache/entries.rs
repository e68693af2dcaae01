//! The one cache behind all directories: bounded, loads each key once at a time, and forgets by rule.
//!
//! **Loading against forgetting.** A row may change while it is being loaded, and the notice may be dealt with before
//! the entry is stored. So forgetting counts an epoch up and then removes; loading notes the epoch, loads, stores, and
//! looks again: if the epoch has moved, what was stored is removed and loaded again.
//!
//! **A database that is away.** A value that was good when it went away is given for a while longer
//! ([`CacheRules::stale`]), also while changes are not heard: only where the database is known to be away, never where it
//! is slow, and never that something does not exist.

use crate::storage::{Availability, StorageError};
use moka::future::Cache;
use parking_lot::RwLock;
use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Loads again this often when a change comes in between; after that an answer is given but not kept.
const ATTEMPTS: usize = 3;

/// See [`Entries::look_again`]. Changes may be lost the moment after it was asked, so this too is less than the 5 s
/// that are promised.
const LOOK_AGAIN_HEARD: Duration = Duration::from_secs(4);
const LOOK_AGAIN_UNHEARD: Duration = Duration::from_secs(1);

/// How much is remembered, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct CacheRules {
    pub capacity: u64,
    /// While changes are being heard.
    pub heard: Duration,
    /// Since changes were last known to be heard, or since loading if that is later.
    pub unheard: Duration,
    /// That something does not exist.
    pub missing: Duration,
    /// Since changes were last known to be heard, or since loading if that is later, while the database is away.
    pub stale: Duration,
}

impl CacheRules {
    /// The rules of the product for this many entries.
    pub const fn of_capacity(capacity: u64) -> Self {
        Self {
            capacity,
            heard: Duration::from_secs(600),
            // With the second after which a running stream looks again then, less than the 5 s that are promised.
            unheard: Duration::from_millis(3500),
            missing: Duration::from_secs(1),
            stale: Duration::ZERO,
        }
    }

    /// The same, and what is good when the database goes away is believed for so long.
    #[must_use]
    pub const fn believed_for(self, stale: Duration) -> Self {
        Self { stale, ..self }
    }
}

/// A value as loaded, or that there is none.
#[derive(Debug, Clone)]
struct Entry<V> {
    value: Option<V>,
    /// Both as of before the loading.
    epoch: u64,
    loaded: Instant,
}

/// A value on its way. Boxed, because loading is rare and the future of a request that finds its entry stays small so.
pub(super) type Loading<'a, V> = Pin<Box<dyn Future<Output = Result<Option<V>, StorageError>> + Send + 'a>>;

pub(super) struct Entries<K, V> {
    cache: Cache<K, Entry<V>>,
    rules: CacheRules,
    epoch: AtomicU64,
    /// Entries of an earlier epoch are void.
    floor: AtomicU64,
    heard_until: RwLock<Option<Instant>>,
    changes: watch::Sender<u64>,
    availability: Option<watch::Receiver<Availability>>,
    stale_answers: AtomicU64,
}

impl<K, V> fmt::Debug for Entries<K, V> {
    /// Without what is in it: there is too much, and it is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl<K, V> Entries<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(rules: CacheRules) -> Self {
        let cache = Cache::builder()
            .max_capacity(rules.capacity)
            .time_to_live(rules.heard + rules.stale)
            .support_invalidation_closures()
            .build();
        Self {
            cache,
            rules,
            epoch: AtomicU64::new(0),
            floor: AtomicU64::new(0),
            heard_until: RwLock::new(None),
            changes: watch::Sender::new(0),
            availability: None,
            stale_answers: AtomicU64::new(0),
        }
    }

    /// With what tells whether the database is away.
    pub(super) fn beside(self, availability: watch::Receiver<Availability>) -> Self {
        Self { availability: Some(availability), ..self }
    }

    /// How often something was given because the database was away.
    pub(super) fn stale_answers(&self) -> u64 {
        self.stale_answers.load(Ordering::Relaxed)
    }

    /// What is remembered of `key`, if anything still counts: a value, or that there is none.
    pub(super) async fn get(&self, key: &K) -> Option<Option<V>> {
        let entry = self.cache.get(key).await?;
        self.counts(&entry).then_some(entry.value)
    }

    /// What is remembered of `key`, else what `load` gives. However many ask at once, one loads.
    pub(super) async fn get_or_load<'a>(
        &self,
        key: K,
        load: impl Fn() -> Loading<'a, V> + Send + Sync,
    ) -> Result<Option<V>, StorageError> {
        if let Some(value) = self.get(&key).await {
            return Ok(value);
        }
        for _ in 0..ATTEMPTS {
            let before = self.epoch.load(Ordering::SeqCst);
            let known = self.believable(&key).await;
            if let Some(known) = &known
                && self.is_away()
            {
                return Ok(self.stale(known));
            }
            // Out of the way of `try_get_with`, which would give it back.
            if self.get(&key).await.is_none() {
                self.cache.invalidate(&key).await;
            }
            let loading = async {
                let (epoch, loaded) = (self.epoch.load(Ordering::SeqCst), Instant::now());
                let value = load().await?;
                Ok::<_, StorageError>(Entry { value, epoch, loaded })
            };
            let entry = match self.cache.try_get_with_by_ref(&key, loading).await.map_err(Arc::unwrap_or_clone) {
                Ok(entry) => entry,
                // Whoever had it in hand puts it back: the database may turn out to be away, now or in a moment.
                Err(error) if error.is_unavailable() => {
                    let is_unchanged = self.epoch.load(Ordering::SeqCst) == before;
                    let is_away = error == StorageError::Away;
                    match known.filter(|known| is_unchanged && self.is_believable(known)) {
                        Some(known) => {
                            self.cache.insert(key, known.clone()).await;
                            return if is_away { Ok(self.stale(&known)) } else { Err(error) };
                        }
                        // Those beside look whether it is back.
                        None if is_away && !self.rules.stale.is_zero() => {
                            tokio::task::yield_now().await;
                            continue;
                        }
                        None => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            };
            if entry.epoch == self.epoch.load(Ordering::SeqCst) {
                return Ok(entry.value);
            }
            self.cache.invalidate(&key).await;
        }
        load().await
    }

    /// What is remembered of `key` and may be given while the database is away.
    async fn believable(&self, key: &K) -> Option<Entry<V>> {
        if self.rules.stale.is_zero() {
            return None;
        }
        self.cache.get(key).await.filter(|entry| self.is_believable(entry))
    }

    fn is_believable(&self, entry: &Entry<V>) -> bool {
        let known_good = self.known_good(entry);
        entry.value.is_some()
            && entry.epoch >= self.floor.load(Ordering::SeqCst)
            && known_good.elapsed() < self.rules.stale
            && known_good.saturating_duration_since(entry.loaded) < self.rules.heard
    }

    fn stale(&self, known: &Entry<V>) -> Option<V> {
        self.stale_answers.fetch_add(1, Ordering::Relaxed);
        known.value.clone()
    }

    fn is_away(&self) -> bool {
        self.availability.as_ref().is_some_and(|state| state.borrow().away_since().is_some())
    }

    /// Moves whenever something was forgotten because it may have changed, for requests that outlive their check: a
    /// running stream looks again when it moves, and every few seconds, because nothing moves while changes are not
    /// heard.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// How soon whoever outlives its check looks again when nothing moves: seldom while changes are heard, for there
    /// are thousands of streams; often while they are not, because then entries grow old without a sign.
    pub(super) fn look_again(&self) -> Duration {
        let silence = (*self.heard_until.read()).map(|heard| heard.elapsed());
        if silence.is_some_and(|silence| silence < self.rules.unheard) { LOOK_AGAIN_HEARD } else { LOOK_AGAIN_UNHEARD }
    }

    /// A change of `key` was told.
    pub(super) async fn forget(&self, key: &K) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate(key).await;
        self.moved();
    }

    /// A change of everything whose value is `affected` was told.
    pub(super) fn forget_if(&self, affected: impl Fn(&V) -> bool + Send + Sync + 'static) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        let affected = move |_: &K, entry: &Entry<V>| entry.value.as_ref().is_some_and(&affected);
        // Takes effect at once for every reader; the memory is given back later. Refused only by a cache built without
        // support for it.
        if self.cache.invalidate_entries_if(affected).is_err() {
            self.forget_all();
        }
        self.moved();
    }

    pub(super) fn forget_all(&self) {
        let epoch = self.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        self.floor.fetch_max(epoch, Ordering::SeqCst);
        self.cache.invalidate_all();
        self.moved();
    }

    /// Every change up to `moment` has been told.
    pub(super) fn heard_until(&self, moment: Instant) {
        let mut heard_until = self.heard_until.write();
        *heard_until = heard_until.max(Some(moment));
    }

    fn moved(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn counts(&self, entry: &Entry<V>) -> bool {
        if entry.epoch < self.floor.load(Ordering::SeqCst) {
            return false;
        }
        let now = Instant::now();
        let age = now.saturating_duration_since(entry.loaded);
        if entry.value.is_none() && age >= self.rules.missing {
            return false;
        }
        age < self.rules.heard && now.saturating_duration_since(self.known_good(entry)) < self.rules.unheard
    }

    /// When it was last known to be as PostgreSQL has it.
    fn known_good(&self, entry: &Entry<V>) -> Instant {
        Some(entry.loaded).max(*self.heard_until.read()).unwrap_or(entry.loaded)
    }
}

#[cfg(test)]
mod tests;
