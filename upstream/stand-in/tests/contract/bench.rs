//! The server under test and what is set up on it, through its HTTP API only.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_stand_in::{Control, Mode, Options, StandIn, VectorDatabase};

use crate::client::{Answer, exchange, request};
use crate::keep::keep;
use crate::recording::{Names, Recording};
use crate::shape::{Differences, differences};

/// The server under test.
enum Upstream {
    StandIn(Box<StandIn>),
    Real(SocketAddr),
}

/// A server with the names this run uses for what was recorded.
pub(crate) struct Bench {
    upstream: Upstream,
    pub(crate) vectors: VectorDatabase,
    pub(crate) names: Names,
    /// The ids of `user1` and `limited1`.
    members: Vec<Value>,
    problems: Vec<String>,
    replayed: usize,
}

/// What a question is answered with where the embedder finds something, against the recording.
const FOUND_OTHERWISE: [(&str, &str); 4] = [
    ("chat/chat_query_mode_no_hit", "chat/chat_query_mode_hit"),
    ("chat/chat_no_mode_field_query_ws", "chat/chat_query_mode_hit"),
    ("chat/stream_query_mode_no_hit", "chat/stream_query_mode_hit"),
    ("chat/stream_no_mode_field_query_ws", "chat/stream_query_mode_hit"),
];

/// The four texts the recordings were made with.
const TEXTS: [(&str, &str, &str); 4] = [
    (
        "gateway-notes",
        "Pingora is a Rust library for building programmable network proxies. The gateway forwards requests to AnythingLLM and streams server sent events back to the client without buffering. Rate limits are kept per api key.",
        "raw-gateway-notes-298448ce-e543-494a-bd69-8fb4a8e1e372.json",
    ),
    (
        "gardening",
        "Tomatoes need full sun and regular watering. Prune the side shoots and feed the plants with compost every two weeks during summer.",
        "raw-gardening-195b891f-3a41-45d9-a36f-88380a7e7234.json",
    ),
    (
        "auto-added",
        "A document which is embedded directly into the workspace by addToWorkspaces during upload. Zebra quartz falcon.",
        "raw-auto-added-7c27fa7c-e592-4815-860f-4c2820466b4e.json",
    ),
    (
        "birds",
        "Falcons are fast birds. The quick falcon dives on its prey at high speed.",
        "notes.txt-1acff7c5-a511-4e35-9bae-7344070ee28c.json",
    ),
];

fn real() -> Option<(SocketAddr, String)> {
    let url = std::env::var("CONTRACT_UPSTREAM_URL").ok()?;
    let key = std::env::var("CONTRACT_UPSTREAM_API_KEY").expect("CONTRACT_UPSTREAM_API_KEY");
    let authority = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut addrs = authority.to_socket_addrs().expect("http://host:port");
    Some((addrs.next().expect("an address"), key))
}

impl Bench {
    /// A server in multi-user mode with the recorded people and workspaces. A real one has the vector database that it
    /// has: the tests for the others are left out.
    pub(crate) async fn multi_user(vectors: VectorDatabase) -> Option<Self> {
        let mut bench = match real() {
            Some((addr, key)) => {
                let bench = Self::of(Upstream::Real(addr), vectors, &key);
                let metrics = bench.call("GET", "/api/utils/metrics", "", &Value::Null).await.json();
                if metrics["vectorDB"] != vectors.name() {
                    skipped(vectors.name(), &format!("the vector database of this server is {}", metrics["vectorDB"]));
                    return None;
                }
                bench
            }
            None => Self::stand_in(Mode::MultiUser, vectors).await,
        };
        bench.people().await;
        bench.workspaces().await;
        Some(bench)
    }

    /// A stand-in in single-user mode. There is no real one: its mode cannot be turned back.
    pub(crate) async fn single_user(vectors: VectorDatabase) -> Option<Self> {
        if real().is_some() {
            skipped("single-user mode", "a real server cannot be turned back to it");
            return None;
        }
        Some(Self::stand_in(Mode::SingleUserOpen, vectors).await)
    }

    async fn stand_in(mode: Mode, vectors: VectorDatabase) -> Self {
        let options = Options { mode, vector_database: vectors, token_delay: Duration::ZERO, ..Options::default() };
        let server = StandIn::start(options).await.expect("a free port");
        let key = server.api_key().to_owned();
        Self::of(Upstream::StandIn(Box::new(server)), vectors, &key)
    }

