//! `vestibule backup` and `restore`: what was in a database is in another one, on a server that has never heard of
//! Vestibule, and a gateway serves from it. What could not be used is refused before anything is touched.

mod refusals;

use crate::harness::{
    OwnPostgres, Process, TcpProxy, TestDatabase, Told, World, environment, eventually, postgres_programs, run,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use uuid::Uuid;
use vestibule::domain::key::KeyKind;

/// `:`, `/`, `%` mean something in an address, quotes and backslashes to psql.
const PASSWORD: &str = r"o'w\n:er/%$";
const PASSWORD_IN_URL: &str = "o%27w%5Cn%3Aer%2F%25%24";

/// A folder of the test's own; gone with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("vestibule-backup-{}", Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// A program that is found before any other.
    fn program(&self, name: &str, script: &str) -> String {
        let folder = self.0.join(format!("bin-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        format!("{}:{}", folder.display(), path())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn path() -> String {
    std::env::var("PATH").unwrap()
}

/// A gateway that has been used, on a server of its own, and where its superuser reaches it.
struct Installation {
    _server: OwnPostgres,
    way: TcpProxy,
    world: World,
    key: String,
    scratch: Scratch,
    /// File with the address for a superuser.
    admin: String,
}

impl Installation {
    async fn lived_in() -> Option<Self> {
        let programs = programs()?;
        let server = OwnPostgres::start(programs).await;
        let way = TcpProxy::before(server.server()).await;
        let owner = format!("postgres://vestibule@127.0.0.1:{}/vestibule", way.port());
        let database = TestDatabase::served_by(owner.parse().unwrap()).await;
        let world = World::builder().database(database).start().await;
        let key = world.key(world.spec(KeyKind::Secret)).await;
        let shopper = world.public().bearer(&key);
        for question in ["What does the drill cost?", "And in red?"] {
            let body = json!({"message": question, "session_id": "order-4711"});
            let answer = shopper.post("/api/v1/chat", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            world.until_recorded(answer.header("x-request-id").unwrap()).await;
        }
        let scratch = Scratch::new();
        let admin = scratch.path("admin-url");
        std::fs::write(&admin, world.database_url().replacen("vestibule@", "postgres@", 1) + "\n").unwrap();
        Some(Self { _server: server, way, world, key, scratch, admin })
    }

    async fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Told {
        let mut all = environment(&self.world);
        all.push(("PATH".into(), path()));
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let all: BTreeMap<_, _> = all.into_iter().collect();
        let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let told = run(arguments, &all).await;
        assert!(!format!("{told:?}").contains(PASSWORD), "{told:?}");
        told
    }

    /// A backup of that name.
    async fn back_up(&self, name: &str) -> (PathBuf, Value) {
        let folder = self.scratch.path(name);
        let told = self.run(&["backup", &folder, "--admin-url-file", &self.admin, "--json"], &[]).await;
        assert_eq!(told.code, Some(0), "{told:?}");
        (folder.into(), serde_json::from_str(&told.stdout).unwrap())
    }
}

fn programs() -> Option<PathBuf> {
    let found = postgres_programs()?;
    let there = ["pg_dump", "pg_restore", "psql"]
        .iter()
        .all(|name| std::env::split_paths(&path()).any(|folder| folder.join(name).exists()));
    assert!(there || std::env::var("CI").is_err(), "PostgreSQL's client programs are not installed");
    there.then_some(found)
}

/// A server with nothing of ours, where everybody but its superuser has to know a password.
struct Elsewhere {
    _server: OwnPostgres,
    way: TcpProxy,
    /// File with the address for a superuser.
    admin: String,
    /// For whoever owns the database that is not there yet.
    url: String,
}

impl Elsewhere {
    async fn empty(scratch: &Scratch) -> Self {
        let server = OwnPostgres::start(postgres_programs().unwrap()).await;
        server.sql("DROP DATABASE vestibule; DROP ROLE vestibule").await;
        server.demand_passwords().await;
        let way = TcpProxy::before(server.server()).await;
        let admin = scratch.path(&format!("admin-url-{}", Uuid::new_v4()));
        std::fs::write(&admin, format!("postgres://postgres@127.0.0.1:{}/postgres", way.port())).unwrap();
        let url = format!("postgres://vestibule:{PASSWORD_IN_URL}@127.0.0.1:{}/shops", way.port());
        Self { _server: server, way, admin, url }
    }

    async fn restore(&self, from: &Installation, folder: &Path, more: &[&str], variables: &[(&str, &str)]) -> Told {
        let folder = folder.to_str().unwrap();
        let arguments = [&["restore", folder, "--admin-url-file", &self.admin], more].concat();
        let variables = [&[("DATABASE_URL", self.url.as_str())], variables].concat();
        from.run(&arguments, &variables).await
    }

    /// As its superuser.
    async fn count(&self, what: &str) -> i64 {
        use sqlx::Connection as _;
        let url = format!("postgres://postgres@127.0.0.1:{}/shops", self.way.port());
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
        let count = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    }
}

#[tokio::test]
async fn a_lived_in_database_comes_back_on_a_server_without_roles_and_is_served() {
    let Some(here) = Installation::lived_in().await else { return };
    let (folder, manifest) = here.back_up("backup").await;
    assert_eq!(manifest["secret_key_fits"], true);
    assert_eq!(manifest["root_key"], json!(here.world.config.root_key().unwrap().id()));
    for table in ["api_keys", "conversations", "usage_events", "workspaces"] {
        let counted: Vec<i64> = here.world.query(&format!("SELECT count(*) FROM vestibule.{table}")).await;
        assert_eq!(manifest["rows"][table], counted[0], "{table}");
        assert!(counted[0] > 0, "{table}");
    }
    for (of, mode) in [(folder.clone(), 0o700), (folder.join("vestibule.dump"), 0o600), (folder.join("manifest.json"), 0o600)]
    {
        assert_eq!(of.metadata().unwrap().permissions().mode() & 0o777, mode, "{}", of.display());
    }

    let there = Elsewhere::empty(&here.scratch).await;
    let told = there.restore(&here, &folder, &["--json"], &[]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    let restored: Value = serde_json::from_str(&told.stdout).unwrap();
    let all: u64 = manifest["rows"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!((restored["rows"].as_u64(), &restored["faults"]), (Some(all), &json!([])));

    // The next backup is of the same, before anybody has served from it.
    let again = here.scratch.path("again");
    std::fs::write(&there.admin, format!("postgres://postgres@127.0.0.1:{}/shops", there.way.port())).unwrap();
    let told = here
        .run(&["backup", &again, "--admin-url-file", &there.admin, "--json"], &[("DATABASE_URL", there.url.as_str())])
        .await;
    assert_eq!(told.code, Some(0), "{told:?}");
    let second: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(second["rows"], manifest["rows"]);

    // Nobody goes on with what was there before.
    here.way.cut();
    let process = Process::serve(&here.world, &[("DATABASE_URL", &there.url)]).await;
    eventually(async || {
        let ready = process.ops().get("/readyz").await;
        if ready.status == 200 { Ok(()) } else { Err(ready) }
    })
    .await;
    let shopper = process.public().bearer(&here.key);
    let answer = shopper.post("/api/v1/chat", &json!({"message": "And now?", "session_id": "order-4711"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let read = shopper.get("/api/v1/messages?session_id=order-4711").await.json();
    assert!(read["data"].as_array().unwrap().len() >= 6, "the conversation goes on: {read}");
}

#[tokio::test]
async fn what_is_replaced_is_there_again_if_the_restore_fails() {
    let Some(here) = Installation::lived_in().await else { return };
    let (folder, manifest) = here.back_up("backup").await;
    let there = Elsewhere::empty(&here.scratch).await;
    let told = there.restore(&here, &folder, &[], &[]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("AnythingLLM's database"), "{told:?}");

    let told = there.restore(&here, &folder, &[], &[]).await;
    assert_eq!(told.code, Some(64), "{told:?}");
    assert!(told.stderr.contains("not empty") && told.stderr.contains("--replace"), "{told:?}");

    // Somebody serves from it.
    let process = Process::serve(&here.world, &[("DATABASE_URL", &there.url)]).await;
    assert_eq!(process.public().bearer(&here.key).post("/api/v1/chat", &json!({"message": "x"})).await.status, 200);
    let told = there.restore(&here, &folder, &["--replace"], &[]).await;
    assert_eq!(told.code, Some(69), "{told:?}");
    assert!(told.stderr.contains("stop the gateways first"), "{told:?}");
    process.kill().await;
    let keys = there.count("vestibule.api_keys").await;

    // The program breaks off in the middle.
    let broken = here.scratch.program("pg_restore", "case $1 in --version) echo 'pg_restore (PostgreSQL) 99';; *) exit 3;; esac");
    eventually(async || {
        let told = there.restore(&here, &folder, &["--replace"], &[("PATH", &broken)]).await;
        if told.code == Some(69) { Err(told) } else { Ok(()) }
    })
    .await;
    let told = there.restore(&here, &folder, &["--replace"], &[("PATH", &broken)]).await;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stderr.contains("is there again, as it was"), "{told:?}");
    assert_eq!(there.count("vestibule.api_keys").await, keys);
    assert_eq!(there.count("pg_namespace WHERE nspname LIKE 'vestibule_before%'").await, 0);

    let told = there.restore(&here, &folder, &["--replace"], &[]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("what was there before is gone"), "{told:?}");
    assert_eq!(there.count("vestibule.api_keys").await, manifest["rows"]["api_keys"].as_i64().unwrap());
    assert_eq!(there.count("pg_namespace WHERE nspname LIKE 'vestibule_before%'").await, 0);
}
