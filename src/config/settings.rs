//! Every setting, once: its name, its type and what its value may be. The structs that the program reads and the list
//! of keys that files and variables are held against are both made of it. `default.toml` has the defaults and the
//! documentation; tests hold the two together.

mod listeners;
mod services;

pub use listeners::{Admin, Edge, Ops, Public, Shutdown};
pub use services::{Cache, Database, Redis, Upstream};

use crate::config::declare;
use crate::config::key::Key;
use crate::config::sources::ToldSetting;
use crate::config::values::Kind::{
    File, Flag, Networks, OneOf, Prices as PriceList, Ratio, Secret, Text, Whole,
};
use crate::domain::usage::price::ModelPrice;
use ipnet::IpNet;
use listeners::LISTENERS;
use secrecy::SecretString;
use serde::Deserialize;
use services::SERVICES;
use std::path::PathBuf;

const KIB: i64 = 1024;
const MIB: i64 = 1024 * KIB;
const HOUR: i64 = 3600;
/// A number that somebody may raise a lot and that must fit into 32 bits.
const MANY: i64 = 10_000_000;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// How spans are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum OtlpProtocol {
    #[serde(rename = "grpc")]
    Grpc,
    #[serde(rename = "http/protobuf")]
    HttpProtobuf,
}

/// All keys, in the order of `default.toml`.
pub(crate) fn keys() -> impl Iterator<Item = &'static Key> {
    [TOP, LISTENERS, SERVICES, OTHERS].into_iter().flatten()
}

declare::config! {
    /// Everything that can be configured. One struct a section of the file.
    Config {
        /// 32 bytes in base64: the root of all keys used at rest (pepper of API keys, sealing of secrets).
        secret_key: SecretString = Secret,
        /// The one before it, while what depends on that is sealed anew; empty = none.
        previous_secret_key: SecretString = Secret,
    }

    /// The listener that faces the internet.
    public: Public,
    /// The listener for AnythingLLM's UI and for staff.
    admin: Admin,
    /// The listener for metrics and health.
    ops: Ops,
    /// Connections and HTTP hygiene of all listeners.
    edge: Edge,
    /// How to stop.
    shutdown: Shutdown,
    /// PostgreSQL.
    database: Database,
    /// Redis.
    redis: Redis,
    /// Kept answers.
    cache: Cache,
    /// The AnythingLLM behind us.
    upstream: Upstream,
    /// Limits in force where a key has none of its own.
    limits: Limits,
    /// People: logins, sessions and tokens.
    auth: Auth,
    /// Calls to addresses that customers name.
    outbound: Outbound,
    /// Messages to webhooks.
    webhooks: Webhooks,
    /// Workspaces.
    workspaces: Workspaces,
    /// Chats.
    chat: Chat,
    /// Widget paths.
    widget: Widget,
    /// Visitor tokens.
    visitor: Visitor,
    /// Catalogue syncs.
    catalog: Catalog,
    /// Usage events.
    usage: Usage,
    /// What models cost.
    prices: Prices,
    /// Log lines.
    log: Log,
    /// Traces.
    telemetry: Telemetry,
    /// The console for a shop's staff.
    console: Console,
    /// The demo page.
    demo: Demo,
    /// Where to report a fault.
    security_txt: SecurityTxt,
}

