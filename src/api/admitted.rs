//! The gate's result as an extractor.

use crate::api::response::Refusal;
use crate::gate::Admitted;
use crate::rejection::Rejection;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::sync::Arc;

/// Proof that the gate has let the request through. A handler that is called without it answers `internal`: that a
/// request reached it by another way must never look like permission.
#[derive(Debug)]
pub(crate) struct Gated(pub(crate) Arc<Admitted>);

impl<S: Sync> FromRequestParts<S> for Gated {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let admitted = parts.extensions.get::<Arc<Admitted>>();
        admitted.map(|admitted| Self(Arc::clone(admitted))).ok_or(Refusal(Rejection::Internal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_that_did_not_pass_the_gate_is_not_answered() {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        let refusal = Gated::from_request_parts(&mut parts, &()).await.unwrap_err();
        assert_eq!(refusal.0, Rejection::Internal);
    }
}
