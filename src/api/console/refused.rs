//! Pages that tell of a refusal in words of their own: what is recorded of the request is the refusal all the same.

use crate::rejection::{Code, RejectionCode};
use axum::response::Response;

/// The page as the refusal of this code.
pub(super) fn as_refusal(mut page: Response, code: &'static str) -> Response {
    page.extensions_mut().insert(RejectionCode(code));
    page
}

/// The page of a form with faults.
pub(super) fn with_faults(page: Response) -> Response {
    as_refusal(page, Code::ValidationFailed.as_str())
}
