//! The database goes away and comes back: how soon that is told, what goes on without it, and what is not lost.

mod absence;
mod idempotency;
mod relied_on;
mod schema;
mod standby;
mod terminated;
mod without;

use crate::harness::{Answer, Http, KeySpec, TcpProxy, World, eventually};
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;

/// A world, and a replica that reaches its database through something that can be away.
struct Scene {
    world: World,
    front: TcpProxy,
    gateway: World,
}

impl Scene {
    async fn set(settings: &[(&str, &str)]) -> Self {
        let world = World::start().await;
        let front = TcpProxy::before_url(&world.database_url()).await;
        let url = front.url(&world.database_url());
        let settings: Vec<_> = settings.iter().copied().chain([("DATABASE_URL", url.as_str())]).collect();
        let gateway = world.replica_with(&settings).await;
        let scene = Self { world, front, gateway };
        // What it learns before is forgotten when it begins to listen.
        scene.shows("vestibule_change_listener_up 1").await;
        scene
    }

    /// A back end of the shop with a key that the gateway has not seen.
    async fn stranger(&self) -> Http {
        self.back_end(&self.key(self.world.spec(KeyKind::Secret)).await)
    }

    fn back_end(&self, key: &str) -> Http {
        self.gateway.public().bearer(key)
    }

    /// A key whose making the gateway has been told of: told later, what it remembers of the key by then is forgotten.
    async fn key(&self, spec: KeySpec) -> String {
        let followed = async || metric(&self.gateway, "vestibule_key_propagation_seconds_count").await;
        let before = followed().await;
        let key = self.world.key(spec).await;
        eventually(async || if followed().await > before { Ok(()) } else { Err("not told") }).await;
        key
    }

    /// Waits until the gateway knows whether the database is away.
    async fn knows(&self, up: bool) {
        self.shows(&format!("vestibule_database_up {}", u8::from(up))).await;
    }

    /// Waits until the gateway's metrics have this line.
    async fn shows(&self, wanted: &str) {
        eventually(async || {
            let metrics = self.gateway.ops().get("/metrics").await;
            if metrics.text().lines().any(|line| line == wanted) { Ok(()) } else { Err(wanted.to_owned()) }
        })
        .await;
    }
}

fn told(answer: &Answer) -> (u16, String) {
    let code = if answer.status.is_success() { String::new() } else { answer.code() };
    (answer.status.as_u16(), code)
}

fn away() -> (u16, String) {
    (503, "service_unavailable".to_owned())
}

fn question(session: &str) -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?", "session_id": session})
}

async fn chat(http: &Http, session: &str) -> Answer {
    http.post("/api/v1/chat", &question(session)).await
}

/// The session names that AnythingLLM has seen in questions, in order.
fn upstream_sessions(world: &World) -> Vec<String> {
    let requests = world.upstream.control().requests();
    let chats = requests.iter().filter(|r| r.path_and_query.ends_with("/stream-chat"));
    chats.map(|r| serde_json::from_slice::<Value>(&r.body).unwrap()["sessionId"].as_str().unwrap().to_owned()).collect()
}

/// The value of a series without labels.
async fn metric(world: &World, name: &str) -> f64 {
    let metrics = world.ops().get("/metrics").await;
    let line = metrics.text().lines().find(|line| line.starts_with(&format!("{name} ")));
    line.and_then(|line| line.rsplit(' ').next()).unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}
