//! With what a shop's products may be read. Write-only: what was given can be used, and shown only as a hint.

mod header;
mod sealed;

pub use sealed::UnreadableBundle;

use super::words;
use super::{CatalogSource, Platform};
use crate::domain::faults::Faults;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::fmt;
use utoipa::ToSchema;

/// Longest secret, in bytes. Access tokens that are JWTs may be long.
const LONGEST: usize = 4096;
/// Shown of a secret, in characters.
const HINT: usize = 4;
/// From this length on four characters tell nothing that helps to guess the rest.
const LEAST_FOR_HINT: usize = 16;

words! {
    /// What a credential looks like.
    CredentialKind {
        /// Shopify's `X-Shopify-Access-Token`, BigCommerce's `X-Auth-Token`.
        AccessToken = "access_token",
        /// A pair of consumer key and secret.
        ConsumerKey = "consumer_key",
        /// `Authorization: Bearer`
        Bearer = "bearer",
        /// `Authorization: Basic`
        Basic = "basic",
        /// A header with a name of its own, such as `X-Api-Key`.
        Header = "header",
    }
}

impl CredentialKind {
    /// The kinds that are of use for reading products of this platform's shops from this source.
    pub const fn of_use(platform: Platform, source: CatalogSource) -> &'static [Self] {
        match (source, platform) {
            (CatalogSource::Feed, _) | (_, Platform::Feed | Platform::Custom) => {
                &[Self::Basic, Self::Bearer, Self::Header]
            }
            (_, Platform::Shopify | Platform::BigCommerce) => &[Self::AccessToken],
            (_, Platform::WooCommerce) => &[Self::ConsumerKey],
            (_, Platform::Magento) => &[Self::Bearer],
        }
    }
}

/// What somebody says about the credentials of a connection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Option<CredentialInput>")]
pub enum GivenCredentials {
    /// Nothing: those that are stored stay.
    #[default]
    Absent,
    /// `null`: there are to be none.
    Null,
    New(Box<CredentialInput>),
}

impl From<Option<CredentialInput>> for GivenCredentials {
    fn from(given: Option<CredentialInput>) -> Self {
        given.map_or(Self::Null, |input| Self::New(Box::new(input)))
    }
}

/// Credentials of a shop. Never shown again.
// Which fields there must be follows from the kind.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StoreCredentials)]
pub struct CredentialInput {
    /// `access_token` (Shopify, BigCommerce), `consumer_key` (WooCommerce), `bearer` (Magento, feed, custom), `basic` or
    /// `header` (feed, custom).
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "access_token")]
    pub kind: CredentialKind,
    /// Of `access_token`.
    #[schema(value_type = Option<String>, write_only)]
    pub access_token: Option<SecretString>,
    /// Of `access_token`: its end, if it has one.
    pub expires_at: Option<DateTime<Utc>>,
    /// Of `access_token`: what a new one is got with.
    #[schema(value_type = Option<String>, write_only)]
    pub refresh_token: Option<SecretString>,
    /// Of `access_token`: the end of that.
    pub refresh_expires_at: Option<DateTime<Utc>>,
    /// Of `consumer_key`: `ck_…`
    #[schema(value_type = Option<String>, write_only)]
    pub consumer_key: Option<SecretString>,
    /// Of `consumer_key`: `cs_…`
    #[schema(value_type = Option<String>, write_only)]
    pub consumer_secret: Option<SecretString>,
    /// Of `access_token` and `consumer_key`: what the shop signs its webhooks with. Shopify: the app's client secret.
    /// WooCommerce: the webhook's own secret.
    #[schema(value_type = Option<String>, write_only)]
    pub webhook_secret: Option<SecretString>,
    /// Of `bearer`.
    #[schema(value_type = Option<String>, write_only)]
    pub token: Option<SecretString>,
    /// Of `basic`.
    #[schema(value_type = Option<String>, write_only)]
    pub username: Option<SecretString>,
    /// Of `basic`.
    #[schema(value_type = Option<String>, write_only)]
    pub password: Option<SecretString>,
    /// Of `header`: its name, which begins with `X-` or is one of those that are usual for keys.
    #[schema(value_type = Option<String>, write_only, example = "X-Api-Key")]
    pub header_name: Option<SecretString>,
    /// Of `header`.
    #[schema(value_type = Option<String>, write_only)]
    pub header_value: Option<SecretString>,
}

