//! Two tenants behind one gateway. The second one calls every endpoint with the first one's ids and is answered as if
//! they did not exist.
//!
//! The endpoints are those of the table. A parameter or body that this file does not know fails the test, so that a new
//! endpoint is covered or seen.

use crate::harness::{Answer, Http, ORIGIN, World, eventually};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::Ed25519KeyPair;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::app::sweeps::Sweep;
use vestibule::crypto::seal::Purpose;
use vestibule::domain::access::Access;
use vestibule::domain::audit::Author;
use vestibule::domain::auth_session::AuthSession;
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::ids::{AuthSessionId, KeyId, TenantId, WorkspaceId};
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind};
use vestibule::domain::key::{KeyContent, KeyLimits};
use vestibule::domain::scope::Scope;
use vestibule::domain::sealed::Sealed;
use vestibule::domain::tenant::{Tenant, TenantStatus};
use vestibule::domain::user::UserId;
use vestibule::domain::workspace::Workspace;
use vestibule::endpoints::{BodyCap, Credential, Endpoint, endpoints};
use vestibule::storage::{IdempotentRequest, Lease, NewKey};

const PASSWORD: &str = "User-pass-1";
/// A workspace of nobody's.
const NOWHERE: &str = "nowhere";

/// Rows that speak of the caller alone: nothing of anybody else can be named there.
const OF_THE_CALLER: [&str; 3] = ["auth.logout", "auth.me", "auth.ui_link"];

/// The first tenant with everything it may have, and the second one's credentials.
struct Scene {
    world: World,
    second: Tenant,
    secret: String,
    publishable: String,
    token: String,
    first_secret: String,
    first_key: Uuid,
    first_user: i64,
    first_session: String,
    first_conversation: Uuid,
}

impl Scene {
    async fn new() -> Self {
        let world = World::builder()
            .set("AUTH_LOGIN_FAILURE_MILLIS", 1)
            .set("LIMITS_FLOOD_PER_IP_PER_SECOND", 100_000)
            .set("LIMITS_FLOOD_BURST", 100_000)
            .start()
            .await;
        let (ambient, upstream) = (&world.ambient, world.workspace.upstream_slug.clone());
        world.upstream.control().add_user("dora", PASSWORD, "default");
        world.upstream.control().add_member(&upstream, "dora");
        let login = world.public().post("/api/v1/auth/login", &json!({"username": "dora", "password": PASSWORD})).await;
        assert_eq!(login.status, 200, "{}", login.text());
        let access = login.json()["access_token"].as_str().unwrap().to_owned();
        let claims = part(&access, 1);
        let second = Tenant {
            id: TenantId(ambient.uuid()),
            slug: "second".parse().unwrap(),
            name: "Second".into(),
            status: TenantStatus::Active,
            created_at: ambient.now(),
        };
        world.database.tenants().insert(&second, &Author::cli("test"), ambient).await.unwrap();
        let own = Workspace {
            id: WorkspaceId::new(ambient),
            tenant: second.id,
            slug: "second-shop".into(),
            upstream_slug: world.upstream.control().add_workspace(&format!("second {}", Uuid::new_v4())),
            display_name: "Second".into(),
            ..world.workspace.clone()
        };
        world.database.workspaces().insert(&own).await.unwrap();
        let all: Vec<Scope> = Scope::ALL.to_vec();
        let (secret, _) = key(&world, second.id, KeyKind::Secret, None, &all).await;
        let (publishable, _) = key(&world, second.id, KeyKind::Publishable, Some(own.id), &Scope::PUBLISHABLE).await;
        let (first_secret, first_key) = key(&world, TenantId::DEFAULT, KeyKind::Secret, None, &all).await;
        let token = second_token(&world, second.id, &access).await;
        let first_conversation = Uuid::new_v4();
        let widget = world.publishable_key().await;
        let page = world.public().with("origin", ORIGIN);
        let question = json!({"message": "How long is the delivery of the drill?", "sessionId": first_conversation});
        let asked = page.post(&format!("/api/embed/{widget}/stream-chat"), &question).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        Self {
            second,
            secret,
            publishable,
            token,
            first_secret,
            first_key,
            first_user: claims["sub"].as_str().unwrap().parse().unwrap(),
            first_session: claims["sid"].as_str().unwrap().to_owned(),
            first_conversation,
            world,
        }
    }

