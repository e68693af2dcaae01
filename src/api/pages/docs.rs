//! The documentation a running gateway serves: a reader of its OpenAPI document and one page for each error code, which
//! the `type` of a problem points to.

use super::{Assets, SCRIPT, STYLE, assets, html};
use crate::api::fixed::Fixed;
use crate::rejection::{Code, Rejection};
use axum::response::Response;
use http::HeaderMap;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::HashMap;
use std::sync::LazyLock;

static INDEX: LazyLock<Fixed> = LazyLock::new(|| html(include_str!("assets/docs.html")));
static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    assets(&[
        ("docs.js", SCRIPT, include_str!("assets/docs.js")),
        ("docs-markup.js", SCRIPT, include_str!("assets/docs-markup.js")),
        ("docs-operation.js", SCRIPT, include_str!("assets/docs-operation.js")),
        ("docs-schema.js", SCRIPT, include_str!("assets/docs-schema.js")),
        ("docs-try.js", SCRIPT, include_str!("assets/docs-try.js")),
        ("docs.css", STYLE, include_str!("assets/docs.css")),
    ])
});
static ERRORS: LazyLock<HashMap<Code, Fixed>> =
    LazyLock::new(|| Code::ALL.iter().map(|code| (*code, error_page(*code))).collect());

/// The reader.
pub(in crate::api) fn index(asked: &HeaderMap) -> Response {
    INDEX.answer(asked)
}

/// A file of the reader.
///
/// # Errors
/// `not_found`
pub(in crate::api) fn asset(file: &str, asked: &HeaderMap) -> Result<Response, Rejection> {
    ASSETS.get(file).map(|asset| asset.answer(asked)).ok_or(Rejection::NotFound("There is no such file."))
}

/// The page of an error code.
///
/// # Errors
/// `not_found`
pub(in crate::api) fn error(code: &str, asked: &HeaderMap) -> Result<Response, Rejection> {
    let page = Code::of(code).and_then(|code| ERRORS.get(&code));
    page.map(|page| page.answer(asked)).ok_or(Rejection::NotFound("There is no such error code."))
}

fn error_page(code: Code) -> Fixed {
    let markdown = code.page();
    let mut body = String::with_capacity(markdown.len() * 2);
    pulldown_cmark::html::push_html(&mut body, Parser::new(markdown).filter(stays_here()));
    html(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{code}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/docs/assets/docs.css\">\
         </head><body class=\"page\"><main>{body}<p><a href=\"/docs\">All endpoints</a></p></main></body></html>\n",
        code = code.as_str()
    ))
}

/// Of a link to a page of the repository, which is not served, only the words stay.
fn stays_here() -> impl FnMut(&Event<'_>) -> bool {
    let mut leaves = false;
    move |event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            leaves = dest_url.starts_with("../");
            !leaves
        }
        Event::End(TagEnd::Link) => !std::mem::take(&mut leaves),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_links_to_what_is_not_served() {
        for code in Code::ALL {
            let mut page = String::new();
            pulldown_cmark::html::push_html(&mut page, Parser::new(code.page()).filter(stays_here()));
            assert!(!page.contains("href=\"../"), "{code:?}");
            assert_eq!(page.matches("<a ").count(), page.matches("</a>").count(), "{code:?}");
        }
    }

    #[test]
    fn every_page_is_about_its_code() {
        for code in Code::ALL {
            let head = format!("`{}`, HTTP {}", code.as_str(), code.status().as_u16());
            assert!(code.page().contains(&head), "{head}");
        }
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors")).unwrap();
        let pages = files.filter(|file| file.as_ref().unwrap().file_name() != "README.md").count();
        assert_eq!(pages, Code::ALL.len());
    }
}
