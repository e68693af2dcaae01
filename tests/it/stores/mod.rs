//! Connections to shops, from the request to the shop.

mod api;
mod bot_keys;
mod canaries;
mod checks;
mod cli;

use crate::harness::{Answer, Http, KeySpec, World, WorldBuilder};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

/// A world whose shops are on this machine.
pub(crate) fn with_local_shops() -> WorldBuilder {
    World::builder().set("OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8")
}

/// What a secret key of the workspace with these scopes sends.
pub(crate) async fn manager_of(world: &World, scopes: &[Scope]) -> Http {
    let spec = KeySpec { scopes: scopes.iter().copied().collect(), ..world.spec(KeyKind::Secret) };
    world.public().bearer(&world.key(spec).await)
}

/// One that may do everything with the workspace.
pub(crate) async fn manager(world: &World) -> Http {
    manager_of(world, &[Scope::WorkspacesRead, Scope::WorkspacesWrite]).await
}

pub(crate) async fn put(client: &Http, path: &str, body: &Value) -> Answer {
    client.with("content-type", "application/json").send(Method::PUT, path, body.to_string()).await
}

pub(crate) const STORE: &str = "/api/v1/workspaces/shop/store";
pub(crate) const CHECK: &str = "/api/v1/workspaces/shop/store/check";

/// A shop of no particular platform.
pub(crate) fn custom(url: &str) -> Value {
    json!({ "platform": "custom", "store_url": url })
}

/// The fields and codes of a 422.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.code(), "validation_failed");
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap().to_owned();
    answer.json()["errors"].as_array().unwrap().iter().map(|f| (text(f, "field"), text(f, "code"))).collect()
}
