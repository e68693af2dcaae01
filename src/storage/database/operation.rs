//! How an operation gets a connection and for how long it may have it: lost connections are made good where nothing was
//! sent yet, and nobody waits for a server that has fallen silent.

use super::{Database, SIGN_OF_LIFE, TenantTx};
use crate::domain::ids::TenantId;
use crate::storage::StorageError;
use crate::storage::breaker::{DOUBT, DOUBT_AGAIN};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, SqlSafeStr as _, Transaction};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

impl Database {
    /// A transaction for whoever cannot end it in the same breath; everybody else has [`Self::tenant`].
    pub(in crate::storage) async fn begin(&self, tenant: TenantId) -> Result<TenantTx, StorageError> {
        self.begin_as("BEGIN", tenant).await
    }

    pub(super) async fn begin_as(&self, begin: &str, tenant: TenantId) -> Result<TenantTx, StorageError> {
        // One round trip for both. Safe to format: a UUID has only hexadecimal digits and hyphens.
        let begin = format!("{begin}; SET LOCAL vestibule.tenant_id = '{tenant}'");
        Ok(TenantTx { inner: self.begin_by(&begin).await? })
    }

    /// `begin` is ours, never a client's.
    pub(super) async fn begin_by(&self, begin: &str) -> Result<Transaction<'static, Postgres>, StorageError> {
        let mut lost = 0;
        loop {
            let pool = self.pool.load_full();
            let asked = Instant::now();
            let connection = Box::pin(pool.acquire()).await;
            self.waits.waited(asked.elapsed());
            let started = match connection {
                Ok(connection) => {
                    Transaction::begin(connection, Some(AssertSqlSafe(begin.to_owned()).into_sql_str())).await
                }
                Err(error) => Err(error),
            };
            match started.map_err(StorageError::from) {
                Ok(transaction) => return Ok(transaction),
                // Nothing of the work was sent yet. Each attempt puts a dead connection out of the pool.
                Err(error) if error.is_disconnected() && lost <= self.max_connections => lost += 1,
                Err(error) => return Err(self.doubted(error)),
            }
        }
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Postgres>, StorageError> {
        let pool = self.pool.load_full();
        let asked = Instant::now();
        let connection = Box::pin(pool.acquire()).await;
        self.waits.waited(asked.elapsed());
        connection.map_err(|error| self.doubted(error.into()))
    }

    /// A connection that has just answered.
    pub(super) async fn living(&self) -> Result<PoolConnection<Postgres>, StorageError> {
        loop {
            let mut connection = self.acquire().await?;
            if lives(&mut connection).await {
                return Ok(connection);
            }
            drop(connection.detach());
        }
    }

    /// No connection was to be had.
    pub(super) fn doubted(&self, error: StorageError) -> StorageError {
        if let Some(role) = self.wrong_role.load_full() {
            return StorageError::WrongRole(role.as_ref().clone());
        }
        self.breaker.suspect();
        // The pool that was waited for may have been thrown away.
        if self.breaker.is_away() { StorageError::Away } else { error }
    }

    /// Ends an operation that the server no longer answers: `statement_timeout` works only while the server does.
    pub(in crate::storage) async fn bounded<T, E: From<StorageError>>(
        &self,
        operation: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.guarded(self.patience, operation).await
    }

    /// Ends an operation when it takes too long or the database is known to be away, and begins none then.
    pub(super) async fn guarded<T, E: From<StorageError>>(
        &self,
        patience: Duration,
        operation: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.breaker.check()?;
        let mut availability = self.breaker.watch();
        let mut away = pin!(async { availability.wait_for(|state| state.away_since().is_some()).await.map(drop) });
        let mut operation = pin!(operation);
        let answered = |done: Result<T, E>| {
            if done.is_ok() {
                self.breaker.answered();
            }
            done
        };
        let begun = Instant::now();
        let (until, mut doubt) = (begun + patience, begun + DOUBT);
        loop {
            tokio::select! {
                biased;
                done = &mut operation => return answered(done),
                _ = &mut away => return Err(StorageError::Away.into()),
                () = sleep_until(until) => {
                    return Err(StorageError::Unavailable("no answer in time".into()).into());
                }
                () = sleep_until(doubt) => {
                    self.breaker.suspect();
                    doubt += DOUBT_AGAIN;
                }
            }
        }
    }
}

pub(super) async fn lives(connection: &mut PgConnection) -> bool {
    matches!(timeout(SIGN_OF_LIFE, connection.ping()).await, Ok(Ok(())))
}
