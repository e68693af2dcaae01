//! The sums of usage: made of what waits to be added up, one tenant and one writer at a time, and read together with what
//! still waits.
//!
//! The sums are added in Rust, because a histogram cannot be added in SQL. That is safe because whoever adds holds the
//! tenant's advisory lock until its transaction ends.

mod rows;

use super::{Database, StorageError, TenantTx};
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::usage::rollup::{
    Cell, Counted, Dimension, Granularity, KnownOrigins, Measures, ScopeKind, add_up, add_up_in,
};
use chrono::{DateTime, Utc};
use rows::{Keys, PendingRow, RollupRow, Sums};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Waiting events that one answer takes into account at most. There are that many only when nobody has added up for hours.
const MOST_PENDING: i64 = 200_000;

/// The repository of the sums.
#[derive(Debug, Clone, Copy)]
pub struct UsageRollups<'a> {
    database: &'a Database,
}

/// What one round of adding up did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollUp {
    /// Another replica is at it.
    Elsewhere,
    /// So many events were added; none are left if it is less than was asked for.
    Done(usize),
}

/// Which sums are wanted.
#[derive(Debug, Clone, Copy)]
pub struct RollupQuery {
    /// Periods.
    pub granularity: Granularity,
    /// Whose.
    pub scope: ScopeKind,
    /// Divided by.
    pub dimension: Dimension,
    /// Of this workspace only.
    pub workspace: Option<WorkspaceId>,
    /// Of this key only.
    pub key: Option<KeyId>,
    /// First period; the beginning of one.
    pub from: DateTime<Utc>,
    /// End of the last period.
    pub to: DateTime<Utc>,
}

/// Sums, and up to when all events that were written are in them.
#[derive(Debug, Clone)]
pub struct Rollups {
    /// A cell may come twice: what was added up already, and what was not.
    pub cells: Vec<(Cell, Measures)>,
    /// None: everything that was written.
    pub complete_until: Option<DateTime<Utc>>,
}

impl<'a> UsageRollups<'a> {
    pub(super) fn new(database: &'a Database) -> Self {
        Self { database }
    }

    /// Adds up to `limit` waiting events to the sums, the oldest first. Each is added once, whatever happens: it stops
    /// waiting in the same transaction.
    ///
    /// # Errors
    /// If it could not be done; then nothing was.
    #[tracing::instrument(name = "db.usage_rollups.roll_up", level = "debug", skip_all)]
    pub async fn roll_up(self, tenant: TenantId, limit: u16) -> Result<RollUp, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
                let elected = sqlx::query_scalar!(
                    r#"SELECT pg_try_advisory_xact_lock(hashtextextended('vestibule.usage ' || $1, 0)) AS "elected!""#,
                    tenant.to_string(),
                )
                .fetch_one(tx.connection())
                .await?;
                if !elected {
                    return Ok(RollUp::Elsewhere);
                }
                let events = take(&mut tx, tenant, limit).await?;
                if events.is_empty() {
                    return Ok(RollUp::Done(0));
                }
                let mut known = known_origins(&mut tx, tenant, &events).await?;
                let mut sums = add_up(&events, &mut known);
                add_stored(&mut tx, tenant, &mut sums).await?;
                store(&mut tx, tenant, &sums).await?;
                tx.commit().await?;
                Ok(RollUp::Done(events.len()))
            })
            .await
    }

    /// When the request arrived that has waited longest to be added up.
    ///
    /// # Errors
    /// If the database cannot be asked.
    #[tracing::instrument(name = "db.usage_rollups.oldest_pending", level = "debug", skip_all)]
    pub async fn oldest_pending(self, tenant: TenantId) -> Result<Option<DateTime<Utc>>, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
                let oldest =
                    sqlx::query_scalar!("SELECT min(at) FROM vestibule.usage_pending WHERE tenant_id = $1", tenant.0)
                        .fetch_one(tx.connection())
                        .await?;
                tx.commit().await?;
                Ok(oldest)
            })
            .await
    }

    /// The sums of a span, with what waits to be added to them: every event that was written counts once.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.usage_rollups.read", level = "debug", skip_all)]
    pub async fn read(self, tenant: TenantId, query: &RollupQuery) -> Result<Rollups, StorageError> {
        self.database
            .bounded(async {
                // One snapshot for both, or an event could be seen twice or not at all.
                let mut tx = self.database.begin_snapshot(tenant).await?;
                let rows = read_sums(&mut tx, tenant, query).await?;
                let waiting = read_pending(&mut tx, tenant, query).await?;
                tx.commit().await?;
                let cut = i64::try_from(waiting.len()).unwrap_or(i64::MAX) >= MOST_PENDING;
                let complete_until = waiting.last().filter(|_| cut).map(|event| event.at);
                let mut cells = rows.into_iter().map(RollupRow::into_cell).collect::<Result<Vec<_>, _>>()?;
                cells.extend(add_up_in(&waiting, query.granularity, query.scope, query.dimension));
                Ok(Rollups { cells, complete_until })
            })
            .await
    }

    /// Forgets sums of periods that began before these moments, some at a time; gives how many.
    ///
    /// # Errors
    /// If they could not be deleted.
    #[tracing::instrument(name = "db.usage_rollups.delete_before", level = "debug", skip_all)]
    pub async fn delete_before(
        self,
        tenant: TenantId,
        hours: DateTime<Utc>,
        days: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
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
                tx.commit().await?;
                Ok(deleted.rows_affected())
            })
            .await
    }
}

