//! The documentation a running gateway serves: a reader of its OpenAPI document and one page for each error code, which
//! the `type` of a problem points to.

use super::{Asset, asset as serve, escape, find, html};
use crate::rejection::Rejection;
use axum::response::Response;

const INDEX: &str = include_str!("assets/docs.html");
const ASSETS: [Asset; 2] = [
    Asset { name: "docs.js", media_type: "text/javascript; charset=utf-8", text: include_str!("assets/docs.js") },
    Asset { name: "docs.css", media_type: "text/css; charset=utf-8", text: include_str!("assets/docs.css") },
];

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        /// The error pages, by code.
        const ERRORS: &[(&str, &str)] = &[$(($code, include_str!(concat!("../../../docs/errors/", $code, ".md")))),*];
    };
}

pages![
    "bad_request",
    "body_too_large",
    "conflict",
    "expired_token",
    "forbidden",
    "forbidden_ip",
    "forbidden_origin",
    "headers_too_large",
    "insufficient_scope",
    "internal",
    "invalid_body",
    "invalid_credentials",
    "invalid_token",
    "key_disabled",
    "key_expired",
    "key_revoked",
    "login_throttled",
    "method_not_allowed",
    "not_found",
    "precondition_failed",
    "precondition_required",
    "quota_exceeded",
    "rate_limited",
    "request_timeout",
    "service_unavailable",
    "too_many_streams",
    "unauthenticated",
    "unsupported_media_type",
    "upstream_contract",
    "upstream_error",
    "upstream_timeout",
    "upstream_unavailable",
    "validation_failed",
];

/// The reader.
pub(in crate::api) fn index() -> Response {
    html(INDEX.to_owned())
}

/// A file of the reader.
///
/// # Errors
/// `not_found`
pub(in crate::api) fn asset(file: &str) -> Result<Response, Rejection> {
    find(&ASSETS, file).map(serve).ok_or(Rejection::NotFound("There is no such file."))
}

/// The page of an error code.
///
/// # Errors
/// `not_found`
pub(in crate::api) fn error(code: &str) -> Result<Response, Rejection> {
    let (code, markdown) =
        ERRORS.iter().find(|(known, _)| *known == code).ok_or(Rejection::NotFound("There is no such error code."))?;
    let mut body = String::with_capacity(markdown.len() * 2);
    pulldown_cmark::html::push_html(&mut body, pulldown_cmark::Parser::new(markdown));
    Ok(html(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{code}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/docs/assets/docs.css\">\
         </head><body class=\"page\"><main>{body}<p><a href=\"/docs\">All endpoints</a></p></main></body></html>\n",
        code = escape(code)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::CODES;

    #[test]
    fn every_code_has_its_page_and_every_page_its_code() {
        let mut pages: Vec<&str> = ERRORS.iter().map(|(code, _)| *code).collect();
        let mut codes = CODES.to_vec();
        pages.sort_unstable();
        codes.sort_unstable();
        assert_eq!(pages, codes);
        for (code, text) in ERRORS {
            assert!(text.contains(&format!("`{code}`, HTTP ")), "{code}");
        }
    }
}
