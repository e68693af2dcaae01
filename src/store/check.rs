//! Asks a shop the smallest question that shows whether its products can be read, and says what is wrong in words that
//! help the one who set it up. A shop that does not work is a finding, not an error.

mod bigcommerce;
mod custom;
mod feed;
mod magento;
mod reply;
mod shopify;
mod woocommerce;

pub(super) use shopify::VERSION as SHOPIFY_VERSION;

use super::{StoreError, StoreService};
use crate::domain::audit::Author;
use crate::domain::store::{
    CatalogSource, Platform, Secrets, StoreConnection, StoreCredentials, StoreSettings, StoreStatus,
};
use crate::domain::workspace::Workspace;
use crate::outbound::{Outbound, OutboundError};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use std::borrow::Cow;
use std::time::Duration;

/// Between two checks of one connection, in seconds.
pub const CHECK_PAUSE: i64 = 5;
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub status: StoreStatus,
    /// Stable; none when all is well. Stored, too.
    pub code: Option<&'static str>,
    /// For people: what is wrong and what to do about it. Holds nothing that the shop has said but names of versions.
    pub message: Cow<'static, str>,
}

impl Finding {
    fn healthy(message: &'static str) -> Self {
        Self { status: StoreStatus::Healthy, code: None, message: message.into() }
    }

    fn degraded(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status: StoreStatus::Degraded, code: Some(code), message: message.into() }
    }

    fn auth_failed(code: &'static str, message: &'static str) -> Self {
        Self { status: StoreStatus::AuthFailed, code: Some(code), message: message.into() }
    }

    /// No answer that could be judged.
    fn unreachable(error: OutboundError) -> Self {
        Self::degraded(error.code(), format!("The shop could not be asked: {error}."))
    }

    /// What every platform means by a status; what is special about one is said before this is asked.
    fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::auth_failed("credentials_refused", "The shop refuses the credentials."),
            403 => Self::auth_failed("access_denied", "The shop knows the credentials and denies them this access."),
            404 | 410 => {
                Self::degraded("not_found", "There is nothing at the address that is asked; check the address.")
            }
            429 => Self::degraded("platform_throttled", "The shop asks for fewer requests; check again in a minute."),
            500..=599 => Self::degraded("platform_failed", "The shop has a fault of its own; check again later."),
            300..=399 => Self::degraded(
                "redirected",
                "The shop redirects to another address; give the address that it redirects to.",
            ),
            other => Self::degraded("unexpected_status", format!("The shop answers with status {other}.")),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Checked<'a> {
    outbound: &'a Outbound,
    settings: &'a StoreSettings,
    credentials: Option<&'a StoreCredentials>,
}

const MISSING: Finding = Finding {
    status: StoreStatus::AuthFailed,
    code: Some("credentials_missing"),
    message: Cow::Borrowed("The shop answers only with credentials, and none are stored."),
};

impl StoreService {
    /// Checks the workspace's connection and stores what was found, unless the connection was changed meanwhile.
    ///
    /// # Errors
    /// Of our own side, and [`StoreError::TooSoon`]. What is wrong with the shop is a [`Finding`].
    pub async fn check(&self, workspace: &Workspace, by: &Author) -> Result<(StoreConnection, Finding), StoreError> {
        let connection = self.find(workspace).await?.ok_or(StoreError::NoConnection)?;
        let now = self.ambient.now();
        let next = connection.last_checked_at.map(|last| last + TimeDelta::seconds(CHECK_PAUSE));
        if let Some(wait) = next.and_then(|next| (next - now).to_std().ok()).filter(|wait| !wait.is_zero()) {
            return Err(StoreError::TooSoon { retry_after: wait });
        }
        let busy = StoreError::TooSoon { retry_after: Duration::from_secs(1) };
        let _permit = self.checks.try_acquire().map_err(|_| busy)?;
        let finding = match self.credentials(&connection).await {
            Ok(credentials) => self.judge(&connection, credentials.as_ref(), now).await,
            Err(error @ (StoreError::Unseal(_) | StoreError::Unreadable)) => {
                tracing::error!(connection = %connection.id, %error, "store credentials cannot be opened");
                Finding::auth_failed(
                    "credentials_unreadable",
                    "The stored credentials cannot be opened any more; give them anew. Nothing was sent to the shop.",
                )
            }
            Err(error) => return Err(error),
        };
        let stored = self.database.store_connections();
        let recorded =
            stored.record_check(workspace, &connection, finding.status, finding.code, by, &self.ambient).await?;
        Ok((recorded.unwrap_or(connection), finding))
    }

    async fn judge(
        &self,
        connection: &StoreConnection,
        credentials: Option<&StoreCredentials>,
        now: DateTime<Utc>,
    ) -> Finding {
        if expired(credentials, now) {
            return Finding::auth_failed(
                "credentials_expired",
                "The stored access token has reached its end; give a new one with its new end.",
            );
        }
        let checked = Checked { outbound: &self.outbound, settings: &connection.settings, credentials };
        // Each call has bounds of its own; this one is for all of them together.
        let asked = tokio::time::timeout(PATIENCE, checked.ask());
        asked.await.unwrap_or_else(|_| Finding::unreachable(OutboundError::Timeout))
    }
}

impl Checked<'_> {
    async fn ask(self) -> Finding {
        let asked = match (self.settings.platform, self.settings.catalog_source) {
            (_, CatalogSource::Feed) => feed::check(self).await,
            (Platform::Shopify, CatalogSource::StorefrontMcp) => shopify::storefront_mcp(self).await,
            (Platform::Shopify, CatalogSource::StorefrontApi) => shopify::storefront_api(self).await,
            (Platform::Shopify, _) => shopify::admin_api(self).await,
            (Platform::WooCommerce, CatalogSource::StorefrontApi) => woocommerce::store_api(self).await,
            (Platform::WooCommerce, _) => woocommerce::rest_api(self).await,
            (Platform::Magento, CatalogSource::StorefrontApi) => magento::graphql(self).await,
            (Platform::Magento, _) => magento::rest_api(self).await,
            (Platform::BigCommerce, _) => bigcommerce::rest_api(self).await,
            (_, CatalogSource::Manual) => {
                Ok(Finding::healthy("Nothing is read from this shop: its documents are put in by hand."))
            }
            (Platform::Feed | Platform::Custom, _) => custom::check(self).await,
        };
        asked.unwrap_or_else(Finding::unreachable)
    }
}

pub(super) fn expired(credentials: Option<&StoreCredentials>, now: DateTime<Utc>) -> bool {
    credentials.is_some_and(|credentials| match credentials.expose() {
        Secrets::AccessToken { expires_at, .. } => expires_at.is_some_and(|end| end <= now),
        _ => false,
    })
}
