//! The AnythingLLM behind us: a pooled client, the wire types of its JSON, and its chat stream as semantic events.
//!
//! Knows what AnythingLLM really does, which is often not what its documentation says: every quirk names the recording
//! it was seen in. Nothing of its JSON leaves this module unread: callers get typed values, field by field.

mod accounts;
mod chat;
mod chats;
mod client;
mod connections;
mod deadline;
mod documents;
mod embedding;
mod error;
pub mod frames;
mod history;
mod kept_source;
mod knowledge;
mod library;
mod members;
mod models;
pub mod reasoning;
mod relevance;
mod setup;
mod skim;
pub mod source;
mod stream;
mod system;
mod turns;
mod twice;
mod wire;
mod workspaces;

pub use accounts::{AssignedWorkspace, Assignments, LoggedIn, Login, LoginLink, UpstreamUser};
pub use chat::ChatCall;
pub use chats::ChatNumber;
pub use client::{BadUpstreamConfig, Client, OnBehalf};
pub use deadline::Deadline;
pub use documents::{RawText, RawTextMetadata};
pub use embedding::Embeddings;
pub use error::{Said, UpstreamError};
pub use frames::{Metrics, Source};
pub use history::{StoredMessage, StoredRole};
pub use kept_source::KeptSource;
pub use knowledge::{Passage, Search};
pub use library::{ListedDocument, ListedPage};
pub use members::UpstreamMember;
pub use models::{MissingModel, UpstreamModels};
pub use reasoning::Kind;
pub use setup::{Enabled, InstanceLogin, NewApiKey};
pub use stream::{BrokenOff, ChatEvent, ChatStream, REFUSAL, Usage};
pub use twice::twice;
pub use workspaces::{NewUpstreamWorkspace, UpstreamWorkspace, UpstreamWorkspaceChange};
