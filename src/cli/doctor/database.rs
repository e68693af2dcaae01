//! PostgreSQL: there, migrated, and usable in the role that requests run as.

use super::report::Report;
use crate::cli::session::PAGE;
use crate::config::Config;
use crate::domain::ids::TenantId;
use crate::domain::workspace::Workspace;
use crate::storage::{Database, StorageError};
use secrecy::ExposeSecret as _;

const PART: &str = "database";

/// The findings, and our workspaces as far as they can be read.
pub(super) async fn examine(config: &Config) -> (Report, Vec<Workspace>) {
    let mut report = Report::default();
    if config.database.url.expose_secret().is_empty() {
        return (report, Vec::new()); // told already
    }
    let database = match Database::connect(&config.database) {
        Ok(database) => database,
        Err(error) => {
            report.fail(PART, error.to_string(), "postgres://USER:PASSWORD@HOST:PORT/DATABASE");
            return (report, Vec::new());
        }
    };
    let ours = if schema(&database, &mut report).await { inspect(&database, &mut report).await } else { Vec::new() };
    database.close().await;
    (report, ours)
}

/// Whether it makes sense to ask on.
async fn schema(database: &Database, report: &mut Report) -> bool {
    match database.schema_version().await {
        Ok(version) if version.is_current() => {
            report.ok(PART, format!("answers, schema version {:04}", version.applied.unwrap_or_default()));
            true
        }
        Ok(version) => {
            let applied = version.applied.map_or_else(|| "none".to_owned(), |v| format!("{v:04}"));
            let what = format!("schema version is {applied}, this program needs {:04}", version.expected);
            report.fail(PART, what, "run `vestibule migrate`");
            version.applied.is_some()
        }
        Err(error) => {
            report.fail(
                PART,
                error.to_string(),
                "check database.url: host, port, name, password; and that the server runs",
            );
            false
        }
    }
}

/// What a request meets.
async fn inspect(database: &Database, report: &mut Report) -> Vec<Workspace> {
    match database.ping().await {
        Ok(()) => report.ok(PART, "the role vestibule_app, under which row-level security holds, can be used"),
        Err(error @ StorageError::NotMigrated(_)) => report.fail(
            PART,
            format!("the role vestibule_app cannot be used: {error}"),
            "run `vestibule migrate` as the owner, or let an administrator GRANT vestibule_app to the user of database.url",
        ),
        Err(error) => report.fail(PART, error.to_string(), "mend what PostgreSQL says, then ask again"),
    }
    database.workspaces().list(TenantId::DEFAULT, None, PAGE).await.unwrap_or_default()
}
