//! `vestibule upgrade-check`: what this program would find and change, asked before it is let loose. Changes nothing.

use crate::cli::Settings;
use crate::cli::args::UpgradeCheckArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::storage::MIGRATOR;
use crate::telemetry::version;
use serde::Serialize;

/// What there is to be said.
#[derive(Debug, Serialize)]
struct Findings {
    version: &'static str,
    commit: &'static str,
    /// The last migration that the database has.
    schema: Option<i64>,
    /// The last one that this program needs.
    needs: i64,
    /// What `vestibule migrate` would apply.
    migrations: Vec<String>,
    /// The database has been migrated by a newer version, which this one can work beside.
    newer: bool,
    /// Why it could not serve here.
    faults: Vec<String>,
    /// What it does not know and leaves alone.
    unknown_variables: Vec<String>,
}

pub(super) async fn run(settings: &Settings, args: &UpgradeCheckArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[])?;
    let schema = session.database.schema_version().await?;
    let roles = session.database.roles().await?;
    let missing = MIGRATOR.iter().filter(|migration| Some(migration.version) > schema.applied);
    let mut faults = Vec::new();
    if schema.applied.is_some() {
        faults.extend(roles.fault().map(|fault| format!("{fault}; {}", roles.remedy())));
    } else if !roles.may_create {
        faults.push(format!(
            "{} may not make the roles that the first migration needs; {}",
            roles.login,
            roles.remedy()
        ));
    }
    let findings = Findings {
        version: version::VERSION,
        commit: version::REVISION,
        schema: schema.applied,
        needs: schema.expected,
        migrations: missing.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect(),
        newer: schema.applied > Some(schema.expected),
        faults,
        unknown_variables: settings.unknown_variables(),
    };
    if args.json {
        out.json(&findings)?;
    } else {
        out.text(&told(&findings))?;
    }
    Ok(if findings.faults.is_empty() { Exit::Done } else { Exit::Failed })
}

fn told(findings: &Findings) -> String {
    let mut lines = vec![format!("this program is {}", version::long())];
    match (findings.schema, &findings.migrations[..]) {
        (Some(there), []) if findings.newer => lines.push(format!(
            "the schema has version {there:04}, newer than the {:04} that it needs: it works beside the newer one",
            findings.needs
        )),
        (Some(there), []) => lines.push(format!("the schema is up to date: version {there:04}")),
        (there, pending) => {
            let there = there.map_or_else(|| "none".to_owned(), |version| format!("{version:04}"));
            lines.push(format!("the schema has version {there}; `vestibule migrate` would apply:"));
            lines.extend(pending.iter().map(|migration| format!("  {migration}")));
            lines.push(
                "the version that runs now goes on with the new schema: migrate first, then replace it".to_owned(),
            );
        }
    }
    lines.extend(findings.unknown_variables.iter().map(|unknown| format!("left alone: {unknown}")));
    lines.extend(findings.faults.iter().map(|fault| format!("in the way: {fault}")));
    lines.join("\n")
}
