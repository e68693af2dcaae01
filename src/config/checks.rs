//! What must fit together over several keys, or needs more than a type to be right.
//!
//! Pure: no file is opened and no port is bound here. `vestibule doctor` does that.

use crate::config::Config;
use crate::crypto::root_key;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::SocketAddr;
use std::path::Path;
use tracing_subscriber::EnvFilter;
use url::Url;

/// Something that is wrong, or only strange, about otherwise readable settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The keys it is about, the one to change first.
    pub keys: &'static [&'static str],
    /// Whether it can work all the same.
    pub tolerable: bool,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Settings without which a command cannot do its work; empty by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `secret_key`
    SecretKey,
    /// `database.url`
    Database,
    /// `upstream.api_key`, or `upstream.bootstrap`, with which it is made and kept
    Upstream,
}

impl Need {
    /// What serving needs.
    pub const ALL: [Self; 3] = [Self::SecretKey, Self::Database, Self::Upstream];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::SecretKey => "secret_key",
            Self::Database => "database.url",
            Self::Upstream => "upstream.api_key",
        }
    }

    fn setting(self, config: &Config) -> &SecretString {
        match self {
            Self::SecretKey => &config.secret_key,
            Self::Database => &config.database.url,
            Self::Upstream => &config.upstream.api_key,
        }
    }

    /// What to say when it is missing.
    pub(super) fn missing(self, config: &Config) -> Option<&'static str> {
        if self == Self::Upstream && config.upstream.bootstrap {
            return None;
        }
        self.setting(config).expose_secret().is_empty().then_some(match self {
            Self::SecretKey => "missing; make one with `openssl rand -base64 32` and set VESTIBULE_SECRET_KEY",
            Self::Database => {
                "missing; set VESTIBULE_DATABASE_URL or DATABASE_URL to postgres://USER:PASSWORD@HOST:PORT/DATABASE"
            }
            Self::Upstream => {
                "missing; make one in AnythingLLM under Settings > Developer API and set VESTIBULE_UPSTREAM_API_KEY, or set VESTIBULE_UPSTREAM_BOOTSTRAP=true to have it made"
            }
        })
    }
}

const EXPECTED_REDIS: &str = "expected redis://[:PASSWORD@]HOST:PORT/DATABASE, or rediss://… with TLS";

/// Collects findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn wrong(&mut self, keys: &'static [&'static str], what: impl Into<String>) {
        self.0.push(Finding { keys, tolerable: false, what: what.into() });
    }

    fn strange(&mut self, keys: &'static [&'static str], what: impl Into<String>) {
        self.0.push(Finding { keys, tolerable: true, what: what.into() });
    }
}

/// Everything that is wrong or strange. Empty settings are not: see [`Need`].
pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let mut findings = Findings::default();
    secrets(config, &mut findings);
    addresses(config, &mut findings);
    listeners(config, &mut findings);
    sizes_and_times(config, &mut findings);
    security_txt(config, &mut findings);
    prices(config, &mut findings);
    if let Err(error) = EnvFilter::builder().parse(&config.log.level) {
        findings.wrong(&["log.level"], format!("not a log filter, such as `info` or `info,vestibule=debug`: {error}"));
    }
    findings.0
}

fn prices(config: &Config, findings: &mut Findings) {
    let prices = &config.prices;
    if prices.currency.len() != 3 || !prices.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        findings.wrong(&["prices.currency"], "must be the three capital letters of ISO 4217, such as `USD`");
    }
    let mut names: Vec<_> = prices.models.iter().map(|price| price.model.as_str()).collect();
    names.sort_unstable();
    if let Some([twice, _]) = names.windows(2).find(|pair| pair.first() == pair.last()) {
        findings.wrong(&["prices.models"], format!("names {twice} twice"));
    }
}

fn secrets(config: &Config, findings: &mut Findings) {
    let (key, previous) = (config.secret_key.expose_secret(), config.previous_secret_key.expose_secret());
    if !key.is_empty()
        && let Err(bad) = root_key::decode(key)
    {
        findings.wrong(&["secret_key"], bad.to_string());
    }
    if !previous.is_empty() {
        if let Err(bad) = root_key::decode(previous) {
            findings.wrong(&["previous_secret_key"], bad.to_string());
        }
        if previous.trim() == key.trim() {
            findings
                .strange(&["previous_secret_key"], "the same as secret_key, so there is nothing that it could open");
        }
    }
    if !config.demo.publishable_key.is_empty() && !config.demo.publishable_key.starts_with("vst_pk_") {
        // Everyone who opens the demo page could read it.
        findings.wrong(&["demo.publishable_key"], "must be a publishable key, which begins with vst_pk_");
    }
}

