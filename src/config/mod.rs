//! Configuration: what can be set. `config/default.toml` is the lowest layer and documents every key.
//!
//! Layers, later ones win: the compiled-in default, the file of `--config`, `VESTIBULE_*` variables. Unknown keys are
//! errors everywhere. Reading it opens no port and asks no service; that is for whoever uses it, and for
//! `vestibule doctor`.

mod checks;
mod load;
mod problem;
mod schema;
mod sources;
mod values;

pub use checks::{Finding, Need};
pub use problem::{ConfigError, Problem};
pub use sources::{DEFAULT_TOML, Environment, ProcessEnvironment, Sources};

use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be configured. One struct a section of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// 32 bytes in base64: the root of all keys used at rest (pepper of API keys, sealing of secrets).
    pub secret_key: SecretString,
    /// The one before it, while what depends on that is sealed anew; empty = none.
    pub previous_secret_key: SecretString,
    /// The listener that faces the internet.
    pub public: Public,
    /// The listener for AnythingLLM's UI and for staff.
    pub admin: Admin,
    /// The listener for metrics and health.
    pub ops: Ops,
    /// Connections and HTTP hygiene of all listeners.
    pub edge: Edge,
    /// How to stop.
    pub shutdown: Shutdown,
    /// PostgreSQL.
    pub database: Database,
    /// Redis.
    pub redis: Redis,
    /// The AnythingLLM behind us.
    pub upstream: Upstream,
    /// Limits in force where a key has none of its own.
    pub limits: Limits,
    /// People: logins, sessions and tokens.
    pub auth: Auth,
    /// Calls to addresses that customers name.
    pub outbound: Outbound,
    /// Workspaces.
    pub workspaces: Workspaces,
    /// Chats.
    pub chat: Chat,
    /// Widget paths.
    pub widget: Widget,
    /// Visitor tokens.
    pub visitor: Visitor,
    /// Catalogue syncs.
    pub catalog: Catalog,
    /// Usage events.
    pub usage: Usage,
    /// Log lines.
    pub log: Log,
    /// Traces.
    pub telemetry: Telemetry,
    /// The demo page.
    pub demo: Demo,
}

/// `[public]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Public {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// The address clients use, without a trailing slash; used in problem `type`s and links. Empty: derived from `listen`.
    pub url: String,
    /// PEM file of the certificate chain; empty = no TLS.
    pub tls_certificate_file: PathBuf,
    /// PEM file of the private key; empty = no TLS.
    pub tls_private_key_file: PathBuf,
}

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// The address staff use, without a trailing slash; used in links to AnythingLLM's UI. Empty: derived from `listen`.
    pub url: String,
    /// Largest upload to AnythingLLM through this listener, in bytes.
    pub upload_bytes: u64,
    /// Largest other body to AnythingLLM through this listener, in bytes.
    pub json_body_bytes: u64,
    /// Logins and recoveries of one IP address a minute.
    pub logins_per_ip_per_minute: u32,
    /// Logins in flight to AnythingLLM at the same time.
    pub max_parallel_logins: u32,
}

/// `[ops]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ops {
    /// Address to listen on.
    pub listen: SocketAddr,
}

/// `[edge]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Time for a whole request head.
    pub header_seconds: u64,
    /// Largest request head, in bytes.
    pub max_header_bytes: usize,
    /// Time for a whole JSON body.
    pub body_seconds: u64,
    /// Idle connections are closed after this.
    pub keepalive_seconds: u64,
    /// A client that does not read is given up after this.
    pub write_seconds: u64,
    /// Connections of one IP address at the same time.
    pub max_connections_per_ip: u32,
    /// Connections at the same time.
    pub max_connections: u32,
    /// Largest JSON body, in bytes.
    pub json_body_bytes: usize,
    /// Largest body of a chat, in bytes.
    pub chat_body_bytes: usize,
    /// Largest number of HTTP/2 streams of a connection.
    pub h2_max_streams: u32,
}

/// `[shutdown]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shutdown {
    /// Running requests may finish for this long after SIGTERM.
    pub drain_seconds: u64,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`
    pub url: SecretString,
    /// Connections of the pool.
    pub max_connections: u32,
    /// Time to get a connection.
    pub acquire_millis: u64,
    /// Time for one statement.
    pub statement_millis: u64,
    /// Run migrations at start-up.
    pub migrate_on_start: bool,
}

/// `[redis]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// `redis://…`; empty = a single node with limits in process.
    pub url: SecretString,
}

