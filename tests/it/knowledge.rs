//! `POST /api/v1/knowledge/query`: passages and nothing else, without a model.

use crate::harness::{Http, World};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/knowledge/query";

async fn results(http: &Http, body: Value) -> Vec<Value> {
    let answer = http.post(PATH, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["results"].as_array().unwrap().clone()
}

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn add_documents(world: &World) {
    for (title, text) in [
        ("Hammer drill HD-900", "The HD-900 is a corded hammer drill for concrete. It draws 900 watts from the mains."),
        ("Drill bits", "Drill bits of hardened steel for wood, metal and concrete, sold in sets of twelve."),
        ("Delivery terms", "Orders placed before noon are shipped on the same day. Freight is free above 250 euros."),
    ] {
        world.upstream.control().add_document(&world.workspace.upstream_slug, title, text);
    }
}

#[tokio::test]
async fn passages_have_the_fields_of_the_contract_and_no_others() {
    let world = World::start().await;
    for http in [world.browser().await, world.server().await] {
        let answer = http.post(PATH, &json!({"query": "cordless drill NW-18"})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(["hit", "miss", "bypass", "stale"].contains(&answer.header("x-cache").expect("X-Cache")));
        let body = answer.json();
        assert_eq!(fields(&body), ["results", "took_ms", "workspace"]);
        assert_eq!(body["workspace"], "shop");
        assert!(body["took_ms"].is_u64());
        let result = &body["results"][0];
        assert_eq!(
            fields(result),
            ["id", "offer", "published", "score", "source", "text", "title", "url", "word_count"]
        );
        assert_eq!(result["title"], "Cordless drill nw 18");
        let text = result["text"].as_str().unwrap();
        assert!(text.contains("18 volt battery"), "{text}");
        // AnythingLLM puts a header of its own before the text of each passage.
        assert!(!text.contains("document_metadata"), "{text}");
        assert!((0.0..=1.0).contains(&result["score"].as_f64().unwrap()));
        assert!(result["word_count"].as_u64().unwrap() > 10);
        // The file's place on the server's disk is no address.
        assert!(result["url"].is_null(), "{result}");
        assert!(!answer.text().contains(&world.workspace.upstream_slug));
    }
}

#[tokio::test]
async fn no_model_is_asked() {
    let world = World::start().await;
    results(&world.browser().await, json!({"query": "drill"})).await;
    let requests = world.upstream.control().requests();
    assert_eq!(requests.len(), 1);
    let path = format!("/api/v1/workspace/{}/vector-search", world.workspace.upstream_slug);
    assert_eq!(requests[0].path_and_query, path);
    assert_eq!(world.upstream.control().stored_chats(&world.workspace.upstream_slug), 0);
}

#[tokio::test]
async fn the_best_passages_come_first_and_no_more_than_asked_for() {
    let world = World::start().await;
    add_documents(&world);
    let http = world.browser().await;
    for top_n in [1, 2, 3] {
        let found = results(&http, json!({"query": "drill for concrete", "top_n": top_n, "score_threshold": 0})).await;
        assert_eq!(found.len(), top_n);
        let scores: Vec<f64> = found.iter().map(|r| r["score"].as_f64().unwrap()).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    }
    world.change_settings("top_n = 2, score_threshold = 0").await;
    let http = world.browser().await;
    assert_eq!(results(&http, json!({"query": "drill for concrete"})).await.len(), 2, "the workspace's own number");
    assert_eq!(results(&http, json!({"query": "drill for concrete", "top_n": 3})).await.len(), 3);
}

#[tokio::test]
async fn a_threshold_leaves_out_what_is_less_similar() {
    let world = World::start().await;
    add_documents(&world);
    let http = world.browser().await;
    let all = results(&http, json!({"query": "drill for concrete", "top_n": 20, "score_threshold": 0})).await;
    assert_eq!(all.len(), 4);
    let threshold = all[1]["score"].as_f64().unwrap() - 0.001;
    let best = results(&http, json!({"query": "drill for concrete", "top_n": 20, "score_threshold": threshold})).await;
    assert_eq!(best.len(), 2, "{best:?}");
    assert!(results(&http, json!({"query": "drill", "score_threshold": 1})).await.is_empty());

    world.change_settings(&format!("score_threshold = {threshold}")).await;
    let http = world.browser().await;
    let found = results(&http, json!({"query": "drill for concrete", "top_n": 20})).await;
    assert_eq!(found.len(), 2, "the workspace's own threshold");
}

#[tokio::test]
async fn nothing_relevant_is_an_empty_list() {
    let world = World::start().await;
    let http = world.browser().await;
    assert!(results(&http, json!({"query": "zebra giraffe"})).await.is_empty());
    let empty = world.upstream.control().add_workspace("without documents");
    let id = world.workspace.id;
    world.sql(&format!("UPDATE vestibule.workspaces SET upstream_slug = '{empty}' WHERE id = '{id}'")).await;
    let http = world.browser().await;
    assert!(results(&http, json!({"query": "drill"})).await.is_empty());
}

#[tokio::test]
async fn every_broken_rule_is_named_with_its_field() {
    let world = World::start().await;
    let http = world.browser().await;
    for (body, expected) in [
        (json!({}), vec![("query", "required")]),
        (json!({"query": ""}), vec![("query", "too_short")]),
        (json!({"query": " \n\t"}), vec![("query", "too_short")]),
        (json!({"query": "ü".repeat(2001)}), vec![("query", "too_long")]),
        (json!({"query": 7}), vec![("query", "type")]),
        (json!({"query": null}), vec![("query", "type")]),
        (json!({"query": ["drill"]}), vec![("query", "type")]),
        (json!({"query": "x", "top_n": 0}), vec![("top_n", "out_of_range")]),
        (json!({"query": "x", "top_n": 21}), vec![("top_n", "out_of_range")]),
        (json!({"query": "x", "top_n": 256}), vec![("top_n", "out_of_range")]),
        (json!({"query": "x", "top_n": -1}), vec![("top_n", "out_of_range")]),
        (json!({"query": "x", "top_n": "3"}), vec![("top_n", "type")]),
        (json!({"query": "x", "top_n": 1.5}), vec![("top_n", "type")]),
        (json!({"query": "x", "score_threshold": 1.01}), vec![("score_threshold", "out_of_range")]),
        (json!({"query": "x", "score_threshold": -0.1}), vec![("score_threshold", "out_of_range")]),
        (json!({"query": "x", "score_threshold": "high"}), vec![("score_threshold", "type")]),
        (json!({"query": "x", "workspace": 1}), vec![("workspace", "type")]),
        (json!({"query": "x", "topN": 3}), vec![("topN", "unknown")]),
        (json!({"query": "x", "scoreThreshold": 0.5}), vec![("scoreThreshold", "unknown")]),
        (
            json!({"query": "", "top_n": 99, "score_threshold": 2}),
            vec![("query", "too_short"), ("top_n", "out_of_range"), ("score_threshold", "out_of_range")],
        ),
    ] {
        let answer = http.post(PATH, &body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{body}");
        let problem = answer.json();
        let errors = problem["errors"].as_array().unwrap();
        let told: Vec<_> = errors.iter().map(|e| (e["field"].as_str().unwrap(), e["code"].as_str().unwrap())).collect();
        assert_eq!(told, expected, "{body}");
        assert!(errors.iter().all(|e| !e["message"].as_str().unwrap().is_empty()));
    }
    assert_eq!(world.upstream.control().request_count(), 0);
    assert_eq!(
        http.post(PATH, &json!({"query": "ü".repeat(2000), "top_n": 20, "score_threshold": 1})).await.status,
        200
    );
}

#[tokio::test]
async fn a_search_that_fails_is_told_without_anythingllms_words() {
    let world = World::start().await;
    let http = world.browser().await;
    let control = world.upstream.control();
    for (failure, status, code) in [
        (vestibule_stand_in::Failure::EmbedderError, 502, "upstream_error"),
        (vestibule_stand_in::Failure::Status500, 502, "upstream_error"),
        (vestibule_stand_in::Failure::Html, 502, "upstream_contract"),
    ] {
        control.fail_times(failure.clone(), 1);
        let answer = http.post(PATH, &json!({"query": "drill"})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{failure:?}");
        for word in ["embed", "Internal Server Error", "<html", "OpenAI", &world.workspace.upstream_slug] {
            assert!(!answer.text().contains(word), "{}", answer.text());
        }
        control.heal();
    }
    assert_eq!(results(&http, json!({"query": "drill"})).await.len(), 1);
}
