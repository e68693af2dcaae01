//! Credentials as request headers, marked so that nothing prints them.

use crate::domain::store::{Secrets, StoreCredentials};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

/// `Authorization`, for every kind but an access token, whose header has a name of the platform's own, and one whose name
/// somebody has said. None: it cannot stand in a header, which was checked when it was given.
pub(super) fn authorization(credentials: &StoreCredentials) -> Option<HeaderMap> {
    let value = match credentials.expose() {
        Secrets::Bearer { token } | Secrets::AccessToken { token, .. } => {
            Zeroizing::new(format!("Bearer {}", token.expose_secret()))
        }
        Secrets::Basic { username, password } => basic(username.expose_secret(), password),
        Secrets::Header { name, value } => {
            return one(HeaderName::from_bytes(name.expose_secret().as_bytes()).ok()?, value.expose_secret());
        }
        // WooCommerce takes the pair as name and password (its REST documentation, "Authentication over HTTPS").
        Secrets::ConsumerKey { key, secret, .. } => basic(key.expose_secret(), secret),
    };
    one(header::AUTHORIZATION, &value)
}

/// An access token under the name that the platform has for it.
pub(super) fn token(name: HeaderName, credentials: &StoreCredentials) -> Option<HeaderMap> {
    match credentials.expose() {
        Secrets::AccessToken { token, .. } => one(name, token.expose_secret()),
        Secrets::Bearer { .. } | Secrets::Basic { .. } | Secrets::Header { .. } | Secrets::ConsumerKey { .. } => None,
    }
}

fn basic(username: &str, password: &SecretString) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{username}:{}", password.expose_secret()));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

fn one(name: HeaderName, value: &str) -> Option<HeaderMap> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(name, value);
    Some(headers)
}
