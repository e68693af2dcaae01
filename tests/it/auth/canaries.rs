//! Passwords, tokens and codes leave the process only in the answer they belong to: not in a log line at any level, a
//! metric, an error, or a table.

use super::{PASSWORD, Person, try_log_in, try_refresh};
use crate::harness::{Answer, Http, Process, World};
use crate::secrets::dump;
use http::Method;
use serde_json::json;
use vestibule_stand_in::Failure;

/// What somebody types who mistypes.
const WRONG: &str = "canary-wrong-password-71";
/// What stands where no token belongs.
const STRAY: &str = "canary-stray-token-72";

/// Everything that must not be seen, gathered on the way, and what was seen.
#[derive(Default)]
struct Seen {
    secrets: Vec<String>,
    errors: Vec<String>,
    answers: Vec<String>,
}

impl Seen {
    fn keep(&mut self, answer: &Answer) {
        let text = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
        if answer.status.is_success() { self.answers.push(text) } else { self.errors.push(text) }
    }

    /// Tokens and codes of a good answer.
    fn learn(&mut self, person: &Person) {
        self.secrets.extend([person.access.clone(), person.refresh.clone()]);
        // A signature or a tail is as good as the whole.
        self.secrets.extend([person.access.rsplit('.').next().unwrap().to_owned(), person.refresh[40..].to_owned()]);
        let codes = person.body["recovery_codes"].as_array().cloned().unwrap_or_default();
        self.secrets.extend(codes.iter().map(|code| code.as_str().unwrap().to_owned()));
    }
}

/// Good and bad ways through every endpoint, with secrets wherever a client could put one.
async fn drive(world: &World, process: &Process) -> Seen {
    let mut seen = Seen::default();
    let public = process.public();
    let control = world.upstream.control();
    let first = try_log_in(&public, "dora", PASSWORD).await;
    let dora = Person::of(&public, &first);
    assert!(dora.body["recovery_codes"].is_array());
    seen.learn(&dora);
    let next = dora.refreshed().await;
    let newest = next.refreshed().await;
    let anna = Person::log_in(&public, "anna").await;
    for person in [&next, &newest, &anna] {
        seen.learn(person);
    }
    let odd = [
        ("/api/v1/auth/login", json!({"username": "dora", "password": WRONG})),
        ("/api/v1/auth/login", json!({"username": WRONG, "password": PASSWORD})),
        ("/api/v1/auth/login", json!({"username": "dora", "password": [PASSWORD]})),
        ("/api/v1/auth/refresh", json!({"refresh_token": {"token": newest.refresh}})),
    ];
    for (path, body) in &odd {
        seen.keep(&public.post(path, body).await);
    }
    let text = public.with("content-type", "application/json");
    seen.keep(&text.send(Method::POST, "/api/v1/auth/login", format!("{{\"password\": \"{PASSWORD}\", {WRONG}")).await);
    for token in [&newest.access, &newest.refresh[..60], STRAY] {
        seen.keep(&try_refresh(&public, token).await);
    }
    for token in [&newest.refresh, STRAY, &format!("{}x", newest.access), &format!("eyJ{STRAY}.{STRAY}.{STRAY}")] {
        seen.keep(&public.bearer(token).get("/api/v1/auth/me").await);
    }
    for name in ["access_token", "refresh_token", "password"] {
        seen.keep(&public.get(&format!("/api/v1/auth/me?{name}={}", newest.access)).await);
        seen.keep(&newest.client().get(&format!("/api/v1/auth/sessions?{name}={PASSWORD}{}", newest.refresh)).await);
    }
    seen.keep(&newest.client().delete(&format!("/api/v1/auth/sessions/{}", newest.refresh)).await);
    seen.keep(&public.get(&format!("/{}", newest.access)).await);
    seen.keep(&process.admin().bearer(&newest.access).get("/api/workspaces").await);
    seen.keep(&newest.client().with("origin", "https://staff.example").get("/api/v1/auth/me").await);
    for client in [newest.client(), anna.client()] {
        seen.keep(&client.get("/api/v1/auth/me").await);
        seen.keep(&client.get("/api/v1/auth/sessions").await);
        let question = json!({"message": "drill", "workspace": "shop", "session_id": "one"});
        seen.keep(&client.post("/api/v1/chat", &question).await);
    }
    for failure in [Failure::Status500, Failure::Html, Failure::AbortFrame { error: "said upstream".into() }] {
        control.fail(failure);
        seen.keep(&try_log_in(&public, "dora", PASSWORD).await);
        seen.keep(&newest.client().get("/api/v1/auth/me").await);
        control.heal();
    }
    world.sql("UPDATE vestibule.auth_sessions SET superseded_at = '{}'").await;
    // A replay, the end of sessions, and what is tried with them afterwards.
    seen.keep(&dora.try_refresh().await);
    seen.keep(&newest.try_refresh().await);
    seen.keep(&newest.client().get("/api/v1/auth/me").await);
    control.suspend_user("dora", true);
    seen.keep(&try_log_in(&public, "dora", PASSWORD).await);
    let again = anna.refreshed().await;
    seen.learn(&again);
    seen.keep(&again.log_out("?all=true").await);
    world.upstream.stop().await;
    seen.keep(&try_log_in(&public, "anna", PASSWORD).await);
    seen
}

