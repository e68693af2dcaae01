//! What answers took that broke off: because the client left, AnythingLLM was cut off, or the drain time was over.
//!
//! AnythingLLM stores such an answer with its figures and tells them to nobody (`pg/chats_after_client_left`), so they
//! are read from its history, off the request path. Whoever records the usage and settles the quota is told once: the
//! figures, or an estimate if they cannot be had ([`crate::telemetry::Counting`]). So many answers are looked for at the
//! same time, and so many wait; no answer is looked for longer than some seconds.

mod matching;

use crate::anythingllm::{BrokenOff, Client, OnBehalf, UpstreamError};
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::{RequestId, TenantId, WorkspaceId};
use crate::domain::quota::LEAST_PROMPT;
use crate::domain::usage::TokenUsage;
use crate::storage::Database;
use crate::telemetry::{Counting, RequestFacts};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

/// Pauses before the history is read: AnythingLLM stores the answer once it sees that nobody reads it.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1500), Duration::from_secs(4)];
/// Pairs of question and answer that are read: others may have been stored in the conversation meanwhile.
const PAIRS: usize = 4;
/// Histories that are read at the same time.
const AT_ONCE: usize = 8;
/// Answers that wait for that at most; further ones are estimated at once.
const WAITING: usize = 1_000;
/// At the end of the process each answer is looked for once more, for so long at most.
const LAST_LOOK: Duration = Duration::from_secs(3);

/// An answer that broke off.
#[derive(Debug)]
pub struct UnfinishedAnswer {
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    /// The workspace's name in AnythingLLM.
    pub upstream_slug: String,
    pub session: UpstreamSession,
    /// What was asked, with what was told before it.
    pub question: String,
    pub asked_at: DateTime<Utc>,
    pub request_id: RequestId,
    pub seen: BrokenOff,
}

/// Finds out what they took. Clones share their places.
#[derive(Debug, Clone)]
pub struct UnfinishedAnswers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    database: Database,
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
    pub fn new(client: Client, database: Database) -> Self {
        Self(Arc::new(Inner {
            client,
            database,
            waiting: Arc::new(Semaphore::new(WAITING)),
            reading: Semaphore::new(AT_ONCE),
            tasks: TaskTracker::new(),
            phase: watch::Sender::new(Phase::Running),
        }))
    }

    /// Finds out what the answer took and says it. Returns at once.
    pub fn count(&self, answer: UnfinishedAnswer, mut counting: Counting) {
        counting.say(answer.estimate(LEAST_PROMPT));
        let runtime = tokio::runtime::Handle::try_current();
        let place = Arc::clone(&self.0.waiting).try_acquire_owned();
        let (Ok(runtime), Ok(place)) = (runtime, place) else { return };
        let inner = Arc::clone(&self.0);
        let mut phase = self.0.phase.subscribe();
        self.0.tasks.spawn_on(
            async move {
                let _place = place;
                tokio::select! {
                    () = inner.find_out(&answer, &mut counting) => {}
                    _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
                }
            },
            &runtime,
        );
    }

    /// The process ends: whoever still waits is told within some seconds. No answer breaks off any more.
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
    async fn find_out(&self, answer: &UnfinishedAnswer, counting: &mut Counting) {
        let mut phase = self.phase.subscribe();
        for pause in PAUSES {
            let ending = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                _ = phase.wait_for(|phase| *phase > Phase::Running) => true,
            };
            match self.look(answer).await {
                Ok(Some(tokens)) => return counting.say(Some(tokens)),
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, request_id = answer.request_id.as_str(), "a history could not be read");
                }
            }
            if ending {
                break;
            }
        }
        tracing::debug!(request_id = answer.request_id.as_str(), "what an answer took that broke off is estimated");
        let longest = self.database.quotas().longest_prompt(answer.tenant, answer.workspace).await;
        if let Ok(Some(prompt)) = longest {
            counting.say(answer.estimate(prompt));
        }
    }

    async fn look(&self, answer: &UnfinishedAnswer) -> Result<Option<TokenUsage>, UpstreamError> {
        let Ok(_place) = self.reading.acquire().await else { return Ok(None) };
        let facts = Arc::new(RequestFacts::default());
        let on_behalf = OnBehalf { request_id: &answer.request_id, facts: &facts };
        let history = self.client.history(&answer.upstream_slug, &answer.session, PAIRS, on_behalf).await?;
        Ok(matching::tokens_of(answer, &history))
    }
}

impl UnfinishedAnswer {
    /// What it may have taken. Of one that was not seen to begin nothing is known.
    fn estimate(&self, prompt: u64) -> Option<TokenUsage> {
        let prompt = u32::try_from(prompt).unwrap_or(u32::MAX);
        let usage = TokenUsage { prompt, completion: self.seen.pieces, estimated: true };
        (self.seen.pieces > 0).then_some(usage)
    }
}
