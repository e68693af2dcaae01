//! What is done to the replicas and to what they stand on, and which answers that may change.

use super::client::{Kind, Place, Seen};
use super::fleet::{Fleet, REPLICAS};
use super::load::{Load, Record, place_of};
use futures_util::future::join_all;
use std::time::{Duration, Instant};

/// One way to fail; the number is a replica's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    GatewayKilled(usize),
    GatewayPaused(usize),
    RedisKilled,
    RedisPaused,
    RedisEmptied,
    RedisCut,
    ConnectionsEnded,
    DatabaseCut,
    DatabaseSilent,
    DatabaseReadOnly,
    UpstreamCut,
    UpstreamSilent,
    UpstreamSlow,
}

impl Fault {
    pub(super) const ALL: [Self; 17] = [
        Self::GatewayKilled(0),
        Self::GatewayKilled(1),
        Self::GatewayKilled(2),
        Self::GatewayPaused(0),
        Self::GatewayPaused(1),
        Self::GatewayPaused(2),
        Self::RedisKilled,
        Self::RedisPaused,
        Self::RedisEmptied,
        Self::RedisCut,
        Self::ConnectionsEnded,
        Self::DatabaseCut,
        Self::DatabaseSilent,
        Self::DatabaseReadOnly,
        Self::UpstreamCut,
        Self::UpstreamSilent,
        Self::UpstreamSlow,
    ];

    /// What the page calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GatewayKilled(_) => "a gateway is killed (SIGKILL) and started again",
            Self::GatewayPaused(_) => "a gateway is stopped and goes on (SIGSTOP, SIGCONT)",
            Self::RedisKilled => "Redis is killed and started again, empty",
            Self::RedisPaused => "Redis is stopped and goes on",
            Self::RedisEmptied => "Redis is emptied (`FLUSHALL`)",
            Self::RedisCut => "the way to Redis is cut",
            Self::ConnectionsEnded => "PostgreSQL ends all connections",
            Self::DatabaseCut => "the way to PostgreSQL is cut",
            Self::DatabaseSilent => "nothing comes from PostgreSQL any more",
            Self::DatabaseReadOnly => "PostgreSQL can only be read",
            Self::UpstreamCut => "the way to AnythingLLM is cut",
            Self::UpstreamSilent => "nothing comes from AnythingLLM any more",
            Self::UpstreamSlow => "AnythingLLM is slow",
        }
    }

    pub(super) fn is_of_redis(self) -> bool {
        matches!(self, Self::RedisKilled | Self::RedisPaused | Self::RedisEmptied | Self::RedisCut)
    }

    pub(super) fn is_absence(self) -> bool {
        matches!(self, Self::DatabaseCut | Self::DatabaseSilent)
    }

    /// Whether a request that met this fault may have ended so.
    pub(super) fn allows(self, record: &Record) -> bool {
        let wanted = is_good(record);
        let status = match record.seen {
            Seen::Whole { status, .. } => status,
            _ => 0,
        };
        match self {
            Self::GatewayKilled(replica) if record.replica == Some(replica) => {
                wanted || matches!(record.seen, Seen::NotTaken | Seen::Broken)
            }
            // Its timers have run out meanwhile.
            Self::GatewayPaused(replica) if record.replica == Some(replica) => {
                wanted || matches!(record.seen, Seen::Whole { status: 200 | 502..=504, .. })
            }
            Self::ConnectionsEnded => wanted || (record.kind == Kind::Begin && status == 503),
            Self::DatabaseCut | Self::DatabaseSilent => wanted || (!record.kind.is_known() && status == 503),
            Self::DatabaseReadOnly => wanted || status == 503,
            Self::UpstreamCut | Self::UpstreamSilent | Self::UpstreamSlow if record.kind != Kind::Empty => {
                matches!(record.seen, Seen::Whole { status: 200 | 502..=504, .. })
            }
            _ => wanted,
        }
    }
}

/// Whether it was answered as if nothing were wrong.
pub(super) fn is_good(record: &Record) -> bool {
    matches!(record.seen, Seen::Whole { status, failed: false } if record.kind.is_as_wanted(status))
}

/// A fault that was.
#[derive(Debug)]
pub(super) struct Struck {
    pub(super) fault: Fault,
    pub(super) from: Instant,
    pub(super) mended: Instant,
    /// How long after that everything worked again.
    pub(super) recovery: Duration,
    pub(super) limits: Option<Limits>,
}

/// What a key with few allowances was let do over all replicas, before, while and after Redis was struck.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// What it may do: its burst, and one for each minute that passed.
    pub(super) limit: usize,
    pub(super) passed: usize,
}

impl Struck {
    pub(super) fn met(&self, record: &Record) -> bool {
        record.from <= self.mended + self.recovery && record.until >= self.from
    }
}