#[tokio::test]
async fn secrets_of_people_are_in_no_log_metric_error_or_table() {
    let world = super::world().start().await;
    let control = world.upstream.control();
    control.add_user("anna", PASSWORD, "admin");
    control.add_user("dora", PASSWORD, "default");
    control.add_member(&world.workspace.upstream_slug, "dora");
    let settings = [
        ("VESTIBULE_LOG_LEVEL", "info,vestibule=trace"),
        ("VESTIBULE_AUTH_LOGIN_FAILURE_MILLIS", "1"),
        ("VESTIBULE_ADMIN_LOGINS_PER_IP_PER_MINUTE", "10000"),
    ];
    let mut process = Process::serve(&world, &settings).await;
    let mut seen = drive(&world, &process).await;
    assert!(seen.errors.len() > 25, "the bad ways fail: {:#?}", seen.errors);
    let metrics = Http::new(process.ops).get("/metrics").await.text().to_owned();
    process.signal("TERM").await;
    assert_eq!(process.exit().await, Some(0));
    process.line(|line| line["message"] == "stopped").await;
    let log = process.log();
    assert!(log.contains("\"route\":\"auth.login\"") && log.contains("somebody has a copy"), "{log}");

    // What AnythingLLM knows the users by, as it was sent there.
    let sent = world.upstream.control().requests();
    let upstream: Vec<String> = sent
        .iter()
        .filter(|request| request.path_and_query == "/api/workspaces")
        .filter_map(|request| request.headers.get("authorization")?.to_str().ok())
        .map(|value| value.rsplit(' ').next().unwrap().to_owned())
        .filter(|token| !seen.secrets.contains(token))
        .collect();
    assert!(!upstream.is_empty());
    // The password goes to the login, as it must; ours goes nowhere.
    for request in &sent {
        let text =
            format!("{} {:?} {}", request.path_and_query, request.headers, String::from_utf8_lossy(&request.body));
        assert!(seen.secrets.iter().all(|secret| !text.contains(secret.as_str())), "{text}");
    }
    let absent = |place: &str, text: &str, secrets: &[String]| {
        for secret in secrets {
            assert!(!text.contains(secret.as_str()), "{secret:?} in {place}: {text}");
        }
    };
    for answer in &seen.answers {
        absent("an answer", answer, &upstream);
        absent("an answer", answer, &[PASSWORD.to_owned()]);
    }
    seen.secrets.extend(upstream);
    seen.secrets.extend([PASSWORD, WRONG, STRAY].map(str::to_owned));
    absent("the log", &log, &seen.secrets);
    absent("metrics", &metrics, &seen.secrets);
    let tables = dump(&world).await;
    assert!(tables.contains("vestibule.auth_sessions") && tables.contains("vestibule.signing_keys"));
    absent("a table", &tables, &seen.secrets);
    for error in &seen.errors {
        absent("an error", error, &seen.secrets);
    }
}