async fn take(tx: &mut TenantTx, tenant: TenantId, limit: u16) -> Result<Vec<Counted>, StorageError> {
    let rows = sqlx::query_as!(
        PendingRow,
        r#"
        DELETE FROM vestibule.usage_pending
        WHERE tenant_id = $1
          AND (at, id) IN (
            SELECT at, id
            FROM vestibule.usage_pending
            WHERE tenant_id = $1
            ORDER BY at, id
            LIMIT $2
          )
        RETURNING
          at,
          workspace_id,
          api_key_id,
          route,
          outcome,
          http_status,
          origin,
          cache,
          prompt_tokens,
          completion_tokens,
          tokens_estimated,
          first_byte_us,
          total_us,
          gateway_us,
          bytes_out
        "#,
        tenant.0,
        i64::from(limit),
    )
    .fetch_all(tx.connection())
    .await?;
    let mut events: Vec<Counted> = rows.into_iter().map(PendingRow::into_counted).collect();
    // First come, first told apart.
    events.sort_by_key(|event| event.at);
    Ok(events)
}

/// The origins that the days of these events know already.
async fn known_origins(tx: &mut TenantTx, tenant: TenantId, events: &[Counted]) -> Result<KnownOrigins, StorageError> {
    let mut days: Vec<_> =
        events.iter().filter(|e| e.origin.is_some()).map(|event| Granularity::Day.floor(event.at)).collect();
    days.sort_unstable();
    days.dedup();
    let mut known = KnownOrigins::new();
    if days.is_empty() {
        return Ok(known);
    }
    let rows = sqlx::query!(
        r#"
        SELECT
          scope,
          starts_at,
          workspace_id,
          api_key_id,
          value
        FROM vestibule.usage_rollups
        WHERE tenant_id = $1
          AND granularity = 'day'
          AND dimension = 'origin'
          AND scope = ANY (ARRAY['tenant', 'workspace', 'key'])
          AND starts_at = ANY ($2)
          AND value <> ''
        "#,
        tenant.0,
        &days,
    )
    .fetch_all(tx.connection())
    .await?;
    for row in rows {
        let scope = rows::scope(&row.scope, row.workspace_id, row.api_key_id)?;
        known.entry((row.starts_at, scope)).or_default().insert(row.value);
    }
    Ok(known)
}

/// Adds what is stored of the same cells.
async fn add_stored(
    tx: &mut TenantTx,
    tenant: TenantId,
    sums: &mut BTreeMap<Cell, Measures>,
) -> Result<(), StorageError> {
    let keys = Keys::of(sums.keys());
    let stored = sqlx::query_as!(
        RollupRow,
        r#"
        SELECT
          granularity,
          scope,
          dimension,
          starts_at,
          workspace_id,
          api_key_id,
          value,
          requests,
          refused,
          outcomes,
          prompt_tokens,
          completion_tokens,
          tokens_estimated,
          cache_hits,
          cache_misses,
          bytes_out,
          first_byte,
          total,
          gateway
        FROM vestibule.usage_rollups
        JOIN UNNEST(
          $2::text[],
          $3::text[],
          $4::text[],
          $5::timestamptz[],
          $6::uuid[],
          $7::uuid[],
          $8::text[]
        ) AS k(granularity, scope, dimension, starts_at, workspace_id, api_key_id, value)
          USING (granularity, scope, dimension, starts_at, workspace_id, api_key_id, value)
        WHERE tenant_id = $1
        "#,
        tenant.0,
        &keys.granularity,
        &keys.scope,
        &keys.dimension,
        &keys.starts_at,
        &keys.workspace,
        &keys.key,
        &keys.value,
    )
    .fetch_all(tx.connection())
    .await?;
    for row in stored {
        let (cell, measures) = row.into_cell()?;
        if let Some(sum) = sums.get_mut(&cell) {
            sum.add(&measures);
        }
    }
    Ok(())
}

