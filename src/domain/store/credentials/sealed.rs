//! Credentials as they are sealed: their secrets as JSON. What may be shown is stored beside it.

use super::{CredentialSummary, Secrets, StoreCredentials};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::{Deserialize, Serialize};

impl StoreCredentials {
    /// As it is sealed: the secrets as JSON. What may be shown is stored beside it.
    ///
    /// # Errors
    /// Never for what [`Self::check`] has accepted.
    pub fn to_bundle(&self) -> Result<SecretBox<Vec<u8>>, serde_json::Error> {
        let bundle = match &self.0 {
            Secrets::AccessToken { token, refresh_token, webhook_secret, .. } => Bundle::AccessToken {
                access_token: token.expose_secret().into(),
                refresh_token: refresh_token.as_ref().map(|token| token.expose_secret().into()),
                webhook_secret: webhook_secret.as_ref().map(|secret| secret.expose_secret().into()),
            },
            Secrets::ConsumerKey { key, secret, webhook_secret } => Bundle::ConsumerKey {
                consumer_key: key.expose_secret().into(),
                consumer_secret: secret.expose_secret().into(),
                webhook_secret: webhook_secret.as_ref().map(|secret| secret.expose_secret().into()),
            },
            Secrets::Bearer { token } => Bundle::Bearer { token: token.expose_secret().into() },
            Secrets::Basic { username, password } => {
                Bundle::Basic { username: username.expose_secret().into(), password: password.expose_secret().into() }
            }
            Secrets::Header { name, value } => {
                Bundle::Header { name: name.expose_secret().into(), value: value.expose_secret().into() }
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
            Bundle::AccessToken { access_token, refresh_token, webhook_secret } => Secrets::AccessToken {
                token: secret(access_token),
                expires_at: summary.expires_at,
                refresh_token: refresh_token.map(secret),
                refresh_expires_at: summary.refresh_expires_at,
                webhook_secret: webhook_secret.map(secret),
            },
            Bundle::ConsumerKey { consumer_key, consumer_secret, webhook_secret } => Secrets::ConsumerKey {
                key: secret(consumer_key),
                secret: secret(consumer_secret),
                webhook_secret: webhook_secret.map(secret),
            },
            Bundle::Bearer { token } => Secrets::Bearer { token: secret(token) },
            Bundle::Basic { username, password } => {
                Secrets::Basic { username: secret(username), password: secret(password) }
            }
            Bundle::Header { name, value } => Secrets::Header { name: secret(name), value: secret(value) },
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
    AccessToken {
        access_token: std::borrow::Cow<'a, str>,
        refresh_token: Option<std::borrow::Cow<'a, str>>,
        // Versions before had none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        webhook_secret: Option<std::borrow::Cow<'a, str>>,
    },
    ConsumerKey {
        consumer_key: std::borrow::Cow<'a, str>,
        consumer_secret: std::borrow::Cow<'a, str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        webhook_secret: Option<std::borrow::Cow<'a, str>>,
    },
    Bearer {
        token: std::borrow::Cow<'a, str>,
    },
    Header {
        name: std::borrow::Cow<'a, str>,
        value: std::borrow::Cow<'a, str>,
    },
    Basic {
        username: std::borrow::Cow<'a, str>,
        password: std::borrow::Cow<'a, str>,
    },
}