/// `[upstream]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Address of AnythingLLM without a trailing slash.
    pub url: String,
    /// AnythingLLM's API key; wins over the one that Vestibule keeps itself.
    pub api_key: SecretString,
    /// Set AnythingLLM up at start, and keep its API key in the database.
    pub bootstrap: bool,
    /// How long the bootstrap waits for AnythingLLM, and for another replica's.
    pub bootstrap_seconds: u64,
    /// The admin's name, for the bootstrap and for the demo.
    pub admin_username: String,
    /// The admin's password.
    pub admin_password: SecretString,
    /// The password that an AnythingLLM without accounts asks for; empty = none.
    pub instance_password: SecretString,
    /// Time to connect.
    pub connect_millis: u64,
    /// Time to a whole JSON answer, and to the head of a stream.
    pub response_millis: u64,
    /// A stream that is silent for this long has failed.
    pub stream_idle_seconds: u64,
    /// Idle connections are dropped after this; below AnythingLLM's 5 s, or a request may meet a closed one.
    pub pool_idle_millis: u64,
    /// Idle connections kept.
    pub pool_max_idle: usize,
    /// Largest frame of a stream, in bytes.
    pub max_frame_bytes: usize,
    /// Largest JSON answer, in bytes.
    pub max_body_bytes: usize,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests a second of one IP address on the public listener, before anything else is done.
    pub flood_per_ip_per_second: u32,
    /// How many of them at once.
    pub flood_burst: u32,
    /// The same on the admin listener, where the UI loads a hundred files at a time.
    pub admin_flood_per_ip_per_second: u32,
    /// How many of them at once.
    pub admin_flood_burst: u32,
    /// Requests a minute of a key.
    pub key_per_minute: u32,
    /// Requests at once of a key.
    pub key_burst: u32,
    /// Requests a minute of one IP address with a publishable key.
    pub ip_per_minute: u32,
    /// Chats a minute of one visitor or session.
    pub visitor_per_minute: u32,
    /// Requests for visitor tokens a minute of one IP address with a publishable key.
    pub visitor_sessions_per_ip_per_minute: u32,
    /// Streams of a key at the same time.
    pub max_streams: u32,
    /// Requests a minute of a user.
    pub user_per_minute: u32,
    /// Requests at once of a user.
    pub user_burst: u32,
    /// Streams of a user at the same time.
    pub user_max_streams: u32,
}

/// `[auth]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// `iss` of access tokens; empty: `public.url`.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// How long an access token lives.
    pub access_token_seconds: u32,
    /// A session that is not refreshed ends after this.
    pub session_idle_hours: u32,
    /// A session ends after this, however often it is refreshed.
    pub session_absolute_hours: u32,
    /// A superseded refresh token still gives the newest one for this long.
    pub refresh_reuse_seconds: u32,
    /// Sessions go on for this long after AnythingLLM last said who the user is.
    pub upstream_grace_seconds: u32,
    /// AnythingLLM is given this long to say who a user is.
    pub user_check_millis: u32,
    /// A user's workspaces are remembered for this long.
    pub membership_seconds: u32,
    /// Logins in flight to AnythingLLM at the same time.
    pub max_parallel_logins: u32,
    /// Failed logins are answered at multiples of this time.
    pub login_failure_millis: u32,
    /// A new signing key is published this long before it signs.
    pub signing_overlap_seconds: u32,
}

/// `[outbound]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// Networks that shops may be in although they are not the public internet; plain http is allowed to them.
    pub allowed_networks: Vec<IpNet>,
    /// Time to resolve a name, to connect to one address, and to agree on TLS; each.
    pub connect_millis: u64,
    /// Time to the head of an answer, with all of the above.
    pub response_millis: u64,
    /// An answer that is silent for this long has failed.
    pub idle_millis: u64,
    /// Time for a whole answer.
    pub total_seconds: u64,
    /// Largest answer once it is uncompressed, in bytes.
    pub max_body_bytes: u64,
}

/// `[chat]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// A comment line is sent after this much silence.
    pub heartbeat_seconds: u64,
    /// How long an `Idempotency-Key` is remembered.
    pub idempotency_hours: u32,
}

/// `[widget]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Widget {
    /// Serve AnythingLLM's own embed ids on the public listener.
    pub legacy_embeds: bool,
}

/// `[visitor]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// How long a visitor token lives.
    pub token_seconds: u32,
    /// How long it can be renewed.
    pub session_hours: u32,
    /// `exp` of an identity token may be this far ahead.
    pub identity_seconds: u32,
    /// The greatest number that a proof of work may have to find.
    pub proof_max_number: u32,
    /// How long a challenge can be solved.
    pub proof_seconds: u32,
}

/// `[catalog]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Syncs that this process works on at the same time; 0 = none.
    pub workers: usize,
    /// How often it looks for syncs that wait.
    pub poll_millis: u64,
    /// A sync whose process was not heard of for this long is taken over.
    pub lease_seconds: u32,
    /// Products embedded at once.
    pub batch: usize,
    /// Documents stored at the same time.
    pub parallel_uploads: usize,
    /// First pause before AnythingLLM is asked again; doubled with every failure.
    pub retry_millis: u64,
}

/// `[usage]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Events written at once.
    pub batch: usize,
    /// Written at the latest after this.
    pub flush_millis: u64,
    /// Events kept while the database is away.
    pub queue: usize,
    /// How often events are added up.
    pub rollup_millis: u64,
    /// How long events and sums of hours are kept.
    pub retention_days: u32,
    /// How long sums of days are kept.
    pub rollup_retention_days: u32,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `json` or `pretty`.
    pub format: LogFormat,
    /// A tracing filter, such as `info,vestibule=debug`.
    pub level: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// OTLP/gRPC address; empty = no export.
    pub otlp_endpoint: String,
    /// Share of requests that are traced, 0 to 1.
    pub sample_ratio: f64,
}

/// `[workspaces]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspaces {
    /// TOML file with what new workspaces begin with; empty = the one that is compiled in.
    pub defaults_file: PathBuf,
}

/// `[demo]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    /// Serve the demo page at `/demo`.
    pub enabled: bool,
    /// The publishable key the page uses.
    pub publishable_key: String,
}
