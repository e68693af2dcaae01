//! What all forms of a chat have in common: the visitor's limit, the place for a stream, the conversation, and the one
//! call to AnythingLLM.

use crate::anythingllm::{BrokenOff, ChatCall, ChatEvent, ChatStream, Client, OnBehalf, UpstreamError};
use crate::api::ApiState;
use crate::api::chat::charge::{Charge, Stopped};
use crate::api::chat::exchange::Recording;
use crate::api::chat::first::{First, GivenAgain};
use crate::api::chat::offers::{self, Offers};
use crate::api::response::OrReject as _;
use crate::conversations::told_earlier::{self, Earlier};
use crate::conversations::told_offers;
use crate::domain::access::Reached;
use crate::domain::conversation::{ChatSessionId, UpstreamSession};
use crate::domain::ids::{RequestId, TenantId, WorkspaceId};
use crate::domain::key::KeyKind;
use crate::domain::message;
use crate::domain::nul::{NO_NUL, has_nul};
use crate::domain::usage::TokenUsage;
use crate::domain::usage::unfinished::{Charged, TextDigest, UnfinishedAnswer};
use crate::domain::workspace::ChatMode;
use crate::gate::{Admitted, Asking};
use crate::limits::StreamSlot;
use crate::rejection::{Code, FieldError, Rejection};
use crate::telemetry::RequestFacts;
use crate::unfinished::UnfinishedAnswers;
use chrono::{DateTime, Utc};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// The text of an answer waits so long for the search that is asked beside it, at most.
const SEARCH: Duration = Duration::from_secs(3);

/// A question whose parts have been checked.
#[derive(Debug)]
pub(in crate::api) struct Question {
    pub(in crate::api) workspace: Reached,
    pub(in crate::api) session: ChatSessionId,
    /// Whether the client chose the session id.
    pub(in crate::api) session_named: bool,
    /// The client's name for the visitor.
    pub(in crate::api) visitor: Option<String>,
    /// The language of the page, as it names it.
    pub(in crate::api) locale: Option<String>,
    pub(in crate::api) mode: ChatMode,
    /// As the client sent it; defused on its way out.
    pub(in crate::api) message: String,
    /// What the client says was said before; the oldest first.
    pub(in crate::api) earlier: Vec<Earlier>,
}

/// A running answer, with the place it takes among the key's streams. Dropping it stops the generation and frees the
/// place.
#[derive(Debug)]
pub(in crate::api) struct Asked {
    stream: ChatStream,
    /// What finds out what the answer took, should it break off; none for one that is given again.
    unfinished: Option<Unfinished>,
    charge: Option<Charge>,
    /// What the products cost that the question may be about.
    offers: Offers,
    workspace: WorkspaceId,
    recording: Recording,
    _place: Option<StreamSlot>,
}

/// An answer that may break off.
#[derive(Debug)]
struct Unfinished {
    answers: UnfinishedAnswers,
    facts: Arc<RequestFacts>,
    tenant: TenantId,
    upstream_slug: String,
    session: UpstreamSession,
    /// What was asked, with what was told before it.
    question: String,
    asked_at: DateTime<Utc>,
    request_id: RequestId,
}

/// What [`ask`] can refuse.
pub(in crate::api) const ASKING: &[Code] = &[
    Code::TooManyStreams,
    Code::QuotaExceeded,
    Code::RateLimited,
    Code::NotFound,
    Code::UpstreamUnavailable,
    Code::UpstreamError,
    Code::UpstreamContract,
    Code::UpstreamTimeout,
];

