//! Works on erasures, one after the other.

use super::upstream::{Account, NoAccount, empty};
use crate::anythingllm::{Client, UpstreamError};
use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::ids::RequestId;
use crate::storage::{ClaimedErasure, Database, StorageError, Whose};
use chrono::Days;
use futures_util::FutureExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Who holds an erasure says so this often, and has lost it when nothing was heard for so long.
const BEAT: Duration = Duration::from_secs(5);
const LEASE: Duration = Duration::from_secs(20);
/// Between two looks for work; a new order of this process is seen at once.
const POLL: Duration = Duration::from_secs(5);
/// Sessions that are emptied at the same time: AnythingLLM does one thing after the other, and others want it too.
const AT_ONCE: usize = 4;
/// Sessions that are asked of the database at once.
const PAGE: u16 = 100;
/// How often a session is tried before it is left, and the pauses between.
const TRIES: u16 = 3;
const PAUSE: Duration = Duration::from_millis(300);

/// A worker, not yet working.
#[derive(Debug, Clone)]
pub struct Worker {
    pub database: Database,
    pub client: Client,
    /// Days of usage that are kept.
    pub usage_days: u32,
    pub ambient: Ambient,
    pub work: Arc<Notify>,
    pub stop: watch::Receiver<bool>,
}

/// Why an erasure does not go on now. It is taken up again when its lease is over.
#[derive(Debug, thiserror::Error)]
enum Interrupted {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("AnythingLLM: {0}")]
    Upstream(UpstreamError),
    #[error(transparent)]
    Panicked(tokio::task::JoinError),
}

