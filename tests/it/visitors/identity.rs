//! Identity tokens: what a shop's back end signs, and what becomes of other things.

use super::{
    CHEAP, IDENTITY, ROTATE, SESSION, Visitor, faults, identified, identity_token, manager, message, page, put, signed,
    told,
};
use crate::harness::{Answer, KeySpec, ORIGIN, World, eventually};
use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

/// That it was the identity token that was not taken.
fn refused(answer: &Answer, what: &str) {
    let found = faults(answer);
    assert_eq!(found, [("identity_token".into(), "format".into())], "{what}");
}

#[tokio::test]
async fn a_token_is_taken_as_the_shop_has_signed_it_and_no_other() {
    let world = World::start().await;
    let secret = identified(&world, false).await;
    let (page, _) = page(&world).await;
    let now = world.ambient.now().timestamp();
    let claims = json!({"sub": "customer-4711", "exp": now + 300, "iat": now, "aud": "shop"});
    let send = async |token: &str| page.post(SESSION, &json!({"identity_token": token})).await;
    assert_eq!(send(&signed(&header(), &claims, &secret)).await.status, 200);
    let with = |changes: Value| {
        let mut changed = claims.clone();
        changed.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        changed
    };
    for (what, token) in [
        ("another secret", signed(&header(), &claims, "vst_is_another")),
        ("no secret", signed(&header(), &claims, "")),
        ("no signature", format!("{}.", message(&header(), &claims))),
        ("no algorithm", format!("{}.", message(&json!({"alg": "none"}), &claims))),
        ("another algorithm", signed(&json!({"alg": "HS512"}), &claims, &secret)),
        ("expired", signed(&header(), &with(json!({"exp": now - 60})), &secret)),
        ("too long", signed(&header(), &with(json!({"exp": now + 3600})), &secret)),
        ("another workspace", signed(&header(), &with(json!({"aud": "other"})), &secret)),
        ("nobody", signed(&header(), &with(json!({"sub": ""})), &secret)),
        ("a number", signed(&header(), &with(json!({"sub": 7})), &secret)),
        ("no token", "x".to_owned()),
    ] {
        refused(&send(&token).await, what);
    }
    // All that is wrong with a visit is told at once, as far as it can be told without asking anybody.
    let both = json!({"visitor_id": "bob", "proof": "x", "identity_token": "x"});
    let found = faults(&page.post(SESSION, &both).await);
    assert_eq!(found, [("visitor_id".into(), "format".into()), ("proof".into(), "unknown".into())]);
    let visitor = Visitor::arrive(&page, &json!({"identity_token": signed(&header(), &claims, &secret)})).await;
    assert!(!visitor.claims().to_string().contains("4711"), "the token carries a pseudonym");
}

#[tokio::test]
async fn a_secret_is_its_workspaces_own() {
    let world = World::start().await;
    let secret = identified(&world, false).await;
    let other = world.add_workspace("other").await;
    let spec = KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Secret) };
    let scopes = vestibule::domain::scope::Scope::ALL.into_iter().collect();
    let manager = world.public().bearer(&world.key(KeySpec { scopes, ..spec }).await);
    let made = manager.post("/api/v1/workspaces/other/identity/rotate-secret", &json!({})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let switched =
        put(&manager, "/api/v1/workspaces/other/identity", &json!({"enabled": true, "enforced": false})).await;
    assert_eq!(switched.status, 200, "{}", switched.text());
    let key = world.key(KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Publishable) }).await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    refused(
        &page.post(SESSION, &json!({"identity_token": identity_token(&world, &secret, "anna")})).await,
        "elsewhere",
    );
    // The same customer has another pseudonym there.
    let theirs = made.json()["secret"].as_str().unwrap().to_owned();
    let there = Visitor::arrive(&page, &json!({"identity_token": identity_token(&world, &theirs, "anna")})).await;
    let (here, _) = super::page(&world).await;
    let here = Visitor::arrive(&here, &json!({"identity_token": identity_token(&world, &secret, "anna")})).await;
    assert_ne!(here.claims()["ref"], there.claims()["ref"]);
}

