//! AnythingLLM's interface has the origin of the console, and its server may be slow, or not a friend: it gets none of
//! our cookies, sets none, reads no page, and keeps no page waiting.

use super::webhooks::{fields, made};
use super::{PASSWORD, Staff, populated};
use crate::harness::World;
use http::Method;
use vestibule::endpoints::{Credential, OpenedAs, endpoints};
use vestibule_stand_in::Failure;

#[tokio::test]
async fn anythingllm_is_sent_no_cookie_of_ours() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let control = world.upstream.control();
    control.clear_requests();
    anna.cookies.insert("theirs".into(), "1".into());
    anna.cookies.insert("__Host-vestibule_console".into(), "x".into());
    for (method, path) in
        [(Method::GET, "/api/ping"), (Method::GET, "/workspace/x"), (Method::POST, "/CONSOLE/language")]
    {
        anna.send(method, path, String::new()).await;
    }
    let passed = control.requests();
    assert_eq!(passed.len(), 3);
    for request in passed {
        let cookies: Vec<_> = request.headers.get_all("cookie").iter().collect();
        assert_eq!(cookies, ["theirs=1"], "{}", request.path_and_query);
    }
    // With nothing else to say there is no such line.
    anna.cookies.remove("theirs");
    anna.get("/api/ping").await;
    assert!(!control.requests().last().unwrap().headers.contains_key("cookie"));
}

#[tokio::test]
async fn no_script_reads_a_page_or_sends_a_form() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    anna.page("/console/keys").await;
    let opened = async |row: &vestibule::endpoints::Endpoint, destination: &str| {
        let path: Vec<_> = row.path.split('/').map(|part| if part.starts_with('{') { "shop" } else { part }).collect();
        let mut anna = Staff { http: world.admin().with("sec-fetch-site", "same-origin"), ..anna.clone() };
        anna.http = anna.http.with("sec-fetch-dest", destination);
        let answer = match row.method {
            Method::GET => anna.get(&path.join("/")).await,
            _ => anna.post(&path.join("/"), &[]).await,
        };
        !answer.text().contains("are opened in a tab")
    };
    let mut parts = 0;
    for row in endpoints().filter(|row| row.name != "console.log_out") {
        let Credential::Cookie(opened_as) = row.credential else { continue };
        assert_eq!(opened(row, "empty").await, opened_as == OpenedAs::Part, "{}", row.name);
        assert_eq!(opened(row, "iframe").await, opened_as == OpenedAs::Frame, "{}", row.name);
        parts += usize::from(opened_as == OpenedAs::Part);
    }
    assert!(parts > 2);
    let mut tab = Staff { http: world.admin().with("sec-fetch-dest", "document"), ..anna.clone() };
    tab.page("/console/keys").await;
}

#[tokio::test]
async fn what_scripts_may_read_has_no_form() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let (place, _) = made(&mut anna, &fields("https://hooks.example/in", &["key.expiring"], "")).await;
    anna.done(&format!("{place}/test"), &[]).await;
    let whole = anna.page(&place).await;
    assert!(whole.contains("/replay\""), "{whole}");
    let part = anna.page(&format!("{place}/deliveries")).await;
    assert!(!part.contains("form_token") && !part.contains("<form"), "{part}");
}

#[tokio::test]
async fn pages_say_that_anythingllm_is_silent_instead_of_waiting_for_it() {
    // A page that waited as long as answers may take would not come while this test waits.
    let world = populated(World::builder().set("UPSTREAM_RESPONSE_MILLIS", 120_000)).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let control = world.upstream.control();
    control.fail(Failure::Hang);
    for path in ["/console/workspaces/shop", "/console/workspaces/shop/assistant", "/console"] {
        let page = anna.page(path).await;
        assert!(page.contains("AnythingLLM"), "{path}: {page}");
    }
    for path in ["/console/people?workspace=shop", "/console/usage"] {
        let answer = anna.get(path).await;
        assert!(matches!(answer.status.as_u16(), 200 | 504), "{path}: {}", answer.text());
    }
    anna.page("/console/system").await;
}

#[tokio::test]
async fn a_login_leads_to_a_page_of_the_console_and_nowhere_else() {
    let world = populated(World::builder()).await;
    Staff::log_in(&world, "mona").await;
    for (next, place) in [
        ("/console/keys?q=a.b", "/console/keys?q=a.b"),
        ("/console/../sso/simple?token=x", "/console"),
        ("/console/%2e%2e/sso/simple", "/console"),
        ("/console/.%2E/sso/simple", "/console"),
        ("/console/./keys", "/console"),
        ("//evil.example/console", "/console"),
        ("/console//evil.example", "/console"),
        ("/console\\..\\x", "/console"),
        ("https://evil.example/console", "/console"),
    ] {
        let mut mona = Staff::stranger(world.admin());
        let fields = [("username", "mona"), ("password", PASSWORD), ("next", next)];
        assert_eq!(mona.post("/console/login", &fields).await.header("location"), Some(place), "{next}");
    }
}
