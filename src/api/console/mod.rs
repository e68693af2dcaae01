//! `/console`: pages for a shop's staff, rendered here, over the same services that the API's handlers call.
//!
//! Every page works without scripts; what a script adds is said by attributes in the page. Nothing is loaded from
//! elsewhere, and nothing stands in a page that was not escaped: pages are made by `maud` only. Handlers get who is
//! asking as [`visit::Visit`] and what was sent as [`form::Form`], which exists only if a page of ours for this session
//! has sent it. They hold no rules: what may be done and whether it is right is decided by the services.

pub(crate) mod assets;
pub(crate) mod assistant;
pub(crate) mod audit;
mod behalf;
pub(crate) mod catalogue;
mod chart;
mod form;
pub(crate) mod inbox;
pub(crate) mod keys;
mod layout;
mod locale;
pub(crate) mod missing;
pub(crate) mod new_workspace;
pub(crate) mod overview;
mod parts;
pub(crate) mod people;
pub(crate) mod playground;
pub(crate) mod privacy;
mod refused;
pub(crate) mod session;
pub(crate) mod system;
mod texts;
pub(crate) mod usage;
mod visit;
pub(crate) mod webhooks;

use crate::api::ApiBody;
use crate::gate::Admitted;
use crate::people::ConsoleSessions;
use axum::response::Response;
use http::{HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};

/// Gives the browser what takes the place of its cookie, where the session was refreshed on the way.
pub(super) fn renewed(mut response: Response, admitted: &Admitted) -> Response {
    if let Some(cookie) = admitted.renewed().and_then(|cookie| session_cookie(cookie, admitted.is_tls())) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What a browser keeps of a session, until it is closed: not for scripts, not for other sites, and over TLS never
/// without it.
fn session_cookie(cookie: &SecretString, is_tls: bool) -> Option<HeaderValue> {
    let name = ConsoleSessions::cookie(is_tls);
    let text = format!("{name}={}{}", cookie.expose_secret(), attributes(is_tls));
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The attributes of all cookies of the console.
const fn attributes(is_tls: bool) -> &'static str {
    if is_tls { "; Path=/; HttpOnly; SameSite=Strict; Secure" } else { "; Path=/; HttpOnly; SameSite=Strict" }
}

/// A page made of bytes, with what protects it in the browser.
fn page(status: http::StatusCode, html: String) -> Response {
    let mut response = Response::new(ApiBody::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    crate::rejection::page::protect(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// A part of a page, for the script that keeps it fresh.
fn fragment(body: maud::Markup) -> Response {
    page(http::StatusCode::OK, body.into_string())
}
