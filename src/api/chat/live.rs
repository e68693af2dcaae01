//! An answer while it is being written: one body over one upstream stream, whatever the events look like.
//!
//! The hot path. Every event of AnythingLLM passes here once, in the task that writes to the client: no channel, no
//! task and no timer per event, and the buffer is the one the last event was written into, unless the client still
//! reads it.

use crate::anythingllm::{ChatEvent, Deadline};
use crate::api::chat::ask::Asked;
use crate::api::{ApiBody, ApiState, response};
use crate::domain::ids::RequestId;
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::telemetry::RequestFacts;
use crate::telemetry::metrics::Metrics;
use axum::response::Response;
use bytes::{BufMut as _, Bytes, BytesMut};
use chrono::{DateTime, Utc};
use http::{HeaderValue, header};
use http_body::{Body, Frame};
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// What the events of a small answer fit in, in bytes.
const BUFFER: usize = 1024;
/// No more than this is gathered before it is sent, in bytes.
const ENOUGH: usize = 16 * 1024;
/// A comment: readers of event streams pass over it (WHATWG HTML section 9.2.6).
const HEARTBEAT: &[u8] = b": \n\n";

/// What an answer is told by: its id and how it may fail.
#[derive(Debug)]
pub(in crate::api) struct Ticket {
    pub(in crate::api) id: Uuid,
    pub(in crate::api) created_at: DateTime<Utc>,
    pub(in crate::api) request_id: RequestId,
    pub(in crate::api) facts: Arc<RequestFacts>,
    pub(in crate::api) docs: Arc<str>,
    metrics: Arc<Metrics>,
    heartbeat: Duration,
}

impl Ticket {
    pub(in crate::api) fn new(state: &ApiState, admitted: &Admitted) -> Self {
        Self {
            id: state.ambient.uuid(),
            created_at: state.ambient.now(),
            request_id: admitted.request_id().clone(),
            facts: Arc::clone(admitted.facts()),
            docs: Arc::clone(&state.docs),
            metrics: Arc::clone(&state.metrics),
            heartbeat: Duration::from_secs(state.chat.heartbeat_seconds.max(1)),
        }
    }
}

/// How the events of an answer look.
pub(in crate::api) trait Render: Send + Unpin + 'static {
    /// What stands before everything else.
    fn begin(&mut self, ticket: &Ticket, out: &mut BytesMut);

    /// One event of the answer.
    fn event(&mut self, event: ChatEvent, out: &mut BytesMut);

    /// The answer has failed; nothing comes after this.
    fn failure(&mut self, rejection: &Rejection, ticket: &Ticket, out: &mut BytesMut);
}

/// The body of an answer that is being written. Dropping it stops the generation.
#[derive(Debug)]
pub(in crate::api) struct Live<R> {
    /// None once the answer is over: the place among the key's streams is free before the client has read it all.
    answer: Option<Asked>,
    renderer: R,
    ticket: Ticket,
    buffer: BytesMut,
    heartbeat: Deadline,
}

impl<R: Render> Live<R> {
    pub(in crate::api) fn new(mut answer: Asked, mut renderer: R, ticket: Ticket) -> Self {
        answer.told_as(ticket.id);
        let mut buffer = BytesMut::with_capacity(BUFFER);
        renderer.begin(&ticket, &mut buffer);
        let heartbeat = Deadline::new(Instant::now() + ticket.heartbeat);
        Self { answer: Some(answer), renderer, ticket, buffer, heartbeat }
    }

    pub(in crate::api) fn into_response(self) -> Response {
        let mut response = Response::new(ApiBody::new(self));
        // What else a stream says is the same for all of them: see `edge::hops`.
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        response
    }

    /// Renders what has arrived. Ready when the answer is over.
    fn poll_gather(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.buffer.len() < ENOUGH {
            let Some(answer) = &mut self.answer else { return Poll::Ready(()) };
            match answer.poll_next(cx) {
                Poll::Ready(Some(Ok(event))) => {
                    if matches!(event, ChatEvent::Done(_)) {
                        answer.done();
                        self.ticket.facts.set_answered();
                    }
                    self.renderer.event(event, &mut self.buffer);
                }
                Poll::Ready(Some(Err(error))) => {
                    let rejection = error.to_rejection(&self.ticket.request_id);
                    self.ticket.facts.set_stream_error(rejection.code());
                    self.ticket.facts.set_answered();
                    response::count(&rejection, &self.ticket.metrics);
                    self.renderer.failure(&rejection, &self.ticket, &mut self.buffer);
                    self.answer = None;
                }
                Poll::Ready(None) => self.answer = None,
                Poll::Pending => return Poll::Pending,
            }
        }
        // Not asked to the end, so nobody would wake this task: it comes again by itself once these bytes are written.
        Poll::Pending
    }
}

impl<R: Render> Body for Live<R> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let over = this.poll_gather(cx).is_ready();
        if this.buffer.is_empty() {
            if over {
                return Poll::Ready(None);
            }
            if this.heartbeat.poll_reached(cx).is_pending() {
                return Poll::Pending;
            }
            this.buffer.extend_from_slice(HEARTBEAT);
        }
        this.heartbeat.move_to(Instant::now() + this.ticket.heartbeat);
        Poll::Ready(Some(Ok(Frame::data(this.buffer.split().freeze()))))
    }

    fn is_end_stream(&self) -> bool {
        self.answer.is_none() && self.buffer.is_empty()
    }
}

/// Writes a text as a JSON string behind what is there. Nearly every piece of an answer stands for itself.
pub(in crate::api) fn put_text(out: &mut BytesMut, text: &str) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        return put_json(out, &text);
    }
    out.reserve(text.len() + 2);
    out.put_u8(b'"');
    out.put_slice(text.as_bytes());
    out.put_u8(b'"');
}

/// Writes JSON behind what is there. JSON of our own types into memory cannot fail.
pub(in crate::api) fn put_json(out: &mut BytesMut, value: &impl Serialize) {
    let _ = serde_json::to_writer(out.writer(), value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_is_the_string_that_serde_writes(text in prop_oneof![any::<String>(), "[ -~äß€😀\\x00-\\x1f]{0,40}"]) {
            let mut out = BytesMut::from("x");
            put_text(&mut out, &text);
            prop_assert_eq!(&out[1..], serde_json::to_vec(&text).unwrap());
        }
    }
}
