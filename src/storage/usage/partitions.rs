//! The partitions of `usage_events`: one a day of UTC, made ahead and dropped whole. The tables belong to whoever
//! migrated, so functions of theirs do it (migration `usage_rollups`).

use crate::storage::{Database, StorageError, numbers};
use sqlx::Executor as _;
use std::time::Duration;

/// How long either may take: moving events out of the default partition reads all of it.
const PATIENCE: Duration = Duration::from_secs(300);

/// The repository of partitions.
#[derive(Debug, Clone, Copy)]
pub struct UsagePartitions<'a> {
    database: &'a Database,
}

/// What was done about partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionsMade {
    /// Partitions that are new.
    pub made: u32,
    /// Events that lay in the default partition and are in their day's now.
    pub moved: u64,
}

impl<'a> UsagePartitions<'a> {
    pub(in crate::storage) fn new(database: &'a Database) -> Self {
        Self { database }
    }

    /// Makes those of today and of `days_ahead` days more, and of the days whose events lie in the default partition.
    /// Does nothing while another replica is at it.
    ///
    /// # Errors
    /// If it could not be done, also when the table was too busy for two seconds; nothing was done then.
    #[tracing::instrument(name = "db.usage_partitions.make", level = "debug", skip_all)]
    pub async fn make(self, days_ahead: u32, days_kept: u32) -> Result<PartitionsMade, StorageError> {
        self.patiently(async {
            let mut tx = self.database.pool.begin().await?;
            tx.execute("SET LOCAL statement_timeout = '280s'").await?;
            let done = sqlx::query!(
                r#"SELECT made AS "made!", moved AS "moved!" FROM vestibule.make_usage_partitions($1, $2)"#,
                numbers::int(days_ahead),
                numbers::int(days_kept),
            )
            .fetch_one(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(PartitionsMade { made: numbers::count(done.made), moved: numbers::count(done.moved) })
        })
        .await
    }

    /// Drops those of days that are older than `days_kept`; gives how many. Does nothing while another replica is at it.
    ///
    /// # Errors
    /// If they could not be dropped, also when the table was too busy for two seconds; none was dropped then.
    #[tracing::instrument(name = "db.usage_partitions.drop_old", level = "debug", skip_all)]
    pub async fn drop_old(self, days_kept: u32) -> Result<u32, StorageError> {
        self.patiently(async {
            let dropped = sqlx::query_scalar!(
                r#"SELECT dropped AS "dropped!" FROM vestibule.drop_usage_partitions($1)"#,
                numbers::int(days_kept),
            )
            .fetch_one(&self.database.pool)
            .await?;
            Ok(numbers::count(dropped))
        })
        .await
    }

    async fn patiently<T>(self, operation: impl Future<Output = Result<T, StorageError>>) -> Result<T, StorageError> {
        tokio::time::timeout(PATIENCE, operation)
            .await
            .unwrap_or_else(|_| Err(StorageError::Unavailable("no answer in time".into())))
    }
}
