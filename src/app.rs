//! The composition root: the only file that sees both the edge and the api. Builds every part from the configuration,
//! starts the listeners and stops them again.

mod people;
pub mod sweeps;
pub mod usage;

pub(crate) use people::{identity_vault, key_ring, peppers, succession};

use crate::anythingllm::Client;
use crate::api::{Api, ApiState};
use crate::bootstrap::Bootstrap;
use crate::cache::{self, Directories, KnowledgeCache};
use crate::catalog::CatalogService;
use crate::catalog::engine::Engine;
use crate::catalog::source::Feeds;
use crate::catalog::worker::Worker;
use crate::config::Config;
use crate::conversations::Conversations;
use crate::crypto::seal::{Purpose, Sealer};
use crate::domain::clock::Ambient;
use crate::edge::{AdminRows, Answerer, Edge, EdgeConfig, Listening, Ops, Readiness, Recorder, ServiceBody, TlsFiles};
use crate::endpoints::{Listener, Matcher};
use crate::gate::{Admitted, Gate, Rates, Reach};
use crate::idempotency::Idempotency;
use crate::keys::KeyService;
use crate::limits::{InProcess, Limiter, Rate};
use crate::outbound::Outbound;
use crate::reports::Reports;
use crate::storage::{Database, ListenState, UsageRecorder, UsageWriter};
use crate::store::StoreService;
use crate::telemetry::metrics::Metrics;
use crate::workspaces::{Defaults, WorkspaceService};
use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use people::{Identity, People};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// A gateway that is serving.
#[derive(Debug)]
pub struct Gateway {
    /// Where the public listener is.
    pub public: SocketAddr,
    /// Where the admin listener is.
    pub admin: SocketAddr,
    /// Where the ops listener is.
    pub ops: SocketAddr,
    stop: watch::Sender<bool>,
    gone: watch::Sender<bool>,
    listeners: JoinSet<()>,
    /// Ended by being dropped.
    background: JoinSet<()>,
    /// Catalogue syncs; they give back what they work on.
    workers: JoinSet<()>,
    usage: UsageWriter,
}

