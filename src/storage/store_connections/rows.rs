//! Rows as they are read.

use crate::domain::ids::{StoreConnectionId, TenantId, WorkspaceId};
use crate::domain::store::{CredentialSummary, Feed, Schedule, ScheduleInput, StoreConnection, StoreSettings};
use crate::storage::columns::{setting, word};
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(super) struct StoreConnectionRow {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) workspace_id: Uuid,
    pub(super) platform: String,
    pub(super) store_url: String,
    pub(super) store_ref: Option<String>,
    pub(super) api_version: Option<String>,
    pub(super) channel_ref: Option<String>,
    pub(super) catalog_source: String,
    pub(super) feed_url: Option<String>,
    pub(super) feed_format: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) feed_encoding: Option<String>,
    pub(super) decimal_separator: Option<String>,
    pub(super) timezone: Option<String>,
    pub(super) include_out_of_stock: bool,
    pub(super) schedule_cron: Option<String>,
    pub(super) schedule_timezone: Option<String>,
    pub(super) failure_threshold_percent: i16,
    pub(super) removal_threshold_percent: i16,
    pub(super) status: String,
    pub(super) last_checked_at: Option<DateTime<Utc>>,
    pub(super) last_error_code: Option<String>,
    pub(super) version: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) auth_type: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) refresh_expires_at: Option<DateTime<Utc>>,
    pub(super) rotated_at: Option<DateTime<Utc>>,
}

impl StoreConnectionRow {
    pub(super) fn into_connection(self) -> Result<StoreConnection, StorageError> {
        let feed = match (self.feed_url, self.feed_format) {
            (Some(url), Some(format)) => Some(Feed {
                url: word("feed_url", &url)?,
                format: word("feed_format", &format)?,
                encoding: self.feed_encoding.map(|name| word("feed_encoding", &name)).transpose()?,
                decimal_separator: self.decimal_separator.map(|mark| word("decimal_separator", &mark)).transpose()?,
                timezone: self.timezone.map(|name| word("timezone", &name)).transpose()?,
            }),
            _ => None,
        };
        let schedule = self.schedule_cron.map(|cron| {
            let input = ScheduleInput { cron, timezone: self.schedule_timezone };
            Schedule::check(&input).map_err(|_| StorageError::corrupt("schedule_cron", "not a schedule"))
        });
        let credentials = match (self.auth_type, self.rotated_at) {
            (Some(kind), Some(rotated_at)) => Some(CredentialSummary {
                kind: word("auth_type", &kind)?,
                hint: self.hint,
                expires_at: self.expires_at,
                refresh_expires_at: self.refresh_expires_at,
                rotated_at,
            }),
            _ => None,
        };
        Ok(StoreConnection {
            id: StoreConnectionId(self.id),
            tenant: TenantId(self.tenant_id),
            workspace: WorkspaceId(self.workspace_id),
            settings: StoreSettings {
                platform: word("platform", &self.platform)?,
                store_url: word("store_url", &self.store_url)?,
                store_ref: self.store_ref,
                api_version: self.api_version,
                channel_ref: self.channel_ref,
                catalog_source: word("catalog_source", &self.catalog_source)?,
                feed,
                locale: self.locale.map(|locale| word("locale", &locale)).transpose()?,
                currency: self.currency,
                include_out_of_stock: self.include_out_of_stock,
                schedule: schedule.transpose()?,
                failure_threshold_percent: setting("failure_threshold_percent", self.failure_threshold_percent)?,
                removal_threshold_percent: setting("removal_threshold_percent", self.removal_threshold_percent)?,
            },
            credentials,
            status: word("status", &self.status)?,
            last_checked_at: self.last_checked_at,
            last_error_code: self.last_error_code,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Asks for whole rows: the columns of [`StoreConnectionRow`], then what stands behind the tables' names. A macro,
/// because checked queries are made of literals.
macro_rules! select_connections {
    ($behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            StoreConnectionRow,
            r#"
            SELECT
              s.id, s.tenant_id, s.workspace_id, s.platform, s.store_url, s.store_ref, s.api_version, s.channel_ref,
              s.catalog_source, s.feed_url, s.feed_format, s.locale, s.currency, s.feed_encoding,
              s.decimal_separator, s.timezone, s.include_out_of_stock, s.schedule_cron, s.schedule_timezone,
              s.failure_threshold_percent, s.removal_threshold_percent, s.status, s.last_checked_at, s.last_error_code,
              s.version, s.created_at, s.updated_at, c.auth_type AS "auth_type?", c.hint,
              c.expires_at, c.refresh_expires_at, c.rotated_at AS "rotated_at?"
            FROM vestibule.store_connections s
            LEFT JOIN vestibule.store_credentials c ON c.tenant_id = s.tenant_id AND c.connection_id = s.id
            "# + $behind,
            $($value),+
        )
    };
}

pub(super) use select_connections;

/// The workspace's connection.
pub(super) async fn find(
    tx: &mut TenantTx,
    tenant: TenantId,
    workspace: WorkspaceId,
) -> Result<Option<StoreConnection>, StorageError> {
    let row = select_connections!(
        r#"
        WHERE s.tenant_id = $1
          AND s.workspace_id = $2
        "#,
        tenant.0,
        workspace.0,
    )
    .fetch_optional(tx.connection())
    .await?;
    row.map(StoreConnectionRow::into_connection).transpose()
}
