//! First questions whose answer is kept: given again at once, or watched so that it can be kept.

use super::ask::Question;
use super::offers::{self, Offers};
use crate::anythingllm::frames::Source;
use crate::anythingllm::{ChatEvent, ChatStream, KeptSource, Kind, Usage};
use crate::api::ApiState;
use crate::api::response::OrReject as _;
use crate::cache::{Edition, FirstAnswer, FirstAnswers, FirstQuestion};
use crate::conversations::{OPENING, Opening};
use crate::domain::clock::Ambient;
use crate::domain::usage::{CacheUse, TokenUsage};
use crate::domain::workspace::ChatMode;
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::storage::Conversation;
use std::sync::Arc;
use std::time::Duration;

/// About so many bytes are given at a time.
const PIECE: usize = 80;

/// A question whose answer may be kept.
pub(super) struct First {
    question: FirstQuestion,
    keep: Duration,
    answers: Arc<FirstAnswers>,
    ambient: Ambient,
}

/// A kept answer that is given again.
pub(super) struct GivenAgain {
    pub(super) stream: ChatStream,
    /// Of its sources, as of now.
    pub(super) offers: Offers,
    /// Just begun.
    pub(super) conversation: Conversation,
}

impl First {
    /// None where the workspace lets nothing be kept, where it is known not to be the first question of its conversation,
    /// and for people: what they may see is theirs. None, too, while the database cannot say so: a chat does not fail for
    /// it. Whether it is the first question is known once its conversation begins.
    pub(super) async fn of(state: &ApiState, admitted: &Admitted, question: &Question) -> Option<Self> {
        let is_first = question.mode == ChatMode::Query && question.earlier.is_empty();
        let key = admitted.principal().key().filter(|_| is_first)?;
        let workspace = &question.workspace;
        let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.ok()??;
        let settings = &known.content.settings;
        // Without transcripts there is no opening either.
        if settings.answer_cache_ttl_secs == 0 || !settings.store_transcripts {
            return None;
        }
        if question.session_named && state.conversations.knows(workspace, &question.session).await {
            return None;
        }
        let edition = Edition::from(&*known);
        Some(Self {
            question: FirstQuestion::new(edition, key.id, question.locale.as_deref(), &question.message),
            keep: Duration::from_secs(settings.answer_cache_ttl_secs.into()),
            answers: Arc::clone(&state.first_answers),
            ambient: state.ambient.clone(),
        })
    }

    /// The kept answer as a stream, with its conversation begun, and what its products cost today. That is one round trip
    /// to PostgreSQL, and one more where products are shown.
    ///
    /// # Errors
    /// 503 if PostgreSQL fails.
    pub(super) async fn given_again(
        &self,
        state: &ApiState,
        admitted: &Admitted,
        question: &Question,
    ) -> Result<Option<GivenAgain>, Rejection> {
        let facts = admitted.facts();
        let Some(answer) = self.answers.get(&self.question, self.keep).await else { return Ok(None) };
        let now = state.ambient.now();
        let opening = Opening {
            question: question.message.clone(),
            answer: answer.text.clone(),
            sources: answer.sources.clone(),
            said_at: now,
        };
        let workspace = &question.workspace;
        let begun = state.conversations.begin_with(workspace, &question.session, facts.visitor(), &opening).await;
        // None: something was said under this session id, and this is no first question; or the database is away.
        let Some(conversation) = begun.or_reject(admitted)? else { return Ok(None) };
        state.usage.record_message(workspace.tenant, conversation.id, now);
        facts.set_cache(CacheUse::Hit);
        facts.set_tokens(TokenUsage::default());
        let sources: Vec<Source> = answer.sources.iter().cloned().map(Source::from).collect();
        let offers = offers::of_sources(state, workspace, sources.iter()).await;
        let stream = ChatStream::given_again(events(&answer), Arc::clone(facts));
        Ok(Some(GivenAgain { stream, offers, conversation }))
    }

    /// It was the first question, and nothing is kept for it.
    pub(super) fn noted_as_new(self, admitted: &Admitted) -> Self {
        admitted.facts().set_cache(CacheUse::Miss);
        self
    }

    /// The same stream, whose answer is kept if it comes to its end and is no refusal.
    pub(super) fn watch(self, stream: ChatStream) -> ChatStream {
        let (mut text, mut found, mut refused) = (String::new(), Vec::new(), false);
        let mut first = Some(self);
        stream.watched(move |event| match event {
            ChatEvent::Delta { text: piece, kind: Kind::Answer } => text.push_str(piece),
            ChatEvent::Delta { kind: Kind::Reasoning, .. } => {}
            ChatEvent::Refusal { .. } => refused = true,
            ChatEvent::Sources(sources) => found = sources.iter().cloned().map(KeptSource::from).collect(),
            ChatEvent::Done(usage) => {
                let whole = first.take().filter(|_| !refused && !text.trim().is_empty());
                let Some((first, runtime)) = whole.zip(tokio::runtime::Handle::try_current().ok()) else { return };
                let answer = FirstAnswer {
                    text: std::mem::take(&mut text),
                    sources: std::mem::take(&mut found),
                    model: usage.model.clone(),
                    given_at: first.ambient.now(),
                };
                runtime.spawn(async move { first.answers.keep(first.question, answer, first.keep).await });
            }
        })
    }
}

fn events(answer: &FirstAnswer) -> Vec<ChatEvent> {
    let mut events = Vec::new();
    let mut rest = answer.text.as_str();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(PIECE));
        events.push(ChatEvent::Delta { text: piece.to_owned(), kind: Kind::Answer });
        rest = after;
    }
    if !answer.sources.is_empty() {
        events.push(ChatEvent::Sources(answer.sources.iter().cloned().map(Source::from).collect()));
    }
    let none = Some(0);
    events.push(ChatEvent::Done(Usage {
        prompt_tokens: none,
        completion_tokens: none,
        total_tokens: none,
        duration: Duration::ZERO,
        model: answer.model.clone(),
        cached: true,
        chat_id: Some(OPENING),
    }));
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_pieces_are_the_answer(text in "\\PC{0,400}") {
            let answer = FirstAnswer { text, sources: Vec::new(), model: None, given_at: DateTime::UNIX_EPOCH };
            let said: String = events(&answer)
                .into_iter()
                .filter_map(|event| if let ChatEvent::Delta { text, .. } = event { Some(text) } else { None })
                .collect();
            prop_assert_eq!(said, answer.text);
        }
    }
}
