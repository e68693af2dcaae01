//! The schema's version, and bringing it up to date.

use super::{Database, StorageError};
use sqlx::Connection as _;
use sqlx::migrate::{MigrateError, Migrator};
use std::sync::LazyLock;

/// In our own schema: AnythingLLM may have its tables in `public` of the same database.
const RECORD: &str = "vestibule.schema_migrations";

/// How far the database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaVersion {
    /// The last migration the database has; none = never migrated.
    pub applied: Option<i64>,
    /// The last migration this version brings.
    pub expected: i64,
}

impl SchemaVersion {
    /// Whether the database has everything this version needs. A newer one is fine: migrations keep the version
    /// before them working.
    pub fn is_current(self) -> bool {
        self.applied >= Some(self.expected)
    }
}

/// All migrations, with their record in our own schema.
pub static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!();
    migrator.dangerous_set_table_name(RECORD);
    migrator.create_schema("vestibule");
    migrator
});

/// What requests may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerState {
    /// Nothing can be written: the server is a standby, or was set so.
    pub read_only: bool,
    /// There is a schema, of whatever version.
    pub has_schema: bool,
}

/// The last migration this version brings.
fn expected() -> i64 {
    MIGRATOR.iter().map(|m| m.version).max().unwrap_or_default()
}

impl Database {
    /// What requests may do now, asked as they ask.
    #[tracing::instrument(name = "db.server_state", level = "debug", skip_all)]
    pub async fn server_state(&self) -> Result<ServerState, StorageError> {
        self.read(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT
                  pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "read_only!",
                  to_regclass('vestibule.schema_migrations') IS NOT NULL AS "has_schema!"
                "#,
            )
            .fetch_one(connection)
            .await?;
            Ok(ServerState { read_only: row.read_only, has_schema: row.has_schema })
        })
        .await
    }

    /// Applies the migrations that are missing, as the login role. Replicas that start together wait for each other. A
    /// schema that is newer than this version is left as it is: migrations keep the version before them working.
    ///
    /// # Errors
    /// [`StorageError::Migration`] names the migration. Nothing of it stays.
    #[tracing::instrument(name = "db.migrate", skip_all)]
    pub async fn migrate(&self) -> Result<(), StorageError> {
        let mut connection = self.login_connection("vestibule-migrate").await?;
        let migrated = MIGRATOR.run_direct(None, &mut connection, false).await;
        let _ = connection.close().await;
        match migrated {
            Err(MigrateError::VersionMissing(found)) if found > expected() => {
                tracing::warn!(
                    found,
                    expected = expected(),
                    "the schema is newer than this version needs: it is left as it is"
                );
                Ok(())
            }
            migrated => Ok(migrated?),
        }
    }

    /// How far the schema is, asked as the login role, which exists also before the first migration.
    #[tracing::instrument(name = "db.schema_version", level = "debug", skip_all)]
    pub async fn schema_version(&self) -> Result<SchemaVersion, StorageError> {
        self.bounded(async {
            let mut connection = self.login_connection("vestibule").await?;
            let recorded: bool = sqlx::query_scalar("SELECT to_regclass('vestibule.schema_migrations') IS NOT NULL")
                .fetch_one(&mut connection)
                .await?;
            let applied = if recorded {
                sqlx::query_scalar("SELECT max(version) FROM vestibule.schema_migrations WHERE success")
                    .fetch_one(&mut connection)
                    .await?
            } else {
                None
            };
            let _ = connection.close().await;
            Ok(SchemaVersion { applied, expected: expected() })
        })
        .await
    }
}
