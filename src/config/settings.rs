//! Every setting, once: its name, its type and what its value may be. The structs that the program reads and the list
//! of keys that files and variables are held against are both made of it. `default.toml` has the defaults and the
//! documentation; tests hold the two together.

use crate::config::declare;
use crate::config::key::Key;
use crate::config::sources::ToldSetting;
use crate::config::values::Kind::{
    self, Address, File, Flag, Networks, OneOf, Prices as PriceList, Ratio, Secret, Text, Whole,
};
use crate::domain::usage::price::ModelPrice;
use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;
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

const fn key(path: &'static str, kind: Kind) -> Key {
    Key { path, kind }
}

declare::settings! {
    /// Everything that can be configured. One struct a section of the file.
    Config {
        /// 32 bytes in base64: the root of all keys used at rest (pepper of API keys, sealing of secrets).
        secret_key: SecretString = Secret,
        /// The one before it, while what depends on that is sealed anew; empty = none.
        previous_secret_key: SecretString = Secret,
    }

    /// The listener that faces the internet.
    public: Public {
        /// Address to listen on.
        listen: SocketAddr = Address,
        /// The address clients use, without a trailing slash; used in problem `type`s and links. Empty: derived from
        /// `listen`.
        url: String = Text,
        /// PEM file of the certificate chain; empty = no TLS.
        tls_certificate_file: PathBuf = File,
        /// PEM file of the private key; empty = no TLS.
        tls_private_key_file: PathBuf = File,
    }

    /// The listener for AnythingLLM's UI and for staff.
    admin: Admin {
        /// Address to listen on.
        listen: SocketAddr = Address,
        /// The address staff use, without a trailing slash; used in links to AnythingLLM's UI. Empty: derived from
        /// `listen`.
        url: String = Text,
        /// Largest upload to AnythingLLM through this listener, in bytes.
        upload_bytes: u64 = Whole(MIB, 4096 * MIB),
        /// Largest other body to AnythingLLM through this listener, in bytes.
        json_body_bytes: u64 = Whole(MIB, 4096 * MIB),
        /// Logins and recoveries of one IP address a minute.
        logins_per_ip_per_minute: u32 = Whole(1, MANY),
        /// Logins in flight to AnythingLLM at the same time.
        max_parallel_logins: u32 = Whole(1, 1000),
    }

    /// The listener for metrics and health.
    ops: Ops {
        /// Address to listen on.
        listen: SocketAddr = Address,
    }

    /// Connections and HTTP hygiene of all listeners.
    edge: Edge {
        /// Proxies whose `X-Forwarded-*` headers are believed.
        trusted_proxies: Vec<IpNet> = Networks,
        /// Time for a whole request head.
        header_seconds: u64 = Whole(1, 300),
        /// Largest request head, in bytes.
        max_header_bytes: usize = Whole(KIB, 64 * KIB),
        /// Time for a whole JSON body.
        body_seconds: u64 = Whole(1, 600),
        /// What must arrive each second of a larger body, after that.
        body_bytes_per_second: u64 = Whole(1, 1024 * MIB),
        /// Idle connections are closed after this.
        keepalive_seconds: u64 = Whole(1, HOUR),
        /// A client that does not read is given up after this.
        write_seconds: u64 = Whole(1, HOUR),
        /// Connections of one IP address at the same time.
        max_connections_per_ip: u32 = Whole(1, MANY),
        /// Requests of one IP address that run at the same time.
        max_requests_per_ip: u32 = Whole(1, MANY),
        /// Connections at the same time.
        max_connections: u32 = Whole(1, MANY),
        /// Largest JSON body, in bytes.
        json_body_bytes: usize = Whole(KIB, 64 * MIB),
        /// Largest body of a chat, in bytes.
        chat_body_bytes: usize = Whole(KIB, 64 * MIB),
        /// Largest number of HTTP/2 streams of a connection.
        h2_max_streams: u32 = Whole(1, 10_000),
    }

    /// How to stop.
    shutdown: Shutdown {
        /// Running requests may finish for this long after SIGTERM.
        drain_seconds: u64 = Whole(0, HOUR),
        /// Clients that have just connected may send a request for this long.
        last_request_millis: u64 = Whole(0, 60_000),
    }

    /// PostgreSQL.
    database: Database {
        /// `postgres://…`
        url: SecretString = Secret,
        /// The password, where it does not stand in the address.
        password: SecretString = Secret,
        /// PEM file of authorities that the server's certificate may come from besides those that browsers trust; with it
        /// the connection is encrypted and the certificate checked. Empty = as the address says.
        ca_file: PathBuf = File,
        /// Connections of the pool.
        max_connections: u32 = Whole(2, 10_000),
        /// Time to get a connection.
        acquire_millis: u64 = Whole(1, 600_000),
        /// Time for one statement.
        statement_millis: u64 = Whole(1, 600_000),
        /// For how long what is remembered is believed when the database is away; 0 = not at all.
        stale_seconds: u32 = Whole(0, 3_600),
        /// Run migrations at start-up.
        migrate_on_start: bool = Flag,
    }

    /// Redis.
    redis: Redis {
        /// `redis://…` or, with TLS, `rediss://…`; empty = a single node with limits in process. Of several Sentinels or
        /// nodes of a cluster, all with commas between; user, password and database of the first hold for the servers.
        url: SecretString = Secret,
        /// PEM file of the authorities that the server's certificate must come from; empty = those that browsers trust.
        ca_file: PathBuf = File,
        /// The name under which the Sentinels at `url` know the master; empty = they are no Sentinels.
        sentinel_master: String = Text,
        /// The Sentinels' own password; empty = none.
        sentinel_password: SecretString = Secret,
        /// `url` names nodes of a cluster.
        cluster: bool = Flag,
        /// What the names of all keys begin with.
        prefix: String = Text,
        /// Time for an answer; after it a replica goes on with its share.
        patience_millis: u64 = Whole(1, 60_000),
        /// Shares are computed for at least so many replicas.
        least_replicas: u32 = Whole(1, 1000),
    }

    /// Kept answers.
    cache: Cache {
        /// `redis://…` or, with TLS, `rediss://…`, in which replicas keep answers together; empty = each for itself.
        redis_url: SecretString = Secret,
        /// PEM file of the authorities that the server's certificate must come from; empty = those that browsers trust.
        redis_ca_file: PathBuf = File,
        /// What the names of all keys begin with.
        redis_prefix: String = Text,
        /// Time for an answer; after it AnythingLLM is asked.
        redis_patience_millis: u64 = Whole(1, 60_000),
        /// For so long past its time an answer stands in when AnythingLLM fails; 0 = not at all.
        stale_if_error_seconds: u64 = Whole(0, 24 * HOUR),
    }

    /// The AnythingLLM behind us.
    upstream: Upstream {
        /// Address of AnythingLLM without a trailing slash.
        url: String = Text,
        /// PEM file of the authorities that its certificate must come from; empty = those that browsers trust.
        ca_file: PathBuf = File,
        /// AnythingLLM's API key; wins over the one that Vestibule keeps itself.
        api_key: SecretString = Secret,
        /// Set AnythingLLM up at start, and keep its API key in the database.
        bootstrap: bool = Flag,
        /// How long the bootstrap waits for AnythingLLM, and for another replica's.
        bootstrap_seconds: u64 = Whole(1, HOUR),
        /// The admin's name, for the bootstrap and for the demo.
        admin_username: String = Text,
        /// The admin's password.
        admin_password: SecretString = Secret,
        /// The password that an AnythingLLM without accounts asks for; empty = none.
        instance_password: SecretString = Secret,
        /// Time to connect, for two attempts together.
        connect_millis: u64 = Whole(1, 600_000),
        /// Chats in progress at the same time.
        max_chats: usize = Whole(1, MANY),
        /// Other calls in progress at the same time; as many more that embed documents.
        max_calls: usize = Whole(1, MANY),
        /// Calls of a workspace that wait for their turn.
        queue_per_workspace: usize = Whole(0, MANY),
        /// A call waits this long for its turn.
        queue_millis: u64 = Whole(0, 600_000),
        /// Time to a whole JSON answer, and to the head of a stream.
        response_millis: u64 = Whole(1, 3_600_000),
        /// How often AnythingLLM is asked whether it has a model and an embedder; 0 = never.
        models_seconds: u64 = Whole(0, 24 * HOUR),
        /// A stream that is silent for this long has failed.
        stream_idle_seconds: u64 = Whole(1, HOUR),
        /// What is passed through: time to the head of an answer, and between its bytes.
        passed_seconds: u64 = Whole(1, HOUR),
        /// The same for what takes AnythingLLM long, such as embedding.
        passed_work_seconds: u64 = Whole(1, 24 * HOUR),
        /// Silence of a websocket, and of other streams that say nothing for long.
        passed_idle_seconds: u64 = Whole(1, 24 * HOUR),
        /// Idle connections are dropped after this; below AnythingLLM's 5 s, or a request may meet a closed one.
        pool_idle_millis: u64 = Whole(0, 600_000),
        /// Idle connections kept.
        pool_max_idle: usize = Whole(0, 100_000),
        /// Largest frame of a stream, in bytes.
        max_frame_bytes: usize = Whole(KIB, 64 * MIB),
        /// Largest JSON answer, in bytes.
        max_body_bytes: usize = Whole(KIB, 1024 * MIB),
    }

    /// Limits in force where a key has none of its own.
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

    /// People: logins, sessions and tokens.
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

    /// Calls to addresses that customers name.
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

    /// Messages to webhooks.
    webhooks: Webhooks {
        /// How often it is looked what there is to tell.
        look_seconds: u64 = Whole(1, HOUR),
        /// AnythingLLM has not answered for so long when that is told.
        upstream_away_seconds: u64 = Whole(1, HOUR),
    }

    /// Workspaces.
    workspaces: Workspaces {
        /// TOML file with what new workspaces begin with; empty = the one that is compiled in.
        defaults_file: PathBuf = File,
    }

    /// Chats.
    chat: Chat {
        /// A comment line is sent after this much silence.
        // The API promises a comment line at least every 15 s of silence.
        heartbeat_seconds: u64 = Whole(1, 15),
        /// Before a stream in query mode shows text, AnythingLLM's search is asked whether it rests on anything.
        check_passages: bool = Flag,
        /// How long an `Idempotency-Key` is remembered.
        idempotency_hours: u32 = Whole(1, 720),
    }

    /// Widget paths.
    widget: Widget {
        /// Serve AnythingLLM's own embed ids on the public listener.
        legacy_embeds: bool = Flag,
    }

    /// Visitor tokens.
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

    /// Catalogue syncs.
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

    /// Usage events.
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

    /// What models cost.
    prices: Prices {
        /// ISO 4217, as what they cost is shown.
        currency: String = Text,
        /// By model: for a million tokens of prompts, and of answers.
        models: Vec<ModelPrice> = PriceList,
    }

    /// Log lines.
    log: Log {
        /// `json` or `pretty`.
        format: LogFormat = OneOf(&["json", "pretty"]),
        /// A tracing filter, such as `info,vestibule=debug`.
        level: String = Text,
    }

    /// Traces.
    telemetry: Telemetry {
        /// Address of a collector; empty = no export.
        otlp_endpoint: String = Text,
        /// `grpc` or `http/protobuf`.
        otlp_protocol: OtlpProtocol = OneOf(&["grpc", "http/protobuf"]),
        /// Share of requests that are traced, 0 to 1.
        sample_ratio: f64 = Ratio,
    }

    /// The console for a shop's staff.
    console: Console {
        /// Also on the public listener.
        public: bool = Flag,
    }

    /// The demo page.
    demo: Demo {
        /// Serve the demo page at `/demo`.
        enabled: bool = Flag,
        /// The publishable key the page uses.
        publishable_key: String = Text,
    }

    /// Where to report a fault.
    security_txt: SecurityTxt {
        /// Addresses to write to, separated by commas; empty: there is no such file.
        contact: String = Text,
        /// Until when that is so.
        expires: String = Text,
    }
}
