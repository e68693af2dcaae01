//! The file with the demo's keys and addresses. It holds secrets: nobody else may read it, and it is replaced as a
//! whole, so that a reader never sees half of it.

use crate::cli::failure::Failure;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What stands in it.
#[derive(Serialize)]
pub(super) struct Told {
    pub(super) public_url: String,
    pub(super) admin_url: String,
    pub(super) ops_url: String,
    pub(super) upstream_url: String,
    pub(super) workspace: String,
    pub(super) publishable_key: String,
    pub(super) secret_key: String,
    /// What a page on this machine sends as its `Origin`.
    pub(super) origin: String,
    pub(super) admin_username: Option<String>,
    pub(super) admin_password: Option<String>,
    pub(super) manager_username: Option<String>,
    pub(super) manager_password: Option<String>,
    /// A user with the role `default`, to whom the demo's workspace is assigned.
    pub(super) user_username: Option<String>,
    pub(super) user_password: Option<String>,
}

/// What an earlier run left that may still be of use.
#[derive(Default, Deserialize)]
pub(super) struct Before {
    pub(super) publishable_key: Option<String>,
    pub(super) secret_key: Option<String>,
    pub(super) manager_password: Option<String>,
    pub(super) user_password: Option<String>,
}

/// Reads the file of an earlier run. One that is missing or not ours has nothing to keep.
pub(super) fn read(path: &Path) -> Result<Before, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Before::default()),
        Err(error) => Err(named(path, &error)),
    }
}

/// Replaces the file.
pub(super) fn write(path: &Path, told: &Told) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(told).map_err(|error| Failure::new(error.to_string()))?;
    let beside = beside(path);
    let written = write_beside(&beside, &text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        named(path, &error)
    })
}

fn write_beside(path: &Path, text: &[u8]) -> io::Result<()> {
    // What a killed run left may have other rights; `mode` is only for files that are made.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// In the same folder: only there a rename replaces at once.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn named(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}