impl Gateway {
    /// Stops accepting, lets running requests finish within the drain time, writes what is still to be written.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.listeners.join_next().await.is_some() {}
        while self.workers.join_next().await.is_some() {}
        self.usage.close().await;
        self.gone.send_replace(true);
        self.background.shutdown().await;
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A part that cannot be built: an address that is taken, a database that refuses us, a secret that is no good.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let drain = config.shutdown.drain_seconds;
    let gateway = start(config, Ambient::system()).await?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    tracing::info!(drain_seconds = drain, "stopping: no new connections, running requests may finish");
    gateway.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Builds and starts everything.
///
/// # Errors
/// As [`serve`].
pub async fn start(config: Config, ambient: Ambient) -> anyhow::Result<Gateway> {
    let root_key = config.root_key()?;
    let database = open_database(&config).await?;
    let metrics = Arc::new(Metrics::new());
    let directories = Directories::new(&database, &ambient);
    let usage = UsageWriter::spawn(database.clone(), &config.usage, ambient.clone());
    let recorder = Recorder { metrics: Arc::clone(&metrics), usage: usage.recorder(), ambient: ambient.clone() };
    let client = Client::new(&config.upstream).context("AnythingLLM client")?;
    let sealer = root_key.sealer(Purpose::UpstreamApiKey);
    let bootstrap = config
        .upstream
        .bootstrap
        .then(|| Bootstrap::new(config.upstream.clone(), client.clone(), database.clone(), sealer, ambient.clone()));
    if let Some(bootstrap) = &bootstrap {
        bootstrap.recall().await;
    }

    let limiter = Arc::new(InProcess::new());
    let identity = Identity {
        config: &config,
        root_key: &root_key,
        database: &database,
        directories: &directories,
        client: &client,
        metrics: &metrics,
        ambient: &ambient,
    };
    let People { authenticator, sessions, visitors } = identity.build();
    let matcher = Matcher::new().context("endpoint table")?;
    let rows = AdminRows { legacy_embeds: config.widget.legacy_embeds };
    let shared_limiter: Arc<dyn Limiter> = Arc::clone(&limiter) as _;
    let gate = Gate::new(matcher, authenticator, Arc::clone(&shared_limiter), rates(&config), Box::new(rows));

    let stores = stores(&config, root_key.sealer(Purpose::StoreCredentials), &database, &ambient)?;
    let feeds = Feeds::new(database.clone(), Arc::new(stores.clone()));
    let docs = config.public_url();
    let catalog_work = Arc::new(Notify::new());
    let engine = engine(&config, &database, &client, &ambient, &metrics);
    let api = Api::new(ApiState {
        client: client.clone(),
        reach: Reach::new(Arc::clone(&directories.workspaces), Arc::clone(&sessions), database.clone()),
        conversations: conversations(&database, &client, &directories, &ambient),
        idempotency: Idempotency::new(
            database.clone(),
            Duration::from_secs(u64::from(config.chat.idempotency_hours) * 3600),
            ambient.clone(),
        ),
        managed_workspace_directory: Arc::clone(&directories.managed_workspaces),
        knowledge: KnowledgeCache::new(ambient.clone()),
        sessions,
        keys: KeyService::new(
            database.clone(),
            root_key.pepper(),
            Some(Arc::clone(&directories.keys)),
            ambient.clone(),
        ),
        limiter: Arc::clone(&shared_limiter),
        rates: rates(&config),
        visitors,
        workspaces: workspaces(&config, &database, &client, &directories, &ambient)?,
        stores,
        ambient: ambient.clone(),
        chat: config.chat.clone(),
        usage_settings: config.usage.clone(),
        demo: config.demo.clone(),
        docs: docs.as_str().into(),
        admin_url: config.admin_url().into(),
        usage: usage.recorder(),
        catalog: CatalogService::new(database.clone(), Arc::clone(&catalog_work), ambient.clone()),
        reports: Reports::new(database.clone(), ambient.clone()),
        metrics: Arc::clone(&metrics),
    });
    let edge = Edge::new(edge_config(&config, &docs)?, gate, Arc::new(ApiAnswers(api)), recorder);

    let tls = tls_files(&config);
    let public =
        Listening::bind(config.public.listen, Listener::Public, tls.as_ref(), &config.edge, Arc::clone(&edge), &docs);
    let public = public.await.with_context(|| format!("public.listen {}", config.public.listen))?;
    let admin = Listening::bind(config.admin.listen, Listener::Admin, None, &config.edge, Arc::clone(&edge), &docs);
    let admin = admin.await.with_context(|| format!("admin.listen {}", config.admin.listen))?;
    let ready = Ready { database: database.clone() };
    let ops = Ops::bind(config.ops.listen, Arc::clone(&metrics), Arc::new(ready)).await;
    let ops = ops.with_context(|| format!("ops.listen {}", config.ops.listen))?;

    let (stop, stopped) = watch::channel(false);
    let (gone, is_gone) = watch::channel(false);
    let mut background = JoinSet::new();
    let changes = database.listen();
    background.spawn(watch_listener(changes.state(), Arc::clone(&metrics)));
    let new_api_key = Arc::new(Notify::new());
    let key_followed = key_followed(Arc::clone(&metrics), ambient.clone());
    background.spawn(cache::follow_changes(changes, directories, Arc::clone(&new_api_key), key_followed));
    if let Some(bootstrap) = bootstrap {
        background.spawn(bootstrap.keep(new_api_key));
    }
    background.spawn(Arc::clone(&edge).maintain());
    keep_tidy(&mut background, limiter, &database, &ambient);
    keep_usage(&mut background, &config, usage.recorder(), &database, &metrics, &ambient);

    let workers = catalog_workers(&engine, &feeds, &catalog_work, &stopped);
    let gateway = Gateway {
        public: public.address()?,
        admin: admin.address()?,
        ops: ops.address()?,
        listeners: JoinSet::new(),
        stop,
        gone,
        background,
        workers,
        usage,
    };
    announce(&config, &gateway);
    Ok(run(gateway, public, admin, ops, stopped, is_gone, Duration::from_secs(config.shutdown.drain_seconds)))
}

async fn open_database(config: &Config) -> anyhow::Result<Database> {
    let database = Database::connect(&config.database).context("database")?;
    if config.database.migrate_on_start {
        database.migrate().await.context("migrating the database")?;
    }
    Ok(database)
}

fn stores(config: &Config, sealer: Sealer, database: &Database, ambient: &Ambient) -> anyhow::Result<StoreService> {
    let outbound = Outbound::new(&config.outbound).context("outbound TLS")?;
    Ok(StoreService::new(database.clone(), outbound, sealer, ambient.clone()))
}

/// Notes how long a change of a key took to get here.
fn key_followed(metrics: Arc<Metrics>, ambient: Ambient) -> impl Fn(DateTime<Utc>) + Send + Sync + 'static {
    // Clocks differ a little; a change is not followed before it is made.
    move |at| metrics.key_propagated((ambient.now() - at).to_std().unwrap_or_default())
}

