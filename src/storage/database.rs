//! The pool, and the few ways in which anything is done with it.

mod operation;

use super::breaker::{Availability, Breaker};
use super::followers::Followers;
use super::{ChangeListener, ListenState, ListenTimes, StorageError};
use crate::config;
use crate::domain::ids::TenantId;
use crate::telemetry::metrics::PoolWaits;
use arc_swap::{ArcSwap, ArcSwapOption};
use operation::lives;
use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{Connection as _, Executor as _, Postgres, Row as _, Transaction};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// What requests are.
pub(super) const APP_ROLE: &str = "vestibule_app";
/// A connection that was in use this short a time ago is not asked whether it still lives.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// One that is asked and does not answer in time is dead.
const SIGN_OF_LIFE: Duration = Duration::from_millis(500);
/// What may be done twice is done so often, each time on another connection.
const ATTEMPTS: usize = 3;
/// The connections of a pool that was thrown away are given up after this long.
const LAST_CLOSE: Duration = Duration::from_secs(30);

/// The database: a pool of connections that are all the role `vestibule_app`. Cheap to clone.
///
/// Connecting is boxed wherever it may happen: with TLS in it that future is large, and every method of every repository
/// would be as large.
///
/// # Connections that were lost
/// PostgreSQL may end any connection at any time. What may be done twice, `read` and `read_of`, is done
/// once more on another connection. A transaction whose `BEGIN` is lost begins anew, because nothing of it was sent.
/// What is neither, `connection`, asks the connection first, which costs a round trip.
#[derive(Debug, Clone)]
pub struct Database {
    /// Another one after the database was away.
    pool: Arc<ArcSwap<PgPool>>,
    /// Without the role: for migrations, for listening and for locks.
    login: PgConnectOptions,
    /// For a whole operation, so that nobody waits for a server that has fallen silent.
    patience: Duration,
    max_connections: u32,
    stale: Duration,
    breaker: Breaker,
    followers: Arc<Followers>,
    waits: PoolWaits,
    /// What a new connection was, if it was not our role.
    wrong_role: Arc<ArcSwapOption<String>>,
}