    /// What to put for a parameter of a path: the first tenant's, and one that is nobody's.
    fn parameter(&self, row: &Endpoint, name: &str) -> (String, String) {
        let area = row.name.split('.').next().unwrap();
        match (area, name) {
            (_, "slug") | ("openai", "model") => (self.world.workspace.slug.clone(), NOWHERE.into()),
            (_, "user_id") => (self.first_user.to_string(), "987654".into()),
            ("auth", "id") => (self.first_session.clone(), Uuid::new_v4().to_string()),
            ("keys" | "usage", "id") => (self.first_key.to_string(), Uuid::new_v4().to_string()),
            // They stand below their workspace, which is looked for first; a delivery to us has to be signed.
            ("catalog" | "transcripts" | "documents" | "webhooks", "id" | "delivery") | ("stores", "connection") => {
                (Uuid::new_v4().to_string(), Uuid::new_v4().to_string())
            }
            // By the id that the second tenant cannot know.
            ("feedback" | "privacy", "id") | ("widget", "session") => {
                (self.first_conversation.to_string(), Uuid::new_v4().to_string())
            }
            ("widget", "key") => (self.publishable.clone(), self.publishable.clone()),
            _ => panic!("say in `Scene::parameter` what `{{{name}}}` of `{}` is, as the first tenant has it", row.name),
        }
    }

    /// The path with one or the other put in, and all that was put in.
    fn path(&self, row: &Endpoint, foreign: bool) -> (String, Vec<String>) {
        let mut put = Vec::new();
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                let (theirs, nobodys) = self.parameter(row, name);
                let value = if foreign { theirs } else { nobodys };
                put.push(value.clone());
                value
            }
            None => segment.to_owned(),
        };
        let path: Vec<String> = row.path.split('/').map(segment).collect();
        (path.join("/"), put)
    }

    /// A client with the second tenant's credential for the row.
    fn client(&self, row: &Endpoint) -> Http {
        let public = self.world.public().with("if-match", "*");
        match (row.credential, row.access) {
            (Credential::Path, _) => public.with("origin", ORIGIN),
            (_, Access::User(_)) => public.bearer(&self.token),
            (_, Access::Program(None)) => {
                public.bearer(&self.secret).with("accept", "application/json, text/event-stream")
            }
            _ => public.bearer(&self.secret),
        }
    }

    /// The calls of a row, as a path with its query and a body each.
    fn calls(&self, row: &Endpoint, foreign: bool) -> Vec<(String, Value, Vec<String>)> {
        let (path, mut put) = self.path(row, foreign);
        let workspace = if foreign { self.world.workspace.slug.as_str() } else { NOWHERE };
        put.push(workspace.to_owned());
        put.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let query = match row.name {
            "messages.list" | "messages.reset" => format!("?session_id=one&workspace={workspace}"),
            "auth.sessions.list" | "auth.sessions.end_all" => {
                let user = if foreign { self.first_user } else { 987_654 };
                put.push(user.to_string());
                format!("?user_id={user}")
            }
            "conversations.list" => format!("?workspace={workspace}"),
            // Without either it answers about the caller's own.
            "usage.show" => {
                let key = if foreign { self.first_key } else { Uuid::new_v4() };
                put.push(key.to_string());
                format!("?key={key}")
            }
            _ => String::new(),
        };
        let body = self.body(row, workspace);
        let mut calls = vec![(format!("{path}{query}"), body.clone(), put.clone())];
        if query.is_empty() || row.name == "usage.show" {
            calls.push((format!("{path}?workspace={workspace}"), body, put));
        }
        calls
    }

    /// A body that would be good, if the workspace were the caller's.
    fn body(&self, row: &Endpoint, workspace: &str) -> Value {
        match row.name {
            "chat.create" => json!({"message": "hello", "session_id": "one", "workspace": workspace}),
            // The second tenant's own try to take over what the first one has in AnythingLLM.
            "workspaces.create" => {
                let theirs = workspace != NOWHERE;
                let upstream_slug = if theirs { self.world.workspace.upstream_slug.as_str() } else { NOWHERE };
                json!({"name": "Taken over", "upstream_slug": upstream_slug})
            }
            "stores.put" => {
                json!({"platform": "custom", "store_url": "https://shop.example", "catalog_source": "rest_api"})
            }
            "webhooks.create" => json!({"url": "https://hooks.example/in", "events": ["key.expiring"]}),
            "documents.create" => json!({"title": "Taken over", "text": "Of the second tenant."}),
            "feedback.give" => json!({"value": "down"}),
            "privacy.erase" => json!({"workspace": workspace, "before": "2020-01-01T00:00:00Z"}),
            "keys.preview_origins" => json!({"allowed_origins": ["https://shop.example"]}),
            "keys.create" => json!({"kind": "secret", "name": "Taken over", "workspace": workspace}),
            "identity.put" => json!({"enabled": false, "enforced": false}),
            // For pages, which are not asking here.
            "widget.session" => json!({}),
            "widget.handover" => {
                json!({"session_id": "one", "message": "hello", "email": "mona@example.com", "workspace": workspace})
            }
            "workspaces.sync" => json!({"take": "vestibule"}),
            "openai.chat" => json!({"model": workspace, "messages": [{"role": "user", "content": "hello"}]}),
            "openai.embeddings" => json!({"model": workspace, "input": "drill"}),
            "mcp.call" => json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": "ask", "arguments": {"question": "hello", "workspace": workspace}}}),
            "knowledge.query" => json!({"query": "drill", "workspace": workspace}),
            // A conversation of its own, so that there is nothing of its own under the first tenant's session id.
            "widget.chat" => json!({"message": "hello", "sessionId": Uuid::new_v4()}),
            _ if row.body == BodyCap::None => Value::Null,
            // What the path names is not there, whatever the body says; but it must be said before the body is looked
            // at.
            _ if row.path.contains('{') => json!({}),
            unknown => {
                panic!("say in `Scene::body` what a good body of `{unknown}` is, with the workspace that it names")
            }
        }
    }

    /// Everything of the first tenant's that an endpoint could have changed.
    async fn state(&self) -> Vec<String> {
        let mut state = Vec::new();
        for table in
            ["workspaces", "workspace_settings", "api_keys", "auth_sessions", "store_connections", "identity_secrets"]
        {
            let except = "'last_used_at'";
            let sql = format!("SELECT (to_jsonb(t) - {except})::text FROM vestibule.{table} t ORDER BY 1");
            state.extend(self.world.query::<String>(&sql).await);
        }
        let conversations = "SELECT upstream_session FROM vestibule.conversations ORDER BY 1";
        state.extend(self.world.query::<String>(conversations).await);
        let members = self.world.public().bearer(&self.first_secret).get("/api/v1/workspaces/shop/members").await;
        state.push(members.text().to_owned());
        state
    }
}