fn security_txt(config: &Config, findings: &mut Findings) {
    let settings = &config.security_txt;
    let is_address = |text: &str| {
        let known = ["mailto:", "https://", "tel:"].iter().any(|scheme| text.starts_with(scheme));
        known && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    };
    if !settings.contact.is_empty() && !settings.contact.split(',').map(str::trim).all(is_address) {
        findings.wrong(&["security_txt.contact"], "expected addresses that begin with mailto:, https:// or tel:");
    }
    let has_end = chrono::DateTime::parse_from_rfc3339(&settings.expires).is_ok();
    if !settings.expires.is_empty() && !has_end {
        findings.wrong(&["security_txt.expires"], "expected a moment such as 2027-06-30T00:00:00Z");
    }
    if settings.contact.is_empty() != settings.expires.is_empty() {
        findings.wrong(&["security_txt.contact", "security_txt.expires"], "each needs the other");
    }
}

fn addresses(config: &Config, findings: &mut Findings) {
    if let Err(what) = plain_http(&config.upstream.url) {
        findings.wrong(&["upstream.url"], what);
    }
    if !config.public.url.is_empty()
        && let Err(what) = plain_http(&config.public.url)
    {
        findings.wrong(&["public.url"], what);
    }
    if !config.admin.url.is_empty()
        && let Err(what) = plain_http(&config.admin.url)
    {
        findings.wrong(&["admin.url"], what);
    }
    let otlp = &config.telemetry.otlp_endpoint;
    if !otlp.is_empty() && !otlp.starts_with("http://") {
        findings.wrong(&["telemetry.otlp_endpoint"], "must begin with http://; for TLS use a collector nearby");
    } else if !otlp.is_empty()
        && let Err(what) = plain_http(otlp)
    {
        findings.wrong(&["telemetry.otlp_endpoint"], what);
    }
    let database = config.database.url.expose_secret();
    if !database.is_empty() && !has_scheme(database, &["postgres", "postgresql"]) {
        findings.wrong(&["database.url"], "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE");
    }
    let redis = config.redis.url.expose_secret();
    if !redis.is_empty() {
        in_redis(config, redis, findings);
    }
    if config.outbound.sign_requests && !config.public.url.starts_with("https://") {
        let what = "must be an https address that shops reach, because they look there for the keys of signed requests";
        findings.wrong(&["public.url", "outbound.sign_requests"], what);
    }
    cache_in_redis(config, findings);
    without_tls(config, findings);
}

fn in_redis(config: &Config, urls: &str, findings: &mut Findings) {
    let settings = &config.redis;
    if !urls.split(',').all(|url| has_scheme(url.trim(), &["redis", "rediss"])) {
        findings.wrong(&["redis.url"], EXPECTED_REDIS);
    }
    let sentinel = !settings.sentinel_master.is_empty();
    if sentinel && settings.cluster {
        findings.wrong(&["redis.sentinel_master", "redis.cluster"], "Redis is behind Sentinels or a cluster, not both");
    } else if urls.contains(',') && !sentinel && !settings.cluster {
        findings.wrong(
            &["redis.url", "redis.sentinel_master", "redis.cluster"],
            "several addresses need redis.sentinel_master or redis.cluster",
        );
    }
    prefix(&["redis.prefix"], &settings.prefix, findings);
}

fn cache_in_redis(config: &Config, findings: &mut Findings) {
    let settings = &config.cache;
    let (url, limits) = (settings.redis_url.expose_secret(), config.redis.url.expose_secret());
    if url.is_empty() {
        return;
    }
    if url.contains(',') {
        findings.wrong(&["cache.redis_url"], "one server: what a cache loses is soon there again");
    } else if !has_scheme(url, &["redis", "rediss"]) {
        findings.wrong(&["cache.redis_url"], EXPECTED_REDIS);
    } else if limits.split(',').any(|limits| limits.trim() == url) {
        findings.strange(
            &["cache.redis_url", "redis.url"],
            "the same Redis as the limits': a cache should forget when memory is short, and limits never; give it a server of its own",
        );
    }
    prefix(&["cache.redis_prefix"], &settings.redis_prefix, findings);
}

fn prefix(key: &'static [&'static str], text: &str, findings: &mut Findings) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if text.is_empty() || !text.chars().all(plain) {
        findings.wrong(key, "expected letters, digits, `-`, `_`, `.` and `:`");
    }
}

/// A file of authorities where no certificate is ever looked at.
fn without_tls(config: &Config, findings: &mut Findings) {
    let given = |file: &Path| !file.as_os_str().is_empty();
    if given(&config.upstream.ca_file) && config.upstream.url.starts_with("http://") {
        findings.strange(&["upstream.ca_file", "upstream.url"], "is not used: upstream.url is http, without TLS");
    }
    let redis = config.redis.url.expose_secret();
    if given(&config.redis.ca_file) && !redis.split(',').any(|url| has_scheme(url.trim(), &["rediss"])) {
        findings.strange(&["redis.ca_file", "redis.url"], "is not used: redis.url is not rediss, so without TLS");
    }
    if given(&config.cache.redis_ca_file) && !has_scheme(config.cache.redis_url.expose_secret(), &["rediss"]) {
        findings.strange(
            &["cache.redis_ca_file", "cache.redis_url"],
            "is not used: cache.redis_url is not rediss, so without TLS",
        );
    }
}

