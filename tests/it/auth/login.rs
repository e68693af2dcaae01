//! The way in: what a login gives, and every way it is refused.

use super::{CHEAP, PASSWORD, Person, part, populated, told, try_log_in, world};
use crate::harness::{World, eventually};
use serde_json::json;
use vestibule_stand_in::{Credentials, Failure, Mode, Options};

#[tokio::test]
async fn a_login_gives_tokens_the_user_and_their_workspaces() {
    let world = populated().await;
    world.add_workspace("other").await;
    let answer = try_log_in(&world.public(), "dora", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 900);
    let week = body["refresh_expires_in"].as_i64().unwrap();
    assert!((7 * 86_400 - 60..=7 * 86_400).contains(&week), "{week}");
    assert_eq!(body["user"]["username"], "dora");
    assert_eq!(body["user"]["role"], "default");
    assert_eq!(body["user"]["workspaces"], json!([{"slug": "shop", "name": "shop"}]));

    let person = Person::of(&world.public(), &answer);
    let header = part(&person.access, 0);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    assert!(header["kid"].is_string());
    let claims = person.claims();
    assert_eq!(claims["iss"], "https://chat.example");
    assert_eq!(claims["aud"], "vestibule");
    assert_eq!(claims["sub"], person.user_id().to_string());
    assert_eq!(claims["role"], "default");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    assert_eq!(claims["nbf"], claims["iat"]);
    for name in ["sid", "tid", "jti"] {
        assert!(uuid::Uuid::parse_str(claims[name].as_str().unwrap()).is_ok(), "{name}");
    }
    assert_eq!(told(&person.client().get(CHEAP).await), (200, String::new()));

    let me = person.client().get("/api/v1/auth/me").await;
    assert_eq!(me.header("cache-control"), Some("no-store"));
    let me = me.json();
    assert_eq!(me["user"], body["user"]);
    assert_eq!(me["session"]["id"], claims["sid"]);
    assert_eq!((&me["session"]["current"], &me["session"]["ip_prefix"]), (&json!(true), &json!("127.0.0.0/24")));
}

#[tokio::test]
async fn recovery_codes_of_the_first_login_are_told_once() {
    let world = populated().await;
    let first = Person::log_in(&world.public(), "dora").await;
    assert_eq!(first.body["recovery_codes"].as_array().unwrap().len(), 4);
    let second = Person::log_in(&world.public(), "dora").await;
    assert!(second.body.get("recovery_codes").is_none());
    assert!(first.refreshed().await.body.get("recovery_codes").is_none());
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let world = populated().await;
    let known = world.public().with("x-request-id", "request-1");
    let unknown = try_log_in(&known, "nobody", PASSWORD).await;
    let wrong = try_log_in(&known, "dora", "wrong").await;
    let in_capitals = try_log_in(&known, "DORA", PASSWORD).await;
    assert_eq!(told(&unknown), (401, "invalid_credentials".into()));
    assert_eq!(unknown.header("www-authenticate"), Some("Bearer realm=\"vestibule\""));
    for other in [&wrong, &in_capitals] {
        assert_eq!(unknown.text(), other.text());
        let names = |answer: &crate::harness::Answer| {
            let mut names: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&unknown), names(other));
    }
}

#[tokio::test]
async fn a_suspended_user_is_told_only_with_the_right_password() {
    let world = populated().await;
    world.upstream.control().suspend_user("dora", true);
    let right = try_log_in(&world.public(), "dora", PASSWORD).await;
    assert_eq!(told(&right), (403, "forbidden".into()));
    assert!(right.text().contains("suspended"));
    assert_eq!(told(&try_log_in(&world.public(), "dora", "wrong").await), (401, "invalid_credentials".into()));
    let sessions: Vec<i64> = world.query("SELECT count(*) FROM vestibule.auth_sessions").await;
    assert_eq!(sessions, [0]);
}

