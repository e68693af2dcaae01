//! A workspace's shop: on which platform it runs, where it is, and where its products come from.
//!
//! One connection a workspace. What a connection must be like is decided in `settings`; the schema says the same once
//! more. Holds no secrets: those are in `credentials`, and only a hint of them is in a [`StoreConnection`].

mod audited;
mod credentials;
mod reading;
mod schedule;
mod settings;
#[cfg(test)]
mod tests;

pub use audited::audited;
pub use credentials::{
    CredentialInput, CredentialKind, CredentialSummary, GivenCredentials, Secrets, StoreCredentials, UnreadableBundle,
};
pub use reading::{DecimalSeparator, FeedEncoding, UnknownEncoding};
pub use schedule::{Schedule, ScheduleInput};
pub use settings::{Feed, StoreInput, StoreSettings};

use crate::domain::ids::{StoreConnectionId, TenantId, WorkspaceId};
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use utoipa::ToSchema;

words! {
    /// The name of a shop's platform.
    #[derive(ToSchema)]
    #[schema(as = PlatformName)]
    Platform {
        Shopify = "shopify",
        WooCommerce = "woocommerce",
        Magento = "magento",
        BigCommerce = "bigcommerce",
        /// Anything that writes a product feed.
        Feed = "feed",
        Custom = "custom",
    }
}

words! {
    CatalogSource {
        /// Shopify's MCP server of a storefront; needs no credentials.
        StorefrontMcp = "storefront_mcp",
        /// What a storefront itself reads: Shopify's Storefront API, `WooCommerce`'s Store API, Magento's GraphQL.
        StorefrontApi = "storefront_api",
        AdminApi = "admin_api",
        /// The REST interface of the platform.
        RestApi = "rest_api",
        Feed = "feed",
        /// Somebody puts documents into `AnythingLLM`.
        Manual = "manual",
    }
}

impl CatalogSource {
    /// Where products of a platform's shops can come from, the usual way first.
    pub const fn of(platform: Platform) -> &'static [Self] {
        use CatalogSource::{AdminApi, Feed, Manual, RestApi, StorefrontApi, StorefrontMcp};
        match platform {
            Platform::Shopify => &[StorefrontMcp, StorefrontApi, AdminApi, Feed],
            Platform::WooCommerce | Platform::Magento => &[RestApi, StorefrontApi, Feed],
            Platform::BigCommerce => &[RestApi, Feed],
            Platform::Feed => &[Feed],
            Platform::Custom => &[RestApi, Feed, Manual],
        }
    }

    /// Where they come from unless somebody says otherwise.
    pub const fn usual(platform: Platform) -> Self {
        match platform {
            Platform::Shopify => Self::StorefrontMcp,
            Platform::WooCommerce | Platform::Magento | Platform::BigCommerce | Platform::Custom => Self::RestApi,
            Platform::Feed => Self::Feed,
        }
    }
}

words! {
    FeedFormat {
        /// Google product data as RSS 2.0 or Atom.
        GoogleXml = "google_xml",
        /// Google product data as tab-separated text.
        GoogleTsv = "google_tsv",
        /// Comma- or semicolon-separated text with a line of column names.
        Csv = "csv",
        Jsonl = "jsonl",
    }
}

words! {
    /// What the last check has found.
    StoreStatus {
        /// Not checked since it was made or changed.
        Pending = "pending",
        Healthy = "healthy",
        /// Does not work, or not quite; the code says why.
        Degraded = "degraded",
        /// The shop refuses the credentials, or wants some.
        AuthFailed = "auth_failed",
    }
}

/// A workspace's connection as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreConnection {
    pub id: StoreConnectionId,
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    pub settings: StoreSettings,
    /// What of the stored credentials may be shown.
    pub credentials: Option<CredentialSummary>,
    /// What the last check has found.
    pub status: StoreStatus,
    pub last_checked_at: Option<DateTime<Utc>>,
    /// The stable code of what was wrong then.
    pub last_error_code: Option<String>,
    /// Counts changes of what can be set; checks do not count.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
