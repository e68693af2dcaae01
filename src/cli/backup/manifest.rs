//! What a backup is of, beside it in a file: so that it is restored only where it can be used.

use crate::cli::failure::Failure;
use crate::storage::TableRows;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The dump's name in a backup's folder.
pub(super) const DUMP: &str = "vestibule.dump";
/// This file's.
pub(super) const MANIFEST: &str = "manifest.json";
/// Of this form.
pub(super) const FORMAT: u32 = 1;
/// The most that is read of one.
const LONGEST: u64 = 1024 * 1024;

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Of the program that made it.
    pub(super) version: String,
    pub(super) commit: String,
    pub(super) taken_at: DateTime<Utc>,
    /// The last migration that the database had.
    pub(super) schema: i64,
    /// Whom the schema belonged to.
    pub(super) owner: String,
    /// Of PostgreSQL, as it numbers itself.
    pub(super) server_version: i32,
    /// Of the program that wrote the dump.
    pub(super) pg_dump: String,
    /// Names the secret key that it is sealed under and tells nothing about it; none: nothing is sealed.
    pub(super) root_key: Option<String>,
    /// Whether the secret key that was set when it was made is that one; none: none was set.
    pub(super) secret_key_fits: Option<bool>,
    pub(super) dump: Dump,
    /// By table.
    pub(super) rows: TableRows,
}

/// The dump's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dump {
    pub(super) bytes: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

impl Dump {
    /// Of a file that is there.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
        let mut file = File::open(path).map_err(failed)?;
        let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; 64 * 1024]);
        loop {
            let read = file.read(&mut piece).map_err(failed)?;
            if read == 0 {
                break;
            }
            hash.update(piece.get(..read).unwrap_or_default());
            bytes += read as u64;
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { bytes, sha256 })
    }
}

/// What a backup that is to be restored is held against.
#[derive(Debug)]
pub(super) struct Here<'a> {
    /// The last migration that this program knows.
    pub(super) schema: i64,
    /// Who logs in as `database.url` says.
    pub(super) owner: &'a str,
    /// The names of the secret keys that are set; none: it does not matter.
    pub(super) root_keys: Option<&'a [String]>,
}

impl Manifest {
    /// Of the backup in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let failed = |what: String| {
            Failure::usage(format!("{}: {what}; name a folder that `vestibule backup` has made", path.display()))
        };
        let mut text = String::new();
        let file = File::open(&path).map_err(|error| failed(error.to_string()))?;
        file.take(LONGEST).read_to_string(&mut text).map_err(|error| failed(error.to_string()))?;
        // A newer form may have other fields; its number is where it was.
        let format = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|read| read["format"].as_u64());
        if format.is_some_and(|format| format > u64::from(FORMAT)) {
            return Err(failed("it was made by a newer version, in a form that this one does not know".to_owned()));
        }
        serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
    }

    /// Refuses what would be of no use here, before anything is touched.
    pub(super) fn fits(&self, here: &Here<'_>) -> Result<(), Failure> {
        if self.schema > here.schema {
            return Err(Failure::usage(format!(
                "the backup has schema {:04} (Vestibule {}), newer than the {:04} that this program knows: restore it \
                 with the program that made it, or a newer one",
                self.schema, self.version, here.schema
            )));
        }
        if self.owner != here.owner {
            return Err(Failure::usage(format!(
                "the backup belongs to the role {}, and database.url logs in as {}: let it log in as {}",
                self.owner, here.owner, self.owner
            )));
        }
        match (here.root_keys, &self.root_key) {
            (Some(ours), Some(theirs)) if !ours.contains(theirs) => Err(Failure::usage(format!(
                "the backup is sealed under another secret key: under the root key {theirs}, and VESTIBULE_SECRET_KEY is \
                 {}. Set it to the key of then; with --lost-secret-key it is restored all the same, and every API key, \
                 session and credential in it is lost",
                ours.first().map_or("none", String::as_str)
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses a dump that is not the one that was made.
    pub(super) fn is_of(&self, dump: &Dump) -> Result<(), Failure> {
        if *dump == self.dump {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{DUMP} is not the file that was made: it has {} bytes and the checksum {}, and was {} bytes and {}",
            dump.bytes, dump.sha256, self.dump.bytes, self.dump.sha256
        )))
    }

    /// Rows of all tables together.
    pub(super) fn all_rows(&self) -> u64 {
        self.rows.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Dump, Here, Manifest};
    use chrono::DateTime;
    use proptest::prelude::*;

    fn manifest() -> Manifest {
        Manifest {
            format: super::FORMAT,
            version: "1.0.0".into(),
            commit: "abc".into(),
            taken_at: DateTime::UNIX_EPOCH,
            schema: 36,
            owner: "vestibule".into(),
            server_version: 150_004,
            pg_dump: "15.4".into(),
            root_key: Some("5f0c".into()),
            secret_key_fits: Some(true),
            dump: Dump { bytes: 3, sha256: "ab".into() },
            rows: [("api_keys".to_owned(), 2)].into(),
        }
    }

    fn said(manifest: &Manifest, schema: i64, owner: &str, root_keys: Option<&[String]>) -> String {
        manifest.fits(&Here { schema, owner, root_keys }).err().map(|failure| failure.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_backup_is_restored_only_where_it_can_be_used() {
        let (manifest, ours, other) = (manifest(), ["5f0c".to_owned()], ["0000".to_owned()]);
        assert_eq!(said(&manifest, 36, "vestibule", Some(&ours)), "");
        assert_eq!(said(&manifest, 40, "vestibule", Some(&["1".to_owned(), "5f0c".to_owned()])), "", "the one before");
        assert!(said(&manifest, 35, "vestibule", Some(&ours)).contains("newer"));
        assert!(said(&manifest, 36, "somebody", Some(&ours)).contains("logs in as somebody"));
        assert!(said(&manifest, 36, "vestibule", Some(&other)).contains("another secret key"));
        assert_eq!(said(&manifest, 36, "vestibule", None), "", "told that it is lost");
        let nothing_sealed = Manifest { root_key: None, ..manifest };
        assert_eq!(said(&nothing_sealed, 36, "vestibule", Some(&other)), "");
    }

    #[test]
    fn a_dump_that_was_changed_is_not_the_one() {
        let manifest = manifest();
        assert!(manifest.is_of(&manifest.dump).is_ok());
        for changed in [Dump { bytes: 4, ..manifest.dump.clone() }, Dump { sha256: "ac".into(), ..manifest.dump.clone() }]
        {
            assert!(manifest.is_of(&changed).is_err());
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_file_is_refused_or_read(text in "\\PC{0,200}", format in 2_u32..) {
            let folder = std::env::temp_dir().join(format!("vestibule-manifest-{}", uuid::Uuid::new_v4()));
            std::fs::create_dir(&folder).unwrap();
            let path = folder.join(super::MANIFEST);
            std::fs::write(&path, &text).unwrap();
            prop_assert!(Manifest::read(&folder).is_err());
            std::fs::write(&path, serde_json::to_string(&manifest()).unwrap()).unwrap();
            prop_assert_eq!(Manifest::read(&folder).unwrap(), manifest());
            std::fs::write(&path, format!("{{\"format\": {format}}}")).unwrap();
            prop_assert!(Manifest::read(&folder).unwrap_err().to_string().contains("newer version"));
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }
}