/// The second half of a token, and so on.
fn part(token: &str, number: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(number).unwrap()).unwrap()).unwrap()
}

/// A new key of a tenant.
async fn key(
    world: &World,
    tenant: TenantId,
    kind: KeyKind,
    workspace: Option<WorkspaceId>,
    scopes: &[Scope],
) -> (String, Uuid) {
    let key = ApiKey::generate(kind, KeyEnv::Test, &SystemRandomness);
    let new = NewKey {
        id: KeyId::new(&world.ambient),
        tenant,
        workspace,
        public_id: key.public_id(),
        last_four: key.last_four().to_owned(),
        hash: key.hash(&world.config.root_key().unwrap().pepper()),
        kind,
        env: KeyEnv::Test,
        content: KeyContent {
            name: "test".into(),
            scopes: scopes.to_vec(),
            allowed_origins: if kind == KeyKind::Publishable { vec![ORIGIN.into()] } else { Vec::new() },
            limits: KeyLimits { per_minute: Some(100_000), burst: Some(10_000), ..KeyLimits::default() },
            ..KeyContent::default()
        },
        allow_any_origin: false,
        rotation: None,
        created_by: "test".into(),
        created_at: world.ambient.now(),
    };
    world.database.api_keys().insert(&new, &Author::cli("test"), &world.ambient).await.unwrap();
    (key.expose().to_owned(), new.id.0)
}

