//! Whether AnythingLLM has what it answers and embeds with: told to operators, and no condition of anything.

use crate::harness::{Process, World, eventually};
use serde_json::{Value, json};

#[tokio::test]
async fn probes_and_log_say_that_anythingllm_has_no_llm_and_the_gateway_serves() {
    let world = World::start().await;
    let control = world.upstream.control();
    control.set_setting("LLMProvider", Value::Null);
    control.set_setting("LLMModel", Value::Null);
    let process = Process::serve(&world, &[("VESTIBULE_UPSTREAM_MODELS_SECONDS", "1")]).await;
    let serving = process.line(|line| line["message"] == "serving").await;
    assert_eq!((&serving["llm"], &serving["embedder"]), (&json!("none"), &json!("generic-openai, stand-in-embedder")));
    let told = |line: &Value| line["message"].as_str().is_some_and(|said| said.contains("has no LLM"));
    let warning = process.line(told).await;
    assert_eq!((&warning["level"], &warning["why"]), (&json!("WARN"), &json!("no provider is chosen")));
    let ready = process.ops().get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    assert!(ready.text().contains("upstream_llm no\nupstream_embedder ok\n"), "{}", ready.text());

    control.set_setting("LLMProvider", json!("openai"));
    control.set_setting("OpenAiKey", json!(true));
    eventually(async || match process.ops().get("/readyz").await.text() {
        text if text.contains("upstream_llm ok") => Ok(()),
        text => Err(text.to_owned()),
    })
    .await;
    let warnings = process.log().lines().filter(|line| line.contains("has no LLM")).count();
    assert_eq!(warnings, 1, "it is told once");
}

#[tokio::test]
async fn an_anythingllm_that_is_away_keeps_nobody_from_starting() {
    let world = World::start().await;
    world.upstream.stop().await;
    let process = Process::serve(&world, &[("VESTIBULE_UPSTREAM_MODELS_SECONDS", "1")]).await;
    let ready = process.ops().get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(!ready.text().contains("upstream_llm"), "nothing is known: {}", ready.text());
}
