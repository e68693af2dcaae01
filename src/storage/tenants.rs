//! Tenants. The gateway's role may read its own and write none: they are made and suspended by the operator, through
//! the login that owns the schema. Every statement runs with the tenant set that it is about, so row-level security
//! holds here too. A login that may not write tenants is [`StorageError::Query`].

use super::columns::word;
use super::{StorageError, Tenants, audit};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::domain::tenant::{Tenant, TenantSlug, TenantStatus};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertTenantError {
    #[error("there is such a tenant already")]
    SlugTaken,
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for InsertTenantError {
    fn from(error: StorageError) -> Self {
        if error.violates("tenants_slug_key") { Self::SlugTaken } else { Self::Storage(error) }
    }
}

struct TenantRow {
    id: Uuid,
    slug: String,
    name: String,
    status: String,
    created_at: DateTime<Utc>,
}

impl TenantRow {
    fn into_tenant(self) -> Result<Tenant, StorageError> {
        Ok(Tenant {
            id: TenantId(self.id),
            slug: word("slug", &self.slug)?,
            name: self.name,
            status: word("status", &self.status)?,
            created_at: self.created_at,
        })
    }
}

impl Tenants<'_> {
    /// The ids of all tenants, for what works for every one of them.
    #[tracing::instrument(name = "db.tenants.ids", level = "debug", skip_all)]
    pub async fn ids(self) -> Result<Vec<TenantId>, StorageError> {
        self.read(async |connection| {
            let ids =
                sqlx::query_scalar!(r#"SELECT id AS "id!" FROM vestibule.tenant_ids()"#).fetch_all(connection).await?;
            Ok(ids.into_iter().map(TenantId).collect())
        })
        .await
    }

    /// The id of the tenant of this slug.
    #[tracing::instrument(name = "db.tenants.find_id", level = "debug", skip_all)]
    pub async fn find_id(self, slug: &TenantSlug) -> Result<Option<TenantId>, StorageError> {
        self.read(async |connection| {
            let id = sqlx::query_scalar!(r#"SELECT id AS "id!" FROM vestibule.tenant_named($1)"#, slug.as_str())
                .fetch_optional(connection)
                .await?;
            Ok(id.map(TenantId))
        })
        .await
    }

    #[tracing::instrument(name = "db.tenants.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId) -> Result<Option<Tenant>, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = sqlx::query_as!(
                TenantRow,
                r#"
                SELECT id, slug, name, status, created_at
                FROM vestibule.tenants
                WHERE id = $1
                "#,
                tenant.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            row.map(TenantRow::into_tenant).transpose()
        })
        .await
    }

    /// Stores a tenant, as the login that owns the schema. Written down in the tenant's own audit log.
    #[tracing::instrument(name = "db.tenants.insert", skip_all)]
    pub async fn insert(self, tenant: &Tenant, by: &Author, ambient: &Ambient) -> Result<(), InsertTenantError> {
        let done = self.as_owner(tenant.id, async |connection| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.tenants (id, slug, name, status, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $5)
                "#,
                tenant.id.0,
                tenant.slug.as_str(),
                tenant.name,
                tenant.status.as_str(),
                tenant.created_at,
            )
            .execute(&mut *connection)
            .await?;
            let after = json!({"slug": tenant.slug, "name": tenant.name, "status": tenant.status});
            let entry = AuditEntry::created("tenant.created", format!("tenant:{}", tenant.slug), after);
            audit::write(connection, by, &entry, ambient).await
        });
        Ok(done.await?)
    }

    /// Sets whether a tenant may use the product, as the login that owns the schema. Every replica is told. Gives the
    /// tenant as it is afterwards; none if there is no such tenant.
    #[tracing::instrument(name = "db.tenants.set_status", skip_all)]
    pub async fn set_status(
        self,
        tenant: TenantId,
        status: TenantStatus,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Option<Tenant>, StorageError> {
        self.as_owner(tenant, async |connection| {
            let before = sqlx::query_scalar!(
                r#"
                SELECT status
                FROM vestibule.tenants
                WHERE id = $1
                FOR UPDATE
                "#,
                tenant.0,
            )
            .fetch_optional(&mut *connection)
            .await?;
            let Some(before) = before else { return Ok(None) };
            let row = sqlx::query_as!(
                TenantRow,
                r#"
                UPDATE vestibule.tenants
                SET
                  status = $2,
                  updated_at = $3
                WHERE id = $1
                RETURNING id, slug, name, status, created_at
                "#,
                tenant.0,
                status.as_str(),
                ambient.now(),
            )
            .fetch_one(&mut *connection)
            .await?;
            let found = row.into_tenant()?;
            if before != status.as_str() {
                let (before, after) = (json!({"status": before}), json!({"status": status}));
                let target = format!("tenant:{}", found.slug);
                let entry = AuditEntry::changed("tenant.updated", target, before, after);
                audit::write(connection, by, &entry, ambient).await?;
            }
            Ok(Some(found))
        })
        .await
    }

    /// Does something as the login role that owns the schema, in a transaction that sees this tenant's rows only.
    async fn as_owner<T>(
        self,
        tenant: TenantId,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.bounded(async {
            let mut connection = self.login_connection("vestibule-tenants").await?;
            // Safe to format: a UUID has only hexadecimal digits and hyphens.
            let begin = format!("BEGIN; SET LOCAL vestibule.tenant_id = '{tenant}'");
            connection.execute(sqlx::raw_sql(AssertSqlSafe(begin))).await?;
            let done = work(&mut connection).await?;
            connection.execute("COMMIT").await?;
            let _ = connection.close().await;
            Ok(done)
        })
        .await
    }
}
