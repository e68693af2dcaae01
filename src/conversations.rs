//! Conversations: beginning them, reading them back, and starting them anew.
//!
//! Only the caller's own: the session id is looked up within its owner, so a stranger's id finds nothing. What may be
//! read again is what the workspace lets be kept: nothing where it keeps no transcripts, nothing beyond its retention.

mod opening;
pub mod told_earlier;
pub mod told_offers;

pub use opening::{NUMBER as OPENING, Opening};

use crate::anythingllm::{ChatEvent, Client, OnBehalf, REFUSAL, StoredMessage, StoredRole, UpstreamError};
use crate::cache::{ConversationDirectory, ManagedWorkspaceDirectory};
use crate::crypto::seal::Sealer;
use crate::domain::access::Reached;
use crate::domain::clock::Ambient;
use crate::domain::conversation::{ChatSessionId, UpstreamSession};
use crate::domain::ids::RequestId;
use crate::domain::workspace::ManagedWorkspace;
use crate::rejection::Rejection;
use crate::storage::{
    BeginConversation, Conversation, ConversationKey, Database, OwnedBy, OwnedConversation, StorageError,
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use uuid::Uuid;

/// Why a conversation cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// The workspace was removed meanwhile.
    #[error("the workspace does not exist any more")]
    NoWorkspace,
    #[error(transparent)]
    Storage(StorageError),
    #[error("AnythingLLM: {0}")]
    Upstream(#[from] UpstreamError),
}

impl From<StorageError> for ConversationError {
    fn from(error: StorageError) -> Self {
        if error.violates("conversations_workspace_fkey") { Self::NoWorkspace } else { Self::Storage(error) }
    }
}

impl ConversationError {
    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::NoWorkspace => Rejection::NotFound("The workspace does not exist any more."),
            Self::Storage(error) => error.to_rejection(request_id),
            Self::Upstream(error) => error.to_rejection(request_id),
        }
    }
}

/// What conversations are kept in.
#[derive(Debug)]
pub struct Conversations {
    pub database: Database,
    /// Whose session id stands for which session upstream.
    pub directory: Arc<ConversationDirectory>,
    pub workspaces: Arc<ManagedWorkspaceDirectory>,
    pub client: Client,
    /// For openings.
    pub sealer: Sealer,
    pub ambient: Ambient,
}

impl Conversations {
    /// The caller's conversation of this name; begins it if there is none. `visitor` is noted when it begins.
    ///
    /// # Errors
    /// [`ConversationError::NoWorkspace`], or of the database.
    pub async fn open(
        &self,
        workspace: &Reached,
        session: &ChatSessionId,
        visitor: Option<&str>,
    ) -> Result<Conversation, ConversationError> {
        Ok(self.directory.open(&named(workspace, session), visitor).await?)
    }

