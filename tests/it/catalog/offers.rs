//! Prices: no part of what is embedded, and known to whoever asks.

use super::{Shop, csv, priced};
use crate::harness::{Http, World};
use serde_json::{Value, json};
use vestibule::catalog::feed::Format;
use vestibule::domain::sync::SyncStatus;
use vestibule_stand_in::Failure;

/// What AnythingLLM was asked in chats.
fn asked(shop: &Shop) -> Vec<String> {
    let requests = shop.world.upstream.control().requests();
    let chats = requests.iter().filter(|request| request.path_and_query.ends_with("/stream-chat"));
    let message = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["message"].as_str().unwrap().to_owned();
    chats.map(|request| message(&request.body)).collect()
}

async fn chat(server: &Http, message: &str) -> Value {
    let answer = server.post("/api/v1/chat", &json!({"message": message, "session_id": "prices"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_changed_price_is_told_at_once_and_nothing_is_embedded_for_it() {
    let shop = Shop::open().await;
    assert_eq!(shop.sync(Format::Csv, &priced(0..9, 5)).await.counts.added, 9);
    let server = shop.world.server().await;
    chat(&server, "What does the article q3q cost?").await;
    shop.world.upstream.control().clear_requests();
    let run = shop.sync(Format::Csv, &priced(0..9, 6)).await;
    assert_eq!((run.status, run.counts.updated, run.counts.unchanged), (SyncStatus::Succeeded, 9, 0));
    assert_eq!(shop.writes(), 0);
    shop.assert_tidy(9).await;
    chat(&server, "And the article q4q, what does it cost?").await;
    let told = &asked(&shop)[0];
    assert!(told.starts_with("[Prices and availability in the shop now:]\nArticle number "), "{told}");
    assert!(told.contains("Article number 4 (product number P4): 6.00 EUR, in stock"), "{told}");
    assert!(told.ends_with("[The customer asks:]\nAnd the article q4q, what does it cost?"), "{told}");
    assert!(!told.contains("5.00"), "{told}");
    // What was told with a question is not shown with it.
    let history = server.get("/api/v1/messages?session_id=prices").await.json();
    let said: Vec<&str> = history["data"].as_array().unwrap().iter().filter_map(|m| m["content"].as_str()).collect();
    assert!(said.contains(&"What does the article q3q cost?"), "{history}");
    assert!(said.iter().all(|said| !said.starts_with("[Prices")), "{history}");
}

#[tokio::test]
async fn a_search_gives_the_price_of_each_product() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..3, |id| 10 + id)).await;
    let answer = shop.world.server().await.post("/api/v1/knowledge/query", &json!({"query": "article q2q"})).await;
    let answer = answer.json();
    let results = answer["results"].as_array().unwrap();
    let second = results.iter().find(|result| result["url"] == "https://shop.example/p/2").expect("it is found");
    assert_eq!(second["offer"], "Article number 2 (product number P2): 12.00 EUR, in stock");
    assert!(!second["text"].as_str().unwrap().contains("EUR"), "{second}");
    let others = results.iter().filter(|result| !result["url"].to_string().contains("/p/"));
    assert!(others.into_iter().all(|result| result["offer"].is_null()), "{answer}");
}

#[tokio::test]
async fn without_a_catalogue_nothing_is_searched_and_nothing_is_told() {
    let world = World::start().await;
    let shop = Shop::of(world);
    shop.world.upstream.control().clear_requests();
    chat(&shop.world.server().await, "Which drill is the best?").await;
    assert_eq!(asked(&shop), ["Which drill is the best?"]);
    let requests = shop.world.upstream.control().requests();
    assert!(requests.iter().all(|request| !request.path_and_query.ends_with("/vector-search")));
}

#[tokio::test]
async fn when_the_search_fails_a_question_is_asked_without_prices() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &priced(0..3, 5)).await;
    let search = format!("/api/v1/workspace/{}/vector-search", shop.world.workspace.upstream_slug);
    shop.world.upstream.control().fail_on(&search, Failure::Status500);
    shop.world.upstream.control().clear_requests();
    chat(&shop.world.server().await, "What does the article q1q cost?").await;
    assert_eq!(asked(&shop), ["What does the article q1q cost?"]);
}