#[tokio::test]
async fn an_anythingllm_without_accounts_is_a_clear_problem() {
    for mode in [Mode::SingleUserOpen, Mode::SingleUserPassword(PASSWORD.to_owned())] {
        let admin = Credentials { username: "admin".to_owned(), password: PASSWORD.to_owned() };
        let options = Options { mode: mode.clone(), admin, ..Options::default() };
        let world = world().upstream(options).start().await;
        let answer = try_log_in(&world.public(), "admin", PASSWORD).await;
        assert_eq!(told(&answer), (409, "conflict".into()), "{mode:?}: {}", answer.text());
        assert!(answer.text().contains("single-user mode"), "{mode:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn what_is_no_login_is_refused_by_its_fields() {
    let world = populated().await;
    let public = world.public();
    for (body, code) in [
        (json!({}), "validation_failed"),
        (json!({"username": "dora"}), "validation_failed"),
        (json!({"username": "", "password": "x"}), "validation_failed"),
        (json!({"username": "dora", "password": ""}), "validation_failed"),
        (json!({"username": "x".repeat(257), "password": "x"}), "validation_failed"),
        (json!({"username": "dora", "password": "x".repeat(1025)}), "validation_failed"),
        (json!({"username": "dora", "password": PASSWORD, "role": "admin"}), "validation_failed"),
        (json!({"username": {"$ne": ""}, "password": PASSWORD}), "validation_failed"),
        (json!({"username": "dora", "password": ["x"]}), "validation_failed"),
    ] {
        let answer = public.post("/api/v1/auth/login", &body).await;
        assert_eq!(told(&answer), (422, code.into()), "{body}: {}", answer.text());
    }
    let form = public.with("content-type", "application/x-www-form-urlencoded");
    let answer = form.send(http::Method::POST, "/api/v1/auth/login", "username=dora&password=x").await;
    assert_eq!(told(&answer), (415, "unsupported_media_type".into()));
    assert_eq!(told(&public.get("/api/v1/auth/login").await), (405, "method_not_allowed".into()));
    assert!(world.upstream.control().requests().is_empty());
}

#[tokio::test]
async fn failures_of_anythingllm_have_codes_of_their_own_and_count_as_no_guess() {
    let world = world().set("UPSTREAM_RESPONSE_MILLIS", 1000).start().await;
    let control = world.upstream.control();
    control.add_user("dora", PASSWORD, "default");
    for (failure, status, code) in [
        (Failure::Status500, 502, "upstream_error"),
        (Failure::Hang, 504, "upstream_timeout"),
        (Failure::Html, 502, "upstream_contract"),
    ] {
        control.fail_on("/api/request-token", failure.clone());
        // More of them than may be guessed for nothing.
        for _ in 0..2 {
            let answer = try_log_in(&world.public(), "dora", PASSWORD).await;
            assert_eq!(told(&answer), (status, code.into()), "{failure:?}: {}", answer.text());
        }
        control.heal();
    }
    Person::log_in(&world.public(), "dora").await;
    world.upstream.stop().await;
    assert_eq!(told(&try_log_in(&world.public(), "dora", PASSWORD).await), (502, "upstream_unavailable".into()));
}

#[tokio::test]
async fn without_the_database_nobody_logs_in() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    world.cut_off_the_database().await;
    let answer = try_log_in(&world.public(), "dora", PASSWORD).await;
    assert_eq!(told(&answer), (503, "service_unavailable".into()));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(told(&person.try_refresh().await), (503, "service_unavailable".into()));
    world.restore_the_database().await;
    eventually(async || {
        let answer = person.try_refresh().await;
        if answer.status == 200 { Ok(()) } else { Err(answer.status) }
    })
    .await;
}

#[tokio::test]
async fn the_password_and_anythingllms_token_are_not_in_the_answer_nor_in_the_database() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    assert!(!person.body.to_string().contains(PASSWORD));
    let sent: Vec<String> = world
        .upstream
        .control()
        .requests()
        .iter()
        .filter(|request| request.path_and_query == "/api/workspaces")
        .map(|request| request.headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned())
        .collect();
    assert!(!sent.is_empty());
    let rows: Vec<String> = world.query("SELECT s::text FROM vestibule.auth_sessions s").await;
    for token in &sent {
        assert!(!person.body.to_string().contains(token.as_str()));
        assert!(!rows.iter().any(|row| row.contains(token.as_str())));
        let bytes: String = token.bytes().map(|b| format!("{b:02x}")).collect();
        assert!(!rows.iter().any(|row| row.contains(&bytes)));
    }
    assert!(!rows.iter().any(|row| row.contains(&person.refresh)));
}

#[tokio::test]
async fn a_web_page_of_another_origin_can_log_in() {
    let world: World = populated().await;
    let page = world.public().with("origin", "https://staff.example");
    let preflight = page.with("access-control-request-method", "POST").options("/api/v1/auth/login").await;
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://staff.example"));
    let answer = try_log_in(&page, "dora", PASSWORD).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://staff.example"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let person = Person::of(&page, &answer);
    assert_eq!(person.client().get("/api/v1/auth/me").await.status, 200);
}