/// Forgets what nobody needs any more, now and then.
fn keep_tidy(background: &mut JoinSet<()>, limiter: Arc<InProcess>, database: &Database, ambient: &Ambient) {
    background.spawn(forget_idle(limiter));
    for sweep in sweeps::Sweep::ALL {
        background.spawn(sweep.repeat(database.clone(), ambient.clone()));
    }
}

/// Adds usage up, and keeps its partitions.
fn keep_usage(
    background: &mut JoinSet<()>,
    config: &Config,
    recorder: UsageRecorder,
    database: &Database,
    metrics: &Arc<Metrics>,
    ambient: &Ambient,
) {
    background.spawn(count_dropped(recorder, Arc::clone(metrics)));
    let upkeep = usage::UsageUpkeep {
        database: database.clone(),
        settings: config.usage.clone(),
        metrics: Arc::clone(metrics),
        ambient: ambient.clone(),
    };
    background.spawn(upkeep.clone().keep_adding_up());
    background.spawn(upkeep.keep_partitions());
}

/// What works on catalogue syncs.
fn engine(config: &Config, database: &Database, client: &Client, ambient: &Ambient, metrics: &Arc<Metrics>) -> Engine {
    Engine {
        database: database.clone(),
        client: client.clone(),
        ambient: ambient.clone(),
        settings: config.catalog.clone(),
        metrics: Arc::clone(metrics),
    }
}

fn catalog_workers(engine: &Engine, feeds: &Feeds, work: &Arc<Notify>, stopped: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    for _ in 0..engine.settings.workers {
        workers.spawn(Worker::new(engine.clone(), feeds.clone(), Arc::clone(work), stopped.clone()).run());
    }
    workers
}

fn run(
    mut gateway: Gateway,
    public: Listening,
    admin: Listening,
    ops: Ops,
    stopped: watch::Receiver<bool>,
    gone: watch::Receiver<bool>,
    drain: Duration,
) -> Gateway {
    gateway.listeners.spawn(public.run(stopped.clone(), drain));
    gateway.listeners.spawn(admin.run(stopped.clone(), drain));
    gateway.background.spawn(ops.run(stopped, gone));
    gateway
}

fn announce(config: &Config, gateway: &Gateway) {
    use secrecy::ExposeSecret as _;
    if config.redis.url.expose_secret().is_empty() {
        tracing::info!("redis.url is not set; limits are counted in this process in any case");
    }
    if !config.previous_secret_key.expose_secret().is_empty() {
        tracing::info!(
            "previous_secret_key is set; once every replica has the new one, run `vestibule secrets rewrap`"
        );
    }
    tracing::info!(
        public = %gateway.public,
        admin = %gateway.admin,
        ops = %gateway.ops,
        version = env!("CARGO_PKG_VERSION"),
        "serving"
    );
}

