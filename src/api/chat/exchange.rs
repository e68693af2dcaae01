//! What becomes of a question, gathered while its answer passes, for those who run the shop. Where the workspace keeps
//! no transcripts nothing of the words is copied; how it ended is noted in any case.
//!
//! It is in the spool before the end of the answer is told, as usage is, so that whoever has the answer can say what
//! they think of it.

use super::ask::Question;
use crate::anythingllm::source::web_address;
use crate::anythingllm::{ChatEvent, Kind, Source};
use crate::api::ApiState;
use crate::api::messages;
use crate::domain::conversation::UpstreamSession;
use crate::domain::exchange::{Exchange, ExchangeOutcome, ExchangeSource, Words};
use crate::domain::ids::ExchangeId;
use crate::gate::Admitted;
use crate::storage::{Conversation, UsageRecorder};
use crate::telemetry::RequestFacts;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// As much of an origin is kept, in characters, as of usage.
const ORIGIN_CHARS: usize = 300;

/// An exchange that is not over yet. Dropped before its end, it is one whose client left.
pub(super) struct Recording {
    /// None once it is recorded.
    exchange: Option<Box<Exchange>>,
    session: UpstreamSession,
    recorder: UsageRecorder,
    facts: Arc<RequestFacts>,
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}

impl Recording {
    /// Begins with the question. While nobody can say whether words are kept, none are.
    pub(super) async fn of(
        state: &ApiState,
        admitted: &Admitted,
        question: &Question,
        conversation: &Conversation,
    ) -> Self {
        let workspace = &question.workspace;
        let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.ok().flatten();
        let keeps = known.is_some_and(|known| known.content.settings.store_transcripts);
        let principal = admitted.principal();
        let exchange = Exchange {
            id: ExchangeId::new(&state.ambient),
            tenant: workspace.tenant,
            workspace: workspace.id,
            conversation: conversation.id.0,
            at: state.ambient.now(),
            outcome: ExchangeOutcome::Left,
            code: None,
            key: principal.key().map(|key| key.id),
            user: principal.user().map(|user| user.id).or_else(|| admitted.facts().asker()),
            origin: admitted.origin().map(|origin| origin.as_str().chars().take(ORIGIN_CHARS).collect()),
            locale: question.locale.clone(),
            cached: false,
            prompt_tokens: None,
            completion_tokens: None,
            history_tail: None,
            words: keeps.then(|| Words::asked(&question.message)),
        };
        let (session, recorder) = (conversation.upstream.clone(), state.usage.clone());
        let facts = Arc::clone(admitted.facts());
        Self { exchange: Some(Box::new(exchange)), session, recorder, facts }
    }

    /// The id that the client knows the answer by.
    pub(super) fn told_as(&mut self, id: Uuid) {
        if let Some(exchange) = &mut self.exchange {
            exchange.id = ExchangeId(id);
        }
    }

    /// The next event of the answer, before it is told.
    pub(super) fn see(&mut self, event: &ChatEvent) {
        let Some(exchange) = &mut self.exchange else { return };
        match event {
            ChatEvent::Delta { text, kind: Kind::Answer } => {
                if let Some(words) = &mut exchange.words {
                    words.say(text);
                }
            }
            ChatEvent::Delta { kind: Kind::Reasoning, .. } => {}
            ChatEvent::Refusal { text } => {
                exchange.outcome = ExchangeOutcome::Refused;
                self.facts.set_nothing_found();
                if let Some(words) = &mut exchange.words {
                    words.say_instead(text);
                }
            }
            ChatEvent::Sources(sources) => {
                if let Some(words) = &mut exchange.words {
                    words.rest_on(sources.iter().map(kept));
                }
            }
            ChatEvent::Done(usage) => {
                let small = |tokens: u64| u32::try_from(tokens).unwrap_or(u32::MAX);
                exchange.cached = usage.cached;
                exchange.prompt_tokens = usage.prompt_tokens.map(small);
                exchange.completion_tokens = usage.completion_tokens.map(small);
                exchange.history_tail = usage.chat_id.map(|chat| messages::answer_tail(&self.session, chat));
                let outcome = match exchange.outcome {
                    ExchangeOutcome::Refused => ExchangeOutcome::Refused,
                    _ => ExchangeOutcome::Answered,
                };
                self.record(outcome);
            }
        }
    }

    /// The answer does not come to its end.
    pub(super) fn failed(&mut self, code: &'static str) {
        if let Some(exchange) = &mut self.exchange {
            exchange.code = Some(code.to_owned());
        }
        self.record(ExchangeOutcome::Failed);
    }

    fn record(&mut self, outcome: ExchangeOutcome) {
        if let Some(exchange) = self.exchange.take() {
            self.recorder.record_exchange(Exchange { outcome, ..*exchange });
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.record(ExchangeOutcome::Left);
    }
}

fn kept(source: &Source) -> ExchangeSource {
    let url = source.url.as_deref().and_then(web_address);
    ExchangeSource::of(source.title.as_deref(), url.as_deref(), source.text.as_deref(), source.score)
}
