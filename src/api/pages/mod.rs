//! Pages for people: the documentation reader, the error pages and the demo storefront. Everything is compiled in and
//! nothing is loaded from elsewhere, so a strict content security policy holds.

pub(super) mod demo;
pub(super) mod docs;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};

/// Scripts, styles and connections only from ourselves; no framing, no plug-ins, no inline code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page that shows AnythingLLM's widget, which writes styles into the page.
const POLICY_WITH_WIDGET: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                                  img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'none'; \
                                  base-uri 'none'; frame-ancestors 'none'";

/// A file that is part of the program.
#[derive(Debug, Clone, Copy)]
struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

fn find<'a>(assets: &'a [Asset], name: &str) -> Option<&'a Asset> {
    assets.iter().find(|asset| asset.name == name)
}

fn asset(asset: &Asset) -> Response {
    respond(asset.media_type, asset.text.to_owned(), "public, max-age=300")
}

fn html(text: String) -> Response {
    respond("text/html; charset=utf-8", text, "no-cache")
}

fn html_with_widget(text: String) -> Response {
    let mut response = html(text);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY_WITH_WIDGET));
    response
}

fn respond(media_type: &'static str, text: String, caching: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), text).into_response()
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
