//! The program as an operator runs it: it starts, logs, stops, refuses wrong settings, and hears what the command line
//! does.

use crate::harness::{PATIENCE, Process, World, environment, run};
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

fn variables(world: &World) -> Vec<(String, String)> {
    environment(world)
}

fn borrowed(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn every_request_is_one_line_of_json_with_the_same_fields() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let process = Process::serve(&world, &[]).await;
    let client = process.public().bearer(&key);
    let answer = client.with("x-request-id", "line-chat").post("/api/v1/chat", &json!({"message": QUESTION})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    client.with("x-request-id", "line-missing").get("/nothing").await;
    process.admin().with("x-request-id", "line-admin").get("/api/ping").await;

    let chat = process.line(|line| line["request_id"] == "line-chat" && line["message"] == "request").await;
    let fields: Vec<&str> = chat.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "bytes_in",
        "bytes_out",
        "client_ip",
        "completion_tokens",
        "first_byte_ms",
        "gateway_us",
        "key",
        "level",
        "listener",
        "message",
        "method",
        "outcome",
        "prompt_tokens",
        "request_id",
        "route",
        "status",
        "target",
        "timestamp",
        "total_ms",
        "trace_id",
        "upstream_ms",
        "workspace",
    ];
    assert_eq!(fields, wanted, "{chat}");
    assert_eq!((&chat["route"], &chat["outcome"], &chat["status"]), (&json!("chat.create"), &json!("ok"), &json!(200)));
    assert_eq!(
        (&chat["listener"], &chat["workspace"], &chat["level"]),
        (&json!("public"), &json!("shop"), &json!("INFO"))
    );
    let missing = process.line(|line| line["request_id"] == "line-missing").await;
    assert_eq!(
        (&missing["route"], &missing["outcome"], &missing["level"]),
        (&json!("none"), &json!("not_found"), &json!("WARN"))
    );
    let admin = process.line(|line| line["request_id"] == "line-admin").await;
    assert_eq!((&admin["listener"], &admin["route"]), (&json!("admin"), &json!("admin.passthrough")));
    for line in process.log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}"));
        assert!(line["timestamp"].is_string() && line["message"].is_string(), "{line}");
    }
    let access = process.log().lines().filter(|line| line.contains("\"vestibule::access\"")).count();
    assert_eq!(access, 3, "one line a request:\n{}", process.log());
}

#[tokio::test]
async fn sigterm_lets_a_running_stream_finish_and_ends_with_success() {
    let world = World::start().await;
    let control = world.upstream.control();
    control.set_tokens(Some(40));
    control.fail(Failure::Slow { first_token_ms: 1_000, token_ms: 2 });
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let mut process = Process::serve(&world, &[]).await;
    let client = process.public().bearer(&key);
    let mut stream = client.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    assert_eq!(stream.next().await.unwrap().name, "start");
    process.signal("TERM").await;
    process.line(|line| line["message"].as_str().is_some_and(|m| m.starts_with("stopping"))).await;
    let events = stream.rest().await;
    assert_eq!(events.iter().filter(|e| e.name == "delta").count(), 40);
    assert_eq!(events.last().unwrap().name, "done");
    assert_eq!(process.exit().await, Some(0));
    process.line(|line| line["message"] == "stopped").await;
    let outcomes: Vec<String> = world.query("SELECT outcome FROM vestibule.usage_events").await;
    assert_eq!(outcomes, ["ok"], "its usage is written before it ends");
}

#[tokio::test]
async fn an_idle_program_ends_at_once() {
    let world = World::start().await;
    let mut process = Process::serve(&world, &[("VESTIBULE_SHUTDOWN_DRAIN_SECONDS", "3600")]).await;
    assert_eq!(process.public().get("/healthz").await.status, 200);
    process.signal("INT").await;
    assert_eq!(process.exit().await, Some(0));
}

