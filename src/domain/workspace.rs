//! A shop's workspace as the request path sees it.

mod audited;
pub mod business_hours;
mod document;
mod known_upstream;
pub mod locale;
mod localized;
mod managed;
pub mod market;
mod rules;
mod settings;
mod slug;
mod support;
pub mod timezone;
mod widget;

pub use audited::audited;
pub use document::NewDocument;
pub use known_upstream::{Drift, KNOWN_UPSTREAM, UpstreamValues};
pub use managed::{MAX_EXTRA_BYTES, ManagedWorkspace, UpstreamState, WorkspaceContent};
pub use settings::WorkspaceSettings;
pub use slug::{is_slug, slug_of};
pub(crate) use support::check_email;
pub use support::{AfterHours, HandoffMode, PrechatField, SupportSettings};
pub use widget::{CardField, Position, Theme, Translation, WidgetSettings};

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::words::words;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// How AnythingLLM answers. Its third mode, `automatic`, runs agents and is never sent
/// (`upstream` recordings `chat/chat_automatic_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChatMode {
    /// Only from the workspace's documents; refuses when they hold nothing relevant.
    Query,
    /// Documents when they help, else the model's own knowledge.
    Chat,
}

impl ChatMode {
    /// The word used in JSON, SQL and upstream.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Chat => "chat",
        }
    }
}

impl<'de> Deserialize<'de> for ChatMode {
    /// A word and nothing else; derived, it would be read out of `{"chat": null}`, too.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(|UnknownChatMode| D::Error::unknown_variant(&word, &["query", "chat"]))
    }
}

impl fmt::Display for ChatMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a chat mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a chat mode is `query` or `chat`")]
pub struct UnknownChatMode;

impl FromStr for ChatMode {
    type Err = UnknownChatMode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "query" => Ok(Self::Query),
            "chat" => Ok(Self::Chat),
            _ => Err(UnknownChatMode),
        }
    }
}

words! {
    /// Whether a workspace answers.
    #[derive(ToSchema)]
    WorkspaceStatus {
        /// Being set up.
        Draft = "draft",
        /// Answers.
        Active = "active",
        /// Switched off for now.
        Paused = "paused",
        /// Put away.
        Archived = "archived",
    }
}

/// A workspace with the settings that every chat needs, loaded together with the key and kept in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// Row id.
    pub id: WorkspaceId,
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// The name in our API; unique within the tenant.
    pub slug: String,
    /// The name in AnythingLLM; unique overall. Never shown to a publishable key.
    pub upstream_slug: String,
    /// For people.
    pub display_name: String,
    /// Only `Active` ones answer.
    pub status: WorkspaceStatus,
    /// What applies to each chat.
    pub settings: ChatSettings,
    /// What decides whether visitor tokens count.
    pub visitors: VisitorSettings,
}

impl Workspace {
    /// Whether requests may reach it.
    pub fn is_active(&self) -> bool {
        self.status == WorkspaceStatus::Active
    }
}

/// How visitors are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitorSettings {
    /// Visitor tokens of another generation are refused: counting it up ends all of them.
    pub token_generation: u32,
    /// The shop's back end may say who a visitor is.
    pub identity_enabled: bool,
    /// And must; then no visitor is served without.
    pub identity_enforced: bool,
}

impl Default for VisitorSettings {
    /// The defaults of the table `workspaces`.
    fn default() -> Self {
        Self { token_generation: 1, identity_enabled: false, identity_enforced: false }
    }
}

/// The settings the data plane reads. More join with the features that use them.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatSettings {
    /// Mode when the request names none.
    pub chat_mode: ChatMode,
    /// Number of passages for a knowledge query, 1 to 20; none = AnythingLLM's own setting.
    pub top_n: Option<u8>,
    /// Least similarity of a passage, 0 to 1; none = AnythingLLM's own setting.
    pub score_threshold: Option<f32>,
    /// Longest message, in characters.
    pub max_message_chars: u32,
    /// A stream is ended after this many seconds.
    pub max_stream_secs: u32,
}

impl Default for ChatSettings {
    /// The defaults of the table `workspace_settings`.
    fn default() -> Self {
        Self {
            chat_mode: ChatMode::Query,
            top_n: None,
            score_threshold: None,
            max_message_chars: 4000,
            max_stream_secs: 180,
        }
    }
}
