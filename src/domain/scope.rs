//! The scopes of a key: what it may be used for.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One permission of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    #[serde(rename = "chat:write")]
    ChatWrite,
    /// Read and reset own conversations.
    #[serde(rename = "messages:read")]
    MessagesRead,
    /// Search the knowledge without an LLM.
    #[serde(rename = "knowledge:query")]
    KnowledgeQuery,
    /// Read what a widget needs to show itself.
    #[serde(rename = "widget:read")]
    WidgetRead,
    /// Say whether an own answer was good.
    #[serde(rename = "feedback:write")]
    FeedbackWrite,
    /// Secret keys only: read workspaces.
    #[serde(rename = "workspaces:read")]
    WorkspacesRead,
    /// Secret keys only: change workspaces.
    #[serde(rename = "workspaces:write")]
    WorkspacesWrite,
    /// Secret keys only: write documents of a workspace.
    #[serde(rename = "documents:write")]
    DocumentsWrite,
    /// Secret keys only: read what shoppers asked.
    #[serde(rename = "conversations:read")]
    ConversationsRead,
    /// Secret keys only: read keys.
    #[serde(rename = "keys:read")]
    KeysRead,
    /// Secret keys only: make, change and revoke keys.
    #[serde(rename = "keys:write")]
    KeysWrite,
    /// Secret keys only: read usage.
    #[serde(rename = "usage:read")]
    UsageRead,
    /// Secret keys only: erase a visitor's data.
    #[serde(rename = "privacy:erase")]
    PrivacyErase,
}

impl Scope {
    /// Every scope, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::ChatWrite,
        Self::MessagesRead,
        Self::KnowledgeQuery,
        Self::WidgetRead,
        Self::FeedbackWrite,
        Self::WorkspacesRead,
        Self::WorkspacesWrite,
        Self::DocumentsWrite,
        Self::ConversationsRead,
        Self::KeysRead,
        Self::KeysWrite,
        Self::UsageRead,
        Self::PrivacyErase,
    ];

    /// The scopes a publishable key may hold.
    pub const PUBLISHABLE: [Self; 5] =
        [Self::ChatWrite, Self::MessagesRead, Self::KnowledgeQuery, Self::WidgetRead, Self::FeedbackWrite];

    /// The word used in JSON, SQL and documentation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatWrite => "chat:write",
            Self::MessagesRead => "messages:read",
            Self::KnowledgeQuery => "knowledge:query",
            Self::WidgetRead => "widget:read",
            Self::FeedbackWrite => "feedback:write",
            Self::WorkspacesRead => "workspaces:read",
            Self::WorkspacesWrite => "workspaces:write",
            Self::DocumentsWrite => "documents:write",
            Self::ConversationsRead => "conversations:read",
            Self::KeysRead => "keys:read",
            Self::KeysWrite => "keys:write",
            Self::UsageRead => "usage:read",
            Self::PrivacyErase => "privacy:erase",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// Whether `scope` is in it.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    /// The scopes in it, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |s| self.contains(*s))
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, s| bits | (1 << s as u16)))
    }
}
