//! How a run goes, while it goes: a part of the page that server-sent events replace, and that a page without scripts
//! shows again every few seconds.

use super::view::{around, status};
use super::{reached, run_place};
use crate::api::console::parts::{Tone, badge, nothing, stat};
use crate::api::console::texts::{fill, put};
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiBody, Shared};
use crate::domain::access::Reached;
use crate::domain::ids::SyncRunId;
use crate::domain::scope::Scope;
use crate::domain::sync::{SyncPhase, SyncRun, SyncStatus};
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream;
use http::{HeaderValue, header};
use maud::{Markup, html};
use std::convert::Infallible;
use std::time::Duration;

/// Between two looks at a run.
const LOOK: Duration = Duration::from_secs(1);
/// A stream ends after so many looks; browsers ask again by themselves.
const MOST_LOOKS: u32 = 600;

/// A run that goes on, with what keeps it fresh.
pub(super) fn live(visit: &Visit, workspace: &Reached, run: &SyncRun, now: DateTime<Utc>) -> Markup {
    let t = &visit.texts().catalogue;
    let address = run_place(workspace, run.id);
    html! {
        section {
            h2 { (t.progress) }
            // Without scripts the page comes again by itself.
            noscript { meta http-equiv="refresh" content="5"; }
            div data-events={ (address) "/events" } { (part(visit, run, now)) }
            @if visit.may(Scope::WorkspacesWrite) && !run.cancel_requested {
                (visit.form(&format!("{address}/cancel"), html! {
                    button { (t.cancel) } " " span.quiet { (t.cancel_help) }
                }))
            }
        }
    }
}

/// What changes while it goes.
pub(super) fn part(visit: &Visit, run: &SyncRun, now: DateTime<Utc>) -> Markup {
    let (t, locale) = (&visit.texts().catalogue, visit.locale());
    let counts = &run.counts;
    let percentage = run.percentage();
    let doing = match (run.status, run.phase) {
        (SyncStatus::Queued | SyncStatus::Paused, _) => t.waiting,
        (_, SyncPhase::Reading) => t.phase_reading,
        (_, SyncPhase::Embedding) => t.phase_embedding,
        (_, SyncPhase::Removing) => t.phase_removing,
        (_, SyncPhase::Done) => t.phase_done,
    };
    html! {
        p {
            (status(t, run.status)) " "
            @if run.dry_run { (badge(Tone::Neutral, t.dry)) " " }
            (doing)
            @if run.cancel_requested && !run.status.is_over() { " " (t.ending) }
        }
        @match percentage {
            Some(percentage) => {
                progress max="100" value=(percentage) aria-label=(t.progress) { (percentage) "%" }
                p {
                    (percentage) "% · "
                    (fill(t.of_products, &[
                        ("done", &locale.number(counts.products_done.into())),
                        ("all", &locale.number(counts.products_total.into())),
                    ]))
                    @if let Some(speed) = run.speed(now) {
                        " · " (put(t.rate, &locale.number(speed.per_minute.into())))
                        @if let Some(left) = speed.remaining_seconds { " · " (put(t.left, &duration(visit, left))) }
                    }
                }
            }
            None => {
                progress aria-label=(t.progress) {}
                p { (put(t.records_read, &locale.number(counts.records_read))) }
            }
        }
        (numbers(visit, run))
        @if run.status.is_over() && let Some(at) = run.finished_at {
            @let [before, after] = around(t.run_of);
            p.quiet { (before) (locale.time(at)) (after) }
        }
    }
}

/// What was done so far.
pub(super) fn numbers(visit: &Visit, run: &SyncRun) -> Markup {
    let (t, locale) = (&visit.texts().catalogue, visit.locale());
    let counts = &run.counts;
    let one = |label, count: u64| stat(label, &locale.number(count), nothing());
    html! {
        dl.stats {
            (one(t.records, counts.records_read))
            (one(t.products, counts.products_total.into()))
            (one(t.unchanged, counts.unchanged.into()))
            (one(t.added, counts.added.into()))
            (one(t.updated, counts.updated.into()))
            (one(t.removed, counts.removed.into()))
            (one(t.faulty, counts.failed.into()))
            (one(t.noted, counts.noted.into()))
        }
    }
}

/// Minutes and seconds, or hours and minutes.
pub(super) fn duration(visit: &Visit, seconds: u64) -> String {
    let locale = visit.locale();
    match seconds {
        0..60 => format!("{seconds}\u{a0}s"),
        60..3600 => format!("{}\u{a0}min {}\u{a0}s", seconds / 60, seconds % 60),
        _ => format!("{}\u{a0}h {}\u{a0}min", locale.number(seconds / 3600), seconds % 3600 / 60),
    }
}

/// How long a run took, or takes.
pub(super) fn took(run: &SyncRun, now: DateTime<Utc>) -> Option<u64> {
    let end = run.finished_at.unwrap_or(now);
    u64::try_from((end - run.started_at?).max(TimeDelta::zero()).num_seconds()).ok()
}

/// A run as server-sent events: `progress` with the part of the page whenever it has changed, `over` at the end.
pub(super) async fn events(state: Shared, mut visit: Visit, id: SyncRunId) -> Result<Response, Refusal> {
    let workspace = reached(&state, &mut visit).await?;
    // Whoever asks for what is not there is told with a status.
    state.catalog.find(&workspace, id).await.or_reject(visit.admitted())?;
    let watch = Watch { state, visit, workspace, id, looks: 0, last: String::new(), is_over: false };
    let mut response = Response::new(ApiBody::from_stream(stream::unfold(watch, next)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

struct Watch {
    state: Shared,
    visit: Visit,
    workspace: Reached,
    id: SyncRunId,
    looks: u32,
    /// What was sent last.
    last: String,
    is_over: bool,
}

async fn next(mut watch: Watch) -> Option<(Result<Bytes, Infallible>, Watch)> {
    if watch.is_over || watch.looks >= MOST_LOOKS {
        return None;
    }
    if watch.looks > 0 {
        tokio::time::sleep(LOOK).await;
    }
    watch.looks += 1;
    // A database that is away is looked at again.
    let Ok((run, _)) = watch.state.catalog.find(&watch.workspace, watch.id).await else {
        return Some((Ok(Bytes::from_static(b": \n\n")), watch));
    };
    let part = part(&watch.visit, &run, watch.state.ambient.now()).into_string();
    watch.is_over = run.status.is_over();
    let mut event = String::new();
    if part != watch.last {
        // As JSON it is one line, whatever is in it.
        let data = serde_json::Value::String(part.clone());
        event = format!("event: progress\ndata: {data}\n\n");
        watch.last = part;
    }
    if watch.is_over {
        event.push_str("event: over\ndata: {}\n\n");
    }
    if event.is_empty() {
        event.push_str(": \n\n");
    }
    Some((Ok(Bytes::from(event)), watch))
}
