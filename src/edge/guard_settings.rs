//! What guards the head of a request on each connection of a listener.

use crate::domain::ids::RequestId;
use crate::edge::record::Recorder;
use crate::rejection::{ErrorShape, Rejection, ShopperLanguage};
use bytes::BytesMut;
use std::time::Duration;

/// What a connection needs to guard and to refuse.
#[derive(Debug)]
pub(super) struct GuardSettings {
    /// Largest head, in bytes.
    pub(super) max_header_bytes: usize,
    /// Time for a whole head, from its first byte.
    pub(super) header_time: Duration,
    /// Time to the first byte.
    pub(super) idle_time: Duration,
    /// Address of the documentation, for problem types.
    pub(super) docs: String,
    /// Told about every head that is refused here.
    pub(super) recorder: Recorder,
}

impl GuardSettings {
    /// A refusal as it goes over the wire, where pingora has no request that it could answer.
    pub(super) fn written(&self, rejection: &Rejection, id: &RequestId) -> BytesMut {
        let response = rejection.response(ErrorShape::Problem, &self.docs, ShopperLanguage::default(), id);
        let mut answer = BytesMut::with_capacity(1024);
        let status = response.status();
        answer.extend_from_slice(
            format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or("")).as_bytes(),
        );
        for (name, value) in response.headers() {
            answer.extend_from_slice(name.as_str().as_bytes());
            answer.extend_from_slice(b": ");
            answer.extend_from_slice(value.as_bytes());
            answer.extend_from_slice(b"\r\n");
        }
        let rest =
            format!("x-request-id: {id}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", response.body().len());
        answer.extend_from_slice(rest.as_bytes());
        answer.extend_from_slice(response.body());
        answer
    }
}
