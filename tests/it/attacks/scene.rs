//! Who and what the attacks are tried on: the program, two workspaces of one tenant, a workspace of another, keys of
//! every kind and state, people of every role, a conversation. And what is looked at afterwards.

use super::messages::triggers;
use crate::harness::{Authority, Http, KeySpec, ORIGIN, Process, World};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Mutex;
use uuid::Uuid;
use vestibule::domain::audit::Author;
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::ids::{KeyId, TenantId, WorkspaceId};
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind};
use vestibule::domain::key::{KeyContent, KeyLimits};
use vestibule::domain::scope::Scope;
use vestibule::domain::tenant::{Tenant, TenantStatus};
use vestibule::domain::workspace::Workspace;
use vestibule::endpoints::Listener;
use vestibule::storage::NewKey;
use vestibule_stand_in::ReceivedRequest;

pub(super) const PASSWORD: &str = "User-pass-1";
/// What a shopper has said in the conversation `<victim>` of the page's key.
pub(super) const SAID: &str = "my order number is 4711-geheim";

pub(super) struct Scene {
    pub(super) world: World,
    pub(super) process: Process,
    /// The same program once more, with TLS on its public listener.
    pub(super) encrypted: Process,
    pub(super) authority: Authority,
    words: BTreeMap<&'static str, Vec<u8>>,
    /// What may stand in no line of the log.
    secrets: Vec<String>,
    /// The questions that AnythingLLM was asked in the cases before.
    asked_before: Mutex<BTreeSet<String>>,
}

/// One after another, hundreds of requests of one address.
const SETTINGS: [(&str, &str); 14] = [
    ("VESTIBULE_LOG_LEVEL", "info,vestibule=trace"),
    ("VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND", "100000"),
    ("VESTIBULE_LIMITS_FLOOD_BURST", "100000"),
    ("VESTIBULE_LIMITS_ADMIN_FLOOD_PER_IP_PER_SECOND", "100000"),
    ("VESTIBULE_LIMITS_ADMIN_FLOOD_BURST", "100000"),
    ("VESTIBULE_LIMITS_KEY_BURST", "100000"),
    ("VESTIBULE_LIMITS_KEY_PER_MINUTE", "100000"),
    ("VESTIBULE_LIMITS_IP_PER_MINUTE", "100000"),
    ("VESTIBULE_LIMITS_VISITOR_PER_MINUTE", "100000"),
    ("VESTIBULE_ADMIN_LOGINS_PER_IP_PER_MINUTE", "100000"),
    ("VESTIBULE_AUTH_LOGIN_FAILURE_MILLIS", "1"),
    // A request that is not whole is given up soon.
    ("VESTIBULE_EDGE_HEADER_SECONDS", "1"),
    ("VESTIBULE_EDGE_BODY_SECONDS", "1"),
    ("VESTIBULE_EDGE_KEEPALIVE_SECONDS", "3"),
];

