//! Every key that exists, and what its value may be. Tests hold it together with the structs and `default.toml`.
//!
//! Values are checked here, one key at a time and with messages of our own, because serde stops at the first error and
//! quotes the value it did not like, which may be a secret.

use crate::config::values::{self, Given};
use toml::Value;

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Any text; never repeated in a message.
    Secret,
    /// Name of a file.
    File,
    /// IP address and port.
    Address,
    /// A whole number within these bounds.
    Whole(i64, i64),
    /// A number from 0 to 1.
    Ratio,
    /// `true` or `false`.
    Flag,
    /// A list of networks.
    Networks,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// One row of the schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Section and key, such as `public.listen`.
    pub(crate) path: &'static str,
    /// What its value must be.
    pub(crate) kind: Kind,
}

impl Key {
    const fn new(path: &'static str, kind: Kind) -> Self {
        Self { path, kind }
    }

    /// The variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!("VESTIBULE_{}", self.path.replace('.', "_").to_ascii_uppercase())
    }

    /// The variable other programs use for the same thing; weaker than [`Self::variable`].
    pub(crate) fn alias(&self) -> Option<&'static str> {
        match self.path {
            "database.url" => Some("DATABASE_URL"),
            "redis.url" => Some("REDIS_URL"),
            _ => None,
        }
    }

    /// The value in its final form, or what was expected instead.
    pub(crate) fn check(&self, found: Given<'_>) -> Result<Value, String> {
        values::check(self.kind, found)
    }
}

/// The row of `path`.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Whether `name` is a section.
pub(crate) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.path.split_once('.').is_some_and(|(section, _)| section == name))
}

/// Names of all sections, in order.
pub(crate) fn sections() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    KEYS.iter().filter_map(|key| key.path.split_once('.')).filter_map(move |(section, _)| {
        let new = section != last;
        last = section;
        new.then_some(section)
    })
}

const KIB: i64 = 1024;
const MIB: i64 = 1024 * KIB;
const HOUR: i64 = 3600;
/// A number that somebody may raise a lot and that must fit into 32 bits.
const MANY: i64 = 10_000_000;

