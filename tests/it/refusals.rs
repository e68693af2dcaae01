//! Every operation is called into the refusals that the document tells of. The other way round, that none comes which
//! it does not tell of, every test checks with every answer (`harness::documented`).

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, codes_of, document};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;
use vestibule::domain::access::Access;
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind, KeyLimits};
use vestibule::domain::scope::Scope;
use vestibule::domain::workspace::Workspace;
use vestibule::endpoints::{Credential, Endpoint, endpoints};
use vestibule::rejection::Code;

const PASSWORD: &str = "User-pass-1";

/// Provoked by tests of their own, because each takes a state of its own: operation (`*` = any) and code.
const ELSEWHERE: &[(&str, &str)] = &[
    ("*", "conflict"),
    ("*", "expired_token"),
    ("*", "internal"),
    ("*", "invalid_credentials"),
    ("*", "login_throttled"),
    ("*", "quota_exceeded"),
    ("*", "request_timeout"),
    ("*", "too_many_streams"),
    ("*", "upstream_contract"),
    ("*", "upstream_error"),
    ("*", "upstream_timeout"),
    ("*", "upstream_unavailable"),
    ("auth.keys", "service_unavailable"),
    ("auth.login", "forbidden"),
    ("auth.login", "service_unavailable"),
    ("auth.refresh", "service_unavailable"),
    ("stores.delete", "precondition_failed"),
    ("stores.put", "precondition_failed"),
    ("transcripts.mark", "precondition_failed"),
    ("webhooks.change", "precondition_failed"),
];

/// What must be there before it can have changed.
const IN_ITS_OWN_TEST: [&str; 2] = ["transcripts.mark", "webhooks.change"];

struct Stage {
    world: World,
    closed: Workspace,
    secret: String,
    access_token: String,
}

/// An operation of the document, its row and its codes.
struct Operation {
    row: &'static Endpoint,
    codes: BTreeSet<&'static str>,
    has_body: bool,
}

fn operations() -> Vec<Operation> {
    let described = |row: &'static Endpoint| {
        let operation = document()["paths"].get(row.path)?.get(row.method.as_str().to_lowercase())?;
        let responses = operation["responses"].as_object().unwrap().values();
        let kinds = ["application/problem+json", "application/json"];
        let codes =
            responses.flat_map(|response| kinds.into_iter().flat_map(|kind| codes_of(response, kind))).collect();
        Some(Operation { row, codes, has_body: operation.get("requestBody").is_some() })
    };
    endpoints().filter_map(described).collect()
}

impl Stage {
    async fn set() -> Self {
        let many =
            ["LIMITS_FLOOD_PER_IP_PER_SECOND", "LIMITS_FLOOD_BURST", "LIMITS_KEY_PER_MINUTE", "LIMITS_KEY_BURST"];
        let more =
            ["LIMITS_IP_PER_MINUTE", "LIMITS_USER_PER_MINUTE", "LIMITS_USER_BURST", "ADMIN_LOGINS_PER_IP_PER_MINUTE"];
        let builder = World::builder().set("LIMITS_VISITOR_SESSIONS_PER_IP_PER_MINUTE", 100_000);
        let world =
            many.into_iter().chain(more).fold(builder, |builder, name| builder.set(name, 100_000)).start().await;
        world.upstream.control().add_user("anna", PASSWORD, "admin");
        let closed = world.add_workspace("closed").await;
        world.set_status(closed.id, "paused").await;
        let login = world.public().post("/api/v1/auth/login", &json!({"username": "anna", "password": PASSWORD})).await;
        let access_token = login.json()["access_token"].as_str().unwrap().to_owned();
        let all = Scope::ALL.into_iter().collect();
        let secret = world.key(KeySpec { workspace: None, scopes: all, ..world.spec(KeyKind::Secret) }).await;
        Self { world, closed, secret, access_token }
    }

    /// The kind of key that the row is for.
    fn spec(&self, row: &Endpoint) -> KeySpec {
        if row.credential == Credential::Path || row.access == Access::VisitorSession {
            return self.world.spec(KeyKind::Publishable);
        }
        KeySpec { workspace: None, scopes: Scope::ALL.into_iter().collect(), ..self.world.spec(KeyKind::Secret) }
    }

