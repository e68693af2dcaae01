//! Three replicas of the program, each with a spool of its own, before a PostgreSQL, a Redis and an AnythingLLM to
//! which the ways can be cut.

use super::client::{Kind, Seen};
use super::load::{Ledger, place_of};
use crate::harness::{KeySpec, OwnRedis, PATIENCE, Process, TcpProxy, World, eventually};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestibule::domain::key::{KeyKind, KeyLimits};

pub(super) const REPLICAS: usize = 3;

/// Where the replicas are, as long as they run.
pub(super) type Places = [Mutex<Option<SocketAddr>>; REPLICAS];

/// Everything that can be struck.
pub(super) struct Fleet {
    pub(super) world: World,
    pub(super) database: TcpProxy,
    pub(super) upstream: TcpProxy,
    pub(super) redis: OwnRedis,
    pub(super) places: Arc<Places>,
    pub(super) ledger: Arc<Ledger>,
    /// May do as much as it likes.
    pub(super) key: String,
    pub(super) processes: [Option<Process>; REPLICAS],
    settings: Vec<(&'static str, String)>,
}

impl Fleet {
    pub(super) async fn start(seed: u64) -> Self {
        let mut world = World::start().await;
        let limits = KeyLimits { per_minute: Some(1_000_000), burst: Some(1_000_000), ..KeyLimits::default() };
        let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
        // Its own gateway is none of the three.
        world.stop().await;
        // Streams run for a moment, so that something strikes them.
        world.upstream.control().set_token_delay(Duration::from_millis(2));
        let database = TcpProxy::before_url(&world.database_url()).await;
        let upstream = TcpProxy::before_url(&world.upstream.url()).await;
        let redis = OwnRedis::start().await;
        let settings = settings(database.url(&world.database_url()), &upstream.url(&world.upstream.url()), redis.url());
        let (places, ledger) = (Arc::<Places>::default(), Arc::new(Ledger::new(seed)));
        let processes = [None, None, None];
        let mut fleet = Self { world, database, upstream, redis, places, ledger, key, processes, settings };
        for replica in 0..REPLICAS {
            fleet.begin(replica).await;
        }
        fleet.works(Instant::now()).await;
        fleet
    }

    /// Where a replica keeps its usage.
    fn spool(&self, replica: usize) -> PathBuf {
        self.world.spool().join(format!("replica-{replica}"))
    }

    /// Starts the program, and has it take the place of this replica.
    pub(super) async fn begin(&mut self, replica: usize) {
        let spool = self.spool(replica);
        std::fs::create_dir_all(&spool).unwrap();
        let spool = spool.display().to_string();
        let mut settings: Vec<_> = self.settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.push(("VESTIBULE_USAGE_SPOOL_DIR", spool.as_str()));
        let process = Process::serve(&self.world, &settings).await;
        *self.places[replica].lock() = Some(process.public);
        self.processes[replica] = Some(process);
    }

    pub(super) fn process(&self, replica: usize) -> &Process {
        self.processes[replica].as_ref().expect("it runs")
    }

    /// Ends a replica as the kernel does.
    pub(super) async fn kill(&mut self, replica: usize) {
        self.processes[replica].take().expect("it runs").kill().await;
        // Only now: it is struck while it is asked.
        *self.places[replica].lock() = None;
    }

    /// Waits until every replica does everything again, and says how long after `since` that was.
    pub(super) async fn works(&self, since: Instant) -> Duration {
        for replica in 0..REPLICAS {
            self.does_everything(replica).await;
        }
        since.elapsed()
    }

    async fn does_everything(&self, replica: usize) {
        let ops = self.process(replica).ops();
        for wanted in ["vestibule_database_up 1", "vestibule_change_listener_up 1", "vestibule_limits_shared 1"] {
            eventually(async || {
                let metrics = ops.get("/metrics").await;
                let there = metrics.text().lines().any(|line| line == wanted);
                if there { Ok(()) } else { Err(format!("replica {replica}: no {wanted}")) }
            })
            .await;
        }
        eventually(async || match ops.get("/readyz").await {
            ready if ready.status == 200 => Ok(()),
            ready => Err(ready.text().to_owned()),
        })
        .await;
        let place = place_of(&self.places, replica).expect("it runs");
        let is_answered =
            eventually(async || match self.ledger.ask(Some(replica), &place, Kind::Begin, &self.key, "").await {
                Seen::Whole { status: 200, failed: false } => Ok(()),
                seen => Err(seen),
            });
        tokio::time::timeout(PATIENCE * 2, is_answered).await.expect("it answers");
    }

    /// Waits until the replicas that run know whether the database is there.
    pub(super) async fn knows_of_the_database(&self, up: bool) {
        let wanted = format!("vestibule_database_up {}", u8::from(up));
        for process in self.processes.iter().flatten() {
            eventually(async || {
                let metrics = process.ops().get("/metrics").await;
                if metrics.text().lines().any(|line| line == wanted) { Ok(()) } else { Err(wanted.clone()) }
            })
            .await;
        }
    }

    /// A key that may do a few things, and no more for as long as this runs.
    pub(super) async fn limited_key(&self, burst: u32) -> String {
        let limits = KeyLimits { per_minute: Some(1), burst: Some(burst), ..KeyLimits::default() };
        self.world.key(KeySpec { limits, ..self.world.spec(KeyKind::Secret) }).await
    }

    /// A key that no replica has seen.
    pub(super) async fn unseen_key(&self) -> String {
        self.world.key(self.world.spec(KeyKind::Secret)).await
    }
}

impl Drop for Fleet {
    /// What the replicas said of themselves, for whoever has to find out why.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for (replica, process) in self.processes.iter().enumerate() {
            let log = process.as_ref().map(Process::log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().filter(|line| !line.contains("vestibule::access")).collect();
            super::say(&format!("replica {replica}:\n{}", lines[lines.len().saturating_sub(40)..].join("\n")));
        }
    }
}

fn settings(database: String, upstream: &str, redis: String) -> Vec<(&'static str, String)> {
    let many = || "1000000".to_owned();
    vec![
        ("DATABASE_URL", database),
        ("VESTIBULE_UPSTREAM_URL", upstream.trim_end_matches('/').to_owned()),
        ("VESTIBULE_REDIS_URL", redis),
        ("VESTIBULE_REDIS_LEAST_REPLICAS", REPLICAS.to_string()),
        // The machine is busy, and not each late answer is to count as a Redis that is away.
        ("VESTIBULE_REDIS_PATIENCE_MILLIS", "200".to_owned()),
        // A chat that hangs ends within the run.
        ("VESTIBULE_UPSTREAM_RESPONSE_MILLIS", "5000".to_owned()),
        ("VESTIBULE_UPSTREAM_STREAM_IDLE_SECONDS", "15".to_owned()),
        ("VESTIBULE_SHUTDOWN_DRAIN_SECONDS", "20".to_owned()),
        // All clients have one address.
        ("VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND", "100000".to_owned()),
        ("VESTIBULE_LIMITS_FLOOD_BURST", "100000".to_owned()),
        ("VESTIBULE_LIMITS_IP_PER_MINUTE", many()),
        ("VESTIBULE_LIMITS_VISITOR_PER_MINUTE", many()),
        ("VESTIBULE_LIMITS_MAX_STREAMS", "1000".to_owned()),
        ("VESTIBULE_EDGE_MAX_CONNECTIONS_PER_IP", "9000".to_owned()),
        ("VESTIBULE_EDGE_MAX_REQUESTS_PER_IP", "9000".to_owned()),
    ]
}
