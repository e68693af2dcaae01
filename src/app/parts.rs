//! The parts of a gateway, each made of the settings and of what it works with.

use super::readiness::SchemaCheck;
use super::{FIRST_LOOK, features};
use crate::anythingllm::Client;
use crate::api::BotDirectory;
use crate::auth::RootKeyCheck;
use crate::cache::Directories;
use crate::catalog::engine::Engine;
use crate::config::{self, Config};
use crate::conversations::Conversations;
use crate::crypto::RootKey;
use crate::crypto::message_signature::MessageKey;
use crate::crypto::seal::Purpose;
use crate::domain::clock::Ambient;
use crate::edge::{EdgeConfig, TlsFiles};
use crate::gate::{Rates, Shares};
use crate::limits::Rate;
use crate::outbound::{BadOutboundConfig, Outbound, RequestSigner};
use crate::privacy;
use crate::reports::{LeftOff, SystemFacts};
use crate::storage::Database;
use crate::store::StoreService;
use crate::telemetry::metrics::Metrics;
use crate::webhooks::WebhookService;
use crate::workspaces::{Defaults, WorkspaceService};
use anyhow::Context as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

pub(super) async fn open_database(config: &Config) -> anyhow::Result<Database> {
    let database = Database::connect(&config.database).context("database")?;
    if config.database.migrate_on_start {
        database.migrate().await.context("migrating the database")?;
    }
    Ok(database)
}

/// At once, so that a wrong key is told where an operator looks; without the database a background task does it.
pub(super) async fn check_root_key(root_key: &RootKey, database: &Database, ambient: &Ambient) -> RootKeyCheck {
    let check = RootKeyCheck::new(root_key, database, ambient);
    match tokio::time::timeout(FIRST_LOOK, check.look()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the database cannot be asked for its root key yet"),
        Err(_) => tracing::warn!("the database does not say its root key yet"),
    }
    check
}

/// The same for the schema.
pub(super) async fn check_schema(database: &Database) -> (SchemaCheck, bool) {
    let check = SchemaCheck::new(database);
    let looked = tokio::time::timeout(FIRST_LOOK, check.look()).await;
    match &looked {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the database cannot be asked for its schema yet"),
        Err(_) => tracing::warn!("the database does not say its schema yet"),
    }
    (check, matches!(looked, Ok(Ok(()))))
}

/// `outbound` calls whatever customers name; shops are shown who asks.
pub(super) fn stores(
    config: &Config,
    root_key: &RootKey,
    database: &Database,
    outbound: &Outbound,
    ambient: &Ambient,
) -> StoreService {
    let outbound = signed(outbound, config, root_key, ambient);
    let sealer = root_key.sealer(Purpose::StoreCredentials);
    let pause = Duration::from_millis(config.catalog.platform_pause_millis);
    StoreService::new(database.clone(), outbound, sealer, ambient.clone()).pausing(pause)
}

/// What calls shops; also from the command line.
pub(crate) fn outbound(config: &Config, root_key: &RootKey, ambient: &Ambient) -> Result<Outbound, BadOutboundConfig> {
    Ok(signed(&Outbound::new(&config.outbound)?, config, root_key, ambient))
}

/// The same, whose requests say that they are ours where the settings want it.
fn signed(outbound: &Outbound, config: &Config, root_key: &RootKey, ambient: &Ambient) -> Outbound {
    match MessageKey::of(root_key).filter(|_| config.outbound.sign_requests) {
        Some(key) => outbound.signed_by(RequestSigner::new(key, &config.public_url(), ambient.clone())),
        None => outbound.clone(),
    }
}

/// Where shops find the keys that requests to them are signed with.
pub(super) fn bot_directory(config: &Config, root_key: &RootKey) -> Option<BotDirectory> {
    let url = config.outbound.sign_requests.then(|| url::Url::parse(&config.public_url()).ok()).flatten()?;
    let authority = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
    let former = root_key.former();
    let keys = [Some(root_key), former.as_ref()].into_iter().flatten().filter_map(MessageKey::of);
    Some(BotDirectory::new(keys.collect(), authority))
}

