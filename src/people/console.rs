//! Sessions of the console: those of [`Sessions`], held by a browser in a cookie.
//!
//! The cookie is sealed: it holds the session's refresh token and when the user was last looked up in AnythingLLM. While
//! that is not longer ago than an access token lives, the session is looked up here only, as for an access token; then
//! it is refreshed on the way, and the browser gets the next cookie with whatever it has asked for. Several requests at
//! once may do so: the same refresh token gives the same answer for a while.
//!
//! Must not log or show a cookie. No cookie is a credential of the API, and no token one of the console.

use super::{Granted, LoginAttempt, Sessions};
use crate::cache::AuthSessionDirectory;
use crate::crypto::refresh_token::Presented;
use crate::crypto::seal::Sealer;
use crate::domain::clock::Ambient;
use crate::domain::ids::{AuthSessionId, RequestId};
use crate::domain::sealed::Sealed;
use crate::domain::user::User;
use crate::rejection::Rejection;
use crate::telemetry::RequestFacts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// All that a page of the console waits for AnythingLLM: first for who somebody is, where that is to be asked again, and
/// then for what it shows.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// What the cookie is sealed for: it is no row of a table.
const PLACE: &str = "cookie";
/// A cookie that is longer is none of ours.
const LONGEST: usize = 1024;

/// How long a secret waits for the page that shows it.
const ONCE: TimeDelta = TimeDelta::seconds(60);

fn place_of_once(session: AuthSessionId, page: &str) -> String {
    format!("once {session} {page}")
}

/// Somebody in the console.
#[derive(Debug)]
pub struct Staff {
    pub user: Arc<User>,
    /// What takes the place of the cookie.
    pub renewed: Option<SecretString>,
}

/// Gives out and recognises the console's cookies.
pub struct ConsoleSessions {
    sessions: Arc<Sessions>,
    directory: Arc<AuthSessionDirectory>,
    sealer: Sealer,
    /// What forms are marked with.
    form_key: [u8; 32],
    /// How long a user is believed to be who they were.
    lifetime: TimeDelta,
    ambient: Ambient,
}

impl fmt::Debug for ConsoleSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleSessions").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// What a cookie says.
struct Kept {
    checked_at: DateTime<Utc>,
    refresh: SecretString,
    session: AuthSessionId,
}

impl ConsoleSessions {
    /// `sealer` seals for `Purpose::ConsoleSession`; `lifetime` is that of access tokens.
    pub fn new(
        sessions: Arc<Sessions>,
        directory: Arc<AuthSessionDirectory>,
        sealer: Sealer,
        form_key: [u8; 32],
        lifetime: TimeDelta,
        ambient: Ambient,
    ) -> Self {
        Self { sessions, directory, sealer, form_key, lifetime, ambient }
    }

