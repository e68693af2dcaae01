//! The pages about keys, from making one to its end.

use super::{Staff, populated};
use crate::harness::World;
use serde_json::json;
use vestibule::domain::key::KeyKind;

const ORIGIN: &str = "https://shop.example";

/// The fields of a publishable key as its form sends them.
fn fields<'a>(name: &'a str, origins: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("kind", "publishable"),
        ("env", "live"),
        ("name", name),
        ("allowed_origins", origins),
        ("scopes", "chat:write"),
        ("scopes", "widget:read"),
        ("limits.per_minute", "50"),
    ]
}

/// The key that a page shows this once.
fn shown(page: &str) -> String {
    let (_, rest) = page.split_once("<code>vst_").expect("a key is shown");
    format!("vst_{}", rest.split('<').next().unwrap())
}

fn public_id(key: &str) -> String {
    key.split('_').nth(3).unwrap()[..12].to_owned()
}

async fn made(world: &World, mona: &mut Staff) -> String {
    mona.page("/console/new-key").await;
    let mut form = fields("Storefront", ORIGIN);
    form.push(("workspace", &world.workspace.slug));
    shown(&mona.done("/console/new-key", &form).await)
}

async fn ask(world: &World, key: &str, origin: &str) -> http::StatusCode {
    let http = world.public().bearer(key).with("origin", origin);
    http.post("/api/v1/chat", &json!({"message": "Which drill?", "session_id": "s-1"})).await.status
}

#[tokio::test]
async fn keys_are_listed_with_their_state_and_found() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let empty = mona.page("/console/keys").await;
    assert!(empty.contains("There are no keys yet"), "{empty}");
    let key = world.key(world.spec(KeyKind::Publishable)).await;
    let id = public_id(&key);
    let page = mona.page("/console/keys").await;
    assert!(page.contains(&id) && page.contains(">active<"), "{page}");
    assert!(!page.contains(&key), "the key itself is nowhere");
    assert!(mona.page("/console/keys?q=nothing-like-that").await.contains("No key is like that."));
    let of_one = format!("/console/keys?workspace={}&status=&kind=", world.workspace.slug);
    assert!(mona.page(&of_one).await.contains(&id));
    assert_eq!(mona.get("/console/keys?workspace=none-such").await.status, 404);
}

#[tokio::test]
async fn a_key_is_made_shown_once_used_and_revoked() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let key = made(&world, &mut mona).await;
    let place = format!("/console/keys/{}", public_id(&key));
    assert_eq!(ask(&world, &key, ORIGIN).await, 200);
    assert_eq!(ask(&world, &key, "https://elsewhere.example").await, 403);
    let page = mona.page(&place).await;
    assert!(!page.contains(&key), "it is not shown again");
    assert!(page.contains("PASTE_YOUR_PUBLISHABLE_KEY_HERE") && page.contains("WooCommerce"), "{page}");
    assert!(page.contains(r#"name="limits.per_minute" value="50""#), "{page}");

    let off = mona.done(&format!("{place}/switch"), &[("enabled", "false")]).await;
    assert!(off.contains("The key is switched off") && off.contains(">switched off<"), "{off}");
    assert_eq!(ask(&world, &key, ORIGIN).await, 401);
    // Said once.
    assert!(!mona.page(&place).await.contains("The key is switched off: it is refused from now on."));
    mona.done(&format!("{place}/switch"), &[("enabled", "true")]).await;
    assert_eq!(ask(&world, &key, ORIGIN).await, 200);

    let gone = mona.done(&format!("{place}/revoke"), &[("reason", "was <b>copied</b>")]).await;
    assert!(gone.contains("The key is revoked for good.") && gone.contains("was &lt;b&gt;copied&lt;/b&gt;"), "{gone}");
    assert_eq!(ask(&world, &key, ORIGIN).await, 401);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_lost() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/new-key").await;
    let mut form = fields("Storefront", "shop.example/path");
    form.extend([("workspace", world.workspace.slug.as_str()), ("limits.burst", "0")]);
    let answer = mona.post("/console/new-key", &form).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    for id in ["f-allowed_origins-fault", "f-limits-burst-fault"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}: {page}");
    }
    assert!(
        page.contains("shop.example/path") && page.contains(r#"name="limits.burst" value="0""#),
        "what was typed is there: {page}"
    );
    assert!(mona.page("/console/keys").await.contains("There are no keys yet"));
}

#[tokio::test]
async fn another_list_of_origins_is_tried_before_it_is_saved() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let key = made(&world, &mut mona).await;
    let place = format!("/console/keys/{}", public_id(&key));
    ask(&world, &key, ORIGIN).await;
    ask(&world, &key, "https://refused.example").await;
    crate::harness::eventually(async || {
        let page = mona.clone().page(&place).await;
        if page.contains("https://refused.example") { Ok(()) } else { Err(page) }
    })
    .await;
    let mut form = fields("Storefront", "https://other.example");
    form.push(("try", "yes"));
    let answer = mona.post(&place, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        super::as_read(answer.text()).contains("https://shop.example</code> would be refused"),
        "{}",
        answer.text()
    );
    assert_eq!(ask(&world, &key, ORIGIN).await, 200, "nothing was saved");
}

#[tokio::test]
async fn a_key_is_rotated_and_the_old_one_says_what_still_uses_it() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let key = made(&world, &mut mona).await;
    let place = format!("/console/keys/{}", public_id(&key));
    mona.page(&place).await;
    let form = [("grace_from", "first_use"), ("grace_seconds", "3600")];
    let next = shown(&mona.done(&format!("{place}/rotate"), &form).await);
    assert_ne!(next, key);
    assert_eq!((ask(&world, &key, ORIGIN).await.as_u16(), ask(&world, &next, ORIGIN).await.as_u16()), (200, 200));
    let page = mona.page(&place).await;
    assert!(page.contains("Another key has taken over from this one:"), "{page}");
}

#[tokio::test]
async fn a_key_that_somebody_else_has_changed_is_not_overwritten_unseen() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let key = made(&world, &mut mona).await;
    let place = format!("/console/keys/{}", public_id(&key));
    let version =
        |page: &str| page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let read = version(&mona.page(&place).await);
    let mut form = fields("Renamed", ORIGIN);
    form.push(("version", &read));
    assert!(mona.done(&place, &form).await.contains("The key was changed."));
    let again = mona.post(&place, &form).await;
    assert_eq!(again.status, 412);
    assert!(again.text().contains("Somebody has changed this key"), "{}", again.text());
    assert_ne!(version(again.text()), read, "saved again it counts");
}
