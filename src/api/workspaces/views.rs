//! What a workspace looks like to those who manage it.

use crate::domain::store::Platform;
use crate::domain::workspace::WorkspaceStatus;
use crate::domain::workspace::{
    Drift, ManagedWorkspace, SupportSettings, WidgetSettings, WorkspaceContent, WorkspaceSettings,
};
use crate::workspaces::{Seen, Side, UpstreamSight, Written};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A workspace to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of what `NewManagedWorkspace` is made of")]
pub(crate) struct NewWorkspace {
    /// Its name in paths and in `workspace` fields; 1 to 63 lower-case letters, digits and hyphens. Made of the name
    /// when absent.
    #[schema(example = "alpine-store")]
    slug: Option<String>,
    /// Whose defaults it begins with; `custom` when absent.
    platform: Option<Platform>,
    /// A workspace that AnythingLLM has already, to be adopted with its settings.
    upstream_slug: Option<String>,
    /// For people, 1 to 200 characters; taken from AnythingLLM when absent and one is adopted.
    #[schema(min_length = 1, max_length = 200, example = "Alpine Store")]
    name: String,
    /// Only an active one answers.
    status: Option<WorkspaceStatus>,
    /// Merged into the platform's defaults.
    settings: Option<WorkspaceSettings>,
    /// Merged into the platform's defaults.
    widget: Option<WidgetSettings>,
    /// Merged into the platform's defaults.
    support: Option<SupportSettings>,
    /// Whatever the shop keeps with it; an object of at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    extra: Option<Value>,
}

/// What is to be different, as a JSON Merge Patch (RFC 7396): what is absent stays, null sets back to the default.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of a merge patch")]
pub(crate) struct WorkspacePatch {
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Only an active one answers.
    status: Option<WorkspaceStatus>,
    /// Fields of the settings.
    settings: Option<WorkspaceSettings>,
    /// Fields of the widget.
    widget: Option<WidgetSettings>,
    /// Fields of the support.
    support: Option<SupportSettings>,
    /// Members of `extra`.
    #[schema(value_type = Option<Object>)]
    extra: Option<Value>,
}

/// Whose settings hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SyncBody {
    /// `vestibule` writes ours to AnythingLLM; `upstream` takes over AnythingLLM's.
    pub(super) take: Side,
}

/// A page of workspaces.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkspacePage)]
pub(crate) struct WorkspacePageView<'a> {
    /// In the order they were made.
    pub(super) data: Vec<WorkspaceView<'a>>,
    /// Whether there are more.
    pub(super) has_more: bool,
    /// For the next page.
    pub(super) next_cursor: Option<Uuid>,
}

/// A workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ManagedWorkspace)]
pub(crate) struct WorkspaceView<'a> {
    /// Its id.
    id: Uuid,
    /// Its name in paths and in `workspace` fields.
    #[schema(example = "alpine-store")]
    slug: &'a str,
    /// For people.
    #[schema(example = "Alpine Store")]
    name: &'a str,
    /// Only an active one answers.
    status: WorkspaceStatus,
    /// Whose defaults it was made with.
    platform: Platform,
    /// How it answers, its market, privacy.
    settings: SettingsView<'a>,
    /// How the chat looks.
    widget: &'a WidgetSettings,
    /// Hand-off to people and their hours.
    support: &'a SupportSettings,
    /// Whatever the shop keeps with it.
    #[schema(value_type = Object)]
    extra: &'a Map<String, Value>,
    /// Its other half.
    upstream: UpstreamView<'a>,
    /// Counts changes; the entity tag.
    version: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

/// The settings with what differs from AnythingLLM's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ManagedSettings)]
pub(crate) struct SettingsView<'a> {
    /// The settings.
    #[serde(flatten)]
    settings: &'a WorkspaceSettings,
    /// What was changed in AnythingLLM; empty when nothing was, null when nobody looked or could look.
    drift: Option<Vec<Drift>>,
}

/// The workspace in AnythingLLM.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UpstreamHalf)]
pub(crate) struct UpstreamView<'a> {
    /// Its name there.
    slug: &'a str,
    /// `ready`, `drifted`, `missing` (deleted there), `pending` (its making was interrupted), `unreachable`; null when
    /// nobody looked.
    #[schema(example = "ready")]
    state: Option<&'static str>,
    /// After a change: the settings that were written there and read back.
    #[schema(example = json!(["settings.top_n"]))]
    written: Vec<&'static str>,
}

impl<'a> WorkspaceView<'a> {
    fn of(
        workspace: &'a ManagedWorkspace,
        drift: Option<Vec<Drift>>,
        state: Option<&'static str>,
        written: &[&'static str],
    ) -> Self {
        let WorkspaceContent { name, status, settings, widget, support, extra } = &workspace.content;
        Self {
            id: workspace.id.0,
            slug: &workspace.slug,
            name,
            status: *status,
            platform: workspace.platform,
            settings: SettingsView { settings, drift },
            widget,
            support,
            extra,
            upstream: UpstreamView { slug: &workspace.upstream_slug, state, written: written.to_vec() },
            version: workspace.version,
            created_at: workspace.created_at,
            updated_at: workspace.updated_at,
        }
    }

    /// As it stands here; AnythingLLM was not asked.
    pub(crate) fn unseen(workspace: &'a ManagedWorkspace) -> Self {
        Self::of(workspace, None, None, &[])
    }

    /// With what was seen in AnythingLLM.
    pub(crate) fn seen(seen: &'a Seen) -> Self {
        let (drift, state) = match &seen.sight {
            UpstreamSight::There(drift) if drift.is_empty() => (Some(Vec::new()), "ready"),
            UpstreamSight::There(drift) => (Some(drift.clone()), "drifted"),
            UpstreamSight::Missing => (None, "missing"),
            UpstreamSight::Pending => (None, "pending"),
            UpstreamSight::Unreachable => (None, "unreachable"),
        };
        Self::of(&seen.workspace, drift, Some(state), &[])
    }

    /// After a change.
    pub(crate) fn written(written: &'a Written) -> Self {
        Self::of(&written.workspace, None, Some("ready"), &written.upstream_fields)
    }
}
