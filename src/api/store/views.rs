//! A connection as JSON.

use crate::domain::store::{
    CatalogSource, CredentialKind, CredentialSummary, FeedFormat, Platform, StoreConnection, StoreStatus,
};
use crate::store::Finding;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A shop connection.
#[derive(ToSchema)]
#[schema(as = Store)]
#[expect(dead_code, reason = "the schema of what `domain::store::StoreInput` reads")]
pub(crate) struct StoreBody {
    /// What the shop runs on: `shopify`, `woocommerce`, `magento`, `bigcommerce`, `feed` or `custom`.
    #[schema(example = "shopify")]
    platform: String,
    /// The shop as shoppers see it, https.
    #[schema(example = "https://shop.example", max_length = 2048)]
    store_url: String,
    /// Shopify: `x.myshopify.com`. BigCommerce: the store hash. Magento: the store view code. Others have none.
    #[schema(example = "alpine-store.myshopify.com")]
    store_ref: Option<String>,
    /// Shopify: a quarter. WooCommerce: `wc/v3` or `wc/store/v1`. Magento: `V1`. BigCommerce: `v3`.
    #[schema(example = "2026-07")]
    api_version: Option<String>,
    /// Shopify: a sales channel. BigCommerce: the channel's number. Magento: the website code.
    channel_ref: Option<String>,
    /// Where products come from: `storefront_mcp`, `storefront_api`, `admin_api`, `rest_api`, `feed` or `manual`; the
    /// platform's usual one when absent.
    #[schema(example = "admin_api")]
    catalog_source: Option<String>,
    /// With `catalog_source` `feed`: where it is.
    #[schema(max_length = 2048)]
    feed_url: Option<String>,
    /// With `catalog_source` `feed`: `google_xml`, `google_tsv`, `csv` or `jsonl`.
    feed_format: Option<String>,
    /// Language of the texts.
    #[schema(example = "de-AT")]
    locale: Option<String>,
    /// Currency of prices that do not name one.
    #[schema(example = "EUR")]
    currency: Option<String>,
    /// Whether products that cannot be bought now are known, too; yes when absent.
    include_out_of_stock: Option<bool>,
    /// When the catalogue is read by itself.
    schedule: Option<ScheduleBody>,
    /// A sync with more failing products than that stops; 5 when absent.
    #[schema(minimum = 1, maximum = 100)]
    failure_threshold_percent: Option<u8>,
    /// With what products may be read. Absent: as stored. Null: none.
    credentials: Option<CredentialsBody>,
}

/// When a catalogue is read by itself.
#[derive(ToSchema)]
#[schema(as = StoreSchedule)]
#[expect(dead_code, reason = "the schema of what `domain::store::ScheduleInput` reads")]
pub(crate) struct ScheduleBody {
    /// Minute, hour, day of month, month, day of week.
    #[schema(example = "30 4 * * *")]
    cron: String,
    /// IANA name of the time zone; UTC when absent.
    #[schema(example = "Europe/Berlin")]
    timezone: Option<String>,
}

/// Credentials of a shop. Never shown again.
#[derive(ToSchema)]
#[schema(as = StoreCredentials)]
#[expect(dead_code, reason = "the schema of what `domain::store::CredentialInput` reads")]
pub(crate) struct CredentialsBody {
    /// `access_token` (Shopify, BigCommerce), `consumer_key` (WooCommerce), `bearer` (Magento, feed, custom) or `basic`
    /// (feed, custom).
    #[schema(rename = "type", example = "access_token")]
    kind: String,
    /// Of `access_token`.
    #[schema(write_only)]
    access_token: Option<String>,
    /// Of `access_token`: its end, if it has one.
    expires_at: Option<DateTime<Utc>>,
    /// Of `access_token`: what a new one is got with.
    #[schema(write_only)]
    refresh_token: Option<String>,
    /// Of `access_token`: the end of that.
    refresh_expires_at: Option<DateTime<Utc>>,
    /// Of `consumer_key`: `ck_…`
    #[schema(write_only)]
    consumer_key: Option<String>,
    /// Of `consumer_key`: `cs_…`
    #[schema(write_only)]
    consumer_secret: Option<String>,
    /// Of `bearer`.
    #[schema(write_only)]
    token: Option<String>,
    /// Of `basic`.
    #[schema(write_only)]
    username: Option<String>,
    /// Of `basic`.
    #[schema(write_only)]
    password: Option<String>,
}

/// A shop connection as it is stored.
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
    locale: Option<&'a str>,
    /// Currency of prices that do not name one.
    currency: Option<&'a str>,
    /// Whether products that cannot be bought now are known, too.
    include_out_of_stock: bool,
    /// When the catalogue is read by itself.
    schedule: Option<ScheduleView<'a>>,
    /// A sync with more failing products than that stops.
    failure_threshold_percent: u8,
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
    /// `access_token`, `consumer_key`, `bearer` or `basic`.
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
            locale: settings.locale.as_deref(),
            currency: settings.currency.as_deref(),
            include_out_of_stock: settings.include_out_of_stock,
            schedule: settings
                .schedule
                .as_ref()
                .map(|schedule| ScheduleView { cron: schedule.cron(), timezone: schedule.timezone() }),
            failure_threshold_percent: settings.failure_threshold_percent,
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

#[cfg(test)]
mod tests {
    use crate::domain::store::{CredentialInput, ScheduleInput, StoreInput};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    /// The fields that serde knows of a type, as it says when it meets another one.
    fn fields<T: DeserializeOwned>() -> BTreeSet<String> {
        let error = serde_json::from_value::<T>(json!({"no such field": 1})).err().unwrap().to_string();
        let (_, known) = error.split_once("expected one of ").or_else(|| error.split_once("expected ")).unwrap();
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_schemas_of_bodies_have_the_fields_that_are_read() {
        let document: Value = serde_json::from_str(crate::api::openapi::document_json()).unwrap();
        let described = |name: &str| -> BTreeSet<String> {
            let properties = &document["components"]["schemas"][name]["properties"];
            properties.as_object().unwrap_or_else(|| panic!("{name}")).keys().cloned().collect()
        };
        assert_eq!(described("Store"), fields::<StoreInput>());
        assert_eq!(described("StoreSchedule"), fields::<ScheduleInput>());
        assert_eq!(described("StoreCredentials"), fields::<CredentialInput>());
    }
}
