//! What keys have used of their quotas. Exact over all replicas: PostgreSQL counts.

use super::columns::{count, long};
use super::{Quotas, StorageError, TenantTx};
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::key::{KeyLimits, KeyRecord};
use crate::domain::quota::{LEAST_COMPLETION, LEAST_PROMPT, QuotaUse, Recharge, Reservation, Settlement, Taken};
use crate::domain::usage::TokenUsage;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a key has used, by the database's clock.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    pub used: QuotaUse,
    pub at: DateTime<Utc>,
}

impl Quotas<'_> {
    /// Takes one message and reserves tokens for its answer, if no quota of the key is used up; else says what is used.
    /// `question`: tokens of the question at most. `longest_completion`: where the operator sets one. If it fails,
    /// nothing may pass, because nobody knows what is left. Days are those of the database's clock.
    #[tracing::instrument(name = "db.quotas.take", level = "debug", skip_all)]
    pub async fn take(
        self,
        key: &KeyRecord,
        workspace: WorkspaceId,
        question: u64,
        longest_completion: Option<u64>,
    ) -> Result<Result<Taken, Spent>, StorageError> {
        let KeyLimits { messages_per_day, messages_per_month, tokens_per_day, tokens_per_month, .. } = key.limits;
        self.connection(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT
                  granted AS "granted!", at AS "at!", wanted AS "wanted!", reserved, completion AS "completion!",
                  messages_day AS "messages_day!", messages_month AS "messages_month!",
                  tokens_day AS "tokens_day!", tokens_month AS "tokens_month!",
                  reserved_day AS "reserved_day!", reserved_month AS "reserved_month!"
                FROM vestibule.reserve_quota($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                "#,
                key.tenant.0,
                key.id.0,
                workspace.0,
                long(LEAST_PROMPT),
                long(question),
                long(LEAST_COMPLETION),
                longest_completion.map(long),
                messages_per_day.map(i64::from),
                messages_per_month.map(i64::from),
                tokens_per_day.map(long),
                tokens_per_month.map(long),
            )
            .fetch_one(connection)
            .await?;
            if row.granted {
                let tokens = count(row.reserved.unwrap_or_default());
                let reservation = Reservation { tenant: key.tenant, key: key.id, day: row.at.date_naive(), tokens };
                return Ok(Ok(Taken { reservation, completion: count(row.completion) }));
            }
            let used = QuotaUse {
                messages_day: count(row.messages_day),
                messages_month: count(row.messages_month),
                tokens_day: count(row.tokens_day),
                tokens_month: count(row.tokens_month),
                reserved_day: count(row.reserved_day),
                reserved_month: count(row.reserved_month),
                wanted: count(row.wanted),
            };
            Ok(Err(Spent { used, at: row.at }))
        })
        .await
    }

    /// Reserves more tokens for a running answer of this key: as many as there are, at most `more`. What is used, if
    /// there are none.
    #[tracing::instrument(name = "db.quotas.extend", level = "debug", skip_all)]
    pub async fn extend(
        self,
        reservation: &Reservation,
        limits: &KeyLimits,
        more: u64,
    ) -> Result<Result<u64, Spent>, StorageError> {
        let Reservation { tenant, key, day, .. } = *reservation;
        self.connection(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT
                  reserved AS "reserved!", at AS "at!", tokens_day AS "tokens_day!", tokens_month AS "tokens_month!",
                  reserved_day AS "reserved_day!", reserved_month AS "reserved_month!"
                FROM vestibule.extend_quota($1, $2, $3, $4, $5, $6)
                "#,
                tenant.0,
                key.0,
                day,
                long(more),
                limits.tokens_per_day.map(long),
                limits.tokens_per_month.map(long),
            )
            .fetch_one(connection)
            .await?;
            if row.reserved > 0 {
                return Ok(Ok(count(row.reserved)));
            }
            let used = QuotaUse {
                tokens_day: count(row.tokens_day),
                tokens_month: count(row.tokens_month),
                reserved_day: count(row.reserved_day),
                reserved_month: count(row.reserved_month),
                ..QuotaUse::default()
            };
            Ok(Err(Spent { used, at: row.at }))
        })
        .await
    }

    /// The longest prompt that answers of a workspace took in the last month, over all replicas; none if nobody knows.
    #[tracing::instrument(name = "db.quotas.longest_prompt", level = "debug", skip_all)]
    pub async fn longest_prompt(self, tenant: TenantId, workspace: WorkspaceId) -> Result<Option<u64>, StorageError> {
        self.read_of(tenant, async |tx| {
            let prompt = sqlx::query_scalar!(
                r#"
                SELECT prompt
                FROM vestibule.answer_tokens
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND since > now() - interval '30 days'
                "#,
                tenant.0,
                workspace.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(prompt.map(count))
        })
        .await
    }

    /// What a key has used today and this month, and when that is: days are those of the database's clock.
    #[tracing::instrument(name = "db.quotas.used", level = "debug", skip_all)]
    pub async fn used(self, tenant: TenantId, key: KeyId) -> Result<Spent, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT
                  clock_timestamp() AS "at!", messages_day AS "messages_day!", messages_month AS "messages_month!",
                  tokens_day AS "tokens_day!", tokens_month AS "tokens_month!",
                  reserved_day AS "reserved_day!", reserved_month AS "reserved_month!"
                FROM vestibule.quota_used($1, $2, (clock_timestamp() AT TIME ZONE 'UTC')::date)
                "#,
                tenant.0,
                key.0,
            )
            .fetch_one(tx.connection())
            .await?;
            let used = QuotaUse {
                messages_day: count(row.messages_day),
                messages_month: count(row.messages_month),
                tokens_day: count(row.tokens_day),
                tokens_month: count(row.tokens_month),
                reserved_day: count(row.reserved_day),
                reserved_month: count(row.reserved_month),
                wanted: 0,
            };
            Ok(Spent { used, at: row.at })
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
    let mut sums: BTreeMap<(KeyId, NaiveDate), (i64, i64, i64)> = BTreeMap::new();
    for settlement in settlements {
        let Reservation { key, day, tokens, .. } = settlement.reservation;
        let sum = sums.entry((key, day)).or_default();
        sum.0 += long(settlement.messages) - 1;
        sum.1 += long(settlement.tokens) - long(tokens);
        sum.2 += long(tokens);
    }
    for ((key, day), (messages, tokens, reserved)) in sums {
        sqlx::query!(
            r#"
            UPDATE vestibule.quota_days
            SET messages = greatest(messages + $3, 0),
                tokens = greatest(tokens + $4, 0),
                reserved = greatest(reserved - $5, 0)
            WHERE tenant_id = vestibule.current_tenant()
              AND api_key_id = $1
              AND day = $2
            "#,
            key.0,
            day,
            messages,
            tokens,
            reserved,
        )
        .execute(tx.connection())
        .await?;
    }
    Ok(())
}