/// What is told to addresses of workspaces; `work` says that there is something to send.
pub(crate) fn webhooks(
    root_key: &RootKey,
    database: &Database,
    outbound: &Outbound,
    work: &Arc<Notify>,
    ambient: &Ambient,
) -> WebhookService {
    let sealer = root_key.sealer(Purpose::WebhookSecret);
    WebhookService::new(database.clone(), outbound.clone(), sealer, Arc::clone(work), ambient.clone())
}

/// What works on erasures.
pub(super) fn erasure_worker(
    config: &Config,
    database: &Database,
    client: &Client,
    ambient: &Ambient,
    (work, stop): (Arc<Notify>, &watch::Receiver<bool>),
) -> privacy::Worker {
    privacy::Worker {
        database: database.clone(),
        client: client.clone(),
        usage_days: config.usage.retention_days,
        ambient: ambient.clone(),
        work,
        stop: stop.clone(),
    }
}

/// What works on catalogue syncs.
pub(super) fn engine(
    config: &Config,
    database: &Database,
    client: &Client,
    ambient: &Ambient,
    metrics: &Arc<Metrics>,
) -> Engine {
    Engine {
        database: database.clone(),
        client: client.clone(),
        ambient: ambient.clone(),
        settings: config.catalog.clone(),
        metrics: Arc::clone(metrics),
    }
}

/// What the settings are and leave off.
pub(super) fn system_facts(config: &Config) -> SystemFacts {
    SystemFacts {
        settings: Arc::clone(&config.told),
        left_off: features::off(config)
            .iter()
            .map(|off| LeftOff { english: off.to_string(), german: off.german })
            .collect(),
        warnings: config.warnings(),
    }
}

pub(super) fn conversations(
    database: &Database,
    root_key: &RootKey,
    client: &Client,
    directories: &Directories,
    ambient: &Ambient,
) -> Conversations {
    Conversations {
        database: database.clone(),
        directory: Arc::clone(&directories.conversations),
        workspaces: Arc::clone(&directories.managed_workspaces),
        client: client.clone(),
        sealer: root_key.sealer(Purpose::ConversationOpening),
        ambient: ambient.clone(),
    }
}

pub(super) fn workspaces(
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

pub(super) fn edge_config(config: &Config, docs: &str) -> anyhow::Result<EdgeConfig> {
    Ok(EdgeConfig {
        edge: config.edge.clone(),
        admin: config.admin.clone(),
        limits: config.limits.clone(),
        upstream_url: config.upstream.url.parse().context("upstream.url")?,
        upstream: config.upstream.clone(),
        upstream_authorities: config::authorities("upstream.ca_file", &config.upstream.ca_file)?,
        docs: docs.to_owned(),
    })
}

pub(super) fn rates(config: &Config) -> Rates {
    let limits = &config.limits;
    Rates {
        key: Rate::per_minute(limits.key_per_minute, limits.key_burst),
        ip_per_minute: limits.ip_per_minute,
        visitor_per_minute: limits.visitor_per_minute,
        visitor_sessions_per_ip_per_minute: limits.visitor_sessions_per_ip_per_minute,
        max_streams: limits.max_streams,
        shares: shares(config),
        user: Rate::per_minute(limits.user_per_minute, limits.user_burst),
        user_max_streams: limits.user_max_streams,
        logins_per_ip_per_minute: config.admin.logins_per_ip_per_minute,
        webhooks_per_ip_per_minute: config.limits.webhooks_per_ip_per_minute,
        handovers_per_ip_per_day: limits.handovers_per_ip_per_day,
        handovers_per_visitor_per_day: limits.handovers_per_visitor_per_day,
    }
}

pub(super) fn longest_completion(config: &Config) -> Option<u64> {
    Some(u64::from(config.limits.max_completion_tokens)).filter(|tokens| *tokens > 0)
}

pub(super) fn shares(config: &Config) -> Shares {
    Shares { address: config.limits.address_share_percent, visitor: config.limits.visitor_share_percent }
}

pub(super) fn tls_files(config: &Config) -> Option<TlsFiles> {
    let certificate = config.public.tls_certificate_file.clone();
    let private_key = config.public.tls_private_key_file.clone();
    (!certificate.as_os_str().is_empty()).then_some(TlsFiles { certificate, private_key })
}
