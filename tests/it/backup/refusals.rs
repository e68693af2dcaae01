//! What is not backed up and not restored, and what is said of it.

use super::{Elsewhere, Installation, Scratch};
use crate::harness::Told;
use serde_json::{Value, json};
use std::path::Path;

const OTHER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn refused(told: &Told, code: i32, words: &[&str]) {
    assert_eq!(told.code, Some(code), "{told:?}");
    for word in words {
        assert!(told.stderr.contains(word), "{word}: {}", told.stderr);
    }
}

#[tokio::test]
async fn a_backup_is_whole_or_not_made() {
    let Some(here) = Installation::lived_in().await else { return };
    let folder = here.scratch.path("backup");
    let partial = here.scratch.path("backup.partial");
    let admin = ["backup", &folder, "--admin-url-file", &here.admin];

    // As the owner, for whom row-level security holds.
    let told = here.run(&["backup", &folder], &[]).await;
    refused(&told, 64, &["row-level security", "BYPASSRLS", "--admin-url-file"]);

    let told = here.run(&admin, &[("PATH", "/nowhere")]).await;
    refused(&told, 69, &["no `pg_dump` in PATH", "postgresql-client", "container image"]);
    let old = here.scratch.program("pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'");
    refused(&here.run(&admin, &[("PATH", &old)]).await, 69, &["is of PostgreSQL 9.6.24", "newer than itself"]);

    // It says more than it should, and leaves half a file.
    let told = "case $1 in --version) echo 'pg_dump (PostgreSQL) 99';; \
                *) for a in \"$@\"; do case $a in --file=*) echo half >\"${a#--file=}\";; esac; done; \
                echo \"as $PGUSER with $PGPASSWORD\" >&2; exit 1;; esac";
    let talkative = here.scratch.program("pg_dump", told);
    let with_password = here.scratch.path("with-password");
    let url = std::fs::read_to_string(&here.admin).unwrap();
    std::fs::write(&with_password, url.replacen("postgres@", "postgres:kept-to-itself@", 1)).unwrap();
    let told = here.run(&["backup", &folder, "--admin-url-file", &with_password], &[("PATH", &talkative)]).await;
    refused(&told, 1, &["`pg_dump` failed", "as postgres with …"]);
    assert!(!told.stderr.contains("kept-to-itself"), "{told:?}");

    for path in [&folder, &partial] {
        assert!(!Path::new(path).exists(), "{path}");
    }
    std::fs::create_dir(&folder).unwrap();
    refused(&here.run(&admin, &[]).await, 64, &["is there already"]);
    std::fs::remove_dir(&folder).unwrap();

    // Under another secret key it is made, because any backup is better than none, and said.
    let told = here.run(&admin, &[("VESTIBULE_SECRET_KEY", OTHER_KEY)]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("ATTENTION") && !told.stdout.contains(OTHER_KEY), "{told:?}");
    let nothing = here.scratch.path("nothing");
    std::fs::write(&nothing, "http://db.example").unwrap();
    let told = here.run(&["backup", &here.scratch.path("b"), "--admin-url-file", &nothing], &[]).await;
    refused(&told, 64, &["--admin-url-file", "postgres://"]);
}

/// The backup with another manifest.
fn changed(scratch: &Scratch, folder: &Path, name: &str, change: impl FnOnce(&mut Value)) -> std::path::PathBuf {
    let copy = std::path::PathBuf::from(scratch.path(name));
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(folder.join("vestibule.dump"), copy.join("vestibule.dump")).unwrap();
    let mut manifest: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(copy.join("manifest.json"), manifest.to_string()).unwrap();
    copy
}

#[tokio::test]
async fn what_could_not_be_used_is_not_restored_and_nothing_is_touched() {
    let Some(here) = Installation::lived_in().await else { return };
    let (folder, _) = here.back_up("backup").await;
    let there = Elsewhere::empty(&here.scratch).await;
    let scratch = &here.scratch;

    let newer = changed(scratch, &folder, "newer", |manifest| manifest["schema"] = json!(9_999));
    refused(&there.restore(&here, &newer, &[], &[]).await, 64, &["schema 9999", "newer than"]);
    let other_form = changed(scratch, &folder, "form", |manifest| manifest["format"] = json!(2));
    refused(&there.restore(&here, &other_form, &[], &[]).await, 64, &["newer version"]);
    let other_owner = changed(scratch, &folder, "owner", |manifest| manifest["owner"] = json!("somebody"));
    refused(&there.restore(&here, &other_owner, &[], &[]).await, 64, &["belongs to the role somebody"]);
    let later = changed(scratch, &folder, "later", |manifest| manifest["server_version"] = json!(990_000));
    refused(&there.restore(&here, &later, &[], &[]).await, 64, &["is of PostgreSQL 99"]);
    let written_later = changed(scratch, &folder, "written", |manifest| manifest["pg_dump"] = json!("99.1"));
    refused(&there.restore(&here, &written_later, &[], &[]).await, 69, &["was written by 99.1"]);
    let damaged = changed(scratch, &folder, "damaged", |_| {});
    let dump = damaged.join("vestibule.dump");
    let mut bytes = std::fs::read(&dump).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&dump, bytes).unwrap();
    refused(&there.restore(&here, &damaged, &[], &[]).await, 64, &["not the file that was made"]);
    refused(&there.restore(&here, Path::new("/nowhere"), &[], &[]).await, 64, &["manifest.json"]);

    let told = there.restore(&here, &folder, &[], &[("VESTIBULE_SECRET_KEY", OTHER_KEY)]).await;
    refused(&told, 64, &["another secret key", "--lost-secret-key"]);
    refused(&there.restore(&here, &folder, &[], &[("VESTIBULE_SECRET_KEY", "")]).await, 64, &["secret_key"]);
    refused(&there.restore(&here, &folder, &[], &[("PATH", "/nowhere")]).await, 69, &["no `psql` in PATH"]);

    // Whoever is no superuser cannot give tables to others.
    let told = here.run(&["restore", folder.to_str().unwrap()], &[]).await;
    refused(&told, 64, &["is no superuser", "--admin-url-file"]);

    // Of all this the server has heard nothing.
    let roles = format!("postgres://postgres@127.0.0.1:{}/postgres", there.way.port());
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&roles).await.unwrap();
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'vestibule%'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(made, 0);

    // The key is lost, and whoever restores knows it.
    let told = there.restore(&here, &folder, &["--lost-secret-key"], &[("VESTIBULE_SECRET_KEY", OTHER_KEY)]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
}
