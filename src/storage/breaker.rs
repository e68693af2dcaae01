//! Whether the database is away, so that nobody waits for one that is known to be.
//!
//! **Suspicion.** An operation that has no answer after [`DOUBT`], a connection that cannot be made, and the loss of the
//! connection that listens for changes each start a probe, one at a time: a connection of its own, with a patience of
//! its own. A probe that is answered ends the suspicion, whatever the answer, for a pool that is used up or a table that
//! is locked is not a database that is away. One that is refused, or silent while no operation was answered either,
//! makes the database away.
//!
//! **Away.** Operations that wait end, and new ones do not begin: both fail with [`StorageError::Away`] without any
//! network. What the pool holds is thrown away. Probes go on until one is answered.

use super::StorageError;
use parking_lot::Mutex;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// An operation that has no answer after this long is a reason to look whether the database is there.
pub(super) const DOUBT: Duration = Duration::from_millis(250);
/// And one that goes on without an answer is again, this often.
pub(super) const DOUBT_AGAIN: Duration = Duration::from_secs(1);
/// A probe without an answer after this long is silent. With [`DOUBT`] the longest that anybody waits for a database
/// that has just gone away.
const PATIENCE: Duration = Duration::from_secs(1);
/// While the database is away a probe begins this often, also while those before it are still without an answer.
const PROBE_EVERY: Duration = Duration::from_millis(300);

/// Whether the database is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    Available,
    /// Known to be away since then.
    Away(Instant),
}

impl Availability {
    /// Since when it is away, if it is.
    pub fn away_since(self) -> Option<Instant> {
        match self {
            Self::Available => None,
            Self::Away(since) => Some(since),
        }
    }
}

/// What is done when the database turns out to be away.
type ThrowAway = Box<dyn Fn() + Send + Sync>;

struct Shared {
    state: watch::Sender<Availability>,
    probing: AtomicBool,
    /// Counts answers, as a sign of life.
    answers: AtomicU64,
    options: PgConnectOptions,
    /// For how long known keys go on.
    stale: Duration,
    throw_away: Mutex<Option<ThrowAway>>,
}

/// Clones share what is known.
#[derive(Clone)]
pub(super) struct Breaker(Arc<Shared>);

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Breaker").field(&*self.0.state.borrow()).finish()
    }
}

impl Breaker {
    /// For the database that these options lead to. `stale`: for how long known keys go on, told to the operator.
    pub(super) fn new(options: PgConnectOptions, stale: Duration) -> Self {
        Self(Arc::new(Shared {
            state: watch::Sender::new(Availability::Available),
            probing: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            options: options.application_name("vestibule-probe"),
            stale,
            throw_away: Mutex::new(None),
        }))
    }

    /// Sets what throws the pool's connections away.
    pub(super) fn on_loss(&self, throw_away: impl Fn() + Send + Sync + 'static) {
        *self.0.throw_away.lock() = Some(Box::new(throw_away));
    }

    /// Follows whether the database is there.
    pub(super) fn watch(&self) -> watch::Receiver<Availability> {
        self.0.state.subscribe()
    }

    pub(super) fn is_away(&self) -> bool {
        self.0.state.borrow().away_since().is_some()
    }

    /// Nothing begins while the database is known to be away.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        if self.is_away() { Err(StorageError::Away) } else { Ok(()) }
    }

    /// The database has answered an operation.
    pub(super) fn answered(&self) {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// The database has let somebody in: it is back at once.
    pub(super) fn let_in(&self) {
        self.0.state.send_if_modified(|state| {
            let was_away = state.away_since().is_some();
            *state = Availability::Available;
            was_away
        });
    }

    /// Something speaks for the database being away: looks, unless somebody does already.
    pub(super) fn suspect(&self) {
        if self.0.probing.swap(true, Ordering::SeqCst) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(look(Arc::clone(&self.0)));
    }
}

/// The mark of whoever looks; put away also when that ends by a panic.
struct Probing(Weak<Shared>);

impl Drop for Probing {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.probing.store(false, Ordering::SeqCst);
        }
    }
}

async fn look(shared: Arc<Shared>) {
    let before = shared.answers.load(Ordering::Relaxed);
    // Until it ends: for as long as the database is away nobody else looks.
    let probing = Probing(Arc::downgrade(&shared));
    let Err(why) = probe(shared.options.clone()).await else { return };
    if shared.answers.load(Ordering::Relaxed) != before {
        return;
    }
    let since = Instant::now();
    shared.state.send_replace(Availability::Away(since));
    if let Some(throw_away) = &*shared.throw_away.lock() {
        throw_away();
    }
    let stale_seconds = shared.stale.as_secs();
    tracing::error!(
        %why,
        stale_seconds,
        "the database is away: requests that need it are refused, known keys go on for `database.stale_seconds`, and \
         what is revoked meanwhile is not heard"
    );
    let (weak, options, stale) = (Arc::downgrade(&shared), shared.options.clone(), shared.stale);
    // Whoever forgets the database ends this.
    drop(shared);
    let told_at = (!stale.is_zero()).then(|| since + stale);
    let is_away = || weak.upgrade().is_some_and(|shared| shared.state.borrow().away_since().is_some());
    until_answered(&options, told_at, is_away).await;
    let Some(shared) = weak.upgrade() else { return };
    shared.state.send_replace(Availability::Available);
    drop(probing);
    tracing::info!(away_millis = since.elapsed().as_millis(), "the database is back");
}

/// Begins probes until one is answered, or the database was found to be back otherwise, or nobody wants to know. Says
/// at `told_at` that known keys are refused from then on.
async fn until_answered(options: &PgConnectOptions, mut told_at: Option<Instant>, is_away: impl Fn() -> bool) {
    let mut tick = interval(PROBE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut probes = JoinSet::new();
    while is_away() {
        tokio::select! {
            Some(done) = probes.join_next() => {
                if matches!(done, Ok(Ok(()))) {
                    return;
                }
            }
            _ = tick.tick() => {
                probes.spawn(probe(options.clone()));
            }
        }
        if told_at.is_some_and(|at| Instant::now() >= at) {
            told_at = None;
            tracing::error!(
                "the database is away for longer than `database.stale_seconds`: known keys are refused too"
            );
        }
    }
}

/// Whether a server answers.
async fn probe(options: PgConnectOptions) -> Result<(), StorageError> {
    let asked = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        connection.ping().await?;
        let _ = connection.close().await;
        Ok(())
    };
    match timeout(PATIENCE, asked).await {
        Ok(Err(error)) if means_away(&error) => Err(error.into()),
        // It has answered; what it says against us operations will be told, too.
        Ok(_) => Ok(()),
        Err(_) => Err(StorageError::Unavailable("no answer to a probe".into())),
    }
}

/// Whether nobody can be served after this: the network, or a server that takes nobody in. One that is full, or does not
/// know us, serves those who are in.
fn means_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            ["08", "55", "57", "58"].iter().any(|class| code.starts_with(class))
        }
        _ => false,
    }
}
