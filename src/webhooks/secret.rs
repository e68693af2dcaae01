//! What messages are signed with: made, sealed, opened, and the signature itself (Standard Webhooks, "Signature scheme").

use crate::crypto::seal::{SealError, Sealer, UnsealError};
use crate::domain::clock::Ambient;
use crate::domain::ids::WebhookId;
use crate::domain::sealed::Sealed;
use crate::storage::SealedWebhookSecret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::zeroize::{Zeroize as _, Zeroizing};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// What secrets begin with, as every library of Standard Webhooks takes them.
const PREFIX: &str = "whsec_";

/// Seals and opens. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Vault(Sealer);

impl Vault {
    pub(super) fn new(sealer: Sealer) -> Self {
        Self(sealer)
    }

    /// The name of the present root key.
    pub(super) fn key_id(&self) -> &str {
        self.0.key_id()
    }

    /// 256 random bits.
    pub(super) fn make(ambient: &Ambient) -> SecretString {
        let mut random = [0; 32];
        ambient.randomness.fill(&mut random);
        let secret = SecretString::from(format!("{PREFIX}{}", STANDARD.encode(random)));
        random.zeroize();
        secret
    }

    pub(super) fn seal(&self, id: WebhookId, secret: &SecretString, ambient: &Ambient) -> Result<Sealed, SealError> {
        self.0.seal(&row(id), secret.expose_secret().as_bytes(), &*ambient.randomness)
    }

    /// The same under the present root key.
    pub(super) fn resealed(&self, id: WebhookId, sealed: &Sealed, ambient: &Ambient) -> Result<Sealed, UnsealError> {
        let anew = self.0.reseal(&row(id), sealed, &*ambient.randomness)?;
        Ok(anew.unwrap_or_else(|| sealed.clone()))
    }

    pub(super) fn resealed_whole(
        &self,
        old: &SealedWebhookSecret,
        ambient: &Ambient,
    ) -> Result<SealedWebhookSecret, UnsealError> {
        let previous = match &old.previous {
            Some((sealed, until)) => Some((self.resealed(old.webhook, sealed, ambient)?, *until)),
            None => None,
        };
        let secret = self.resealed(old.webhook, &old.secret, ambient)?;
        Ok(SealedWebhookSecret { webhook: old.webhook, secret, previous })
    }

    /// The value of `webhook-signature`: one signature for each secret that counts, with blanks between.
    pub(super) fn sign(
        &self,
        secret: &SealedWebhookSecret,
        message: &Message<'_>,
        now: DateTime<Utc>,
    ) -> Result<String, UnsealError> {
        let mut signatures = self.signature(secret.webhook, &secret.secret, message)?;
        if let Some((previous, until)) = &secret.previous
            && *until > now
        {
            signatures.push(' ');
            signatures.push_str(&self.signature(secret.webhook, previous, message)?);
        }
        Ok(signatures)
    }

    fn signature(&self, id: WebhookId, sealed: &Sealed, message: &Message<'_>) -> Result<String, UnsealError> {
        let opened = self.0.open(&row(id), sealed)?;
        let text = std::str::from_utf8(opened.expose_secret()).map_err(|_| UnsealError::Damaged)?;
        let encoded = text.strip_prefix(PREFIX).ok_or(UnsealError::Damaged)?;
        let key = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| UnsealError::Damaged)?);
        Ok(message.signature(&key))
    }
}

/// What is signed.
pub(super) struct Message<'a> {
    pub(super) id: &'a str,
    /// Seconds since 1970.
    pub(super) timestamp: i64,
    pub(super) body: &'a str,
}

impl Message<'_> {
    fn signature(&self, key: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
        mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
        mac.update(self.body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// Names the row that a secret is sealed for.
fn row(id: WebhookId) -> String {
    format!("webhooks {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that Standard Webhooks' libraries are tested with.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let message =
            Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: r#"{"test": 2432232314}"# };
        assert_eq!(message.signature(&key), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
