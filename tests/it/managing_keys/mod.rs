//! `/api/v1/keys`: made, read, changed, rotated and revoked.

mod authority;
mod change;
mod create;
mod power;
mod preview;
mod propagation;
mod reading;
mod rotate;

use crate::harness::{Answer, Http, ORIGIN, World};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::{KeyEnv, KeyKind, KeyLimits};
use vestibule::domain::scope::Scope;

const KEYS: &str = "/api/v1/keys";

/// A shop's back end with a key of the whole tenant that may do everything, also make keys that may.
async fn manager(world: &World) -> Http {
    let mut spec = world.spec(KeyKind::Secret);
    (spec.workspace, spec.env) = (None, KeyEnv::Live);
    spec.scopes = Scope::ALL.into_iter().collect();
    let most = Some(1_000_000);
    spec.limits = KeyLimits {
        per_minute: most,
        burst: most,
        per_visitor_per_minute: most,
        max_streams: most,
        ..KeyLimits::default()
    };
    world.public().bearer(&world.key(spec).await)
}

/// A publishable key for pages of [`ORIGIN`].
fn publishable(world: &World) -> Value {
    json!({
        "kind": "publishable", "env": "test", "name": "Storefront", "workspace": world.workspace.slug,
        "allowed_origins": [ORIGIN],
    })
}

fn secret() -> Value {
    json!({"kind": "secret", "env": "test", "name": "ERP"})
}

/// With other members.
fn with(mut body: Value, other: &Value) -> Value {
    for (name, value) in other.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Makes a key and returns what was answered.
async fn make(manager: &Http, body: &Value) -> Value {
    let answer = manager.post(KEYS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn patch(manager: &Http, key: &Value, patch: &Value) -> Answer {
    let client = manager.with("content-type", "application/merge-patch+json");
    client.send(Method::PATCH, &path(key, ""), patch.to_string()).await
}

async fn show(manager: &Http, key: &Value) -> Value {
    let answer = manager.get(&path(key, "")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn path(key: &Value, rest: &str) -> String {
    format!("{KEYS}/{}{rest}", text(key, "id"))
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} of {value}"))
}

/// A page of the shop with this key.
fn page(world: &World, key: &Value) -> Http {
    world.public().bearer(text(key, "key")).with("origin", ORIGIN)
}

/// A server with this key.
fn server(world: &World, key: &Value) -> Http {
    world.public().bearer(text(key, "key"))
}

/// Fields and codes of a 422.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{}", answer.text());
    let body = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["errors"].as_array().unwrap().iter().map(|e| (text(&e["field"]), text(&e["code"]))).collect()
}

/// What a cheap request with the key is answered: 200, or a code.
async fn answered(http: &Http) -> String {
    let answer = http.get("/api/v1/messages?session_id=nobody").await;
    if answer.status == 200 { "200".to_owned() } else { answer.code() }
}
