//! The upkeep of usage: adding up events, making partitions ahead, forgetting what is older than is kept. Every replica
//! runs it; locks in PostgreSQL see to it that one at a time does the work. A round that fails is made up for by the
//! next.

use crate::config;
use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use crate::storage::{Database, RollUp, StorageError};
use crate::telemetry::metrics::Metrics;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;

/// Events added up in one transaction.
const BATCH: u16 = 2000;
/// Days for which partitions are made ahead: so long may nothing be able to make them.
const DAYS_AHEAD: u32 = 3;
/// Between rounds of keeping partitions.
const HOUR: Duration = Duration::from_secs(3600);
/// Before the first of them is tried again.
const SOON: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub struct UsageUpkeep {
    pub database: Database,
    pub settings: config::Usage,
    pub metrics: Arc<Metrics>,
    pub ambient: Ambient,
}

impl UsageUpkeep {
    /// A round of making partitions and forgetting what is older than is kept. Gives the pause before the next.
    pub(super) async fn keep_partitions(&self) -> Duration {
        let good = self.partitions().await && self.retention().await;
        if good { HOUR } else { SOON }
    }

    /// One round of adding up the events of all tenants that wait.
    pub async fn add_up(&self) {
        let Some(tenants) = self.tenants().await else { return self.metrics.usage_upkeep_failed("rollup") };
        let mut oldest = None;
        for tenant in tenants {
            match self.add_up_of(tenant).await {
                Ok(left) => oldest = oldest.into_iter().chain(left).min(),
                Err(error) => {
                    tracing::warn!(%error, %tenant, "usage was not added up; it waits");
                    self.metrics.usage_upkeep_failed("rollup");
                    let left = self.database.usage_rollups().oldest_pending(tenant).await;
                    oldest = oldest.into_iter().chain(left.ok().flatten()).min();
                }
            }
        }
        let lag = oldest.map_or(TimeDelta::zero(), |oldest| self.ambient.now() - oldest);
        self.metrics.usage_rollup_lag(lag.to_std().unwrap_or_default());
    }

    /// The arrival of the oldest request that is not added up after this.
    async fn add_up_of(&self, tenant: TenantId) -> Result<Option<DateTime<Utc>>, StorageError> {
        loop {
            match self.database.usage_rollups().roll_up(tenant, BATCH).await? {
                RollUp::Elsewhere => return self.database.usage_rollups().oldest_pending(tenant).await,
                RollUp::Done(events) => {
                    self.metrics.usage_rolled_up(events);
                    if events < usize::from(BATCH) {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// One round of making partitions and dropping old ones. Says whether all went well.
    pub async fn partitions(&self) -> bool {
        let (partitions, kept) = (self.database.usage_partitions(), self.settings.retention_days);
        let mut good = true;
        match partitions.make(DAYS_AHEAD, kept).await {
            Ok(done) if done.made > 0 => {
                tracing::info!(made = done.made, moved = done.moved, "partitions of usage events were made");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "partitions of usage events were not made; the default one takes events meanwhile");
                good = false;
            }
        }
        match partitions.drop_old(kept).await {
            Ok(0) => {}
            Ok(dropped) => tracing::info!(dropped, "partitions of old usage events were dropped"),
            Err(error) => {
                tracing::warn!(%error, "partitions of old usage events were not dropped");
                good = false;
            }
        }
        if !good {
            self.metrics.usage_upkeep_failed("partitions");
        }
        good
    }

    /// One round of forgetting old sums. Says whether all went well.
    pub async fn retention(&self) -> bool {
        let Some(tenants) = self.tenants().await else {
            self.metrics.usage_upkeep_failed("retention");
            return false;
        };
        let now = self.ambient.now();
        let before = |days: u32| now - TimeDelta::days(days.into());
        let (hours, days) = (before(self.settings.retention_days), before(self.settings.rollup_retention_days));
        let mut good = true;
        for tenant in tenants {
            // It removes so many at a time; the rest is for the next round.
            if let Err(error) = self.database.usage_rollups().delete_before(tenant, hours, days).await {
                tracing::warn!(%error, %tenant, "old sums of usage were not forgotten");
                self.metrics.usage_upkeep_failed("retention");
                good = false;
            }
            if let Err(error) = self.database.usage_marks().delete_before(tenant, hours).await {
                tracing::warn!(%error, %tenant, "old marks of usage were not forgotten");
                self.metrics.usage_upkeep_failed("retention");
                good = false;
            }
        }
        good
    }

    async fn tenants(&self) -> Option<Vec<TenantId>> {
        let found = self.database.tenants().ids().await;
        found.inspect_err(|error| tracing::warn!(%error, "the tenants are not known, and their usage waits")).ok()
    }

    /// Half to all of the configured pause, so that replicas do not come at the same moment.
    pub(super) fn pause(&self) -> Duration {
        let mut random = [0; 1];
        self.ambient.randomness.fill(&mut random);
        let pause = Duration::from_millis(self.settings.rollup_millis);
        pause / 2 + pause / 2 * u32::from(random[0]) / 256
    }
}