    /// A key of the row's kind of which something is different.
    async fn changed(&self, row: &Endpoint, set: &str) -> String {
        let key = self.world.key(self.spec(row)).await;
        self.world.change_key(&key, set).await;
        key
    }

    async fn good(&self, row: &Endpoint) -> String {
        match row.access {
            Access::User(_) => self.access_token.clone(),
            _ => self.world.key(self.spec(row)).await,
        }
    }

    fn path(&self, row: &Endpoint, credential: &str) -> String {
        let key = ApiKey::parse(&self.secret).unwrap().public_id().to_string();
        let value = |name: &str| match (row.name.split('.').next().unwrap(), name) {
            (_, "slug") => self.world.workspace.slug.clone(),
            (_, "user_id") => "1".into(),
            ("keys" | "usage", "id") => key.clone(),
            ("widget", "key") => credential.to_owned(),
            (_, "id" | "session" | "connection" | "delivery") => Uuid::nil().to_string(),
            _ => panic!("say what `{{{name}}}` of `{}` is", row.name),
        };
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => value(name),
            None => segment.to_owned(),
        };
        row.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }

    /// A client with a credential where the row looks for it.
    fn client(&self, row: &Endpoint, credential: &str) -> Http {
        let client = self.world.public().with("content-type", "application/json");
        let is_page = credential.starts_with("vst_pk_");
        let client = if is_page { client.with("origin", ORIGIN) } else { client };
        if row.credential == Credential::Header { client.bearer(credential) } else { client }
    }

    async fn send(&self, row: &Endpoint, credential: &str, body: impl Into<Bytes>) -> Answer {
        let client = self.client(row, credential).with("if-match", "*");
        client.send(row.method.clone(), &self.path(row, credential), body).await
    }

    /// Calls the operation so that it refuses with this code; none if that is done elsewhere.
    async fn provoke(&self, operation: &Operation, code: &str) -> Option<Answer> {
        let row = operation.row;
        let in_path = row.credential == Credential::Path;
        let good = self.good(row).await;
        let path = self.path(row, &good);
        let client = self.client(row, &good).with("if-match", "*");
        let body = if operation.has_body { "{}" } else { "" };
        let send = async |client: Http, body: Bytes| client.send(row.method.clone(), &path, body).await;
        let keyed = async |key: String| Some(self.send(row, &key, body).await);
        let page = || self.world.spec(KeyKind::Publishable);
        match Code::of(code).expect("a code") {
            Code::BadRequest => {
                Some(send(client.with("x-request-id", "12345678").also("x-request-id", "87654321"), body.into()).await)
            }
            Code::Unauthenticated => Some(send(self.world.public(), body.into()).await),
            Code::InvalidToken if row.name == "auth.refresh" => {
                Some(send(client, r#"{"refresh_token": "vst_rt_x"}"#.into()).await)
            }
            Code::InvalidToken => keyed(if in_path { "vst_pk_test_x" } else { "vst_sk_test_x" }.to_owned()).await,
            Code::KeyRevoked => {
                let key = self.world.key(self.spec(row)).await;
                self.world.revoke(&key).await;
                keyed(key).await
            }
            Code::KeyExpired => {
                keyed(
                    self.changed(
                        row,
                        "created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'",
                    )
                    .await,
                )
                .await
            }
            Code::KeyDisabled => keyed(self.changed(row, "enabled = false").await).await,
            Code::InsufficientScope => {
                let other =
                    if row.access == Access::Scope(Scope::WidgetRead) { Scope::ChatWrite } else { Scope::WidgetRead };
                keyed(self.world.key(KeySpec { scopes: [other].into_iter().collect(), ..self.spec(row) }).await).await
            }
            Code::ForbiddenOrigin => {
                let key = self.world.key(page()).await;
                let path = self.path(row, &key);
                let client = self.client(row, &key).with("origin", "https://elsewhere.example");
                Some(client.send(row.method.clone(), &path, body).await)
            }
            Code::ForbiddenIp => {
                let key = self.world.key(self.world.spec(KeyKind::Secret)).await;
                self.world.change_key(&key, "allowed_ips = '{192.0.2.1/32}'").await;
                keyed(key).await
            }
            Code::Forbidden => match row.access {
                Access::Open | Access::Upstream => None,
                Access::User(_) | Access::VisitorSession => keyed(self.secret.clone()).await,
                Access::Scope(_) | Access::Program(_) => {
                    let key = self.world.key(page()).await;
                    self.world.change_key(&key, "visitor_token_required = true").await;
                    keyed(key).await
                }
            },
            // A user asks for a session that nobody has.
            Code::NotFound if matches!(row.access, Access::User(_)) => Some(send(client, body.into()).await),
            Code::NotFound => {
                let bound = KeySpec { workspace: Some(self.closed.id), ..self.spec(row) };
                keyed(self.world.key(bound).await).await
            }
            Code::RateLimited => {
                if !matches!(row.access, Access::Scope(_) | Access::VisitorSession) {
                    return None;
                }
                let limits = KeyLimits { per_minute: Some(1), burst: Some(1), ..KeyLimits::default() };
                let key = self.world.key(KeySpec { limits, ..self.spec(row) }).await;
                self.send(row, &key, "{").await;
                keyed(key).await
            }
            Code::BodyTooLarge => Some(send(client, vec![b' '; 3 << 20].into()).await),
            Code::UnsupportedMediaType => Some(send(client.with("content-encoding", "gzip"), "{}".into()).await),
            Code::InvalidBody => Some(send(client, "{".into()).await),
            Code::ValidationFailed if operation.has_body => Some(send(client, r#"{"no_such_field": 1}"#.into()).await),
            Code::ValidationFailed => {
                Some(client.send(row.method.clone(), &format!("{path}?no_such_parameter=1"), body).await)
            }
            Code::PreconditionRequired => Some(send(self.client(row, &good), body.into()).await),
            Code::PreconditionFailed if !row.name.starts_with("stores.") && !IN_ITS_OWN_TEST.contains(&row.name) => {
                let body = if row.name == "workspaces.sync" { r#"{"take": "vestibule"}"# } else { body };
                Some(send(client.with("if-match", "\"0\""), body.into()).await)
            }
            Code::HeadersTooLarge => Some(send(client.with("x-large", &"x".repeat(100_000)), body.into()).await),
            _ => None,
        }
    }
}

/// What an answer says, in whichever form.
fn code_of(answer: &Answer) -> String {
    let body = answer.json();
    let code = if body["code"].is_string() { &body["code"] } else { &body["error"] };
    code.as_str().unwrap_or_default().to_owned()
}

fn is_elsewhere(row: &Endpoint, code: &str) -> bool {
    let flooded = code == "rate_limited" && matches!(row.access, Access::User(_) | Access::Open);
    flooded || ELSEWHERE.iter().any(|(name, known)| *known == code && (*name == "*" || *name == row.name))
}

#[tokio::test]
async fn every_operation_refuses_as_the_document_says() {
    let stage = Stage::set().await;
    let (mut wrong, mut left) = (Vec::new(), Vec::new());
    let mut called = 0;
    for operation in operations() {
        for code in &operation.codes {
            if *code == "service_unavailable" {
                left.push((operation.row, *code));
                continue;
            }
            let case = format!("{} {code}", operation.row.name);
            match stage.provoke(&operation, code).await {
                Some(answer) if code_of(&answer) == *code => called += 1,
                Some(answer) => wrong.push(format!("{case}: {} {}", answer.status, answer.text())),
                None if is_elsewhere(operation.row, code) => {}
                None => wrong.push(format!("{case}: nobody calls it into that")),
            }
        }
    }
    stage.world.cut_off_the_database().await;
    for (row, code) in left.into_iter().filter(|(row, code)| !is_elsewhere(row, code)) {
        let kind = if row.credential == Credential::Path { KeyKind::Publishable } else { KeyKind::Secret };
        let unknown = ApiKey::generate(kind, KeyEnv::Test, &SystemRandomness).expose().to_owned();
        let answer = stage.send(row, &unknown, Bytes::new()).await;
        called += 1;
        if code_of(&answer) != code {
            wrong.push(format!("{} {code}: {} {}", row.name, answer.status, answer.text()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(called > 500, "{called} refusals were called");
}

#[test]
fn every_code_is_one_that_has_a_page() {
    let unknown: Vec<&str> = operations()
        .into_iter()
        .flat_map(|operation| operation.codes)
        .filter(|code| Code::of(code).is_none())
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
    let schemas = document()["components"]["schemas"].as_object().unwrap();
    assert!(
        schemas["ProblemField"]["properties"]["code"]["enum"].as_array().unwrap().contains(&Value::from("conflict"))
    );
}
