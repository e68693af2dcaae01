//! PostgreSQL: there, new enough, migrated, and row-level security in force for us.

use super::certificate::{Server, shown_by};
use super::clock_difference;
use super::report::Report;
use crate::auth::{RootKeyCheck, Standing};
use crate::cli::session::PAGE;
use crate::config::{self, Config};
use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::domain::workspace::Workspace;
use crate::storage::{Database, Inspection, ListenState, StorageError};
use secrecy::ExposeSecret as _;
use std::time::Duration;
use url::Url;

const PART: &str = "database";

/// For a proof that changes are heard, or are not.
const PROOF: Duration = Duration::from_secs(6);

/// As PostgreSQL numbers itself.
const OLDEST: i32 = 150_000;

/// The findings, and our workspaces as far as they can be read.
pub(super) async fn examine(config: &Config, ambient: &Ambient) -> (Report, Option<Vec<Workspace>>) {
    let mut report = Report::default();
    let authorities = config::authorities("database.ca_file", &config.database.ca_file);
    if config.database.url.expose_secret().is_empty() || authorities.is_err() {
        return (report, None); // told already
    }
    let database = match Database::connect(&config.database) {
        Ok(database) => database,
        Err(error) => {
            report.fail(PART, error.to_string(), "postgres://USER:PASSWORD@HOST:PORT/DATABASE");
            return (report, None);
        }
    };
    certificate(config, &mut report).await;
    roles(&database, &mut report).await;
    let ours = if schema(&database, &mut report).await {
        inspect(&database, config, ambient, &mut report).await
    } else {
        None
    };
    database.close().await;
    (report, ours)
}

/// The certificate that PostgreSQL shows, where one is asked for.
async fn certificate(config: &Config, report: &mut Report) {
    // Told already, if it cannot be read.
    let Ok(authorities) = config::authorities("database.ca_file", &config.database.ca_file) else { return };
    let Ok(url) = Url::parse(config.database.url.expose_secret()) else { return };
    let (Some(host), false) = (url.host_str(), authorities.is_empty()) else { return };
    let host = host.trim_matches(['[', ']']);
    let port = url.port().unwrap_or(5432);
    // As the connections of the pool have it.
    let mut roots = config::trusted(&[]);
    roots.add_parsable_certificates(authorities);
    let Some(shown) = shown_by(Server { host, port, roots, postgres: true }).await else {
        return report.fail(
            PART,
            "database.ca_file is set, and the server shows no certificate",
            "switch `ssl` on in postgresql.conf, or leave database.ca_file empty",
        );
    };
    shown.told(PART, "database.ca_file", "database.url", report);
}

/// The roles that a dump does not hold.
async fn roles(database: &Database, report: &mut Report) {
    // That it cannot be asked is told with its schema; before the first migration nothing is missing.
    let (Ok(roles), Ok(version)) = (database.roles().await, database.schema_version().await) else { return };
    match roles.fault() {
        Some(fault) if version.applied.is_some() || !roles.may_create => report.fail(PART, fault, roles.remedy()),
        _ => {}
    }
}

