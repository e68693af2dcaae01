//! What is wrong at this moment, each with the way to what helps. Only what is known here is asked, and little of it: one
//! question of each kind, however many workspaces a page has. An overview must not be slow because many things are wrong.

use crate::api::ApiState;
use crate::api::console::parts::{filled, foreign};
use crate::api::console::texts::fill;
use crate::api::console::visit::Visit;
use crate::api::response::OrReject as _;
use crate::domain::access::Reached;
use crate::domain::ids::WorkspaceId;
use crate::domain::scope::Scope;
use crate::domain::sync::SyncStatus;
use crate::domain::workspace::ManagedWorkspace;
use crate::rejection::Rejection;
use crate::storage::{KeysOf, Worry, WorryingKey};
use crate::workspaces::{Seen, UpstreamSight};
use chrono::TimeDelta;
use maud::{Markup, html};
use std::collections::HashMap;

/// Keys of each kind that are told of on a page.
const MOST_KEYS: u16 = 100;
/// A key that ends within this is told of.
const SOON: TimeDelta = TimeDelta::days(14);

pub(super) struct Trouble {
    pub(super) words: Markup,
    pub(super) remedy: &'static str,
    pub(super) place: String,
}

/// Of a page of workspaces.
pub(super) struct Troubles {
    /// Those that belong to none of them.
    pub(super) of_all: Vec<Trouble>,
    of_each: HashMap<WorkspaceId, Vec<Trouble>>,
}

impl Troubles {
    pub(super) fn of(&self, workspace: WorkspaceId) -> &[Trouble] {
        self.of_each.get(&workspace).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of_all.is_empty() && self.of_each.is_empty()
    }
}

/// Of the workspaces of a page, and of keys that may be used in all. AnythingLLM is asked once for all of them.
pub(super) async fn of_page(
    state: &ApiState,
    visit: &Visit,
    workspaces: &[ManagedWorkspace],
) -> Result<Troubles, Rejection> {
    let (tenant, t) = (visit.tenant()?, &visit.texts().overview);
    let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.id).collect();
    let mut troubles = Troubles { of_all: Vec::new(), of_each: HashMap::new() };
    let sights = visit.look_at_all(state, workspaces).await;
    if sights.contains(&UpstreamSight::Unreachable) {
        troubles.of_all.push(unreachable(visit));
    }
    for (workspace, sight) in workspaces.iter().zip(&sights) {
        // That AnythingLLM is away is told once.
        let found = of_sight(visit, &workspace.slug, sight).filter(|_| *sight != UpstreamSight::Unreachable);
        if let Some(trouble) = found {
            troubles.of_each.entry(workspace.id).or_default().push(trouble);
        }
    }
    let runs = state.catalog.last_of(tenant, &ids).await.or_reject(visit.admitted())?;
    for workspace in workspaces {
        if let Some(trouble) = runs.get(&workspace.id).and_then(|status| of_run(visit, &workspace.slug, *status)) {
            troubles.of_each.entry(workspace.id).or_default().push(trouble);
        }
    }
    for key in worrying(state, visit, KeysOf { workspaces: &ids, of_all: true }).await? {
        let trouble = of_key(visit, &key, t.key_remedy);
        match key.workspace {
            Some(workspace) => troubles.of_each.entry(workspace).or_default().push(trouble),
            None => troubles.of_all.push(trouble),
        }
    }
    Ok(troubles)
}

/// Of one workspace.
pub(super) async fn of_one(
    state: &ApiState,
    visit: &Visit,
    reached: &Reached,
    seen: &Seen,
) -> Result<Vec<Trouble>, Rejection> {
    let (slug, ids) = (&seen.workspace.slug, [seen.workspace.id]);
    let mut troubles: Vec<_> = of_sight(visit, slug, &seen.sight).into_iter().collect();
    let runs = state.catalog.last_of(reached.tenant, &ids).await.or_reject(visit.admitted())?;
    troubles.extend(runs.get(&reached.id).and_then(|status| of_run(visit, slug, *status)));
    let keys = worrying(state, visit, KeysOf { workspaces: &ids, of_all: false }).await?;
    troubles.extend(keys.iter().map(|key| of_key(visit, key, visit.texts().overview.key_remedy)));
    Ok(troubles)
}

fn unreachable(visit: &Visit) -> Trouble {
    let t = &visit.texts().overview;
    Trouble { words: html! { (t.unreachable) }, remedy: t.unreachable_remedy, place: "/docs".into() }
}

fn of_sight(visit: &Visit, slug: &str, sight: &UpstreamSight) -> Option<Trouble> {
    let t = &visit.texts().overview;
    let assistant = || format!("/console/workspaces/{slug}/assistant");
    let (words, remedy, place) = match sight {
        UpstreamSight::There(drift) if drift.is_empty() => return None,
        UpstreamSight::There(_) => (t.drifted, t.drifted_remedy, assistant()),
        UpstreamSight::Missing => (t.missing, t.missing_remedy, assistant()),
        UpstreamSight::Pending => (t.pending, t.pending_remedy, "/console/new-workspace".into()),
        UpstreamSight::Unreachable => return Some(unreachable(visit)),
    };
    Some(Trouble { words: html! { (words) }, remedy, place })
}

fn of_run(visit: &Visit, slug: &str, status: SyncStatus) -> Option<Trouble> {
    let t = &visit.texts().overview;
    let words = match status {
        SyncStatus::Failed => t.sync_failed,
        SyncStatus::Partial => t.sync_partial,
        SyncStatus::Queued
        | SyncStatus::Running
        | SyncStatus::Paused
        | SyncStatus::Succeeded
        | SyncStatus::Cancelled => return None,
    };
    let place = format!("/console/workspaces/{slug}/catalogue");
    Some(Trouble { words: html! { (words) }, remedy: t.sync_failed_remedy, place })
}

async fn worrying(state: &ApiState, visit: &Visit, of: KeysOf<'_>) -> Result<Vec<WorryingKey>, Rejection> {
    if !visit.may(Scope::KeysRead) {
        return Ok(Vec::new());
    }
    state.reports.worrying_keys(visit.tenant()?, of, SOON, MOST_KEYS).await.or_reject(visit.admitted())
}

fn of_key(visit: &Visit, key: &WorryingKey, remedy: &'static str) -> Trouble {
    let (t, locale) = (&visit.texts().overview, visit.locale());
    let words = match key.worry {
        Worry::Ends(at) => fill(t.key_ends, &[("key", "{key}"), ("day", &locale.day(at))]),
        Worry::Quota { used, limit } => fill(t.quota, &[("key", "{key}"), ("share", &locale.percent(used, limit))]),
    };
    let words = filled(&words, &[("key", foreign(&key.name))]);
    Trouble { words, remedy, place: format!("/console/keys/{}", key.public_id) }
}
