//! The pool, and the few ways in which anything is done with it.

use super::{ChangeListener, ListenTimes, StorageError};
use crate::config;
use crate::domain::ids::TenantId;
use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};
use std::str::FromStr as _;
use std::time::Duration;

/// A connection that was in use this short a time ago is not asked whether it still lives.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// The database: a pool of connections that are all the role `vestibule_app`. Cheap to clone.
///
/// Connecting is boxed wherever it may happen: with TLS in it that future is large, and every method of every repository
/// would be as large.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    /// Without the role: for migrations, for listening and for locks.
    login: PgConnectOptions,
    /// For a whole operation, so that nobody waits for a server that has fallen silent.
    patience: Duration,
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
        let login = trusting(login, config)?;
        // Said when connecting and not afterwards: costs no round trip, survives RESET ALL, and a missing role is an
        // error with a name.
        let app = login.clone().application_name("vestibule").options([
            ("role", "vestibule_app".to_owned()),
            ("statement_timeout", config.statement_millis.to_string()),
            ("idle_in_transaction_session_timeout", (config.statement_millis * 2).to_string()),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(Duration::from_millis(config.acquire_millis))
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move { Ok(meta.idle_for < TRUSTED_IDLE || connection.ping().await.is_ok()) })
            })
            .connect_lazy_with(app);
        let patience = Duration::from_millis(config.acquire_millis + 2 * config.statement_millis);
        Ok(Self { pool, login, patience })
    }

    /// Whether the database answers and has our role: fails as a request would.
    #[tracing::instrument(name = "db.ping", level = "debug", skip_all)]
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.connection(async |connection| Ok(connection.ping().await?)).await
    }

    /// Waits until all connections are back and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A listener for changes, on a connection of its own.
    pub fn listen(&self) -> ChangeListener {
        ChangeListener::new(&self.login, ListenTimes::default())
    }

    /// As [`Self::listen`], with other times.
    pub fn listen_with(&self, times: ListenTimes) -> ChangeListener {
        ChangeListener::new(&self.login, times)
    }

    /// Does something in a transaction that sees and writes this tenant's rows only: commits if it succeeds, leaves
    /// nothing of it behind if not.
    pub(super) async fn tenant<T, E: From<StorageError>>(
        &self,
        tenant: TenantId,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, E>,
    ) -> Result<T, E> {
        bounded(self.patience, async { self.begin(tenant).await?.finish(work).await }).await
    }

    /// Reads several things that must fit together: all see the tenant's rows of one moment, and nothing can be
    /// written.
    pub(super) async fn snapshot<T>(
        &self,
        tenant: TenantId,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        bounded(self.patience, async {
            self.begin_as("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", tenant).await?.finish(work).await
        })
        .await
    }

    /// Asks in no tenant's name, each statement a transaction of its own: for tables that are nobody's, and for
    /// functions of the schema that set the tenant themselves.
    pub(super) async fn connection<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        bounded(self.patience, async {
            let mut connection = Box::pin(self.pool.acquire()).await.map_err(StorageError::from)?;
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
        bounded(patience, async {
            let mut tx = Box::pin(self.pool.begin()).await.map_err(StorageError::from)?;
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

    /// A transaction for whoever cannot end it in the same breath; everybody else has [`Self::tenant`].
    pub(super) async fn begin(&self, tenant: TenantId) -> Result<TenantTx, StorageError> {
        self.begin_as("BEGIN", tenant).await
    }

    async fn begin_as(&self, begin: &str, tenant: TenantId) -> Result<TenantTx, StorageError> {
        // One round trip for both. Safe to format: a UUID has only hexadecimal digits and hyphens.
        let begin = format!("{begin}; SET LOCAL vestibule.tenant_id = '{tenant}'");
        Ok(TenantTx { inner: Box::pin(self.pool.begin_with(AssertSqlSafe(begin))).await? })
    }

    /// Ends an operation that the server no longer answers: `statement_timeout` works only while the server does.
    pub(super) async fn bounded<T, E: From<StorageError>>(
        &self,
        operation: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        bounded(self.patience, operation).await
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

async fn bounded<T, E: From<StorageError>>(
    patience: Duration,
    operation: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(patience, operation)
        .await
        .unwrap_or_else(|_| Err(StorageError::Unavailable("no answer in time".into()).into()))
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
