//! What a look at the server tells: for `vestibule doctor`, not for requests.

use super::{Database, StorageError};
use chrono::{DateTime, Utc};

/// The server and our role in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// As PostgreSQL numbers itself: 150004 is 15.4.
    pub server_version: i32,
    /// Connections the server allows to everybody together.
    pub max_connections: i32,
    pub role: String,
    /// Row-level security does not hold for that role.
    pub role_bypasses: bool,
    /// The role of `database.url` is a superuser.
    pub login_is_superuser: bool,
    /// Tables with tenants' rows for which row-level security does not hold.
    pub unprotected_tables: Vec<String>,
    pub clock: DateTime<Utc>,
}

impl Database {
    /// Looks at the server as requests do, in the role they run as.
    #[tracing::instrument(name = "db.inspect", level = "debug", skip_all)]
    pub async fn inspect(&self) -> Result<Inspection, StorageError> {
        self.connection(async |connection| {
            let server = sqlx::query!(
                r#"
                SELECT
                  current_setting('server_version_num')::integer AS "server_version!",
                  current_setting('max_connections')::integer AS "max_connections!",
                  current_user::text AS "role!",
                  coalesce((SELECT r.rolsuper OR r.rolbypassrls FROM pg_roles r WHERE r.rolname = current_user), true) AS "role_bypasses!",
                  coalesce((SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = session_user), true) AS "login_is_superuser!",
                  clock_timestamp() AS "clock!"
                "#,
            )
            .fetch_one(&mut *connection)
            .await?;
            // Partitions are reached through their parents only: the role has no rights on them.
            let unprotected_tables = sqlx::query_scalar!(
                r#"
                SELECT c.relname::text AS "name!"
                FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
                WHERE c.relnamespace = 'vestibule'::regnamespace
                  AND c.relkind IN ('r', 'p')
                  AND NOT c.relispartition
                  AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity)
                ORDER BY c.relname
                "#,
            )
            .fetch_all(&mut *connection)
            .await?;
            Ok(Inspection {
                server_version: server.server_version,
                max_connections: server.max_connections,
                role: server.role,
                role_bypasses: server.role_bypasses,
                login_is_superuser: server.login_is_superuser,
                unprotected_tables,
                clock: server.clock,
            })
        })
        .await
    }
}
