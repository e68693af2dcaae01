//! Gateways that serve while AnythingLLM is set up, and while its API key changes.

use crate::harness::{Http, Process, Told, World, environment, eventually, run};
use serde_json::json;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::{Mode, Options};

const PASSWORD: &str = "Admin-pass-1";
const OWN_KEY: [(&str, &str); 4] = [
    ("VESTIBULE_UPSTREAM_API_KEY", ""),
    ("VESTIBULE_UPSTREAM_BOOTSTRAP", "true"),
    ("VESTIBULE_UPSTREAM_ADMIN_USERNAME", "admin"),
    ("VESTIBULE_UPSTREAM_ADMIN_PASSWORD", PASSWORD),
];

/// A gateway before a fresh container, which it sets up itself.
async fn fresh() -> World {
    let options = Options { mode: Mode::SingleUserOpen, api_key: String::new(), ..Options::default() };
    let mut builder = World::builder().upstream(options);
    for (name, value) in OWN_KEY {
        builder = builder.set(name.trim_start_matches("VESTIBULE_"), value);
    }
    builder.start().await
}

async fn chats(client: &Http) -> Result<(), String> {
    let answer = client.post("/api/v1/chat", &json!({"message": "What does the drill cost?"})).await;
    if answer.status == 200 { Ok(()) } else { Err(format!("{} {}", answer.status, answer.text())) }
}

/// `vestibule bootstrap` on this world.
async fn bootstrap(world: &World, arguments: &[&str]) -> Told {
    let mut variables = environment(world);
    variables.extend(OWN_KEY.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    run(&[&["bootstrap"], arguments].concat(), &variables).await
}

/// The API key that the last chat was asked with.
fn last_used_key(world: &World) -> Option<String> {
    let requests = world.upstream.control().requests();
    let chat = requests.iter().rev().find(|request| request.path_and_query.ends_with("/stream-chat"))?;
    let value = chat.headers.get("authorization")?.to_str().ok()?;
    Some(value.trim_start_matches("Bearer ").to_owned())
}

#[tokio::test]
async fn a_gateway_before_a_fresh_container_needs_no_key_by_hand() {
    let world = fresh().await;
    let server = world.server().await;
    eventually(async || chats(&server).await).await;
    assert!(world.upstream.control().is_multi_user());
    assert_eq!(world.upstream.control().api_keys().len(), 1);
    // One that starts later has the key from its first request on.
    let replica = world.replica().await;
    chats(&replica.server().await).await.unwrap();
    assert_eq!(world.upstream.control().api_keys().len(), 1);
}

#[tokio::test]
async fn a_gateway_is_ready_before_anythingllm_is_there() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.upstream.stop().await;
    let process = Process::serve(&world, &OWN_KEY).await;
    let server = process.public().bearer(&key);
    assert_eq!(process.ops().get("/readyz").await.status, 200);
    assert_eq!(server.post("/api/v1/chat", &json!({"message": "Hello"})).await.code(), "upstream_unavailable");
    world.upstream.restart().await.unwrap();
    eventually(async || chats(&server).await).await;
    let line =
        process.line(|line| line["message"].as_str().is_some_and(|m| m.starts_with("AnythingLLM is set up"))).await;
    assert_eq!((&line["api_key"], &line["accounts_made"]), (&json!("Made"), &json!(false)));
}

#[tokio::test]
async fn a_gateway_that_cannot_set_it_up_serves_says_why_and_goes_on_when_an_operator_did() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let wrong = [&OWN_KEY[..3], &[("VESTIBULE_UPSTREAM_ADMIN_PASSWORD", "canary-wrong-1")]].concat();
    let process = Process::serve(&world, &wrong).await;
    let line = process.line(|line| line["level"] == "ERROR" && line["error"].is_string()).await;
    assert!(line["error"].as_str().unwrap().contains("upstream.admin_password"), "{line}");
    let server = process.public().bearer(&key);
    assert_eq!(server.post("/api/v1/chat", &json!({"message": "Hello"})).await.code(), "upstream_error");

    let told = bootstrap(&world, &[]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("an API key was made and is stored"), "{told:?}");
    eventually(async || chats(&server).await).await;
    for secret in world.upstream.control().api_keys().iter().map(String::as_str).chain(["canary-wrong-1", PASSWORD]) {
        assert!(!process.log().contains(secret), "{}", process.log());
    }
}

