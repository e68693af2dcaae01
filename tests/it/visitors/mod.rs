//! Visitor tokens and identified visitors.

mod attacks;
mod conversations;
mod identity;
mod management;
mod proof;
mod session;
mod withdrawal;

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const SESSION: &str = "/api/v1/widget/session";
/// A row that asks nothing of AnythingLLM.
const CHEAP: &str = "/api/v1/conversations";
const IDENTITY: &str = "/api/v1/workspaces/shop/identity";
const ROTATE: &str = "/api/v1/workspaces/shop/identity/rotate-secret";
const REVOKE: &str = "/api/v1/workspaces/shop/visitor-tokens/revoke";

/// A browser that was let in.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Sends the token.
    pub(crate) http: Http,
    token: String,
    pub(crate) id: String,
}

impl Visitor {
    /// A visitor of the page that `page` is.
    pub(crate) async fn arrive(page: &Http, body: &Value) -> Self {
        let answer = page.post(SESSION, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self::of(page, &answer)
    }

    fn of(page: &Http, answer: &Answer) -> Self {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let token = text("token");
        Self { http: page.bearer(&token), token, id: text("visitor_id") }
    }

    async fn ask(&self, session: &str) {
        let body = json!({"message": "What does the cordless drill NW-18 cost?", "session_id": session});
        let answer = self.http.post("/api/v1/chat", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Session ids of the visitor's conversations, newest first.
    async fn conversations(&self) -> Vec<String> {
        let answer = self.http.get(CHEAP).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let list = answer.json()["data"].as_array().unwrap().clone();
        list.iter().map(|one| one["session_id"].as_str().unwrap().to_owned()).collect()
    }

    /// How many messages a session id opens to the visitor.
    async fn said(&self, session: &str) -> usize {
        let answer = self.http.get(&format!("/api/v1/messages?session_id={session}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].as_array().unwrap().len()
    }

    pub(crate) fn claims(&self) -> Value {
        part(&self.token, 1)
    }
}

/// Header (0) or claims (1) of a token.
fn part(token: &str, number: usize) -> Value {
    let encoded = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

/// Whoever manages the workspace.
async fn manager(world: &World) -> Http {
    let scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect();
    let key = world.key(KeySpec { scopes, ..world.spec(KeyKind::Secret) }).await;
    world.public().bearer(&key)
}

async fn put(http: &Http, path: &str, body: &Value) -> Answer {
    http.with("content-type", "application/json").send(http::Method::PUT, path, body.to_string()).await
}

/// Makes a secret and switches identity on; gives the secret.
pub(crate) async fn identified(world: &World, enforced: bool) -> String {
    let manager = manager(world).await;
    let made = manager.post(ROTATE, &json!({})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let switched = put(&manager, IDENTITY, &json!({"enabled": true, "enforced": enforced})).await;
    assert_eq!(switched.status, 200, "{}", switched.text());
    made.json()["secret"].as_str().unwrap().to_owned()
}

/// What a shop's back end signs.
pub(crate) fn identity_token(world: &World, secret: &str, subject: &str) -> String {
    let exp = world.ambient.now().timestamp() + 300;
    signed(&json!({"alg": "HS256", "typ": "JWT"}), &json!({"sub": subject, "exp": exp}), secret)
}

fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let message = message(header, claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn message(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// Status and code, `200` and nothing for an answer that is none.
fn told(answer: &Answer) -> (u16, String) {
    let code = if answer.status.is_success() { String::new() } else { answer.code() };
    (answer.status.as_u16(), code)
}

/// The fields that a 422 names, with their codes.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(told(answer), (422, "validation_failed".into()), "{}", answer.text());
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

/// A page of the shop with a fresh key.
pub(crate) async fn page(world: &World) -> (Http, String) {
    let key = world.publishable_key().await;
    (world.public().bearer(&key).with("origin", ORIGIN), key)
}
