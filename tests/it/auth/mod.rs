//! People: logging in with the AnythingLLM account, staying, and being out.

mod attacks;
mod canaries;
mod login;
mod members;
mod refresh;
mod roles;
mod sessions;
mod signing;
mod throttle;
mod ui_link;

use crate::harness::{Answer, Http, World, WorldBuilder};
use serde_json::{Value, json};

/// The password of every account in these tests.
const PASSWORD: &str = "User-pass-1";

/// An endpoint for users that asks nothing of AnythingLLM.
const CHEAP: &str = "/api/v1/auth/sessions";

/// A world whose refused logins are answered soon, and many of them.
fn world() -> WorldBuilder {
    World::builder().set("AUTH_LOGIN_FAILURE_MILLIS", 1).set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 10_000)
}

/// A world with an account of each role: `anna` the admin, `mona` the manager, `dora` with a seat in the workspace.
async fn populated() -> World {
    let world = world().start().await;
    let control = world.upstream.control();
    control.add_user("anna", PASSWORD, "admin");
    control.add_user("mona", PASSWORD, "manager");
    control.add_user("dora", PASSWORD, "default");
    control.add_member(&world.workspace.upstream_slug, "dora");
    world
}

async fn try_log_in(http: &Http, username: &str, password: &str) -> Answer {
    http.post("/api/v1/auth/login", &json!({"username": username, "password": password})).await
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
struct Person {
    http: Http,
    access: String,
    refresh: String,
    body: Value,
}

impl Person {
    async fn log_in(http: &Http, username: &str) -> Self {
        let answer = try_log_in(http, username, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self::of(http, &answer)
    }

    fn of(http: &Http, answer: &Answer) -> Self {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { http: http.clone(), access: text("access_token"), refresh: text("refresh_token"), body }
    }

    async fn log_out(&self, query: &str) -> Answer {
        self.client().send(http::Method::POST, &format!("/api/v1/auth/logout{query}"), "{}").await
    }

    /// A client that sends the access token.
    fn client(&self) -> Http {
        self.http.bearer(&self.access)
    }

    async fn try_refresh(&self) -> Answer {
        try_refresh(&self.http, &self.refresh).await
    }

    async fn refreshed(&self) -> Self {
        let answer = self.try_refresh().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self::of(&self.http, &answer)
    }

    fn user_id(&self) -> i64 {
        self.body["user"]["id"].as_i64().unwrap()
    }

    /// The claims of the access token, unverified.
    fn claims(&self) -> Value {
        part(&self.access, 1)
    }

    fn session(&self) -> String {
        self.claims()["sid"].as_str().unwrap().to_owned()
    }
}

async fn try_refresh(http: &Http, token: &str) -> Answer {
    http.post("/api/v1/auth/refresh", &json!({"refresh_token": token})).await
}

/// Header (0) or claims (1) of a token.
fn part(token: &str, number: usize) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let encoded = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

/// Status and code, `200` and nothing for an answer that is none.
fn told(answer: &Answer) -> (u16, String) {
    let code = if answer.status.is_success() { String::new() } else { answer.code() };
    (answer.status.as_u16(), code)
}

/// For `eventually`: whether the client is now answered with this status.
async fn expect(client: &Http, path: &str, status: u16) -> Result<(), u16> {
    let found = client.get(path).await.status.as_u16();
    if found == status { Ok(()) } else { Err(found) }
}
