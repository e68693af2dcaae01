//! What keys have used of their quotas. Exact over all replicas: PostgreSQL counts.

use super::columns::{count, long};
use super::{Quotas, StorageError, TenantTx};
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::key::{KeyLimits, KeyRecord};
use crate::domain::quota::{QuotaUse, RESERVED_TOKENS, Reservation, Settlement};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;

impl Quotas<'_> {
    /// Takes one message and reserves tokens, if no quota of the key is used up; else says what is used. If it
    /// fails, nothing may pass, because nobody knows what is left.
    #[tracing::instrument(name = "db.quotas.take", level = "debug", skip_all)]
    pub async fn take(
        self,
        key: &KeyRecord,
        now: DateTime<Utc>,
    ) -> Result<Result<Reservation, QuotaUse>, StorageError> {
        let day = now.date_naive();
        let KeyLimits { messages_per_day, messages_per_month, tokens_per_day, tokens_per_month, .. } = key.limits;
        self.connection(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT
                  granted AS "granted!", reserved AS "reserved!", messages_day AS "messages_day!",
                  messages_month AS "messages_month!", tokens_day AS "tokens_day!",
                  tokens_month AS "tokens_month!"
                FROM vestibule.take_quota($1, $2, $3, $4, $5, $6, $7, $8)
                "#,
                key.tenant.0,
                key.id.0,
                day,
                long(RESERVED_TOKENS),
                messages_per_day.map(i64::from),
                messages_per_month.map(i64::from),
                tokens_per_day.map(long),
                tokens_per_month.map(long),
            )
            .fetch_one(connection)
            .await?;
            if row.granted {
                let tokens = count(row.reserved);
                return Ok(Ok(Reservation { tenant: key.tenant, key: key.id, day, tokens }));
            }
            Ok(Err(QuotaUse {
                messages_day: count(row.messages_day),
                messages_month: count(row.messages_month),
                tokens_day: count(row.tokens_day),
                tokens_month: count(row.tokens_month),
            }))
        })
        .await
    }

    /// What a key has used today and this month.
    #[tracing::instrument(name = "db.quotas.used", level = "debug", skip_all)]
    pub async fn used(self, tenant: TenantId, key: KeyId, now: DateTime<Utc>) -> Result<QuotaUse, StorageError> {
        let today = now.date_naive();
        self.read_of(tenant, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT
                  coalesce(sum(messages) FILTER (WHERE day = $3), 0)::bigint AS "messages_day!",
                  coalesce(sum(messages), 0)::bigint AS "messages_month!",
                  coalesce(sum(tokens) FILTER (WHERE day = $3), 0)::bigint AS "tokens_day!",
                  coalesce(sum(tokens), 0)::bigint AS "tokens_month!"
                FROM vestibule.quota_days
                WHERE tenant_id = $1
                  AND api_key_id = $2
                  AND day BETWEEN date_trunc('month', $3::date)::date AND $3
                "#,
                tenant.0,
                key.0,
                today,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(QuotaUse {
                messages_day: count(row.messages_day),
                messages_month: count(row.messages_month),
                tokens_day: count(row.tokens_day),
                tokens_month: count(row.tokens_month),
            })
        })
        .await
    }

    /// Forgets the days before `day`, which no month in question has any more. Returns how many rows went.
    #[tracing::instrument(name = "db.quotas.delete_before", level = "debug", skip_all)]
    pub async fn delete_before(self, tenant: TenantId, day: NaiveDate) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
            let gone =
                sqlx::query!("DELETE FROM vestibule.quota_days WHERE tenant_id = $1 AND day < $2", tenant.0, day)
                    .execute(tx.connection())
                    .await?;
            Ok(gone.rows_affected())
        })
        .await
    }
}

/// Settles what chats of one tenant came to. In the order of keys and days, so that two writers cannot wait for each
/// other.
pub(super) async fn settle(tx: &mut TenantTx, settlements: &[Settlement]) -> Result<(), StorageError> {
    let mut sums: BTreeMap<(KeyId, NaiveDate), (i64, i64)> = BTreeMap::new();
    for settlement in settlements {
        let Reservation { key, day, tokens, .. } = settlement.reservation;
        let sum = sums.entry((key, day)).or_default();
        sum.0 += long(settlement.messages) - 1;
        sum.1 += long(settlement.tokens) - long(tokens);
    }
    for ((key, day), (messages, tokens)) in sums {
        sqlx::query!(
            r#"
            UPDATE vestibule.quota_days
            SET messages = greatest(messages + $3, 0),
                tokens = greatest(tokens + $4, 0)
            WHERE tenant_id = vestibule.current_tenant()
              AND api_key_id = $1
              AND day = $2
            "#,
            key.0,
            day,
            messages,
            tokens,
        )
        .execute(tx.connection())
        .await?;
    }
    Ok(())
}
