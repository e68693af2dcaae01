//! Adds events to the sums: what waits is taken, what is stored of the same sums is added to it, and the whole stored.
//! All in the transaction of whoever holds the tenant's lock.

use super::rows::{self, Keys, PendingRow, RollupRow, Sums, pending_rows, rollup_rows};
use crate::domain::ids::TenantId;
use crate::domain::usage::rollup::{Cell, Counted, Granularity, KnownOrigins, Measures};
use crate::storage::{StorageError, TenantTx};
use std::collections::BTreeMap;

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

/// The origins that the days of these events know already.
pub(super) async fn known_origins(
    tx: &mut TenantTx,
    tenant: TenantId,
    events: &[Counted],
) -> Result<KnownOrigins, StorageError> {
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
        SELECT scope, starts_at, workspace_id, api_key_id, value
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
