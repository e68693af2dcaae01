//! The sums of usage: made of what waits to be added up, one tenant and one writer at a time, and read together with
//! what still waits.
//!
//! The sums are added in Rust, because a histogram cannot be added in SQL. That is safe because whoever adds holds the
//! tenant's advisory lock until its transaction ends.

mod adding;
mod correcting;
mod reading;
mod rows;

use crate::domain::ids::TenantId;
use crate::domain::usage::rollup::add_up;
use crate::storage::locks::LockName;
use crate::storage::{StorageError, UsageRollups};
use chrono::{DateTime, Utc};
pub(super) use correcting::{correct, hold};
pub use reading::{Division, QuestionsOf, RollupQuery, Rollups};

/// What one round of adding up did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollUp {
    /// Another replica is at it.
    Elsewhere,
    /// So many events were added; none are left if it is less than was asked for.
    Done(usize),
}

impl UsageRollups<'_> {
    /// Adds up to `limit` waiting events to the sums, the oldest first. Each is added once, whatever happens: it stops
    /// waiting in the same transaction.
    #[tracing::instrument(name = "db.usage_rollups.roll_up", level = "debug", skip_all)]
    pub async fn roll_up(self, tenant: TenantId, limit: u16) -> Result<RollUp, StorageError> {
        self.tenant(tenant, async |tx| {
            let elected = sqlx::query_scalar!(
                r#"SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS "elected!""#,
                LockName::RollUp(tenant).text(),
            )
            .fetch_one(tx.connection())
            .await?;
            if !elected {
                return Ok(RollUp::Elsewhere);
            }
            let events = adding::take(tx, tenant, limit).await?;
            if events.is_empty() {
                return Ok(RollUp::Done(0));
            }
            let mut known = adding::known_origins(tx, tenant, &events).await?;
            let mut sums = add_up(&events, &mut known);
            adding::add_stored(tx, tenant, &mut sums).await?;
            adding::store(tx, tenant, &sums).await?;
            Ok(RollUp::Done(events.len()))
        })
        .await
    }

    /// When the request arrived that has waited longest to be added up.
    #[tracing::instrument(name = "db.usage_rollups.oldest_pending", level = "debug", skip_all)]
    pub async fn oldest_pending(self, tenant: TenantId) -> Result<Option<DateTime<Utc>>, StorageError> {
        self.read_of(tenant, async |tx| {
            let oldest =
                sqlx::query_scalar!("SELECT min(at) FROM vestibule.usage_pending WHERE tenant_id = $1", tenant.0)
                    .fetch_one(tx.connection())
                    .await?;
            Ok(oldest)
        })
        .await
    }

    /// Forgets sums of periods that began before these moments, some at a time; gives how many.
    #[tracing::instrument(name = "db.usage_rollups.delete_before", level = "debug", skip_all)]
    pub async fn delete_before(
        self,
        tenant: TenantId,
        hours: DateTime<Utc>,
        days: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
            let deleted = sqlx::query!(
                r#"
                DELETE FROM vestibule.usage_rollups
                WHERE ctid = ANY (ARRAY(
                  SELECT ctid
                  FROM vestibule.usage_rollups
                  WHERE tenant_id = $1
                    AND (granularity = 'hour' AND starts_at < $2 OR granularity = 'day' AND starts_at < $3)
                  LIMIT 20000
                ))
                "#,
                tenant.0,
                hours,
                days,
            )
            .execute(tx.connection())
            .await?;
            Ok(deleted.rows_affected())
        })
        .await
    }
}
