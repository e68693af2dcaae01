//! Whose turn it is to look what there is to tell, and what was seen of AnythingLLM: of the installation, so that one
//! replica looks at a time and the next one knows what the one before has seen.

use crate::domain::ids::TenantId;
use crate::storage::{StorageError, Webhooks};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// What was seen of AnythingLLM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpstreamSeen {
    /// It has not answered since.
    pub away_since: Option<DateTime<Utc>>,
    /// For so long that it is told.
    pub is_away: bool,
}

impl Webhooks<'_> {
    /// Whether it is time for another look, which is then this caller's, and what was seen before. None: somebody has
    /// looked within `pause`. By the database's clock.
    #[tracing::instrument(name = "db.webhooks.begin_look", level = "debug", skip_all)]
    pub async fn begin_look(self, pause: Duration) -> Result<Option<UpstreamSeen>, StorageError> {
        self.connection(async |connection| {
            let seen = sqlx::query_as!(
                UpstreamSeen,
                r#"
                UPDATE vestibule.webhook_watch
                SET looked_at = now()
                WHERE looked_at <= now() - make_interval(secs => $1)
                RETURNING away_since, is_away
                "#,
                pause.as_secs_f64(),
            )
            .fetch_optional(connection)
            .await?;
            Ok(seen)
        })
        .await
    }

    /// For whoever looks next.
    #[tracing::instrument(name = "db.webhooks.note_seen", level = "debug", skip_all)]
    pub async fn note_seen(self, seen: UpstreamSeen) -> Result<(), StorageError> {
        self.connection(async |connection| {
            sqlx::query!(
                "UPDATE vestibule.webhook_watch SET away_since = $1, is_away = $2",
                seen.away_since,
                seen.is_away
            )
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
    }

    /// The tenants that have webhooks.
    #[tracing::instrument(name = "db.webhooks.tenants", level = "debug", skip_all)]
    pub async fn tenants(self) -> Result<Vec<TenantId>, StorageError> {
        self.read(async |connection| {
            let ids = sqlx::query_scalar!(r#"SELECT id AS "id!" FROM vestibule.webhook_tenants()"#)
                .fetch_all(connection)
                .await?;
            Ok(ids.into_iter().map(TenantId).collect())
        })
        .await
    }
}
