//! Proofs of work that were spent: each is good once, on all replicas together.

use super::{Database, StorageError};
use crate::crypto::proof_of_work::Solved;
use crate::domain::ids::TenantId;
use chrono::{DateTime, Utc};

/// The repository of spent proofs.
#[derive(Debug, Clone, Copy)]
pub struct SpentProofs<'a> {
    database: &'a Database,
}

impl<'a> SpentProofs<'a> {
    pub(super) fn new(database: &'a Database) -> Self {
        Self { database }
    }

    /// Spends a proof. False: it was spent before.
    ///
    /// # Errors
    /// If the database cannot be asked: then it must not count as fresh.
    #[tracing::instrument(name = "db.spent_proofs.insert", level = "debug", skip_all)]
    pub async fn insert(self, tenant: TenantId, proof: &Solved) -> Result<bool, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
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
                tx.commit().await?;
                Ok(done > 0)
            })
            .await
    }

    /// Forgets proofs that expired before `before`: they are refused for that. Ten thousand at most at a time; tells how many.
    ///
    /// # Errors
    /// If the database cannot be asked.
    #[tracing::instrument(name = "db.spent_proofs.delete_expired", level = "debug", skip_all)]
    pub async fn delete_expired(self, tenant: TenantId, before: DateTime<Utc>) -> Result<u64, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
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
                tx.commit().await?;
                Ok(deleted)
            })
            .await
    }
}
