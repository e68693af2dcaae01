//! The keys that access tokens are signed with: those of the installation, for all tenants.

use crate::domain::sealed::Sealed;
use crate::domain::signing_key::SigningKey;
use crate::storage::{SigningKeys, StorageError};
use chrono::{DateTime, Utc};

impl SigningKeys<'_> {
    /// All keys, also those that are no longer believed.
    #[tracing::instrument(name = "db.signing_keys.list", level = "debug", skip_all)]
    pub async fn list(self) -> Result<Vec<SigningKey>, StorageError> {
        self.read(async |connection| {
            let rows = sqlx::query!(
                r#"
                SELECT kid, public_key, private_key, seal_key_id, created_at, signs_from, verifies_until
                FROM vestibule.signing_keys
                ORDER BY signs_from
                "#,
            )
            .fetch_all(connection)
            .await?;
            let keys = rows.into_iter().map(|row| {
                let public_key = row.public_key.try_into();
                Ok(SigningKey {
                    kid: row.kid,
                    public_key: public_key.map_err(|_| StorageError::corrupt("public_key", "not 32 bytes"))?,
                    private_key: Sealed { key_id: row.seal_key_id, bytes: row.private_key },
                    created_at: row.created_at,
                    signs_from: row.signs_from,
                    verifies_until: row.verifies_until,
                })
            });
            keys.collect()
        })
        .await
    }

    /// Stores the first key. Of replicas that start together one succeeds; the others are told that there is one.
    #[tracing::instrument(name = "db.signing_keys.insert_first", level = "debug", skip_all)]
    pub async fn insert_first(self, key: &SigningKey) -> Result<bool, StorageError> {
        self.connection(async |connection| {
            let done = sqlx::query!(
                r#"
                INSERT INTO vestibule.signing_keys (
                  kid, public_key, private_key, seal_key_id, created_at, signs_from, verifies_until
                )
                VALUES ($1, $2, $3, $4, $5, $6, NULL)
                ON CONFLICT DO NOTHING
                "#,
                key.kid,
                key.public_key.as_slice(),
                key.private_key.bytes,
                key.private_key.key_id,
                key.created_at,
                key.signs_from,
            )
            .execute(connection)
            .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
    }

    /// Puts another seal of the same private key in the place of `old`. False: it is not that one any more.
    #[tracing::instrument(name = "db.signing_keys.reseal", level = "debug", skip_all)]
    pub async fn reseal(self, kid: &str, old: &Sealed, new: &Sealed) -> Result<bool, StorageError> {
        self.connection(async |connection| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.signing_keys
                SET private_key = $3,
                    seal_key_id = $4
                WHERE kid = $1
                  AND private_key = $2
                "#,
                kid,
                old.bytes,
                new.bytes,
                new.key_id,
            )
            .execute(connection)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Stores a successor; what the keys before it signed is believed until `others_until` at most. Removes those that
    /// are not believed any more at `now`.
    #[tracing::instrument(name = "db.signing_keys.rotate", level = "debug", skip_all)]
    pub async fn rotate(
        self,
        successor: &SigningKey,
        others_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.transaction(async |connection| {
            sqlx::query!(
                r#"
                UPDATE vestibule.signing_keys
                SET verifies_until = least(verifies_until, $1)
                "#,
                others_until,
            )
            .execute(&mut *connection)
            .await?;
            sqlx::query!(
                r#"
                INSERT INTO vestibule.signing_keys (
                  kid, public_key, private_key, seal_key_id, created_at, signs_from, verifies_until
                )
                VALUES ($1, $2, $3, $4, $5, $6, NULL)
                "#,
                successor.kid,
                successor.public_key.as_slice(),
                successor.private_key.bytes,
                successor.private_key.key_id,
                successor.created_at,
                successor.signs_from,
            )
            .execute(&mut *connection)
            .await?;
            sqlx::query!("DELETE FROM vestibule.signing_keys WHERE verifies_until <= $1", now)
                .execute(&mut *connection)
                .await?;
            Ok(())
        })
        .await
    }
}