impl Scene {
    pub(super) async fn new() -> Self {
        let world = World::builder().set("AUTH_LOGIN_FAILURE_MILLIS", 1).start().await;
        let other = world.add_workspace("other").await;
        let control = world.upstream.control();
        for (name, role) in [("anna", "admin"), ("mona", "manager"), ("dora", "default"), ("eve", "default")] {
            control.add_user(name, PASSWORD, role);
        }
        control.add_member(&world.workspace.upstream_slug, "dora");
        let embed = control.add_embed(&world.workspace.upstream_slug);

        let all = |kind| KeySpec { scopes: Scope::ALL.into_iter().collect(), ..world.spec(kind) };
        let page = world.publishable_key().await;
        let elsewhere = KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Publishable) };
        let narrow = KeySpec { scopes: [Scope::WidgetRead].into_iter().collect(), ..world.spec(KeyKind::Publishable) };
        let once = KeyLimits { per_ip_per_minute: Some(1), ..KeyLimits::default() };
        let mut words: BTreeMap<&'static str, String> = BTreeMap::new();
        for (name, spec) in [
            ("pk_other", elsewhere),
            ("pk_narrow", narrow),
            ("pk_once", KeySpec { limits: once, ..world.spec(KeyKind::Publishable) }),
            ("sk", all(KeyKind::Secret)),
            ("sk_keys", KeySpec { scopes: [Scope::KeysWrite].into_iter().collect(), ..world.spec(KeyKind::Secret) }),
            ("sk_all", KeySpec { workspace: None, ..all(KeyKind::Secret) }),
        ] {
            words.insert(name, world.key(spec).await);
        }
        for (name, set) in [
            ("pk_disabled", "enabled = false"),
            ("pk_expired", "created_at = now() - interval '2 days', expires_at = now() - interval '1 day'"),
            ("pk_strict", "visitor_token_required = true"),
            ("pk_null", "allow_null_origin = true"),
        ] {
            let key = world.publishable_key().await;
            world.change_key(&key, set).await;
            words.insert(name, key);
        }
        bound_keys(&world, &mut words).await;
        let revoked = world.publishable_key().await;
        world.revoke(&revoked).await;
        words.insert("pk_revoked", revoked);
        words.insert("sk_foreign", foreign_key(&world).await);
        words.insert("pk", page.clone());

        let process = Process::serve(&world, &SETTINGS).await;
        let authority = Authority::new();
        let encrypted = encrypted(&world, &authority).await;
        let mut secrets: Vec<String> = words.values().cloned().collect();
        secrets.extend([PASSWORD, SAID, world.upstream.api_key()].map(str::to_owned));
        for (name, token) in [("anna", "jwt_admin"), ("mona", "jwt_manager"), ("dora", "jwt"), ("eve", "jwt_eve")] {
            let login =
                process.public().post("/api/v1/auth/login", &json!({"username": name, "password": PASSWORD})).await;
            assert_eq!(login.status, 200, "{}", login.text());
            let login = login.json();
            let text = |field: &str| login[field].as_str().unwrap().to_owned();
            secrets.extend([text("access_token"), text("refresh_token")]);
            words.insert(token, text("access_token"));
            if name == "dora" {
                words.insert("refresh", text("refresh_token"));
                words.insert("user_id", login["user"]["id"].to_string());
            }
            if name == "eve" {
                words.insert("eve_id", login["user"]["id"].to_string());
            }
        }
        for (name, key) in [
            ("public_id", page.clone()),
            ("public_id_other", words["pk_other"].clone()),
            ("bounded_id", words["sk_bounded"].clone()),
            ("endless_id", words["sk_endless"].clone()),
        ] {
            words.insert(name, key.split('_').nth(3).unwrap().get(..12).unwrap().to_owned());
        }
        let end = world.ambient.now() + TimeDelta::days(29);
        words.insert("in_time", end.to_rfc3339_opts(SecondsFormat::Secs, true));
        let unknown = ApiKey::generate(KeyKind::Publishable, KeyEnv::Test, &SystemRandomness);
        words.insert("unknown", unknown.expose().to_owned());
        words.insert("wrong_secret", refit(&with_another_secret(&page)));
        words.insert("mistyped", with_another_secret(&page));
        words.insert("as_secret", refit(&page.replace("_pk_", "_sk_")));
        words.insert("as_live", refit(&page.replace("_test_", "_live_")));
        words.insert("lower", page.to_lowercase());
        words.insert("upstream_key", world.upstream.api_key().to_owned());
        words.insert("embed", embed);
        words.insert("upstream_slug", world.workspace.upstream_slug.clone());
        words.insert("victim", Uuid::new_v4().to_string());
        words.insert("session", Uuid::new_v4().to_string());
        large(&mut words);
        let mut words: BTreeMap<_, _> = words.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        // Bytes that are no text.
        words.insert("ff", vec![0xff]);
        words.insert("c0af", vec![0xc0, 0xaf]);
        words.insert("nul", vec![0]);
        words.insert("vt", vec![0x0b]);
        words.insert("esc", vec![0x1b]);
        words.insert("utf16", "{\"message\":\"x\"}".encode_utf16().flat_map(u16::to_le_bytes).collect());
        let scene = Self { world, process, encrypted, authority, words, secrets, asked_before: Mutex::default() };

        let question = json!({"message": SAID, "session_id": scene.word("victim"), "mode": "chat"});
        let asked = scene.page().post("/api/v1/chat", &question).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        scene
    }

    pub(super) fn address(&self, listener: Listener) -> SocketAddr {
        match listener {
            Listener::Public => self.process.public,
            Listener::Admin => self.process.admin,
        }
    }

    /// What a word in angle brackets stands for.
    pub(super) fn word(&self, name: &str) -> String {
        String::from_utf8(self.words.get(name).unwrap_or_else(|| panic!("no word <{name}>")).clone()).unwrap()
    }

    /// The browser on the shop's page.
    pub(super) fn page(&self) -> Http {
        self.process.public().bearer(&self.word("pk")).with("origin", ORIGIN)
    }

    /// A client of the public listener with one of the keys.
    pub(super) fn bearer(&self, word: &str) -> Http {
        self.process.public().bearer(&self.word(word))
    }

    /// The text with its words put in.
    pub(super) fn fill(&self, text: &str) -> Vec<u8> {
        let mut filled = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            filled.extend_from_slice(before.as_bytes());
            let word = after.split_once('>').and_then(|(name, behind)| Some((self.words.get(name)?, behind)));
            rest = if let Some((bytes, behind)) = word {
                filled.extend_from_slice(bytes);
                behind
            } else {
                filled.push(b'<');
                after
            };
        }
        filled.extend_from_slice(rest.as_bytes());
        filled
    }

    /// Nothing has reached AnythingLLM yet in the case that begins.
    pub(super) fn begin_case(&self) {
        let control = self.world.upstream.control();
        let questions =
            control.requests().into_iter().filter(|request| request.path_and_query.ends_with("/stream-chat"));
        self.asked_before.lock().unwrap().extend(questions.filter_map(|request| text(&request.body, "message")));
        control.clear_requests();
    }

    /// What reached AnythingLLM in this case, without what the gateway asks for itself: which workspaces a user has, which
    /// it remembers for a while; what an answer took that broke off; and, beside the question of a case that is over, a
    /// search for it. These come late, and no attack brings them about.
    pub(super) fn requests(&self) -> Vec<ReceivedRequest> {
        let asked_before = self.asked_before.lock().unwrap();
        let own = |request: &ReceivedRequest| {
            let path = request.path_and_query.as_str();
            path == "/api/workspaces"
                || path.ends_with("&limit=4&orderBy=desc")
                || path.ends_with("/vector-search")
                    && text(&request.body, "query").is_some_and(|query| asked_before.contains(&query))
        };
        let mut requests = self.world.upstream.control().requests();
        requests.retain(|request| !own(request));
        requests
    }

    /// The same, in the words of the page.
    pub(super) fn reached(&self) -> String {
        let requests = self.requests();
        let mut kinds: BTreeSet<String> = requests.iter().map(|request| self.kind(request)).collect();
        // A question whose answer is streamed is searched for beside it.
        if kinds.contains("a plain question") {
            kinds.remove("a search");
        }
        if kinds.is_empty() { "nothing".to_owned() } else { Vec::from_iter(kinds).join(", ") }
    }

    fn kind(&self, request: &ReceivedRequest) -> String {
        let path = request.path_and_query.replace(&self.word("upstream_slug"), "SHOP");
        let carried = format!("{:?}", request.headers);
        // The listener for staff passes on what AnythingLLM's own interface sends; of ours nothing may go along.
        if self.secrets.iter().any(|secret| secret != self.world.upstream.api_key() && carried.contains(secret)) {
            return format!("A SECRET OF OURS in a header of {path}");
        }
        match (request.method.as_str(), path.split('?').next().unwrap_or_default()) {
            ("POST", "/api/v1/workspace/SHOP/stream-chat") => match self.armed(&request.body) {
                None => "a plain question".to_owned(),
                Some(why) => format!("AN ARMED QUESTION ({why})"),
            },
            ("POST", "/api/v1/workspace/SHOP/vector-search") => "a search".to_owned(),
            ("GET", "/api/v1/workspace/SHOP/chats") => "a history".to_owned(),
            ("POST", "/api/request-token") => "a login".to_owned(),
            (method, path) => format!("{method} {path}"),
        }
    }

    /// What AnythingLLM would do with a question besides answering it.
    fn armed(&self, body: &[u8]) -> Option<String> {
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else {
            return Some("no object".to_owned());
        };
        let fields: Vec<&str> = body.keys().map(String::as_str).collect();
        if fields != ["message", "mode", "sessionId"] {
            return Some(format!("fields {fields:?}"));
        }
        let session = body["sessionId"].as_str().unwrap_or_default();
        if session.len() < 16 || self.words.values().any(|word| word == session.as_bytes()) {
            return Some("a session that a client named".to_owned());
        }
        if body["mode"] != "query" && body["mode"] != "chat" {
            return Some(format!("mode {}", body["mode"]));
        }
        body["message"].as_str().is_none_or(triggers).then(|| format!("message {}", body["message"]))
    }

    /// What must not be found when all is over.
    pub(super) async fn left_behind(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        let health = self.process.public().get("/healthz").await;
        if health.status != 200 {
            wrong.push(format!("the program does not answer any more: {health:?}"));
        }
        for process in [&mut self.process, &mut self.encrypted] {
            wrong.extend(left_by(process, &self.secrets).await);
        }
        wrong
    }
}

