//! The echo: what is told on one connection and must come back on another that listens. Knows nothing of what follows
//! from it.

use crate::storage::StorageError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::time::Instant;

/// What the payload of an echo begins with; everything else on the channel is JSON.
const SIGN: &str = "echo ";

/// The connection that echoes are told on, and the one that is on its way.
#[derive(Debug)]
pub(super) struct Echo {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    number: u64,
    /// Of `number`: when it was told.
    told: Option<Instant>,
    doubted: bool,
}

impl Echo {
    pub(super) fn new(login: &PgConnectOptions) -> Self {
        Self {
            options: login.clone().application_name("vestibule-echo"),
            connection: None,
            number: 0,
            told: None,
            doubted: false,
        }
    }

    /// When the echo was told that has not come back.
    pub(super) fn outstanding(&self) -> Option<Instant> {
        self.told
    }

    /// Whether the one that is on its way is doubted for the first time.
    pub(super) fn is_first_doubt(&mut self) -> bool {
        !std::mem::replace(&mut self.doubted, true)
    }

    /// Nothing is on its way, and the connection that was used is not trusted any more.
    pub(super) fn forget(&mut self) {
        self.told = None;
        self.connection = None;
    }

    /// Tells the next one. If it fails, or is not waited for, the next begins with a new connection.
    pub(super) async fn tell(&mut self, channel: &str) -> Result<(), StorageError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Box::pin(PgConnection::connect_with(&self.options)).await?,
        };
        self.number += 1;
        self.told = Some(Instant::now());
        self.doubted = false;
        // Both are ours. Not a prepared statement: behind a pooler of transactions there may be another of its name.
        let tell = format!("SELECT pg_notify('{channel}', '{SIGN}{}')", self.number);
        connection.execute(sqlx::raw_sql(AssertSqlSafe(tell))).await?;
        self.connection = Some(connection);
        Ok(())
    }

    /// When it was told, if this is the echo that is on its way.
    pub(super) fn came_back(&mut self, payload: &str) -> Option<Instant> {
        let number: u64 = payload.strip_prefix(SIGN)?.parse().ok()?;
        if number == self.number { self.told.take() } else { None }
    }
}
