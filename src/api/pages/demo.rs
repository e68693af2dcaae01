//! The demo storefront, served at `/demo` only when `demo.enabled` is set. It talks to the real API with the configured
//! publishable key, like any shop's page.

use super::{Assets, SCRIPT, STYLE, assets, escape, html_with_widget};
use crate::config;
use crate::rejection::Rejection;
use axum::response::Response;
use http::HeaderMap;
use std::sync::LazyLock;

const PAGE: &str = include_str!("assets/demo.html");
static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    assets(&[("demo.js", SCRIPT, include_str!("assets/demo.js")), ("demo.css", STYLE, include_str!("assets/demo.css"))])
});
const OFF: Rejection = Rejection::NotFound("There is nothing at this path.");

/// The storefront.
///
/// # Errors
/// `not_found` when the demo is off.
pub(in crate::api) fn page(demo: &config::Demo) -> Result<Response, Rejection> {
    if !demo.enabled {
        return Err(OFF);
    }
    Ok(html_with_widget(PAGE.replace("{{publishable_key}}", &escape(&demo.publishable_key))))
}

/// A file of the storefront.
///
/// # Errors
/// `not_found`, also when the demo is off.
pub(in crate::api) fn asset(demo: &config::Demo, file: &str, asked: &HeaderMap) -> Result<Response, Rejection> {
    ASSETS.get(file).filter(|_| demo.enabled).map(|asset| asset.answer(asked)).ok_or(OFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn the_page_exists_only_when_switched_on() {
        let on = config::Demo { enabled: true, publishable_key: "vst_pk_test_x".into() };
        let off = config::Demo { enabled: false, ..on.clone() };
        assert_eq!(page(&on).unwrap().status(), StatusCode::OK);
        let asked = HeaderMap::new();
        for file in ["demo.js", "demo.css"] {
            assert_eq!(asset(&on, file, &asked).unwrap().status(), StatusCode::OK);
        }
        page(&off).unwrap_err();
        asset(&off, "demo.js", &asked).unwrap_err();
        asset(&on, "../docs.js", &asked).unwrap_err();
    }
}
