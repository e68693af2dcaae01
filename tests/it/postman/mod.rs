//! `docs/postman/vestibule.postman_collection.json` is made of the OpenAPI document, in an order in which each request
//! finds what those before have made, and is run by newman against the program: what the collection shows works.

mod collection;
mod flow;

use crate::harness::{ORIGIN, Process, World};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use vestibule::domain::key::KeyKind;

const PASSWORD: &str = "User-pass-1";
/// For all requests together; newman itself stops sooner.
const PATIENCE: Duration = Duration::from_secs(150);

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_collection_is_what_the_openapi_document_says() {
    let path = at("docs/postman/vestibule.postman_collection.json");
    let wanted = format!("{:#}\n", collection::of(vestibule::api::openapi::document_json()));
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "the collection is out of date: INSTA_UPDATE=always make test ARGS=postman");
}

/// Where `make test` has put newman (`scripts/tools.sh`), `VESTIBULE_TEST_NEWMAN` says.
#[tokio::test]
async fn newman_runs_the_whole_collection() {
    let Ok(newman) = std::env::var("VESTIBULE_TEST_NEWMAN") else {
        println!("skipped: `make test` runs this, with newman; by hand: scripts/tools.sh newman");
        return;
    };
    let world = World::builder().set("AUTH_LOGIN_FAILURE_MILLIS", 1).start().await;
    world.change_settings(r#"support = support || '{"handoff_mode": "contact_form"}'"#).await;
    world.upstream.control().add_user("anna", PASSWORD, "admin");
    let settings = [
        ("VESTIBULE_ADMIN_LOGINS_PER_IP_PER_MINUTE", "1000"),
        ("VESTIBULE_LIMITS_IP_PER_MINUTE", "1000"),
        ("VESTIBULE_OUTBOUND_RESPONSE_MILLIS", "2000"),
    ];
    let process = Process::serve(&world, &settings).await;
    let variables = [
        ("base_url", format!("http://{}", process.public)),
        ("publishable_key", world.publishable_key().await),
        ("secret_key", world.key(world.spec(KeyKind::Secret)).await),
        ("origin", ORIGIN.to_owned()),
        ("workspace", world.workspace.slug.clone()),
        ("username", "anna".to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    let values = variables.map(|(key, value)| json!({"key": key, "value": value, "enabled": true}));
    let folder = std::env::temp_dir().join(format!("vestibule-newman-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let (environment, report) = (folder.join("environment.json"), folder.join("report.json"));
    std::fs::write(&environment, json!({"name": "test", "values": values}).to_string()).unwrap();

    let mut command = Command::new("node");
    command.arg(newman).arg("run").arg(at("docs/postman/vestibule.postman_collection.json"));
    command.arg("--environment").arg(&environment).args(["--timeout", "120000", "--timeout-request", "20000"]);
    command.args(["--color", "off", "--reporters", "cli,json", "--reporter-json-export"]).arg(&report);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, command.output()).await.expect("newman ends").expect("newman starts");
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    let report: Value = serde_json::from_slice(&std::fs::read(&report).unwrap_or_default()).unwrap_or_default();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(ended.status.success(), "{told}\n{}", String::from_utf8_lossy(&ended.stderr));
    let run = &report["run"]["stats"];
    assert_eq!(run["items"]["total"], flow::STEPS.len(), "{told}");
    assert_eq!(run["assertions"]["total"], 2 * flow::STEPS.len(), "{told}");
}