#[tokio::test]
async fn switched_off_no_identity_is_taken_and_none_holds() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let answer = page.post(SESSION, &json!({"identity_token": "x"})).await;
    assert_eq!(faults(&answer), [("identity_token".into(), "unknown".into())]);
    assert!(answer.text().contains("switched off"), "{}", answer.text());
    let secret = identified(&world, false).await;
    let token = json!({"identity_token": identity_token(&world, &secret, "anna")});
    eventually(async || match page.post(SESSION, &token).await {
        answer if answer.status == 200 => Ok(()),
        answer => Err(answer.text().to_owned()),
    })
    .await;
    let (anna, nobody) = (Visitor::arrive(&page, &token).await, Visitor::arrive(&page, &json!({})).await);
    let off = put(&manager(&world).await, IDENTITY, &json!({"enabled": false, "enforced": false})).await;
    assert_eq!(off.json()["enabled"], false);
    eventually(async || match told(&anna.http.get(CHEAP).await) {
        (401, code) if code == "invalid_token" => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(nobody.http.get(CHEAP).await.status, 200, "anonymous visitors go on");
    assert_eq!(faults(&page.post(SESSION, &token).await)[0].1, "unknown");
}

#[tokio::test]
async fn enforced_nobody_is_served_without_an_identity() {
    let world = World::start().await;
    let (page, key) = page(&world).await;
    let anonymous = Visitor::arrive(&page, &json!({})).await;
    let secret = identified(&world, true).await;
    eventually(async || match told(&anonymous.http.get(CHEAP).await) {
        (401, code) if code == "invalid_token" => Ok(()),
        other => Err(other),
    })
    .await;
    let renewal = anonymous.http.post(SESSION, &json!({})).await;
    assert_eq!(told(&renewal), (401, "invalid_token".into()));
    for body in [json!({}), json!({"visitor_id": anonymous.id})] {
        let answer = page.post(SESSION, &body).await;
        assert_eq!(told(&answer), (403, "forbidden".into()));
        assert!(answer.text().contains("identity_token"), "{}", answer.text());
    }
    // The key alone works nowhere any more, and neither does AnythingLLM's own widget.
    for path in ["/api/v1/widget/config", "/api/v1/messages?session_id=x", CHEAP] {
        assert_eq!(told(&page.get(path).await), (403, "forbidden".into()), "{path}");
    }
    let chat = page.post("/api/v1/chat", &json!({"message": "x"})).await;
    assert_eq!(told(&chat), (403, "forbidden".into()));
    let knowledge = page.post("/api/v1/knowledge/query", &json!({"query": "x"})).await;
    assert_eq!(told(&knowledge), (403, "forbidden".into()));
    let before = world.upstream.control().request_count();
    let session = uuid::Uuid::new_v4();
    let widget = world.public().with("origin", ORIGIN);
    let sent = json!({"sessionId": session, "message": "x"});
    assert_eq!(widget.post(&format!("/api/embed/{key}/stream-chat"), &sent).await.status, 403);
    assert_eq!(widget.get(&format!("/api/embed/{key}/{session}")).await.status, 403);
    assert_eq!(widget.delete(&format!("/api/embed/{key}/{session}")).await.status, 403);
    assert_eq!(world.upstream.control().request_count(), before, "AnythingLLM hears nothing of it");
    let token = json!({"identity_token": identity_token(&world, &secret, "anna"), "visitor_id": anonymous.id});
    let anna = Visitor::arrive(&page, &token).await;
    anna.ask("s1").await;
    // Renewing needs no other identity token.
    Visitor::arrive(&anna.http, &json!({})).await;
    assert_eq!(world.server().await.get(CHEAP).await.status, 200, "servers are not visitors");
}

#[tokio::test]
async fn the_secret_before_counts_for_as_long_as_it_was_said() {
    let world = World::start().await;
    let first = identified(&world, false).await;
    let (page, _) = page(&world).await;
    let manager = manager(&world).await;
    let anna = Visitor::arrive(&page, &json!({"identity_token": identity_token(&world, &first, "anna")})).await;
    let rotated = manager.post(ROTATE, &json!({"grace_seconds": 120})).await.json();
    let second = rotated["secret"].as_str().unwrap();
    assert_ne!(second, first);
    for secret in [first.as_str(), second] {
        let again = Visitor::arrive(&page, &json!({"identity_token": identity_token(&world, secret, "anna")})).await;
        assert_eq!(again.claims()["ref"], anna.claims()["ref"], "customers stay who they are");
    }
    let later = world.later(TimeDelta::seconds(125)).await;
    let (there, _) = super::page(&later).await;
    refused(&there.post(SESSION, &json!({"identity_token": identity_token(&later, &first, "anna")})).await, "over");
    Visitor::arrive(&there, &json!({"identity_token": identity_token(&later, second, "anna")})).await;
    // Only one before: the third ends the first.
    let third = manager.post(ROTATE, &json!({})).await.json()["secret"].as_str().unwrap().to_owned();
    refused(
        &page.post(SESSION, &json!({"identity_token": identity_token(&world, &first, "anna")})).await,
        "two before",
    );
    Visitor::arrive(&page, &json!({"identity_token": identity_token(&world, second, "anna")})).await;
    // After a leak nothing that was signed before counts.
    manager.post(ROTATE, &json!({"grace_seconds": 0})).await;
    for secret in [second, &third] {
        refused(
            &page.post(SESSION, &json!({"identity_token": identity_token(&world, secret, "anna")})).await,
            "at once",
        );
    }
}

#[tokio::test]
async fn without_the_database_no_identity_is_believed() {
    let world = World::start().await;
    let secret = identified(&world, false).await;
    let (page, _) = page(&world).await;
    let visit = json!({"identity_token": identity_token(&world, &secret, "anna")});
    let anna = Visitor::arrive(&page, &visit).await;
    world.cut_off_the_database().await;
    let answer = page.post(SESSION, &visit).await;
    assert_eq!(told(&answer), (503, "service_unavailable".into()), "{}", answer.text());
    assert_eq!(told(&anna.http.get(CHEAP).await), (503, "service_unavailable".into()));
    world.restore_the_database().await;
    eventually(async || match page.post(SESSION, &visit).await {
        answer if answer.status == 200 => Ok(()),
        answer => Err(answer.text().to_owned()),
    })
    .await;
}
