//! The pages about keys.

use super::{Staff, populated};
use crate::harness::World;
use vestibule::domain::key::KeyKind;

#[tokio::test]
async fn keys_are_listed_with_their_state_and_found() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let empty = mona.page("/console/keys").await;
    assert!(empty.contains("There are no keys yet"), "{empty}");
    let key = world.key(world.spec(KeyKind::Publishable)).await;
    let public_id = key.split('_').nth(3).unwrap()[..12].to_owned();
    let page = mona.page("/console/keys").await;
    assert!(page.contains(&public_id) && page.contains(">active<"), "{page}");
    assert!(!page.contains(&key), "the key itself is nowhere");
    assert!(mona.page("/console/keys?q=nothing-like-that").await.contains("No key is like that."));
    assert!(mona.page(&format!("/console/keys?workspace={}&status=&kind=", world.workspace.slug)).await.contains(&public_id));
    assert_eq!(mona.get("/console/keys?workspace=none-such").await.status, 404);
}

#[tokio::test]
async fn members_see_no_keys() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    let answer = dora.get("/console/keys").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("Your role does not allow this."), "{}", answer.text());
}