/// An admin's access token for the second tenant, whom AnythingLLM has no users for: made of a session and a token of
/// the first one's, with the gateway's own signing key.
async fn second_token(world: &World, tenant: TenantId, genuine: &str) -> String {
    let (header, mut claims) = (part(genuine, 0), part(genuine, 1));
    let own = AuthSessionId(claims["sid"].as_str().unwrap().parse().unwrap());
    let session = world.database.auth_sessions().find(TenantId::DEFAULT, own).await.unwrap().unwrap();
    let id = AuthSessionId(world.ambient.uuid());
    let role = vestibule::domain::user::Role::Admin;
    let user = UserId(4711);
    let session = AuthSession { id, tenant, user, role, upstream_token: None, ..session };
    world.database.auth_sessions().insert(&session).await.unwrap();
    claims["sub"] = json!("4711");
    claims["sid"] = json!(id.0);
    claims["tid"] = json!(tenant.0);
    claims["role"] = json!("admin");
    claims["jti"] = json!(world.ambient.uuid());
    let sealed: Vec<Vec<u8>> = world.query("SELECT private_key FROM vestibule.signing_keys").await;
    let root = world.config.root_key().unwrap();
    let sealed = Sealed { key_id: root.id(), bytes: sealed[0].clone() };
    let seed = root.sealer(Purpose::SigningKey).open(header["kid"].as_str().unwrap(), &sealed).unwrap();
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose_secret()).unwrap();
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encoded(&header), encoded(&claims));
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes())))
}

/// An answer without what differs by request: ids that were asked for, and the request's own.
fn comparable(answer: &Answer, put: &[String]) -> (u16, String) {
    let mut text = answer.text().to_owned();
    if let Some(id) = answer.header("x-request-id") {
        text = text.replace(id, "<request>");
    }
    // Not short numbers, which are everywhere.
    for value in put.iter().filter(|value| value.len() > 3) {
        text = text.replace(value.as_str(), "<asked for>");
    }
    (answer.status.as_u16(), without_ids(&text))
}

