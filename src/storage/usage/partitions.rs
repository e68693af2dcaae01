//! The partitions of `usage_events`: one a day of UTC, made ahead and dropped whole. The tables belong to whoever
//! migrated, so functions of theirs do it (migration `usage_rollups`). Both fail when the table is too busy for two
//! seconds, and have done nothing then.

use crate::storage::{StorageError, UsagePartitions, columns};
use sqlx::Executor as _;
use std::time::Duration;

/// How long either may take: moving events out of the default partition reads all of it.
const PATIENCE: Duration = Duration::from_secs(300);

/// What was done about partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionsMade {
    pub made: u32,
    /// Events that lay in the default partition and are in their day's now.
    pub moved: u64,
}

impl UsagePartitions<'_> {
    /// Makes those of today and of `days_ahead` days more, and of the days whose events lie in the default partition.
    /// Does nothing while another replica is at it.
    #[tracing::instrument(name = "db.usage_partitions.make", level = "debug", skip_all)]
    pub async fn make(self, days_ahead: u32, days_kept: u32) -> Result<PartitionsMade, StorageError> {
        self.patiently(PATIENCE, async |connection| {
            connection.execute("SET LOCAL statement_timeout = '280s'").await?;
            let done = sqlx::query!(
                r#"SELECT made AS "made!", moved AS "moved!" FROM vestibule.make_usage_partitions($1, $2)"#,
                columns::int(days_ahead),
                columns::int(days_kept),
            )
            .fetch_one(connection)
            .await?;
            Ok(PartitionsMade { made: columns::count(done.made), moved: columns::count(done.moved) })
        })
        .await
    }

    /// Drops those of days that are older than `days_kept`; gives how many. Does nothing while another replica is at
    /// it.
    #[tracing::instrument(name = "db.usage_partitions.drop_old", level = "debug", skip_all)]
    pub async fn drop_old(self, days_kept: u32) -> Result<u32, StorageError> {
        self.patiently(PATIENCE, async |connection| {
            let dropped = sqlx::query_scalar!(
                r#"SELECT dropped AS "dropped!" FROM vestibule.drop_usage_partitions($1)"#,
                columns::int(days_kept),
            )
            .fetch_one(connection)
            .await?;
            Ok(columns::count(dropped))
        })
        .await
    }
}