    /// The name of the cookie. Over TLS it has the prefix by which browsers make sure that no other host, and no page
    /// without TLS, has set it. Without TLS they would drop such a cookie.
    pub const fn cookie(is_tls: bool) -> &'static str {
        if is_tls { "__Host-vestibule_console" } else { "vestibule_console" }
    }

    /// Logs in, and gives what the browser is to keep.
    ///
    /// # Errors
    /// As [`Sessions::log_in`].
    pub async fn log_in(
        &self,
        attempt: LoginAttempt,
        request_id: &RequestId,
        facts: &Arc<RequestFacts>,
    ) -> Result<(Granted, SecretString), Rejection> {
        let granted = self.sessions.log_in(attempt, request_id, facts).await?;
        let cookie = self.cookie_of(&granted)?;
        Ok((granted, cookie))
    }

    /// Whose session a cookie is of.
    ///
    /// # Errors
    /// `unauthenticated` for what is no cookie of ours, `invalid_token` and `expired_token` for a session that is over;
    /// what [`Sessions::refresh_within`] refuses; `service_unavailable` if it cannot be looked up.
    pub async fn recognise(
        &self,
        cookie: &str,
        request_id: &RequestId,
        facts: &Arc<RequestFacts>,
    ) -> Result<Staff, Rejection> {
        let kept = self.open(cookie).ok_or(Rejection::Unauthenticated)?;
        let now = self.ambient.now();
        if now - kept.checked_at >= self.lifetime {
            let granted =
                self.sessions.refresh_within(PATIENCE, kept.refresh.expose_secret(), request_id, facts).await?;
            let renewed = Some(self.cookie_of(&granted)?);
            return Ok(Staff { user: Arc::new(granted.user), renewed });
        }
        let found = self.directory.find(Sessions::TENANT, kept.session).await.map_err(|error| {
            tracing::error!(%request_id, %error, "a session of the console cannot be looked up");
            Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) }
        })?;
        let session = found.filter(|session| session.is_live(now));
        let session = session.ok_or(Rejection::InvalidToken("This session is over; log in again."))?;
        Ok(Staff { user: Arc::new(session.user()), renewed: None })
    }

    /// What every form of a session carries, so that nobody else can have made it.
    pub fn form_token(&self, session: AuthSessionId) -> String {
        URL_SAFE_NO_PAD.encode(self.form_mac(session).finalize().into_bytes())
    }

    /// Whether a form was made for this session. Compares in constant time.
    pub fn is_form_token(&self, session: AuthSessionId, sent: &str) -> bool {
        let mut tag = [0; 32];
        let read = URL_SAFE_NO_PAD.decode_slice(sent, &mut tag);
        read.is_ok_and(|read| read == tag.len()) && self.form_mac(session).verify_slice(&tag).is_ok()
    }

    /// A secret that the next page shows once, sealed for the browser to bring along: it opens in this session only, for
    /// that page only, and only for a moment.
    ///
    /// # Errors
    /// `internal` if it cannot be sealed, which the cipher's fixed sizes rule out.
    pub fn seal_once(&self, session: AuthSessionId, page: &str, secret: &str) -> Result<SecretString, Rejection> {
        let text = format!("{}:{secret}", (self.ambient.now() + ONCE).timestamp());
        let sealed = self.sealer.seal(&place_of_once(session, page), text.as_bytes(), &*self.ambient.randomness);
        let Sealed { key_id, bytes } = sealed.map_err(|_| Rejection::Internal)?;
        Ok(format!("{key_id}.{}", URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// What [`Self::seal_once`] has sealed for this page, if its moment is not over.
    pub fn open_once(&self, session: AuthSessionId, page: &str, cookie: &str) -> Option<SecretString> {
        let (key_id, encoded) = cookie.split_once('.').filter(|_| cookie.len() <= LONGEST)?;
        let sealed = Sealed { key_id: key_id.to_owned(), bytes: URL_SAFE_NO_PAD.decode(encoded).ok()? };
        let opened = self.sealer.open(&place_of_once(session, page), &sealed).ok()?;
        let (until, secret) = std::str::from_utf8(opened.expose_secret()).ok()?.split_once(':')?;
        let until = DateTime::from_timestamp(until.parse().ok()?, 0)?;
        (self.ambient.now() <= until).then(|| secret.to_owned().into())
    }

    fn form_mac(&self, session: AuthSessionId) -> Hmac<Sha256> {
        // HMAC fills a short key up with zeros (RFC 2104 section 2); doing it here leaves no error to handle.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.form_key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(session.0.as_bytes());
        mac
    }

    fn cookie_of(&self, granted: &Granted) -> Result<SecretString, Rejection> {
        let text = format!("{}:{}", self.ambient.now().timestamp(), granted.refresh.expose_secret());
        let sealed = self.sealer.seal(PLACE, text.as_bytes(), &*self.ambient.randomness);
        let Sealed { key_id, bytes } = sealed.map_err(|_| Rejection::Internal)?;
        Ok(format!("{key_id}.{}", URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    fn open(&self, cookie: &str) -> Option<Kept> {
        let (key_id, encoded) = cookie.split_once('.').filter(|_| cookie.len() <= LONGEST)?;
        let sealed = Sealed { key_id: key_id.to_owned(), bytes: URL_SAFE_NO_PAD.decode(encoded).ok()? };
        let opened = self.sealer.open(PLACE, &sealed).ok()?;
        let (checked_at, refresh) = std::str::from_utf8(opened.expose_secret()).ok()?.split_once(':')?;
        let checked_at = DateTime::from_timestamp(checked_at.parse().ok()?, 0)?;
        let session = Presented::parse(refresh).ok()?.session();
        Some(Kept { checked_at, refresh: refresh.to_owned().into(), session })
    }
}
