//! From a request's credential to a principal. Access tokens join here when people log in; both planes use it.

use crate::cache::KeyDirectory;
use crate::domain::access::Principal;
use crate::domain::api_key::{ApiKey, KeyKind, Pepper};
use crate::domain::clock::Ambient;
use crate::domain::key::{KeyRecord, KeyUnusable};
use crate::endpoints::{Credential, Matched};
use crate::rejection::Rejection;
use http::{HeaderMap, HeaderName, header};
use std::sync::Arc;
use std::time::Duration;

/// The header a widget may send its publishable key in.
pub const WIDGET_KEY_HEADER: &str = "x-widget-key";

/// Whether a request header of this name carries a credential.
pub fn carries_a_credential(name: &HeaderName) -> bool {
    *name == header::AUTHORIZATION || *name == header::COOKIE || name.as_str() == WIDGET_KEY_HEADER
}

/// A running stream's key is looked at again at least this often.
const RECHECK: Duration = Duration::from_secs(5);

/// Recognises principals.
#[derive(Debug, Clone)]
pub struct Authenticator {
    keys: Arc<KeyDirectory>,
    pepper: Pepper,
    ambient: Ambient,
}

impl Authenticator {
    /// An authenticator that looks keys up in `keys` and compares them under `pepper`.
    pub fn new(keys: Arc<KeyDirectory>, pepper: Pepper, ambient: Ambient) -> Self {
        Self { keys, pepper, ambient }
    }

    /// Who sent the request, by the credential in the place that its row names.
    ///
    /// # Errors
    /// 401s of every kind; `service_unavailable` when keys cannot be looked up (fail closed).
    pub async fn principal(&self, matched: &Matched, headers: &HeaderMap) -> Result<Principal, Rejection> {
        let text = match matched.endpoint().credential {
            Credential::None => return Ok(Principal::Anonymous),
            Credential::Header => match header_credential(headers)? {
                Some(text) => text,
                None => return Ok(Principal::Anonymous),
            },
            Credential::Path => matched.param("key").ok_or(Rejection::Internal)?,
        };
        let by_path = matched.endpoint().credential == Credential::Path;
        self.key(text, by_path).await
    }

    /// Returns when the key may not be used any more: revoked, expired, switched off, or its workspace gone. For streams,
    /// which outlive their check.
    pub async fn until_unusable(&self, key: &KeyRecord) {
        let mut changes = self.keys.changes();
        loop {
            // Nothing moves while changes are not heard, and nothing tells of an expiry.
            let _ = tokio::time::timeout(RECHECK, changes.changed()).await;
            // Boxed: this future lives as long as a stream, and looks seldom.
            match Box::pin(self.keys.find(&key.public_id)).await {
                Ok(Some(now)) if now.usable(self.ambient.now()).is_ok() && workspace_answers(&now) => {}
                Ok(_) => return,
                // A database that is away ends no running answer.
                Err(_) => {}
            }
        }
    }

    async fn key(&self, text: &str, by_path: bool) -> Result<Principal, Rejection> {
        let key =
            ApiKey::parse(text).map_err(|_| Rejection::InvalidToken("This is not a valid key; check for a typo."))?;
        if by_path && key.kind() == KeyKind::Secret {
            return Err(Rejection::InvalidToken(
                "A secret key must never stand in a URL; revoke it and use a publishable key.",
            ));
        }
        let record = self.keys.find(&key.public_id()).await.map_err(|error| {
            tracing::error!(%error, "keys cannot be looked up");
            Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) }
        })?;
        // The record is found by the public id, so the secret part must be compared here, also when it comes from memory.
        let record = record
            .filter(|r| r.hash.matches(&key.hash(&self.pepper)) && r.kind == key.kind())
            .ok_or(Rejection::InvalidToken("This key does not exist."))?;
        record.usable(self.ambient.now()).map_err(|why| match why {
            KeyUnusable::Revoked => Rejection::KeyRevoked,
            KeyUnusable::Expired => Rejection::KeyExpired,
            KeyUnusable::Disabled => Rejection::KeyDisabled,
        })?;
        Ok(Principal::Key(record))
    }
}

fn workspace_answers(key: &KeyRecord) -> bool {
    key.workspace.as_ref().is_none_or(|workspace| workspace.is_active())
}

/// The one credential in the headers. Two are refused, or a proxy in front and we could mean different ones.
fn header_credential(headers: &HeaderMap) -> Result<Option<&str>, Rejection> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let mut widget_keys = headers.get_all(WIDGET_KEY_HEADER).iter();
    let (authorization, widget_key) = (authorizations.next(), widget_keys.next());
    if authorizations.next().is_some()
        || widget_keys.next().is_some()
        || (authorization.is_some() && widget_key.is_some())
    {
        return Err(Rejection::BadRequest("Send one credential, not several."));
    }
    if let Some(value) = widget_key {
        return Ok(Some(
            value.to_str().map_err(|_| Rejection::InvalidToken("The key has characters no key has."))?.trim(),
        ));
    }
    let Some(value) = authorization else { return Ok(None) };
    let value =
        value.to_str().map_err(|_| Rejection::InvalidToken("The credential has characters no credential has."))?;
    let (scheme, token) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejection::InvalidToken("The scheme must be `Bearer`."));
    }
    match token.trim() {
        "" => Ok(None),
        token => Ok(Some(token)),
    }
}
