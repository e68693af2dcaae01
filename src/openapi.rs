//! The OpenAPI 3.1 document.
/// x
pub fn document_json() -> &'static str { "{}" }
