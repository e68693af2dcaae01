//! The knowledge version of workspaces: goes up whenever a query may find something else.

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::{ManagedWorkspaces, StorageError, TenantTx};

impl ManagedWorkspaces<'_> {
    /// AnythingLLM's workspace of this name, or all of them, may hold something else now. Says of how many of ours.
    #[tracing::instrument(name = "db.workspaces.raise_knowledge", level = "debug", skip_all)]
    pub async fn raise_knowledge(self, upstream_slug: Option<&str>) -> Result<i64, StorageError> {
        self.connection(async |connection| {
            let raised =
                sqlx::query_scalar!(r#"SELECT vestibule.raise_knowledge_version($1) AS "raised!""#, upstream_slug);
            Ok(raised.fetch_one(connection).await?)
        })
        .await
    }
}

/// A sync has changed what its workspace holds, or may have: in the transaction that writes it down.
pub(in crate::storage) async fn changed_by_sync(
    tx: &mut TenantTx,
    tenant: TenantId,
    workspace: WorkspaceId,
) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.workspaces
        SET knowledge_version = knowledge_version + 1
        WHERE tenant_id = $1
          AND id = $2
        "#,
        tenant.0,
        workspace.0,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