/// Strikes while the load goes on, for as long as the replicas that can take this to give `hold` answers each; mends it
/// and waits until everything works.
pub(super) async fn strike(fault: Fault, fleet: &mut Fleet, load: &Load, hold: u64) -> Struck {
    let all: Vec<usize> = (0..REPLICAS).collect();
    if fault.is_absence() {
        load.is_known().await;
    } else {
        load.goes_on(&all, 3).await;
    }
    let strangers = if fault.is_absence() { vec![fleet.unseen_key().await, fleet.unseen_key().await] } else { vec![] };
    let mut probe = if fault.is_of_redis() { Some(Probe::begin(fleet).await) } else { None };
    let from = Instant::now();
    let mended;
    match fault {
        Fault::GatewayKilled(replica) => {
            fleet.kill(replica).await;
            load.goes_on(&without(replica), hold).await;
            mended = Instant::now();
            fleet.begin(replica).await;
        }
        Fault::GatewayPaused(replica) => {
            fleet.process(replica).signal("STOP").await;
            load.goes_on(&without(replica), hold).await;
            fleet.process(replica).signal("CONT").await;
            mended = Instant::now();
        }
        _ => {
            begin(fault, fleet).await;
            if fault.is_absence() {
                fleet.knows_of_the_database(false).await;
            }
            ask_as_strangers(fleet, &strangers).await;
            if let Some(probe) = &mut probe {
                probe.ask(fleet, 12).await;
            }
            // Each answer takes as long as a chat may hang.
            let hold = if fault == Fault::UpstreamSilent { 3 } else { hold };
            load.goes_on(&all, hold).await;
            end(fault, fleet).await;
            mended = Instant::now();
        }
    }
    let recovery = fleet.works(mended).await;
    let limits = match probe {
        Some(probe) => Some(probe.end(fleet).await),
        None => None,
    };
    Struck { fault, from, mended, recovery, limits }
}

fn without(replica: usize) -> Vec<usize> {
    (0..REPLICAS).filter(|other| *other != replica).collect()
}

async fn begin(fault: Fault, fleet: &mut Fleet) {
    match fault {
        Fault::RedisKilled => fleet.redis.kill().await,
        Fault::RedisPaused => fleet.redis.signal("STOP").await,
        Fault::RedisEmptied => drop(fleet.redis.command(&["FLUSHALL"]).await),
        Fault::RedisCut => fleet.redis.way.cut(),
        Fault::ConnectionsEnded => fleet.world.end_connections().await,
        Fault::DatabaseCut => fleet.database.cut(),
        Fault::DatabaseSilent => fleet.database.silence(),
        Fault::DatabaseReadOnly => fleet.world.set_read_only(true).await,
        Fault::UpstreamCut => fleet.upstream.cut(),
        Fault::UpstreamSilent => fleet.upstream.silence(),
        Fault::UpstreamSlow => fleet.upstream.delay(Duration::from_millis(100)),
        Fault::GatewayKilled(_) | Fault::GatewayPaused(_) => unreachable!("done to one replica"),
    }
}

async fn end(fault: Fault, fleet: &mut Fleet) {
    match fault {
        Fault::RedisKilled => fleet.redis.begin_again().await,
        Fault::RedisPaused => fleet.redis.signal("CONT").await,
        Fault::RedisCut => fleet.redis.way.open(),
        Fault::DatabaseCut | Fault::DatabaseSilent => fleet.database.open(),
        Fault::DatabaseReadOnly => fleet.world.set_read_only(false).await,
        Fault::UpstreamCut | Fault::UpstreamSilent | Fault::UpstreamSlow => fleet.upstream.open(),
        Fault::RedisEmptied | Fault::ConnectionsEnded => {}
        Fault::GatewayKilled(_) | Fault::GatewayPaused(_) => unreachable!("done to one replica"),
    }
}

/// Whoever no replica knows is refused, at once and not after the time that the database may take.
async fn ask_as_strangers(fleet: &Fleet, keys: &[String]) {
    for key in keys {
        for replica in 0..REPLICAS {
            let place = place_of(&fleet.places, replica).expect("it runs");
            let seen = fleet.ledger.ask(Some(replica), &place, Kind::Stranger, key, "strange").await;
            assert_eq!(seen, Seen::Whole { status: 503, failed: false });
        }
    }
}

/// A key that asks more than it may.
struct Probe {
    key: String,
    begun: Instant,
    passed: usize,
}

/// What it may do at once.
pub(super) const BURST: u32 = 24;

impl Probe {
    async fn begin(fleet: &Fleet) -> Self {
        let mut probe = Self { key: fleet.limited_key(BURST).await, begun: Instant::now(), passed: 0 };
        probe.ask(fleet, 4).await;
        probe
    }

    /// So many requests to each replica, all at once.
    async fn ask(&mut self, fleet: &Fleet, each: usize) {
        let places: Vec<(usize, Place)> =
            (0..REPLICAS).filter_map(|replica| Some((replica, place_of(&fleet.places, replica)?))).collect();
        let asked = places.iter().flat_map(|place| (0..each).map(move |_| place));
        let asked = asked.map(|(replica, place)| fleet.ledger.ask(Some(*replica), place, Kind::Limited, &self.key, ""));
        let passed = |seen: &&Seen| matches!(seen, Seen::Whole { status: 200, .. });
        self.passed += join_all(asked).await.iter().filter(passed).count();
    }

    async fn end(mut self, fleet: &Fleet) -> Limits {
        self.ask(fleet, 6).await;
        let minutes = self.begun.elapsed().as_secs() / 60 + 1;
        Limits { limit: BURST as usize + usize::try_from(minutes).unwrap(), passed: self.passed }
    }
}