/// The program with TLS on its public listener.
async fn encrypted(world: &World, authority: &Authority) -> Process {
    let leaf = authority.leaf("chat.example");
    let (certificate, key) = leaf.files();
    let tls = [
        ("VESTIBULE_PUBLIC_TLS_CERTIFICATE_FILE", certificate.as_str()),
        ("VESTIBULE_PUBLIC_TLS_PRIVATE_KEY_FILE", key.as_str()),
    ];
    Process::serve(world, &[&SETTINGS[..], &tls].concat()).await
}

/// Words that are longer or deeper than anything that makes sense.
fn large(words: &mut BTreeMap<&'static str, String>) {
    words.insert("x1100", "x".repeat(1_100));
    words.insert("x5000", "x".repeat(5_000));
    words.insert("x20000", "x".repeat(20_000));
    words.insert("x70000", "x".repeat(70_000));
    words.insert("x300000", "x".repeat(300_000));
    words.insert("deep-list", format!("{}{}", "[".repeat(1_000), "]".repeat(1_000)));
    words.insert("deep-object", format!("{}1{}", "{\"a\":".repeat(1_000), "}".repeat(1_000)));
    words.insert("opened", "[".repeat(50_000));
    words.insert("nines", "9".repeat(5_000));
    words.insert("blanks", " ".repeat(3_000));
    words.insert("many-fields", (0..3_000).map(|n| format!("\"f{n}\":1,")).collect());
}