/// Asks AnythingLLM. Returns with the head of its answer, so that what goes wrong before it has a status of its own.
///
/// # Errors
/// 429 for the visitor or the streams of the key, 502 to 504 for AnythingLLM, 503 without PostgreSQL.
pub(in crate::api) async fn ask(
    state: &ApiState,
    admitted: &Admitted,
    question: &Question,
    told: Told,
) -> Result<Asked, Rejection> {
    if let Some(visitor) = &question.visitor {
        admitted.facts().set_visitor(visitor);
    }
    // The place first: it gives itself back, so that no refusal uses up what another limit counts.
    let place = admitted.open_stream(question.visitor.as_deref()).await?;
    let mut charge = Charge::take(state, admitted, question).await?;
    if let Some(asking) = limited_as(admitted, question) {
        admitted.limit_visitor(asking).await?;
    }
    let workspace = &question.workspace;
    let visitor = admitted.facts().visitor();
    let first = First::of(state, admitted, question).await;
    let mut begun = None;
    if let Some(first) = &first {
        if let Some(again) = Box::pin(first.given_again(state, admitted, question)).await? {
            let GivenAgain { stream, offers, conversation } = again;
            if let Some(charge) = &mut charge {
                charge.begun_for_nothing();
            }
            let (workspace, recording) = (workspace.id, Recording::of(state, admitted, question, &conversation).await);
            return Ok(Asked { stream, unfinished: None, charge, offers, workspace, recording, _place: place });
        }
        begun = Box::pin(state.conversations.begin(workspace, &question.session, visitor)).await.or_reject(admitted)?;
    }
    // Where it has not just begun it may be no first question.
    let first = first.filter(|_| begun.is_some()).map(|first| first.noted_as_new(admitted));
    let conversation = match begun {
        Some(conversation) => Ok(conversation),
        None if question.session_named => state.conversations.open(workspace, &question.session, visitor).await,
        None => state.conversations.open_new(workspace, &question.session, visitor).await,
    };
    let conversation = conversation.or_reject(admitted)?;
    let mut recording = Recording::of(state, admitted, question, &conversation).await;
    let upstream = &conversation.upstream;
    let with_opening =
        state.conversations.with_opening(workspace, upstream, &question.message).await.or_reject(admitted)?;
    let request = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let with_earlier = told_earlier::before(&question.earlier, &question.message);
    let said = with_opening.as_deref().or(with_earlier.as_deref()).unwrap_or(&question.message);
    let looked = Box::pin(offers::find(state, workspace, &question.message, request)).await;
    let with_offers = looked.offers.map(|offers| told_offers::before(&offers, said));
    let said = with_offers.as_deref().unwrap_or(said);
    let asked_at = state.ambient.now();
    let call = ChatCall {
        message: &message::defuse(said),
        mode: question.mode,
        session: upstream,
        within: Duration::from_secs(workspace.settings.max_stream_secs.into()),
    };
    let stream = state.client.stream_chat(&workspace.upstream_slug, call, request).await.or_reject(admitted);
    let stream = stream.inspect_err(|rejection| recording.failed(rejection.code()))?;
    let mut stream = stream.counted_elsewhere();
    state.unfinished.begins(workspace.tenant, workspace.id);
    let unfinished = Unfinished {
        answers: state.unfinished.clone(),
        facts: Arc::clone(admitted.facts()),
        tenant: workspace.tenant,
        upstream_slug: workspace.upstream_slug.clone(),
        session: upstream.clone(),
        question: said.to_owned(),
        asked_at,
        request_id: admitted.request_id().clone(),
    };
    if question.mode == ChatMode::Query {
        stream = stream.refusing(state.conversations.refusal(workspace).await);
        stream = match (told, looked.finds_related) {
            (Told::AsItComes, _) if !state.chat.check_passages => stream,
            (Told::AsItComes, Some(true)) => stream,
            (Told::AtTheEnd, _) | (Told::AsItComes, Some(false)) => stream.held(),
            (Told::AsItComes, None) => {
                stream.held_if(suspicious(state.client.clone(), workspace, &question.message, admitted))
            }
        };
    }
    if with_opening.is_some() {
        stream = stream.watched(state.conversations.opening_told(workspace, upstream));
    } else if let Some(first) = first {
        stream = first.watch(stream);
    }
    state.usage.record_message(workspace.tenant, conversation.id, state.ambient.now());
    if let Some(charge) = &mut charge {
        charge.begun();
    }
    let (offers, workspace) = (looked.by_product, workspace.id);
    Ok(Asked { stream, unfinished: Some(unfinished), charge, offers, workspace, recording, _place: place })
}

/// When an answer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Told {
    /// While it is being written.
    AsItComes,
    /// When it is complete.
    AtTheEnd,
}

/// Whether AnythingLLM would answer from passages that have nothing to do with the question, by asking its search.
/// Begins once AnythingLLM has begun with the answer, so it is known before the model has said anything, as a rule. When
/// it cannot be known, the answer is taken for what it says it is.
fn suspicious(
    client: Client,
    workspace: &Reached,
    question: &str,
    admitted: &Admitted,
) -> impl Future<Output = bool> + Send + use<> {
    let (slug, question) = (workspace.upstream_slug.clone(), question.to_owned());
    let request_id = admitted.request_id().clone();
    async move {
        // The answer is waited for at the same time, so this waiting is not added up.
        let facts = Arc::new(RequestFacts::default());
        let on_behalf = OnBehalf { request_id: &request_id, facts: &facts };
        match timeout(SEARCH, client.finds_only_unrelated(&slug, &question, on_behalf)).await {
            Ok(Ok(only_unrelated)) => only_unrelated,
            Ok(Err(error)) => {
                tracing::debug!(%error, request_id = request_id.as_str(), "passages could not be checked");
                false
            }
            Err(_) => false,
        }
    }
}

/// Why an answer does not come to its end.
#[derive(Debug)]
pub(in crate::api) enum Broken {
    Upstream(UpstreamError),
    Stopped(Stopped),
}

