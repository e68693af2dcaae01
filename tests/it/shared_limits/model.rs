//! Whatever replicas do, one after another and side by side, with clocks that jump and deaths in between: never more is
//! let through than the model allows.

use super::common_redis;
use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use vestibule::domain::clock::{Ambient, Clock, SystemRandomness};
use vestibule::domain::ids::KeyId;
use vestibule::limits::{Limiter, Policy, ROLE, Rate, Shared, StreamPlace, StreamPolicy, StreamSlot, Subject, Want};
use vestibule::redis_client::{Described, Redis, Topology};
use vestibule::telemetry::metrics::Metrics;

const REPLICAS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    /// So many requests at once, of the key alone or with an allowance of one's own.
    Take { replica: usize, many: usize, own: bool },
    GiveBack { replica: usize },
    Look { replica: usize },
    OpenStream { replica: usize },
    EndStream,
    /// The replica's clock is set, forwards or back.
    Clock { replica: usize, seconds: i64 },
    /// The replica dies, and another one begins.
    Die { replica: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let replica = 0..REPLICAS;
    prop_oneof![
        5 => (replica.clone(), 1..6_usize, any::<bool>())
            .prop_map(|(replica, many, own)| Step::Take { replica, many, own }),
        2 => replica.clone().prop_map(|replica| Step::GiveBack { replica }),
        1 => replica.clone().prop_map(|replica| Step::Look { replica }),
        2 => replica.clone().prop_map(|replica| Step::OpenStream { replica }),
        1 => Just(Step::EndStream),
        1 => (replica.clone(), -100_000..100_000_i64).prop_map(|(replica, seconds)| Step::Clock { replica, seconds }),
        1 => replica.prop_map(|replica| Step::Die { replica }),
    ]
}

#[derive(Debug)]
struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

struct Replica {
    limiter: Shared,
    hands: Arc<Hands>,
}

impl Replica {
    async fn new(redis: &Redis) -> Self {
        let hands = Arc::new(Hands(Mutex::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap())));
        let ambient = Ambient { clock: Arc::clone(&hands) as _, randomness: Arc::new(SystemRandomness) };
        let limiter = Shared::new(redis.clone(), 1, Arc::new(Metrics::new()), ambient);
        limiter.settle(Duration::from_secs(20)).await;
        Self { limiter, hands }
    }
}

/// What the model knows: units that are out.
#[derive(Debug, Default)]
struct Model {
    key: usize,
    own: usize,
}

async fn holds(redis: Redis, steps: Vec<Step>, burst: u32, places: u32) -> Result<(), TestCaseError> {
    let mut replicas = Vec::new();
    for _ in 0..REPLICAS {
        replicas.push(Replica::new(&redis).await);
    }
    let key = Subject::Key(KeyId::new(&Ambient::system()));
    let Subject::Key(id) = key else { unreachable!() };
    let own = Subject::Session(id, vestibule::limits::Label::of("own"));
    // One unit a minute: none comes back while a case runs.
    let rate = |burst| Rate::per_minute(1, burst);
    let shared = Want { policy: Policy::KeyMinute, subject: key, rate: rate(burst) };
    let alone = Want { policy: Policy::VisitorMinute, subject: own, rate: rate(burst.div_ceil(2)) };
    let mut model = Model::default();
    let mut taken: Vec<Vec<Want>> = Vec::new();
    let mut streams: Vec<(usize, StreamSlot)> = Vec::new();
    for step in steps {
        match step {
            Step::Take { replica, many, own } => {
                let wants = if own { vec![shared, alone] } else { vec![shared] };
                let limiter = &replicas[replica].limiter;
                let answers = futures_util::future::join_all((0..many).map(|_| limiter.take(&wants))).await;
                for answer in answers {
                    let fits = model.key < burst as usize && (!own || model.own < alone.rate.burst as usize);
                    match answer {
                        Ok(states) => {
                            prop_assert!(fits, "let through beyond the model: {model:?}");
                            model.key += 1;
                            model.own += usize::from(own);
                            prop_assert_eq!(states[0].remaining as usize <= burst as usize, true);
                            taken.push(wants.clone());
                        }
                        Err(exceeded) => prop_assert!(!exceeded.policies.is_empty()),
                    }
                }
            }
            Step::GiveBack { replica } => {
                if let Some(wants) = taken.pop() {
                    replicas[replica].limiter.give_back(&wants).await;
                    model.key -= 1;
                    model.own -= usize::from(wants.len() == 2);
                }
            }
            Step::Look { replica } => {
                let left = replicas[replica].limiter.look(&[shared]).await[0].remaining as usize;
                prop_assert_eq!(left, burst as usize - model.key);
            }
            Step::OpenStream { replica } => {
                let place = StreamPlace { policy: StreamPolicy::All, holder: key, max: places };
                match replicas[replica].limiter.open_stream(&[place]).await {
                    Ok(slot) => {
                        streams.push((replica, slot));
                        prop_assert!(streams.len() <= places as usize, "more streams than places");
                    }
                    Err(full) => prop_assert_eq!((full.max, streams.len()), (places, places as usize)),
                }
            }
            Step::EndStream => {
                if let Some((replica, slot)) = streams.pop() {
                    drop(slot);
                    // The replica itself tells Redis before it next asks; another one hears of it when it is told.
                    replicas[replica].limiter.open_streams(key).await;
                }
            }
            Step::Clock { replica, seconds } => *replicas[replica].hands.0.lock() += TimeDelta::seconds(seconds),
            Step::Die { replica } => {
                // What it held is not given back.
                for (_, slot) in streams.extract_if(.., |(of, _)| *of == replica) {
                    std::mem::forget(slot);
                }
                replicas[replica] = Replica::new(&redis).await;
                // Its streams keep their places for the length of a lease, which no case reaches.
                if replicas[0].limiter.open_streams(key).await as usize != streams.len() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

#[test]
fn no_interleaving_lets_through_more_than_the_model_allows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (url, prefix) = common_redis();
    let url = SecretString::from(url);
    let redis = runtime.block_on(async {
        let none = SecretString::from("");
        let described =
            Described { urls: &url, sentinel_master: "", sentinel_password: &none, cluster: false, ca_file: Path::new("") };
        let topology = Topology::new(&described).unwrap();
        let redis = Redis::new(ROLE, topology, Duration::from_secs(20), &prefix, Arc::new(Metrics::new()));
        tokio::spawn(redis.clone().run());
        redis.there().wait_for(|there| *there).await.unwrap();
        redis
    });
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let cases = (prop::collection::vec(step(), 1..60), 1..12_u32, 1..4_u32);
    runner
        .run(&cases, |(steps, burst, places)| runtime.block_on(holds(redis.clone(), steps, burst, places)))
        .unwrap();
}
