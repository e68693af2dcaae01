//! With what a shop's products may be read. Write-only: what was given can be used, and shown only as a hint.

use super::words;
use super::{CatalogSource, Platform, UnknownWord};
use crate::domain::faults::Faults;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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
    }
}

impl CredentialKind {
    /// The kinds that are of use for reading products of this platform's shops from this source.
    pub const fn of_use(platform: Platform, source: CatalogSource) -> &'static [Self] {
        match (source, platform) {
            (CatalogSource::Feed, _) | (_, Platform::Feed | Platform::Custom) => &[Self::Basic, Self::Bearer],
            (_, Platform::Shopify | Platform::BigCommerce) => &[Self::AccessToken],
            (_, Platform::WooCommerce) => &[Self::ConsumerKey],
            (_, Platform::Magento) => &[Self::Bearer],
        }
    }
}

/// Credentials as somebody has given them.
#[derive(Clone)]
pub enum CredentialInput {
    /// See [`CredentialKind::AccessToken`].
    AccessToken {
        /// The token.
        token: SecretString,
        /// Its end, if it has one: Shopify's expiring tokens live an hour.
        expires_at: Option<DateTime<Utc>>,
        /// What a new one is got with.
        refresh_token: Option<SecretString>,
        /// The end of that.
        refresh_expires_at: Option<DateTime<Utc>>,
    },
    /// See [`CredentialKind::ConsumerKey`].
    ConsumerKey {
        /// `ck_…`
        key: SecretString,
        /// `cs_…`
        secret: SecretString,
    },
    /// See [`CredentialKind::Bearer`].
    Bearer {
        /// The token.
        token: SecretString,
    },
    /// See [`CredentialKind::Basic`].
    Basic {
        /// Who.
        username: String,
        /// The password.
        password: SecretString,
    },
}

/// Credentials that can be sent.
#[derive(Clone)]
pub struct StoreCredentials(CredentialInput);

/// What of stored credentials may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSummary {
    /// What it looks like.
    pub kind: CredentialKind,
    /// The last characters of it, if it is long enough to show some.
    pub hint: Option<String>,
    /// Its end.
    pub expires_at: Option<DateTime<Utc>>,
    /// The end of what a new one is got with.
    pub refresh_expires_at: Option<DateTime<Utc>>,
    /// Since when it is this one.
    pub rotated_at: DateTime<Utc>,
}

impl fmt::Debug for CredentialInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialInput({})", self.kind())
    }
}

impl fmt::Debug for StoreCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreCredentials({})", self.0.kind())
    }
}

impl CredentialInput {
    /// What it looks like.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Self::AccessToken { .. } => CredentialKind::AccessToken,
            Self::ConsumerKey { .. } => CredentialKind::ConsumerKey,
            Self::Bearer { .. } => CredentialKind::Bearer,
            Self::Basic { .. } => CredentialKind::Basic,
        }
    }
}

