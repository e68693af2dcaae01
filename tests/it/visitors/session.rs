//! Getting a visitor token, using it, renewing it.

use super::{CHEAP, SESSION, Visitor, faults, page, part, told};
use crate::harness::{KeySpec, ORIGIN, World, eventually};
use chrono::TimeDelta;
use serde_json::json;
use vestibule::domain::key::KeyKind;
use vestibule::domain::key::KeyLimits;
use vestibule::domain::scope::Scope;

#[tokio::test]
async fn a_page_gets_a_token_that_works_in_the_place_of_its_key() {
    let world = World::start().await;
    let (page, key) = page(&world).await;
    let answer = page.post(SESSION, &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    let body = answer.json();
    assert_eq!(body["expires_in"], 900);
    let config = page.get("/api/v1/widget/config").await.json();
    assert_eq!(body["config"], config, "the same as the widget's own");
    let visitor = Visitor::of(&page, &answer);
    assert_eq!(part(&visitor.token, 0)["typ"], "vst-visitor+jwt");
    let claims = visitor.claims();
    assert!(key.contains(claims["key"].as_str().unwrap()));
    assert_eq!(claims["org"], ORIGIN);
    assert_eq!(claims["wid"], world.workspace.id.to_string());
    assert_eq!(claims["gen"], 1);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);

    visitor.ask("s1").await;
    assert_eq!(visitor.said("s1").await, 2);
    for path in [CHEAP, "/api/v1/widget/config", "/api/v1/messages?session_id=none"] {
        assert_eq!(visitor.http.get(path).await.status, 200, "{path}");
    }
    let found = visitor.http.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let streamed =
        visitor.http.stream("/api/v1/chat", &json!({"message": "And the battery?", "stream": true})).await.rest().await;
    assert_eq!(streamed.last().unwrap().name, "done");
}

#[tokio::test]
async fn nothing_is_stored_before_the_first_message() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let count = "SELECT count(*) FROM vestibule.conversations";
    let visitor = Visitor::arrive(&page, &json!({})).await;
    assert_eq!(world.query::<i64>(count).await, [0]);
    visitor.ask("s1").await;
    let owners: Vec<String> = world.query("SELECT owner FROM vestibule.conversations").await;
    assert_eq!(owners, [format!("visitor:{}", visitor.claims()["sub"].as_str().unwrap())]);
    let labels: Vec<String> = world.query("SELECT visitor FROM vestibule.conversations").await;
    assert_eq!(labels, owners, "usage and conversations name the visitor alike");
}

#[tokio::test]
async fn a_key_that_asks_for_visitor_tokens_works_with_them_only() {
    let world = World::start().await;
    let (page, key) = page(&world).await;
    world.change_key(&key, "visitor_token_required = true").await;
    let refused = async || match told(&page.get(CHEAP).await) {
        (403, code) if code == "forbidden" => {
            let why = page.get("/api/v1/widget/config").await;
            if why.text().contains("/api/v1/widget/session") { Ok(()) } else { Err(why.text().to_owned()) }
        }
        other => Err(format!("{other:?}")),
    };
    eventually(refused).await;
    let widget = world.public().with("origin", ORIGIN);
    let session = uuid::Uuid::new_v4();
    let history = widget.get(&format!("/api/embed/{key}/{session}")).await;
    assert_eq!(history.status, 403, "the unmodified widget cannot get one");
    let visitor = Visitor::arrive(&page, &json!({})).await;
    visitor.ask("s1").await;
    assert_eq!(visitor.http.get("/api/v1/widget/config").await.status, 200);
}

#[tokio::test]
async fn a_browser_that_comes_back_is_the_same_visitor() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let first = Visitor::arrive(&page, &json!({})).await;
    first.ask("s1").await;
    let again = Visitor::arrive(&page, &json!({"visitor_id": first.id})).await;
    assert_eq!(again.id, first.id);
    assert_eq!(again.conversations().await, ["s1"]);
    let stranger = Visitor::arrive(&page, &json!({})).await;
    assert_ne!(stranger.id, first.id);
    assert!(stranger.conversations().await.is_empty());
    // On another page of the shop, with another key, too.
    let (other, _) = super::page(&world).await;
    let elsewhere = Visitor::arrive(&other, &json!({"visitor_id": first.id})).await;
    assert_eq!(elsewhere.conversations().await, ["s1"]);
}

