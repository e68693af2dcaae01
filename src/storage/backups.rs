//! What a backup and a restore ask of the server themselves, as whoever logs in: a superuser, or a role that row-level
//! security does not hold for. The rows themselves go through PostgreSQL's own programs.
//!
//! Counting, and taking a schema away, take as long as there are rows; nobody else waits for them, so they have no time
//! of their own. Connecting has.

use super::{Database, StorageError, columns};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use std::collections::BTreeMap;
use std::fmt;

/// Whoever logs in, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupLogin {
    pub role: String,
    pub is_superuser: bool,
    /// Row-level security does not hold for it, so that nothing is left out.
    pub sees_all_rows: bool,
    /// As PostgreSQL numbers itself: 150004 is 15.4.
    pub server_version: i32,
}

/// What stands in a database before something is restored into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupancy {
    /// The schema is there.
    pub has_schema: bool,
    /// Clients that are connected, besides whoever asks.
    pub clients: u64,
}

/// The rows of every table of the schema. Partitions are counted as the table that they are of.
pub type TableRows = BTreeMap<String, u64>;

/// A moment of the database that other connections can see, too, until this ends.
pub struct BackupSnapshot {
    connection: PgConnection,
    /// What `pg_dump` is told.
    pub name: String,
    /// Whom the schema belongs to.
    pub owner: String,
    pub rows: TableRows,
}

impl fmt::Debug for BackupSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupSnapshot").field("name", &self.name).finish_non_exhaustive()
    }
}

impl BackupSnapshot {
    /// Lets it go.
    pub async fn end(self) {
        let _ = self.connection.close().await;
    }
}

/// A schema that was put aside, for what is restored in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAside {
    /// What it is called meanwhile; letters, digits and `_` only.
    name: String,
}

