//! What can be typed about backups.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct BackupArgs {
    /// Where the backup comes to stand; must not be there yet.
    #[arg(value_name = "FOLDER")]
    pub(in crate::cli) folder: PathBuf,
    /// File with the address of the same database for a superuser, or for a role with BYPASSRLS that may read all:
    /// `postgres://…`; `-` reads standard input. Without it `database.url` must be one.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) admin_url_file: Option<PathBuf>,
    /// Print what stands in `manifest.json`.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RestoreArgs {
    /// A folder that `vestibule backup` has made.
    #[arg(value_name = "FOLDER")]
    pub(in crate::cli) folder: PathBuf,
    /// File with the address of the server for a superuser: `postgres://…`; `-` reads standard input. Without it
    /// `database.url` must be one. The database is the one of `database.url`, and is made if it is not there.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) admin_url_file: Option<PathBuf>,
    /// Give up everything of Vestibule's in the database for what is in the backup. Stop the gateways first.
    #[arg(long)]
    pub(in crate::cli) replace: bool,
    /// The secret key of then is lost: restore all the same. API keys, sessions and credentials in the backup are lost with
    /// it.
    #[arg(long)]
    pub(in crate::cli) lost_secret_key: bool,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
