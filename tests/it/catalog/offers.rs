//! Prices: no part of what is embedded, and known to whoever asks.

use super::{Shop, csv, priced};
use crate::harness::{Http, World, eventually};
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
    let answer = chat(&server, "And the article q4q, what does it cost?").await;
    let sources = answer["sources"].as_array().unwrap();
    let fourth = sources.iter().find(|source| source["url"] == "https://shop.example/p/4").expect("it is a source");
    assert_eq!(fourth["offer"], "Article number 4 (product number P4): 6.00 EUR, in stock");
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

/// A feed of one product with all that a card shows.
fn pictured(price: u32) -> String {
    format!(
        "id,title,description,link,image_link,price,sale_price,availability,brand\n\
         NW-18,Article number 1,The article q1q of the shop.,https://shop.example/p/1,https://shop.example/p/1.jpg,\
         189 EUR,{price} EUR,in_stock,Nordwerk\n"
    )
}

/// The products among sources.
fn products(sources: &Value) -> Vec<&Value> {
    sources.as_array().unwrap().iter().map(|source| &source["product"]).filter(|product| !product.is_null()).collect()
}

#[tokio::test]
async fn a_source_has_the_product_as_it_is_today_also_when_it_is_read_back() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &pictured(149)).await;
    let server = shop.world.server().await;
    let answer = chat(&server, "What does the article q1q cost?").await;
    let card = json!({
        "id": "NW-18", "title": "Article number 1", "url": "https://shop.example/p/1",
        "image_url": "https://shop.example/p/1.jpg", "price": {"amount": "149.00", "currency": "EUR"},
        "regular_price": {"amount": "189.00", "currency": "EUR"}, "price_from": false, "availability": "in_stock",
        "brand": "Nordwerk"
    });
    assert_eq!(products(&answer["sources"]), [&card]);
    let run = shop.sync(Format::Csv, &pictured(99)).await;
    assert_eq!((run.counts.updated, shop.embedded().len()), (1, 1));
    let history = server.get("/api/v1/messages?session_id=prices").await.json();
    let read_back = products(&history["data"][1]["sources"]);
    assert_eq!(read_back[0]["price"]["amount"], "99.00", "{history}");
    let offer = history["data"][1]["sources"].as_array().unwrap().iter().find_map(|source| source["offer"].as_str());
    assert!(offer.unwrap().contains("99.00 EUR"), "{history}");
    let found = server.post("/api/v1/knowledge/query", &json!({"query": "article q1q"})).await.json();
    assert_eq!(products(&found["results"])[0]["price"]["amount"], "99.00");
}

#[tokio::test]
async fn an_answer_that_is_given_again_has_its_products_and_so_has_its_history() {
    let shop = Shop::open().await;
    shop.world.change_settings(r#"settings = settings || '{"answer_cache_ttl_secs": 600}'"#).await;
    shop.sync(Format::Csv, &pictured(149)).await;
    let server = shop.world.server().await;
    let mut answer = Value::Null;
    eventually(async || {
        answer = server.post("/api/v1/chat", &json!({"message": "What does the article q1q cost?"})).await.json();
        if answer["cached"] == true { Ok(()) } else { Err(answer.clone()) }
    })
    .await;
    assert_eq!(products(&answer["sources"])[0]["price"]["amount"], "149.00", "{answer}");
    let session = answer["session_id"].as_str().unwrap();
    // Its price changes after it was given: the opening of the conversation tells the new one.
    shop.sync(Format::Csv, &pictured(99)).await;
    let history = server.get(&format!("/api/v1/messages?session_id={session}")).await.json();
    assert_eq!(products(&history["data"][1]["sources"])[0]["price"]["amount"], "99.00", "{history}");
}

#[tokio::test]
async fn products_are_listed_page_by_page_for_agents() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..5, |id| 10 + id)).await;
    let server = shop.world.server().await.with("accept", "application/json, text/event-stream");
    let list = async |arguments: Value| {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "list_products", "arguments": arguments}});
        let answer = server.post("/mcp", &call).await.json();
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        answer["result"]["structuredContent"].clone()
    };
    let (mut titles, mut arguments) = (Vec::new(), json!({"limit": 2}));
    for page in 0.. {
        let found = list(arguments.clone()).await;
        for product in found["products"].as_array().unwrap() {
            assert_eq!(product["price"]["currency"], "EUR", "{product}");
            titles.push(product["title"].as_str().unwrap().to_owned());
        }
        if found["has_more"] == false {
            assert_eq!((page, &found["next_cursor"]), (2, &Value::Null));
            break;
        }
        arguments["cursor"] = found["next_cursor"].clone();
    }
    assert_eq!(titles, (0..5).map(|id| format!("Article number {id}")).collect::<Vec<_>>());
}
