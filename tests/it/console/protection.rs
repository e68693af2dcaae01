//! What protects every page in the browser, and in which language it speaks.

use super::{Staff, populated};
use crate::harness::World;

const PAGES: [&str; 11] = [
    "/console",
    "/console/login",
    "/console/keys",
    "/console/new-key",
    "/console/new-workspace",
    "/console/workspaces/shop",
    "/console/workspaces/shop/assistant",
    "/console/workspaces/shop/privacy",
    "/console/workspaces/shop/webhooks",
    "/console/workspaces/shop/new-webhook",
    "/console/nothing",
];

#[tokio::test]
async fn every_page_is_protected_in_the_browser() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    for path in PAGES {
        let answer = mona.get(path).await;
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        let text = answer.text();
        assert!(
            !["<style", " style=", " onclick=", " onload=", " onsubmit="].iter().any(|inline| text.contains(inline)),
            "{path}"
        );
        assert_eq!(
            text.matches("<script").count(),
            text.matches("<script type=\"module\" src=\"/console/assets/").count()
        );
    }
    let page = mona.page("/console/keys").await;
    let asset =
        page.split("href=\"").find_map(|part| part.split('"').next().filter(|part| part.contains(".css"))).unwrap();
    let style = mona.get(asset).await;
    assert_eq!(
        (style.status.as_u16(), style.header("cache-control")),
        (200, Some("public, max-age=31536000, immutable"))
    );
}

#[tokio::test]
async fn pages_speak_the_browsers_language_or_the_one_that_was_chosen() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    assert!(mona.page("/console/keys").await.contains("<html lang=\"en\">"));
    mona.http = mona.http.with("accept-language", "de-AT,de;q=0.9");
    assert!(mona.page("/console/keys").await.contains("<h1>Schlüssel</h1>"));
    mona.post("/console/language", &[("language", "en")]).await;
    assert!(mona.page("/console/keys").await.contains("<h1>Keys</h1>"));
}

#[tokio::test]
async fn what_is_no_page_is_told_as_a_page_too() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    for (path, status) in [("/console/logout", 405), ("/console/workspaces/%ff", 400), ("/console/nothing", 404)] {
        let answer = mona.get(path).await;
        let seen = (answer.status.as_u16(), answer.header("content-type").unwrap());
        assert_eq!(seen, (status, "text/html; charset=utf-8"), "{path}: {}", answer.text());
    }
    // Where the console is not, nothing tells that there is one.
    let outside = world.public().get("/console/logout").await;
    assert_eq!((outside.status.as_u16(), outside.header("content-type")), (404, Some("application/problem+json")));
}
