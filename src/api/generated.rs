//! The machine-readable mark of what a model has written (Regulation (EU) 2024/1689, article 50(2)): a response header,
//! and the field `ai_generated` where an answer stands. See docs/ai-act.md.

use axum::response::Response;
use http::{HeaderName, HeaderValue};

/// As in draft-abaris-aicdh: a structured field that says how what is sent came about.
const HEADER: HeaderName = HeaderName::from_static("ai-disclosure");

/// Marks an answer that holds a model's words.
pub(super) fn marked(mut response: Response) -> Response {
    response.headers_mut().insert(HEADER, HeaderValue::from_static("mode=ai-originated"));
    response
}
