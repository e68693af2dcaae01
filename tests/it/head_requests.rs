//! `HEAD` is `GET` for every rule: what is throttled, counted, refused or written down for the one is for the other.

use crate::harness::{Http, KeySpec, ORIGIN, World, eventually};
use http::Method;
use serde_json::json;
use vestibule::domain::key::{KeyKind, KeyLimits};

const SSO: &str = "/api/request-token/sso/simple?token=abc";
const CHEAP: &str = "/api/v1/messages?session_id=nobody";

async fn status(http: &Http, method: Method, path: &str) -> u16 {
    http.send(method, path, "").await.status.as_u16()
}

#[tokio::test]
async fn a_login_by_link_is_throttled_for_both_together() {
    let world = World::builder().set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 4).start().await;
    let admin = world.admin();
    for method in [Method::HEAD, Method::GET, Method::HEAD, Method::GET] {
        assert_ne!(status(&admin, method, SSO).await, 429);
    }
    let asked = world.upstream.control().request_count();
    for path in [SSO, "/API/Request-Token/SSO/simple?token=abc", "/api/request-token/sso/simple/?token=x"] {
        for method in [Method::HEAD, Method::GET] {
            assert_eq!(status(&admin, method.clone(), path).await, 429, "{method} {path}");
        }
    }
    assert_eq!(world.upstream.control().request_count(), asked, "no token was spent by who was refused");
    let answer = world.admin().post("/api/request-token", &json!({"username": "a", "password": "b"})).await;
    assert_eq!(answer.code(), "login_throttled");
}

#[tokio::test]
async fn limits_credentials_and_origins_are_asked_for_alike() {
    let world = World::start().await;
    let limits = KeyLimits { per_minute: Some(1), burst: Some(4), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    for method in [Method::HEAD, Method::GET] {
        assert_eq!(status(&world.public(), method.clone(), CHEAP).await, 401);
        let elsewhere = page.with("origin", "https://elsewhere.example");
        assert_eq!(status(&elsewhere, method.clone(), CHEAP).await, 403);
        assert_eq!(status(&world.public().bearer(&key), method.clone(), CHEAP).await, 403, "no page at all");
        assert_eq!(status(&page, method.clone(), "/api/v1/no-such-thing").await, 404);
        assert_eq!(status(&page, method.clone(), "/api/v1/knowledge/query").await, 405);
        assert_eq!(status(&world.admin(), method.clone(), "/api/env-dump").await, 404);
        assert_eq!(status(&world.admin(), method, &format!("/api/embed/{key}")).await, 404, "our keys stay here");
    }
    for method in [Method::HEAD, Method::GET, Method::HEAD, Method::GET] {
        assert_eq!(status(&page, method, CHEAP).await, 200);
    }
    for method in [Method::HEAD, Method::GET] {
        assert_eq!(status(&page, method, CHEAP).await, 429);
    }
}

#[tokio::test]
async fn what_may_be_kept_and_what_is_written_down_is_alike() {
    let world = World::start().await;
    let page = world.browser().await;
    let get = page.get("/api/v1/widget/config").await;
    let head = page.send(Method::HEAD, "/api/v1/widget/config", "").await;
    assert_eq!((head.status, head.body.len()), (get.status, 0));
    for name in ["etag", "cache-control", "content-type", "vary"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    let known = page.with("if-none-match", get.header("etag").unwrap());
    for method in [Method::HEAD, Method::GET] {
        assert_eq!(status(&known, method, "/api/v1/widget/config").await, 304);
    }
    eventually(async || {
        let sql = "SELECT count(*) FROM vestibule.usage_events WHERE route = 'widget.config'";
        let counted = world.query::<i64>(sql).await;
        if counted == [4] { Ok(()) } else { Err(counted) }
    })
    .await;
    let metrics = world.ops().get("/metrics").await;
    let series = "vestibule_requests_total{route=\"widget.config\",outcome=\"ok\"} 4";
    assert!(metrics.text().contains(series), "{}", metrics.text());
    for method in [Method::HEAD, Method::GET] {
        assert_eq!(status(&world.ops(), method, "/healthz").await, 200);
    }
    assert_eq!(status(&world.ops(), Method::POST, "/healthz").await, 405);
}
