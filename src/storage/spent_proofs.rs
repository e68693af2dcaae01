//! Proofs of work that were spent: each is good once, on all replicas together.

use super::{SpentProofs, StorageError};
use crate::crypto::proof_of_work::Solved;
use crate::domain::ids::TenantId;
use chrono::{DateTime, Utc};

impl SpentProofs<'_> {
    /// Spends a proof. False: it was spent before. If it fails, the proof must not count as fresh.
    #[tracing::instrument(name = "db.spent_proofs.insert", level = "debug", skip_all)]
    pub async fn insert(self, tenant: TenantId, proof: &Solved) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                INSERT INTO vestibule.spent_proofs (tenant_id, challenge, expires_at)
                VALUES ($1, $2, $3)
                ON CONFLICT ON CONSTRAINT spent_proofs_pkey DO NOTHING
                "#,
                tenant.0,
                proof.challenge.as_slice(),
                proof.expires_at,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            Ok(done > 0)
        })
        .await
    }

    /// Forgets proofs that expired before `before`: they are refused for that. Ten thousand at most at a time; tells
    /// how many.
    #[tracing::instrument(name = "db.spent_proofs.delete_expired", level = "debug", skip_all)]
    pub async fn delete_expired(self, tenant: TenantId, before: DateTime<Utc>) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
            let deleted = sqlx::query!(
                r#"
                DELETE FROM vestibule.spent_proofs
                WHERE tenant_id = $1
                  AND challenge IN (
                    SELECT challenge
                    FROM vestibule.spent_proofs
                    WHERE tenant_id = $1
                      AND expires_at < $2
                    LIMIT 10000
                  )
                "#,
                tenant.0,
                before,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            Ok(deleted)
        })
        .await
    }
}
