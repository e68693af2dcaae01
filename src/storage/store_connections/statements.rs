//! The statements that change connections and their credentials.

use super::SealedCredentials;
use crate::domain::ids::{StoreConnectionId, TenantId, WorkspaceId};
use crate::domain::store::{
    DecimalSeparator, FeedEncoding, Platform, Schedule, StoreConnection, StoreSettings, StoreStatus,
};
use crate::domain::workspace::Workspace;
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::timezone::Zone;
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};

/// Whether the workspace is there; nobody else gets past here until the transaction ends.
pub(super) async fn lock_workspace(
    tx: &mut TenantTx,
    tenant: TenantId,
    workspace: WorkspaceId,
) -> Result<bool, StorageError> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM vestibule.workspaces WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE",
        tenant.0,
        workspace.0,
    );
    Ok(found.fetch_optional(tx.connection()).await?.is_some())
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    id: StoreConnectionId,
    workspace: &Workspace,
    settings: &StoreSettings,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let feed = settings.feed.as_ref();
    let schedule = settings.schedule.as_ref();
    sqlx::query!(
        r#"
        INSERT INTO vestibule.store_connections (
          id, tenant_id, workspace_id, platform, store_url, store_ref, api_version, channel_ref, catalog_source,
          feed_url, feed_format, locale, currency, include_out_of_stock, schedule_cron, schedule_timezone,
          failure_threshold_percent, feed_encoding, decimal_separator, timezone, removal_threshold_percent, created_at,
          updated_at
        )
        VALUES (
          $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22
        )
        "#,
        id.0,
        workspace.tenant.0,
        workspace.id.0,
        settings.platform.as_str(),
        settings.store_url.as_str(),
        settings.store_ref,
        settings.api_version,
        settings.channel_ref,
        settings.catalog_source.as_str(),
        feed.map(|feed| feed.url.as_str()),
        feed.map(|feed| feed.format.as_str()),
        settings.locale.as_ref().map(Locale::as_str),
        settings.currency,
        settings.include_out_of_stock,
        schedule.map(Schedule::cron),
        schedule.map(Schedule::timezone),
        i16::from(settings.failure_threshold_percent),
        feed.and_then(|feed| feed.encoding).map(FeedEncoding::as_str),
        feed.and_then(|feed| feed.decimal_separator).map(DecimalSeparator::as_str),
        feed.and_then(|feed| feed.timezone.as_ref()).map(Zone::as_str),
        i16::from(settings.removal_threshold_percent),
        now,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// `unknown`: what the last check has found may not hold any more.
pub(super) async fn update(
    tx: &mut TenantTx,
    id: StoreConnectionId,
    settings: &StoreSettings,
    unknown: bool,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let feed = settings.feed.as_ref();
    let schedule = settings.schedule.as_ref();
    sqlx::query!(
        r#"
        UPDATE vestibule.store_connections
        SET platform = $2,
            store_url = $3,
            store_ref = $4,
            api_version = $5,
            channel_ref = $6,
            catalog_source = $7,
            feed_url = $8,
            feed_format = $9,
            locale = $10,
            currency = $11,
            include_out_of_stock = $12,
            schedule_cron = $13,
            schedule_timezone = $14,
            failure_threshold_percent = $15,
            status = CASE WHEN $16 THEN 'pending' ELSE status END,
            last_checked_at = CASE WHEN $16 THEN NULL ELSE last_checked_at END,
            last_error_code = CASE WHEN $16 THEN NULL ELSE last_error_code END,
            version = version + 1,
            updated_at = $17,
            feed_encoding = $18,
            decimal_separator = $19,
            timezone = $20,
            removal_threshold_percent = $21,
            -- What was read was read of another connection.
            read_until = NULL,
            fully_read_at = NULL,
            feed_etag = NULL,
            feed_last_modified = NULL,
            feed_read_as = NULL
        WHERE id = $1
        "#,
        id.0,
        settings.platform.as_str(),
        settings.store_url.as_str(),
        settings.store_ref,
        settings.api_version,
        settings.channel_ref,
        settings.catalog_source.as_str(),
        feed.map(|feed| feed.url.as_str()),
        feed.map(|feed| feed.format.as_str()),
        settings.locale.as_ref().map(Locale::as_str),
        settings.currency,
        settings.include_out_of_stock,
        schedule.map(Schedule::cron),
        schedule.map(Schedule::timezone),
        i16::from(settings.failure_threshold_percent),
        unknown,
        now,
        feed.and_then(|feed| feed.encoding).map(FeedEncoding::as_str),
        feed.and_then(|feed| feed.decimal_separator).map(DecimalSeparator::as_str),
        feed.and_then(|feed| feed.timezone.as_ref()).map(Zone::as_str),
        i16::from(settings.removal_threshold_percent),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut TenantTx, id: StoreConnectionId) -> Result<(), StorageError> {
    sqlx::query!("DELETE FROM vestibule.store_connections WHERE id = $1", id.0).execute(tx.connection()).await?;
    Ok(())
}

pub(super) async fn delete_credentials(tx: &mut TenantTx, id: StoreConnectionId) -> Result<(), StorageError> {
    sqlx::query!("DELETE FROM vestibule.store_credentials WHERE connection_id = $1", id.0)
        .execute(tx.connection())
        .await?;
    Ok(())
}

pub(super) async fn insert_credentials(
    tx: &mut TenantTx,
    id: StoreConnectionId,
    tenant: TenantId,
    platform: Platform,
    credentials: &SealedCredentials,
) -> Result<(), StorageError> {
    let SealedCredentials { summary, sealed } = credentials;
    sqlx::query!(
        r#"
        INSERT INTO vestibule.store_credentials (
          connection_id, tenant_id, platform, auth_type, secret, seal_key_id, hint, expires_at, refresh_expires_at,
          rotated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        id.0,
        tenant.0,
        platform.as_str(),
        summary.kind.as_str(),
        sealed.bytes,
        sealed.key_id,
        summary.hint,
        summary.expires_at,
        summary.refresh_expires_at,
        summary.rotated_at,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// False: it is another version by now, or gone.
pub(super) async fn record_check(
    tx: &mut TenantTx,
    checked: &StoreConnection,
    status: StoreStatus,
    error_code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let done = sqlx::query!(
        r#"
        UPDATE vestibule.store_connections
        SET status = $4,
            last_checked_at = $5,
            last_error_code = $6
        WHERE tenant_id = $1
          AND id = $2
          AND version = $3
        "#,
        checked.tenant.0,
        checked.id.0,
        checked.version,
        status.as_str(),
        now,
        error_code,
    )
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}
