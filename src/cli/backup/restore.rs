//! `vestibule restore`: a backup into a database that has nothing of Vestibule's, with the roles that a dump does not
//! hold. Everything that can be found out is found out before anything is touched. Where something is replaced, it is put
//! aside, and put back if the restore fails.

use super::address::Address;
use super::manifest::{DUMP, Dump, Here, Manifest};
use super::programs::{Program, major_of};
use crate::cli::Settings;
use crate::cli::args::RestoreArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::storage::{Database, MIGRATOR, PutAside, StorageError};
use serde::Serialize;
use std::ffi::OsStr;
use std::fmt::Write as _;

/// What makes roles and an empty database; the same that compose, Helm and the documentation use.
const ROLES: &str = include_str!("../../../deploy/postgres/roles.sql");
/// A database that every server has.
const MAINTENANCE: &str = "postgres";

/// What was done.
#[derive(Debug, Serialize)]
struct Restored<'a> {
    taken_at: chrono::DateTime<chrono::Utc>,
    /// Of the program that made the backup.
    version: &'a str,
    rows: u64,
    schema: i64,
    /// What this program needs.
    needs: i64,
    /// What was there before is gone.
    replaced: bool,
    /// Why nobody can be served yet.
    faults: Vec<String>,
}

pub(in crate::cli) async fn run(
    settings: &Settings,
    args: &RestoreArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let needs: &[Need] = if args.lost_secret_key { &[] } else { &[Need::SecretKey] };
    let session = Session::open(settings, needs)?;
    let target = Address::of(&session.config.database)?;
    let manifest = Manifest::read(&args.folder)?;
    let root_keys = if args.lost_secret_key { None } else { Some(session.config.root_key()?.ids()) };
    let expected = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    manifest.fits(&Here { schema: expected, owner: &target.user, root_keys: root_keys.as_deref() })?;
    let dump = args.folder.join(DUMP);
    manifest.is_of(&Dump::of(&dump)?)?;
    let (psql, pg_restore) = (Program::find("psql")?, Program::find("pg_restore")?);

    // The database that is restored into may not be there yet.
    let named = match &args.admin_url_file {
        Some(file) => Address::in_file(file, &session.config.database)?,
        None => Address::of(&session.config.database)?,
    };
    let maintenance = named.of_database(MAINTENANCE)?;
    let server = Database::connect(maintenance.config())?;
    let login = server.backup_login().await?;
    if !login.is_superuser {
        return Err(Failure::usage(format!(
            "{} is no superuser, and only a superuser can make the roles and give each table to whom it belongs: name a file \
             with the address of the same server for one, --admin-url-file",
            login.role
        )));
    }
    let (from, to) = (major_of(manifest.server_version), major_of(login.server_version));
    if to < from {
        return Err(Failure::usage(format!(
            "the backup is of PostgreSQL {from}, and the server is {to}: restore it into {from} or newer"
        )));
    }
    pg_restore.for_server(login.server_version)?;
    pg_restore.reads(&manifest.pg_dump)?;

    // Roles first: the dump names them.
    make_roles(&psql, &server, &maintenance, &target).await?;
    let into = named.of_database(&target.database)?;
    let database = Database::connect(into.config())?;
    let replaced = put_in(&pg_restore, &database, &into, &manifest, args, &session).await?;

    let mut faults = Vec::new();
    match session.database.roles().await {
        Ok(roles) => faults.extend(roles.fault().map(|fault| format!("{fault}; {}", roles.remedy()))),
        Err(error) => faults.push(format!("{} cannot log in: {error}; check database.url", target.user)),
    }
    let restored = Restored {
        taken_at: manifest.taken_at,
        version: &manifest.version,
        rows: manifest.all_rows(),
        schema: manifest.schema,
        needs: expected,
        replaced,
        faults,
    };
    if args.json {
        out.json(&restored)?;
    } else {
        out.text(&told(&restored))?;
    }
    Ok(if restored.faults.is_empty() { Exit::Done } else { Exit::Failed })
}