declare::sections! {
    OTHERS:

    limits: Limits {
        /// Requests a second of one IP address on the public listener, before anything else is done.
        flood_per_ip_per_second: u32 = Whole(1, MANY),
        /// How many of them at once.
        flood_burst: u32 = Whole(1, MANY),
        /// The same on the admin listener, where the UI loads a hundred files at a time.
        admin_flood_per_ip_per_second: u32 = Whole(1, MANY),
        /// How many of them at once.
        admin_flood_burst: u32 = Whole(1, MANY),
        /// Requests a minute of a key.
        key_per_minute: u32 = Whole(1, MANY),
        /// Requests at once of a key.
        key_burst: u32 = Whole(1, MANY),
        /// Requests a minute of one IP address with a publishable key.
        ip_per_minute: u32 = Whole(1, MANY),
        /// Chats a minute of one visitor or session.
        visitor_per_minute: u32 = Whole(1, MANY),
        /// Requests for visitor tokens a minute of one IP address with a publishable key; renewals are not among them.
        visitor_sessions_per_ip_per_minute: u32 = Whole(1, MANY),
        /// Deliveries of shops' webhooks a minute of one IP address.
        webhooks_per_ip_per_minute: u32 = Whole(1, MANY),
        /// Hand-overs a day of one IP address with a publishable key, and of all visitors with a token there.
        handovers_per_ip_per_day: u32 = Whole(1, MANY),
        /// Hand-overs a day of one visitor with a token.
        handovers_per_visitor_per_day: u32 = Whole(1, MANY),
        /// Streams of a key at the same time.
        max_streams: u32 = Whole(1, MANY),
        /// How much of what many share one IP address may have.
        address_share_percent: u32 = Whole(1, 100),
        /// How much of it one visitor may have.
        visitor_share_percent: u32 = Whole(1, 100),
        /// The tokens of an answer at most, where the model is told so; 0 = not known. Then quotas of tokens hold exactly.
        max_completion_tokens: u32 = Whole(0, MANY),
        /// Requests a minute of a user.
        user_per_minute: u32 = Whole(1, MANY),
        /// Requests at once of a user.
        user_burst: u32 = Whole(1, MANY),
        /// Streams of a user at the same time.
        user_max_streams: u32 = Whole(1, MANY),
    }

    auth: Auth {
        /// `iss` of access tokens; empty: `public.url`.
        issuer: String = Text,
        /// `aud` of access tokens.
        audience: String = Text,
        /// How long an access token lives.
        access_token_seconds: u32 = Whole(30, HOUR),
        /// A session that is not refreshed ends after this.
        session_idle_hours: u32 = Whole(1, 24 * 366),
        /// A session ends after this, however often it is refreshed.
        session_absolute_hours: u32 = Whole(1, 24 * 366),
        /// A superseded refresh token still gives the newest one for this long.
        refresh_reuse_seconds: u32 = Whole(1, 60),
        /// Sessions go on for this long after AnythingLLM last said who the user is.
        upstream_grace_seconds: u32 = Whole(0, 24 * HOUR),
        /// AnythingLLM is given this long to say who a user is.
        user_check_millis: u32 = Whole(1, 60_000),
        /// A user's workspaces are remembered for this long.
        membership_seconds: u32 = Whole(1, 600),
        /// Logins in flight to AnythingLLM at the same time.
        max_parallel_logins: u32 = Whole(1, 1000),
        /// Failed logins are answered at multiples of this time.
        login_failure_millis: u32 = Whole(1, 10_000),
        /// A new signing key is published this long before it signs.
        signing_overlap_seconds: u32 = Whole(0, 24 * HOUR),
    }

    outbound: Outbound {
        /// Networks that shops may be in although they are not the public internet; plain http is allowed to them.
        allowed_networks: Vec<IpNet> = Networks,
        /// PEM file of authorities that certificates may come from besides those that browsers trust.
        ca_file: PathBuf = File,
        /// Whether requests to shops are signed, so that shops can know who sends them.
        sign_requests: bool = Flag,
        /// Time to resolve a name, to connect to one address, and to agree on TLS; each.
        connect_millis: u64 = Whole(1, 60_000),
        /// Time to the head of an answer, with all of the above.
        response_millis: u64 = Whole(1, 600_000),
        /// An answer that is silent for this long has failed.
        idle_millis: u64 = Whole(1, 600_000),
        /// Time for a whole answer.
        total_seconds: u64 = Whole(1, 24 * HOUR),
        /// Largest answer once it is uncompressed, in bytes.
        max_body_bytes: u64 = Whole(KIB, 1024 * 1024 * MIB),
    }

    webhooks: Webhooks {
        /// How often it is looked what there is to tell.
        look_seconds: u64 = Whole(1, HOUR),
        /// AnythingLLM has not answered for so long when that is told.
        upstream_away_seconds: u64 = Whole(1, HOUR),
    }

    workspaces: Workspaces {
        /// TOML file with what new workspaces begin with; empty = the one that is compiled in.
        defaults_file: PathBuf = File,
    }

    chat: Chat {
        /// A comment line is sent after this much silence.
        // The API promises a comment line at least every 15 s of silence.
        heartbeat_seconds: u64 = Whole(1, 15),
        /// Before a stream in query mode shows text, AnythingLLM's search is asked whether it rests on anything.
        check_passages: bool = Flag,
        /// How long an `Idempotency-Key` is remembered.
        idempotency_hours: u32 = Whole(1, 720),
    }

    widget: Widget {
        /// Serve AnythingLLM's own embed ids on the public listener.
        legacy_embeds: bool = Flag,
    }

    visitor: Visitor {
        /// How long a visitor token lives.
        token_seconds: u32 = Whole(30, HOUR),
        /// How long it can be renewed.
        session_hours: u32 = Whole(1, 720),
        /// `exp` of an identity token may be this far ahead.
        identity_seconds: u32 = Whole(30, HOUR),
        /// The greatest number that a proof of work may have to find.
        proof_max_number: u32 = Whole(1, MANY),
        /// How long a challenge can be solved.
        proof_seconds: u32 = Whole(10, HOUR),
    }

    catalog: Catalog {
        /// Syncs that this process works on at the same time; 0 = none.
        workers: usize = Whole(0, 1000),
        /// How often it looks for syncs that wait.
        poll_millis: u64 = Whole(10, 600_000),
        /// A sync whose process was not heard of for this long is taken over.
        lease_seconds: u32 = Whole(1, 600),
        /// Products embedded at once.
        batch: usize = Whole(1, 500),
        /// Documents stored at the same time.
        parallel_uploads: usize = Whole(1, 1000),
        /// First pause before AnythingLLM is asked again; doubled with every failure.
        retry_millis: u64 = Whole(1, 60_000),
        /// Between two looks at what a shop's platform prepares.
        platform_pause_millis: u64 = Whole(1, 60_000),
        /// Between two syncs by a schedule that read all of a platform's products.
        full_sync_hours: u32 = Whole(1, 720),
    }

    usage: Usage {
        /// Events written at once.
        batch: usize = Whole(1, 10_000),
        /// Written at the latest after this.
        flush_millis: u64 = Whole(10, 60_000),
        /// Events kept while the database is away.
        queue: usize = Whole(1, MANY),
        /// Folder in which events wait for the database, and outlive a process that is killed; empty = in memory only.
        spool_dir: PathBuf = File,
        /// As much may wait there.
        spool_bytes: u64 = Whole(MIB, 1024 * 1024 * MIB),
        /// How often what was put there is synced to the disk.
        spool_sync_millis: u64 = Whole(10, 60_000),
        /// How often events are added up.
        rollup_millis: u64 = Whole(100, 600_000),
        /// How long events and sums of hours are kept.
        retention_days: u32 = Whole(1, 3650),
        /// How long sums of days are kept.
        rollup_retention_days: u32 = Whole(1, 3650),
    }

    prices: Prices {
        /// ISO 4217, as what they cost is shown.
        currency: String = Text,
        /// By model: for a million tokens of prompts, and of answers.
        models: Vec<ModelPrice> = PriceList,
    }

    log: Log {
        /// `json` or `pretty`.
        format: LogFormat = OneOf(&["json", "pretty"]),
        /// A tracing filter, such as `info,vestibule=debug`.
        level: String = Text,
    }

    telemetry: Telemetry {
        /// Address of a collector; empty = no export.
        otlp_endpoint: String = Text,
        /// `grpc` or `http/protobuf`.
        otlp_protocol: OtlpProtocol = OneOf(&["grpc", "http/protobuf"]),
        /// Share of requests that are traced, 0 to 1.
        sample_ratio: f64 = Ratio,
    }

    console: Console {
        /// Also on the public listener.
        public: bool = Flag,
    }

    demo: Demo {
        /// Serve the demo page at `/demo`.
        enabled: bool = Flag,
        /// The publishable key the page uses.
        publishable_key: String = Text,
    }

    security_txt: SecurityTxt {
        /// Addresses to write to, separated by commas; empty: there is no such file.
        contact: String = Text,
        /// Until when that is so.
        expires: String = Text,
    }
}
