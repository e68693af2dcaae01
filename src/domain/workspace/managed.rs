//! A workspace with everything its staff set. What each request needs of it is the smaller
//! [`Workspace`](crate::domain::workspace::Workspace).
//!
//! The structs are what the API takes and shows and what the schema holds, so their comments are the field reference
//! (`docs/workspace-fields.md`). Every rule of the schema is checked here as well, all broken ones at once.

use super::{SupportSettings, WidgetSettings, WorkspaceSettings, WorkspaceStatus, rules};
use crate::domain::faults::Faults;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::json;
use crate::domain::store::Platform;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Bytes of `extra` as compact JSON, at most.
pub const MAX_EXTRA_BYTES: usize = 16 * 1024;

words! {
    /// Whether AnythingLLM's workspace is there.
    UpstreamState {
        /// Being made, or its making was interrupted: making it again completes it.
        Pending = "pending",
        Ready = "ready",
    }
}

/// A workspace with everything that is set.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedWorkspace {
    pub id: WorkspaceId,
    pub tenant: TenantId,
    /// The name in our API; unique within the tenant, never changes.
    pub slug: String,
    /// The name in AnythingLLM; unique overall.
    pub upstream_slug: String,
    /// Whose defaults it was made with.
    pub platform: Platform,
    pub upstream_state: UpstreamState,
    pub content: WorkspaceContent,
    /// Counts changes; the entity tag.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceContent {
    /// For people, 1 to 200 characters; also its name in AnythingLLM.
    pub name: String,
    /// Only an active one answers.
    #[serde(default = "active")]
    pub status: WorkspaceStatus,
    /// How it answers, its market, privacy.
    #[serde(default, deserialize_with = "json::object")]
    pub settings: WorkspaceSettings,
    #[serde(default, deserialize_with = "json::object")]
    pub widget: WidgetSettings,
    /// Hand-off to people and their hours.
    #[serde(default, deserialize_with = "json::object")]
    pub support: SupportSettings,
    /// Whatever the shop keeps with it; never read by Vestibule.
    #[serde(default)]
    pub extra: Map<String, Value>,
}

const fn active() -> WorkspaceStatus {
    WorkspaceStatus::Active
}

impl WorkspaceContent {
    /// With every setting at its default.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            status: WorkspaceStatus::Active,
            settings: WorkspaceSettings::default(),
            widget: WidgetSettings::default(),
            support: SupportSettings::default(),
            extra: Map::new(),
        }
    }

    /// The same in the one spelling of everything that has several (locales, colours, time zones).
    ///
    /// # Errors
    /// Every rule that is broken.
    pub fn checked(mut self) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        self.name = self.name.trim().into();
        faults.text("name", &self.name, 1..=200);
        if self.name.contains(['\n', '\r', '\t']) {
            faults.push("name", "format", "must be one line");
        }
        faults.within("settings", self.settings.check());
        faults.within("widget", self.widget.check());
        faults.within("support", self.support.check());
        faults.within("extra", rules::free_json(&self.extra, MAX_EXTRA_BYTES));
        faults.or(self)
    }
}

#[cfg(test)]
mod tests;
