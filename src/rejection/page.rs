//! A refusal as a page, and the way to the login: what the console shows when it cannot show what was asked for. Also
//! what protects every page of the console in the browser.

use super::{Rejection, ShopperLanguage};
use crate::domain::cookie;
use crate::domain::ids::RequestId;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use maud::{DOCTYPE, html};
use url::{Url, form_urlencoded};

pub(super) const HTML: &str = "text/html; charset=utf-8";

/// The cookie that says in which language the console speaks, once it was chosen.
pub const LANGUAGE_COOKIE: &str = "vestibule_console_language";

/// Scripts, styles and connections only from ourselves, forms only to ourselves; no framing, no inline code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every page of the console. Its addresses are told to nobody else; with `no-referrer` browsers would
/// say of its own forms that they come from `null` (Fetch standard, "append a request Origin header").
pub fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        // The language is the browser's.
        (header::VARY, "Accept-Language, Cookie"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// English or German: what was chosen, or else what the browser prefers.
pub fn language(headers: &HeaderMap) -> ShopperLanguage {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    match cookie::value(cookies, LANGUAGE_COOKIE) {
        Some("de") => ShopperLanguage::German,
        Some("en") => ShopperLanguage::English,
        _ if ShopperLanguage::of(headers) == ShopperLanguage::German => ShopperLanguage::German,
        _ => ShopperLanguage::English,
    }
}

/// Where somebody was when a page of the console was refused for want of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// For this page, by its path and query.
    Page(String),
    /// A form was sent, and nothing came of it; from this page, where the browser says so.
    Form(Option<String>),
}

impl Asked {
    /// What a request asked for: `place` is its path and query.
    pub fn of(method: &Method, place: String, headers: &HeaderMap) -> Self {
        if *method == Method::GET { Self::Page(place) } else { Self::Form(own_page(headers)) }
    }
}

/// The page that a form was on, by its path and query: the login, which gets it, leads to pages of this host only.
fn own_page(headers: &HeaderMap) -> Option<String> {
    let referrer = Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    let path = referrer.path();
    let place = referrer.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    Some(place).filter(|place| place.starts_with("/console"))
}

/// The longest place that is worth coming back to, in bytes: each of them takes up to three in an address, and browsers
/// and proxies have an end to those.
const LONGEST_PLACE: usize = 2000;

/// To the login, and back from there to where somebody was.
pub fn to_login(asked: &Asked, code: &'static str) -> Response<Bytes> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let (page, was_form) = match asked {
        Asked::Page(page) => (Some(page), false),
        Asked::Form(page) => (page.as_ref(), true),
    };
    query.extend_pairs(
        page.filter(|page| *page != "/console" && page.len() <= LONGEST_PLACE).map(|page| ("next", page)),
    );
    if was_form {
        query.append_pair("unsent", "yes");
    }
    let query = query.finish();
    let place = if query.is_empty() { "/console/login".into() } else { format!("/console/login?{query}") };
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    protect(headers);
    headers
        .insert(header::LOCATION, HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/console/login")));
    response.extensions_mut().insert(super::RejectionCode(code));
    response
}

/// A page that says what was refused, and under which id to look for it.
pub(super) fn of(rejection: &Rejection, language: ShopperLanguage, request_id: &RequestId) -> Vec<u8> {
    let german = language == ShopperLanguage::German;
    let title = if german { german_title(rejection.status()) } else { rejection.kind().title() };
    let (id, back) = if german { ("Anfrage", "Zur Konsole") } else { ("Request", "To the console") };
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Vestibule" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/console/assets/console.css";
            }
            body.plain {
                main #main {
                    h1 { (title) }
                    p { (rejection.said(language)) }
                    @if matches!(rejection, Rejection::BodyTooLarge { .. }) { p { (kept_by_browser(german)) } }
                    p.quiet { (id) " " code { (request_id.as_str()) } " · " code { (rejection.code()) } }
                    p { a href="/console" { (back) } }
                }
            }
        }
    };
    page.into_string().into_bytes()
}

/// What was typed was not read to its end, so it cannot be shown again here.
const fn kept_by_browser(german: bool) -> &'static str {
    if german {
        "Ihr Browser hat noch, was Sie getippt haben: Gehen Sie eine Seite zurück und kürzen Sie es."
    } else {
        "Your browser still has what you typed: go back one page, and shorten it."
    }
}

fn german_title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 413 | 415 | 422 | 431 => "So geht es nicht",
        403 => "Nicht erlaubt",
        404 | 405 => "Nicht gefunden",
        409 | 412 | 428 => "Inzwischen geändert",
        429 => "Zu viele Anfragen",
        502..=504 => "Zurzeit nicht erreichbar",
        _ => "Das hat nicht geklappt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_login_leads_back_and_nowhere_else() {
        let place =
            |asked| to_login(&asked, "unauthenticated").headers()[header::LOCATION].to_str().unwrap().to_owned();
        let page = |text: &str| Asked::Page(text.into());
        assert_eq!(place(page("/console")), "/console/login");
        assert_eq!(place(page("/console/keys?q=a&b")), "/console/login?next=%2Fconsole%2Fkeys%3Fq%3Da%26b");
        assert_eq!(
            place(page(&format!("/console?{}", "'".repeat(9000)))),
            "/console/login",
            "no longer than what came"
        );
        let form = |referrer: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(referrer) = referrer {
                headers.insert(header::REFERER, referrer.parse().unwrap());
            }
            place(Asked::of(&Method::POST, "/console/keys/1/revoke".into(), &headers))
        };
        assert_eq!(form(None), "/console/login?unsent=yes");
        assert_eq!(form(Some("https://a.example/other")), "/console/login?unsent=yes");
        assert_eq!(
            form(Some("https://a.example/console/keys/1")),
            "/console/login?next=%2Fconsole%2Fkeys%2F1&unsent=yes"
        );
    }

    #[test]
    fn a_refusal_is_said_in_german() {
        let german = |rejection: Rejection| {
            let page = of(&rejection, ShopperLanguage::German, &RequestId::stored("r".into()));
            String::from_utf8(page).unwrap()
        };
        let page = german(Rejection::NotFound("There is no such page in the console."));
        assert!(page.contains("Diese Seite gibt es in der Konsole nicht.") && !page.contains("There is"), "{page}");
        let page = german(Rejection::Forbidden("x"));
        assert!(page.contains("Das dürfen Sie nicht."), "{page}");
    }

    #[test]
    fn words_of_a_refusal_are_text() {
        let rejection = Rejection::InvalidBody("<script>".into());
        let page = of(&rejection, ShopperLanguage::English, &RequestId::stored("<b>".into()));
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("&lt;script&gt;") && page.contains("&lt;b&gt;") && !page.contains("<script"), "{page}");
    }
}
