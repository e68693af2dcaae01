//! Session tokens of the UI endpoints, and the checks of session, role and API key.
//!
//! A token carries only an id: role and suspension are looked up on every request.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::call::Call;
use crate::clock;
use crate::reply::Reply;
use crate::users::User;
use crate::world::World;

/// Sessions live this long.
const SESSION_DAYS: i64 = 30;

/// Who uses a UI endpoint. Without a user in single-user mode.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) user: Option<User>,
}

impl Session {
    pub(crate) fn user_id(&self) -> Option<u64> {
        self.user.as_ref().map(|user| user.id)
    }
}

/// Roles an endpoint asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Roles {
    All,
    AdminAndManager,
    Admin,
}

impl Roles {
    fn admit(self, role: &str) -> bool {
        match self {
            Self::All => true,
            Self::AdminAndManager => matches!(role, "admin" | "manager"),
            Self::Admin => role == "admin",
        }
    }
}

fn signature(secret: &str, signed: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}

fn sign(secret: &str, claims: &Value) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let body = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{head}.{body}");
    let mac =
        signature(secret, &signed).map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("{signed}.{mac}")
}

/// The claims of a token that is signed, not expired and of the right algorithm.
fn verify(secret: &str, token: &str) -> Option<Value> {
    let (signed, mac) = token.rsplit_once('.')?;
    let (head, body) = signed.split_once('.')?;
    let decode = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    if decode(head)?["alg"] != "HS256" {
        return None;
    }
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    signature(secret, signed)?.verify_slice(&mac).ok()?;
    let claims = decode(body)?;
    let expired = claims.get("exp").is_some_and(|exp| exp.as_i64().is_none_or(|exp| exp <= clock::now().timestamp()));
    (!expired).then_some(claims)
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

/// What a single-user token holds in place of the password.
fn password_mark(password: &str) -> String {
    let hash = Sha256::digest(password.as_bytes());
    let (first, second) = hash.split_at(16);
    format!("{}:{}", hex(first), hex(second))
}

impl World {
    /// A session token for an account.
    pub(crate) fn session_token(&self, user: &User) -> String {
        let now = clock::now();
        let claims = json!({
            "id": user.id,
            "username": user.username,
            "iat": now.timestamp(),
            "exp": (now + chrono::Duration::days(SESSION_DAYS)).timestamp(),
        });
        sign(&self.jwt_secret, &claims)
    }

    /// A session token for the holder of the single-user password.
    pub(crate) fn password_token(&self, password: &str) -> String {
        let now = clock::now();
        let claims = json!({
            "p": password_mark(password),
            "iat": now.timestamp(),
            "exp": (now + chrono::Duration::days(SESSION_DAYS)).timestamp(),
        });
        sign(&self.jwt_secret, &claims)
    }

    /// Whether the request carries a valid API key.
    pub(crate) fn check_api_key(&self, call: &Call) -> Result<(), Reply> {
        let known = call.credential().is_some_and(|token| self.api_keys.iter().any(|key| key.secret == token));
        if known {
            Ok(())
        } else {
            let refusal = json!({ "error": "No valid api key found." });
            Err(Reply::status_json(StatusCode::FORBIDDEN, &refusal))
        }
    }

    /// The session of a request to a UI endpoint.
    pub(crate) fn session(&self, call: &Call) -> Result<Session, Reply> {
        let refuse = |error: &str| Err(Reply::status_json(StatusCode::UNAUTHORIZED, &json!({ "error": error })));
        if !self.multi_user {
            let Some(password) = &self.password else {
                return Ok(Session { user: None });
            };
            let Some(token) = call.credential() else {
                return refuse("No auth token found.");
            };
            let valid = verify(&self.jwt_secret, token).is_some_and(|claims| claims["p"] == password_mark(password));
            return if valid { Ok(Session { user: None }) } else { refuse("Token expired or failed validation.") };
        }
        let Some(token) = call.credential() else {
            return refuse("No auth token found.");
        };
        let Some(id) = verify(&self.jwt_secret, token).and_then(|claims| claims["id"].as_u64()) else {
            return refuse("Invalid auth token.");
        };
        match self.user(id) {
            None => refuse("Invalid auth for user."),
            Some(user) if user.suspended => refuse("User is suspended from system"),
            Some(user) => Ok(Session { user: Some(user.clone()) }),
        }
    }

    /// The session if its role is admitted; roles exist in multi-user mode only.
    pub(crate) fn session_as(&self, call: &Call, roles: Roles) -> Result<Session, Reply> {
        let session = self.session(call)?;
        let admitted = session.user.as_ref().is_none_or(|user| roles.admit(&user.role));
        if admitted { Ok(session) } else { Err(Reply::status(StatusCode::UNAUTHORIZED)) }
    }

    /// The session if its role is admitted, in multi-user mode only.
    pub(crate) fn session_strictly_as(&self, call: &Call, roles: Roles) -> Result<Session, Reply> {
        let session = self.session(call)?;
        if !self.multi_user {
            return Err(Reply::status(StatusCode::UNAUTHORIZED));
        }
        self.session_as(call, roles).map(|_| session)
    }
}