    /// As [`Self::open`], for a session id that was made just now.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_new(
        &self,
        workspace: &Reached,
        session: &ChatSessionId,
        visitor: Option<&str>,
    ) -> Result<Conversation, ConversationError> {
        Ok(self.directory.open_new(&named(workspace, session), visitor).await?)
    }

    /// Begins a conversation. None if there is one of this name, in which somebody may have said something, or if nobody
    /// can say now.
    ///
    /// # Errors
    /// [`ConversationError::NoWorkspace`], or of the database.
    pub async fn begin(
        &self,
        workspace: &Reached,
        session: &ChatSessionId,
        visitor: Option<&str>,
    ) -> Result<Option<Conversation>, ConversationError> {
        let begin = BeginConversation::new(&self.ambient);
        Ok(self.directory.begin(&named(workspace, session), visitor, &begin, None).await?)
    }

    /// As [`Self::begin`], with an exchange that AnythingLLM has not seen.
    ///
    /// # Errors
    /// [`ConversationError::NoWorkspace`], or of the database.
    pub async fn begin_with(
        &self,
        workspace: &Reached,
        session: &ChatSessionId,
        visitor: Option<&str>,
        opening: &Opening,
    ) -> Result<Option<Conversation>, ConversationError> {
        let begin = BeginConversation::opened(&self.ambient);
        let seal =
            |written: Vec<u8>| self.sealer.seal(begin.upstream().expose(), &written, &*self.ambient.randomness).ok();
        let Some(sealed) = serde_json::to_vec(opening).ok().and_then(seal) else { return Ok(None) };
        Ok(self.directory.begin(&named(workspace, session), visitor, &begin, Some(&sealed)).await?)
    }

    /// Whether there is a conversation of this name as far as this replica knows, which asks nobody.
    pub async fn knows(&self, workspace: &Reached, session: &ChatSessionId) -> bool {
        self.directory.knows(&named(workspace, session)).await
    }

    /// A question with the exchange before it, if AnythingLLM does not know of that yet.
    ///
    /// # Errors
    /// Of the database.
    pub async fn with_opening(
        &self,
        workspace: &Reached,
        upstream: &UpstreamSession,
        question: &str,
    ) -> Result<Option<String>, ConversationError> {
        let opening = self.opening(workspace, upstream).await?;
        Ok(opening.filter(|(_, told)| !told).map(|(opening, _)| opening.before(question)))
    }

    /// For the events of an answer to what [`Self::with_opening`] made: at its end AnythingLLM knows.
    pub fn opening_told(
        &self,
        workspace: &Reached,
        upstream: &UpstreamSession,
    ) -> impl FnMut(&ChatEvent) + Send + use<> {
        let (database, tenant, upstream) = (self.database.clone(), workspace.tenant, upstream.clone());
        move |event| {
            let (ChatEvent::Done(_), Ok(runtime)) = (event, tokio::runtime::Handle::try_current()) else { return };
            let (database, upstream) = (database.clone(), upstream.clone());
            runtime.spawn(async move {
                // If it is not noted, the next question comes with it once more.
                if let Err(error) = database.conversations().opening_told(tenant, &upstream).await {
                    tracing::debug!(%error, "that an opening was told could not be noted");
                }
            });
        }
    }

    /// The opening, with whether AnythingLLM knows of it. None, too, if it was sealed under a root key that is gone.
    async fn opening(
        &self,
        workspace: &Reached,
        upstream: &UpstreamSession,
    ) -> Result<Option<(Opening, bool)>, ConversationError> {
        if !upstream.has_opening() {
            return Ok(None);
        }
        let stored = self.database.conversations().opening(workspace.tenant, upstream).await?;
        Ok(stored.and_then(|stored| {
            let opened = self.sealer.open(upstream.expose(), &stored.sealed).ok()?;
            Some((serde_json::from_slice(opened.expose_secret()).ok()?, stored.told))
        }))
    }

    /// What the workspace says in query mode where nothing has to do with the question; AnythingLLM's sentence while
    /// the database cannot tell.
    pub async fn refusal(&self, workspace: &Reached) -> String {
        let known = self.workspaces.find(workspace.tenant, workspace.id).await.ok().flatten();
        known.map_or_else(|| REFUSAL.to_owned(), |known| refusal(&known))
    }

    /// The caller's conversation, if there is one.
    ///
    /// # Errors
    /// Of the database.
    pub async fn find(
        &self,
        workspace: &Reached,
        session: &ChatSessionId,
    ) -> Result<Option<Conversation>, ConversationError> {
        Ok(self.directory.find(&named(workspace, session)).await?)
    }

    /// Gives the conversation a fresh session in AnythingLLM. Nothing happens when there is none.
    ///
    /// # Errors
    /// Of the database.
    pub async fn start_anew(&self, workspace: &Reached, session: &ChatSessionId) -> Result<(), ConversationError> {
        self.directory.reset(&named(workspace, session)).await?;
        Ok(())
    }

    /// The caller's conversations that may be read again, the one that was begun last first, from before the
    /// conversation `after`.
    ///
    /// # Errors
    /// [`ConversationError::NoWorkspace`], or of the database.
    pub async fn list(
        &self,
        workspace: &Reached,
        after: Option<Uuid>,
        limit: u16,
    ) -> Result<Vec<OwnedConversation>, ConversationError> {
        let Some(kept) = self.kept(workspace).await? else { return Ok(Vec::new()) };
        let by = OwnedBy { tenant: workspace.tenant, workspace: workspace.id, owner: workspace.owner() };
        Ok(self.database.conversations().list(by, kept.since, after, limit).await?)
    }

    /// The newest `pairs` of question and answer that may be read again, oldest first.
    ///
    /// # Errors
    /// [`ConversationError::NoWorkspace`], of the database or of AnythingLLM.
    pub async fn newest(
        &self,
        workspace: &Reached,
        upstream: &UpstreamSession,
        pairs: usize,
        on_behalf: OnBehalf<'_>,
    ) -> Result<Vec<StoredMessage>, ConversationError> {
        let Some(kept) = self.kept(workspace).await? else { return Ok(Vec::new()) };
        let mut messages = self.client.history(&workspace.upstream_slug, upstream, pairs, on_behalf).await?;
        if messages.len() < 2 * pairs
            && let Some((opening, _)) = self.opening(workspace, upstream).await?
        {
            messages.splice(0..0, opening.into_messages());
        }
        for message in messages.iter_mut().filter(|message| message.is_unfounded) {
            message.content.clone_from(&kept.refusal);
        }
        for message in messages.iter_mut().filter(|message| message.role == StoredRole::User) {
            message.content = told_offers::without(&message.content).to_owned();
            message.content = told_earlier::without(&message.content).to_owned();
            if upstream.has_opening() {
                message.content = opening::without(&message.content).to_owned();
            }
        }
        if let Some(oldest) = kept.since {
            messages.retain(|message| message.sent_at >= oldest);
        }
        Ok(messages)
    }

    /// What the workspace keeps; none if it keeps nothing.
    async fn kept(&self, workspace: &Reached) -> Result<Option<Kept>, ConversationError> {
        let known = self.workspaces.find(workspace.tenant, workspace.id).await?;
        let known = known.ok_or(ConversationError::NoWorkspace)?;
        let settings = &known.content.settings;
        let since = settings.retention_days.map(|days| self.ambient.now() - TimeDelta::days(days.into()));
        Ok(settings.store_transcripts.then(|| Kept { since, refusal: refusal(&known) }))
    }
}

/// What may be read again: all of it, or what was said since.
struct Kept {
    since: Option<DateTime<Utc>>,
    /// What is said in query mode where nothing has to do with the question.
    refusal: String,
}

/// What a workspace says in query mode where nothing has to do with the question, as AnythingLLM would.
fn refusal(workspace: &ManagedWorkspace) -> String {
    workspace.content.settings.refusal_message.clone().unwrap_or_else(|| REFUSAL.to_owned())
}

fn named<'a>(workspace: &Reached, session: &'a ChatSessionId) -> ConversationKey<'a> {
    ConversationKey { tenant: workspace.tenant, workspace: workspace.id, owner: workspace.owner(), session }
}
