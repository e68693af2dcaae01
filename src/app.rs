//! The composition root: the only room that sees both the edge and the api. Builds every part from the configuration,
//! starts the listeners and stops them again.

pub mod features;
mod knowledge;
mod limits;
mod models;
mod parts;
mod people;
mod readiness;
pub mod supervisor;
pub mod sweeps;
mod tasks;
pub mod usage;

pub(crate) use knowledge::cache_topology;
pub(crate) use limits::topology;
pub(crate) use parts::{outbound, webhooks};
pub(crate) use people::{identity_vault, key_ring, peppers, succession};

use crate::anythingllm::{Client, UpstreamModels};
use crate::api::{Api, ApiState};
use crate::bootstrap::Bootstrap;
use crate::cache::Directories;
use crate::catalog::CatalogService;
use crate::catalog::removals::Removals;
use crate::catalog::source::Feeds;
use crate::config::Config;
use crate::crypto::seal::Purpose;
use crate::domain::clock::Ambient;
use crate::edge::{AdminRows, Answerer, DrainTimes, Edge, Listening, Ops, Recorder, ServiceBody};
use crate::endpoints::{Listener, Matcher, endpoints};
use crate::gate::{Admitted, Console, Gate, Reach};
use crate::idempotency::Idempotency;
use crate::keys::KeyService;
use crate::outbound::Outbound;
use crate::privacy::Erasures;
use crate::reports::{Costs, Reports, SystemReports};
use crate::storage::{Spool, UsageWriter};
use crate::telemetry::logging::Reporting;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::version;
use crate::transcripts::Transcripts;
use crate::unfinished::UnfinishedAnswers;
use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use features::Away;
use http_body_util::BodyExt as _;
use knowledge::Knowledge;
use limits::Limits;
use models::ModelCheck;
use people::{AuthParts, People};
use readiness::Ready;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use supervisor::{Group, Supervisor};
use tasks::{Background, CatalogWorkers};
use tokio::sync::{Notify, watch};

/// The usage that waits is written for this long at the end; the writer itself gives up sooner when the database is
/// away.
const LAST_USAGE: Duration = Duration::from_secs(60);
/// A start does not wait longer for a database or an AnythingLLM that is away.
const FIRST_LOOK: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Gateway {
    /// Where the public listener is.
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub ops: SocketAddr,
    stop: watch::Sender<bool>,
    gone: watch::Sender<bool>,
    listeners: Group,
    background: Group,
    /// Catalogue syncs; they give back what they work on.
    workers: Group,
    writing: Group,
    usage: UsageWriter,
    limits: Limits,
    unfinished: UnfinishedAnswers,
}

