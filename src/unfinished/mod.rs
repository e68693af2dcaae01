//! What answers took that broke off: because the client left, AnythingLLM was cut off, or the drain time was over.
//!
//! Such an answer is recorded at once with an estimate. AnythingLLM stores it with its figures and tells them to nobody
//! (`pg/chats_after_client_left`), so they are read from its history, off the request path, and a correction is recorded.
//! So many answers are looked for at the same time, and so many wait; no answer is looked for longer than some seconds.
//! Those of a process that was killed meanwhile are looked for by whoever takes over its spool. Where nothing is found,
//! the estimate stands. Must not see words of shoppers: texts are known by their digests.

mod matching;
mod prompts;

use crate::anythingllm::{BrokenOff, Client, OnBehalf, UpstreamError};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::usage::TokenUsage;
use crate::domain::usage::unfinished::UnfinishedAnswer;
use crate::storage::{Database, UsageRecorder, UsageWriter};
use crate::telemetry::RequestFacts;
use crate::telemetry::metrics::Metrics;
use prompts::LongestPrompts;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

/// Pauses before the history is read: AnythingLLM stores the answer once it sees that nobody reads it.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1500), Duration::from_secs(4)];
/// Pairs of question and answer that are read: others may have been stored in the conversation meanwhile.
const PAIRS: usize = 4;
/// Histories that are read at the same time.
const AT_ONCE: usize = 8;
/// Answers that wait for that at most; of further ones the estimate stands.
const WAITING: usize = 1_000;
/// At the end of the process each answer is looked for once more, for so long at most.
const LAST_LOOK: Duration = Duration::from_secs(3);

/// Finds out what they took. Clones share their places.
#[derive(Debug, Clone)]
pub struct UnfinishedAnswers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    database: Database,
    usage: UsageRecorder,
    metrics: Arc<Metrics>,
    prompts: LongestPrompts,
    waiting: Arc<Semaphore>,
    reading: Semaphore,
    tasks: TaskTracker,
    phase: watch::Sender<Phase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// The process ends: one more look.
    Ending,
    /// None any more.
    Over,
}

impl UnfinishedAnswers {
    pub fn new(client: Client, database: Database, usage: UsageRecorder, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Inner {
            client,
            database,
            usage,
            metrics,
            prompts: LongestPrompts::default(),
            waiting: Arc::new(Semaphore::new(WAITING)),
            reading: Semaphore::new(AT_ONCE),
            tasks: TaskTracker::new(),
            phase: watch::Sender::new(Phase::Running),
        }))
    }

    /// An answer of the workspace begins. Looks up, once in a while and without anybody having to wait, what prompts took
    /// before this process began, and on other replicas.
    pub fn begins(&self, tenant: TenantId, workspace: WorkspaceId) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.0.prompts.is_due(workspace, Instant::now()) {
            return;
        }
        let inner = Arc::clone(&self.0);
        runtime.spawn(async move {
            match inner.database.quotas().longest_prompt(tenant, workspace).await {
                Ok(prompt) => prompt.into_iter().for_each(|prompt| inner.prompts.learn(workspace, prompt)),
                // The next look is soon enough: estimates are corrected.
                Err(error) => tracing::debug!(%error, "how long prompts were could not be looked up"),
            }
        });
    }

    /// An answer of the workspace took this prompt: what others are estimated by.
    pub fn learn(&self, workspace: WorkspaceId, prompt: u64) {
        self.0.prompts.learn(workspace, prompt);
    }

    /// What an answer may have taken. Of one that was not seen to begin nothing is known.
    pub fn estimate(&self, workspace: WorkspaceId, seen: &BrokenOff) -> Option<TokenUsage> {
        let prompt = || u32::try_from(self.0.prompts.of(workspace)).unwrap_or(u32::MAX);
        (seen.pieces > 0).then(|| TokenUsage { prompt: prompt(), completion: seen.pieces, estimated: true })
    }

    /// Finds out what the answer took, of which this estimate is recorded, and corrects it. Returns at once.
    pub fn count(&self, answer: UnfinishedAnswer, estimate: Option<TokenUsage>) {
        let place = Arc::clone(&self.0.waiting).try_acquire_owned();
        let (Ok(runtime), Ok(place)) = (tokio::runtime::Handle::try_current(), place) else {
            return self.0.show(estimate);
        };
        self.0.usage.record_unfinished(answer.clone());
        self.begin(answer, estimate, place, &runtime);
    }

    /// Finds out what those answers took that processes left which were killed. Never returns where there is a spool.
    pub async fn take_over(&self, usage: &UsageWriter) {
        let runtime = tokio::runtime::Handle::current();
        while let Some(answer) = usage.left_unfinished().await {
            let Ok(place) = Arc::clone(&self.0.waiting).acquire_owned().await else { return };
            self.begin(answer, None, place, &runtime);
        }
    }

    fn begin(
        &self,
        answer: UnfinishedAnswer,
        estimate: Option<TokenUsage>,
        place: OwnedSemaphorePermit,
        runtime: &tokio::runtime::Handle,
    ) {
        let inner = Arc::clone(&self.0);
        let mut phase = self.0.phase.subscribe();
        self.0.tasks.spawn_on(
            async move {
                let _place = place;
                let found = tokio::select! {
                    found = inner.find_out(&answer) => found,
                    _ = phase.wait_for(|phase| *phase == Phase::Over) => None,
                };
                if let Some(tokens) = found {
                    inner.usage.record_correction(answer.took(tokens));
                }
                inner.show(found.or(estimate));
            },
            runtime,
        );
    }

    /// The process ends: whoever is still looked for is found within some seconds, or not. No answer breaks off any more.
    pub async fn end(&self) {
        self.0.phase.send_replace(Phase::Ending);
        self.0.tasks.close();
        if tokio::time::timeout(LAST_LOOK, self.0.tasks.wait()).await.is_err() {
            self.0.phase.send_replace(Phase::Over);
            self.0.tasks.wait().await;
        }
    }
}

impl Inner {
    async fn find_out(&self, answer: &UnfinishedAnswer) -> Option<TokenUsage> {
        let mut phase = self.phase.subscribe();
        for pause in PAUSES {
            let ending = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                _ = phase.wait_for(|phase| *phase > Phase::Running) => true,
            };
            match self.look(answer).await {
                Ok(Some(tokens)) => return Some(tokens),
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, request_id = answer.request_id.as_str(), "a history could not be read");
                }
            }
            if ending {
                break;
            }
        }
        tracing::debug!(request_id = answer.request_id.as_str(), "what an answer took that broke off stays estimated");
        None
    }

    async fn look(&self, answer: &UnfinishedAnswer) -> Result<Option<TokenUsage>, UpstreamError> {
        let Ok(_place) = self.reading.acquire().await else { return Ok(None) };
        let facts = Arc::new(RequestFacts::default());
        let on_behalf = OnBehalf { request_id: &answer.request_id, facts: &facts };
        let history = self.client.history(&answer.upstream_slug, &answer.session, PAIRS, on_behalf).await?;
        Ok(matching::tokens_of(answer, &history))
    }

    /// In the metrics, which only grow: once it is known.
    fn show(&self, tokens: Option<TokenUsage>) {
        if let Some(tokens) = tokens {
            self.metrics.count_tokens(tokens);
        }
    }
}
