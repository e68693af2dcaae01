//! Style and scripts of the console. Their names hold a hash of what is in them, so that browsers keep them for ever
//! and get others with the next release.

use crate::api::admitted::Gated;
use crate::api::fixed::Fixed;
use crate::api::precondition::body_tag;
use crate::api::response::Refusal;
use crate::gate::Admitted;
use crate::rejection::Rejection;
use axum::response::Response;
use http::{HeaderMap, HeaderName, header};
use std::collections::HashMap;
use std::sync::LazyLock;

const CSS: &str =
    concat!(include_str!("assets/console.css"), include_str!("assets/pages.css"), include_str!("assets/forms.css"));
const SCRIPT: &str = concat!(include_str!("assets/console.js"), include_str!("assets/live.js"));
/// For refusals, which are rendered where this room is not known.
const PLAIN_CSS: &str = "console.css";

const FOR_EVER: &str = "public, max-age=31536000, immutable";

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| name("console", "css", CSS));
static SCRIPT_NAME: LazyLock<String> = LazyLock::new(|| name("console", "js", SCRIPT));
static FILES: LazyLock<HashMap<&'static str, Fixed>> = LazyLock::new(|| {
    HashMap::from([
        (STYLE_NAME.as_str(), file(CSS, "text/css; charset=utf-8", FOR_EVER)),
        (SCRIPT_NAME.as_str(), file(SCRIPT, "text/javascript; charset=utf-8", FOR_EVER)),
        (PLAIN_CSS, file(CSS, "text/css; charset=utf-8", "no-cache")),
    ])
});

/// Where the style is.
pub(super) fn style() -> String {
    format!("/console/assets/{}", *STYLE_NAME)
}

/// Where the script is.
pub(super) fn script() -> String {
    format!("/console/assets/{}", *SCRIPT_NAME)
}

/// A file of the console.
///
/// # Errors
/// `not_found`
pub(crate) async fn show(Gated(admitted): Gated, asked: HeaderMap) -> Result<Response, Refusal> {
    found(&admitted, &asked).ok_or(Refusal(Rejection::NotFound("There is no such file.")))
}

fn found(admitted: &Admitted, asked: &HeaderMap) -> Option<Response> {
    FILES.get(admitted.param("file")?).map(|file| file.answer(asked))
}

fn name(stem: &str, extension: &str, text: &str) -> String {
    let tag = body_tag(text.as_bytes());
    let hash = tag.trim_matches('"').get(..12).unwrap_or_default();
    format!("{stem}.{hash}.{extension}")
}

fn file(text: &'static str, media_type: &'static str, caching: &'static str) -> Fixed {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    Fixed::new(text, &headers)
}
