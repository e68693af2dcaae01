//! Keys that API keys were hashed with before the root key was changed, sealed: a hash cannot be made anew without the
//! API key itself, which nobody has but its holder.

use crate::domain::sealed::Sealed;
use crate::storage::{FormerPeppers, StorageError};
use chrono::{DateTime, Utc};

#[derive(Debug, Clone)]
pub struct FormerPepper {
    /// Names it; tells nothing about it.
    pub id: String,
    pub sealed: Sealed,
}

impl FormerPeppers<'_> {
    #[tracing::instrument(name = "db.former_peppers.list", level = "debug", skip_all)]
    pub async fn list(self) -> Result<Vec<FormerPepper>, StorageError> {
        self.read(async |connection| {
            let rows =
                sqlx::query!("SELECT pepper_id, pepper, seal_key_id FROM vestibule.former_peppers ORDER BY pepper_id")
                    .fetch_all(connection)
                    .await?;
            let peppers = rows.into_iter().map(|row| FormerPepper {
                id: row.pepper_id,
                sealed: Sealed { key_id: row.seal_key_id, bytes: row.pepper },
            });
            Ok(peppers.collect())
        })
        .await
    }

    /// Keeps one. False: it is kept already.
    #[tracing::instrument(name = "db.former_peppers.insert", level = "debug", skip_all)]
    pub async fn insert(self, pepper: &FormerPepper, at: DateTime<Utc>) -> Result<bool, StorageError> {
        self.connection(async |connection| {
            let done = sqlx::query!(
                r#"
                INSERT INTO vestibule.former_peppers (pepper_id, pepper, seal_key_id, created_at)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT ON CONSTRAINT former_peppers_pkey DO NOTHING
                "#,
                pepper.id,
                pepper.sealed.bytes,
                pepper.sealed.key_id,
                at,
            )
            .execute(connection)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Puts another seal of the same pepper in the place of `old`. False: it is not that one any more.
    #[tracing::instrument(name = "db.former_peppers.reseal", level = "debug", skip_all)]
    pub async fn reseal(self, old: &FormerPepper, new: &Sealed) -> Result<bool, StorageError> {
        self.connection(async |connection| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.former_peppers
                SET pepper = $3,
                    seal_key_id = $4
                WHERE pepper_id = $1
                  AND pepper = $2
                "#,
                old.id,
                old.sealed.bytes,
                new.bytes,
                new.key_id,
            )
            .execute(connection)
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }
}
