//! A connection as JSON.

use crate::domain::store::{
    CatalogSource, CredentialKind, CredentialSummary, DecimalSeparator, FeedEncoding, FeedFormat, Platform,
    StoreConnection, StoreStatus,
};
use crate::domain::workspace::locale::Locale;
use crate::domain::workspace::timezone::Zone;
use crate::store::Finding;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A store connection as it is stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreConnection)]
pub(crate) struct StoreView<'a> {
    /// What the shop runs on.
    #[schema(value_type = String, example = "shopify")]
    platform: Platform,
    /// The shop as shoppers see it.
    store_url: &'a str,
    /// The platform's own name of the shop.
    store_ref: Option<&'a str>,
    /// The platform's interface; null is the platform's default.
    api_version: Option<&'a str>,
    /// Sales channel, website or channel id.
    channel_ref: Option<&'a str>,
    /// Where products come from.
    #[schema(value_type = String, example = "admin_api")]
    catalog_source: CatalogSource,
    /// Where the feed is.
    feed_url: Option<&'a str>,
    /// How it is written.
    #[schema(value_type = Option<String>)]
    feed_format: Option<FeedFormat>,
    /// Language of the texts.
    #[schema(value_type = Option<String>)]
    locale: Option<&'a Locale>,
    /// Currency of prices that do not name one.
    currency: Option<&'a str>,
    /// What the feed is encoded in, if that is set.
    #[schema(value_type = Option<String>)]
    feed_encoding: Option<FeedEncoding>,
    /// What stands before the decimals of prices, if that is set.
    #[schema(value_type = Option<String>)]
    decimal_separator: Option<DecimalSeparator>,
    /// Time zone of dates in the feed that have none, if it is set.
    #[schema(value_type = Option<String>)]
    timezone: Option<&'a Zone>,
    /// Whether products that cannot be bought now are known, too.
    include_out_of_stock: bool,
    /// When the catalogue is read by itself.
    schedule: Option<ScheduleView<'a>>,
    /// A sync with more failing products than that stops.
    failure_threshold_percent: u8,
    /// A sync that would remove a larger share of the products removes none and says so.
    removal_threshold_percent: u8,
    /// Where the shop's webhooks are to be sent, below the gateway's public address; null where products are not read
    /// from the platform itself.
    #[schema(example = "/api/v1/store-webhooks/018f3c1e-7a2b-7c3d-9e4f-5a6b7c8d9e0f")]
    webhook_path: Option<String>,
    /// What may be shown of the stored credentials.
    credentials: Option<CredentialsView<'a>>,
    /// `pending` (not checked since it was made or changed), `healthy`, `degraded` or `auth_failed`.
    #[schema(value_type = String, example = "healthy")]
    status: StoreStatus,
    /// When it was last checked.
    last_checked_at: Option<DateTime<Utc>>,
    /// What was wrong then; stable.
    #[schema(example = "credentials_refused")]
    last_error_code: Option<&'a str>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

/// When a catalogue is read by itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreScheduleView)]
pub(crate) struct ScheduleView<'a> {
    /// Minute, hour, day of month, month, day of week.
    cron: &'a str,
    /// IANA name of the time zone.
    timezone: &'a str,
}

/// What may be shown of credentials.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreCredentialsView)]
pub(crate) struct CredentialsView<'a> {
    /// `access_token`, `consumer_key`, `bearer`, `basic` or `header`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "access_token")]
    kind: CredentialKind,
    /// The last characters, to recognise it by; null for short ones and passwords.
    #[schema(example = "9f3c")]
    hint: Option<&'a str>,
    /// The end of the access token.
    expires_at: Option<DateTime<Utc>>,
}

/// What a check has found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreCheck)]
pub(crate) struct StoreCheckView<'a> {
    /// `healthy`, `degraded` or `auth_failed`.
    #[schema(value_type = String, example = "auth_failed")]
    status: StoreStatus,
    /// Stable; null when all is well.
    #[schema(example = "credentials_refused")]
    code: Option<&'a str>,
    /// What is wrong and what to do about it; wording may change.
    message: &'a str,
    /// When.
    checked_at: Option<DateTime<Utc>>,
}

impl<'a> StoreView<'a> {
    pub(crate) fn of(connection: &'a StoreConnection) -> Self {
        let settings = &connection.settings;
        Self {
            platform: settings.platform,
            store_url: settings.store_url.as_str(),
            store_ref: settings.store_ref.as_deref(),
            api_version: settings.api_version.as_deref(),
            channel_ref: settings.channel_ref.as_deref(),
            catalog_source: settings.catalog_source,
            feed_url: settings.feed.as_ref().map(|feed| feed.url.as_str()),
            feed_format: settings.feed.as_ref().map(|feed| feed.format),
            locale: settings.locale.as_ref(),
            currency: settings.currency.as_deref(),
            feed_encoding: settings.feed.as_ref().and_then(|feed| feed.encoding),
            decimal_separator: settings.feed.as_ref().and_then(|feed| feed.decimal_separator),
            timezone: settings.feed.as_ref().and_then(|feed| feed.timezone.as_ref()),
            include_out_of_stock: settings.include_out_of_stock,
            schedule: settings
                .schedule
                .as_ref()
                .map(|schedule| ScheduleView { cron: schedule.cron(), timezone: schedule.timezone() }),
            failure_threshold_percent: settings.failure_threshold_percent,
            removal_threshold_percent: settings.removal_threshold_percent,
            webhook_path: settings.reads_changes().then(|| format!("/api/v1/store-webhooks/{}", connection.id)),
            credentials: connection.credentials.as_ref().map(CredentialsView::of),
            status: connection.status,
            last_checked_at: connection.last_checked_at,
            last_error_code: connection.last_error_code.as_deref(),
            created_at: connection.created_at,
            updated_at: connection.updated_at,
        }
    }
}

impl<'a> CredentialsView<'a> {
    fn of(summary: &'a CredentialSummary) -> Self {
        Self { kind: summary.kind, hint: summary.hint.as_deref(), expires_at: summary.expires_at }
    }
}

impl<'a> StoreCheckView<'a> {
    pub(crate) fn of(finding: &'a Finding, connection: &StoreConnection) -> Self {
        Self {
            status: finding.status,
            code: finding.code,
            message: &finding.message,
            checked_at: connection.last_checked_at,
        }
    }
}