async fn store(tx: &mut TenantTx, tenant: TenantId, sums: &BTreeMap<Cell, Measures>) -> Result<(), StorageError> {
    let keys = Keys::of(sums.keys());
    let sums = Sums::of(sums.values());
    sqlx::query!(
        r#"
        INSERT INTO vestibule.usage_rollups (
          tenant_id,
          granularity,
          scope,
          dimension,
          starts_at,
          workspace_id,
          api_key_id,
          value,
          requests,
          refused,
          outcomes,
          prompt_tokens,
          completion_tokens,
          tokens_estimated,
          cache_hits,
          cache_misses,
          bytes_out,
          first_byte,
          total,
          gateway
        )
        SELECT $1::uuid, *
        FROM UNNEST(
          $2::text[],
          $3::text[],
          $4::text[],
          $5::timestamptz[],
          $6::uuid[],
          $7::uuid[],
          $8::text[],
          $9::bigint[],
          $10::bigint[],
          $11::jsonb[],
          $12::bigint[],
          $13::bigint[],
          $14::bigint[],
          $15::bigint[],
          $16::bigint[],
          $17::bigint[],
          $18::bytea[],
          $19::bytea[],
          $20::bytea[]
        )
        ON CONFLICT (tenant_id, granularity, scope, dimension, starts_at, workspace_id, api_key_id, value) DO UPDATE
        SET
          requests = EXCLUDED.requests,
          refused = EXCLUDED.refused,
          outcomes = EXCLUDED.outcomes,
          prompt_tokens = EXCLUDED.prompt_tokens,
          completion_tokens = EXCLUDED.completion_tokens,
          tokens_estimated = EXCLUDED.tokens_estimated,
          cache_hits = EXCLUDED.cache_hits,
          cache_misses = EXCLUDED.cache_misses,
          bytes_out = EXCLUDED.bytes_out,
          first_byte = EXCLUDED.first_byte,
          total = EXCLUDED.total,
          gateway = EXCLUDED.gateway
        "#,
        tenant.0,
        &keys.granularity,
        &keys.scope,
        &keys.dimension,
        &keys.starts_at,
        &keys.workspace,
        &keys.key,
        &keys.value,
        &sums.requests,
        &sums.refused,
        &sums.outcomes,
        &sums.prompt_tokens,
        &sums.completion_tokens,
        &sums.tokens_estimated,
        &sums.cache_hits,
        &sums.cache_misses,
        &sums.bytes_out,
        &sums.first_byte,
        &sums.total,
        &sums.gateway,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn read_sums(tx: &mut TenantTx, tenant: TenantId, query: &RollupQuery) -> Result<Vec<RollupRow>, StorageError> {
    let rows = sqlx::query_as!(
        RollupRow,
        r#"
        SELECT
          granularity,
          scope,
          dimension,
          starts_at,
          workspace_id,
          api_key_id,
          value,
          requests,
          refused,
          outcomes,
          prompt_tokens,
          completion_tokens,
          tokens_estimated,
          cache_hits,
          cache_misses,
          bytes_out,
          first_byte,
          total,
          gateway
        FROM vestibule.usage_rollups
        WHERE tenant_id = $1
          AND granularity = $2
          AND scope = $3
          AND dimension = $4
          AND starts_at >= $5
          AND starts_at < $6
          AND ($7::uuid IS NULL OR workspace_id = $7)
          AND ($8::uuid IS NULL OR api_key_id = $8)
        "#,
        tenant.0,
        query.granularity.as_str(),
        query.scope.as_str(),
        query.dimension.as_str(),
        query.from,
        query.to,
        query.workspace.map(|workspace| workspace.0) as Option<Uuid>,
        query.key.map(|key| key.0) as Option<Uuid>,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

async fn read_pending(tx: &mut TenantTx, tenant: TenantId, query: &RollupQuery) -> Result<Vec<Counted>, StorageError> {
    let rows = sqlx::query_as!(
        PendingRow,
        r#"
        SELECT
          at,
          workspace_id,
          api_key_id,
          route,
          outcome,
          http_status,
          origin,
          cache,
          prompt_tokens,
          completion_tokens,
          tokens_estimated,
          first_byte_us,
          total_us,
          gateway_us,
          bytes_out
        FROM vestibule.usage_pending
        WHERE tenant_id = $1
          AND at >= $2
          AND at < $3
          AND ($4::uuid IS NULL OR workspace_id = $4)
          AND ($5::uuid IS NULL OR api_key_id = $5)
        ORDER BY at, id
        LIMIT $6
        "#,
        tenant.0,
        query.from,
        query.to,
        query.workspace.map(|workspace| workspace.0) as Option<Uuid>,
        query.key.map(|key| key.0) as Option<Uuid>,
        MOST_PENDING,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(PendingRow::into_counted).collect())
}