    fn of(upstream: Upstream, vectors: VectorDatabase, key: &str) -> Self {
        let mut names = Names::default();
        names.set("<API_KEY>", key);
        names.set("<API_KEY_LOWERCASED>", &key.to_lowercase());
        Self { upstream, vectors, names, members: Vec::new(), problems: Vec::new(), replayed: 0 }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        match &self.upstream {
            Upstream::StandIn(server) => server.addr(),
            Upstream::Real(addr) => *addr,
        }
    }

    /// The switchboard; a real server has none.
    pub(crate) fn control(&self) -> Option<&Control> {
        match &self.upstream {
            Upstream::StandIn(server) => Some(server.control()),
            Upstream::Real(_) => None,
        }
    }

    /// A call of the developer API that must succeed.
    pub(crate) async fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.call(method, path, &self.names.get("<API_KEY>"), body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
    }

    /// The status of an answer of the developer API.
    pub(crate) async fn api_status(&self, path: &str) -> u16 {
        self.call("GET", path, &self.names.get("<API_KEY>"), &Value::Null).await.status
    }

    /// A call with a credential, whatever comes of it.
    pub(crate) async fn call(&self, method: &str, path: &str, credential: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let bearer = format!("Bearer {credential}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let bytes = request(method, path, &headers, body.as_bytes());
        exchange(self.addr(), method, &bytes).await.expect("an answer")
    }

    /// A session token for a name and password.
    pub(crate) async fn login(&self, username: &str, password: &str) -> String {
        let body = json!({ "username": username, "password": password });
        let answer = self.call("POST", "/api/request-token", "", &body).await.json();
        answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn people(&mut self) {
        // On a real server the names are taken by the other tests and by earlier runs.
        let suffix = match self.upstream {
            Upstream::StandIn(_) => String::new(),
            Upstream::Real(_) => format!("-{}", random()),
        };
        let mut ids = Vec::new();
        for (name, role, jwt, limit) in [
            ("manager1", "manager", "<MANAGER_JWT>", Value::Null),
            ("user1", "default", "<USER_JWT>", Value::Null),
            ("limited1", "default", "<LIMITED_JWT>", json!(1)),
            ("suspended1", "default", "<SUSPENDED_JWT>", Value::Null),
            ("root1", "admin", "<ADMIN_JWT>", Value::Null),
        ] {
            let username = format!("{name}{suffix}");
            let password = "User-pass-1";
            let body = json!({
                "username": username,
                "password": password,
                "role": role,
                "dailyMessageLimit": limit,
            });
            let created = self.api("POST", "/api/v1/admin/users/new", &body).await;
            let id = &created["user"]["id"];
            ids.push(id.to_string());
            if matches!(name, "user1" | "limited1") {
                self.members.push(id.clone());
            }
            let token = self.login(&username, password).await;
            self.names.set(jwt, &token);
            self.names.set(name, &username);
        }
        for (recorded, id) in [("/users/2", &ids[0]), ("/users/3", &ids[1]), ("/users/5", &ids[3])] {
            self.names.set(recorded, &format!("/users/{id}"));
        }
        self.names.set("<JWT>", "not.a.token");
    }

    async fn workspaces(&mut self) {
        for (name, slug, settings) in [
            ("Single Mode WS", "single-mode-ws", json!({})),
            ("Contract Docs", "contract-docs", json!({})),
            (
                "Contract Query",
                "contract-query",
                json!({ "chatMode": "query", "topN": 3, "queryRefusalResponse": "Custom refusal." }),
            ),
        ] {
            let mut body = settings;
            body["name"] = json!(name);
            let created = self.api("POST", "/api/v1/workspace/new", &body).await;
            let actual = created["workspace"]["slug"].as_str().expect("a slug").to_owned();
            self.names.set(slug, &actual);
            if slug == "contract-docs" {
                let id = created["workspace"]["id"].to_string();
                self.names.set("/workspaces/4/", &format!("/workspaces/{id}/"));
            }
        }
    }

    /// Seats `user1` and `limited1` in the workspace of the recordings.
    pub(crate) async fn members(&self) {
        let slug = self.names.get("contract-docs");
        let path = format!("/api/v1/admin/workspaces/{slug}/manage-users");
        self.api("POST", &path, &json!({ "userIds": self.members })).await;
    }

    /// Adds the recorded texts to the workspace they were recorded with.
    pub(crate) async fn documents(&mut self) {
        let mut adds = Vec::new();
        for (title, text, recorded) in TEXTS {
            let body = json!({
                "textContent": text,
                "metadata": {
                    "title": title,
                    "docAuthor": "tester",
                    "description": "notes about gateway",
                    "docSource": "unit",
                    "chunkSource": "unit",
                },
            });
            let stored = self.api("POST", "/api/v1/document/raw-text", &body).await;
            let location = stored["documents"][0]["location"].as_str().expect("a location").to_owned();
            let file = location.rsplit('/').next().expect("a file name");
            self.names.set(recorded, file);
            adds.push(location);
        }
        let path = format!("/api/v1/workspace/{}/update-embeddings", self.names.get("contract-docs"));
        self.api("POST", &path, &json!({ "adds": adds })).await;
        let path = format!("/api/v1/workspace/{}/update-embeddings", self.names.get("contract-query"));
        self.api("POST", &path, &json!({ "adds": [adds[2]] })).await;
    }

    /// Replays recordings in turn.
    pub(crate) async fn replay(&mut self, recordings: &[&str]) {
        for name in recordings {
            self.replay_one(name, usize::MAX).await;
        }
    }

    /// Replays one recording, of a stream at most so many chunks.
    pub(crate) async fn replay_one(&mut self, name: &str, chunks: usize) -> Option<Answer> {
        let recording = Recording::load_for(self.vectors, name, &self.names);
        let request = recording.request();
        self.compare(&recording, &request, chunks).await
    }

    /// Replays one recording with a body made for it.
    pub(crate) async fn replay_with(&mut self, name: &str, body: &[u8]) {
        let recording = Recording::load_for(self.vectors, name, &self.names);
        let request = recording.request_with(body);
        self.compare(&recording, &request, usize::MAX).await;
    }

    async fn compare(&mut self, recording: &Recording, request: &[u8], chunks: usize) -> Option<Answer> {
        println!("{}", recording.name);
        let mut connection = crate::client::Connection::open(self.addr()).await;
        connection.send(request).await;
        let answer = connection.answer(recording.method(), chunks).await;
        self.replayed += 1;
        let name = &recording.name;
        match &answer {
            None => self.problems.push(format!("{name}: no answer")),
            Some(answer) => {
                keep(recording, request, answer, &self.names);
                let found = self.differences(recording, answer);
                self.problems.extend(found.broken.iter().map(|difference| format!("{name}: {difference}")));
                found.told.iter().for_each(|difference| println!("TOLD {name}: {difference}"));
            }
        }
        answer
    }

    fn differences(&self, recording: &Recording, answer: &Answer) -> Differences {
        let known = self.control().is_some();
        let found = differences(recording, answer, known);
        let otherwise = FOUND_OTHERWISE.iter().find(|(recorded, _)| *recorded == recording.name);
        match otherwise {
            // A real server's embedder may find something where that of the recording found nothing.
            Some((_, other)) if !known && !found.broken.is_empty() => {
                differences(&Recording::load_for(self.vectors, other, &self.names), answer, known)
            }
            _ => found,
        }
    }

    /// Fails with everything that was different. On a real server the workspaces go, and with them chats that could
    /// break what other tests look at.
    pub(crate) async fn finish(self) {
        if self.control().is_none() {
            for slug in ["single-mode-ws", "contract-docs", "contract-query"] {
                let path = format!("/api/v1/workspace/{}", self.names.get(slug));
                self.call("DELETE", &path, &self.names.get("<API_KEY>"), &Value::Null).await;
            }
        }
        println!("{} recordings replayed", self.replayed);
        assert!(self.problems.is_empty(), "{} differences:\n{}", self.problems.len(), self.problems.join("\n"));
    }
}

/// A part of a name that nobody else has.
pub(crate) fn random() -> String {
    Uuid::new_v4().simple().to_string()[..12].to_owned()
}

/// Says aloud what this run leaves out.
pub(crate) fn skipped(what: &str, why: &str) {
    println!("SKIPPED {what}: {why}");
}
