//! The events of `POST /api/v1/chat`: `start`, `delta`, `sources`, `done`, `error`.

use super::live::{Render, Ticket, put_json, put_text};
use crate::anythingllm::{ChatEvent, Kind};
use crate::api::chat::ask::Question;
use crate::api::chat::handover::Handover;
use crate::api::views::{SourceView, UsageView};
use crate::domain::access::Reached;
use crate::domain::conversation::ChatSessionId;
use crate::rejection::{ErrorShape, Rejection, ShopperLanguage};
use bytes::BytesMut;
use serde::Serialize;
use uuid::Uuid;

/// Renders them.
#[derive(Debug)]
pub(in crate::api) struct Events {
    session: ChatSessionId,
    workspace: Reached,
    refused: bool,
    /// Text of an answer has been told.
    told: bool,
    handover: Handover,
}

#[derive(Serialize)]
struct Start<'a> {
    id: Uuid,
    session_id: &'a str,
    workspace: &'a str,
}

#[derive(Serialize)]
struct Sources<'a> {
    sources: Vec<SourceView<'a>>,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Done<'a> {
    usage: UsageView<'a>,
    refused: bool,
    /// A refusal is the shop's own sentence.
    ai_generated: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cached: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    handover: bool,
}

impl Events {
    pub(in crate::api) fn new(question: &Question, handover: Handover) -> Self {
        let (session, workspace) = (question.session.clone(), question.workspace.clone());
        Self { session, workspace, refused: false, told: false, handover }
    }
}

impl Render for Events {
    fn begin(&mut self, ticket: &Ticket, out: &mut BytesMut) {
        let (session_id, workspace) = (self.session.as_str(), self.workspace.slug.as_str());
        put(out, b"event: start\ndata: ", &Start { id: ticket.id, session_id, workspace });
    }

    fn event(&mut self, event: ChatEvent, out: &mut BytesMut) {
        match event {
            ChatEvent::Delta { text, kind: Kind::Answer } => {
                self.told = true;
                put_delta(out, &text, b"}\n\n");
            }
            ChatEvent::Delta { text, kind: Kind::Reasoning } => {
                put_delta(out, &text, b",\"kind\":\"reasoning\"}\n\n");
            }
            ChatEvent::Refusal { text } => {
                self.refused = true;
                // What was told before cannot be taken back.
                let text = if self.told { format!("\n\n{text}") } else { text };
                put_delta(out, &text, b"}\n\n");
            }
            ChatEvent::Sources(sources) => {
                let sources = sources.iter().map(SourceView::from).collect();
                put(out, b"event: sources\ndata: ", &Sources { sources });
            }
            ChatEvent::Done(usage) => {
                put(
                    out,
                    b"event: done\ndata: ",
                    &Done {
                        usage: (&usage).into(),
                        refused: self.refused,
                        ai_generated: !self.refused,
                        cached: usage.cached,
                        handover: self.handover.is_offered(self.refused),
                    },
                );
            }
        }
    }

    fn failure(&mut self, rejection: &Rejection, ticket: &Ticket, out: &mut BytesMut) {
        let language = ShopperLanguage::default();
        out.extend_from_slice(&rejection.last_event(ErrorShape::Problem, &ticket.docs, language, &ticket.request_id));
    }
}

/// A piece of text, which there are a hundred of for one of anything else: written without a writer of JSON.
fn put_delta(out: &mut BytesMut, text: &str, end: &[u8]) {
    out.extend_from_slice(b"event: delta\ndata: {\"text\":");
    put_text(out, text);
    out.extend_from_slice(end);
}

/// JSON has no line ends of its own, so one line of data holds it.
fn put(out: &mut BytesMut, head: &[u8], data: &impl Serialize) {
    out.extend_from_slice(head);
    put_json(out, data);
    out.extend_from_slice(b"\n\n");
}
