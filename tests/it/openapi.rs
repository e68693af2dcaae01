//! schemathesis asks a gateway what the OpenAPI document allows and what it does not, with each kind of credential. Every
//! answer must be one that the document tells of, and none a failure of ours.

use crate::harness::{Http, ORIGIN, PATIENCE, Process, World};
use futures_util::StreamExt as _;
use http::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const PASSWORD: &str = "User-pass-1";
/// For all credentials together.
const LONGEST: Duration = Duration::from_secs(120);
/// Programs at the same time: each keeps one processor busy.
const AT_ONCE: usize = 2;
/// Those that may do most ask everything that they may.
const THOROUGH: [&str; 2] = ["secret_key", "access_token"];
/// With each of them.
const LEAST_CASES: u32 = 1_000;
/// What an answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance";

/// Where `make test` has put schemathesis (`scripts/tools.sh`), `VESTIBULE_TEST_SCHEMATHESIS` says.
#[tokio::test]
async fn every_answer_to_schemathesis_is_in_the_document() {
    let Ok(program) = std::env::var("VESTIBULE_TEST_SCHEMATHESIS") else {
        println!("skipped: `make test` runs this, with schemathesis; by hand: scripts/tools.sh schemathesis");
        return;
    };
    let stage = Stage::set().await;
    let started = tokio::time::Instant::now();
    let (stage, program) = (&stage, program.as_str());
    let runs = plan().into_iter().map(|(credential, phases, operations)| async move {
        let run = tokio::time::timeout_at(started + LONGEST, stage.run(program, credential, phases, &operations));
        let ended = run.await.expect("schemathesis ends in time").expect("schemathesis starts");
        (credential, ended)
    });
    let mut runs = futures_util::stream::iter(runs).buffer_unordered(AT_ONCE);
    let (mut wrong, mut cases) = (Vec::new(), BTreeMap::new());
    while let Some((credential, ended)) = runs.next().await {
        let said = String::from_utf8_lossy(&ended.stdout);
        *cases.entry(credential).or_insert(0) += generated(&said);
        if !ended.status.success() {
            wrong.push(format!("with {credential}:\n{said}"));
            wrong.push(String::from_utf8_lossy(&ended.stderr).into_owned());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("cases in {:?}: {cases:?}", started.elapsed());
    for credential in THOROUGH {
        assert!(cases[credential] >= LEAST_CASES, "too few cases with {credential}: {cases:?}");
    }
}

/// How many requests schemathesis says that it has made.
fn generated(said: &str) -> u32 {
    let before = said.split(" generated").next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Who asks what how thoroughly: everything with the credentials that may do most and with the first one that may, the
/// document's examples with the others.
fn plan() -> Vec<(&'static str, &'static str, Vec<String>)> {
    let mut plan = Vec::new();
    let mut asked = BTreeSet::new();
    for credential in ["secret_key", "access_token", "publishable_key", "nobody"] {
        let (again, new): (Vec<_>, Vec<_>) =
            operations_of(credential).into_iter().partition(|it| !THOROUGH.contains(&credential) && asked.contains(it));
        asked.extend(new.iter().cloned());
        plan.push((credential, "examples,coverage,fuzzing", new));
        plan.push((credential, "examples", again));
    }
    plan.retain(|(_, _, operations)| !operations.is_empty());
    plan
}

/// A gateway with something under every name that the requests use.
struct Stage {
    _world: World,
    process: Process,
    variables: Vec<(String, String)>,
}

impl Stage {
    async fn set() -> Self {
        let world = World::builder().set("AUTH_LOGIN_FAILURE_MILLIS", 1).start().await;
        world.upstream.control().add_user("anna", PASSWORD, "admin");
        world.upstream.control().add_user("dora", PASSWORD, "default");
        for workspace in ["changing", "closing"] {
            world.add_workspace(workspace).await;
        }
        let process = Process::serve(&world, &settings()).await;
        let variables = furnished(&world, &process).await;
        Self { _world: world, process, variables }
    }

    async fn run(
        &self,
        program: &str,
        credential: &str,
        phases: &str,
        operations: &[String],
    ) -> std::io::Result<Output> {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi/schemathesis.toml");
        let mut command = Command::new(program);
        command.arg("--config-file").arg(config).args(["--no-color", "run"]);
        command.arg(format!("http://{}/api/v1/openapi.json", self.process.public)).args(["--checks", CHECKS]);
        command.args(["--phases", phases]);
        for operation in operations {
            command.args(["--include-operation-id", operation]);
        }
        let variable = |name: &str| self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        if let Some(text) = variable(credential) {
            command.args(["--header", &format!("Authorization: Bearer {text}")]);
        }
        if credential == "publishable_key" || credential == "nobody" {
            command.args(["--header", &format!("Origin: {ORIGIN}")]);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name.to_uppercase(), value)));
        command.stdin(Stdio::null()).kill_on_drop(true).output().await
    }
}

/// Limits out of the way, and no wait that is longer than it must be.
fn settings() -> Vec<(&'static str, &'static str)> {
    let many = [
        "VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND",
        "VESTIBULE_LIMITS_FLOOD_BURST",
        "VESTIBULE_LIMITS_KEY_PER_MINUTE",
        "VESTIBULE_LIMITS_KEY_BURST",
        "VESTIBULE_LIMITS_IP_PER_MINUTE",
        "VESTIBULE_LIMITS_VISITOR_PER_MINUTE",
        "VESTIBULE_LIMITS_VISITOR_SESSIONS_PER_IP_PER_MINUTE",
        "VESTIBULE_LIMITS_USER_PER_MINUTE",
        "VESTIBULE_LIMITS_USER_BURST",
        "VESTIBULE_ADMIN_LOGINS_PER_IP_PER_MINUTE",
    ];
    let mut settings: Vec<_> = many.into_iter().map(|name| (name, "100000")).collect();
    settings.extend([("VESTIBULE_AUTH_LOGIN_FAILURE_MILLIS", "1"), ("VESTIBULE_OUTBOUND_RESPONSE_MILLIS", "500")]);
    settings
}

/// The operations that a credential is asked with: those whose security names it, or that ask for none.
fn operations_of(credential: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(vestibule::api::openapi::document_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let asked = operations.filter(|operation| {
        let alternatives = operation["security"].as_array().cloned().unwrap_or_default();
        match credential {
            "nobody" => alternatives.is_empty(),
            _ => alternatives.iter().any(|needed| needed.get(credential).is_some()),
        }
    });
    asked.filter_map(|operation| operation["operationId"].as_str().map(str::to_owned)).collect()
}

/// Makes what the requests name; under the names that `tests/openapi/schemathesis.toml` knows.
async fn furnished(world: &World, process: &Process) -> Vec<(String, String)> {
    let mut spec = world.spec(KeyKind::Secret);
    (spec.workspace, spec.scopes) = (None, Scope::ALL.into_iter().collect());
    let secret_key = world.key(spec).await;
    let manager = process.public().bearer(&secret_key);
    let publishable_key = world.publishable_key().await;
    let page = process.public().bearer(&publishable_key).with("origin", ORIGIN);
    let (user, leaving) = (log_in(process, "anna").await, log_in(process, "anna").await);

    let question = json!({"message": "What does the drill cost?", "session_id": "order-4711"});
    assert_eq!(page.post("/api/v1/chat", &question).await.status, 200);
    let store = json!({"platform": "feed", "store_url": "https://shop.example", "catalog_source": "feed",
        "feed_url": "https://shop.example/products.csv", "feed_format": "csv"});
    put(&manager, "/api/v1/workspaces/shop/store", &store).await;
    let sync = manager.post("/api/v1/workspaces/shop/store/sync", &json!({})).await;
    let sessions = process.public().bearer(&member(&leaving, "access_token")).get("/api/v1/auth/sessions").await.json();
    let own = sessions["data"].as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
    let mut variables = vec![
        ("session", member(own, "id")),
        ("run", member(&sync.json(), "id")),
        ("user_id", user["user"]["id"].to_string()),
        ("access_token", member(&user, "access_token")),
        ("leaving_token", member(&leaving, "access_token")),
        ("refresh_token", member(&leaving, "refresh_token")),
        ("workspace", world.workspace.slug.clone()),
        ("secret_key", secret_key),
        ("publishable_key", publishable_key),
    ];
    for name in ["key", "rotated_key", "revoked_key"] {
        let key = json!({"kind": "publishable", "env": "test", "name": name, "workspace": "shop",
            "allowed_origins": [ORIGIN]});
        let made = manager.post("/api/v1/keys", &key).await;
        assert_eq!(made.status, 201, "{}", made.text());
        variables.push((name, member(&made.json(), "id")));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn log_in(process: &Process, username: &str) -> Value {
    let body = json!({"username": username, "password": PASSWORD});
    let answer = tokio::time::timeout(PATIENCE, process.public().post("/api/v1/auth/login", &body)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn put(client: &Http, path: &str, body: &Value) {
    let answer = client.with("content-type", "application/json").send(Method::PUT, path, body.to_string()).await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

fn member(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}
