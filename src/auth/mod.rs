//! From a request's credential to a principal. Logging in and out is in `people`, giving out visitor tokens in `visitors`.
//!
//! A key is looked up; an access token is verified, and its session is looked up; a visitor token is verified, and its
//! key is looked up: none is believed for what it says alone.

mod credential;
mod peppers;
mod root_key;

pub use credential::{WIDGET_KEY_HEADER, carries_a_credential, carries_our_credential, looks_like_ours};
pub use peppers::Peppers;
pub use root_key::{RootKeyCheck, Standing, WrongRootKey};

use crate::cache::{AuthSessionDirectory, KeyDirectory};
use crate::domain::access::Principal;
use crate::domain::clock::Ambient;
use crate::domain::key::{ApiKey, KeyHash, KeyKind};
use crate::domain::key::{KeyRecord, KeyUnusable};
use crate::domain::user::User;
use crate::domain::visitor::{Visitor, Withdrawn};
use crate::endpoints::{Answer, Credential, Endpoint, Matched};
use crate::rejection::Rejection;
use crate::storage::StorageError;
use crate::tokens::{AccessTokens, VisitorClaims, VisitorTokens, is_of_type, looks_like_a_token};
use http::{HeaderMap, Method};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A credential that is refused, and whose it is where that is certain: the secret was right, but the key may not be
/// used.
#[derive(Debug)]
pub struct Unrecognised {
    pub rejection: Rejection,
    pub key: Option<Arc<KeyRecord>>,
}

impl From<Rejection> for Unrecognised {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, key: None }
    }
}

#[derive(Debug, Clone)]
pub struct Authenticator {
    keys: Arc<KeyDirectory>,
    sessions: Arc<AuthSessionDirectory>,
    tokens: AccessTokens,
    visitor_tokens: VisitorTokens,
    peppers: Peppers,
    root_key: RootKeyCheck,
    ambient: Ambient,
}

impl Authenticator {
    /// An authenticator that looks keys up in `keys` and compares them under `peppers`, verifies with `tokens` and
    /// `visitor_tokens`, and looks sessions up in `sessions`. It knows nobody while `root_key` is wrong.
    pub fn new(
        keys: Arc<KeyDirectory>,
        sessions: Arc<AuthSessionDirectory>,
        tokens: AccessTokens,
        visitor_tokens: VisitorTokens,
        peppers: Peppers,
        root_key: RootKeyCheck,
        ambient: Ambient,
    ) -> Self {
        Self { keys, sessions, tokens, visitor_tokens, peppers, root_key, ambient }
    }

    /// Who sent the request, by the credential in the place that its row names.
    ///
    /// # Errors
    /// 401s of every kind; `service_unavailable` when keys or sessions cannot be looked up (fail closed).
    pub async fn principal(&self, matched: &Matched, headers: &HeaderMap) -> Result<Principal, Unrecognised> {
        if self.root_key.is_wrong() && rests_on_the_root_key(matched.endpoint()) {
            return Err(Rejection::ServiceUnavailable { retry_after: WRONG_ROOT_KEY }.into());
        }
        match matched.endpoint().credential {
            // The console recognises its own.
            Credential::None | Credential::Cookie(_) => Ok(Principal::Anonymous),
            Credential::Header => match credential::in_headers(headers)? {
                None => Ok(Principal::Anonymous),
                Some(sent) if sent.is_bearer && is_of_type::<VisitorClaims>(sent.text) => {
                    Box::pin(self.visitor(sent.text)).await
                }
                Some(sent) if sent.is_bearer && looks_like_a_token(sent.text) => {
                    Ok(Box::pin(self.user(sent.text)).await?)
                }
                Some(sent) => {
                    let publishable_only = "`X-Widget-Key` is for publishable keys, which browsers may know: send a \
                        secret key in `Authorization`, and revoke it if a page has it.";
                    self.key(sent.text, (!sent.is_bearer).then_some(publishable_only)).await
                }
            },
            Credential::Path => {
                let publishable_only = "A secret key must never stand in a URL; revoke it and use a publishable key.";
                self.key(matched.param("key").ok_or(Rejection::Internal)?, Some(publishable_only)).await
            }
        }
    }

