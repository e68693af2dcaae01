//! What a handler can refuse, as it says in its `#[utoipa::path]` beside what it takes and answers:
//!
//! ```text
//! extensions(("x-refusals" = json!(any_of(&[RESOLVING, &[Code::Conflict]])))),
//! ```
//!
//! What the edge and the gate refuse for a row need not be said, nor what reading a described body can: `openapi` adds
//! it. The tests fail when an answer has a code that the document does not tell of.

use crate::rejection::Code;

/// Where a handler says it.
pub(super) const EXTENSION: &str = "x-refusals";

/// The codes of all parts.
pub(super) fn any_of(parts: &[&[Code]]) -> Vec<Code> {
    parts.concat()
}