/// The roles, their memberships and the empty database, where they are missing.
async fn make_roles(
    psql: &Program,
    server: &Database,
    maintenance: &Address,
    target: &Address,
) -> Result<(), Failure> {
    let mut input = String::new();
    // A role that is there keeps its password.
    if let Some(password) = target.password().filter(|_| !target.user.is_empty())
        && !server.has_role(&target.user).await?
    {
        let _ = writeln!(input, "\\set password {}", quoted(password));
    }
    input.push_str(ROLES);
    let (owner, database) = (format!("--set=owner={}", target.user), format!("--set=database={}", target.database));
    let arguments = ["--no-psqlrc", "--quiet", "--no-password", "--file=-", &owner, &database];
    // The password that must not be told is the one in the input, which is the target's.
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    psql.run(&arguments, maintenance, input).await.map_err(|failure| match target.password() {
        Some(password) => Failure::new(failure.to_string().replace(password, "…")),
        None => failure,
    })
}

/// A value for psql's `\set`.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for character in text.chars() {
        match character {
            '\\' | '\'' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted
}

/// The dump, whole or not at all; whether something else was there.
async fn put_in(
    pg_restore: &Program,
    database: &Database,
    into: &Address,
    manifest: &Manifest,
    args: &RestoreArgs,
    session: &Session,
) -> Result<bool, Failure> {
    let there = database.occupancy().await?;
    if there.has_schema && !args.replace {
        return Err(Failure::usage(format!(
            "the database {} is not empty: it has a schema `vestibule`. --replace gives up everything in it for what is in \
             the backup",
            into.database
        )));
    }
    if there.has_schema && there.clients > 0 {
        return Err(Failure::unavailable(format!(
            "{} other connections to the database {} are open: stop the gateways first",
            there.clients, into.database
        )));
    }
    let aside = PutAside::at(session.ambient.now());
    if there.has_schema {
        database.put_aside(&aside).await?;
    }
    let done = async {
        let dump = args.folder.join(DUMP);
        let database_name = format!("--dbname={}", into.database);
        let arguments = ["--no-password", "--exit-on-error", "--single-transaction", &database_name];
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).chain([dump.as_os_str()]).collect();
        pg_restore.run(&arguments, into, String::new()).await?;
        let rows = database.restored_rows().await?;
        if rows != manifest.rows {
            let differ: Vec<_> = manifest
                .rows
                .iter()
                .filter(|(table, counted)| rows.get(*table) != Some(counted))
                .map(|(table, counted)| format!("{table} ({} of {counted})", rows.get(table).unwrap_or(&0)))
                .collect();
            return Err(Failure::new(format!("not everything has arrived: {}", differ.join(", "))));
        }
        Ok(())
    };
    let done = done.await;
    match (done, there.has_schema) {
        (Ok(()), true) => {
            database.give_up(&aside).await.map_err(|error| kept(&aside, &error))?;
            Ok(true)
        }
        (Ok(()), false) => Ok(false),
        (Err(failure), true) => {
            database.put_back(&aside).await.map_err(|error| kept(&aside, &error))?;
            Err(Failure::new(format!("{failure}\nwhat was there before is there again, as it was")))
        }
        (Err(failure), false) => Err(failure),
    }
}

fn kept(aside: &PutAside, error: &StorageError) -> Failure {
    Failure::new(format!("what was there before is in the schema `{}` and has to be settled by hand: {error}", aside.name()))
}

fn told(restored: &Restored<'_>) -> String {
    let mut lines = vec![format!(
        "{} rows are back as they were at {} (Vestibule {}){}",
        restored.rows,
        restored.taken_at.format("%Y-%m-%d %H:%M:%S UTC"),
        restored.version,
        if restored.replaced { "; what was there before is gone" } else { "" }
    )];
    if restored.schema < restored.needs {
        lines.push(format!(
            "the schema is {:04}, and this program needs {:04}: `vestibule migrate`",
            restored.schema, restored.needs
        ));
    }
    lines.push(
        "not in it: AnythingLLM's database and its storage volume. Restore those of the same time, or conversations read as \
         empty and documents are missing"
            .to_owned(),
    );
    lines.extend(restored.faults.iter().map(|fault| format!("in the way: {fault}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn psql_gets_a_password_as_it_is() {
        assert_eq!(quoted(r"a'b\c"), r"'a\'b\\c'");
        assert_eq!(quoted("a\nb"), "'a\\nb'");
    }
}
