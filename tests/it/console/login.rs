//! Logging in and out, and what the browser is given to keep.

use super::{PASSWORD, Staff, populated};
use crate::harness::World;
use chrono::TimeDelta;

const COOKIE: &str = "vestibule_console";

fn cookies(answer: &crate::harness::Answer) -> Vec<String> {
    answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn staff_log_in_with_their_account_and_out_again() {
    let world = populated(World::builder()).await;
    // AnythingLLM tells recovery codes with the first login, which has a page of its own.
    Staff::log_in(&world, "mona").await;
    let mut mona = Staff::stranger(world.admin());
    let asked = mona.get("/console/keys?q=a").await;
    assert_eq!(
        (asked.status.as_u16(), asked.header("location")),
        (303, Some("/console/login?next=%2Fconsole%2Fkeys%3Fq%3Da"))
    );
    let form = mona.page("/console/login?next=%2Fconsole%2Fkeys%3Fq%3Da").await;
    assert!(form.contains(r#"name="next" value="/console/keys?q=a""#), "{form}");
    let begun = mona
        .post("/console/login", &[("username", "mona"), ("password", PASSWORD), ("next", "/console/keys?q=a")])
        .await;
    assert_eq!((begun.status.as_u16(), begun.header("location")), (303, Some("/console/keys?q=a")));
    let cookie = &cookies(&begun)[0];
    assert!(cookie.starts_with(&format!("{COOKIE}=")), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(mona.page("/console/keys").await.contains("mona"));

    let out = mona.post("/console/logout", &[]).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, Some("/console/login?over=yes")));
    assert_eq!(mona.cookies.get(COOKIE), None);
    // The cookie that somebody has kept is worth nothing any more.
    let kept = cookie.split(';').next().unwrap().split_once('=').unwrap().1;
    mona.cookies.insert(COOKIE.into(), kept.into());
    assert_eq!(mona.get("/console/keys").await.header("location"), Some("/console/login?next=%2Fconsole%2Fkeys"));
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let world = populated(World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.1/32")).await;
    // AnythingLLM tells recovery codes with the first login, which has a page of its own.
    Staff::log_in(&world, "mona").await;
    let mut mona = Staff::stranger(world.admin().with("x-forwarded-proto", "https"));
    let begun = mona.post("/console/login", &[("username", "mona"), ("password", PASSWORD)]).await;
    let cookie = &cookies(&begun)[0];
    assert!(cookie.starts_with("__Host-vestibule_console="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
    mona.page("/console/keys").await;
    // One that a page without TLS could have set does not count.
    let value = mona.cookies.remove("__Host-vestibule_console").unwrap();
    mona.cookies.insert(COOKIE.into(), value);
    assert_eq!(mona.get("/console/keys").await.status, 303);
}

#[tokio::test]
async fn wrong_passwords_are_told_and_throttled_like_those_of_the_api() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::stranger(world.admin());
    let refused = mona.post("/console/login", &[("username", "mona\"><script>"), ("password", "no")]).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("Name or password is wrong."), "{}", refused.text());
    assert!(refused.text().contains("mona&quot;&gt;&lt;script&gt;") && !refused.text().contains("<script>"));
    assert!(mona.cookies.is_empty());
    let mut throttled = None;
    for _ in 0..20 {
        let answer = mona.post("/console/login", &[("username", "mona"), ("password", "no")]).await;
        if answer.status == 429 {
            throttled = Some(answer);
            break;
        }
    }
    let throttled = throttled.expect("it is throttled");
    assert!(throttled.header("retry-after").is_some());
    assert!(throttled.text().contains("Too many attempts"), "{}", throttled.text());
    // The same name at the API: one throttle for both.
    let api =
        world.public().post("/api/v1/auth/login", &serde_json::json!({"username": "mona", "password": "no"})).await;
    assert_eq!(api.code(), "login_throttled");
}

#[tokio::test]
async fn no_login_leads_elsewhere() {
    let world = populated(World::builder()).await;
    // AnythingLLM tells recovery codes with the first login, which has a page of its own.
    Staff::log_in(&world, "mona").await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "/console//evil.example", "/api/v1/keys"]
    {
        let mut mona = Staff::stranger(world.admin());
        let begun = mona.post("/console/login", &[("username", "mona"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!((begun.status.as_u16(), begun.header("location")), (303, Some("/console")), "{next}");
    }
}

#[tokio::test]
async fn a_cookie_is_no_credential_of_the_api_and_a_token_none_of_the_console() {
    let world = populated(World::builder()).await;
    let mona = Staff::log_in(&world, "mona").await;
    let cookie = format!("{COOKIE}={}", mona.cookies[COOKIE]);
    assert_eq!(world.admin().with("cookie", &cookie).get("/api/v1/keys").await.status, 401);
    assert_eq!(world.admin().bearer(&mona.cookies[COOKIE]).get("/api/v1/keys").await.code(), "invalid_token");
    let login = serde_json::json!({"username": "mona", "password": PASSWORD});
    let token =
        world.public().post("/api/v1/auth/login", &login).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.admin().bearer(&token).get("/console/keys").await.status, 303);
    assert_eq!(world.admin().with("cookie", &format!("{COOKIE}={token}")).get("/console/keys").await.status, 303);
}

#[tokio::test]
async fn a_cookie_that_was_changed_or_is_sent_twice_is_none() {
    let world = populated(World::builder()).await;
    let mona = Staff::log_in(&world, "mona").await;
    let value = &mona.cookies[COOKIE];
    let status =
        async |cookie: String| world.admin().with("cookie", &cookie).get("/console/keys").await.status.as_u16();
    assert_eq!(status(format!("{COOKIE}={value}")).await, 200);
    for bad in [
        format!("{COOKIE}="),
        format!("{COOKIE}={}", &value[..value.len() - 2]),
        format!("{COOKIE}={value}x"),
        format!("{COOKIE}={value}; {COOKIE}={value}"),
        format!("__Host-{COOKIE}={value}"),
        format!("{COOKIE}={}", value.replace('.', "")),
        format!("{COOKIE}={}", "x".repeat(5000)),
    ] {
        assert_eq!(status(bad.clone()).await, 303, "{bad}");
    }
}

#[tokio::test]
async fn a_session_is_refreshed_on_the_way_and_ends_with_the_account() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let before = mona.cookies[COOKIE].clone();
    mona.page("/console/keys").await;
    assert_eq!(mona.cookies[COOKIE], before, "nothing is refreshed before its time");
    let later = world.later(TimeDelta::minutes(16)).await;
    mona.http = later.admin().with("sec-fetch-site", "same-origin");
    mona.page("/console/keys").await;
    assert_ne!(mona.cookies[COOKIE], before, "the next cookie comes with the page");
    // Another tab that still has the cookie from before goes on, too.
    let mut tab = mona.clone();
    tab.cookies.insert(COOKIE.into(), before);
    tab.page("/console/keys").await;
}

#[tokio::test]
async fn the_console_is_on_the_public_listener_only_where_that_is_set() {
    let world = populated(World::builder()).await;
    for path in ["/console", "/console/login", "/console/keys", "/console/nothing", "/console/assets/console.css"] {
        assert_eq!(world.public().get(path).await.code(), "not_found", "{path}");
    }
    assert_eq!(
        world
            .public()
            .with("sec-fetch-site", "same-origin")
            .send(http::Method::POST, "/console/login", "")
            .await
            .code(),
        "not_found"
    );
    let open = populated(World::builder().set("CONSOLE_PUBLIC", true)).await;
    Staff::log_in(&open, "mona").await;
    assert_eq!(open.public().get("/console/login").await.status, 200);
    let mut mona = Staff::stranger(open.public());
    let begun = mona.post("/console/login", &[("username", "mona"), ("password", PASSWORD)]).await;
    assert_eq!(begun.status, 303);
    mona.page("/console/keys").await;
}

#[tokio::test]
async fn what_is_no_page_of_the_console_is_not_anythingllms_either() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let answer = mona.get("/console/nothing/here").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(answer.text().contains("There is no such page in the console."), "{}", answer.text());
}

#[tokio::test]
async fn a_first_login_shows_the_recovery_codes_once() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::stranger(world.admin());
    let first = mona.post("/console/login", &[("username", "mona"), ("password", PASSWORD)]).await;
    assert_eq!(first.status, 200);
    assert!(first.text().contains("Keep your recovery codes"), "{}", first.text());
    mona.page("/console/keys").await;
    let second = mona.post("/console/login", &[("username", "mona"), ("password", PASSWORD)]).await;
    assert_eq!(second.status, 303);
}
