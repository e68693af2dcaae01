//! Texts at addresses that programs know: what this API is (`llms.txt`), and where to report a fault of it
//! (`security.txt`, RFC 9116).

use crate::api::ApiState;
use crate::api::fixed::Fixed;
use crate::config;
use crate::rejection::Rejection;
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, header};
use std::fmt::Write as _;

const TEXT: &str = "text/plain; charset=utf-8";
const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// What programs that read for a model need to know.
pub(in crate::api) fn llms(state: &ApiState, asked: &HeaderMap) -> Response {
    let text = include_str!("assets/llms.txt").replace("{base}", &state.docs);
    Fixed::new(text, &[(header::CONTENT_TYPE, MARKDOWN), (header::CACHE_CONTROL, "public, max-age=300")]).answer(asked)
}

/// Whom to tell of a fault.
///
/// # Errors
/// `not_found` where nobody has said it, and once it has expired: it must not be relied on then (RFC 9116, 2.5.5).
pub(in crate::api) fn security(state: &ApiState, asked: &HeaderMap) -> Result<Response, Rejection> {
    const NONE: Rejection = Rejection::NotFound("Nobody has said here whom to tell.");
    let text = security_txt(&state.security_txt, &state.docs, state.ambient.now()).ok_or(NONE)?;
    let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok(Fixed::new(text, &headers).answer(asked))
}

fn security_txt(settings: &config::SecurityTxt, base: &str, now: DateTime<Utc>) -> Option<String> {
    let expires = DateTime::parse_from_rfc3339(&settings.expires).ok()?.with_timezone(&Utc);
    if settings.contact.is_empty() || expires <= now {
        return None;
    }
    let mut text = String::new();
    for contact in settings.contact.split(',').map(str::trim).filter(|contact| !contact.is_empty()) {
        let _ = writeln!(text, "Contact: {contact}");
    }
    let _ = writeln!(text, "Expires: {}", expires.to_rfc3339_opts(SecondsFormat::Secs, true));
    let _ = writeln!(text, "Canonical: {base}/.well-known/security.txt");
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_until_it_expires() {
        let settings =
            |contact: &str, expires: &str| config::SecurityTxt { contact: contact.into(), expires: expires.into() };
        let told = |settings: &config::SecurityTxt, now: &str| {
            security_txt(settings, "https://chat.example", now.parse().unwrap())
        };
        let good = settings("mailto:security@shop.example, https://shop.example/security", "2027-01-01T00:00:00+01:00");
        assert_eq!(
            told(&good, "2026-12-31T22:59:59Z").as_deref(),
            Some(
                "Contact: mailto:security@shop.example\nContact: https://shop.example/security\n\
                 Expires: 2026-12-31T23:00:00Z\nCanonical: https://chat.example/.well-known/security.txt\n"
            )
        );
        assert_eq!(told(&good, "2026-12-31T23:00:00Z"), None);
        assert_eq!(told(&settings("", "2027-01-01T00:00:00Z"), "2026-01-01T00:00:00Z"), None);
        assert_eq!(told(&settings("mailto:x@y.example", ""), "2026-01-01T00:00:00Z"), None);
    }
}
