//! The limiter that the configuration asks for, and what keeps it alive.

use super::supervisor::Group;
use crate::config::Config;
use crate::domain::clock::Ambient;
use crate::limits::{FailedLogins, InProcess, Limiter, ROLE, Shared};
use crate::redis_client::{Described, Redis, Topology};
use crate::telemetry::metrics::Metrics;
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use std::time::Duration;

/// A start does not wait longer for Redis.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// Limits: of all replicas with the same Redis, or of this process alone.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) limiter: Arc<dyn Limiter>,
    shared: Option<(Redis, Shared)>,
}

impl Limits {
    /// # Errors
    /// An address of Redis that is none, or a file of authorities that cannot be read.
    pub(super) fn new(config: &Config, metrics: &Arc<Metrics>, ambient: &Ambient) -> anyhow::Result<Self> {
        let settings = &config.redis;
        if settings.url.expose_secret().is_empty() {
            return Ok(Self { limiter: Arc::new(InProcess::new()), shared: None });
        }
        let patience = Duration::from_millis(settings.patience_millis);
        let redis = Redis::new(ROLE, topology(config)?, patience, &settings.prefix, Arc::clone(metrics));
        let shared = Shared::new(redis.clone(), settings.least_replicas, Arc::clone(metrics), ambient.clone());
        Ok(Self { limiter: Arc::new(shared.clone()), shared: Some((redis, shared)) })
    }

    /// Where failed logins of all replicas are counted.
    pub(super) fn failed_logins(&self) -> Option<FailedLogins> {
        self.shared.as_ref().map(|(_, shared)| FailedLogins::new(shared.clone()))
    }

    /// Starts what keeps it alive, and gives Redis a moment to be there.
    pub(super) async fn start(&self, group: &mut Group) {
        let Some((redis, shared)) = self.shared.clone() else { return };
        group.keep("redis", move || redis.clone().run());
        let beating = shared.clone();
        group.keep("limits_heartbeat", move || beating.clone().heartbeat());
        let giving = shared.clone();
        group.keep("limits_places", move || giving.clone().give_places_back());
        shared.settle(FIRST_LOOK).await;
    }

    /// Limits are counted over all replicas; also where nobody has asked for that.
    pub(super) fn is_shared(&self) -> bool {
        self.shared.as_ref().is_none_or(|(redis, _)| redis.is_there())
    }

    /// This replica serves nobody any more.
    pub(super) async fn leave(&self) {
        if let Some((_, shared)) = &self.shared {
            shared.leave().await;
        }
    }
}

/// Where the configured Redis is; also for the command line.
///
/// # Errors
/// An address that is none, or a file of authorities that cannot be read.
pub(crate) fn topology(config: &Config) -> anyhow::Result<Topology> {
    let settings = &config.redis;
    Ok(Topology::new(&Described {
        urls: &settings.url,
        sentinel_master: &settings.sentinel_master,
        sentinel_password: &settings.sentinel_password,
        cluster: settings.cluster,
        ca_file: &settings.ca_file,
    })?)
}
