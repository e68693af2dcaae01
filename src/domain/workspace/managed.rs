//! A workspace with everything its staff set. What each request needs of it is the smaller
//! [`Workspace`](crate::domain::workspace::Workspace).
//!
//! The structs are what the API takes and shows and what is stored, so their comments are the field reference
//! (`docs/workspace-fields.md`). Their rules stand beside them and nowhere else; all broken ones are told at once.

use super::rules::Format;
use super::{SupportSettings, WidgetSettings, WorkspaceSettings, WorkspaceStatus, rules};
use crate::domain::faults::Faults;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::json;
use crate::domain::store::Platform;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The groups of settings, with those of their members that have a format.
const GROUPS: [(&str, &[(&str, Format)]); 3] = [
    ("settings", WorkspaceSettings::FORMATS),
    ("widget", WidgetSettings::FORMATS),
    ("support", SupportSettings::FORMATS),
];

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
    /// Counts what may change what a query finds, such as documents; the settings have `version`.
    pub knowledge_version: i64,
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

    /// What somebody wrote, in the one spelling of everything that has several (locales, colours, time zones).
    ///
    /// # Errors
    /// The first field that is of another type or unknown, or else every rule that is broken.
    pub fn read(mut value: Value) -> Result<Self, Faults> {
        let malformed = take_malformed(&mut value);
        json::of_value::<Self>(&value)?.with_rules(malformed)
    }

    /// What was stored, maybe by another version: members of the groups that this one does not know are passed over, and
    /// what is malformed (a time zone that is no more) is left at its default and told: a widget without its opening hours
    /// is better than none.
    ///
    /// # Errors
    /// What cannot be read at all.
    pub fn lenient(mut value: Value) -> Result<(Self, Faults), Faults> {
        let known = serde_json::to_value(Self::named("")).unwrap_or_default();
        let mut told = Faults::new();
        for ((group, _), malformed) in GROUPS.iter().zip(take_malformed(&mut value)) {
            told.within(group, malformed);
            if let (Some(Value::Object(members)), Some(known)) = (value.get_mut(group), known.get(group)) {
                members.retain(|name, _| known.get(name).is_some());
            }
        }
        Ok((json::of_value(&value)?, told))
    }

    /// Applies the rules again, after something was changed.
    ///
    /// # Errors
    /// Every rule that is broken.
    pub fn checked(self) -> Result<Self, Faults> {
        self.with_rules(<[Faults; 3]>::default())
    }

    fn with_rules(mut self, malformed: [Faults; 3]) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        self.name = self.name.trim().into();
        faults.text("name", &self.name, 1..=200);
        if self.name.contains(['\n', '\r', '\t']) {
            faults.push("name", "format", "must be one line");
        }
        let broken = [self.settings.check(), self.widget.check(), self.support.check()];
        for (((group, _), broken), malformed) in GROUPS.iter().zip(broken).zip(malformed) {
            faults.within(group, broken);
            faults.within(group, malformed);
        }
        faults.within("extra", rules::free_json(&self.extra, MAX_EXTRA_BYTES));
        faults.or(self)
    }
}

fn take_malformed(content: &mut Value) -> [Faults; 3] {
    GROUPS.map(|(group, formats)| rules::take_malformed(content, group, formats))
}

#[cfg(test)]
mod tests;
