//! Corrects sums in place: events that are in them took other tokens than was thought. In the transaction of whoever
//! holds the tenant's lock.

use super::adding;
use super::rows::Keys;
use crate::domain::ids::TenantId;
use crate::domain::usage::rollup::{Counted, TokensChange, corrected};
use crate::storage::locks::LockName;
use crate::storage::{StorageError, TenantTx};

/// Nobody adds up the tenant's usage until the transaction ends; waits for whoever is at it.
pub(in crate::storage::usage) async fn hold(tx: &mut TenantTx, tenant: TenantId) -> Result<(), StorageError> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", LockName::RollUp(tenant).text())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Changes the sums that events are in. The lock is held.
pub(in crate::storage::usage) async fn correct(
    tx: &mut TenantTx,
    tenant: TenantId,
    events: &[(Counted, TokensChange)],
) -> Result<(), StorageError> {
    let counted: Vec<Counted> = events.iter().map(|(event, _)| event.clone()).collect();
    let known = adding::known_origins(tx, tenant, &counted).await?;
    let changes = corrected(events, &known);
    let keys = Keys::of(changes.keys());
    let (mut prompts, mut completions, mut estimated) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes.values() {
        prompts.push(change.prompt);
        completions.push(change.completion);
        estimated.push(change.estimated);
    }
    sqlx::query!(
        r#"
        UPDATE vestibule.usage_rollups AS sums
        SET prompt_tokens = greatest(sums.prompt_tokens + k.prompt, 0),
            completion_tokens = greatest(sums.completion_tokens + k.completion, 0),
            tokens_estimated = greatest(sums.tokens_estimated + k.estimated, 0)
        FROM UNNEST(
          $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::uuid[], $8::text[], $9::bigint[],
          $10::bigint[], $11::bigint[]
        ) AS k(
          granularity, scope, dimension, starts_at, workspace_id, api_key_id, value, prompt, completion, estimated
        )
        WHERE sums.tenant_id = $1
          AND sums.granularity = k.granularity
          AND sums.scope = k.scope
          AND sums.dimension = k.dimension
          AND sums.starts_at = k.starts_at
          AND sums.workspace_id = k.workspace_id
          AND sums.api_key_id = k.api_key_id
          AND sums.value = k.value
        "#,
        tenant.0,
        &keys.granularity,
        &keys.scope,
        &keys.dimension,
        &keys.starts_at,
        &keys.workspace,
        &keys.key,
        &keys.value,
        &prompts,
        &completions,
        &estimated,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
