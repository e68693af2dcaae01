//! Where somebody is logged in, and ending it.

use super::{CHEAP, Person, expect, populated, told};
use crate::harness::{World, eventually};
use serde_json::{Value, json};
use std::time::Duration;

async fn listed(person: &Person, query: &str) -> Value {
    let answer = person.client().get(&format!("{CHEAP}{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn sessions_are_listed_with_where_and_when_they_began() {
    let world = populated().await;
    let firefox = world.public().with("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Firefox/144.0");
    let first = Person::log_in(&firefox, "dora").await;
    let second = Person::log_in(&world.public().with("user-agent", "curl/8.14.1"), "dora").await;
    Person::log_in(&world.public(), "mona").await;
    let page = listed(&first, "").await;
    assert_eq!(ids(&page), [second.session(), first.session()]);
    assert_eq!((&page["has_more"], &page["next_cursor"]), (&json!(false), &json!(null)));
    assert_eq!(page["data"][0]["device"], "curl");
    assert_eq!(page["data"][0]["current"], false);
    let own = &page["data"][1];
    assert_eq!(own["device"], "Firefox on Linux");
    assert_eq!(
        (&own["current"], &own["ip_prefix"], &own["username"]),
        (&json!(true), &json!("127.0.0.0/24"), &json!("dora"))
    );
    for name in ["created_at", "last_used_at", "expires_at"] {
        assert!(own[name].as_str().unwrap().ends_with('Z'), "{name}");
    }
}

#[tokio::test]
async fn sessions_come_in_pages() {
    let world = populated().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.insert(0, Person::log_in(&world.public(), "dora").await);
    }
    let person = &all[0];
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = listed(person, &query).await;
        seen.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, all.iter().map(Person::session).collect::<Vec<_>>());
    for query in ["?limit=0", "?limit=101", "?cursor=x", "?user_id=x", "?user_id=0", "?unknown=1"] {
        let answer = person.client().get(&format!("{CHEAP}{query}")).await;
        assert_eq!(told(&answer), (422, "validation_failed".into()), "{query}");
    }
}

#[tokio::test]
async fn logging_out_ends_access_and_refresh_on_every_replica() {
    let world = populated().await;
    let replica = world.replica().await;
    let (person, other) =
        (Person::log_in(&world.public(), "dora").await, Person::log_in(&world.public(), "dora").await);
    let elsewhere = replica.public().bearer(&person.access);
    assert_eq!(elsewhere.get(CHEAP).await.status, 200);
    let answer = person.log_out("").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(told(&person.client().get(CHEAP).await), (401, "invalid_token".into()));
    assert_eq!(told(&person.try_refresh().await), (401, "invalid_token".into()));
    eventually(async || expect(&elsewhere, CHEAP, 401).await).await;
    assert_eq!(other.client().get(CHEAP).await.status, 200, "the other session goes on");

    let third = Person::log_in(&world.public(), "dora").await;
    assert_eq!(third.log_out("?all=true").await.status, 204);
    for person in [&other, &third] {
        assert_eq!(told(&person.client().get(CHEAP).await), (401, "invalid_token".into()));
    }
    assert_eq!(
        told(&world.public().send(http::Method::POST, "/api/v1/auth/logout", "").await),
        (401, "unauthenticated".into())
    );
}

#[tokio::test]
async fn one_ends_a_session_of_ones_own() {
    let world = populated().await;
    let (here, lost) = (Person::log_in(&world.public(), "dora").await, Person::log_in(&world.public(), "dora").await);
    let path = format!("{CHEAP}/{}", lost.session());
    assert_eq!(here.client().delete(&path).await.status, 204);
    assert_eq!(told(&lost.client().get(CHEAP).await), (401, "invalid_token".into()));
    assert_eq!(told(&here.client().delete(&path).await), (404, "not_found".into()), "it is over already");
    assert_eq!(here.client().get(CHEAP).await.status, 200);
    assert_eq!(here.client().delete(CHEAP).await.status, 204);
    assert_eq!(told(&here.client().get(CHEAP).await), (401, "invalid_token".into()));
}

#[tokio::test]
async fn sessions_of_others_look_like_none_unless_an_admin_asks() {
    let world = populated().await;
    let dora = Person::log_in(&world.public(), "dora").await;
    let (mona, anna) = (Person::log_in(&world.public(), "mona").await, Person::log_in(&world.public(), "anna").await);
    let path = format!("{CHEAP}/{}", dora.session());
    let whose = format!("?user_id={}", dora.user_id());
    for person in [&mona, &anna] {
        assert_eq!(told(&person.client().delete(&path).await), (404, "not_found".into()));
    }
    for id in ["nonsense", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(told(&mona.client().delete(&format!("{CHEAP}/{id}")).await), (404, "not_found".into()));
    }
    for (method, path) in [("get", format!("{CHEAP}{whose}")), ("delete", format!("{path}{whose}"))] {
        let client = mona.client();
        let answer = if method == "get" { client.get(&path).await } else { client.delete(&path).await };
        assert_eq!(told(&answer), (403, "forbidden".into()), "{method} {path}");
    }
    assert_eq!(told(&mona.client().delete(&format!("{CHEAP}{whose}")).await), (403, "forbidden".into()));
    assert_eq!(dora.client().get(CHEAP).await.status, 200);

    assert_eq!(ids(&listed(&anna, &whose).await), [dora.session()]);
    assert_eq!(anna.client().delete(&format!("{path}{whose}")).await.status, 204);
    assert_eq!(told(&dora.client().get(CHEAP).await), (401, "invalid_token".into()));
    let again = Person::log_in(&world.public(), "dora").await;
    assert_eq!(anna.client().delete(&format!("{CHEAP}{whose}")).await.status, 204);
    assert_eq!(told(&again.client().get(CHEAP).await), (401, "invalid_token".into()));
    let reasons: Vec<String> =
        world.query("SELECT DISTINCT revoke_reason FROM vestibule.auth_sessions WHERE revoked_at IS NOT NULL").await;
    assert_eq!(reasons, ["admin"]);
}

#[tokio::test]
async fn a_running_stream_is_cut_when_its_session_ends() {
    let world: World = populated().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().set_token_delay(Duration::from_millis(20));
    let person = Person::log_in(&world.public(), "dora").await;
    let question = json!({"message": "How long is the delivery?", "workspace": "shop", "stream": true});
    let mut stream = person.client().with("x-request-id", "logged-out").stream("/api/v1/chat", &question).await;
    assert_eq!(stream.status, 200);
    assert!(stream.next().await.is_some());
    assert_eq!(person.log_out("").await.status, 204);
    let control = world.upstream.control();
    assert!(control.until(|c| c.open_streams() == 0, crate::harness::PATIENCE).await, "the generation goes on");
    assert_eq!(control.aborted_streams(), 1);
    world.recorded("logged-out", "invalid_token").await;
}
