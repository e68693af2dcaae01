//! Workspaces: made, changed, compared with AnythingLLM, put away and removed.

mod audit;
mod change;
mod create;
mod drift;
mod effect;
mod reading;
mod removal;

use crate::harness::{Answer, Http, World};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const WORKSPACES: &str = "/api/v1/workspaces";

/// A shop's back end with a key of the whole tenant that may manage workspaces.
async fn manager(world: &World) -> Http {
    world.public().bearer(&manager_key(world).await)
}

async fn manager_key(world: &World) -> String {
    let mut spec = world.spec(KeyKind::Secret);
    spec.workspace = None;
    spec.scopes = Scope::ALL.into_iter().collect();
    world.key(spec).await
}

/// Makes a workspace and returns what was answered.
async fn make(manager: &Http, body: &Value) -> Answer {
    let answer = manager.post(WORKSPACES, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

async fn patch(manager: &Http, slug: &str, etag: &str, patch: &Value) -> Answer {
    let client = manager.with("if-match", etag).with("content-type", "application/merge-patch+json");
    client.send(Method::PATCH, &format!("{WORKSPACES}/{slug}"), patch.to_string()).await
}

async fn show(manager: &Http, slug: &str) -> Value {
    let answer = manager.get(&format!("{WORKSPACES}/{slug}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The workspace as AnythingLLM has it.
async fn upstream(world: &World, slug: &str) -> Value {
    let address = world.upstream.url().trim_start_matches("http://").parse().unwrap();
    let client = Http::new(address).bearer(world.upstream.api_key());
    client.get(&format!("/api/v1/workspace/{slug}")).await.json()["workspace"][0].clone()
}

/// Slugs of all workspaces that AnythingLLM has.
async fn upstream_slugs(world: &World) -> Vec<String> {
    let address = world.upstream.url().trim_start_matches("http://").parse().unwrap();
    let client = Http::new(address).bearer(world.upstream.api_key());
    let all = client.get("/api/v1/workspaces").await.json();
    all["workspaces"].as_array().unwrap().iter().map(|w| w["slug"].as_str().unwrap().to_owned()).collect()
}

/// Changes a workspace as AnythingLLM's own interface would.
async fn change_upstream(world: &World, slug: &str, change: &Value) {
    let address = world.upstream.url().trim_start_matches("http://").parse().unwrap();
    let client = Http::new(address).bearer(world.upstream.api_key());
    assert_eq!(client.post(&format!("/api/v1/workspace/{slug}/update"), change).await.status, 200);
}

/// Fields and codes of a 422.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{}", answer.text());
    let body = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["errors"].as_array().unwrap().iter().map(|e| (text(&e["field"]), text(&e["code"]))).collect()
}

fn upstream_slug(body: &Value) -> String {
    body["upstream"]["slug"].as_str().unwrap().to_owned()
}

fn named(name: &str) -> Value {
    json!({"name": name})
}