/// Whether changes are heard of: a pooler of transactions takes `LISTEN` and lets nothing be heard.
async fn listening(database: &Database, report: &mut Report) {
    match database.prove_listening(PROOF).await {
        ListenState::Up => report.ok(PART, "tells of changes at once"),
        ListenState::Unheard => report.fail(
            PART,
            "what it tells of changes (NOTIFY) does not get here, so a revoked key works for seconds longer and nothing is remembered: a pooler of transactions stands between",
            "let database.url name PostgreSQL itself, or a pooler of sessions",
        ),
        ListenState::Down => report.warn(
            PART,
            "it could not be seen in time whether it tells of changes",
            "ask again; the log of `vestibule serve` says whether it is heard",
        ),
    }
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

async fn inspect(
    database: &Database,
    config: &Config,
    ambient: &Ambient,
    report: &mut Report,
) -> Option<Vec<Workspace>> {
    match database.inspect().await {
        Ok(seen) => {
            server(&seen, config, report);
            row_security(&seen, report);
            listening(database, report).await;
            match clock_difference(seen.clock, ambient.now()) {
                Some(seconds) => {
                    let what = format!("its clock is {seconds} s from ours: expiries would be judged differently");
                    report.warn(PART, what, "let NTP set the clocks of both machines");
                }
                None => report.ok(PART, "its clock and ours agree"),
            }
        }
        Err(error @ StorageError::NotMigrated(_)) => {
            report.fail(
                PART,
                format!("the role vestibule_app cannot be used: {error}"),
                "run `vestibule migrate` as the owner, or let an administrator GRANT vestibule_app to the user of database.url",
            );
        }
        Err(error) => report.fail(PART, error.to_string(), "mend what PostgreSQL says, then ask again"),
    }
    root_key(database, config, ambient, report).await;
    database.workspaces().list(TenantId::DEFAULT, None, PAGE).await.ok()
}

/// Whether what is sealed here can be opened.
async fn root_key(database: &Database, config: &Config, ambient: &Ambient, report: &mut Report) {
    const PART: &str = "secret_key";
    let Ok(root_key) = config.root_key() else { return }; // told already
    match RootKeyCheck::new(&root_key, database, ambient).judge().await {
        Ok(Standing::Wrong(wrong)) => report.fail(
            PART,
            format!(
                "the database is sealed under another one: under the root key {}, and this one is {}. No API key is recognised and nothing opens",
                wrong.sealed_under, wrong.configured
            ),
            "set VESTIBULE_SECRET_KEY to the key it was before, or give that one as VESTIBULE_PREVIOUS_SECRET_KEY and run `vestibule secrets rewrap`; if it is lost: `vestibule secrets rewrap --drop-lost`",
        ),
        Ok(Standing::Former) => report.warn(
            PART,
            "the database is sealed under previous_secret_key",
            "run `vestibule secrets rewrap` once every replica has both keys",
        ),
        Ok(Standing::Present) => report.ok(PART, "it is the one that the database is sealed under"),
        Ok(Standing::Unknown | Standing::Unsealed) => report.ok(PART, "nothing is sealed yet"),
        Err(error) => report.fail(PART, error.to_string(), "mend what PostgreSQL says, then ask again"),
    }
}

fn server(seen: &Inspection, config: &Config, report: &mut Report) {
    let major = seen.server_version / 10_000;
    if seen.server_version < OLDEST {
        report.fail(PART, format!("PostgreSQL {major} is too old"), "use PostgreSQL 15 or newer");
    } else {
        report.ok(PART, format!("PostgreSQL {major}"));
    }
    let (pool, server) = (config.database.max_connections, seen.max_connections);
    if i64::from(pool) * 2 > i64::from(server) {
        report.warn(
            PART,
            format!("database.max_connections is {pool} a replica and the server allows {server} to everybody"),
            "with all replicas together stay well below the server's max_connections",
        );
    }
}

fn row_security(seen: &Inspection, report: &mut Report) {
    if seen.role_bypasses {
        let what =
            format!("the role {} bypasses row-level security: one wrong query shows other tenants' data", seen.role);
        report.fail(PART, what, format!("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS", seen.role));
    }
    if !seen.unprotected_tables.is_empty() {
        report.fail(
            PART,
            format!("row-level security does not hold for {} on: {}", seen.role, seen.unprotected_tables.join(", ")),
            "ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, and let the migrating role own it",
        );
    }
    if !seen.role_bypasses && seen.unprotected_tables.is_empty() {
        report.ok(PART, format!("row-level security holds for {}", seen.role));
    }
    if seen.login_is_superuser {
        report.warn(PART, "database.url logs in as a superuser", "use a role that owns its database and nothing else");
    }
}
