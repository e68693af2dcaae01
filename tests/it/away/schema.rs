//! A schema that is older or newer than the program.

use super::{away, chat, told};
use crate::harness::{Process, World, eventually};
use serde_json::json;
use vestibule::domain::key::KeyKind;
use vestibule::storage::MIGRATOR;

/// As a later version leaves it: a migration that this one does not know, and what it made.
const LATER: &str = "
    ALTER TABLE vestibule.conversations ADD COLUMN later text DEFAULT 'x';
    CREATE TABLE vestibule.later (id integer);
    INSERT INTO vestibule.schema_migrations VALUES (9999, 'later', now(), true, '\\x00', 1)";

#[tokio::test]
async fn a_program_starts_and_serves_on_a_newer_schema() {
    let world = World::start().await;
    world.sql(LATER).await;
    let process = Process::serve(&world, &[("VESTIBULE_DATABASE_MIGRATE_ON_START", "true")]).await;
    process.line(|line| line["message"].as_str().is_some_and(|said| said.starts_with("the schema is newer"))).await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let client = process.public().bearer(&key);
    assert_eq!(chat(&client, "one").await.status, 200);
    assert_eq!(client.delete("/api/v1/messages?session_id=one").await.status, 204);
    let ready = process.ops().get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
}

/// As in a rolling upgrade, and on the way back: what one has begun the other goes on with. `make test-before` runs this
/// with the program of the version before.
#[tokio::test]
async fn another_version_serves_beside_this_one_on_the_same_schema() {
    let world = World::start().await;
    let process = Process::serve(&world, &[]).await;
    let ready = process.ops().get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let (ours, theirs) = (world.public().bearer(&key), process.public().bearer(&key));
    for (name, asks, reads) in [("ours", &ours, &theirs), ("theirs", &theirs, &ours)] {
        let request_id = format!("asked-{name}");
        let asked = asks.with("x-request-id", &request_id);
        assert_eq!(chat(&asked, name).await.status, 200, "{name}");
        let stream = json!({"message": "What does it cost?", "session_id": name, "stream": true});
        let streamed = reads.post("/api/v1/chat", &stream).await;
        assert!(streamed.text().contains("event: done"), "{name}: {}", streamed.text());
        let passages = asks.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
        assert_eq!(passages.status, 200, "{name}: {}", passages.text());
        let messages = format!("/api/v1/messages?session_id={name}");
        let told = asks.get(&messages).await.json();
        assert_eq!(told["data"].as_array().map(Vec::len), Some(4), "{name}: {told}");
        assert_eq!(reads.delete(&messages).await.status, 204, "{name}");
        assert_eq!(asks.get(&messages).await.json()["data"], json!([]), "{name}");
        world.until_recorded(&request_id).await;
    }
}

#[tokio::test]
async fn a_gateway_is_not_ready_before_the_schema_is_as_new_as_it_is() {
    let world = World::start().await;
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap();
    let set = async |success: bool| {
        world
            .sql(&format!("UPDATE vestibule.schema_migrations SET success = {success} WHERE version = {newest}"))
            .await;
    };
    set(false).await;
    let old = world.replica().await;
    let ready = old.ops().get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text().starts_with("database ok\nwritable ok\nschema no\n"), "{}", ready.text());
    set(true).await;
    eventually(async || match old.ops().get("/readyz").await {
        ready if ready.status == 200 => Ok(()),
        ready => Err(ready.text().to_owned()),
    })
    .await;

    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.sql("ALTER SCHEMA vestibule RENAME TO elsewhere").await;
    for gateway in [&world, &old] {
        let answer = chat(&gateway.public().bearer(&key), "one").await;
        assert_eq!(told(&answer), away(), "no defect of the program: {}", answer.text());
        let ready = gateway.ops().get("/readyz").await;
        assert_eq!(ready.status, 503);
        assert!(ready.text().contains("schema no\n"), "{}", ready.text());
    }
}
