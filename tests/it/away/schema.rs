//! A schema that is older or newer than the program.

use super::chat;
use crate::harness::{Process, World, eventually};
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
    process.line(|line| line["found"] == 9999).await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let client = process.public().bearer(&key);
    assert_eq!(chat(&client, "one").await.status, 200);
    assert_eq!(client.delete("/api/v1/messages?session_id=one").await.status, 204);
    let ready = process.ops().get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
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

    world.sql("ALTER SCHEMA vestibule RENAME TO elsewhere").await;
    for gateway in [&world, &old] {
        let ready = gateway.ops().get("/readyz").await;
        assert_eq!(ready.status, 503);
        assert!(ready.text().contains("schema no\n"), "{}", ready.text());
    }
}