/// A key that may manage keys and its shop, and is bound in everything else, and one that is bound to the shop only and
/// is switched off.
async fn bound_keys(world: &World, words: &mut BTreeMap<&'static str, String>) {
    let limits = KeyLimits {
        per_minute: Some(10_000),
        burst: Some(10_000),
        messages_per_day: Some(100),
        tokens_per_month: Some(50_000),
        ..KeyLimits::default()
    };
    let scopes = [Scope::KeysWrite, Scope::WorkspacesRead, Scope::WorkspacesWrite, Scope::ChatWrite];
    let bounded = KeySpec {
        scopes: scopes.into_iter().collect(),
        expires_at: Some(world.ambient.now() + TimeDelta::days(30)),
        limits,
        ..world.spec(KeyKind::Secret)
    };
    let chat = [Scope::ChatWrite].into_iter().collect();
    let endless = KeySpec { scopes: chat, ..world.spec(KeyKind::Secret) };
    let (bounded, endless) = (world.key(bounded).await, world.key(endless).await);
    world.change_key(&bounded, "allowed_ips = '{127.0.0.0/8}'").await;
    world.change_key(&endless, "enabled = false").await;
    words.insert("sk_endless", endless);
    words.insert("sk_bounded", bounded);
}

async fn left_by(process: &mut Process, secrets: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let metrics = process.ops().get("/metrics").await.text().to_owned();
    process.signal("TERM").await;
    if process.exit().await != Some(0) {
        wrong.push("the program did not end well".to_owned());
    }
    process.line(|line| line["message"] == "stopped").await;
    let log = process.log();
    for line in log.lines() {
        let parsed: Option<Value> = serde_json::from_str(line).ok();
        if parsed.is_none() || line.chars().any(char::is_control) {
            wrong.push(format!("a line of the log that is not ours alone: {line:?}"));
        }
        if line.contains("panicked") || parsed.is_some_and(|line| line["status"] == 500) {
            wrong.push(format!("a defect: {line}"));
        }
    }
    for (place, text) in [("the log", &log), ("metrics", &metrics)] {
        for secret in secrets.iter().filter(|secret| text.contains(secret.as_str())) {
            wrong.push(format!("{secret} in {place}"));
        }
    }
    wrong
}