impl Broken {
    pub(in crate::api) fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::Upstream(error) => error.to_rejection(request_id),
            Self::Stopped(stopped) => stopped.to_rejection(request_id),
        }
    }

    /// What the client is told, in a word.
    fn code(&self) -> &'static str {
        match self {
            Self::Upstream(error) => error.rejection().code(),
            Self::Stopped(Stopped::Quota { .. }) => Code::QuotaExceeded.as_str(),
            Self::Stopped(Stopped::Storage(_)) => Code::ServiceUnavailable.as_str(),
        }
    }
}

impl Asked {
    /// The id that the client knows the answer by.
    pub(in crate::api) fn told_as(&mut self, id: Uuid) {
        self.recording.told_as(id);
    }

    /// The next event; `None` after the last one. After an error there is none.
    pub(in crate::api) async fn next(&mut self) -> Option<Result<ChatEvent, Broken>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// See [`Self::next`].
    pub(in crate::api) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatEvent, Broken>>> {
        if let Some(charge) = &mut self.charge
            && let Err(stopped) = ready!(charge.poll_go_on(cx))
        {
            let broken = Broken::Stopped(stopped);
            self.recording.failed(broken.code());
            return Poll::Ready(Some(Err(broken)));
        }
        let event = ready!(self.stream.poll_next(cx));
        Poll::Ready(event.map(|event| match event {
            Ok(mut event) => {
                if let (Some(charge), ChatEvent::Delta { text, .. }) = (&mut self.charge, &event) {
                    charge.count(text);
                }
                if let ChatEvent::Sources(sources) = &mut event {
                    offers::tell(sources, &self.offers, self.workspace);
                }
                if let (Some(unfinished), ChatEvent::Done(usage)) = (&self.unfinished, &event)
                    && let Some(prompt) = usage.prompt_tokens
                {
                    unfinished.answers.learn(self.workspace, prompt);
                }
                self.recording.see(&event);
                Ok(event)
            }
            Err(error) => {
                if let Some(charge) = &mut self.charge {
                    charge.failed();
                }
                let broken = Broken::Upstream(error);
                self.recording.failed(broken.code());
                Err(broken)
            }
        }))
    }

    /// The answer is complete: what it cost is settled before its end is told.
    pub(in crate::api) fn done(&mut self) {
        self.hand_over();
        self.charge = None;
    }

    /// An answer that has broken off is recorded with an estimate; what it took is found out elsewhere.
    fn hand_over(&mut self) {
        let Some((seen, unfinished)) = self.stream.broken_off().zip(self.unfinished.take()) else { return };
        let estimate = unfinished.answers.estimate(self.workspace, &seen);
        unfinished.facts.set_unfinished(estimate);
        let charged = self.charge.as_mut().and_then(Charge::settle);
        unfinished.hand_over(&seen, charged, estimate);
    }
}

impl Unfinished {
    fn hand_over(self, seen: &BrokenOff, charged: Option<Charged>, estimate: Option<TokenUsage>) {
        // Whatever was admitted has one.
        let Some((event, at)) = self.facts.event() else { return };
        let answer = UnfinishedAnswer {
            event,
            at,
            tenant: self.tenant,
            upstream_slug: self.upstream_slug,
            session: self.session,
            question: TextDigest::of(&self.question),
            beginning: TextDigest::of(seen.beginning.trim_start()),
            asked_at: self.asked_at,
            request_id: self.request_id,
            charged,
        };
        self.answers.count(answer, estimate);
    }
}

impl Drop for Asked {
    /// Before the charge is settled.
    fn drop(&mut self) {
        self.hand_over();
    }
}

/// Who the visitor's limit counts, where the gate has not counted it by a visitor token: the visitor, else the session.
/// A page that names neither would begin anew with every question, so its address stands in; a shop's back end speaks
/// for all its customers from one address.
fn limited_as<'a>(admitted: &Admitted, question: &'a Question) -> Option<Asking<'a>> {
    if admitted.principal().visitor().is_some() {
        return None;
    }
    if let Some(visitor) = &question.visitor {
        return Some(Asking::Named(visitor));
    }
    if question.session_named {
        return Some(Asking::Session(question.session.as_str()));
    }
    let key = admitted.principal().key()?;
    (key.kind == KeyKind::Publishable).then_some(Asking::Unnamed)
}

/// Checks a message against its workspace's length.
///
/// # Errors
/// What is wrong with it.
pub(in crate::api) fn valid_message(text: &str, max_chars: u32) -> Result<(), FieldError> {
    if text.trim().is_empty() {
        return Err(FieldError::new("message", "too_short", "must not be empty"));
    }
    if has_nul(text) {
        return Err(FieldError::new("message", "format", NO_NUL));
    }
    let allowed = usize::try_from(max_chars).unwrap_or(usize::MAX);
    // A character is one byte at least, so most messages need not be counted.
    if text.len() > allowed && message::normalised_length(text) > allowed {
        return Err(FieldError::new("message", "too_long", format!("at most {max_chars} characters")));
    }
    Ok(())
}
