//! The command line, run as a process: what it prints, what it stores, and how it ends.

use crate::harness::{TestDatabase, Variables};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vestibule::anythingllm::{Assignments, Client, Login, OnBehalf, Search};
use vestibule::config::{Config, Sources};
use vestibule::domain::clock::Ambient;
use vestibule::domain::ids::RequestId;
use vestibule::domain::key::{ApiKey, PublicId};
use vestibule::domain::origin::Origin;
use vestibule::storage::Database;
use vestibule_stand_in::{Failure, Options, StandIn};

const SECRET_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A database, an AnythingLLM, and an operator at a shell.
struct Shell {
    upstream: StandIn,
    _database: TestDatabase,
    variables: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// What was said about a failure that ended with `code`.
    fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.err
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn run_with(variables: &BTreeMap<String, String>, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    command.env_clear().envs(variables).args(arguments).output().unwrap().into()
}

impl Shell {
    async fn open() -> Self {
        let upstream = StandIn::start(Options::default()).await.unwrap();
        let database = TestDatabase::create().await;
        let folder = std::env::temp_dir().join(format!("vestibule-cli-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let variables = [
            ("VESTIBULE_SECRET_KEY", SECRET_KEY.to_owned()),
            ("VESTIBULE_DATABASE_URL", database.url()),
            ("VESTIBULE_UPSTREAM_URL", upstream.url()),
            ("VESTIBULE_UPSTREAM_API_KEY", upstream.api_key().to_owned()),
            ("VESTIBULE_PUBLIC_LISTEN", "127.0.0.1:18080".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        Self { upstream, _database: database, variables, folder }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// On another thread, because the stand-in answers on this one's runtime.
    async fn run(&self, arguments: &[&str]) -> Ended {
        let (variables, arguments) =
            (self.variables.clone(), arguments.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>());
        let run = move || run_with(&variables, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        tokio::task::spawn_blocking(run).await.unwrap()
    }

    async fn add_workspace(&self, slug: &str) {
        let name = slug.to_uppercase();
        self.run(&["workspaces", "create", "--slug", slug, "--name", &name]).await.ok();
    }

    fn config(&self) -> Config {
        Config::load(&Sources { file: None, environment: &Variables(self.variables.clone()) }).unwrap()
    }

    fn storage(&self) -> Database {
        Database::connect(&self.config().database).unwrap()
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

fn nothing() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[test]
fn mistakes_in_arguments_end_with_64_and_help_with_0() {
    run_with(&nothing(), &["--help"]).ok();
    run_with(&nothing(), &["--version"]).ok();
    assert!(run_with(&nothing(), &["nonsense"]).failed(64).contains("nonsense"));
    assert!(run_with(&nothing(), &[]).failed(64).contains("Usage"));
}

#[test]
fn the_openapi_document_needs_no_settings() {
    let _: Value = serde_json::from_str(&run_with(&nothing(), &["openapi"]).ok()).unwrap();
}

#[test]
fn config_check_says_everything_that_is_wrong() {
    let variables = [("VESTIBULE_LOG_FORMAT", "xml"), ("VESTIBULE_SECRET_KEY", "short-secret")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let said = run_with(&variables, &["config", "check"]).failed(64);
    for part in ["VESTIBULE_LOG_FORMAT: log.format: expected one of", "secret_key: not base64", "database.url: missing"]
    {
        assert!(said.contains(part), "{said}");
    }
    assert!(!said.contains("short-secret"));
}

#[test]
fn config_check_reads_the_defaults_of_workspaces() {
    let file = tempfile("defaults.toml", "[common.settings]\ntop_n = 99\n");
    let variables: BTreeMap<_, _> = [
        ("VESTIBULE_SECRET_KEY", SECRET_KEY),
        ("VESTIBULE_UPSTREAM_URL", "http://127.0.0.1:9"),
        ("VESTIBULE_UPSTREAM_API_KEY", "x"),
        ("DATABASE_URL", "postgres://x/y"),
        ("VESTIBULE_WORKSPACES_DEFAULTS_FILE", file.to_str().unwrap()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let said = run_with(&variables, &["config", "check"]).failed(64);
    assert!(said.contains("workspaces.defaults_file") && said.contains("settings.top_n"), "{said}");
    std::fs::remove_file(file).unwrap();
}

/// A file that nobody else has.
fn tempfile(name: &str, content: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("vestibule-{}-{name}", uuid::Uuid::new_v4()));
    std::fs::write(&path, content).unwrap();
    path
}

#[test]
fn every_command_ends_with_64_without_settings_and_with_69_without_a_database() {
    let commands: [&[&str]; 6] = [
        &["serve"],
        &["migrate"],
        &["keys", "list"],
        &["workspaces", "list"],
        &["keys", "revoke", "abcdefghijkl"],
        &["demo", "seed", "--out", "/nowhere/demo.json"],
    ];
    for command in commands {
        assert!(run_with(&nothing(), command).failed(64).contains("database.url: missing"), "{command:?}");
    }
    let away =
        [("VESTIBULE_DATABASE_URL", "postgres://u:hidden@127.0.0.1:1/x"), ("VESTIBULE_DATABASE_ACQUIRE_MILLIS", "300")];
    let away = away.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for command in [&["migrate"][..], &["keys", "list"]] {
        let said = run_with(&away, command).failed(69);
        assert!(said.contains("database") && !said.contains("hidden"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_says_where_it_came_from() {
    let shell = Shell::open().await;
    assert!(shell.run(&["migrate"]).await.ok().contains("up to date: version 0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_shown_once_and_works() {
    let shell = Shell::open().await;
    shell.add_workspace("shop").await;
    let create = ["keys", "create", "--workspace", "shop", "--kind", "publishable", "--name", "Web"];
    let more = ["--origin", "https://SHOP.example:443", "--per-minute", "7", "--expires-in", "90d", "--quiet"];
    let printed = shell.run(&[&create[..], &more].concat()).await.ok();
    let key = ApiKey::parse(printed.trim_end()).unwrap();
    let database = shell.storage();
    let record = database.api_keys().find(&key.public_id()).await.unwrap().unwrap();
    assert!(record.hash.matches(&key.hash(&shell.config().root_key().unwrap().pepper())));
    assert_eq!(record.limits.per_minute, Some(7));
    assert_eq!(record.workspace.as_ref().unwrap().slug, "shop");
    assert!(record.origins.allows(&Origin::parse("https://shop.example").unwrap()));
    let scopes: Vec<_> = record.scopes.iter().map(vestibule::domain::scope::Scope::as_str).collect();
    assert_eq!(scopes, ["chat:write", "messages:read", "knowledge:query", "widget:read", "feedback:write"]);
    let days = (record.expires_at.unwrap()
        - chrono::DateTime::from(std::fs::metadata(&shell.folder).unwrap().modified().unwrap()))
    .num_days();
    assert!((89..=90).contains(&days), "{days}");

    let listed = shell.run(&["keys", "list", "--workspace", "shop", "--json"]).await.json();
    assert_eq!(listed[0]["public_id"], key.public_id().as_str());
    assert_eq!(listed[0]["allowed_origins"][0], "https://shop.example");
    let table = shell.run(&["keys", "list"]).await.ok();
    assert!(table.contains(key.public_id().as_str()) && !table.contains(&printed[30..60]), "{table}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_key_reads_everything_and_may_be_for_all_workspaces() {
    let shell = Shell::open().await;
    let created = shell.run(&["keys", "create", "--kind", "secret", "--name", "ERP", "--json"]).await.json();
    let key = ApiKey::parse(created["key"].as_str().unwrap()).unwrap();
    let record = shell.storage().api_keys().find(&key.public_id()).await.unwrap().unwrap();
    assert!(record.workspace.is_none());
    let scopes: Vec<_> = created["scopes"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    assert_eq!(
        scopes,
        ["chat:write", "messages:read", "knowledge:query", "widget:read", "workspaces:read", "keys:read", "usage:read"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_cannot_be_are_refused_with_a_reason() {
    let shell = Shell::open().await;
    shell.add_workspace("shop").await;
    let publishable = ["keys", "create", "--kind", "publishable", "--name", "x"];
    let shop = ["--workspace", "shop"];
    for (arguments, reason) in [
        (vec!["--origin", "https://a.example"], "--workspace is missing"),
        (vec!["--workspace", "shp", "--origin", "https://a.example"], "there is no workspace `shp`; there are: shop"),
        (shop.to_vec(), "--origin is missing"),
        ([&shop[..], &["--origin", "a.example"]].concat(), "begins with its scheme"),
        ([&shop[..], &["--origin", "http://localhost:*"]].concat(), "need a test key"),
        ([&shop[..], &["--origin", "https://a.example", "--scope", "keys:read"]].concat(), "may have only"),
        ([&shop[..], &["--origin", "https://a.example", "--scope", "all"]].concat(), "`all` is not a scope"),
        (
            [&shop[..], &["--origin", "https://a.example", "--expires-in", "soon"]].concat(),
            "expected a number and a unit",
        ),
        ([&shop[..], &["--origin", "https://a.example", "--per-minute", "0"]].concat(), "per-minute"),
    ] {
        let said = shell.run(&[&publishable[..], &arguments].concat()).await.failed(64);
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
    let said = shell
        .run(&["keys", "create", "--kind", "secret", "--name", "x", "--origin", "https://a.example"])
        .await
        .failed(64);
    assert!(said.contains("has no origins"), "{said}");
    assert_eq!(shell.run(&["keys", "list", "--json"]).await.json(), Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_revoked_by_its_public_id_or_by_itself_which_is_not_repeated() {
    let shell = Shell::open().await;
    let create = ["keys", "create", "--kind", "secret", "--name", "x", "--quiet"];
    let (one, two) = (shell.run(&create).await.ok(), shell.run(&create).await.ok());
    let public_id: PublicId = ApiKey::parse(one.trim()).unwrap().public_id();
    let first = shell.run(&["keys", "revoke", public_id.as_str(), "--reason", "lost", "--json"]).await.json();
    assert_eq!((&first["public_id"], &first["status"]), (&public_id.as_str().into(), &"revoked".into()));
    let again = shell.run(&["keys", "revoke", public_id.as_str(), "--json"]).await.json();
    assert_eq!((&again["revoke_reason"], &again["revoked_at"]), (&"lost".into(), &first["revoked_at"]));
    assert!(shell.run(&["keys", "revoke", public_id.as_str()]).await.ok().contains("was revoked before"));
    let said = shell.run(&["keys", "revoke", two.trim()]).await.ok();
    assert!(said.contains("is revoked") && !said.contains(two.trim()), "{said}");
    let listed = shell.run(&["keys", "list", "--json"]).await.json();
    assert_eq!((&listed[0]["status"], &listed[1]["status"]), (&"revoked".into(), &"revoked".into()));
    assert_eq!(listed[0]["revoke_reason"], "lost");

    let mistyped = two.trim().replacen(|c: char| c.is_ascii_digit(), "x", 1) + "y";
    let said = shell.run(&["keys", "revoke", &mistyped]).await.failed(64);
    assert!(!said.contains(&mistyped[12..]), "{said}");
    assert!(shell.run(&["keys", "revoke", "abcdefghijkl"]).await.failed(1).contains("there is no key"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workspaces_stand_for_those_of_anythingllm() {
    let shell = Shell::open().await;
    let there = shell.upstream.control().add_workspace("There Already");
    let adopt = |slug| ["workspaces", "create", "--slug", slug, "--name", "There", "--upstream-slug", there.as_str()];
    shell.run(&adopt("adopted")).await.ok();
    let created = ["workspaces", "create", "--slug", "new", "--name", "Brand New", "--json"];
    let made = shell.run(&created).await.json();
    let upstream_slug = made["upstream"]["slug"].as_str().unwrap();
    assert!(upstream_slug.starts_with("new-"), "{upstream_slug}");
    let nowhere = ["workspaces", "create", "--slug", "none", "--name", "x", "--upstream-slug", "none"];
    assert!(shell.run(&nowhere).await.failed(64).contains("AnythingLLM has no such workspace"));
    assert!(shell.run(&adopt("two")).await.failed(64).contains("belongs to another workspace"));
    assert!(shell.run(&created).await.failed(64).contains("already"));

    let patch = shell.path("patch.json");
    std::fs::write(&patch, r#"{"settings": {"top_n": 3}}"#).unwrap();
    let updated = shell.run(&["workspaces", "update", "new", "--file", &patch]).await.json();
    assert_eq!((&updated["settings"]["top_n"], &updated["version"]), (&3.into(), &3.into()));
    let shown = shell.run(&["workspaces", "show", "new"]).await.json();
    assert_eq!((&shown["settings"]["top_n"], &shown["settings"]["drift"]), (&3.into(), &serde_json::json!([])));
    assert_eq!(shown["upstream"]["state"], "ready");
    shell.run(&["workspaces", "sync", "new", "--take", "upstream"]).await.ok();
    assert!(shell.run(&["workspaces", "sync", "new", "--take", "both"]).await.failed(64).contains("--take"));
    std::fs::write(&patch, r#"{"settings": {"top_n": 99, "currency": "x"}}"#).unwrap();
    let said = shell.run(&["workspaces", "update", "new", "--file", &patch]).await.failed(64);
    assert!(said.contains("settings.top_n") && said.contains("settings.currency"), "{said}");
    let listed = shell.run(&["workspaces", "list", "--json"]).await.json();
    let slugs: Vec<_> = listed.as_array().unwrap().iter().map(|w| w["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["adopted", "new"]);
    shell.run(&["workspaces", "list"]).await.ok();

    shell.run(&["workspaces", "archive", "new"]).await.ok();
    assert!(shell.run(&["workspaces", "list"]).await.ok().contains("archived"));
    assert!(shell.run(&["workspaces", "purge", "new", "--confirm", "old"]).await.failed(64).contains("--confirm"));
    shell.run(&["workspaces", "purge", "new", "--confirm", "new"]).await.ok();
    assert!(shell.run(&["workspaces", "show", "new"]).await.failed(64).contains("no such workspace"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_seeded_once_and_keeps_its_keys() {
    let mut shell = Shell::open().await;
    let path = shell.path("demo.json");
    let seed = ["demo", "seed", "--out", &path];
    assert!(shell.run(&seed).await.ok().contains("12 documents (12 added, 0 removed)"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let read = || -> Value { serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap() };
    let first = read();
    assert_eq!(first["origin"], "http://localhost:18080");
    assert_eq!((&first["workspace"], &first["admin_username"]), (&"demo-shop".into(), &Value::Null));
    let key = ApiKey::parse(first["publishable_key"].as_str().unwrap()).unwrap();
    let record = shell.storage().api_keys().find(&key.public_id()).await.unwrap().unwrap();
    assert!(record.origins.allows(&Origin::parse("http://localhost:18080").unwrap()));

    shell.set("VESTIBULE_UPSTREAM_ADMIN_USERNAME", "admin");
    assert!(shell.run(&seed).await.ok().contains("12 documents (0 added, 0 removed)"));
    let second = read();
    assert_eq!(second["admin_username"], "admin");
    assert_eq!(first["manager_username"], Value::Null, "nobody asked for accounts");
    let people = [("manager", "manager"), ("user", "default")];
    for (who, role) in people {
        let name = second[format!("{who}_username")].as_str().unwrap().to_owned();
        assert!(shell.upstream.control().users().contains(&(name, role.to_owned())));
        assert!(second[format!("{who}_password")].as_str().unwrap().len() >= 8);
    }
    for name in ["publishable_key", "secret_key"] {
        assert_eq!(first[name], second[name]);
    }

    shell.run(&["keys", "revoke", first["secret_key"].as_str().unwrap()]).await.ok();
    shell.run(&seed).await.ok();
    let third = read();
    assert_eq!(first["publishable_key"], third["publishable_key"]);
    assert_ne!(first["secret_key"], third["secret_key"]);
    assert_eq!(std::fs::read_dir(&shell.folder).unwrap().count(), 1, "something was left beside the file");

    // An AnythingLLM that starts anew, as the stand-in does.
    let upstream = StandIn::start(Options::default()).await.unwrap();
    shell.set("VESTIBULE_UPSTREAM_URL", &upstream.url());
    assert!(shell.run(&seed).await.ok().contains("12 documents (12 added, 0 removed)"));
    let fourth = read();
    for name in ["secret_key", "manager_password", "user_password"] {
        assert_eq!(third[name], fourth[name]);
    }
    let client = Client::new(&shell.config().upstream).unwrap();
    for (who, _) in people {
        let name = fourth[format!("{who}_username")].as_str().unwrap();
        let password = fourth[format!("{who}_password")].as_str().unwrap().into();
        let login = client.log_in(name, &password, None).await.unwrap();
        let Login::Valid(login) = login else { panic!("{login:?}") };
        let may_use = client.assigned_workspaces(&login.session, None).await.unwrap();
        let Assignments::Workspaces(may_use) = may_use else { panic!("{may_use:?}") };
        assert!(may_use.iter().any(|workspace| workspace.slug == "demo-shop"), "{may_use:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_answers_the_questions_of_its_page() {
    let shell = Shell::open().await;
    shell.run(&["demo", "seed", "--out", &shell.path("demo.json")]).await.ok();
    let client = Client::new(&shell.config().upstream).unwrap();
    for (question, fact) in [
        ("How long do I have to return an order?", "30 days"),
        ("How long does delivery take and what does it cost?", "6.90"),
        ("What does the cordless drill cost and which battery does it have?", "189.00"),
        ("Which sizes are in the drill bit set and what does it cost?", "1.0 to 13.0 mm"),
        ("Which cut protection level do the work gloves have?", "level D"),
        ("How much weight does a shelf of the heavy-duty shelving carry?", "200 kg"),
    ] {
        let search = Search { query: question, top_n: Some(1), score_threshold: Some(0.25) };
        let on_behalf = OnBehalf { request_id: &RequestId::accept(None, &Ambient::system()), facts: &Arc::default() };
        let found = client.search("demo-shop", search, on_behalf).await.unwrap();
        assert!(found.first().is_some_and(|passage| passage.text.contains(fact)), "{question}: {found:?}");
    }
}

/// The levels and texts of one part of the report.
fn findings(report: &Value, part: &str) -> Vec<(String, String)> {
    let of_part = report["findings"].as_array().unwrap().iter().filter(|finding| finding["part"] == part);
    of_part.map(|f| (f["level"].as_str().unwrap().to_owned(), f["what"].as_str().unwrap().to_owned())).collect()
}

fn has(report: &Value, part: &str, level: &str, text: &str) {
    let findings = findings(report, part);
    assert!(findings.iter().any(|(l, what)| l == level && what.contains(text)), "no {level} `{text}` in {findings:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_nothing_wrong_with_a_sound_installation() {
    let shell = Shell::open().await;
    shell.run(&["demo", "seed", "--out", &shell.path("demo.json")]).await.ok();
    let report = shell.run(&["doctor", "--json"]).await.json();
    has(&report, "config", "ok", "all settings");
    has(&report, "database", "ok", "schema version");
    has(&report, "database", "ok", "PostgreSQL 1");
    has(&report, "database", "ok", "row-level security holds for vestibule_app");
    has(&report, "database", "ok", "its clock and ours agree");
    has(&report, "upstream", "ok", "API key is valid");
    has(&report, "upstream", "ok", "multi-user mode is on");
    has(&report, "upstream", "ok", "answers with generic-openai, stand-in-model");
    has(&report, "upstream", "ok", "embeds with generic-openai, stand-in-embedder");
    has(&report, "upstream", "ok", "pgvector, which tells no distances");
    has(&report, "upstream", "ok", "signed in can be made");
    has(&report, "workspaces", "ok", "`demo-shop` exists");
    has(&report, "redis", "warn", "redis.url is not set");
    assert!(report["findings"].as_array().unwrap().iter().all(|f| f["level"] != "fail"), "{report:#}");
    let text = shell.run(&["doctor"]).await.ok();
    assert!(text.contains("0 failed"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_that_nothing_answers_and_asks_if_it_may() {
    let shell = Shell::open().await;
    shell.add_workspace("shop").await;
    let control = shell.upstream.control();
    let asked = || control.requests().iter().filter(|request| request.path_and_query.ends_with("/stream-chat")).count();
    let ask = ["doctor", "--json", "--ask", "shop"];
    let report = shell.run(&ask).await.json();
    has(&report, "question", "ok", "stand-in-model answered in");
    has(&report, "question", "warn", "holds no documents");
    assert_eq!(asked(), 1);

    for setting in ["LLMProvider", "LLMModel", "EmbeddingModelPref"] {
        control.set_setting(setting, Value::Null);
    }
    control.fail(Failure::AbortFrame { error: "No OpenAI API key was set.".into() });
    control.fail(Failure::EmbedderError);
    let ended = shell.run(&ask).await;
    assert_eq!(ended.code, 1);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    has(&report, "upstream", "fail", "it has no LLM (no provider is chosen)");
    has(&report, "upstream", "fail", "it has no embedder (no model is chosen)");
    has(&report, "question", "fail", "No OpenAI API key was set.");
    let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
    assert_eq!(asked(), 2, "only who wants it asks");
    assert!(report["findings"].as_array().unwrap().iter().all(|finding| finding["part"] != "question"), "{report:#}");
    let unknown = shell.run(&["doctor", "--json", "--ask", "nobody"]).await;
    has(&serde_json::from_str(&unknown.out).unwrap(), "question", "fail", "there is no workspace `nobody`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_wrong_with_anythingllm() {
    let mut shell = Shell::open().await;
    shell.add_workspace("shop").await;
    shell.set("VESTIBULE_UPSTREAM_API_KEY", "WRONG-KEY");
    let ended = shell.run(&["doctor", "--json"]).await;
    assert_eq!(ended.code, 1);
    assert!(!ended.out.contains("WRONG-KEY"));
    has(&serde_json::from_str(&ended.out).unwrap(), "upstream", "fail", "does not accept upstream.api_key");

    // Another web server: here another gateway's idea of a page.
    let upstream = StandIn::start(Options::default()).await.unwrap();
    shell.set("VESTIBULE_UPSTREAM_API_KEY", upstream.api_key());
    shell.set("VESTIBULE_UPSTREAM_URL", &upstream.url());
    let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
    has(&report, "workspaces", "fail", "`shop` stands for AnythingLLM's `shop-");
    shell.set("VESTIBULE_UPSTREAM_URL", "http://127.0.0.1:1");
    let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
    has(&report, "upstream", "fail", "cannot be reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_asks_the_running_gateway_whether_it_believes_its_proxies() {
    let mut shell = Shell::open().await;
    let (address, _) = answer_once("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    shell.set("VESTIBULE_OPS_LISTEN", &address);
    let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
    has(&report, "proxies", "ok", "no gateway runs here yet");
    for (peer, text) in
        [("private", "7 requests came from private addresses"), ("public", "7 requests came from public")]
    {
        let metrics = format!("vestibule_clients_unbelieved_total{{peer=\"{peer}\"}} 7\n");
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{metrics}", metrics.len());
        let (address, _) = answer_once(&answer).await;
        shell.set("VESTIBULE_OPS_LISTEN", &address);
        let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
        has(&report, "proxies", "warn", text);
    }
    shell.set("VESTIBULE_PUBLIC_LISTEN", "127.0.0.1:8080");
    shell.set("VESTIBULE_PUBLIC_URL", "https://chat.shop.example");
    let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
    has(&report, "proxies", "warn", "only a proxy on this machine reaches");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_looks_at_settings_redis_and_tls() {
    let mut shell = Shell::open().await;
    shell.variables.remove("VESTIBULE_SECRET_KEY");
    let (certificate, key) = (shell.path("certificate.pem"), shell.path("key.pem"));
    std::fs::write(&certificate, "nothing").unwrap();
    shell.set("VESTIBULE_PUBLIC_TLS_CERTIFICATE_FILE", &certificate);
    shell.set("VESTIBULE_PUBLIC_TLS_PRIVATE_KEY_FILE", &key);
    shell.set("VESTIBULE_ADMIN_LISTEN", "0.0.0.0:18081");
    shell.set("VESTIBULE_REDIS_URL", "redis://:hidden@127.0.0.1:1/0");
    let ended = shell.run(&["doctor", "--json"]).await;
    assert_eq!(ended.code, 1);
    assert!(!ended.out.contains("hidden"));
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    has(&report, "config", "fail", "secret_key: missing");
    has(&report, "tls", "fail", "holds no certificate");
    has(&report, "host", "warn", "admin.listen is 0.0.0.0:18081");
    has(&report, "redis", "fail", "cannot be reached");
    if let Ok(redis) = std::env::var("TEST_REDIS_URL") {
        shell.set("VESTIBULE_REDIS_URL", &redis);
        let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
        has(&report, "redis", "ok", "maxmemory-policy is noeviction");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_health_check_asks_the_ops_listener() {
    let (address, answered) = answer_once("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n").await;
    let mut variables = nothing();
    variables.insert("VESTIBULE_OPS_LISTEN".to_owned(), address);
    let well = variables.clone();
    tokio::task::spawn_blocking(move || run_with(&well, &["healthcheck"])).await.unwrap().ok();
    assert!(answered.await.unwrap().starts_with("GET /healthz HTTP/1.1\r\n"));
    let gone = tokio::task::spawn_blocking(move || run_with(&variables, &["healthcheck"])).await.unwrap();
    assert!(gone.failed(1).contains("/healthz"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_health_check_of_readiness_says_what_is_missing() {
    let body = "database no\nschema ok\nsecret_key no\n";
    let head = format!("HTTP/1.1 503 Service Unavailable\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let (address, answered) = answer_once(&head).await;
    let variables = BTreeMap::from([("VESTIBULE_OPS_LISTEN".to_owned(), address)]);
    let ended = tokio::task::spawn_blocking(move || run_with(&variables, &["healthcheck", "--ready"])).await.unwrap();
    let said = ended.failed(1);
    assert!(said.contains("503") && said.contains("database, secret_key") && !said.contains("schema"), "{said}");
    assert!(answered.await.unwrap().starts_with("GET /readyz?known_keys HTTP/1.1\r\n"));
}

#[test]
fn the_version_says_what_it_was_built_from() {
    let told = run_with(&nothing(), &["--version"]).ok();
    assert!(told.starts_with(concat!("vestibule ", env!("CARGO_PKG_VERSION"), " (commit ")), "{told}");
}

#[test]
fn shells_and_manuals_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run_with(&nothing(), &["completions", shell]).ok();
        assert!(script.contains("vestibule") && script.contains("upgrade-check"), "{shell}");
    }
    assert!(run_with(&nothing(), &["completions", "cmd"]).failed(64).contains("possible values"));
    let folder = std::env::temp_dir().join(format!("vestibule-man-{}", Uuid::new_v4()));
    run_with(&nothing(), &["man", folder.to_str().unwrap()]).ok();
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(page("vestibule.1").contains(".TH") && page("vestibule-keys-create.1").contains("origin"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_is_looked_at_before_it_is_made() {
    let mut shell = Shell::open().await;
    let told = shell.run(&["upgrade-check", "--json"]).await.json();
    assert_eq!((&told["schema"], told["migrations"].as_array().unwrap().len()), (&told["needs"], 0), "{told}");
    assert_eq!((&told["newer"], &told["faults"]), (&Value::Bool(false), &Value::Array(Vec::new())));
    shell.set("VESTIBULE_PUBLC_LISTEN", "x");
    let told = shell.run(&["upgrade-check"]).await.ok();
    assert!(told.contains("the schema is up to date") && told.contains("left alone: VESTIBULE_PUBLC_LISTEN"), "{told}");
}

/// What the next version knows is set before it is there, and stays when it is taken back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variable_that_is_not_known_keeps_no_command_from_working() {
    let mut shell = Shell::open().await;
    shell.set("VESTIBULE_UPSTREAM_MODEL_SECONDS", "0");
    shell.run(&["keys", "list"]).await.ok();
    let report: Value = serde_json::from_str(&shell.run(&["doctor", "--json"]).await.out).unwrap();
    has(&report, "config", "warn", "did you mean `VESTIBULE_UPSTREAM_MODELS_SECONDS`?");
    let refused = shell.run(&["config", "check"]).await.failed(64);
    assert!(refused.contains("VESTIBULE_UPSTREAM_MODEL_SECONDS: no such variable"), "{refused}");
}

/// A server for one request; ends with what it was asked.
async fn answer_once(answer: &str) -> (String, JoinHandle<String>) {
    let answer = answer.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answered = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let read = socket.read(&mut request).await.unwrap();
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    (address, answered)
}

#[tokio::test]
async fn tenants_are_made_listed_suspended_and_worked_for() {
    let shell = Shell::open().await;
    let made = shell.run(&["tenants", "create", "--slug", "acme", "--name", "Acme", "--json"]).await.json();
    assert_eq!((made["slug"].as_str(), made["status"].as_str()), (Some("acme"), Some("active")));
    let again = shell.run(&["tenants", "create", "--slug", "acme", "--name", "Acme"]).await.failed(64);
    assert!(again.contains("there is a tenant `acme` already"), "{again}");
    shell.run(&["tenants", "create", "--slug", "-acme", "--name", "Acme"]).await.failed(64);
    shell.run(&["tenants", "create", "--slug", "other", "--name", " "]).await.failed(64);
    let listed = shell.run(&["tenants", "list", "--json"]).await.json();
    let slugs: Vec<_> = listed.as_array().unwrap().iter().map(|t| t["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["default", "acme"]);

    let create = ["workspaces", "create", "--slug", "shop", "--name", "Shop"];
    shell.run(&create).await.ok();
    shell.run(&[&["--tenant", "acme"], &create[..]].concat()).await.ok();
    let key = ["keys", "create", "--kind", "secret", "--name", "back end", "--workspace", "shop", "--tenant", "acme"];
    shell.run(&key).await.ok();
    for (tenant, keys) in [("default", 0), ("acme", 1)] {
        let workspaces = shell.run(&["workspaces", "list", "--json", "--tenant", tenant]).await.json();
        assert_eq!(workspaces.as_array().unwrap().len(), 1, "{tenant}");
        let found = shell.run(&["keys", "list", "--json", "--tenant", tenant]).await.json();
        assert_eq!(found.as_array().unwrap().len(), keys, "{tenant}");
    }
    let unknown = shell.run(&["workspaces", "list", "--tenant", "nobody"]).await.failed(64);
    assert!(unknown.contains("there is no `nobody`"), "{unknown}");
    shell.run(&["workspaces", "list", "--tenant", "No Body"]).await.failed(64);
    let senseless = shell.run(&["migrate", "--tenant", "acme"]).await.failed(64);
    assert!(senseless.contains("does not work for a tenant"), "{senseless}");

    assert_eq!(shell.run(&["tenants", "suspend", "acme"]).await.ok().trim(), "acme is suspended");
    assert!(shell.run(&["tenants", "list"]).await.ok().contains("suspended"));
    assert_eq!(shell.run(&["tenants", "resume", "acme"]).await.ok().trim(), "acme is active");
    shell.run(&["tenants", "suspend", "nobody"]).await.failed(64);
}