/// All keys, in the order of `default.toml`.
pub(crate) const KEYS: &[Key] = {
    use Kind::{Address, File, Flag, Networks, OneOf, Ratio, Secret, Text, Whole};
    &[
        Key::new("secret_key", Secret),
        Key::new("previous_secret_key", Secret),
        Key::new("public.listen", Address),
        Key::new("public.url", Text),
        Key::new("public.tls_certificate_file", File),
        Key::new("public.tls_private_key_file", File),
        Key::new("admin.listen", Address),
        Key::new("admin.url", Text),
        Key::new("admin.upload_bytes", Whole(MIB, 4096 * MIB)),
        Key::new("admin.json_body_bytes", Whole(MIB, 4096 * MIB)),
        Key::new("admin.logins_per_ip_per_minute", Whole(1, MANY)),
        Key::new("admin.max_parallel_logins", Whole(1, 1000)),
        Key::new("ops.listen", Address),
        Key::new("edge.trusted_proxies", Networks),
        Key::new("edge.header_seconds", Whole(1, 300)),
        Key::new("edge.max_header_bytes", Whole(KIB, 64 * KIB)),
        Key::new("edge.body_seconds", Whole(1, 600)),
        Key::new("edge.keepalive_seconds", Whole(1, HOUR)),
        Key::new("edge.write_seconds", Whole(1, HOUR)),
        Key::new("edge.max_connections_per_ip", Whole(1, MANY)),
        Key::new("edge.max_connections", Whole(1, MANY)),
        Key::new("edge.json_body_bytes", Whole(KIB, 64 * MIB)),
        Key::new("edge.chat_body_bytes", Whole(KIB, 64 * MIB)),
        Key::new("edge.h2_max_streams", Whole(1, 10_000)),
        Key::new("shutdown.drain_seconds", Whole(0, HOUR)),
        Key::new("database.url", Secret),
        Key::new("database.max_connections", Whole(2, 10_000)),
        Key::new("database.acquire_millis", Whole(1, 600_000)),
        Key::new("database.statement_millis", Whole(1, 600_000)),
        Key::new("database.migrate_on_start", Flag),
        Key::new("redis.url", Secret),
        Key::new("upstream.url", Text),
        Key::new("upstream.api_key", Secret),
        Key::new("upstream.bootstrap", Flag),
        Key::new("upstream.bootstrap_seconds", Whole(1, HOUR)),
        Key::new("upstream.admin_username", Text),
        Key::new("upstream.admin_password", Secret),
        Key::new("upstream.instance_password", Secret),
        Key::new("upstream.connect_millis", Whole(1, 600_000)),
        Key::new("upstream.response_millis", Whole(1, 3_600_000)),
        Key::new("upstream.stream_idle_seconds", Whole(1, HOUR)),
        Key::new("upstream.pool_idle_millis", Whole(0, 600_000)),
        Key::new("upstream.pool_max_idle", Whole(0, 100_000)),
        Key::new("upstream.max_frame_bytes", Whole(KIB, 64 * MIB)),
        Key::new("upstream.max_body_bytes", Whole(KIB, 1024 * MIB)),
        Key::new("limits.flood_per_ip_per_second", Whole(1, MANY)),
        Key::new("limits.flood_burst", Whole(1, MANY)),
        Key::new("limits.admin_flood_per_ip_per_second", Whole(1, MANY)),
        Key::new("limits.admin_flood_burst", Whole(1, MANY)),
        Key::new("limits.key_per_minute", Whole(1, MANY)),
        Key::new("limits.key_burst", Whole(1, MANY)),
        Key::new("limits.ip_per_minute", Whole(1, MANY)),
        Key::new("limits.visitor_per_minute", Whole(1, MANY)),
        Key::new("limits.visitor_sessions_per_ip_per_minute", Whole(1, MANY)),
        Key::new("limits.max_streams", Whole(1, MANY)),
        Key::new("limits.user_per_minute", Whole(1, MANY)),
        Key::new("limits.user_burst", Whole(1, MANY)),
        Key::new("limits.user_max_streams", Whole(1, MANY)),
        Key::new("auth.issuer", Text),
        Key::new("auth.audience", Text),
        Key::new("auth.access_token_seconds", Whole(30, HOUR)),
        Key::new("auth.session_idle_hours", Whole(1, 24 * 366)),
        Key::new("auth.session_absolute_hours", Whole(1, 24 * 366)),
        Key::new("auth.refresh_reuse_seconds", Whole(1, 60)),
        Key::new("auth.upstream_grace_seconds", Whole(0, 24 * HOUR)),
        Key::new("auth.user_check_millis", Whole(1, 60_000)),
        Key::new("auth.membership_seconds", Whole(1, 600)),
        Key::new("auth.max_parallel_logins", Whole(1, 1000)),
        Key::new("auth.login_failure_millis", Whole(1, 10_000)),
        Key::new("auth.signing_overlap_seconds", Whole(0, 24 * HOUR)),
        Key::new("outbound.allowed_networks", Networks),
        Key::new("outbound.connect_millis", Whole(1, 60_000)),
        Key::new("outbound.response_millis", Whole(1, 600_000)),
        Key::new("outbound.idle_millis", Whole(1, 600_000)),
        Key::new("outbound.total_seconds", Whole(1, 24 * HOUR)),
        Key::new("outbound.max_body_bytes", Whole(KIB, 1024 * 1024 * MIB)),
        // The API promises a comment line at least every 15 s of silence.
        Key::new("workspaces.defaults_file", File),
        //
        Key::new("chat.heartbeat_seconds", Whole(1, 15)),
        Key::new("chat.idempotency_hours", Whole(1, 720)),
        Key::new("widget.legacy_embeds", Flag),
        Key::new("visitor.token_seconds", Whole(30, HOUR)),
        Key::new("visitor.session_hours", Whole(1, 720)),
        Key::new("visitor.identity_seconds", Whole(30, HOUR)),
        Key::new("visitor.proof_max_number", Whole(1, MANY)),
        Key::new("visitor.proof_seconds", Whole(10, HOUR)),
        Key::new("catalog.workers", Whole(0, 1000)),
        Key::new("catalog.poll_millis", Whole(10, 600_000)),
        Key::new("catalog.lease_seconds", Whole(1, 600)),
        Key::new("catalog.batch", Whole(1, 500)),
        Key::new("catalog.parallel_uploads", Whole(1, 1000)),
        Key::new("catalog.retry_millis", Whole(1, 60_000)),
        Key::new("usage.batch", Whole(1, 10_000)),
        Key::new("usage.flush_millis", Whole(10, 60_000)),
        Key::new("usage.queue", Whole(1, MANY)),
        Key::new("usage.rollup_millis", Whole(100, 600_000)),
        Key::new("usage.retention_days", Whole(1, 3650)),
        Key::new("usage.rollup_retention_days", Whole(1, 3650)),
        Key::new("log.format", OneOf(&["json", "pretty"])),
        Key::new("log.level", Text),
        Key::new("telemetry.otlp_endpoint", Text),
        Key::new("telemetry.sample_ratio", Ratio),
        Key::new("demo.enabled", Flag),
        Key::new("demo.publishable_key", Text),
    ]
};
