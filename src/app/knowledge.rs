//! Kept answers to knowledge queries: in the process, in a Redis of their own, and how they are made unknown.

use super::supervisor::Group;
use crate::cache::{FirstAnswers, KnowledgeCache, KnowledgeVersions, ROLE, SharedAnswers};
use crate::config::Config;
use crate::crypto::RootKey;
use crate::domain::clock::Ambient;
use crate::redis_client::{Described, Redis, Topology};
use crate::storage::Database;
use crate::telemetry::metrics::Metrics;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use std::time::Duration;

/// What answers knowledge queries without AnythingLLM.
#[derive(Debug)]
pub(super) struct Knowledge {
    pub(super) cache: KnowledgeCache,
    pub(super) first_answers: FirstAnswers,
    pub(super) alive: Alive,
}

/// What is kept alive for it.
#[derive(Debug, Clone)]
pub(super) struct Alive {
    pub(super) versions: Arc<KnowledgeVersions>,
    redis: Option<Redis>,
}

impl Knowledge {
    /// # Errors
    /// An address of Redis that is none, or a file of authorities that cannot be read.
    pub(super) fn new(
        config: &Config,
        root_key: &RootKey,
        database: &Database,
        metrics: &Arc<Metrics>,
        ambient: &Ambient,
    ) -> anyhow::Result<Self> {
        let settings = &config.cache;
        let stale = Duration::from_secs(settings.stale_if_error_seconds);
        let redis = if settings.redis_url.expose_secret().is_empty() {
            None
        } else {
            let patience = Duration::from_millis(settings.redis_patience_millis);
            Some(Redis::new(ROLE, cache_topology(config)?, patience, &settings.redis_prefix, Arc::clone(metrics)))
        };
        let shared = redis.clone().map(|redis| SharedAnswers::new(redis, root_key, stale, ambient.clone()));
        let versions = Arc::new(KnowledgeVersions::new(database.clone()));
        Ok(Self {
            cache: KnowledgeCache::new(shared, stale, ambient.clone()),
            first_answers: FirstAnswers::new(redis.clone(), root_key, ambient),
            alive: Alive { versions, redis },
        })
    }
}

impl Alive {
    pub(super) fn start(self, group: &mut Group) {
        let versions = self.versions;
        group.keep("knowledge_versions", move || Arc::clone(&versions).run());
        if let Some(redis) = self.redis {
            group.keep("cache_redis", move || redis.clone().run());
        }
    }
}

/// Where the cache's Redis is; also for the command line. One server: nothing that is lost with it is missed for long.
///
/// # Errors
/// An address that is none, or a file of authorities that cannot be read.
pub(crate) fn cache_topology(config: &Config) -> anyhow::Result<Topology> {
    let settings = &config.cache;
    Ok(Topology::new(&Described {
        urls: &settings.redis_url,
        sentinel_master: "",
        sentinel_password: &SecretString::from(""),
        cluster: false,
        ca_file: &settings.redis_ca_file,
    })?)
}
