//! What the keys and workspaces are called that usage is told of.

use crate::domain::ids::TenantId;
use crate::storage::{StorageError, UsageNames};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: Uuid,
    /// A key's public id, a workspace's slug.
    pub handle: String,
    pub name: String,
}

impl UsageNames<'_> {
    /// The names of these keys, as far as there are such.
    #[tracing::instrument(name = "db.usage_names.keys", level = "debug", skip_all)]
    pub async fn keys(self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Named>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT id, public_id, name
                FROM vestibule.api_keys
                WHERE tenant_id = $1
                  AND id = ANY ($2)
                "#,
                tenant.0,
                ids,
            )
            .fetch_all(tx.connection())
            .await?;
            let named = rows.into_iter().map(|row| Named { id: row.id, handle: row.public_id, name: row.name });
            Ok(named.collect())
        })
        .await
    }

    /// The names of these workspaces, as far as there are such.
    #[tracing::instrument(name = "db.usage_names.workspaces", level = "debug", skip_all)]
    pub async fn workspaces(self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Named>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT id, slug, display_name
                FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND id = ANY ($2)
                "#,
                tenant.0,
                ids,
            )
            .fetch_all(tx.connection())
            .await?;
            let named = rows.into_iter().map(|row| Named { id: row.id, handle: row.slug, name: row.display_name });
            Ok(named.collect())
        })
        .await
    }
}