#[tokio::test]
async fn a_running_gateway_takes_a_rotated_key_before_the_old_one_ends() {
    let world = World::start().await;
    let process = Process::serve(&world, &OWN_KEY).await;
    let server = process.public().bearer(&world.key(world.spec(KeyKind::Secret)).await);
    eventually(async || chats(&server).await).await;
    let old = last_used_key(&world).unwrap();
    let took_the_new_one = async || {
        chats(&server).await.expect("one of them is always good");
        if last_used_key(&world).unwrap() == old { Err("still the old one") } else { Ok(()) }
    };
    // It never comes to ending the old one: it is cut off while it waits.
    tokio::select! {
        told = bootstrap(&world, &["--rotate-api-key", "--grace-seconds", "3600"]) => panic!("{told:?}"),
        () = eventually(took_the_new_one) => {}
    }
    assert!(world.upstream.control().api_keys().contains(&old));

    let between = last_used_key(&world).unwrap();
    let told = bootstrap(&world, &["--rotate-api-key", "--grace-seconds", "0"]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("the old one is not valid any more"), "{told:?}");
    eventually(async || chats(&server).await).await;
    let keys = world.upstream.control().api_keys();
    assert!(!keys.contains(&between) && keys.contains(&last_used_key(&world).unwrap()));
    assert!(keys.iter().all(|key| !told.stdout.contains(key) && !process.log().contains(key)), "{told:?}");
}

#[tokio::test]
async fn the_command_shows_recovery_codes_once_and_can_be_repeated() {
    let world = World::start().await;
    let told = bootstrap(&world, &[]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("multi-user mode is on"), "{told:?}");
    assert!(told.stdout.contains("Recovery codes of `admin`"), "{told:?}");
    let told = bootstrap(&world, &[]).await;
    assert!(told.stdout.contains("the stored API key is good"), "{told:?}");
    assert!(!told.stdout.contains("Recovery codes"), "{told:?}");
}

#[tokio::test]
async fn the_command_ends_with_a_code_that_says_what_kind_of_trouble_it_is() {
    let world = World::start().await;
    let with = async |others: &[(&'static str, &'static str)]| {
        let mut variables = environment(&world);
        variables.extend(OWN_KEY.iter().chain(others).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        run(&["bootstrap"], &variables).await
    };
    let wrong = with(&[("VESTIBULE_UPSTREAM_ADMIN_PASSWORD", "canary-wrong-1")]).await;
    assert_eq!(wrong.code, Some(64), "{wrong:?}");
    assert!(wrong.stderr.contains("upstream.admin_password") && !wrong.stderr.contains("canary"), "{wrong:?}");
    let away = [("VESTIBULE_UPSTREAM_URL", "http://127.0.0.1:1"), ("VESTIBULE_UPSTREAM_BOOTSTRAP_SECONDS", "1")];
    let away = with(&away).await;
    assert_eq!(away.code, Some(69), "{away:?}");
    let configured = with(&[("VESTIBULE_UPSTREAM_API_KEY", "TESTKEY-0000000-0000000-0000001")]).await;
    assert!(configured.stdout.contains("upstream.api_key is good and is used"), "{configured:?}");
}

#[tokio::test]
async fn commands_and_the_doctor_use_the_stored_key_and_say_when_it_is_gone() {
    let world = World::start().await;
    let mut variables = environment(&world);
    variables.extend(OWN_KEY.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = run(&["doctor"], &variables).await;
    assert!(told.stdout.contains("there is no API key yet"), "{told:?}");
    let create = ["workspaces", "create", "--slug", "tools", "--name", "Tools"];
    let told = run(&create, &variables).await;
    assert_eq!(told.code, Some(69), "{told:?}");
    assert!(told.stderr.contains("vestibule bootstrap"), "{told:?}");

    bootstrap(&world, &[]).await;
    let told = run(&create, &variables).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    let told = run(&["doctor"], &variables).await;
    assert!(told.stdout.contains("the API key is valid (made by the bootstrap on"), "{told:?}");

    world.upstream.control().replace_api_keys("SOMEBODY-ELSES");
    let told = run(&["doctor"], &variables).await;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("somebody deleted it there"), "{told:?}");
    assert!(told.stdout.contains("`vestibule bootstrap` makes another"), "{told:?}");
}
