//! Trying another list of origins on the traffic that was.

use super::{answered, faults, make, manager, page, path, publishable, secret, with};
use crate::harness::{Http, ORIGIN, World, eventually};
use serde_json::{Value, json};

async fn preview(manager: &Http, key: &Value, body: &Value) -> Value {
    let answer = manager.post(&path(key, "/origins/preview"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn another_list_is_tried_on_the_traffic_that_was_and_changes_nothing() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let origins = json!({"allowed_origins": [ORIGIN, "https://old.example"]});
    let key = make(&manager, &with(publishable(&world), &origins)).await;
    let from = async |origin: &str, times: usize, wanted: &str| {
        for _ in 0..times {
            assert_eq!(answered(&page(&world, &key).with("origin", origin)).await, wanted);
        }
    };
    from(ORIGIN, 3, "200").await;
    from("https://old.example", 2, "200").await;
    from("https://new.example", 1, "forbidden_origin").await;

    let wanted = json!({
        "days": 7, "requests": 6, "newly_refused": 2, "newly_allowed": 1, "truncated": false,
        "origins": [
            {"origin": ORIGIN, "requests": 3, "allowed_now": true, "allowed_then": true},
            {"origin": "https://old.example", "requests": 2, "allowed_now": true, "allowed_then": false},
            {"origin": "https://new.example", "requests": 1, "allowed_now": false, "allowed_then": true},
        ],
    });
    let other = json!({"allowed_origins": [ORIGIN, "https://NEW.example:443"]});
    // Usage is written behind the requests' back.
    eventually(async || match preview(&manager, &key, &other).await {
        found if found == wanted => Ok(()),
        found => Err(found),
    })
    .await;
    from("https://old.example", 1, "200").await;
}

#[tokio::test]
async fn a_bad_list_is_named_entry_by_entry() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &with(publishable(&world), &json!({"env": "live"}))).await;
    let body = json!({"allowed_origins": ["shop.example", "http://localhost:*", "https://fine.example"], "days": 32});
    let found = faults(&manager.post(&path(&key, "/origins/preview"), &body).await);
    let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), code.as_str())).collect();
    assert_eq!(found, [("days", "out_of_range"), ("allowed_origins[0]", "format"), ("allowed_origins[1]", "conflict")]);
    let erp = make(&manager, &secret()).await;
    let refused = manager.post(&path(&erp, "/origins/preview"), &json!({"allowed_origins": []})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "conflict".into()));
}
