//! Where in the headers a credential stands.

use crate::crypto::refresh_token;
use crate::domain::key::looks_like_a_key;
use crate::rejection::Rejection;
use crate::tokens::AccessClaims;
use crate::tokens::VisitorClaims;
use crate::tokens::is_of_type;
use http::{HeaderMap, HeaderName, header};

/// The header a widget may send its publishable key in.
pub const WIDGET_KEY_HEADER: &str = "x-widget-key";

/// Whether a request header of this name carries a credential.
pub fn carries_a_credential(name: &HeaderName) -> bool {
    *name == header::AUTHORIZATION || *name == header::COOKIE || name.as_str() == WIDGET_KEY_HEADER
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Sent<'a> {
    pub(super) text: &'a str,
    /// In `Authorization`, rather than in the widget's header, which is for keys only.
    pub(super) is_bearer: bool,
}

/// Whether the text is, by its form, a key or token of ours rather than of AnythingLLM's. They look like ours also when
/// they are worth nothing.
pub fn looks_like_ours(text: &str) -> bool {
    looks_like_a_key(text)
        || text.starts_with(refresh_token::PREFIX)
        || is_of_type::<AccessClaims>(text)
        || is_of_type::<VisitorClaims>(text)
}

/// Whether any header carries a credential that is, by its form, ours.
pub fn carries_our_credential(headers: &HeaderMap) -> bool {
    headers.contains_key(WIDGET_KEY_HEADER)
        || headers
            .get_all(header::AUTHORIZATION)
            .iter()
            .any(|value| value.to_str().is_ok_and(|text| text.split_whitespace().any(looks_like_ours)))
}

/// The one credential in the headers. Two are refused, or a proxy in front and we could mean different ones.
///
/// # Errors
/// `bad_request`, `invalid_token`
pub(super) fn in_headers(headers: &HeaderMap) -> Result<Option<Sent<'_>>, Rejection> {
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
        let text = value.to_str().map_err(|_| Rejection::InvalidToken("The key has characters no key has."))?;
        return Ok(Some(Sent { text: text.trim(), is_bearer: false }));
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
        text => Ok(Some(Sent { text, is_bearer: true })),
    }
}
