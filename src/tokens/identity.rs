//! Identity tokens: short JWTs by which a shop's back end says which of its customers a visitor is, signed (HS256) with
//! the workspace's identity secret.
//!
//! What they say about times and audience is checked here, by our own clock. Must not print a token or a subject.

use crate::domain::visitor::MAX_SUBJECT_CHARS;
use crate::tokens::jwt;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thiserror::Error;

/// Clocks of machines differ a little.
const LEEWAY_SECONDS: i64 = 30;
/// A subject and three times have about 300 characters.
const MAX_CHARS: usize = 4096;

/// Why an identity token is not taken. For the page that sends it and for who builds it; repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BadIdentity {
    /// No JWT, another algorithm, or a header that asks for extensions.
    #[error("must be a JWT signed with HS256, without `crit`")]
    Form,
    /// Signed with another secret, or changed.
    #[error("is not signed with the workspace's identity secret")]
    Signature,
    /// A claim that is missing or not what it must be.
    #[error("must have `sub`, a text, and `exp`, a time in seconds; `iat`, `nbf` and `aud` as in RFC 7519")]
    Claims,
    #[error("has expired: make a new one for each session")]
    Expired,
    /// `exp` is too far away.
    #[error("lives too long: `exp` must be within minutes, as the documentation says")]
    TooLong,
    /// `nbf` or `iat` is in the future.
    #[error("is not valid yet: the clock that it was made by is wrong")]
    NotYet,
    /// `aud` names somebody else.
    #[error("is for another audience: `aud` must be the slug of the workspace, or be left out")]
    Audience,
    /// `sub` is empty, too long or no plain text.
    #[error("must have a `sub` of 1 to 128 characters, without control characters")]
    Subject,
}

/// What identity tokens are checked against.
#[derive(Debug, Clone)]
pub(crate) struct IdentityRules<'a> {
    /// The secrets that count: the present one, and for a while the one before it.
    pub(crate) secrets: &'a [SecretString],
    pub(crate) audience: &'a str,
    /// `exp` may be this far ahead.
    pub(crate) longest: TimeDelta,
    pub(crate) now: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: Seconds,
    iat: Option<Seconds>,
    nbf: Option<Seconds>,
    aud: Option<Audience>,
}

/// A `NumericDate` (RFC 7519 section 2): seconds since 1970, perhaps with a fraction.
#[derive(Deserialize, Clone, Copy)]
struct Seconds(f64);

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

impl Seconds {
    #[expect(clippy::cast_precision_loss, reason = "times in seconds are far below 2^52")]
    fn is_before(self, now: DateTime<Utc>, and: i64) -> bool {
        self.0 < now.timestamp() as f64 + and as f64
    }
}

/// The subject that `text` names.
///
/// # Errors
/// [`BadIdentity`]
pub(crate) fn subject_of(text: &str, rules: &IdentityRules<'_>) -> Result<String, BadIdentity> {
    if text.len() > MAX_CHARS {
        return Err(BadIdentity::Form);
    }
    jwt::install();
    let header = decode_header(text).map_err(|_| BadIdentity::Form)?;
    // A header may name its type and a key. What else it brings along (`jku`, `jwk`, `crit`) has no meaning here.
    let plain = Header { typ: header.typ.clone(), kid: header.kid.clone(), ..Header::new(Algorithm::HS256) };
    if header != plain || header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("jwt")) {
        return Err(BadIdentity::Form);
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims::<&str>(&[]);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let signed = rules.secrets.iter().find_map(|secret| {
        let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
        // First whether it is signed at all: claims of strangers are not even read.
        decode::<serde_json::Value>(text, &key, &validation).ok()
    });
    let claims = signed.ok_or(BadIdentity::Signature)?.claims;
    let claims: Claims = serde_json::from_value(claims).map_err(|_| BadIdentity::Claims)?;
    check(claims, rules)
}

fn check(claims: Claims, rules: &IdentityRules<'_>) -> Result<String, BadIdentity> {
    if claims.exp.is_before(rules.now, -LEEWAY_SECONDS) {
        return Err(BadIdentity::Expired);
    }
    if !claims.exp.is_before(rules.now, rules.longest.num_seconds() + LEEWAY_SECONDS) {
        return Err(BadIdentity::TooLong);
    }
    if [claims.nbf, claims.iat].into_iter().flatten().any(|from| !from.is_before(rules.now, LEEWAY_SECONDS)) {
        return Err(BadIdentity::NotYet);
    }
    if claims.aud.is_some_and(|audience| !audience.names(rules.audience)) {
        return Err(BadIdentity::Audience);
    }
    let subject = claims.sub;
    if !(1..=MAX_SUBJECT_CHARS).contains(&subject.chars().count()) || subject.chars().any(char::is_control) {
        return Err(BadIdentity::Subject);
    }
    Ok(subject)
}

#[cfg(test)]
mod tests;
