//! Pages for people: the documentation reader, the error pages and the demo storefront. Everything is compiled in and
//! nothing is loaded from elsewhere, so a strict content security policy holds.

pub(super) mod demo;
pub(super) mod docs;
pub(super) mod texts;

use crate::api::fixed::Fixed;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use std::collections::HashMap;

/// Scripts, styles and connections only from ourselves; no framing, no plug-ins, no inline code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page that may show AnythingLLM's widget, which writes styles into the page; ours does not.
const POLICY_WITH_WIDGET: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                                  img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'none'; \
                                  base-uri 'none'; frame-ancestors 'none'";

/// Files that are part of the program, by name.
type Assets = HashMap<&'static str, Fixed>;

/// From name, media type and text of each.
fn assets(files: &[(&'static str, &'static str, &'static str)]) -> Assets {
    let fixed = |media_type, text| Fixed::new(text, &head(media_type, "public, max-age=300"));
    files.iter().map(|(name, media_type, text)| (*name, fixed(media_type, *text))).collect()
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// A page that is the same for everybody.
fn html(text: impl Into<Bytes>) -> Fixed {
    Fixed::new(text, &head(HTML, "no-cache"))
}

/// A page that may show AnythingLLM's widget, with something of this gateway's in it.
fn html_with_widget(text: String) -> Response {
    let headers = head(HTML, "no-cache").map(|(name, value)| (name, HeaderValue::from_static(value)));
    let mut response = (headers, text).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY_WITH_WIDGET));
    response
}

fn head(media_type: &'static str, caching: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ]
}

/// Text for an HTML element or a double-quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_values_stays_text() {
        assert_eq!(escape(r#"<a href="x" title='y'>&"#), "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
    }
}