/// A text with every UUID taken out: answers are made under new ids each time.
fn without_ids(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.get(..36).is_some_and(|start| Uuid::try_parse(start).is_ok()) {
            kept.push_str("<id>");
            rest = &rest[36..];
        } else {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    kept
}

async fn send(client: &Http, row: &Endpoint, path: &str, body: &Value) -> Answer {
    if body.is_null() {
        return client.send(row.method.clone(), path, "").await;
    }
    let merges = row.method == http::Method::PATCH;
    let media_type = if merges { "application/merge-patch+json" } else { "application/json" };
    client.with("content-type", media_type).send(row.method.clone(), path, body.to_string()).await
}

#[tokio::test]
async fn every_endpoint_answers_about_another_tenants_things_as_about_none() {
    let scene = Scene::new().await;
    let before = scene.state().await;
    let mut tried = 0;
    let rows = endpoints().filter(|row| {
        !matches!(row.credential, Credential::None | Credential::Cookie(_)) && !OF_THE_CALLER.contains(&row.name)
    });
    for row in rows {
        let client = scene.client(row);
        for (theirs, nobodys) in scene.calls(row, true).into_iter().zip(scene.calls(row, false)) {
            let mut put = [theirs.2.clone(), nobodys.2].concat();
            put.sort_by_key(|value| std::cmp::Reverse(value.len()));
            let about_theirs = comparable(&send(&client, row, &theirs.0, &theirs.1).await, &put);
            let about_nobodys = comparable(&send(&client, row, &nobodys.0, &nobodys.1).await, &put);
            assert_eq!(about_theirs, about_nobodys, "{}: {} tells that it exists", row.name, theirs.0);
            // The widget's paths name a key and a session of the caller's own making; everything else is not found.
            if row.path.contains('{') && row.credential == Credential::Header && !theirs.0.contains('?') {
                assert_eq!(about_theirs.0, 404, "{}: {}: {}", row.name, theirs.0, about_theirs.1);
            }
            tried += 1;
        }
    }
    assert!(tried > 10, "the table was gone through");
    assert_eq!(scene.state().await, before, "nothing of the first tenant's has changed");
}

/// Without this, everything being not found would prove nothing.
#[tokio::test]
async fn the_first_tenant_finds_what_the_second_does_not() {
    let scene = Scene::new().await;
    let (first, second) =
        (scene.world.public().bearer(&scene.first_secret), scene.world.public().bearer(&scene.secret));
    for (path, body) in [
        ("/api/v1/chat", json!({"message": "hello", "workspace": "shop"})),
        ("/api/v1/knowledge/query", json!({"query": "drill", "workspace": "shop"})),
    ] {
        assert_eq!(first.post(path, &body).await.status, 200, "{path}");
        assert_eq!(second.post(path, &body).await.status, 404, "{path}");
    }
    assert_eq!(first.get("/api/v1/workspaces/shop/members").await.json()["data"][0]["username"], "dora");
    // Its own are there; AnythingLLM's users are not its own.
    let own = second.get("/api/v1/workspaces/second-shop/members").await;
    assert_eq!((own.status.as_u16(), own.json()["data"].clone()), (200, json!([])));
    let path = format!("/api/v1/workspaces/second-shop/members/{}", scene.first_user);
    assert_eq!(second.send(http::Method::PUT, &path, "").await.status, 404);
    let token = scene.world.public().bearer(&scene.token);
    assert_eq!(token.get("/api/v1/auth/sessions").await.status, 200, "the token is a good one");
    let path = format!("/api/v1/auth/sessions/{}?user_id={}", scene.first_session, scene.first_user);
    assert_eq!(token.delete(&path).await.status, 404);
}

#[tokio::test]
async fn two_tenants_may_use_the_same_names() {
    let scene = Scene::new().await;
    let ambient = &scene.world.ambient;
    let same = Workspace {
        id: WorkspaceId::new(ambient),
        tenant: scene.second.id,
        upstream_slug: scene.world.upstream.control().add_workspace(&format!("third {}", Uuid::new_v4())),
        ..scene.world.workspace.clone()
    };
    scene.world.database.workspaces().insert(&same).await.unwrap();
    let question =
        json!({"message": "How long is the delivery of the drill?", "workspace": "shop", "session_id": "one"});
    let first = scene.world.public().bearer(&scene.first_secret);
    assert_eq!(first.post("/api/v1/chat", &question).await.status, 200);
    let second = scene.world.public().bearer(&scene.secret);
    eventually(async || {
        let answer = second.get("/api/v1/messages?session_id=one&workspace=shop").await;
        if answer.status == 200 { Ok(()) } else { Err(answer.status) }
    })
    .await;
    let seen = second.get("/api/v1/messages?session_id=one&workspace=shop").await.json();
    assert_eq!(seen["data"], json!([]));
    let seen = first.get("/api/v1/messages?session_id=one&workspace=shop").await.json();
    assert_eq!(seen["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_suspended_tenants_keys_are_refused_and_the_others_are_not() {
    let scene = Scene::new().await;
    let (world, by) = (&scene.world, Author::cli("test"));
    let path = "/api/v1/messages?session_id=one&workspace=second-shop";
    let (secret, token) = (world.public().bearer(&scene.secret), world.public().bearer(&scene.token));
    let widget = world.public().bearer(&scene.publishable).with("origin", ORIGIN);
    assert_eq!(secret.get(path).await.status, 200);
    for (status, expected) in [(TenantStatus::Suspended, 401), (TenantStatus::Active, 200)] {
        world.database.tenants().set_status(scene.second.id, status, &by, &world.ambient).await.unwrap();
        for client in [&secret, &widget, &token] {
            eventually(async || {
                let answer = client.get(path).await;
                if answer.status == expected { Ok(()) } else { Err(answer.status) }
            })
            .await;
        }
        let other = world.public().bearer(&scene.first_secret);
        assert_eq!(other.get("/api/v1/messages?session_id=one&workspace=shop").await.status, 200);
    }
}

#[tokio::test]
async fn what_is_swept_up_is_swept_up_for_every_tenant() {
    let scene = Scene::new().await;
    let (world, tenants) = (&scene.world, [TenantId::DEFAULT, scene.second.id]);
    for tenant in tenants {
        let request = IdempotentRequest { tenant, principal: "p", key: "old", fingerprint: [1; 32] };
        let begun = world
            .database
            .idempotency_keys()
            .begin(&request, std::time::Duration::ZERO, Lease::PRODUCT, &world.ambient)
            .await;
        begun.unwrap();
        world.sql_of(tenant, "UPDATE vestibule.idempotency_keys SET expires_at = now() - interval '1 day'").await;
        world
            .sql_of(
                tenant,
                "UPDATE vestibule.auth_sessions SET revoked_at = now() - interval '40 days', revoke_reason = 'logout', \
                 upstream_token = NULL",
            )
            .await;
    }
    Sweep::IdempotencyKeys.round(&world.database, &world.ambient).await;
    Sweep::Sessions.round(&world.database, &world.ambient).await;
    for tenant in tenants {
        for table in ["idempotency_keys", "auth_sessions"] {
            let left: Vec<i64> = world.query_of(tenant, &format!("SELECT count(*) FROM vestibule.{table}")).await;
            assert_eq!(left, [0], "{table} of {tenant}");
        }
    }
}
