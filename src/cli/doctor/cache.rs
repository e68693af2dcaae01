//! The Redis of kept answers: there, one that forgets, and not the one that limits are counted in.

use super::PATIENCE;
use super::report::Report;
use crate::app::{cache_topology, topology};
use crate::config::Config;
use crate::redis_client::{Link, Topology, cause};
use secrecy::ExposeSecret as _;

const PART: &str = "cache";

/// What a server says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Server {
    /// Drawn by each process of Redis anew, so that two addresses of the same one are known.
    run_id: Option<String>,
    policy: Option<String>,
    /// Bytes; 0 = as many as the machine has.
    memory: Option<u64>,
}

pub(super) async fn examine(config: &Config) -> Report {
    let mut report = Report::default();
    if config.cache.redis_url.expose_secret().is_empty() {
        report.ok(PART, "cache.redis_url is not set: each replica keeps answers in its memory");
        return report;
    }
    let cache = match look(cache_topology(config), &config.cache.redis_prefix).await {
        Ok(cache) => cache,
        Err(why) => {
            report.fail(PART, why, "check cache.redis_url and cache.redis_ca_file: host, port, password, authority");
            return report;
        }
    };
    report.ok(PART, "answers");
    // That it cannot be reached is told where it is examined itself.
    let limits = if config.redis.url.expose_secret().is_empty() {
        None
    } else {
        look(topology(config), &config.redis.prefix).await.ok()
    };
    judge(&cache, limits.as_ref(), &mut report);
    report
}

async fn look(topology: anyhow::Result<Topology>, prefix: &str) -> Result<Server, String> {
    let topology = topology.map_err(|error| error.to_string())?;
    let connected = topology.connect(PATIENCE, prefix).await;
    let mut link = connected.map_err(|error| format!("cannot be reached: {}", cause(&error)))?;
    let info: Option<String> = redis::cmd("INFO").arg("server").query_async(&mut link).await.ok();
    Ok(Server {
        run_id: info.as_deref().and_then(run_id),
        policy: setting(&mut link, "maxmemory-policy").await,
        memory: setting(&mut link, "maxmemory").await.and_then(|bytes| bytes.parse().ok()),
    })
}

fn run_id(info: &str) -> Option<String> {
    info.lines().find_map(|line| line.strip_prefix("run_id:")).map(|id| id.trim().to_owned())
}

async fn setting(link: &mut Link, name: &str) -> Option<String> {
    let pair: Vec<String> = redis::cmd("CONFIG").arg("GET").arg(name).query_async(link).await.ok()?;
    pair.into_iter().nth(1)
}

fn judge(cache: &Server, limits: Option<&Server>, report: &mut Report) {
    const OWN: &str = "give the cache a Redis of its own: the policy holds for all databases of a server";
    if cache.run_id.is_some() && limits.is_some_and(|limits| limits.run_id == cache.run_id) {
        match cache.policy.as_deref() {
            Some("noeviction") => report.warn(
                PART,
                "is the Redis of the limits: once answers fill its memory, limits cannot be counted there any more",
                OWN,
            ),
            _ => report.fail(PART, "is the Redis of the limits, and may evict them when answers fill its memory", OWN),
        }
        return;
    }
    match (cache.policy.as_deref(), cache.memory) {
        (None, _) => report.warn(
            PART,
            "maxmemory-policy cannot be read here",
            "make sure that maxmemory is set, with maxmemory-policy allkeys-lru",
        ),
        (Some("noeviction"), _) => report.warn(
            PART,
            "maxmemory-policy is noeviction: once its memory is full, new answers are not kept together",
            "CONFIG SET maxmemory-policy allkeys-lru, and the same in redis.conf",
        ),
        (Some(policy), Some(0)) => report.warn(
            PART,
            format!("maxmemory-policy is {policy}, but maxmemory is not set, so it grows until the machine is full"),
            "CONFIG SET maxmemory 256mb, and the same in redis.conf",
        ),
        (Some(policy), _) => report.ok(PART, format!("maxmemory-policy is {policy}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{Level, Report};
    use super::{Server, judge, run_id};

    fn server(run_id: &str, policy: &str, memory: u64) -> Server {
        Server { run_id: Some(run_id.into()), policy: Some(policy.into()), memory: Some(memory) }
    }

    fn level(cache: &Server, limits: Option<&Server>) -> Level {
        let mut report = Report::default();
        judge(cache, limits, &mut report);
        report.worst()
    }

    #[test]
    fn a_cache_that_may_push_limits_out_fails() {
        let limits = server("one", "noeviction", 1);
        for (policy, expected) in
            [("noeviction", Level::Warn), ("allkeys-lru", Level::Fail), ("volatile-ttl", Level::Fail)]
        {
            let shared = server("one", policy, 1);
            assert_eq!(level(&shared, Some(&shared)), expected, "{policy}");
        }
        assert_eq!(level(&server("two", "allkeys-lru", 1), Some(&limits)), Level::Ok);
        // Two that do not say which they are need not be the same.
        let silent = Server { run_id: None, ..server("", "allkeys-lru", 1) };
        assert_eq!(level(&silent, Some(&silent)), Level::Ok);
    }

    #[test]
    fn a_cache_of_its_own_is_to_forget_and_to_stay_small() {
        for (policy, memory, expected) in [
            ("allkeys-lru", 1, Level::Ok),
            ("volatile-lfu", 1, Level::Ok),
            ("allkeys-lru", 0, Level::Warn),
            ("noeviction", 1, Level::Warn),
        ] {
            assert_eq!(level(&server("two", policy, memory), None), expected, "{policy} {memory}");
        }
        assert_eq!(level(&Server::default(), None), Level::Warn);
    }

    #[test]
    fn the_server_is_known_by_its_run() {
        assert_eq!(run_id("# Server\r\nrun_id:abc\r\n"), Some("abc".into()));
        assert_eq!(run_id("# Server\r\n"), None);
    }
}
