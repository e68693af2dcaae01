//! The events of `POST /api/v1/chat`: `start`, `delta`, `sources`, `done`, `error`.

use super::live::{Render, Ticket, put_json, put_text};
use crate::anythingllm::{ChatEvent, Kind};
use crate::api::chat::ask::Question;
use crate::api::chat::handover::Handover;
use crate::api::openapi::errors::Problem;
use crate::api::views::{SourceView, UsageView};
use crate::domain::access::Reached;
use crate::domain::conversation::ChatSessionId;
use crate::rejection::{ErrorShape, Rejection, ShopperLanguage};
use bytes::BytesMut;
use serde::Serialize;
use utoipa::ToSchema;
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

/// An event of a streamed answer, by its name and what its `data` holds.
#[derive(ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[schema(as = ChatStreamEvent)]
#[expect(dead_code, reason = "the schema of what is written below")]
pub(super) enum EventSchema<'a> {
    Start(Start<'a>),
    Delta(Delta),
    Sources(Sources<'a>),
    Done(Done<'a>),
    Error(Problem),
}

/// Once, first.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatStart)]
pub(super) struct Start<'a> {
    /// Id of this answer.
    id: Uuid,
    /// Names the conversation; send it with the next question.
    session_id: &'a str,
    /// Slug of the workspace that answers.
    workspace: &'a str,
}

/// A piece of the answer.
#[derive(ToSchema)]
#[schema(as = ChatDelta)]
#[expect(dead_code, reason = "the schema of what `put_delta` writes")]
pub(super) struct Delta {
    /// To be put behind what came before.
    text: String,
    /// The model thinks aloud: `text` is not of the answer.
    #[schema(inline, nullable = false)]
    kind: Option<DeltaKind>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of what `put_delta` writes")]
pub(super) enum DeltaKind {
    Reasoning,
}

/// At most once.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatSources)]
pub(super) struct Sources<'a> {
    /// What the answer rests on.
    sources: Vec<SourceView<'a>>,
}

/// Once, last, if all went well.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatDone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Done<'a> {
    /// What it took.
    usage: UsageView<'a>,
    /// `query` mode found nothing relevant: the last text is the workspace's sentence for that.
    refused: bool,
    /// A model has written it. False for a refusal, which is the shop's own sentence.
    ai_generated: bool,
    /// There and true if the answer is one that was kept: no model was asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    cached: bool,
    /// There and true if a person is to be offered, as the workspace is set.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
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
