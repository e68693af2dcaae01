//! The database knows the root key that it is sealed under: with another one a gateway says so and is not ready, a
//! command does nothing, and what is lost is given up only when that is asked for.

use crate::harness::{Http, Process, SECRET_KEY, Shop, Told, World, environment, eventually, run};
use crate::stores::{STORE, custom, put, with_local_shops};
use crate::visitors::identified;
use serde_json::{Value, json};
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const OTHER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const PASSWORD: &str = "User-pass-1";

async fn command(world: &World, arguments: &[&str], secret_key: &str, previous: &str) -> Told {
    let mut variables = environment(world);
    variables.push(("VESTIBULE_SECRET_KEY".into(), secret_key.into()));
    variables.push(("VESTIBULE_PREVIOUS_SECRET_KEY".into(), previous.into()));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = run(arguments, &variables).await;
    assert!(!format!("{told:?}").contains(OTHER_KEY), "{told:?}");
    told
}

async fn noted(world: &World) -> Vec<String> {
    world.query("SELECT key_id FROM vestibule.root_key").await
}

async fn log_in(world: &World) -> Http {
    let body = json!({"username": "mona", "password": PASSWORD});
    let answer = world.public().post("/api/v1/auth/login", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    world.public().bearer(answer.json()["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn the_first_start_notes_the_key_and_no_later_one_another() {
    let world = World::start().await;
    let own = vec![world.config.root_key().unwrap().id()];
    assert_eq!(noted(&world).await, own);
    let other = world.replica_with(&[("SECRET_KEY", OTHER_KEY)]).await;
    assert_eq!(other.ops().get("/readyz").await.status, 503);
    assert_eq!(noted(&world).await, own);
    assert_eq!(world.ops().get("/readyz").await.status, 200);
}

#[tokio::test]
async fn with_another_key_serving_is_an_error_with_its_remedy_and_never_ready() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let process = Process::serve(&world, &[("VESTIBULE_SECRET_KEY", OTHER_KEY)]).await;
    let line = process.line(|line| line["level"] == "ERROR").await;
    let said = line.to_string();
    for remedy in ["VESTIBULE_SECRET_KEY", "VESTIBULE_PREVIOUS_SECRET_KEY", "--drop-lost"] {
        assert!(said.contains(remedy), "{said}");
    }
    let wanted = "database ok\nwritable ok\nschema ok\nsecret_key no\ntasks ok\nchanges_heard ok\naccepting ok\n";
    eventually(async || {
        let ready = process.ops().get("/readyz").await;
        if (ready.status.as_u16(), ready.text()) == (503, wanted) { Ok(()) } else { Err(ready) }
    })
    .await;
    // Nobody is told that their key is mistyped, and nobody logs in to be sealed under the wrong one.
    let question = json!({"message": "What does the drill cost?"});
    for (listener, client) in [("public", process.public()), ("admin", process.admin())] {
        let asked = client.bearer(&key).post("/api/v1/chat", &question).await;
        assert_eq!((asked.status.as_u16(), asked.code()), (503, "service_unavailable".to_owned()), "{listener}");
        assert!(asked.header("retry-after").is_some());
        let login = client.post("/api/v1/auth/login", &json!({"username": "mona", "password": PASSWORD})).await;
        assert_eq!(login.code(), "service_unavailable", "{listener}");
        assert_eq!(client.get("/healthz").await.status, 200);
    }
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.signing_keys").await, [0]);
    assert_eq!(world.server().await.post("/api/v1/chat", &question).await.status, 200, "the right one goes on");
}

#[tokio::test]
async fn a_database_of_a_version_before_tells_by_what_is_sealed_in_it() {
    let world = World::start().await;
    world.upstream.control().add_user("mona", PASSWORD, "manager");
    log_in(&world).await;
    world.sql("DELETE FROM vestibule.root_key").await;
    let other = world.replica_with(&[("SECRET_KEY", OTHER_KEY)]).await;
    assert!(other.ops().get("/readyz").await.text().contains("secret_key no"));
    assert!(noted(&world).await.is_empty(), "a wrong key is not noted");
    // In the middle of a change, what is sealed under the key before counts: replicas that have it alone go on.
    let both = world.replica_with(&[("SECRET_KEY", OTHER_KEY), ("PREVIOUS_SECRET_KEY", SECRET_KEY)]).await;
    assert_eq!(both.ops().get("/readyz").await.status, 200);
    assert_eq!(noted(&world).await, [world.config.root_key().unwrap().id()]);
}

#[tokio::test]
async fn a_gateway_that_starts_without_the_database_finds_out_once_it_is_there() {
    let world = World::start().await;
    world.cut_off_the_database().await;
    let settings = [("VESTIBULE_SECRET_KEY", OTHER_KEY), ("VESTIBULE_DATABASE_MIGRATE_ON_START", "false")];
    let process = Process::serve(&world, &settings).await;
    let ready = process.ops().get("/readyz").await;
    assert!(ready.text().starts_with("database no\nwritable no\nschema no\nsecret_key no\n"), "{}", ready.text());
    world.restore_the_database().await;
    process.line(|line| line["error"].as_str().is_some_and(|error| error.contains("another secret key"))).await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let asked = process.public().bearer(&key).post("/api/v1/chat", &json!({"message": "x"})).await;
    assert_eq!(asked.code(), "service_unavailable");
}

#[tokio::test]
async fn no_command_works_with_another_key_and_the_doctor_says_why() {
    let world = World::start().await;
    let make = ["keys", "create", "--kind", "secret", "--name", "x", "--workspace", "shop"];
    let keys = "SELECT count(*) FROM vestibule.api_keys";
    let before: Vec<i64> = world.query(keys).await;
    for arguments in [
        &make[..],
        &["migrate"],
        &["keys", "rotate-signing"],
        &["keys", "list"],
        &["bootstrap"],
        &["workspaces", "create", "--slug", "other", "--name", "Other"],
        &["workspaces", "list"],
        &["tenants", "create", "--slug", "other", "--name", "Other"],
        &["catalog", "status", "--workspace", "shop"],
    ] {
        let told = command(&world, arguments, OTHER_KEY, "").await;
        assert_eq!(told.code, Some(64), "{told:?}");
        assert!(told.stderr.contains("VESTIBULE_PREVIOUS_SECRET_KEY"), "{told:?}");
    }
    assert_eq!(world.query::<i64>(keys).await, before);
    let told = command(&world, &["doctor", "--json"], OTHER_KEY, "").await;
    assert_eq!(told.code, Some(1));
    assert_eq!(finding(&told)["level"], "fail", "{told:?}");
    assert!(finding(&told)["mend"].as_str().unwrap().contains("--drop-lost"));
    for (secret_key, previous, level) in [(SECRET_KEY, "", "ok"), (OTHER_KEY, SECRET_KEY, "warn")] {
        let told = command(&world, &["doctor", "--json"], secret_key, previous).await;
        assert_eq!(finding(&told)["level"], level, "{told:?}");
    }
    let told = command(&world, &make, OTHER_KEY, SECRET_KEY).await;
    assert_eq!(told.code, Some(0), "{told:?}");
}

fn finding(told: &Told) -> Value {
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["part"] == "secret_key").cloned().unwrap()
}

#[tokio::test]
async fn what_was_sealed_under_a_lost_key_is_dropped_when_asked_for_and_named() {
    let world = with_local_shops().set("AUTH_LOGIN_FAILURE_MILLIS", 1).start().await;
    world.upstream.control().add_user("mona", PASSWORD, "manager");
    let shop = Shop::start(|_| crate::harness::Reply::new(200, "")).await;
    let scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite];
    let spec = crate::harness::KeySpec { scopes: scopes.into_iter().collect(), ..world.spec(KeyKind::Secret) };
    let key = world.key(spec).await;
    let mut connection = custom(&shop.url());
    connection["credentials"] = json!({"type": "bearer", "token": "canary-token"});
    assert_eq!(put(&world.public().bearer(&key), STORE, &connection).await.status, 201);
    let hook = json!({"url": shop.url(), "events": ["key.expiring"]});
    assert_eq!(world.public().bearer(&key).post("/api/v1/workspaces/shop/webhooks", &hook).await.status, 201);
    log_in(&world).await;
    identified(&world, true).await;
    let sealer = world.config.root_key().unwrap().sealer(vestibule::crypto::seal::Purpose::UpstreamApiKey);
    let api_key = sealer.seal("upstream_api_key.api_key", b"canary", &SystemRandomness).unwrap();
    let kept = vestibule::storage::StoredApiKey {
        upstream_id: 7,
        api_key,
        recovery_codes: None,
        created_at: world.ambient.now(),
    };
    world.database.upstream_api_key().store(&kept).await.unwrap();

    let refused = command(&world, &["secrets", "rewrap", "--json"], OTHER_KEY, "").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("--drop-lost"), "{refused:?}");
    assert_eq!(noted(&world).await, [world.config.root_key().unwrap().id()]);

    let told = command(&world, &["secrets", "rewrap", "--drop-lost", "--json"], OTHER_KEY, "").await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(!told.stdout.contains("canary"));
    let lines: Value = serde_json::from_str(&told.stdout).unwrap();
    let counts: Vec<_> =
        lines.as_array().unwrap().iter().map(|line| line["dropped"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [0, 1, 1, 1, 1, 1, 1], "{lines}");
    assert!(lines.as_array().unwrap().iter().all(|line| line["cannot_be_opened"] == json!([])), "{lines}");
    assert!(lines[3]["dropped"][0].as_str().unwrap().starts_with("credentials of the store connection "));
    for table in
        ["signing_keys", "upstream_api_key", "store_credentials", "auth_sessions", "identity_secrets", "webhooks"]
    {
        assert_eq!(world.query::<i64>(&format!("SELECT count(*) FROM vestibule.{table}")).await, [0], "{table}");
    }
    let audit =
        "SELECT after::text FROM vestibule.audit_log WHERE action = 'secrets.rewrapped' ORDER BY id DESC LIMIT 1";
    assert!(world.query::<String>(audit).await[0].contains("credentials of the store connection"));

    // A gateway with the new key is ready, and everything can be made anew; what was identified only stays closed.
    let after = world.replica_with(&[("SECRET_KEY", OTHER_KEY)]).await;
    assert_eq!(after.ops().get("/readyz").await.status, 200);
    assert_eq!(log_in(&after).await.get("/api/v1/auth/me").await.status, 200);
    assert_eq!(after.public().bearer(&key).get(STORE).await.code(), "invalid_token", "its pepper is lost");
    let spec = crate::harness::KeySpec { scopes: scopes.into_iter().collect(), ..after.spec(KeyKind::Secret) };
    let shown = after.public().bearer(&after.key(spec).await).get(STORE).await;
    assert_eq!((shown.status.as_u16(), &shown.json()["credentials"]), (200, &Value::Null), "{}", shown.text());
    // The one with the lost key notices by itself.
    eventually(async || {
        let ready = world.ops().get("/readyz").await;
        if ready.status == 503 { Ok(()) } else { Err(ready.text().to_owned()) }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_lost_with_nothing_sealed_is_given_up_explicitly_too() {
    let world = World::start().await;
    let told = command(&world, &["secrets", "rewrap"], OTHER_KEY, "").await;
    assert_eq!(told.code, Some(1), "API keys hang on it: {told:?}");
    let told = command(&world, &["secrets", "rewrap", "--drop-lost"], OTHER_KEY, "").await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("API keys"), "{told:?}");
    assert_ne!(noted(&world).await, [world.config.root_key().unwrap().id()]);
}