/// Only the scheme and that it parses: the rest is told by whoever connects. Never says what it found.
fn has_scheme(text: &str, schemes: &[&str]) -> bool {
    Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && (url.has_host() || url.query().is_some()))
}

/// `http(s)://host[:port]` and nothing else.
fn plain_http(text: &str) -> Result<(), &'static str> {
    const EXPECTED: &str = "expected http:// or https://, a host and perhaps a port";
    let url = Url::parse(text).map_err(|_| EXPECTED)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(EXPECTED);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a path, query or fragment");
    }
    Ok(())
}

fn listeners(config: &Config, findings: &mut Findings) {
    const PAIRS: [&[&str]; 3] =
        [&["admin.listen", "public.listen"], &["ops.listen", "public.listen"], &["ops.listen", "admin.listen"]];
    let (public, admin, ops) = (config.public.listen, config.admin.listen, config.ops.listen);
    for (keys, (one, other)) in PAIRS.into_iter().zip([(admin, public), (ops, public), (ops, admin)]) {
        if collide(one, other) {
            findings.wrong(
                keys,
                format!(
                    "{one} is taken by {} ({other}); give it a port of its own",
                    keys.last().copied().unwrap_or_default()
                ),
            );
        }
    }
    let public = &config.public;
    let (certificate, key) = (&public.tls_certificate_file, &public.tls_private_key_file);
    match (certificate.as_os_str().is_empty(), key.as_os_str().is_empty()) {
        (true, false) => findings.wrong(
            &["public.tls_certificate_file", "public.tls_private_key_file"],
            "missing: a private key is given; set both or none",
        ),
        (false, true) => findings.wrong(
            &["public.tls_private_key_file", "public.tls_certificate_file"],
            "missing: a certificate is given; set both or none",
        ),
        _ => {}
    }
    if config.edge.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        findings.strange(
            &["edge.trusted_proxies"],
            "holds every address, so any client may claim any IP address and no limit per IP address holds; name your proxies only",
        );
    }
}

/// Whether the second of two listeners could not be bound.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_address = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_address
}

fn sizes_and_times(config: &Config, findings: &mut Findings) {
    let Config { edge, upstream, usage, chat, limits, .. } = config;
    if upstream.pool_idle_millis >= 5000 {
        findings.strange(
            &["upstream.pool_idle_millis"],
            "AnythingLLM closes idle connections after 5 s, so now and then a request will meet a closed one; stay below 5000",
        );
    }
    if edge.max_connections_per_ip > edge.max_connections {
        findings.wrong(
            &["edge.max_connections_per_ip", "edge.max_connections"],
            format!("must not be more than edge.max_connections ({})", edge.max_connections),
        );
    }
    if upstream.connect_millis > upstream.response_millis {
        findings.strange(
            &["upstream.connect_millis", "upstream.response_millis"],
            format!(
                "is more than upstream.response_millis ({}), which ends a call sooner: there is no time for a second attempt",
                upstream.response_millis
            ),
        );
    }
    if chat.heartbeat_seconds >= upstream.stream_idle_seconds {
        findings.strange(
            &["upstream.stream_idle_seconds", "chat.heartbeat_seconds"],
            format!("streams end before their first heartbeat ({} s of silence)", chat.heartbeat_seconds),
        );
    }
    if usage.batch > usage.queue {
        findings.wrong(&["usage.batch", "usage.queue"], format!("must not be more than usage.queue ({})", usage.queue));
    }
    if usage.retention_days > usage.rollup_retention_days {
        findings.wrong(
            &["usage.retention_days", "usage.rollup_retention_days"],
            format!("must not be more than usage.rollup_retention_days ({})", usage.rollup_retention_days),
        );
    }
    if limits.flood_burst < limits.flood_per_ip_per_second {
        findings.strange(
            &["limits.flood_burst", "limits.flood_per_ip_per_second"],
            "less than one second's worth: requests that arrive together are refused although the rate is kept",
        );
    }
    if config.auth.session_idle_hours > config.auth.session_absolute_hours {
        findings.wrong(
            &["auth.session_idle_hours", "auth.session_absolute_hours"],
            format!("must not be more than auth.session_absolute_hours ({})", config.auth.session_absolute_hours),
        );
    }
    if config.auth.audience.is_empty() {
        findings.wrong(&["auth.audience"], "must not be empty: a token for everybody is a token for the wrong ones");
    }
    if limits.admin_flood_burst < 120 {
        findings.strange(
            &["limits.admin_flood_burst"],
            "AnythingLLM's UI loads about a hundred files at once; with less than 120 its pages stay incomplete",
        );
    }
}
