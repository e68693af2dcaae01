//! Redis: there, new enough, and not throwing counters away.

use super::certificate::{Server, shown_by};
use super::report::Report;
use super::{PATIENCE, clock_difference};
use crate::app::topology;
use crate::config::{self, Config};
use crate::domain::clock::Ambient;
use crate::redis_client::{Link, cause};
use chrono::DateTime;
use secrecy::ExposeSecret as _;
use tokio_rustls::rustls::pki_types::CertificateDer;
use url::Url;

const PART: &str = "redis";

pub(super) async fn examine(config: &Config, ambient: &Ambient) -> Report {
    let mut report = Report::default();
    let url = config.redis.url.expose_secret();
    if url.is_empty() {
        report.warn(
            PART,
            "redis.url is not set, so limits are counted in each replica",
            "fine for a single replica; of several each lets through its own limits.*, so divide these by their number",
        );
        return report;
    }
    let authorities = match config::authorities("redis.ca_file", &config.redis.ca_file) {
        Ok(authorities) => authorities,
        Err(bad) => {
            report.fail(PART, bad.to_string(), "name a readable PEM file with the certificates of authorities");
            return report;
        }
    };
    let believed = certificate(url, &authorities, &mut report).await;
    let topology = match topology(config) {
        Ok(topology) => topology,
        Err(error) => {
            report.fail(PART, error.to_string(), "check redis.url and redis.ca_file");
            return report;
        }
    };
    match topology.connect(PATIENCE, &config.redis.prefix).await {
        Ok(connection) => ask(connection, ambient, &mut report).await,
        Err(_) if !believed => {}
        Err(error) => {
            report.fail(PART, format!("cannot be reached: {}", cause(&error)), "check redis.url: host, port, password");
        }
    }
    report
}

/// The certificate that Redis shows, where it shows one. False: it is not believed, and told.
async fn certificate(url: &str, authorities: &[CertificateDer<'static>], report: &mut Report) -> bool {
    let Some(url) = Url::parse(url.split(',').next().unwrap_or_default()).ok().filter(|url| url.scheme() == "rediss")
    else {
        return true;
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port().unwrap_or(6379);
    let roots = config::trusted(authorities);
    let Some(shown) = shown_by(Server { host, port, roots, postgres: false }).await else { return true };
    shown.told(PART, "redis.ca_file", "redis.url", report)
}

async fn ask(mut connection: Link, ambient: &Ambient, report: &mut Report) {
    let server: Result<String, _> = redis::cmd("INFO").arg("server").query_async(&mut connection).await;
    match server.as_deref().ok().and_then(version) {
        Some((text, number)) if number < (6, 2) => {
            report.fail(PART, format!("version {text} is too old"), "use Redis 6.2 or newer");
        }
        Some((text, _)) => report.ok(PART, format!("answers, version {text}")),
        None => report.ok(PART, "answers; it does not tell its version"),
    }
    let policy: Result<Vec<String>, _> =
        redis::cmd("CONFIG").arg("GET").arg("maxmemory-policy").query_async(&mut connection).await;
    eviction(policy.ok().and_then(|pair| pair.into_iter().nth(1)).as_deref(), report);
    let mut kept = Vec::new();
    for setting in ["appendonly", "save"] {
        let value: Result<Vec<String>, _> =
            redis::cmd("CONFIG").arg("GET").arg(setting).query_async(&mut connection).await;
        kept.push(value.ok().and_then(|pair| pair.into_iter().nth(1)));
    }
    if let [Some(appendonly), Some(save)] = &kept[..] {
        report.ok(PART, durability(appendonly, save));
    }
    let time: Result<(i64, u32), _> = redis::cmd("TIME").query_async(&mut connection).await;
    if let Some(theirs) = time.ok().and_then(|(seconds, micros)| DateTime::from_timestamp(seconds, micros * 1000))
        && let Some(seconds) = clock_difference(theirs, ambient.now())
    {
        report.warn(PART, format!("its clock is {seconds} s from ours"), "let NTP set the clocks of both machines");
    }
}

/// An evicted counter begins at zero, so a full Redis would lift limits. All of ours end some time, so that `volatile-*`
/// evicts them, too.
fn eviction(policy: Option<&str>, report: &mut Report) {
    match policy {
        Some("noeviction") => report.ok(PART, "maxmemory-policy is noeviction"),
        Some(policy) => report.fail(
            PART,
            format!("maxmemory-policy is {policy}: when memory is short, counters vanish and limits begin anew"),
            "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf",
        ),
        None => report.warn(
            PART,
            "maxmemory-policy cannot be read here",
            "make sure that it is noeviction: with any other, limits begin anew when memory is short",
        ),
    }
}

/// Limits of minutes need no disk; whoever wants them to outlive a restart should know whether they do.
fn durability(appendonly: &str, save: &str) -> &'static str {
    match (appendonly, save) {
        ("yes", _) => "it keeps its counters over a restart (appendonly)",
        (_, "") => {
            "it keeps nothing over a restart: limits begin anew then, and quotas do not, which are in PostgreSQL"
        }
        _ => "it keeps what it last saved over a restart: limits may begin anew then, and quotas do not",
    }
}

fn version(info: &str) -> Option<(&str, (u32, u32))> {
    let text = info.lines().find_map(|line| line.strip_prefix("redis_version:"))?.trim();
    let mut numbers = text.split('.').map(str::parse);
    Some((text, (numbers.next()?.ok()?, numbers.next()?.ok()?)))
}

#[cfg(test)]
mod tests {
    use super::super::report::{Level, Report};
    use super::{eviction, version};

    #[test]
    fn policies_that_evict_counters_fail() {
        for (policy, level) in [
            (Some("noeviction"), Level::Ok),
            (Some("volatile-lru"), Level::Fail),
            (Some("allkeys-lru"), Level::Fail),
            (None, Level::Warn),
        ] {
            let mut report = Report::default();
            eviction(policy, &mut report);
            assert_eq!(report.worst(), level, "{policy:?}");
        }
    }

    #[test]
    fn the_version_is_read() {
        assert_eq!(version("# Server\r\nredis_version:7.0.15\r\nx:y\r\n"), Some(("7.0.15", (7, 0))));
        assert_eq!(version("# Server\r\n"), None);
    }
}