impl Database {
    /// Prepares the pool; connects with the first use, so that a start does not depend on the database. Call it inside
    /// the tokio runtime.
    ///
    /// # Errors
    /// [`StorageError::Configuration`] if the address is not one.
    pub fn connect(config: &config::Database) -> Result<Self, StorageError> {
        let login = PgConnectOptions::from_str(config.url.expose_secret()).map_err(|_| {
            StorageError::Configuration("`database.url` is not the address of a PostgreSQL database".into())
        })?;
        let login = match config.password.expose_secret() {
            "" => login,
            password => login.password(password),
        };
        let login = trusting(login, config)?;
        // Said when connecting and not afterwards: costs no round trip, survives RESET ALL, and a missing role is an
        // error with a name.
        let app = login.clone().application_name("vestibule").options([
            ("role", APP_ROLE.to_owned()),
            ("statement_timeout", config.statement_millis.to_string()),
            ("idle_in_transaction_session_timeout", (config.statement_millis * 2).to_string()),
        ]);
        let (max_connections, stale) = (config.max_connections, Duration::from_secs(config.stale_seconds.into()));
        let wrong_role = Arc::<ArcSwapOption<String>>::default();
        let found = Arc::clone(&wrong_role);
        let options = PgPoolOptions::new()
            .after_connect(move |connection, _| {
                let found = Arc::clone(&found);
                // A pooler may have dropped it; then whoever owns the schema would answer.
                Box::pin(async move {
                    let role: String =
                        connection.fetch_one(sqlx::raw_sql("SELECT current_user::text")).await?.try_get(0)?;
                    let is_ours = role == APP_ROLE;
                    found.store((!is_ours).then(|| Arc::new(role)));
                    if is_ours { Ok(()) } else { Err(sqlx::Error::Protocol("another role".into())) }
                })
            })
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_millis(config.acquire_millis))
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move { Ok(meta.idle_for < TRUSTED_IDLE || lives(connection).await) })
            });
        let make = move || options.clone().connect_lazy_with(app.clone());
        let pool = Arc::new(ArcSwap::from_pointee(make()));
        let breaker = Breaker::new(login.clone(), stale);
        breaker.on_loss({
            let pool = Arc::clone(&pool);
            // A connection from before may be dead without knowing it.
            move || close_in_time(pool.swap(Arc::new(make())))
        });
        let patience = Duration::from_millis(config.acquire_millis + 2 * config.statement_millis);
        Ok(Self {
            pool,
            login,
            patience,
            max_connections,
            stale,
            breaker,
            followers: Arc::default(),
            waits: PoolWaits::default(),
            wrong_role,
        })
    }

    /// The same, which tells how long its connections were waited for.
    #[must_use]
    pub fn telling(self, waits: PoolWaits) -> Self {
        Self { waits, ..self }
    }

    /// How many connections of the pool are in use, and how many are not.
    pub fn connections(&self) -> (u32, u32) {
        let pool = self.pool.load();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        (pool.size().saturating_sub(idle), idle)
    }

    /// Follows whether the database is there.
    pub fn availability(&self) -> watch::Receiver<Availability> {
        self.breaker.watch()
    }

    /// For how long what was remembered when the database went away is believed.
    pub fn stale_for(&self) -> Duration {
        self.stale
    }

    pub(super) fn followers(&self) -> &Followers {
        &self.followers
    }

    /// Whether the database answers and has our role: fails as a request would.
    #[tracing::instrument(name = "db.ping", level = "debug", skip_all)]
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.read(async |connection| Ok(connection.ping().await?)).await
    }

    /// What connections are, if that is not our role.
    pub fn wrong_role(&self) -> Option<String> {
        self.wrong_role.load_full().map(|role| role.as_ref().clone())
    }

    /// Whether this replica hears of changes.
    pub fn listens(&self) -> ListenState {
        *self.followers.listens.borrow()
    }

    /// Listens until it is proved that changes are heard, or are not; for so long.
    pub async fn prove_listening(&self, patience: Duration) -> ListenState {
        let mut listener = self.listen();
        let mut state = listener.state();
        let proved = async {
            let listening = async {
                loop {
                    let _ = listener.next().await;
                }
            };
            tokio::select! {
                () = listening => {}
                _ = state.wait_for(|state| *state != ListenState::Down) => {}
            }
        };
        let _ = timeout(patience, proved).await;
        *state.borrow()
    }

    /// Waits until all connections are back and closes them.
    pub async fn close(&self) {
        self.pool.load_full().close().await;
    }

    /// A listener for changes, on a connection of its own.
    pub fn listen(&self) -> ChangeListener {
        self.listen_with(ListenTimes::default())
    }

    /// As [`Self::listen`], with other times.
    pub fn listen_with(&self, times: ListenTimes) -> ChangeListener {
        ChangeListener::new(&self.login, times, self.breaker.clone(), Arc::clone(&self.followers))
    }

    /// Does something in a transaction that sees and writes this tenant's rows only: commits if it succeeds, leaves
    /// nothing of it behind if not.
    pub(super) async fn tenant<T, E: From<StorageError>>(
        &self,
        tenant: TenantId,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.bounded(async { self.begin(tenant).await?.finish(work).await }).await
    }

    /// As [`Self::tenant`], for work that may be done twice: it only reads.
    pub(super) async fn read_of<T>(
        &self,
        tenant: TenantId,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, StorageError> + Clone,
    ) -> Result<T, StorageError> {
        self.twice_as("BEGIN", tenant, work).await
    }

    /// Reads several things that must fit together: all see the tenant's rows of one moment, and nothing can be
    /// written.
    pub(super) async fn snapshot<T>(
        &self,
        tenant: TenantId,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, StorageError> + Clone,
    ) -> Result<T, StorageError> {
        self.twice_as("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", tenant, work).await
    }

    async fn twice_as<T>(
        &self,
        begin: &str,
        tenant: TenantId,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, StorageError> + Clone,
    ) -> Result<T, StorageError> {
        self.bounded(async {
            for _ in 1..ATTEMPTS {
                match self.begin_as(begin, tenant).await?.finish(work.clone()).await {
                    Err(lost) if lost.is_disconnected() => {}
                    done => return done,
                }
            }
            self.begin_as(begin, tenant).await?.finish(work).await
        })
        .await
    }

    /// Asks in no tenant's name, each statement a transaction of its own: for tables that are nobody's, and for
    /// functions of the schema that set the tenant themselves. On a connection that has just answered.
    pub(super) async fn connection<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.bounded(async {
            let mut connection = self.living().await?;
            work(&mut connection).await
        })
        .await
    }

    /// As [`Self::connection`], for what may be done twice: it only reads, or comes to the same the second time.
    pub(super) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StorageError> + Clone,
    ) -> Result<T, StorageError> {
        self.bounded(async {
            let mut connection = self.acquire().await?;
            for _ in 1..ATTEMPTS {
                match work.clone()(&mut connection).await {
                    Err(lost) if lost.is_disconnected() => {
                        drop(connection.detach());
                        connection = self.living().await?;
                    }
                    done => return done,
                }
            }
            work(&mut connection).await
        })
        .await
    }

    /// As [`Self::connection`], in one transaction.
    pub(super) async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.patiently(self.patience, work).await
    }

    /// As [`Self::transaction`], with other patience than requests have.
    pub(super) async fn patiently<T>(
        &self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.guarded(patience, async {
            let mut tx = self.begin_by("BEGIN").await?;
            let done = work(&mut tx).await?;
            tx.commit().await.map_err(StorageError::from)?;
            Ok(done)
        })
        .await
    }

    /// A connection of the login role, outside the pool.
    pub(super) async fn login_connection(&self, name: &str) -> Result<PgConnection, StorageError> {
        Ok(Box::pin(PgConnection::connect_with(&self.login.clone().application_name(name))).await?)
    }
}

fn close_in_time(pool: Arc<PgPool>) {
    let close = async move {
        let _ = timeout(LAST_CLOSE, pool.close()).await;
    };
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(close);
    }
}

/// With `database.ca_file`: always encrypted, and only with a server whose certificate is valid.
fn trusting(login: PgConnectOptions, config: &config::Database) -> Result<PgConnectOptions, StorageError> {
    if config.ca_file.as_os_str().is_empty() {
        return Ok(login);
    }
    // Read here as well: sqlx would find out with the first connection.
    config::authorities("database.ca_file", &config.ca_file)
        .map_err(|bad| StorageError::Configuration(bad.to_string().into()))?;
    let mode = match login.get_ssl_mode() {
        PgSslMode::VerifyCa => PgSslMode::VerifyCa,
        _ => PgSslMode::VerifyFull,
    };
    Ok(login.ssl_mode(mode).ssl_root_cert(&config.ca_file))
}

/// A transaction of one tenant; rolled back if dropped.
pub(super) struct TenantTx {
    inner: Transaction<'static, Postgres>,
}

impl TenantTx {
    /// To run a query on.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    pub(super) async fn commit(self) -> Result<(), StorageError> {
        Ok(self.inner.commit().await?)
    }

    async fn finish<T, E: From<StorageError>>(
        mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = work(&mut self).await?;
        self.commit().await?;
        Ok(done)
    }
}
