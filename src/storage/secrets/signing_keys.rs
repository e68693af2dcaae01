//! The keys that access tokens are signed with: those of the installation, for all tenants.

use crate::domain::sealed::Sealed;
use crate::domain::signing_key::SigningKey;
use crate::storage::{Database, StorageError};
use chrono::{DateTime, Utc};

/// The repository of signing keys.
#[derive(Debug, Clone, Copy)]
pub struct SigningKeys<'a> {
    database: &'a Database,
}

impl<'a> SigningKeys<'a> {
    pub(in crate::storage) fn new(database: &'a Database) -> Self {
        Self { database }
    }

    /// All keys, also those that are no longer believed.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.signing_keys.list", level = "debug", skip_all)]
    pub async fn list(self) -> Result<Vec<SigningKey>, StorageError> {
        self.database
            .bounded(async {
                let rows = sqlx::query_as!(
                    SigningKeyRow,
                    r#"
                    SELECT
                      kid,
                      public_key,
                      private_key,
                      seal_key_id,
                      created_at,
                      signs_from,
                      verifies_until
                    FROM vestibule.signing_keys
                    ORDER BY signs_from
                    "#,
                )
                .fetch_all(&self.database.pool)
                .await?;
                rows.into_iter().map(SigningKeyRow::into_key).collect()
            })
            .await
    }

    /// Stores the first key. Of replicas that start together one succeeds; the others are told that there is one.
    ///
    /// # Errors
    /// If the database cannot be asked.
    #[tracing::instrument(name = "db.signing_keys.insert_first", level = "debug", skip_all)]
    pub async fn insert_first(self, key: &SigningKey) -> Result<bool, StorageError> {
        self.database
            .bounded(async {
                let done = sqlx::query!(
                    r#"
                    INSERT INTO vestibule.signing_keys (
                      kid,
                      public_key,
                      private_key,
                      seal_key_id,
                      created_at,
                      signs_from,
                      verifies_until
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
                .execute(&self.database.pool)
                .await?;
                Ok(done.rows_affected() > 0)
            })
            .await
    }

    /// Puts another seal of the same private key in the place of `old`. False: it is not that one any more.
    ///
    /// # Errors
    /// If the database cannot be asked.
    #[tracing::instrument(name = "db.signing_keys.reseal", level = "debug", skip_all)]
    pub async fn reseal(self, kid: &str, old: &Sealed, new: &Sealed) -> Result<bool, StorageError> {
        self.database
            .bounded(async {
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
                .execute(&self.database.pool)
                .await?;
                Ok(done.rows_affected() == 1)
            })
            .await
    }

    /// Stores a successor; what the keys before it signed is believed until `others_until` at most. Removes those that
    /// are not believed any more at `now`.
    ///
    /// # Errors
    /// If the database cannot be asked; nothing has changed then, or everything.
    #[tracing::instrument(name = "db.signing_keys.rotate", level = "debug", skip_all)]
    pub async fn rotate(
        self,
        successor: &SigningKey,
        others_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.pool.begin().await?;
                sqlx::query!(
                    r#"
                    UPDATE vestibule.signing_keys
                    SET verifies_until = least(verifies_until, $1)
                    "#,
                    others_until,
                )
                .execute(&mut *tx)
                .await?;
                sqlx::query!(
                    r#"
                    INSERT INTO vestibule.signing_keys (
                      kid,
                      public_key,
                      private_key,
                      seal_key_id,
                      created_at,
                      signs_from,
                      verifies_until
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
                .execute(&mut *tx)
                .await?;
                sqlx::query!("DELETE FROM vestibule.signing_keys WHERE verifies_until <= $1", now)
                    .execute(&mut *tx)
                    .await?;
                Ok(tx.commit().await?)
            })
            .await
    }
}

struct SigningKeyRow {
    kid: String,
    public_key: Vec<u8>,
    private_key: Vec<u8>,
    seal_key_id: String,
    created_at: DateTime<Utc>,
    signs_from: DateTime<Utc>,
    verifies_until: Option<DateTime<Utc>>,
}

impl SigningKeyRow {
    fn into_key(self) -> Result<SigningKey, StorageError> {
        let public_key = self.public_key.try_into();
        Ok(SigningKey {
            kid: self.kid,
            public_key: public_key.map_err(|_| StorageError::corrupt("public_key", "not 32 bytes"))?,
            private_key: Sealed { key_id: self.seal_key_id, bytes: self.private_key },
            created_at: self.created_at,
            signs_from: self.signs_from,
            verifies_until: self.verifies_until,
        })
    }
}