    /// The first use of a key that took over from another: the grace of that one begins. A database that is away leaves
    /// it for the next use.
    pub async fn begin_grace(&self, key: &KeyRecord) {
        if let Err(error) = self.keys.begin_grace(key, &self.ambient).await {
            tracing::warn!(%error, key = %key.public_id, "the grace of the key before could not begin");
        }
    }

    /// Returns when the key may not be used any more, with the reason: revoked, expired, switched off, or its workspace
    /// gone. For streams, which outlive their check.
    pub async fn until_unusable(&self, key: &KeyRecord) -> Rejection {
        let look = || async { Ok(self.still_usable(self.keys.find(&key.public_id).await?.as_deref())) };
        until_refused(self.keys.changes(), || self.keys.look_again(), look).await
    }

    /// Returns when the visitor's token may not be used any more, with the reason: it was revoked, or its key may not
    /// be used. For streams, as [`Self::until_unusable`].
    pub async fn until_withdrawn(&self, visitor: &Visitor) -> Rejection {
        let token = visitor.token();
        let look = || async {
            let Some(key) = self.keys.find(&token.key).await? else { return Ok(Err(TOKEN_GONE)) };
            Ok(self.still_usable(Some(&key)).and_then(|()| token.counts(&key).map_err(withdrawn)))
        };
        until_refused(self.keys.changes(), || self.keys.look_again(), look).await
    }

    /// Returns when the user's session is over, with the reason. For streams, as [`Self::until_unusable`].
    pub async fn until_session_over(&self, user: &User) -> Rejection {
        let look = || async {
            let found = self.sessions.find(user.tenant, user.session).await?;
            let live = found.is_some_and(|session| session.is_live(self.ambient.now()));
            Ok(if live { Ok(()) } else { Err(SESSION_OVER) })
        };
        until_refused(self.sessions.changes(), || self.sessions.look_again(), look).await
    }

    /// What a new request with the key would be told.
    fn still_usable(&self, key: Option<&KeyRecord>) -> Result<(), Rejection> {
        let key = key.ok_or(NOT_VALID)?;
        key.usable(self.ambient.now()).map_err(unusable)?;
        if key.workspace.as_ref().is_some_and(|workspace| !workspace.is_active()) {
            return Err(Rejection::WORKSPACE_INACTIVE);
        }
        Ok(())
    }

    async fn visitor(&self, text: &str) -> Result<Principal, Unrecognised> {
        // First the signature: what strangers write is not looked up.
        let token = self.visitor_tokens.verify(text).await?;
        let key = self.keys.find(&token.key).await.map_err(|error| unavailable(&error, "keys"))?.ok_or(TOKEN_GONE)?;
        let known = |rejection| Unrecognised { rejection, key: Some(Arc::clone(&key)) };
        key.usable(self.ambient.now()).map_err(|why| known(unusable(why)))?;
        let visitor = token.with(Arc::clone(&key)).map_err(|why| known(withdrawn(why)))?;
        Ok(Principal::Visitor(Arc::new(visitor)))
    }

    async fn user(&self, text: &str) -> Result<Principal, Rejection> {
        let genuine = self.tokens.verify(text).await?;
        let found = self.sessions.find(genuine.tenant, genuine.session).await;
        let session = found.map_err(|error| unavailable(&error, "sessions"))?;
        let now = self.ambient.now();
        let session =
            session.filter(|session| session.user == genuine.user && session.is_live(now)).ok_or(SESSION_OVER)?;
        // Who the user is now, not who they were when the token was made.
        Ok(Principal::User(Arc::new(session.user())))
    }

