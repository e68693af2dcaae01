//! Pages that tell in words of their own of what was not done. What is recorded of a request that is refused so is the
//! refusal all the same.

use super::parts::Tone;
use super::texts::Done;
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

/// How it is told what was done: also that nothing was.
pub(super) const fn tone(done: Done) -> Tone {
    match done {
        Done::NotConfirmed
        | Done::LastMember
        | Done::NoFeed
        | Done::RunActive
        | Done::StoreFaulty
        | Done::StoreTooSoon => Tone::Warn,
        _ => Tone::Good,
    }
}
