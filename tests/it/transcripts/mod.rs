//! What shoppers asked, for those who run the shop: what is kept of it, how it is read, rated, answered and erased.

mod documents;
mod erasing;
mod exports;
mod handing_over;
mod keeping;
mod rating;
mod reading;
mod rows_read;
mod surviving;

use crate::harness::{Answer, Http, KeySpec, World, eventually};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule::domain::scope::{Scope, ScopeSet};

/// The workspace's document answers it.
const QUESTION: &str = "What does the cordless drill NW-18 cost?";
/// It does not.
const STRANGE: &str = "Zebra quartz umbrella?";
const LIST: &str = "/api/v1/workspaces/shop/conversations";
const GAPS: &str = "/api/v1/workspaces/shop/gaps";
const DOCUMENTS: &str = "/api/v1/workspaces/shop/documents";
const ERASURES: &str = "/api/v1/privacy/erasures";

/// Who runs the shop: a secret key of the workspace with these scopes.
async fn staff_with(world: &World, scopes: &[Scope]) -> Http {
    let scopes: ScopeSet = scopes.iter().copied().collect();
    // Tests look often what became of something.
    let limits = KeyLimits { per_minute: Some(60_000), burst: Some(60_000), ..KeyLimits::default() };
    let key = world.key(KeySpec { scopes, limits, ..world.spec(KeyKind::Secret) }).await;
    world.public().bearer(&key)
}

async fn staff(world: &World) -> Http {
    staff_with(world, &Scope::ALL).await
}

async fn ask(client: &Http, body: Value) -> Value {
    let answer = client.post("/api/v1/chat", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn patch(client: &Http, path: &str, tag: Option<&str>, body: &Value) -> Answer {
    let client = client.with("content-type", "application/json");
    let client = tag.map_or(client.clone(), |tag| client.with("if-match", tag));
    client.send(Method::PATCH, path, body.to_string()).await
}

/// The ids of a page of the list.
fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Waits until so many exchanges are written.
async fn written(world: &World, count: i64) {
    eventually(async || match world.query::<i64>("SELECT count(*) FROM vestibule.exchanges").await[..] {
        [found] if found == count => Ok(()),
        ref found => Err(found.to_vec()),
    })
    .await;
}

/// The list, once it has so many conversations.
async fn listed(staff: &Http, query: &str, count: usize) -> Value {
    let mut page = Value::Null;
    eventually(async || {
        page = ok(&staff.get(&format!("{LIST}?{query}")).await);
        let found = page["data"].as_array().unwrap().len();
        if found == count { Ok(()) } else { Err((found, page.clone())) }
    })
    .await;
    page
}

/// The transcript of the only conversation that the query finds.
async fn transcript(staff: &Http, query: &str) -> Value {
    let page = listed(staff, query, 1).await;
    ok(&staff.get(&format!("{LIST}/{}", ids(&page)[0])).await)
}

async fn keep_nothing(world: &World) {
    world.change_settings(r#"settings = settings || '{"store_transcripts": false}'"#).await;
    // Followed by the gateway a moment later.
    eventually(async || {
        let known = world.database.managed_workspaces().find(world.workspace.tenant, "shop").await.unwrap().unwrap();
        if known.content.settings.store_transcripts { Err("not yet") } else { Ok(()) }
    })
    .await;
}

/// Every fault that a 422 names.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{}", answer.text());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

/// Everything that the audit log says of an action.
async fn audited(world: &World, action: &str) -> Vec<String> {
    let query = format!(
        "SELECT actor_kind || ' ' || target || ' ' || coalesce(before::text, '') || ' ' || coalesce(after::text, '')
         FROM vestibule.audit_log WHERE action = '{action}' ORDER BY id"
    );
    world.query(&query).await
}

#[tokio::test]
async fn nobody_without_the_scope_sees_or_does_any_of_it() {
    let world = World::start().await;
    let all_but = |lacking: Scope| {
        let scopes: Vec<_> = Scope::ALL.into_iter().filter(|scope| *scope != lacking).collect();
        scopes
    };
    let id = uuid::Uuid::nil();
    let reader = staff_with(&world, &all_but(Scope::ConversationsRead)).await;
    for path in [LIST.to_owned(), format!("{LIST}/{id}"), format!("{LIST}/export"), GAPS.to_owned()] {
        assert_eq!(told(&reader.get(&path).await), (403, "insufficient_scope".into()), "{path}");
    }
    let marked = patch(&reader, &format!("{LIST}/{id}"), Some("*"), &json!({"solved": true})).await;
    assert_eq!(told(&marked), (403, "insufficient_scope".into()));
    let writer = staff_with(&world, &all_but(Scope::DocumentsWrite)).await;
    let document = json!({"title": "Returns", "text": "Free within 30 days."});
    assert_eq!(told(&writer.post(DOCUMENTS, &document).await), (403, "insufficient_scope".into()));
    assert_eq!(told(&writer.delete(&format!("{DOCUMENTS}/{id}")).await), (403, "insufficient_scope".into()));
    let eraser = staff_with(&world, &all_but(Scope::PrivacyErase)).await;
    let order = json!({"conversation_id": id});
    assert_eq!(told(&eraser.post(ERASURES, &order).await), (403, "insufficient_scope".into()));
    assert_eq!(told(&eraser.get(&format!("{ERASURES}/{id}")).await), (403, "insufficient_scope".into()));
    // A page's key cannot even be given these scopes, and reads nothing.
    let page = world.browser().await;
    for path in [LIST, GAPS, DOCUMENTS] {
        assert_eq!(told(&page.get(path).await), (403, "insufficient_scope".into()), "{path}");
    }
}