    /// `publishable_only`: in this place a secret key is refused, with these words.
    async fn key(&self, text: &str, publishable_only: Option<&'static str>) -> Result<Principal, Unrecognised> {
        let key = ApiKey::parse(text).map_err(|_| NOT_VALID)?;
        if let Some(why) = publishable_only.filter(|_| key.kind() == KeyKind::Secret) {
            return Err(Rejection::InvalidToken(why).into());
        }
        let record = self.keys.find(&key.public_id()).await.map_err(|error| unavailable(&error, "keys"))?;
        // The record is found by the public id, so the secret part must be compared here, also when it comes from
        // memory. A key that is not there is hashed and compared all the same: time does not tell which public ids
        // exist.
        let record = record.filter(|record| record.kind == key.kind());
        let hash = record.as_ref().map_or(NO_KEYS_HASH, |record| record.hash);
        let genuine = self.peppers.match_key(&key, &hash).await;
        let genuine = genuine.map_err(|error| unavailable(&error, "former peppers"))?;
        let record = record.filter(|_| genuine).ok_or(NOT_VALID)?;
        match record.usable(self.ambient.now()) {
            Ok(()) => Ok(Principal::Key(record)),
            Err(why) => Err(Unrecognised { rejection: unusable(why), key: Some(record) }),
        }
    }
}

/// An operator has to do something about it.
const WRONG_ROOT_KEY: Duration = Duration::from_secs(30);

/// All but what is read by everybody, and what AnythingLLM answers: also a login seals something.
fn rests_on_the_root_key(endpoint: &Endpoint) -> bool {
    let for_everybody = endpoint.credential == Credential::None && endpoint.method == Method::GET;
    endpoint.answer == Answer::Service && !for_everybody
}

/// Looks again whenever something has changed, and now and then: nothing moves while changes are not heard, and nothing
/// tells of an expiry. Returns the first refusal.
async fn until_refused<F>(
    mut changes: watch::Receiver<u64>,
    look_again: impl Fn() -> Duration,
    look: impl Fn() -> F,
) -> Rejection
where
    F: Future<Output = Result<Result<(), Rejection>, StorageError>>,
{
    loop {
        let _ = tokio::time::timeout(look_again(), changes.changed()).await;
        // Boxed: this future lives as long as a stream, and looks seldom. A database that is away ends no running
        // answer.
        if let Ok(Err(refusal)) = Box::pin(look()).await {
            return refusal;
        }
    }
}

/// One answer for what is mistyped, unknown, or known with another secret: it says nothing that the sender did not
/// know.
const NOT_VALID: Rejection = Rejection::InvalidToken("This is not a valid key or token; check for a typo.");

const TOKEN_GONE: Rejection = Rejection::InvalidToken("This visitor token was withdrawn; get a new one.");

const SESSION_OVER: Rejection = Rejection::InvalidToken("This session is over; log in again.");

/// The hash of no key that anybody has.
const NO_KEYS_HASH: KeyHash = KeyHash::from_bytes([0; 32]);

fn unusable(why: KeyUnusable) -> Rejection {
    match why {
        KeyUnusable::Revoked => Rejection::KeyRevoked,
        KeyUnusable::Expired => Rejection::KeyExpired,
        KeyUnusable::Disabled => Rejection::KeyDisabled,
    }
}

fn withdrawn(why: Withdrawn) -> Rejection {
    match why {
        Withdrawn::Revoked | Withdrawn::IdentityOff => TOKEN_GONE,
        Withdrawn::Origin => {
            Rejection::ForbiddenOrigin("This page's origin is not on the key's list of allowed origins any more.")
        }
        Withdrawn::IdentityMissing => Rejection::InvalidToken(
            "This workspace serves customers who are logged in only: get a visitor token with an `identity_token`.",
        ),
    }
}

fn unavailable(error: &StorageError, what: &'static str) -> Rejection {
    tracing::error!(%error, what, "a credential cannot be looked up");
    Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) }
}