/// A secret key with every scope, of another tenant with a shop of its own.
async fn foreign_key(world: &World) -> String {
    let ambient = &world.ambient;
    let tenant = Tenant {
        id: TenantId(ambient.uuid()),
        slug: "second".parse().unwrap(),
        name: "Second".into(),
        status: TenantStatus::Active,
        created_at: ambient.now(),
    };
    world.database.tenants().insert(&tenant, &Author::cli("test"), ambient).await.unwrap();
    let own = Workspace {
        id: WorkspaceId::new(ambient),
        tenant: tenant.id,
        slug: "second-shop".into(),
        upstream_slug: world.upstream.control().add_workspace("second"),
        display_name: "Second".into(),
        ..world.workspace.clone()
    };
    world.database.workspaces().insert(&own).await.unwrap();
    let key = ApiKey::generate(KeyKind::Secret, KeyEnv::Test, &SystemRandomness);
    let new = NewKey {
        id: KeyId::new(ambient),
        tenant: tenant.id,
        workspace: None,
        public_id: key.public_id(),
        last_four: key.last_four().to_owned(),
        hash: key.hash(&world.config.root_key().unwrap().pepper()),
        kind: KeyKind::Secret,
        env: KeyEnv::Test,
        content: KeyContent { name: "foreign".into(), scopes: Scope::ALL.to_vec(), ..KeyContent::default() },
        allow_any_origin: false,
        rotation: None,
        created_by: "test".into(),
        created_at: ambient.now(),
    };
    world.database.api_keys().insert(&new, &Author::cli("test"), ambient).await.unwrap();
    key.expose().to_owned()
}

/// One character of the secret part replaced.
fn with_another_secret(key: &str) -> String {
    let at = "vst_pk_test_".len() + 12 + 1;
    let other = if key.as_bytes()[at] == b'x' { "y" } else { "x" };
    format!("{}{other}{}", &key[..at], &key[at + 1..])
}

/// With the checksum that fits what was changed: anybody can compute it.
fn refit(changed: &str) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = &changed[..changed.len() - 6];
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[rest % 62];
        rest /= 62;
    }
    format!("{body}{}", std::str::from_utf8(&digits).unwrap())
}

/// A text of a body that is a JSON object.
fn text(body: &[u8], name: &str) -> Option<String> {
    Some(serde_json::from_slice::<Value>(body).ok()?.get(name)?.as_str()?.to_owned())
}
