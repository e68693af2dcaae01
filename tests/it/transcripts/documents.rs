//! From a gap to a document, and to a better answer.

use super::{DOCUMENTS, GAPS, STRANGE, ask, audited, faults, ok, staff, told, written};
use crate::harness::World;
use serde_json::json;
use uuid::Uuid;
use vestibule_stand_in::Failure;

#[tokio::test]
async fn what_was_asked_in_vain_is_answered_once_a_document_says_it() {
    let world = World::start().await;
    world.change_settings(r#"settings = settings || '{"answer_cache_ttl_secs": 600, "cache_ttl_secs": 600}'"#).await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    assert_eq!(ask(&page, json!({"message": STRANGE})).await["refused"], true);
    let search =
        async || ok(&page.post("/api/v1/knowledge/query", &json!({"query": STRANGE})).await)["results"].clone();
    assert_eq!(search().await, json!([]));
    written(&world, 1).await;
    assert_eq!(ok(&staff.get(GAPS).await)["data"][0]["example"], STRANGE);

    let document = json!({
        "title": "Zebra quartz umbrella", "text": "The zebra quartz umbrella costs 12 euros.", "url": "https://shop.example/umbrella"
    });
    let made = staff.post(DOCUMENTS, &document).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["title"], &made["characters"]), (&document["title"], &json!(41)));
    // What was remembered of the search counts no more.
    let found = search().await;
    assert!(found[0]["text"].as_str().unwrap().contains("12 euros"), "{found}");
    let answer = ask(&page, json!({"message": STRANGE})).await;
    assert_eq!(answer["refused"], false, "{answer}");
    assert_eq!(answer["sources"][0]["title"], "Zebra quartz umbrella");
    assert_eq!(answer["sources"][0]["url"], "https://shop.example/umbrella");

    // The same once more is the same one.
    assert_eq!(staff.post(DOCUMENTS, &document).await.json()["id"], made["id"]);
    let list = ok(&staff.get(DOCUMENTS).await);
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!((&list["data"][0]["id"], &list["has_more"]), (&made["id"], &json!(false)));
    let path = format!("{DOCUMENTS}/{}", made["id"].as_str().unwrap());
    assert_eq!(staff.delete(&path).await.status, 204);
    assert_eq!(told(&staff.delete(&path).await), (404, "not_found".into()));
    assert_eq!(search().await, json!([]));
    assert_eq!(ok(&staff.get(DOCUMENTS).await)["data"], json!([]));
    assert_eq!(
        (audited(&world, "document.created").await.len(), audited(&world, "document.deleted").await.len()),
        (1, 1)
    );
}

#[tokio::test]
async fn what_is_no_document_is_refused_and_what_fails_leaves_nothing() {
    let world = World::start().await;
    let staff = staff(&world).await;
    for (body, named) in [
        (json!({}), vec!["title", "text"]),
        (json!({"title": "", "text": "?"}), vec!["title", "text"]),
        (json!({"title": "x".repeat(201), "text": "some text", "url": "http://shop.example"}), vec!["title", "url"]),
        (json!({"title": "a", "text": "x".repeat(50_001)}), vec!["text"]),
        (json!({"title": "a", "text": "some text", "author": "me"}), vec!["author"]),
    ] {
        let answer = staff.post(DOCUMENTS, &body).await;
        let fields: Vec<_> = faults(&answer).into_iter().map(|(field, _)| field).collect();
        assert!(named.iter().all(|name| fields.iter().any(|field| field == name)), "{fields:?} {named:?}");
    }
    let document = json!({"title": "Returns", "text": "Free within 30 days."});
    let control = world.upstream.control();
    for path in ["/api/v1/document/raw-text", "/api/v1/workspace"] {
        control.fail_on_times(path, Failure::Status500, 1);
        assert_eq!(told(&staff.post(DOCUMENTS, &document).await), (502, "upstream_error".into()), "{path}");
    }
    assert_eq!(ok(&staff.get(DOCUMENTS).await)["data"], json!([]));
    assert_eq!(told(&staff.delete(&format!("{DOCUMENTS}/{}", Uuid::new_v4())).await), (404, "not_found".into()));
    // Away while it is being removed: it is still known, and the same again does it.
    let made = staff.post(DOCUMENTS, &document).await.json();
    let path = format!("{DOCUMENTS}/{}", made["id"].as_str().unwrap());
    control.fail_on_times("/api/v1/system/remove-documents", Failure::Status500, 1);
    assert_eq!(told(&staff.delete(&path).await), (502, "upstream_error".into()));
    assert_eq!(ok(&staff.get(DOCUMENTS).await)["data"][0]["id"], made["id"]);
    assert_eq!(staff.delete(&path).await.status, 204);
}
