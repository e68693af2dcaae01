//! `vestibule backup`: everything that Vestibule keeps in PostgreSQL, in a folder, with what it is of. `restore` brings
//! it back. PostgreSQL's own programs do the work; here is decided whether it can be done, and said what is not in it.
//!
//! A folder is there whole or not at all: it is written under another name first.

mod address;
mod manifest;
mod programs;
mod restore;

pub(super) use restore::run as restore;

use crate::auth::{RootKeyCheck, Standing};
use crate::cli::Settings;
use crate::cli::args::BackupArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::storage::{BackupLogin, Database, StorageError};
use crate::telemetry::version;
use address::Address;
use manifest::{DUMP, Dump, FORMAT, MANIFEST, Manifest};
use programs::Program;
use secrecy::ExposeSecret as _;
use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

pub(super) async fn run(settings: &Settings, args: &BackupArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[])?;
    let folder = Folder::beside(&args.folder)?;
    let pg_dump = Program::find("pg_dump")?;
    let (admin, login) = admin(&session, args.admin_url_file.as_deref()).await?;
    if !login.sees_all_rows {
        return Err(Failure::usage(format!(
            "{} does not see all rows: row-level security holds for it, so a backup would be one in name only. Name a file \
             with the address of the same database for a superuser, or for a role with BYPASSRLS that may read everything: \
             --admin-url-file",
            login.role
        )));
    }
    pg_dump.for_server(login.server_version)?;
    let (root_key, secret_key_fits) = sealed_under(&session).await?;
    folder.make()?;
    let made = async {
        let server = Database::connect(admin.config())?;
        let schema = server.schema_version().await?.applied;
        let schema = schema.ok_or_else(|| StorageError::NotMigrated("there is nothing to back up".into()))?;
        // From here on nothing that is written is in it.
        let taken_at = session.ambient.now();
        let snapshot = server.backup_snapshot().await?;
        let dump = folder.partial.join(DUMP);
        let moment = format!("--snapshot={}", snapshot.name);
        let mut file = std::ffi::OsString::from("--file=");
        file.push(&dump);
        let arguments = [
            "--no-password",
            "--format=custom",
            "--schema=vestibule",
            "--lock-wait-timeout=30s",
            &moment,
        ];
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).chain([file.as_os_str()]).collect();
        pg_dump.run(&arguments, &admin, String::new()).await?;
        let manifest = Manifest {
            format: FORMAT,
            version: version::VERSION.to_owned(),
            commit: version::REVISION.to_owned(),
            taken_at,
            schema,
            owner: snapshot.owner.clone(),
            server_version: login.server_version,
            pg_dump: pg_dump.version.clone(),
            root_key,
            secret_key_fits,
            dump: Dump::of(&dump)?,
            rows: snapshot.rows.clone(),
        };
        snapshot.end().await;
        folder.finish(&manifest)?;
        Ok::<_, Failure>(manifest)
    };
    match made.await {
        Ok(manifest) => {
            tell(&args.folder, &manifest, args.json, out)?;
            Ok(Exit::Done)
        }
        Err(failure) => {
            folder.discard();
            Err(failure)
        }
    }
}

/// Who does it, and where.
async fn admin(session: &Session, file: Option<&Path>) -> Result<(Address, BackupLogin), Failure> {
    let config = &session.config.database;
    let admin = match file {
        Some(file) => Address::in_file(file, config)?,
        None => Address::of(config)?,
    };
    let login = Database::connect(admin.config())?.backup_login().await?;
    Ok((admin, login))
}

/// The name of the key that the database is sealed under, and whether the one that is set is that.
async fn sealed_under(session: &Session) -> Result<(Option<String>, Option<bool>), Failure> {
    let stored = session.database.root_key();
    let noted = match stored.find().await? {
        Some(noted) => Some(noted),
        None => stored.in_use().await?.into_iter().next(),
    };
    if session.config.secret_key.expose_secret().is_empty() {
        return Ok((noted, None));
    }
    let root_key = session.config.root_key()?;
    let standing = RootKeyCheck::new(&root_key, &session.database, &session.ambient).judge().await?;
    Ok((noted, Some(!matches!(standing, Standing::Wrong(_)))))
}

fn tell(folder: &Path, manifest: &Manifest, json: bool, out: &mut Output<'_>) -> Result<(), Failure> {
    if json {
        return out.json(manifest);
    }
    out.text(&format!(
        "{} holds {} rows of {} tables, {} bytes, schema {:04}",
        folder.display(),
        manifest.all_rows(),
        manifest.rows.len(),
        manifest.dump.bytes,
        manifest.schema
    ))?;
    match (&manifest.root_key, manifest.secret_key_fits) {
        (None, _) => {}
        (Some(name), Some(false)) => out.text(&format!(
            "ATTENTION: it is sealed under the root key {name}, and VESTIBULE_SECRET_KEY is another one. Without the right \
             one the keys in it are worthless"
        ))?,
        (Some(name), _) => out.text(&format!(
            "it is sealed under the root key {name}: keep the secret key too, apart from it; without it the keys in it are \
             worthless"
        ))?,
    }
    out.text(
        "not in it: AnythingLLM's database and its storage volume (documents, vectors, the text of conversations, and its \
         secrets in clear), and the settings. Take them at the same time: docs/operations.md, Backups",
    )
}

/// Where a backup comes to stand.
struct Folder {
    path: PathBuf,
    /// Where it is written.
    partial: PathBuf,
}

impl Folder {
    /// Nothing may stand there.
    fn beside(path: &Path) -> Result<Self, Failure> {
        let name = path.file_name().ok_or_else(|| Failure::usage(format!("{} names no folder", path.display())))?;
        let mut partial = name.to_owned();
        partial.push(".partial");
        let folder = Self { path: path.to_owned(), partial: path.with_file_name(partial) };
        for there in [&folder.path, &folder.partial] {
            if there.symlink_metadata().is_ok() {
                return Err(Failure::usage(format!("{} is there already; nothing is written over", there.display())));
            }
        }
        Ok(folder)
    }

    /// For its owner only: what is in it is worth as much as the database.
    fn make(&self) -> Result<(), Failure> {
        DirBuilder::new().mode(0o700).create(&self.partial).map_err(|error| self.failed(&error))
    }

    /// Writes the manifest, and gives it its name once everything is on the disk.
    fn finish(&self, manifest: &Manifest) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(manifest).map_err(|error| Failure::new(error.to_string()))?;
        text.push('\n');
        let written = || {
            let dump = File::open(self.partial.join(DUMP))?;
            dump.set_permissions(Permissions::from_mode(0o600))?;
            dump.sync_all()?;
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.partial.join(MANIFEST))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&self.partial, &self.path)
        };
        written().map_err(|error| self.failed(&error))
    }

    /// What is half done is of no use.
    fn discard(&self) {
        let _ = std::fs::remove_dir_all(&self.partial);
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("{}: {error}", self.path.display()))
    }
}