fn conversations(database: &Database, client: &Client, directories: &Directories, ambient: &Ambient) -> Conversations {
    Conversations {
        database: database.clone(),
        directory: Arc::clone(&directories.conversations),
        workspaces: Arc::clone(&directories.managed_workspaces),
        client: client.clone(),
        ambient: ambient.clone(),
    }
}

fn workspaces(
    config: &Config,
    database: &Database,
    client: &Client,
    directories: &Directories,
    ambient: &Ambient,
) -> anyhow::Result<WorkspaceService> {
    let defaults = Defaults::load(&config.workspaces).context("workspaces.defaults_file")?;
    let directory = Some(Arc::clone(&directories.workspaces));
    Ok(WorkspaceService::new(database.clone(), client.clone(), directory, defaults, ambient.clone()))
}

fn edge_config(config: &Config, docs: &str) -> anyhow::Result<EdgeConfig> {
    Ok(EdgeConfig {
        edge: config.edge.clone(),
        admin: config.admin.clone(),
        limits: config.limits.clone(),
        upstream_url: config.upstream.url.parse().context("upstream.url")?,
        upstream: config.upstream.clone(),
        docs: docs.to_owned(),
    })
}

fn rates(config: &Config) -> Rates {
    let limits = &config.limits;
    Rates {
        key: Rate { per_minute: limits.key_per_minute, burst: limits.key_burst },
        ip_per_minute: limits.ip_per_minute,
        visitor_per_minute: limits.visitor_per_minute,
        visitor_sessions_per_ip_per_minute: limits.visitor_sessions_per_ip_per_minute,
        max_streams: limits.max_streams,
        user: Rate { per_minute: limits.user_per_minute, burst: limits.user_burst },
        user_max_streams: limits.user_max_streams,
        logins_per_ip_per_minute: config.admin.logins_per_ip_per_minute,
    }
}

fn tls_files(config: &Config) -> Option<TlsFiles> {
    let certificate = config.public.tls_certificate_file.clone();
    let private_key = config.public.tls_private_key_file.clone();
    (!certificate.as_os_str().is_empty()).then_some(TlsFiles { certificate, private_key })
}

/// Shows in the metrics whether changes are being heard.
async fn watch_listener(mut state: watch::Receiver<ListenState>, metrics: Arc<Metrics>) {
    loop {
        let up = matches!(*state.borrow_and_update(), ListenState::Up);
        metrics.change_listener_up(up);
        if state.changed().await.is_err() {
            return;
        }
    }
}

/// Shows usage events that were lost because the database was away for too long.
async fn count_dropped(recorder: UsageRecorder, metrics: Arc<Metrics>) {
    let mut counted = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let dropped = recorder.dropped();
        metrics.usage_events_dropped(dropped.saturating_sub(counted));
        counted = dropped;
    }
}

async fn forget_idle(limiter: Arc<InProcess>) {
    loop {
        tokio::time::sleep(Duration::from_secs(60)).await;
        limiter.forget_idle();
    }
}

/// Lets the edge call the api without knowing it.
#[derive(Debug)]
struct ApiAnswers(Api);

#[async_trait]
impl Answerer for ApiAnswers {
    async fn answer(&self, request: http::Request<Bytes>, admitted: Arc<Admitted>) -> http::Response<ServiceBody> {
        self.0.call(request, admitted).await.map(|body| body.map_err(Into::into).boxed_unsync())
    }
}

/// Ready means: keys can be looked up. AnythingLLM may be away: that is told request by request, and a gateway that leaves
/// the load balancer for it would turn a clear answer into none.
#[derive(Debug)]
struct Ready {
    database: Database,
}

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Vec<(&'static str, bool)> {
        vec![("database", self.database.ping().await.is_ok())]
    }
}