impl Worker {
    /// Works until told to stop. What is not finished then is taken up by another worker.
    pub async fn run(self) {
        let mut stop = self.stop.clone();
        let working = async {
            let mut told = false;
            loop {
                match self.round().await {
                    Ok(()) => told = false,
                    Err(error) if !told => {
                        tracing::warn!(%error, "erasures cannot be looked for now");
                        told = true;
                    }
                    Err(_) => {}
                }
                tokio::select! {
                    () = self.work.notified() => {}
                    () = sleep(POLL) => {}
                }
            }
        };
        tokio::select! {
            () = working => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn round(&self) -> Result<(), StorageError> {
        for tenant in self.database.tenants().ids().await? {
            while let Some(claimed) = self.database.erasures().claim_next(tenant, LEASE, &self.ambient).await? {
                let id = claimed.claim.id;
                tracing::info!(erasure = %id, "an erasure is worked on");
                match self.held(&claimed).await {
                    Ok(()) => tracing::info!(erasure = %id, "an erasure is finished"),
                    Err(error) => {
                        tracing::warn!(%error, erasure = %id, "an erasure was interrupted; it is taken up again");
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Works on it as long as it is held.
    ///
    /// Beats go beside the work, never instead of it: a step holds the row that a beat writes, and would wait for a beat
    /// that waits for it.
    async fn held(&self, claimed: &ClaimedErasure) -> Result<(), Interrupted> {
        let beating = async {
            loop {
                sleep(BEAT).await;
                self.database.erasures().beat(&claimed.claim, LEASE, self.ambient.now()).await?;
            }
        };
        tokio::select! {
            done = self.erase(claimed).boxed() => done,
            lost = beating => lost,
        }
    }

    async fn erase(&self, claimed: &ClaimedErasure) -> Result<(), Interrupted> {
        let ClaimedErasure { claim, erasure, .. } = claimed;
        let erasures = self.database.erasures();
        let (workspace, whose, at) = (erasure.workspace, &erasure.whose, erasure.made_at);
        while erasures.remove_conversations(claim, workspace, whose, at).await? > 0 {}
        erasures.take_sessions(claim, workspace, whose, at).await?;
        // Before AnythingLLM is asked: what is remembered here must not be told meanwhile.
        erasures.forget_kept_answers(claim, workspace).await?;
        let remaining = self.empty_sessions(claimed).await?;
        self.forget_visitors(claimed).await?;
        erasures.finish(claim, &remaining, &Author::system("privacy"), &self.ambient).await?;
        Ok(())
    }

    /// Empties all sessions. Says what is left, and why.
    async fn empty_sessions(&self, claimed: &ClaimedErasure) -> Result<Vec<String>, Interrupted> {
        let ClaimedErasure { claim, upstream_slug, .. } = claimed;
        let erasures = self.database.erasures();
        if erasures.list_sessions(claim, u16::MAX, 1).await?.is_empty() {
            return Ok(Vec::new());
        }
        let account = match Account::of(&self.client, claim.id, &self.ambient).await {
            Ok(account) => account,
            // Away or slow: it will be there again.
            Err(NoAccount::Upstream(error)) if error.is_passing() => return Err(Interrupted::Upstream(error)),
            Err(error) => {
                let left = erasures.count_sessions(claim).await?;
                return Ok(vec![format!("{left} conversations in AnythingLLM: {error}")]);
            }
        };
        let account = Arc::new(account);
        let emptied = self.empty_with(claimed, upstream_slug, &account).await;
        account.remove(&self.client).await;
        emptied?;
        let left = erasures.count_sessions(claim).await?;
        let why = || format!("{left} conversations in AnythingLLM: it did not let them be removed; order it again");
        Ok((left > 0).then(why).into_iter().collect())
    }

    async fn empty_with(
        &self,
        claimed: &ClaimedErasure,
        slug: &str,
        account: &Arc<Account>,
    ) -> Result<(), Interrupted> {
        let (claim, erasures) = (&claimed.claim, self.database.erasures());
        let request_id = RequestId::accept(None, &self.ambient);
        for tried in 1..=TRIES {
            loop {
                let sessions = erasures.list_sessions(claim, tried, PAGE).await?;
                if sessions.is_empty() {
                    break;
                }
                let (mut waiting, mut running) = (sessions.into_iter(), JoinSet::new());
                loop {
                    for session in waiting.by_ref().take(AT_ONCE - running.len()) {
                        let (client, account) = (self.client.clone(), Arc::clone(account));
                        let (slug, request_id) = (slug.to_owned(), request_id.clone());
                        running.spawn(async move {
                            let emptied = empty(&client, &slug, &session, &account, &request_id).await;
                            (session, emptied)
                        });
                    }
                    match running.join_next().await {
                        None => break,
                        Some(Ok((session, Ok(chats)))) => erasures.session_gone(claim, &session, chats).await?,
                        Some(Ok((session, Err(error)))) => {
                            tracing::warn!(%error, erasure = %claim.id, tried, "a session could not be emptied");
                            erasures.session_failed(claim, &session).await?;
                        }
                        Some(Err(panicked)) => return Err(Interrupted::Panicked(panicked)),
                    }
                }
            }
            if erasures.count_sessions(claim).await? == 0 {
                return Ok(());
            }
            sleep(PAUSE * u32::from(tried)).await;
        }
        Ok(())
    }

    /// Lets usage forget whose it is: all that is kept of a person, and of what is erased by its age.
    async fn forget_visitors(&self, claimed: &ClaimedErasure) -> Result<(), StorageError> {
        let ClaimedErasure { claim, erasure, .. } = claimed;
        let now = self.ambient.now();
        let (names, until) = match &erasure.whose {
            Whose::Visitor(names) | Whose::Subject(names) => (Some(names.as_slice()), now),
            Whose::Before(before) => (None, *before),
            // Which of a visitor's requests it was cannot be told.
            Whose::Conversation(_) => return Ok(()),
        };
        let erasures = self.database.erasures();
        for days in 0..=u64::from(self.usage_days) {
            let Some(day) = now.date_naive().checked_sub_days(Days::new(days)) else { break };
            if day > until.date_naive() {
                continue;
            }
            erasures.forget_visitors(claim, erasure.workspace, names, (day, until)).await?;
        }
        Ok(())
    }
}
