//! Passages that have nothing to do with a question, which AnythingLLM finds with a score of 1: they are in no answer.

use crate::harness::{ORIGIN, World, text_of};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_stand_in::{Failure, Options, VectorDatabase};

const QUESTION: &str = "What does the cordless drill NW-18 cost?";
const REFUSAL: &str = "There is no relevant information in this workspace to answer your query.";

/// Worlds with each vector database, whose embedder puts every question opposite to every passage.
async fn opposite_worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for vector_database in [VectorDatabase::Pgvector, VectorDatabase::LanceDb] {
        let world = World::builder().upstream(Options { vector_database, ..Options::default() }).start().await;
        world.upstream.control().fail(Failure::OppositeEmbedder);
        worlds.push(world);
    }
    worlds
}

fn searches(world: &World) -> usize {
    let requests = world.upstream.control().requests();
    requests.iter().filter(|request| request.path_and_query.ends_with("/vector-search")).count()
}

#[tokio::test]
async fn a_knowledge_query_finds_none_of_them_whatever_the_threshold() {
    for world in opposite_worlds().await {
        let http = world.server().await;
        for threshold in [Value::Null, json!(0.25), json!(0.9), json!(1)] {
            let body = json!({"query": QUESTION, "score_threshold": threshold});
            let answer = http.post("/api/v1/knowledge/query", &body).await;
            assert_eq!(answer.json()["results"], json!([]), "{threshold}");
        }
        // Who wants everything gets it, at the end where it belongs.
        let everything = json!({"query": QUESTION, "score_threshold": 0});
        let found = http.post("/api/v1/knowledge/query", &everything).await.json();
        assert_eq!(found["results"][0]["score"], 0.0, "{found}");
        world.upstream.control().heal();
        let found = http.post("/api/v1/knowledge/query", &json!({"query": QUESTION})).await.json();
        assert!(found["results"][0]["score"].as_f64().unwrap() > 0.25, "{found}");
    }
}

#[tokio::test]
async fn a_chat_in_query_mode_refuses_what_only_they_would_answer() {
    for world in opposite_worlds().await {
        let http = world.server().await;
        let whole = http.post("/api/v1/chat", &json!({"message": QUESTION})).await.json();
        assert_eq!((&whole["refused"], &whole["ai_generated"]), (&json!(true), &json!(false)), "{whole}");
        assert_eq!((&whole["answer"], &whole["sources"]), (&json!(REFUSAL), &json!([])), "{whole}");
        assert!(whole["usage"]["total_tokens"].as_u64().unwrap() > 0, "the model was asked all the same: {whole}");
        assert_eq!(searches(&world), 0, "a document is judged by its sources");

        // The model thinks for a moment, as models do, and the search is answered meanwhile.
        world.upstream.control().fail(Failure::Slow { first_token_ms: 300, token_ms: 1 });
        let stream = json!({"message": QUESTION, "stream": true, "session_id": "s-1"});
        let events = http.stream("/api/v1/chat", &stream).await.rest().await;
        let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names, ["start", "delta", "done"], "{events:?}");
        assert_eq!((text_of(&events).as_str(), &events[2].data["refused"]), (REFUSAL, &json!(true)));
        assert_eq!(searches(&world), 1);

        // What AnythingLLM has stored is not shown afterwards either.
        let messages = http.get("/api/v1/messages?session_id=s-1").await.json();
        assert_eq!(messages["data"][1]["content"], REFUSAL, "{messages}");
        assert_eq!(messages["data"][1]["sources"], json!([]), "{messages}");
    }
}

#[tokio::test]
async fn the_widget_shows_the_workspaces_own_refusal() {
    let world = World::builder().start().await;
    world.upstream.control().fail(Failure::OppositeEmbedder);
    let refusal = "Dazu steht bei uns nichts.";
    world.change_settings(&format!(r#"settings = settings || '{{"refusal_message": "{refusal}"}}'"#)).await;
    let key = world.publishable_key().await;
    let page = world.public().with("origin", ORIGIN).with("content-type", "text/plain;charset=UTF-8");
    let body = json!({"message": QUESTION, "sessionId": Uuid::new_v4()}).to_string();
    let answer = page.send(Method::POST, &format!("/api/embed/{key}/stream-chat"), body).await;
    let frames: Vec<Value> = answer
        .text()
        .split("\n\n")
        .filter_map(|frame| serde_json::from_str(frame.strip_prefix("data: ")?).ok())
        .collect();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!((&frames[0]["type"], &frames[0]["textResponse"]), (&json!("textResponse"), &json!(refusal)));
}

#[tokio::test]
async fn what_else_an_answer_rests_on_lets_it_pass() {
    for world in opposite_worlds().await {
        // A document that was pinned is before the model whatever is asked.
        let location =
            world.upstream.control().add_document(&world.workspace.upstream_slug, "Terms", "Delivery is free.");
        let upstream = crate::harness::Http::new(world.upstream.addr()).bearer(world.upstream.api_key());
        let pin = format!("/api/v1/workspace/{}/update-pin", world.workspace.upstream_slug);
        let pinned = upstream.post(&pin, &json!({"docPath": location, "pinStatus": true})).await;
        assert_eq!(pinned.status, 200, "{}", pinned.text());
        let http = world.server().await;
        let stream = json!({"message": QUESTION, "stream": true});
        let events = http.stream("/api/v1/chat", &stream).await.rest().await;
        let done = &events.last().unwrap().data;
        assert_eq!(done["refused"], false, "{events:?}");
        assert!(text_of(&events).len() > REFUSAL.len() / 2 && text_of(&events) != REFUSAL, "{events:?}");
        let sources = &events.iter().find(|event| event.name == "sources").unwrap().data["sources"];
        assert_eq!(sources.as_array().unwrap().len(), 1, "only what it rests on: {sources}");
    }
}

#[tokio::test]
async fn in_chat_mode_the_answer_stays_and_they_are_no_sources() {
    for world in opposite_worlds().await {
        let answer =
            world.server().await.post("/api/v1/chat", &json!({"message": QUESTION, "mode": "chat"})).await.json();
        assert_eq!((&answer["refused"], &answer["sources"]), (&json!(false), &json!([])), "{answer}");
    }
}

#[tokio::test]
async fn without_the_search_a_stream_is_marked_at_its_end() {
    let world = World::builder().set("CHAT_CHECK_PASSAGES", "false").start().await;
    world.upstream.control().fail(Failure::OppositeEmbedder);
    let stream = json!({"message": QUESTION, "stream": true});
    let events = world.server().await.stream("/api/v1/chat", &stream).await.rest().await;
    assert_eq!(searches(&world), 0);
    assert!(text_of(&events).ends_with(REFUSAL) && text_of(&events).contains("189"), "{events:?}");
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert!(!names.contains(&"sources"), "{names:?}");
    assert_eq!(events.last().unwrap().data["refused"], true);
}

#[tokio::test]
async fn a_search_that_fails_holds_nobody_up() {
    let world = World::start().await;
    let search = format!("/api/v1/workspace/{}/vector-search", world.workspace.upstream_slug);
    for failure in [Failure::Status500, Failure::Html, Failure::Refuse] {
        world.upstream.control().fail_on(&search, failure);
        let stream = json!({"message": QUESTION, "stream": true});
        let events = world.server().await.stream("/api/v1/chat", &stream).await.rest().await;
        assert!(text_of(&events).contains("189"), "{events:?}");
        assert_eq!(events.last().unwrap().data["refused"], false);
        world.upstream.control().heal();
    }
}