impl PutAside {
    /// Under a name with the time in it.
    pub fn at(now: chrono::DateTime<chrono::Utc>) -> Self {
        Self { name: format!("vestibule_before_{}", now.format("%Y%m%d%H%M%S")) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Database {
    /// Who logs in.
    #[tracing::instrument(name = "db.backup.login", level = "debug", skip_all)]
    pub async fn backup_login(&self) -> Result<BackupLogin, StorageError> {
        self.bounded(async {
            let mut connection = self.login_connection(NAME).await?;
            let row = sqlx::query!(
                r#"
                SELECT
                  r.rolname::text AS "role!",
                  r.rolsuper AS "is_superuser!",
                  r.rolsuper OR r.rolbypassrls AS "sees_all_rows!",
                  current_setting('server_version_num')::integer AS "server_version!"
                FROM pg_roles r
                WHERE r.rolname = current_user
                "#,
            )
            .fetch_one(&mut connection)
            .await?;
            let _ = connection.close().await;
            Ok(BackupLogin {
                role: row.role,
                is_superuser: row.is_superuser,
                sees_all_rows: row.sees_all_rows,
                server_version: row.server_version,
            })
        })
        .await
    }

    /// Whether the server has a role of this name.
    #[tracing::instrument(name = "db.backup.has_role", level = "debug", skip_all)]
    pub async fn has_role(&self, name: &str) -> Result<bool, StorageError> {
        self.bounded(async {
            let mut connection = self.login_connection(NAME).await?;
            let found =
                sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = $1) AS "there!""#, name)
                    .fetch_one(&mut connection)
                    .await?;
            let _ = connection.close().await;
            Ok(found)
        })
        .await
    }

    /// A moment to dump, with what stands in it.
    ///
    /// # Errors
    /// [`StorageError::NotMigrated`] if there is no schema.
    #[tracing::instrument(name = "db.backup.snapshot", level = "debug", skip_all)]
    pub async fn backup_snapshot(&self) -> Result<BackupSnapshot, StorageError> {
        let mut connection = self.patient_connection().await?;
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let owner = sqlx::query_scalar!(
            r#"SELECT pg_get_userbyid(n.nspowner)::text AS "owner!" FROM pg_namespace n WHERE n.nspname = 'vestibule'"#,
        )
        .fetch_optional(&mut connection)
        .await?;
        let owner = owner.ok_or_else(|| StorageError::NotMigrated("there is no schema `vestibule`".into()))?;
        let name =
            sqlx::query_scalar!(r#"SELECT pg_export_snapshot() AS "name!""#).fetch_one(&mut connection).await?;
        let rows = count(&mut connection).await?;
        Ok(BackupSnapshot { connection, name, owner, rows })
    }

    /// What stands here.
    #[tracing::instrument(name = "db.backup.occupancy", level = "debug", skip_all)]
    pub async fn occupancy(&self) -> Result<Occupancy, StorageError> {
        self.bounded(async {
            let mut connection = self.login_connection(NAME).await?;
            let row = sqlx::query!(
                r#"
                SELECT
                  to_regnamespace('vestibule') IS NOT NULL AS "has_schema!",
                  (
                    SELECT count(*)
                    FROM pg_stat_activity a
                    WHERE a.datname = current_database()
                      AND a.backend_type = 'client backend'
                      AND a.application_name <> $1
                  ) AS "clients!"
                "#,
                NAME,
            )
            .fetch_one(&mut connection)
            .await?;
            let _ = connection.close().await;
            Ok(Occupancy { has_schema: row.has_schema, clients: columns::count(row.clients) })
        })
        .await
    }

    /// The rows of every table, once they are restored; also lets the planner know what there is, which no dump holds.
    #[tracing::instrument(name = "db.backup.rows", level = "debug", skip_all)]
    pub async fn restored_rows(&self) -> Result<TableRows, StorageError> {
        let mut connection = self.patient_connection().await?;
        let rows = count(&mut connection).await?;
        connection.execute("ANALYZE").await?;
        let _ = connection.close().await;
        Ok(rows)
    }

    /// Puts the schema aside.
    #[tracing::instrument(name = "db.backup.put_aside", level = "debug", skip_all)]
    pub async fn put_aside(&self, aside: &PutAside) -> Result<(), StorageError> {
        self.change_schemas(format!("ALTER SCHEMA vestibule RENAME TO {}", aside.name)).await
    }

    /// Puts it back in the place of whatever is there now.
    #[tracing::instrument(name = "db.backup.put_back", level = "debug", skip_all)]
    pub async fn put_back(&self, aside: &PutAside) -> Result<(), StorageError> {
        let name = &aside.name;
        self.change_schemas(format!(
            "DROP SCHEMA IF EXISTS vestibule CASCADE; ALTER SCHEMA {name} RENAME TO vestibule"
        ))
        .await
    }

    /// Gives it up.
    #[tracing::instrument(name = "db.backup.give_up", level = "debug", skip_all)]
    pub async fn give_up(&self, aside: &PutAside) -> Result<(), StorageError> {
        self.change_schemas(format!("DROP SCHEMA {} CASCADE", aside.name)).await
    }

    /// All statements or none. Nothing of a client's is in them.
    async fn change_schemas(&self, statements: String) -> Result<(), StorageError> {
        let mut connection = self.patient_connection().await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {statements}; COMMIT")))).await?;
        let _ = connection.close().await;
        Ok(())
    }

    /// A connection that may take its time, and be silent for long.
    async fn patient_connection(&self) -> Result<PgConnection, StorageError> {
        let mut connection = self.bounded(self.login_connection(NAME)).await?;
        connection.execute("SET statement_timeout = 0").await?;
        connection.execute("SET idle_in_transaction_session_timeout = 0").await?;
        // Whoever holds a table for long is not waited for.
        connection.execute("SET lock_timeout = '30s'").await?;
        Ok(connection)
    }
}

/// What these connections are called.
const NAME: &str = "vestibule-backup";

async fn count(connection: &mut PgConnection) -> Result<TableRows, StorageError> {
    // One statement, whatever tables a version has.
    let rows = sqlx::query!(
        r#"
        SELECT
          c.relname::text AS "name!",
          substring(
            query_to_xml(format('SELECT count(*) AS n FROM vestibule.%I', c.relname), false, true, '')::text
            FROM '<n>([0-9]+)</n>'
          )::bigint AS "rows!"
        FROM pg_class c
        WHERE c.relnamespace = to_regnamespace('vestibule')
          AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition
        ORDER BY c.relname
        "#,
    );
    let rows = rows.fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.name, columns::count(row.rows))).collect())
}
