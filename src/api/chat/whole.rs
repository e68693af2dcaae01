//! The answer as one JSON document. A failure at any point is an ordinary error answer, also one that AnythingLLM tells
//! with status 200.

use super::live::Ticket;
use crate::anythingllm::{ChatEvent, Kind, Source, Usage};
use crate::api::chat::ask::{Asked, Question};
use crate::api::chat::handover::Handover;
use crate::api::views::{SourceView, UsageView};
use crate::domain::ids::RequestId;
use crate::domain::workspace::ChatMode;
use crate::rejection::Rejection;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct ChatAnswer<'a> {
    /// Id of this answer.
    id: Uuid,
    /// Names the conversation; send it with the next question.
    #[schema(example = "order-4711")]
    session_id: &'a str,
    /// Slug of the workspace that answered.
    #[schema(example = "demo-shop")]
    workspace: &'a str,
    /// How the answer was found.
    mode: ChatMode,
    /// The answer, without the model's reasoning. Words of a model: show them as text, not as markup.
    #[schema(example = "You can return unused goods within 30 days of delivery.")]
    answer: String,
    /// `query` mode found nothing relevant: `answer` is the workspace's sentence for that.
    refused: bool,
    /// A model has written `answer`. False for a refusal, which is the shop's own sentence.
    #[schema(example = true)]
    ai_generated: bool,
    /// There and true if the answer is one that was kept: no model was asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    cached: bool,
    /// There and true if a person is to be offered, as the workspace is set.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    handover: bool,
    /// What the answer rests on.
    sources: Vec<SourceView<'a>>,
    /// What it took.
    usage: UsageView<'a>,
    /// When the question arrived.
    #[serde(serialize_with = "to_the_second")]
    created_at: DateTime<Utc>,
}

/// An answer that has come to its end, before it is rendered.
#[derive(Debug, Default)]
pub(in crate::api) struct WholeAnswer {
    /// Without the model's reasoning.
    pub(in crate::api) text: String,
    pub(in crate::api) refused: bool,
    pub(in crate::api) sources: Vec<Source>,
    pub(in crate::api) usage: Usage,
}

impl WholeAnswer {
    /// Reads the stream to its end.
    ///
    /// # Errors
    /// 502 to 504 if the answer does not come to its end, 429 if the key's last token was used before.
    pub(in crate::api) async fn read(mut asked: Asked, request_id: &RequestId) -> Result<Self, Rejection> {
        let mut whole = Self::default();
        while let Some(event) = asked.next().await {
            match event.map_err(|broken| broken.to_rejection(request_id))? {
                ChatEvent::Delta { text, kind: Kind::Answer } => whole.text.push_str(&text),
                ChatEvent::Delta { kind: Kind::Reasoning, .. } => {}
                ChatEvent::Refusal { text } => {
                    whole.refused = true;
                    whole.text = text;
                }
                ChatEvent::Sources(found) => whole.sources = found,
                ChatEvent::Done(account) => whole.usage = account,
            }
        }
        Ok(whole)
    }
}

/// Reads the stream to its end and renders it.
///
/// # Errors
/// As [`WholeAnswer::read`].
pub(super) async fn collect(
    mut asked: Asked,
    ticket: &Ticket,
    question: &Question,
    handover: Handover,
) -> Result<Vec<u8>, Rejection> {
    asked.told_as(ticket.id);
    let WholeAnswer { text: answer, refused, sources, usage } = WholeAnswer::read(asked, &ticket.request_id).await?;
    let answer = ChatAnswer {
        id: ticket.id,
        session_id: question.session.as_str(),
        workspace: &question.workspace.slug,
        mode: question.mode,
        answer,
        refused,
        ai_generated: !refused,
        cached: usage.cached,
        handover: handover.is_offered(refused),
        sources: sources.iter().map(SourceView::from).collect(),
        usage: (&usage).into(),
        created_at: ticket.created_at,
    };
    serde_json::to_vec(&answer).map_err(|_| Rejection::Internal)
}

/// RFC 3339 with a `Z`.
fn to_the_second<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
