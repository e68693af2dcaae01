//! What is removed once nobody needs it any more, of all tenants. A round that fails is made up for by the next one.

use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::domain::words::words;
use crate::storage::{Database, StorageError};
use chrono::{Days, TimeDelta};
use std::time::Duration;

words! {
    /// What is removed once nobody needs it; the words name the background tasks.
    Sweep {
        /// Answers that are no longer kept for repetition.
        IdempotencyKeys = "sweep_idempotency_keys",
        /// Sessions that ended a month ago; until then the log's ids can be looked up.
        Sessions = "sweep_sessions",
        /// Conversations in which nothing was said for as long as their workspace keeps them.
        Conversations = "sweep_conversations",
        /// What was said in them longer ago than their workspace keeps it.
        Transcripts = "sweep_transcripts",
        /// Proofs of work that have expired.
        SpentProofs = "sweep_spent_proofs",
        /// What keys used in months before the last one.
        Quotas = "sweep_quotas",
        /// Messages to webhooks, a month later.
        Webhooks = "sweep_webhooks",
    }
}

impl Sweep {
    /// The pause between two rounds.
    pub(super) const fn pause(self) -> Duration {
        match self {
            Self::IdempotencyKeys | Self::SpentProofs => Duration::from_secs(600),
            Self::Sessions | Self::Conversations | Self::Transcripts | Self::Quotas | Self::Webhooks => {
                Duration::from_secs(3600)
            }
        }
    }

    pub async fn round(self, database: &Database, ambient: &Ambient) {
        let tenants = database.tenants().ids().await.unwrap_or_else(|error| {
            tracing::warn!(%error, task = self.as_str(), "the tenants are not known, and nothing of theirs is swept up");
            Vec::new()
        });
        for tenant in tenants {
            if let Err(error) = self.of(tenant, database, ambient).await {
                tracing::warn!(%error, %tenant, task = self.as_str(), "what nobody needs any more was not removed");
            }
        }
    }

    /// Some repositories remove so many at a time; the rest is for the next round.
    async fn of(self, tenant: TenantId, database: &Database, ambient: &Ambient) -> Result<(), StorageError> {
        let now = ambient.now();
        match self {
            Self::IdempotencyKeys => database.idempotency_keys().delete_expired(tenant, ambient).await.map(drop),
            Self::Sessions => database.auth_sessions().delete_ended(tenant, now - TimeDelta::days(30)).await.map(drop),
            Self::Conversations => database.conversations().delete_beyond_retention(tenant, now).await.map(drop),
            Self::Transcripts => {
                database.transcripts().delete_beyond_retention(tenant, now).await?;
                database.handovers().delete_beyond_retention(tenant, now).await.map(drop)
            }
            // A minute later: clocks differ.
            Self::SpentProofs => {
                database.spent_proofs().delete_expired(tenant, now - TimeDelta::minutes(1)).await.map(drop)
            }
            Self::Webhooks => database.webhooks().delete_deliveries(tenant, now - TimeDelta::days(30)).await.map(drop),
            // Longer than any month, so that a clock that is a little off removes nothing that counts.
            Self::Quotas => database.quotas().delete_before(tenant, now.date_naive() - Days::new(62)).await.map(drop),
        }
    }
}