impl Gateway {
    /// From now on no connection is kept for another request, and readiness says no. [`Self::stop`] waits for the rest.
    pub fn begin_to_stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops accepting, lets running requests finish within the drain time, writes what is still to be written.
    pub async fn stop(mut self) {
        self.begin_to_stop();
        self.listeners.ended().await;
        self.workers.ended().await;
        self.limits.leave().await;
        self.unfinished.end().await;
        self.usage.close();
        if tokio::time::timeout(LAST_USAGE, self.writing.ended()).await.is_err() {
            let spooled = self.usage.recorder().has_spool();
            tracing::error!(spooled, "usage could not be written in time: what is not in the spool is lost");
        }
        self.gone.send_replace(true);
        self.background.shutdown().await;
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A part that cannot be built: an address that is taken, a database that refuses us, a secret that is no good.
pub async fn serve(config: Config, reporting: Reporting) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let drain = config.shutdown.drain_seconds;
    let gateway = start_reporting(config, Ambient::system(), reporting).await?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    // Said once it is so: whoever reads the line relies on it.
    gateway.begin_to_stop();
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
    start_reporting(config, ambient, Reporting::default()).await
}

#[expect(clippy::too_many_lines, reason = "one line for each part; it reads from top to bottom")]
async fn start_reporting(config: Config, ambient: Ambient, reporting: Reporting) -> anyhow::Result<Gateway> {
    let root_key = config.root_key()?;
    let Reporting { access_log, exports } = reporting;
    let metrics = Arc::new(Metrics::exporting(&exports));
    metrics.expect_routes(endpoints().map(|endpoint| endpoint.name));
    let database = parts::open_database(&config).await?.telling(metrics.pool_waits());
    let root_key_check = parts::check_root_key(&root_key, &database, &ambient).await;
    let (schema_check, has_database) = parts::check_schema(&database).await;
    let directories = Directories::new(&database, &ambient);
    let spool = Spool::new(&config.usage, &root_key.ids(), ambient.clone());
    let usage = UsageWriter::new(database.clone(), &config.usage, spool, ambient.clone());
    let recorder =
        Recorder { metrics: Arc::clone(&metrics), usage: usage.recorder(), access_log, ambient: ambient.clone() };
    let client = Client::counted(&config.upstream, &metrics.upstream()).context("AnythingLLM client")?;
    let sealer = root_key.sealer(Purpose::UpstreamApiKey);
    let bootstrap = config
        .upstream
        .bootstrap
        .then(|| Bootstrap::new(config.upstream.clone(), client.clone(), database.clone(), sealer, ambient.clone()));
    if let Some(bootstrap) = &bootstrap {
        bootstrap.recall().await;
    }

    let limits = Limits::new(&config, &metrics, &ambient).context("redis")?;
    let knowledge = Knowledge::new(&config, &root_key, &database, &metrics, &ambient).context("cache")?;
    let auth_parts = AuthParts {
        config: &config,
        root_key: &root_key,
        root_key_check: &root_key_check,
        database: &database,
        directories: &directories,
        client: &client,
        metrics: &metrics,
        ambient: &ambient,
        failed_logins: limits.failed_logins(),
    };
    let People { authenticator, sessions, console_sessions, visitors } = auth_parts.build();
    let matcher = Matcher::new().context("endpoint table")?;
    let rows = AdminRows { legacy_embeds: config.widget.legacy_embeds };
    let console = Console { sessions: Arc::clone(&console_sessions), is_public: config.console.public };
    let gate =
        Gate::new(matcher, authenticator, Arc::clone(&limits.limiter), parts::rates(&config), Box::new(rows), console);

    // One for all that customers name, with one set of certificate authorities.
    let outbound = Outbound::new(&config.outbound).context("outbound TLS")?;
    let stores = parts::stores(&config, &root_key, &database, &outbound, &ambient);
    let webhook_work = Arc::new(Notify::new());
    let webhooks = parts::webhooks(&root_key, &database, &outbound, &webhook_work, &ambient);
    let feeds = Feeds::new(database.clone(), Arc::new(stores.clone()), ambient.clone());
    let docs = config.public_url();
    let (catalog_work, catalog_noted) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let engine = parts::engine(&config, &database, &client, &ambient, &metrics);
    let erasing = Arc::new(Notify::new());
    let unfinished = UnfinishedAnswers::new(client.clone(), database.clone(), usage.recorder(), Arc::clone(&metrics));
    let models = ModelCheck::new(&client, config.upstream.models_seconds);
    let supervisor = Supervisor::new(Arc::clone(&metrics));
    let ready = Ready {
        database: database.clone(),
        schema: schema_check.clone(),
        root_key: root_key_check.clone(),
        supervisor: supervisor.clone(),
        models: models.clone(),
        seen: Arc::default(),
    };
    let api = Api::new(ApiState {
        client: client.clone(),
        reach: Reach::new(Arc::clone(&directories.workspaces), Arc::clone(&sessions), database.clone()),
        conversations: parts::conversations(&database, &root_key, &client, &directories, &ambient),
        transcripts: Transcripts::new(database.clone(), ambient.clone()),
        erasures: Erasures::new(database.clone(), Arc::clone(&erasing), ambient.clone()),
        idempotency: Idempotency::new(
            database.clone(),
            Duration::from_secs(u64::from(config.chat.idempotency_hours) * 3600),
            ambient.clone(),
        ),
        managed_workspace_directory: Arc::clone(&directories.managed_workspaces),
        knowledge: knowledge.cache,
        first_answers: Arc::new(knowledge.first_answers),
        sessions,
        console_sessions,
        keys: KeyService::new(
            database.clone(),
            root_key.pepper(),
            Some(Arc::clone(&directories.keys)),
            ambient.clone(),
        ),
        limiter: Arc::clone(&limits.limiter),
        longest_completion: parts::longest_completion(&config),
        rates: parts::rates(&config),
        visitors,
        workspaces: parts::workspaces(&config, &database, &client, &directories, &ambient)?,
        stores,
        webhooks: webhooks.clone(),
        bot_directory: parts::bot_directory(&config, &root_key),
        ambient: ambient.clone(),
        chat: config.chat.clone(),
        usage_settings: config.usage.clone(),
        webhook_settings: config.webhooks.clone(),
        demo: config.demo.clone(),
        security_txt: config.security_txt.clone(),
        docs: docs.as_str().into(),
        admin_url: config.admin_url().into(),
        usage: usage.recorder(),
        unfinished: unfinished.clone(),
        catalog: CatalogService::new(
            database.clone(),
            (Arc::clone(&catalog_work), Arc::clone(&catalog_noted)),
            ambient.clone(),
        ),
        removals: Removals::new(engine.clone(), Arc::clone(&catalog_work)),
        reports: Reports::new(database.clone(), ambient.clone()),
        costs: Costs::new(client.clone(), config.prices.clone()),
        system: SystemReports {
            database: database.clone(),
            client: client.clone(),
            key_ring: people::key_ring(&root_key, &database, &directories, &ambient),
            health: Arc::new(ready.clone()),
            facts: parts::system_facts(&config),
            ambient: ambient.clone(),
        },
        metrics: Arc::clone(&metrics),
        database: database.clone(),
    });
    let answerer = Arc::new(ApiAnswers(api));
    let versions = Arc::clone(&knowledge.alive.versions);
    let edge = Edge::new(parts::edge_config(&config, &docs)?, gate, answerer, recorder, versions);

    let tls = parts::tls_files(&config);
    let public =
        Listening::bind(config.public.listen, Listener::Public, tls.as_ref(), &config.edge, Arc::clone(&edge), &docs);
    let public = Arc::new(public.await.with_context(|| format!("public.listen {}", config.public.listen))?);
    let admin = Listening::bind(config.admin.listen, Listener::Admin, None, &config.edge, Arc::clone(&edge), &docs);
    let admin = Arc::new(admin.await.with_context(|| format!("admin.listen {}", config.admin.listen))?);
    let ops = Ops::bind(config.ops.listen, Arc::clone(&metrics), Arc::new(ready)).await;
    let ops = Arc::new(ops.with_context(|| format!("ops.listen {}", config.ops.listen))?);

    let (stop, stopped) = watch::channel(false);
    let (gone, is_gone) = watch::channel(false);
    let mut gateway = Gateway {
        public: public.address(),
        admin: admin.address(),
        ops: ops.address()?,
        listeners: supervisor.group(stopped.clone()),
        background: supervisor.group(is_gone.clone()),
        workers: supervisor.group(stopped.clone()),
        writing: supervisor.group(is_gone.clone()),
        stop,
        gone,
        usage,
        limits,
        unfinished,
    };
    let writer = gateway.usage.clone();
    gateway.writing.keep("usage_writer", move || writer.run());
    tasks::take_over_unfinished(&mut gateway.background, &gateway.unfinished, &gateway.usage);
    let background = Background {
        config: &config,
        database: &database,
        root_key: &root_key_check,
        schema: &schema_check,
        metrics: &metrics,
        ambient: &ambient,
    };
    background.start(&mut gateway.background, directories, bootstrap, gateway.usage.recorder());
    tasks::forget_what_is_idle(&mut gateway.background, Arc::clone(&gateway.limits.limiter), &edge);
    tasks::follow_upstream(&mut gateway.background, &edge);
    tasks::watch_for_webhooks(&mut gateway.background, &webhooks, &client, &config.webhooks);
    tasks::send_to_webhooks(&mut gateway.workers, &webhooks, &stopped);
    tasks::erase(
        &mut gateway.workers,
        parts::erasure_worker(&config, &database, &client, &ambient, (erasing, &stopped)),
    );
    tasks::close_idle(&mut gateway.background, client);
    let workers = CatalogWorkers {
        engine,
        feeds,
        work: catalog_work,
        noted: catalog_noted,
        root_key: root_key_check,
        stop: stopped.clone(),
    };
    workers.start(&mut gateway.workers);
    knowledge.alive.start(&mut gateway.background);
    gateway.limits.clone().start(&mut gateway.background).await;
    if tls.is_some() {
        tasks::follow_certificate(&mut gateway.background, &public);
    }
    tasks::listen(&mut gateway.listeners, "public_listener", &public, &stopped, drain(&config));
    tasks::listen(&mut gateway.listeners, "admin_listener", &admin, &stopped, drain(&config));
    tasks::listen_for_ops(&mut gateway.background, &ops, &stopped, &is_gone);
    let seen = match &models {
        Some(models) => models.look_at_start(FIRST_LOOK).await,
        None => None,
    };
    if let Some(models) = models {
        tasks::look_at_models(&mut gateway.background, models);
    }
    let away = features::away(&config, has_database, seen.is_some(), gateway.limits.is_shared());
    announce(&config, &gateway, seen.as_ref(), &away);
    Ok(gateway)
}

fn drain(config: &Config) -> DrainTimes {
    DrainTimes {
        drain: Duration::from_secs(config.shutdown.drain_seconds),
        last_request: Duration::from_millis(config.shutdown.last_request_millis),
    }
}

fn announce(config: &Config, gateway: &Gateway, models: Option<&UpstreamModels>, away: &[Away]) {
    use secrecy::ExposeSecret as _;
    for off in features::off(config) {
        tracing::info!("{off}");
    }
    for away in away {
        tracing::warn!(
            service = away.service,
            means = away.means,
            "not reached at the start; it is tried all the time"
        );
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
        version = version::VERSION,
        commit = version::REVISION,
        llm = models.map(|models| models.llm.as_deref().unwrap_or("none")),
        embedder = models.map(|models| models.embedder.as_deref().unwrap_or("none")),
        "serving"
    );
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
