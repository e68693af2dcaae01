//! What is wrong at this moment, each with the way to what helps. Only what is known here is asked, and little of it:
//! an overview must not be slow because many things are wrong.

use crate::api::ApiState;
use crate::api::console::texts::fill;
use crate::api::console::visit::Visit;
use crate::api::response::OrReject as _;
use crate::domain::access::Reached;
use crate::domain::ids::WorkspaceId;
use crate::domain::key::KeyStatus;
use crate::domain::quota::Quota;
use crate::domain::sync::SyncStatus;
use crate::domain::workspace::ManagedWorkspace;
use crate::rejection::Rejection;
use crate::storage::KeyFilter;
use crate::workspaces::{Seen, UpstreamSight};
use chrono::TimeDelta;

/// Keys that are looked at.
const MOST_KEYS: u16 = 100;
/// Keys whose quotas are looked up, one by one.
const MOST_QUOTAS: usize = 20;
/// Runs among which the last one that was meant is looked for.
const LAST_RUNS: u16 = 20;
/// A key that ends within this is told of.
const SOON: TimeDelta = TimeDelta::days(14);

pub(super) struct Trouble {
    pub(super) words: String,
    pub(super) remedy: &'static str,
    pub(super) place: String,
}

/// Of all workspaces: AnythingLLM is asked about one of them, to see whether it is there.
pub(super) async fn of_all(
    state: &ApiState,
    visit: &Visit,
    any: Option<&ManagedWorkspace>,
) -> Result<Vec<Trouble>, Rejection> {
    let t = &visit.texts().overview;
    let mut troubles = Vec::new();
    if let Some(workspace) = any
        && visit.look_at(state, workspace.clone()).await.sight == UpstreamSight::Unreachable
    {
        troubles.push(Trouble { words: t.unreachable.into(), remedy: t.unreachable_remedy, place: "/docs".into() });
    }
    of_keys(state, visit, None, &mut troubles).await?;
    Ok(troubles)
}

/// Of one workspace.
pub(super) async fn of_one(
    state: &ApiState,
    visit: &Visit,
    reached: &Reached,
    seen: &Seen,
) -> Result<Vec<Trouble>, Rejection> {
    let t = &visit.texts().overview;
    let slug = &seen.workspace.slug;
    let assistant = format!("/console/workspaces/{slug}/assistant");
    let mut troubles = Vec::new();
    match &seen.sight {
        UpstreamSight::There(drift) if !drift.is_empty() => {
            troubles.push(Trouble { words: t.drifted.into(), remedy: t.drifted_remedy, place: assistant });
        }
        UpstreamSight::There(_) => {}
        UpstreamSight::Missing => {
            troubles.push(Trouble { words: t.missing.into(), remedy: t.missing_remedy, place: assistant });
        }
        UpstreamSight::Pending => {
            let place = "/console/new-workspace".into();
            troubles.push(Trouble { words: t.pending.into(), remedy: t.pending_remedy, place });
        }
        UpstreamSight::Unreachable => {
            troubles.push(Trouble { words: t.unreachable.into(), remedy: t.unreachable_remedy, place: "/docs".into() });
        }
    }
    // What was tried out has changed nothing.
    let runs = state.catalog.list(reached, None, LAST_RUNS).await.or_reject(visit.admitted())?;
    let last = runs.iter().find(|run| !run.dry_run);
    if let Some(run) = last.filter(|run| matches!(run.status, SyncStatus::Failed | SyncStatus::Partial)) {
        let words = fill(t.sync_failed, &[("status", run.status.as_str())]);
        let place = format!("/console/workspaces/{slug}/catalogue");
        troubles.push(Trouble { words, remedy: t.sync_failed_remedy, place });
    }
    of_keys(state, visit, Some(seen.workspace.id), &mut troubles).await?;
    Ok(troubles)
}

async fn of_keys(
    state: &ApiState,
    visit: &Visit,
    workspace: Option<WorkspaceId>,
    troubles: &mut Vec<Trouble>,
) -> Result<(), Rejection> {
    let (t, locale) = (&visit.texts().overview, visit.locale());
    let filter = KeyFilter { workspace, status: Some(KeyStatus::Active), ..KeyFilter::default() };
    let managing = visit.managing(state)?;
    let keys = state.keys.list(managing.caller(), filter, None, MOST_KEYS).await.or_reject(visit.admitted())?;
    let now = state.ambient.now();
    for key in &keys {
        let ends = key.content.expires_at.filter(|at| *at - now < SOON && key.replaced_by.is_none());
        if let Some(at) = ends {
            let words = fill(t.key_ends, &[("key", &key.content.name), ("day", &locale.day(at))]);
            let place = format!("/console/keys/{}", key.public_id);
            troubles.push(Trouble { words, remedy: t.key_remedy, place });
        }
    }
    for key in keys.iter().filter(|key| key.content.limits.has_quota()).take(MOST_QUOTAS) {
        let spent = state.keys.quota_use(key).await.or_reject(visit.admitted())?;
        let nearly = Quota::ALL.into_iter().find_map(|quota| {
            let (limit, used) = (quota.limit(&key.content.limits)?, spent.used.of(quota));
            (used * 5 >= limit * 4).then(|| locale.percent(used, limit))
        });
        if let Some(share) = nearly {
            let words = fill(t.quota, &[("key", &key.content.name), ("share", &share)]);
            let place = format!("/console/keys/{}", key.public_id);
            troubles.push(Trouble { words, remedy: t.key_remedy, place });
        }
    }
    Ok(())
}