#[tokio::test]
async fn wrong_settings_end_the_program_with_64_and_name_the_variable() {
    let world = World::start().await;
    let good = variables(&world);
    for (name, value) in [
        ("VESTIBULE_SECRET_KEY", "too-short"),
        ("VESTIBULE_PUBLIC_LISTEN", "nowhere"),
        ("VESTIBULE_UPSTREAM_API_KEY", ""),
        ("VESTIBULE_EDGE_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("VESTIBULE_LOG_LEVEL", "deafening=shout"),
    ] {
        let mut bad: Vec<(&str, &str)> = borrowed(&good).into_iter().filter(|(n, _)| *n != name).collect();
        bad.push((name, value));
        let told = run(&["serve"], &bad).await;
        assert_eq!(told.code, Some(64), "{name}: {told:?}");
        let words = name.trim_start_matches("VESTIBULE_").to_lowercase();
        let by_path = words.replacen('_', ".", 1);
        let said = told.stderr.to_lowercase();
        assert!(
            said.contains(&name.to_lowercase()) || said.contains(&by_path) || said.contains(&words),
            "{name}: {told:?}"
        );
        assert!(!told.stderr.contains("too-short"), "secrets are not repeated: {told:?}");
        assert_eq!(told.stdout, "", "{told:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_as_unavailable() {
    let world = World::start().await;
    let taken = world.running().public.to_string();
    let variables = variables(&world);
    let mut variables: Vec<_> =
        borrowed(&variables).into_iter().filter(|(n, _)| *n != "VESTIBULE_PUBLIC_LISTEN").collect();
    variables.push(("VESTIBULE_PUBLIC_LISTEN", &taken));
    let told = run(&["serve"], &variables).await;
    assert_eq!(told.code, Some(69), "{told:?}");
    assert!(told.stderr.contains("public.listen"), "{told:?}");
}

#[tokio::test]
async fn a_key_revoked_on_the_command_line_is_refused_by_the_running_program() {
    let world = World::start().await;
    let process = Process::serve(&world, &[]).await;
    let variables = variables(&world);
    let variables = borrowed(&variables);
    let create =
        ["keys", "create", "--workspace", "shop", "--kind", "secret", "--env", "test", "--name", "back end", "--quiet"];
    let created = run(&create, &variables).await;
    assert_eq!(created.code, Some(0), "{created:?}");
    let key = created.stdout.trim().to_owned();
    assert!(key.starts_with("vst_sk_test_"), "the key and nothing else");
    let client = process.public().bearer(&key);
    assert_eq!(client.get("/api/v1/messages?session_id=x").await.status, 200);

    // A stream that runs is ended as well.
    world.upstream.control().fail(Failure::Slow { first_token_ms: 3_600_000, token_ms: 0 });
    let mut stream = client.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    assert_eq!(stream.next().await.unwrap().name, "start");

    let listed = run(&["keys", "list"], &variables).await;
    assert!(listed.stdout.contains("back end") && !listed.stdout.contains(&key), "{listed:?}");
    let revoked = run(&["keys", "revoke", &key, "--reason", "test"], &variables).await;
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    assert!(!revoked.stdout.contains(&key) && !revoked.stderr.contains(&key), "{revoked:?}");

    let refused = async {
        loop {
            let answer = client.get("/api/v1/messages?session_id=x").await;
            if answer.status == 401 {
                return answer.code();
            }
            tokio::task::yield_now().await;
        }
    };
    let code = tokio::time::timeout(PATIENCE, refused).await.expect("the key is refused");
    assert_eq!(code, "key_revoked");
    let control = world.upstream.control();
    assert!(control.until(|c| c.aborted_streams() == 1 && c.open_streams() == 0, PATIENCE).await, "{control:?}");
}

#[tokio::test]
async fn help_and_the_openapi_document_need_no_settings() {
    let help = run(&["--help"], &[]).await;
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("serve") && help.stdout.contains("Exit codes"), "{help:?}");
    let document = run(&["openapi"], &[]).await;
    assert_eq!(document.code, Some(0));
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let wrong = run(&["no-such-command"], &[]).await;
    assert_eq!(wrong.code, Some(64), "{wrong:?}");
}

#[tokio::test]
async fn what_is_not_reached_at_the_start_is_said_with_what_follows_from_it() {
    let world = World::start().await;
    let settings = [
        ("VESTIBULE_UPSTREAM_URL", "http://127.0.0.1:1"),
        ("VESTIBULE_UPSTREAM_MODELS_SECONDS", "600"),
        ("VESTIBULE_REDIS_URL", "redis://127.0.0.1:1/0"),
        ("VESTIBULE_UPSTREAM_MODEL_SECONDS", "600"),
    ];
    let process = Process::serve(&world, &settings).await;
    for (service, means) in [("AnythingLLM (upstream.url)", "502"), ("Redis (redis.url)", "its share")] {
        let line = process.line(|line| line["service"] == service).await;
        assert_eq!((&line["level"], line["means"].as_str().unwrap().contains(means)), (&json!("WARN"), true), "{line}");
    }
    assert!(!process.log().contains("PostgreSQL (database.url)"), "that is there");
    let unknown = process.line(|line| line["variable"].is_string()).await;
    let told = unknown["variable"].as_str().unwrap();
    assert!(told.contains("VESTIBULE_UPSTREAM_MODEL_SECONDS") && told.contains("did you mean"), "{unknown}");
    let serving = process.line(|line| line["message"] == "serving").await;
    assert_eq!((&serving["version"], serving["commit"].is_string()), (&json!(env!("CARGO_PKG_VERSION")), true));
}

#[tokio::test]
async fn a_failure_of_every_request_is_told_once_and_counted() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let mut process = Process::serve(&world, &[]).await;
    world.upstream.control().fail(Failure::Status500);
    let client = process.public().bearer(&key);
    for _ in 0..5 {
        assert_eq!(client.post("/api/v1/chat", &json!({"message": QUESTION})).await.status, 502);
    }
    process.signal("TERM").await;
    assert_eq!(process.exit().await, Some(0));
    let again = process.line(|line| line["line"] == "AnythingLLM did not answer").await;
    assert_eq!((&again["times"], &again["message"]), (&json!(4), &json!("said again within a minute")));
    let of = |message: &str| process.log().lines().filter(|line| line.contains(message)).count();
    assert_eq!(of("\"message\":\"AnythingLLM did not answer\""), 1, "{}", process.log());
    assert_eq!(of("\"vestibule::access\""), 5, "requests have a line each");
}