/// The secrets of each kind.
#[derive(Clone)]
pub enum Secrets {
    /// See [`CredentialKind::AccessToken`].
    AccessToken {
        token: SecretString,
        expires_at: Option<DateTime<Utc>>,
        refresh_token: Option<SecretString>,
        refresh_expires_at: Option<DateTime<Utc>>,
        /// What webhooks are signed with.
        webhook_secret: Option<SecretString>,
    },
    /// See [`CredentialKind::ConsumerKey`].
    ConsumerKey {
        /// `ck_…`
        key: SecretString,
        /// `cs_…`
        secret: SecretString,
        /// What webhooks are signed with.
        webhook_secret: Option<SecretString>,
    },
    /// See [`CredentialKind::Bearer`].
    Bearer { token: SecretString },
    /// See [`CredentialKind::Basic`].
    Basic { username: SecretString, password: SecretString },
    /// See [`CredentialKind::Header`].
    Header { name: SecretString, value: SecretString },
}

/// Credentials that can be sent.
#[derive(Clone)]
pub struct StoreCredentials(Secrets);

/// What of stored credentials may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSummary {
    pub kind: CredentialKind,
    /// The last characters of it, if it is long enough to show some.
    pub hint: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    /// The end of what a new one is got with.
    pub refresh_expires_at: Option<DateTime<Utc>>,
    /// Since when it is this one.
    pub rotated_at: DateTime<Utc>,
}

impl fmt::Debug for CredentialInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialInput({})", self.kind)
    }
}

impl fmt::Debug for StoreCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreCredentials({})", self.0.kind())
    }
}

impl Secrets {
    fn kind(&self) -> CredentialKind {
        match self {
            Self::AccessToken { .. } => CredentialKind::AccessToken,
            Self::ConsumerKey { .. } => CredentialKind::ConsumerKey,
            Self::Bearer { .. } => CredentialKind::Bearer,
            Self::Basic { .. } => CredentialKind::Basic,
            Self::Header { .. } => CredentialKind::Header,
        }
    }
}

impl CredentialInput {
    /// The fields with secrets, each with the kind it belongs to.
    fn fields(&self) -> [(&'static str, CredentialKind, Option<&SecretString>); 9] {
        use CredentialKind::{AccessToken, Basic, Bearer, ConsumerKey, Header};
        [
            ("access_token", AccessToken, self.access_token.as_ref()),
            ("refresh_token", AccessToken, self.refresh_token.as_ref()),
            ("consumer_key", ConsumerKey, self.consumer_key.as_ref()),
            ("consumer_secret", ConsumerKey, self.consumer_secret.as_ref()),
            ("token", Bearer, self.token.as_ref()),
            ("username", Basic, self.username.as_ref()),
            ("password", Basic, self.password.as_ref()),
            ("header_name", Header, self.header_name.as_ref()),
            ("header_value", Header, self.header_value.as_ref()),
        ]
    }
}

impl StoreCredentials {
    /// Takes what somebody gave for a connection that has use for these kinds.
    ///
    /// # Errors
    /// Everything that is wrong with it; the messages never repeat what was given.
    pub fn check(input: &CredentialInput, kinds: &[CredentialKind]) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        if !kinds.contains(&input.kind) {
            let known: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
            faults.push("type", "conflict", format!("must be {} for this connection", known.join(" or ")));
        }
        for (field, kind, value) in input.fields() {
            match value {
                Some(_) if kind != input.kind => {
                    faults.push(field, "conflict", format!("is only for the type `{kind}`"));
                }
                Some(value) => rules(&mut faults, field, value),
                None if kind == input.kind && field != "refresh_token" => {
                    faults.push(field, "required", format!("must be given for the type `{kind}`"));
                }
                None => {}
            }
        }
        let is_token = input.kind == CredentialKind::AccessToken;
        if let Some(secret) = &input.webhook_secret {
            if is_token || input.kind == CredentialKind::ConsumerKey {
                rules(&mut faults, "webhook_secret", secret);
            } else {
                let message = "is only for the types `access_token` and `consumer_key`";
                faults.push("webhook_secret", "conflict", message);
            }
        }
        if input.expires_at.is_some() && !is_token {
            faults.push("expires_at", "conflict", "is only for the type `access_token`");
        }
        if input.refresh_expires_at.is_some() && input.refresh_token.is_none() {
            faults.push("refresh_expires_at", "conflict", "is the end of a `refresh_token`, and there is none");
        }
        let field = |value: &Option<SecretString>| value.clone().unwrap_or_default();
        let secrets = match input.kind {
            CredentialKind::AccessToken => Secrets::AccessToken {
                token: field(&input.access_token),
                expires_at: input.expires_at,
                refresh_token: input.refresh_token.clone(),
                refresh_expires_at: input.refresh_expires_at,
                webhook_secret: input.webhook_secret.clone(),
            },
            CredentialKind::ConsumerKey => Secrets::ConsumerKey {
                key: field(&input.consumer_key),
                secret: field(&input.consumer_secret),
                webhook_secret: input.webhook_secret.clone(),
            },
            CredentialKind::Bearer => Secrets::Bearer { token: field(&input.token) },
            CredentialKind::Basic => {
                Secrets::Basic { username: field(&input.username), password: field(&input.password) }
            }
            CredentialKind::Header => {
                Secrets::Header { name: field(&input.header_name), value: field(&input.header_value) }
            }
        };
        faults.or(Self(secrets))
    }

