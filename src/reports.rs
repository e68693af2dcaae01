//! What is told of what happened, and of the installation: usage and what it costs, who changed what, and how the parts
//! are.

mod costs;
mod system;

pub use costs::{Costs, PriceInForce, Priced};
pub use system::{Health, HealthPart, SigningKeyState, SystemFacts, SystemReports, SystemState};

use crate::domain::audit::AuditRecord;
use crate::domain::clock::Ambient;
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::usage::rollup::{Dimension, Granularity, LevelKind};
use crate::storage::{AuditFilter, Database, Division, Named, RollupQuery, Rollups, StorageError};
use chrono::TimeDelta;
use uuid::Uuid;

#[derive(Debug)]
pub struct Reports {
    database: Database,
    ambient: Ambient,
}

impl Reports {
    pub fn new(database: Database, ambient: Ambient) -> Self {
        Self { database, ambient }
    }

    /// Changes, the newest first, from before the entry `after`.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn changes(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        after: Option<Uuid>,
        limit: u16,
    ) -> Result<Vec<AuditRecord>, StorageError> {
        self.database.audit_log().list(tenant, filter, after, limit).await
    }

    /// What was used.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn usage(&self, tenant: TenantId, query: &RollupQuery) -> Result<Rollups, StorageError> {
        self.database.usage_rollups().read(tenant, query).await
    }

    /// What the keys are called that usage is told of.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn names_of_keys(&self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Named>, StorageError> {
        self.database.usage_names().keys(tenant, ids).await
    }

    /// What the workspaces are called that usage is told of.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn names_of_workspaces(&self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Named>, StorageError> {
        self.database.usage_names().workspaces(tenant, ids).await
    }

    /// A key's requests of today and the `days` before, by the page they came from.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn origins_of(&self, tenant: TenantId, key: KeyId, days: u32) -> Result<Rollups, StorageError> {
        let today = Granularity::Day.floor(self.ambient.now());
        let question = RollupQuery {
            granularity: Granularity::Day,
            workspace: None,
            key: Some(key),
            from: today - TimeDelta::days(days.into()),
            to: today + TimeDelta::days(1),
            divided: Some(Division { scope: LevelKind::Key, dimension: Dimension::Origin, most: usize::MAX }),
        };
        self.usage(tenant, &question).await
    }
}
