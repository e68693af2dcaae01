//! A connection as the audit log tells of it.

use super::{CredentialSummary, StoreSettings};
use crate::domain::audit::REDACTED;
use serde_json::{Value, json};
use url::Url;

/// What can be set, and of the credentials what may be shown.
pub fn audited(settings: &StoreSettings, credentials: Option<&CredentialSummary>) -> Value {
    json!({
        "platform": settings.platform,
        "store_url": settings.store_url.as_str(),
        "store_ref": settings.store_ref,
        "api_version": settings.api_version,
        "channel_ref": settings.channel_ref,
        "catalog_source": settings.catalog_source,
        "feed_url": settings.feed.as_ref().map(|feed| without_query(&feed.url)),
        "feed_format": settings.feed.as_ref().map(|feed| feed.format),
        "locale": settings.locale,
        "currency": settings.currency,
        "feed_encoding": settings.feed.as_ref().and_then(|feed| feed.encoding),
        "decimal_separator": settings.feed.as_ref().and_then(|feed| feed.decimal_separator),
        "timezone": settings.feed.as_ref().and_then(|feed| feed.timezone.as_ref()),
        "include_out_of_stock": settings.include_out_of_stock,
        "schedule": settings.schedule.as_ref().map(|schedule| json!({
            "cron": schedule.cron(),
            "timezone": schedule.timezone(),
        })),
        "failure_threshold_percent": settings.failure_threshold_percent,
        "removal_threshold_percent": settings.removal_threshold_percent,
        "credentials": credentials.map(|credentials| json!({
            "type": credentials.kind,
            "secret": REDACTED,
            "hint": credentials.hint,
            "expires_at": credentials.expires_at,
            "rotated_at": credentials.rotated_at,
        })),
    })
}

/// Feeds are often guarded by nothing but a token in their address, and the audit log forgets nothing.
fn without_query(url: &Url) -> String {
    match url.query() {
        None => url.as_str().to_owned(),
        Some(_) => format!("{}?{REDACTED}", &url[..url::Position::AfterPath]),
    }
}
