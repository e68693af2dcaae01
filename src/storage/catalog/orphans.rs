//! Which of the documents that AnythingLLM lists under a workspace's mark are known here.

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::{StorageError, SyncRuns, TenantTx};

/// What is known of a workspace that documents name as theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownCatalogue {
    /// The tenant has no such workspace.
    Missing,
    /// A run is going on: what is known changes with every call.
    Busy,
    /// Of the documents that were asked for, these are not known.
    Unknown(Vec<String>),
}

impl SyncRuns<'_> {
    /// Looks these documents up in the catalogue of the workspace.
    #[tracing::instrument(name = "db.catalog_products.unknown", level = "debug", skip_all)]
    pub async fn unknown_documents(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        locations: &[String],
    ) -> Result<KnownCatalogue, StorageError> {
        self.read_of(tenant, async |tx| {
            let workspace_row = sqlx::query!(
                r#"
                SELECT EXISTS (
                  SELECT
                  FROM vestibule.sync_runs r
                  WHERE r.tenant_id = $1
                    AND r.workspace_id = $2
                    AND r.status IN ('queued', 'running', 'paused')) AS "busy!"
                FROM vestibule.workspaces w
                WHERE w.tenant_id = $1
                  AND w.id = $2
                "#,
                tenant.0,
                workspace.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            match workspace_row {
                None => return Ok(KnownCatalogue::Missing),
                Some(row) if row.busy => return Ok(KnownCatalogue::Busy),
                Some(_) => {}
            }
            let unknown = unknown(tx, tenant, workspace, locations).await?;
            Ok(KnownCatalogue::Unknown(unknown))
        })
        .await
    }
}

/// Of these documents those that nobody knows: they are no product's, and not to be removed already.
pub(super) async fn unknown(
    tx: &mut TenantTx,
    tenant: TenantId,
    workspace: WorkspaceId,
    locations: &[String],
) -> Result<Vec<String>, StorageError> {
    let unknown = sqlx::query_scalar!(
        r#"
        SELECT asked.location AS "location!"
        FROM unnest($3::text[]) AS asked (location)
        -- Set against set: a look-up for each would read the catalogue as often.
        EXCEPT
        (SELECT location
         FROM vestibule.catalog_products
         WHERE tenant_id = $1
           AND workspace_id = $2
           AND location IS NOT NULL
         UNION ALL
         SELECT pending_location
         FROM vestibule.catalog_products
         WHERE tenant_id = $1
           AND workspace_id = $2
           AND pending_location IS NOT NULL
         UNION ALL
         SELECT location
         FROM vestibule.catalog_discarded
         WHERE tenant_id = $1
           AND workspace_id = $2)
        "#,
        tenant.0,
        workspace.0,
        locations,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(unknown)
}
