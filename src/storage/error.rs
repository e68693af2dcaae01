//! What can go wrong with the database, told apart by what the caller does about it.
//!
//! The texts hold what PostgreSQL says in its message, never its details, parameters or the connection's address.

use crate::domain::ids::RequestId;
use crate::rejection::Rejection;
use sqlx::error::ErrorKind;
use std::borrow::Cow;
use std::time::Duration;

/// Why the database did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// Away, overloaded or too slow: the same may work later.
    #[error("the database cannot be used now: {0}")]
    Unavailable(String),
    /// The connection was lost: what was under way may have been done or not.
    #[error("the database cannot be used now: {0}")]
    Disconnected(String),
    /// Known to be away, so it was not asked.
    #[error("the database cannot be used now: it is away")]
    Away,
    /// The schema or its roles are missing or too old.
    #[error("the database is not migrated: {0}")]
    NotMigrated(String),
    /// Connections are another role than row-level security is made for, so nothing is asked on them.
    #[error(
        "connections to the database are the role `{0}`, not `vestibule_app`: whatever stands between here and PostgreSQL must pass on the parameter `options`, as PgBouncer does not"
    )]
    WrongRole(String),
    /// A rule of the schema forbids it.
    #[error("the constraint `{constraint}` forbids it")]
    Conflict { constraint: String },
    /// A value that PostgreSQL does not take, such as text with a NUL.
    #[error("the value cannot be stored: {0}")]
    Value(String),
    /// Somebody else has taken over what the caller was working on.
    #[error("somebody else works on it by now")]
    Lost,
    /// A stored value that this version cannot read.
    #[error("stored value not readable: {0}")]
    Corrupt(String),
    /// The section `[database]` is wrong.
    #[error("database configuration: {0}")]
    Configuration(Cow<'static, str>),
    #[error("migration: {0}")]
    Migration(String),
    /// Anything else: a defect of Vestibule.
    #[error("query failed: {0}")]
    Query(String),
}

impl StorageError {
    /// What the client is told. Logs the cause, so call it once per failure.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        tracing::error!(%request_id, error = %self, "PostgreSQL did not do what a request needs");
        // A schema that is missing, as while a backup is brought back, is the installation's fault and not the program's.
        let is_not_set_up = matches!(self, Self::NotMigrated(_) | Self::WrongRole(_));
        if self.is_unavailable() || is_not_set_up {
            Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) }
        } else {
            Rejection::Internal
        }
    }

    /// Whether the same may work later.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Disconnected(_) | Self::Away)
    }

    /// Whether the connection was lost over it.
    pub(super) fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }

    /// Whether what was to be written is at fault, and will be whenever it is tried again: SQLSTATE classes 22 and 23.
    pub fn is_of_the_data(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Value(_))
    }

    /// The constraint that forbade it.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict { constraint } => Some(constraint),
            _ => None,
        }
    }

    /// Whether this constraint forbade it.
    pub fn violates(&self, name: &str) -> bool {
        self.constraint() == Some(name)
    }

    pub(super) fn corrupt(column: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt(format!("{column}: {why}"))
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::Database(error) => from_postgres(error.as_ref()),
            E::Io(_) | E::Protocol(_) => Self::Disconnected(error.to_string()),
            E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(error.to_string())
            }
            E::Configuration(_) => {
                Self::Configuration("`database.url` is not the address of a PostgreSQL database".into())
            }
            E::ColumnDecode { .. } | E::Decode(_) => Self::Corrupt(error.to_string()),
            other => Self::Query(other.to_string()),
        }
    }
}

fn from_postgres(error: &dyn sqlx::error::DatabaseError) -> StorageError {
    let message = error.message().to_owned();
    let constraint = || error.constraint().unwrap_or("unnamed").to_owned();
    match error.kind() {
        ErrorKind::UniqueViolation
        | ErrorKind::ForeignKeyViolation
        | ErrorKind::CheckViolation
        | ErrorKind::ExclusionViolation => return StorageError::Conflict { constraint: constraint() },
        _ => {}
    }
    let code = error.code().unwrap_or_default();
    match code.as_ref() {
        // No such table, schema, function or column. 22023 is what a connection gets whose role does not exist.
        "42P01" | "3F000" | "42883" | "42703" | "22023" => StorageError::NotMigrated(message),
        // Ended by an administrator, by a crash of another, by being idle; lost.
        "57P01" | "57P02" | "57P05" | "08000" | "08003" | "08006" => StorageError::Disconnected(message),
        // Cancelled, which statement_timeout does.
        "57014" => StorageError::Unavailable(message),
        // Connection lost; read-only, as a standby is; deadlock or serialisation; out of resources; locked, or closed to
        // connections for now; going down or coming up; a disk that fails; no such database; password changed.
        code if ["08", "25", "40", "53", "55", "57", "58", "3D", "28"].iter().any(|class| code.starts_with(class)) => {
            StorageError::Unavailable(message)
        }
        code if code.starts_with("22") => StorageError::Value(message),
        code if code.starts_with("23") => StorageError::Conflict { constraint: constraint() },
        _ => StorageError::Query(format!("{message} ({code})")),
    }
}

impl From<sqlx::migrate::MigrateError> for StorageError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as M;
        match error {
            M::Execute(error) => match Self::from(error) {
                unavailable if unavailable.is_unavailable() => unavailable,
                other => Self::Migration(other.to_string()),
            },
            M::ExecuteMigration(error, version) => Self::Migration(format!("{version:04}: {error}")),
            M::VersionMissing(version) => {
                Self::Migration(format!("the database has {version:04}, which this version does not know: it is newer"))
            }
            M::VersionMismatch(version) => {
                Self::Migration(format!("{version:04} was changed after the database had it applied"))
            }
            other => Self::Migration(other.to_string()),
        }
    }
}