    pub fn kind(&self) -> CredentialKind {
        self.0.kind()
    }

    /// The credentials themselves, to be sent.
    pub fn expose(&self) -> &Secrets {
        &self.0
    }

    /// What the shop signs its webhooks with, if it was given.
    pub fn webhook_secret(&self) -> Option<&SecretString> {
        match &self.0 {
            Secrets::AccessToken { webhook_secret, .. } | Secrets::ConsumerKey { webhook_secret, .. } => {
                webhook_secret.as_ref()
            }
            Secrets::Bearer { .. } | Secrets::Basic { .. } | Secrets::Header { .. } => None,
        }
    }

    pub fn summary(&self, rotated_at: DateTime<Utc>) -> CredentialSummary {
        let (expires_at, refresh_expires_at) = match &self.0 {
            Secrets::AccessToken { expires_at, refresh_expires_at, .. } => (*expires_at, *refresh_expires_at),
            _ => (None, None),
        };
        let shown = match &self.0 {
            Secrets::AccessToken { token, .. } | Secrets::Bearer { token } | Secrets::Header { value: token, .. } => {
                Some(token)
            }
            Secrets::ConsumerKey { key, .. } => Some(key),
            // People choose passwords: no part of one is shown.
            Secrets::Basic { .. } => None,
        };
        let hint = shown.and_then(|secret| {
            let text = secret.expose_secret();
            let from = text.len().checked_sub(HINT).filter(|_| text.len() >= LEAST_FOR_HINT)?;
            text.get(from..).map(str::to_owned)
        });
        CredentialSummary { kind: self.kind(), hint, expires_at, refresh_expires_at, rotated_at }
    }
}

fn rules(faults: &mut Faults, field: &'static str, value: &SecretString) {
    let text = value.expose_secret();
    match field {
        // RFC 7617 section 2: the colon ends the name.
        "username" | "password" => {
            faults.text(field, text, 1..=1024);
            if text.contains(['\n', '\r', '\t']) || (field == "username" && text.contains(':')) {
                faults.push(field, "format", "must not have line breaks, tabs or, in a name, colons");
            }
        }
        "header_name" => header::check_name(faults, text),
        "header_value" => header::check_value(faults, text),
        _ if text.is_empty() => faults.push(field, "too_short", "must not be empty"),
        _ if text.len() > LONGEST => {
            faults.push(field, "too_long", format!("must not have more than {LONGEST} characters"));
        }
        // What can stand in a header (RFC 9110 section 5.5), without the spaces in between.
        _ if !text.bytes().all(|b| b.is_ascii_graphic()) => {
            faults.push(field, "format", "must not have spaces, line breaks or letters outside ASCII");
        }
        // The most frequent mistake is to swap them.
        "consumer_key" if !text.starts_with("ck_") => faults.push(field, "format", "must begin with `ck_`"),
        "consumer_secret" if !text.starts_with("cs_") => faults.push(field, "format", "must begin with `cs_`"),
        _ => {}
    }
}