#[tokio::test]
async fn only_ids_that_were_given_out_here_are_taken() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let visitor = Visitor::arrive(&page, &json!({})).await;
    let other = world.add_workspace("other").await;
    let key = world.key(KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Publishable) }).await;
    let elsewhere = world.public().bearer(&key).with("origin", ORIGIN);
    assert_eq!(
        faults(&elsewhere.post(SESSION, &json!({"visitor_id": visitor.id})).await),
        [("visitor_id".into(), "format".into())]
    );
    let sub = visitor.claims()["sub"].as_str().unwrap().to_owned();
    for made_up in ["bob", "", &sub, &format!("vis_{}", "A".repeat(64)), &format!("{}x", visitor.id)] {
        let answer = page.post(SESSION, &json!({"visitor_id": made_up})).await;
        assert_eq!(faults(&answer), [("visitor_id".into(), "format".into())], "{made_up}");
        assert!(made_up.is_empty() || !answer.text().contains(made_up));
    }
}

#[tokio::test]
async fn a_token_is_renewed_while_it_is_in_use() {
    let world = World::builder().set("VISITOR_TOKEN_SECONDS", 600).set("VISITOR_SESSION_HOURS", 1).start().await;
    let (page, _) = page(&world).await;
    let first = Visitor::arrive(&page, &json!({})).await;
    first.ask("s1").await;
    let renewed = Visitor::arrive(&first.http, &json!({})).await;
    assert_eq!(renewed.id, first.id);
    assert_eq!(renewed.claims()["sub"], first.claims()["sub"]);
    assert_eq!(renewed.claims()["sst"], first.claims()["sst"], "the session began when it began");
    assert_eq!(renewed.conversations().await, ["s1"]);
    let other = Visitor::arrive(&page, &json!({})).await;
    let answer = first.http.post(SESSION, &json!({"visitor_id": other.id})).await;
    assert_eq!(faults(&answer), [("visitor_id".into(), "conflict".into())]);
    Visitor::arrive(&first.http, &json!({"visitor_id": first.id})).await;
}

#[tokio::test]
async fn a_token_ends_and_a_session_ends() {
    let world = World::builder().set("VISITOR_TOKEN_SECONDS", 600).set("VISITOR_SESSION_HOURS", 1).start().await;
    let (page, key) = page(&world).await;
    let first = Visitor::arrive(&page, &json!({})).await;
    let at = |world: &World, token: &str| world.public().bearer(token).with("origin", ORIGIN);

    let later = world.later(TimeDelta::seconds(595)).await;
    assert_eq!(at(&later, &first.token).get(CHEAP).await.status, 200);
    let much_later = world.later(TimeDelta::seconds(700)).await;
    for path in [CHEAP, "/api/v1/widget/config"] {
        let answer = at(&much_later, &first.token).get(path).await;
        assert_eq!(told(&answer), (401, "expired_token".into()));
        assert!(answer.header("www-authenticate").unwrap().contains("invalid_token"));
    }
    assert_eq!(told(&at(&much_later, &first.token).post(SESSION, &json!({})).await), (401, "expired_token".into()));

    // Renewed again and again, a token never outlives its session.
    let mut token = Visitor::arrive(&at(&later, &first.token), &json!({})).await.token;
    for minutes in [18, 27, 36, 45, 54] {
        let then = world.later(TimeDelta::minutes(minutes)).await;
        token = Visitor::arrive(&at(&then, &token), &json!({})).await.token;
    }
    let (began, exp) = (part(&token, 1)["sst"].as_i64().unwrap(), part(&token, 1)["exp"].as_i64().unwrap());
    assert_eq!(exp - began, 3600);
    let over = world.later(TimeDelta::seconds(3605)).await;
    let answer = at(&over, &token).post(SESSION, &json!({})).await;
    assert_eq!(told(&answer), (401, "expired_token".into()), "{}", answer.text());
    // The key begins a new one.
    Visitor::arrive(&at(&over, &key), &json!({"visitor_id": first.id})).await;
}

#[tokio::test]
async fn only_web_pages_get_visitor_tokens() {
    let world = World::start().await;
    let (_, key) = page(&world).await;
    let nobody = world.public().with("origin", ORIGIN).post(SESSION, &json!({})).await;
    assert_eq!(told(&nobody), (401, "unauthenticated".into()));
    let no_origin = world.public().bearer(&key).post(SESSION, &json!({})).await;
    assert_eq!(told(&no_origin), (403, "forbidden_origin".into()));
    let elsewhere = world.public().bearer(&key).with("origin", "https://evil.example").post(SESSION, &json!({})).await;
    assert_eq!(told(&elsewhere), (403, "forbidden_origin".into()));
    let server = world.server().await.post(SESSION, &json!({})).await;
    assert_eq!(told(&server), (403, "forbidden".into()));
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    for body in [json!({"visitor": "x"}), json!({"visitor_id": 7}), json!([])] {
        assert_eq!(page.post(SESSION, &body).await.status, 422, "{body}");
    }
    let plain = page.with("content-type", "text/plain").send(http::Method::POST, SESSION, "{}").await;
    assert_eq!(told(&plain), (415, "unsupported_media_type".into()));
    assert_eq!(told(&page.get(SESSION).await), (405, "method_not_allowed".into()));
    assert_eq!(
        faults(&page.post(&format!("{SESSION}?locale=x_y"), &json!({})).await),
        [("locale".into(), "format".into())]
    );
}