/// Charges the quotas of one tenant with what answers really took instead of what was thought. In the order of keys and
/// days, as above.
pub(super) async fn recharge(tx: &mut TenantTx, found: impl Iterator<Item = Recharge>) -> Result<(), StorageError> {
    let mut sums: BTreeMap<(KeyId, NaiveDate), i64> = BTreeMap::new();
    for Recharge { charged, tokens } in found {
        *sums.entry((charged.key, charged.day)).or_default() += long(tokens) - long(charged.tokens);
    }
    for ((key, day), tokens) in sums {
        sqlx::query!(
            r#"
            UPDATE vestibule.quota_days
            SET tokens = greatest(tokens + $3, 0)
            WHERE tenant_id = vestibule.current_tenant()
              AND api_key_id = $1
              AND day = $2
            "#,
            key.0,
            day,
            tokens,
        )
        .execute(tx.connection())
        .await?;
    }
    Ok(())
}

/// Remembers the most that answers of one tenant's workspaces took, for what is reserved for the next ones. Only as
/// AnythingLLM counted it. In the order of workspaces, as above.
pub(super) async fn learn(
    tx: &mut TenantTx,
    answers: impl Iterator<Item = (Uuid, TokenUsage)>,
) -> Result<(), StorageError> {
    let mut most: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    for (workspace, tokens) in answers.filter(|(_, tokens)| !tokens.estimated) {
        let most = most.entry(workspace).or_default();
        *most = (most.0.max(tokens.prompt.into()), most.1.max(tokens.completion.into()));
    }
    if most.is_empty() {
        return Ok(());
    }
    let workspaces: Vec<_> = most.keys().copied().collect();
    let (prompts, completions): (Vec<_>, Vec<_>) = most.into_values().unzip();
    // Only what is more than known is written: mostly nothing is.
    sqlx::query!(
        r#"
        INSERT INTO vestibule.answer_tokens AS a (tenant_id, workspace_id, prompt, completion, since)
        SELECT vestibule.current_tenant(), w.id, seen.prompt, seen.completion, (now() AT TIME ZONE 'UTC')::date
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
          AS seen (workspace_id, prompt, completion, place)
        JOIN vestibule.workspaces w ON w.id = seen.workspace_id AND w.tenant_id = vestibule.current_tenant()
        LEFT JOIN vestibule.answer_tokens known
          ON known.workspace_id = w.id AND known.tenant_id = w.tenant_id AND known.since > now() - interval '30 days'
        WHERE known.workspace_id IS NULL OR seen.prompt > known.prompt OR seen.completion > known.completion
        ORDER BY seen.place
        ON CONFLICT ON CONSTRAINT answer_tokens_pkey DO UPDATE
        SET prompt = CASE WHEN a.since > now() - interval '30 days' THEN greatest(a.prompt, excluded.prompt)
              ELSE excluded.prompt END,
            completion = CASE WHEN a.since > now() - interval '30 days' THEN greatest(a.completion, excluded.completion)
              ELSE excluded.completion END,
            since = CASE WHEN a.since > now() - interval '30 days' THEN a.since ELSE excluded.since END
        "#,
        &workspaces,
        &prompts,
        &completions,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
