//! Adds events to the sums: what waits is taken, what is stored of the same sums is added to it, and the whole stored.
//! All in the transaction of whoever holds the tenant's lock.

use super::rows::{self, Keys, PendingRow, RollupRow, Sums, pending_rows, rollup_rows};
use crate::domain::ids::TenantId;
use crate::domain::usage::rollup::{Cell, Counted, Granularity, KnownOrigins, LevelKind, Measures, Named};
use crate::storage::columns::count;
use crate::storage::{StorageError, TenantTx};
use std::collections::{BTreeMap, HashSet};

/// Takes the events away that have waited longest.
pub(super) async fn take(tx: &mut TenantTx, tenant: TenantId, limit: u16) -> Result<Vec<Counted>, StorageError> {
    let rows = pending_rows!(
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
        "#,
        "",
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

/// What the scopes and days of these events know already of their origins. Of origins that these events do not come
/// from only the number is asked for: a day has hundreds of thousands where there are many keys.
pub(super) async fn known_origins(
    tx: &mut TenantTx,
    tenant: TenantId,
    events: &[Counted],
) -> Result<KnownOrigins, StorageError> {
    let (mut scopes, mut origins) = (HashSet::new(), HashSet::new());
    for event in events {
        let Some(origin) = event.origin.as_deref() else { continue };
        let day = Granularity::Day.floor(event.at);
        scopes.extend(LevelKind::ALL.map(|kind| (day, kind.of(event.workspace, event.key))));
        origins.insert(origin);
    }
    let mut known = KnownOrigins::new();
    if scopes.is_empty() {
        return Ok(known);
    }
    let keys = Keys::of_origins(scopes);
    let origins: Vec<String> = origins.into_iter().map(str::to_owned).collect();
    let rows = sqlx::query!(
        r#"
        SELECT
          scope AS "scope!", starts_at AS "starts_at!", workspace_id AS "workspace_id!", api_key_id AS "api_key_id!",
          count(*) AS "all!",
          array_remove(array_agg(CASE WHEN sums.value = ANY ($6) THEN sums.value END), NULL) AS "named!: Vec<String>"
        FROM vestibule.usage_rollups AS sums
        JOIN UNNEST($2::text[], $3::timestamptz[], $4::uuid[], $5::uuid[])
          AS k(scope, starts_at, workspace_id, api_key_id)
          USING (scope, starts_at, workspace_id, api_key_id)
        WHERE tenant_id = $1 AND granularity = 'day' AND dimension = 'origin' AND sums.value <> ''
        GROUP BY scope, starts_at, workspace_id, api_key_id
        "#,
        tenant.0,
        &keys.scope,
        &keys.starts_at,
        &keys.workspace,
        &keys.key,
        &origins,
    )
    .fetch_all(tx.connection())
    .await?;
    for row in rows {
        let scope = rows::scope(&row.scope, row.workspace_id, row.api_key_id)?;
        let origins: HashSet<String> = row.named.into_iter().collect();
        let all: usize = count(row.all);
        let others = all.saturating_sub(origins.len());
        known.insert((row.starts_at, scope), Named { origins, others });
    }
    Ok(known)
}

/// Adds what is stored of the same cells.
pub(super) async fn add_stored(
    tx: &mut TenantTx,
    tenant: TenantId,
    sums: &mut BTreeMap<Cell, Measures>,
) -> Result<(), StorageError> {
    let keys = Keys::of(sums.keys());
    let stored = rollup_rows!(
        r#"
        FROM vestibule.usage_rollups AS sums
        JOIN UNNEST(
          $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::uuid[], $8::text[]
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

pub(super) async fn store(
    tx: &mut TenantTx,
    tenant: TenantId,
    sums: &BTreeMap<Cell, Measures>,
) -> Result<(), StorageError> {
    let keys = Keys::of(sums.keys());
    let sums = Sums::of(sums.values());
    sqlx::query!(
        r#"
        INSERT INTO vestibule.usage_rollups (
          tenant_id, granularity, scope, dimension, starts_at, workspace_id, api_key_id, value, requests, refused,
          outcomes, prompt_tokens, completion_tokens, tokens_estimated, cache_hits, cache_misses, bytes_out,
          first_byte, total, gateway
        )
        SELECT $1::uuid, *
        FROM UNNEST(
          $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::uuid[], $8::text[], $9::bigint[],
          $10::bigint[], $11::jsonb[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
          $17::bigint[], $18::bytea[], $19::bytea[], $20::bytea[]
        )
        ON CONFLICT (tenant_id, granularity, scope, dimension, starts_at, workspace_id, api_key_id, value) DO UPDATE
        SET
          requests = EXCLUDED.requests, refused = EXCLUDED.refused, outcomes = EXCLUDED.outcomes,
          prompt_tokens = EXCLUDED.prompt_tokens, completion_tokens = EXCLUDED.completion_tokens,
          tokens_estimated = EXCLUDED.tokens_estimated, cache_hits = EXCLUDED.cache_hits,
          cache_misses = EXCLUDED.cache_misses, bytes_out = EXCLUDED.bytes_out, first_byte = EXCLUDED.first_byte,
          total = EXCLUDED.total, gateway = EXCLUDED.gateway
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
