//! What is below `/console` and is no page.

use crate::api::response::Refusal;
use crate::rejection::Rejection;
use axum::response::Response;

/// Says so: on the admin listener it would otherwise be AnythingLLM's to answer.
pub(crate) async fn show() -> Result<Response, Refusal> {
    Err(Refusal(Rejection::NotFound("There is no such page in the console.")))
}