impl StoreCredentials {
    /// Takes what somebody gave for a connection that has use for these kinds.
    ///
    /// # Errors
    /// Everything that is wrong with it; the messages never repeat what was given.
    pub fn check(input: CredentialInput, kinds: &[CredentialKind]) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        if !kinds.contains(&input.kind()) {
            let known: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
            faults.push("type", "conflict", format!("must be {} for this connection", known.join(" or ")));
        }
        match &input {
            CredentialInput::AccessToken { token, refresh_token, refresh_expires_at, .. } => {
                secret(&mut faults, "access_token", token);
                if let Some(refresh_token) = refresh_token {
                    secret(&mut faults, "refresh_token", refresh_token);
                } else if refresh_expires_at.is_some() {
                    faults.push("refresh_expires_at", "conflict", "is the end of a `refresh_token`, and there is none");
                }
            }
            CredentialInput::ConsumerKey { key, secret: consumer_secret } => {
                // The most frequent mistake is to swap them.
                for (field, value, prefix) in
                    [("consumer_key", key, "ck_"), ("consumer_secret", consumer_secret, "cs_")]
                {
                    secret(&mut faults, field, value);
                    if !value.expose_secret().starts_with(prefix) {
                        faults.push(field, "format", format!("must begin with `{prefix}`"));
                    }
                }
            }
            CredentialInput::Bearer { token } => secret(&mut faults, "token", token),
            CredentialInput::Basic { username, password } => {
                faults.text("username", username, 1..=256);
                // RFC 7617 section 2: the colon ends the name.
                if username.contains(':') || username.contains(char::is_control) {
                    faults.push("username", "format", "must not have colons or control characters");
                }
                let password = password.expose_secret();
                faults.text("password", password, 1..=1024);
                if password.contains(['\n', '\r', '\t']) {
                    faults.push("password", "format", "must not have control characters");
                }
            }
        }
        faults.or(Self(input))
    }

    /// What they look like.
    pub fn kind(&self) -> CredentialKind {
        self.0.kind()
    }

    /// The credentials themselves, to be sent.
    pub fn expose(&self) -> &CredentialInput {
        &self.0
    }

    /// What may be shown of them.
    pub fn summary(&self, rotated_at: DateTime<Utc>) -> CredentialSummary {
        let (expires_at, refresh_expires_at) = match &self.0 {
            CredentialInput::AccessToken { expires_at, refresh_expires_at, .. } => (*expires_at, *refresh_expires_at),
            _ => (None, None),
        };
        let shown = match &self.0 {
            CredentialInput::AccessToken { token, .. } | CredentialInput::Bearer { token } => Some(token),
            CredentialInput::ConsumerKey { key, .. } => Some(key),
            // People choose passwords: no part of one is shown.
            CredentialInput::Basic { .. } => None,
        };
        let hint = shown.and_then(|secret| {
            let text = secret.expose_secret();
            let from = text.len().checked_sub(HINT).filter(|_| text.len() >= LEAST_FOR_HINT)?;
            text.get(from..).map(str::to_owned)
        });
        CredentialSummary { kind: self.kind(), hint, expires_at, refresh_expires_at, rotated_at }
    }

    /// As it is sealed: the secrets as JSON. What may be shown is stored beside it.
    ///
    /// # Errors
    /// Never for what [`Self::check`] has accepted.
    pub fn to_bundle(&self) -> Result<SecretBox<Vec<u8>>, serde_json::Error> {
        let bundle = match &self.0 {
            CredentialInput::AccessToken { token, refresh_token, .. } => Bundle::AccessToken {
                access_token: token.expose_secret().into(),
                refresh_token: refresh_token.as_ref().map(|token| token.expose_secret().into()),
            },
            CredentialInput::ConsumerKey { key, secret } => Bundle::ConsumerKey {
                consumer_key: key.expose_secret().into(),
                consumer_secret: secret.expose_secret().into(),
            },
            CredentialInput::Bearer { token } => Bundle::Bearer { token: token.expose_secret().into() },
            CredentialInput::Basic { username, password } => {
                Bundle::Basic { username: username.into(), password: password.expose_secret().into() }
            }
        };
        Ok(SecretBox::new(Box::new(serde_json::to_vec(&bundle)?)))
    }

    /// What [`Self::to_bundle`] wrote, with what is stored beside it.
    ///
    /// # Errors
    /// [`UnreadableBundle`]
    pub fn from_bundle(bundle: &[u8], summary: &CredentialSummary) -> Result<Self, UnreadableBundle> {
        let secret = |text: std::borrow::Cow<'_, str>| SecretString::from(text.into_owned());
        let input = match serde_json::from_slice(bundle).map_err(|_| UnreadableBundle)? {
            Bundle::AccessToken { access_token, refresh_token } => CredentialInput::AccessToken {
                token: secret(access_token),
                expires_at: summary.expires_at,
                refresh_token: refresh_token.map(secret),
                refresh_expires_at: summary.refresh_expires_at,
            },
            Bundle::ConsumerKey { consumer_key, consumer_secret } => {
                CredentialInput::ConsumerKey { key: secret(consumer_key), secret: secret(consumer_secret) }
            }
            Bundle::Bearer { token } => CredentialInput::Bearer { token: secret(token) },
            Bundle::Basic { username, password } => {
                CredentialInput::Basic { username: username.into_owned(), password: secret(password) }
            }
        };
        if input.kind() == summary.kind { Ok(Self(input)) } else { Err(UnreadableBundle) }
    }
}

/// What was opened is not what was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored credentials cannot be read")]
pub struct UnreadableBundle;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Bundle<'a> {
    AccessToken { access_token: std::borrow::Cow<'a, str>, refresh_token: Option<std::borrow::Cow<'a, str>> },
    ConsumerKey { consumer_key: std::borrow::Cow<'a, str>, consumer_secret: std::borrow::Cow<'a, str> },
    Bearer { token: std::borrow::Cow<'a, str> },
    Basic { username: std::borrow::Cow<'a, str>, password: std::borrow::Cow<'a, str> },
}

/// What can stand in a header: visible ASCII (RFC 9110 section 5.5, without the spaces in between).
fn secret(faults: &mut Faults, field: &str, secret: &SecretString) {
    let text = secret.expose_secret();
    if text.is_empty() {
        faults.push(field, "too_short", "must not be empty");
    } else if text.len() > LONGEST {
        faults.push(field, "too_long", format!("must not have more than {LONGEST} characters"));
    } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
        faults.push(field, "format", "must not have spaces, line breaks or letters outside ASCII");
    }
}
