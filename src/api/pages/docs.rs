//! The documentation a running gateway serves: a reader of its OpenAPI document and one page for each error code, which
//! the `type` of a problem points to.

use super::{Asset, asset as serve, find, html};
use crate::rejection::{Code, Rejection};
use axum::response::Response;

const INDEX: &str = include_str!("assets/docs.html");
const ASSETS: [Asset; 2] = [
    Asset { name: "docs.js", media_type: "text/javascript; charset=utf-8", text: include_str!("assets/docs.js") },
    Asset { name: "docs.css", media_type: "text/css; charset=utf-8", text: include_str!("assets/docs.css") },
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
    let known = Code::of(code).ok_or(Rejection::NotFound("There is no such error code."))?;
    let markdown = known.page();
    let mut body = String::with_capacity(markdown.len() * 2);
    pulldown_cmark::html::push_html(&mut body, pulldown_cmark::Parser::new(markdown));
    Ok(html(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{code}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/docs/assets/docs.css\">\
         </head><body class=\"page\"><main>{body}<p><a href=\"/docs\">All endpoints</a></p></main></body></html>\n",
        code = known.as_str()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

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