#[tokio::test]
async fn a_visitor_may_do_what_the_key_may_and_no_more() {
    let world = World::start().await;
    let scopes = [Scope::MessagesRead].into_iter().collect();
    let key = world.key(KeySpec { scopes, ..world.spec(KeyKind::Publishable) }).await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    let answer = page.post(SESSION, &json!({})).await;
    assert!(answer.json()["config"].is_null(), "the key may not read it");
    let visitor = Visitor::of(&page, &answer);
    assert_eq!(visitor.http.get(CHEAP).await.status, 200);
    for (answer, what) in [
        (visitor.http.post("/api/v1/chat", &json!({"message": "x"})).await, "chat"),
        (visitor.http.get("/api/v1/widget/config").await, "config"),
        (visitor.http.get("/api/v1/workspaces").await, "workspaces"),
        (visitor.http.get("/api/v1/workspaces/shop/identity").await, "identity"),
        (visitor.http.post("/api/v1/workspaces/shop/visitor-tokens/revoke", &json!({})).await, "revoke"),
    ] {
        assert_eq!(told(&answer), (403, "insufficient_scope".into()), "{what}");
    }
    assert_eq!(told(&visitor.http.get("/api/v1/auth/me").await), (403, "forbidden".into()));
}

#[tokio::test]
async fn a_refused_visitor_uses_up_nothing_of_the_key() {
    let world = World::builder().set("LIMITS_VISITOR_SESSIONS_PER_IP_PER_MINUTE", 2).start().await;
    let limits = KeyLimits { per_minute: Some(1), burst: Some(4), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    for _ in 0..2 {
        Visitor::arrive(&page, &json!({})).await;
    }
    for _ in 0..20 {
        let answer = page.post(SESSION, &json!({})).await;
        assert_eq!(told(&answer), (429, "rate_limited".into()));
        assert_eq!(answer.json()["violated_policies"], json!(["visitor-session-minute"]));
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(ORIGIN),
            "or a page takes it for a network failure"
        );
        assert!(answer.header("retry-after").is_some());
    }
    // Two of the key's four are left.
    assert_eq!(page.get("/api/v1/widget/config").await.status, 200);
    assert_eq!(page.get("/api/v1/widget/config").await.status, 200);
    assert_eq!(told(&page.get("/api/v1/widget/config").await), (429, "rate_limited".into()));
}

#[tokio::test]
async fn a_visitors_own_limit_holds_for_coming_back_renewing_and_chatting() {
    let world = World::start().await;
    let limits =
        KeyLimits { per_visitor_per_minute: Some(1), per_minute: Some(1), burst: Some(20), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    let limited = |answer: &crate::harness::Answer| {
        assert_eq!(told(answer), (429, "rate_limited".into()), "{}", answer.text());
        assert_eq!(answer.json()["violated_policies"], json!(["visitor-minute"]));
    };
    let chatting = Visitor::arrive(&page, &json!({})).await;
    chatting.ask("s1").await;
    // A session id of its own for each question does not help.
    limited(&chatting.http.post("/api/v1/chat", &json!({"message": "x", "session_id": "s2"})).await);
    limited(&chatting.http.post(SESSION, &json!({})).await);
    limited(&page.post(SESSION, &json!({"visitor_id": chatting.id})).await);
    let renewing = Visitor::arrive(&page, &json!({})).await;
    Visitor::arrive(&renewing.http, &json!({})).await;
    limited(&renewing.http.post(SESSION, &json!({})).await);
    let left = page.get("/api/v1/widget/config").await;
    let left = left.header("ratelimit").unwrap().split(", ").find(|item| item.contains("key-minute")).unwrap();
    // Two arrivals, a chat, a renewal and this: what was refused is not among them.
    assert!(left.contains("r=15"), "{left}");
}

#[tokio::test]
async fn the_token_says_who_the_visitor_is() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let visitor = Visitor::arrive(&page, &json!({})).await;
    let answer = visitor.http.post("/api/v1/chat", &json!({"message": "x", "visitor": {"id": "bob"}})).await;
    assert_eq!(faults(&answer), [("visitor.id".into(), "conflict".into())]);
    let answer = visitor.http.post("/api/v1/chat", &json!({"message": "x", "visitor": {"locale": "de"}})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let recorded = async || {
        let seen: Vec<String> = world
            .query(
                "SELECT visitor FROM vestibule.usage_events WHERE visitor LIKE 'visitor:%' AND route = 'chat.create'",
            )
            .await;
        if seen.len() == 2 { Ok(()) } else { Err(seen) }
    };
    eventually(recorded).await;
}
