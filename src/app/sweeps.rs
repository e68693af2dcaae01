//! What is removed by and by, of all tenants. A round that fails is made up for by the next one.

use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::storage::Database;
use std::time::Duration;

/// The tenants to sweep after; none while they cannot be asked for.
async fn tenants(database: &Database) -> Vec<TenantId> {
    database.tenants().ids().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the tenants are not known, and nothing of theirs is swept up");
        Vec::new()
    })
}

/// Removes answers that are no longer kept for repetition, of all tenants.
pub(super) async fn forget_idempotency_keys(database: Database, ambient: Ambient) {
    loop {
        tokio::time::sleep(Duration::from_secs(600)).await;
        sweep_idempotency_keys(&database, &ambient).await;
    }
}

/// Removes sessions that ended a month ago, of all tenants; until then the log's ids can be looked up.
pub(super) async fn forget_sessions(database: Database, ambient: Ambient) {
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        sweep_sessions(&database, &ambient).await;
    }
}

/// Forgets conversations in which nothing was said for as long as their workspace keeps them, of all tenants.
pub(super) async fn forget_conversations(database: Database, ambient: Ambient) {
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        sweep_conversations(&database, &ambient).await;
    }
}

/// Forgets proofs of work that have expired, of all tenants.
pub(super) async fn forget_spent_proofs(database: Database, ambient: Ambient) {
    loop {
        tokio::time::sleep(Duration::from_secs(600)).await;
        sweep_spent_proofs(&database, &ambient).await;
    }
}

/// One round of forgetting proofs of work that have expired, a minute later: clocks differ.
pub async fn sweep_spent_proofs(database: &Database, ambient: &Ambient) {
    let before = ambient.now() - chrono::TimeDelta::minutes(1);
    for tenant in tenants(database).await {
        if let Err(error) = database.spent_proofs().delete_expired(tenant, before).await {
            tracing::warn!(%error, %tenant, "proofs of work that have expired were not removed");
        }
    }
}

/// One round of forgetting conversations beyond their workspace's retention.
pub async fn sweep_conversations(database: &Database, ambient: &Ambient) {
    for tenant in tenants(database).await {
        if let Err(error) = database.conversations().delete_beyond_retention(tenant, ambient.now()).await {
            tracing::warn!(%error, %tenant, "conversations beyond their retention were not forgotten");
        }
    }
}

/// One round of removing answers that are no longer kept for repetition.
pub async fn sweep_idempotency_keys(database: &Database, ambient: &Ambient) {
    for tenant in tenants(database).await {
        // It removes so many at a time; the rest is for the next round.
        if let Err(error) = database.idempotency_keys().delete_expired(tenant, ambient).await {
            tracing::warn!(%error, %tenant, "expired idempotency keys were not removed");
        }
    }
}

/// Removes what keys used in months before the last one, of all tenants.
pub(super) async fn forget_quotas(database: Database, ambient: Ambient) {
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        sweep_quotas(&database, &ambient).await;
    }
}

/// One round of removing what keys used in months before the last one.
pub async fn sweep_quotas(database: &Database, ambient: &Ambient) {
    // Longer than any month, so that a clock that is a little off removes nothing that counts.
    let before = ambient.now().date_naive() - chrono::Days::new(62);
    for tenant in tenants(database).await {
        if let Err(error) = database.quotas().delete_before(tenant, before).await {
            tracing::warn!(%error, %tenant, "what keys used long ago was not removed");
        }
    }
}

/// One round of removing sessions that ended a month ago.
pub async fn sweep_sessions(database: &Database, ambient: &Ambient) {
    let before = ambient.now() - chrono::TimeDelta::days(30);
    for tenant in tenants(database).await {
        if let Err(error) = database.auth_sessions().delete_ended(tenant, before).await {
            tracing::warn!(%error, %tenant, "sessions that ended long ago were not removed");
        }
    }
}
