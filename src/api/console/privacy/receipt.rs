//! The receipt of an erasure: how far it is while it goes, and in the end what was removed, what remains, and what no
//! erasure reaches. Who was meant is not in it.

use super::{known, place, receipt_place, view, whole};
use crate::api::console::fragment;
use crate::api::console::parts::{Tone, foreign, notice, table};
use crate::api::console::texts::{ReachTexts, fill};
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::ids::ErasureId;
use crate::rejection::Rejection;
use crate::storage::{Erasure, ErasureStatus, Removed};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use uuid::Uuid;

const NONE: Rejection = Rejection::NotFound("There is no such erasure.");

/// An erasure, and how many conversations in AnythingLLM it has not looked into yet.
struct Seen {
    erasure: Erasure,
    left: u64,
}

impl Seen {
    const fn is_over(&self) -> bool {
        matches!(self.erasure.status, ErasureStatus::Done | ErasureStatus::Incomplete)
    }
}

/// The page.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let (workspace, _) = known(&state, &mut visit).await?;
    let seen = seen(&state, &visit, &workspace).await?;
    let t = &visit.texts().privacy;
    let body = html! {
        p { a href=(place(&workspace.slug)) { "← " (t.title) } }
        h1 { (t.receipt) }
        p { (t.receipt_lead) }
        // Without scripts the page comes again by itself.
        @if !seen.is_over() { noscript { meta http-equiv="refresh" content="3"; } }
        (part(&visit, &workspace, &seen))
        h2 { (t.reach) }
        (out_of_reach(&visit.texts().reach))
    };
    whole(StatusCode::OK, &state, &visit, &workspace, body).await
}

/// The part of it that changes while the erasure goes.
pub(crate) async fn progress(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let (workspace, _) = known(&state, &mut visit).await?;
    let seen = seen(&state, &visit, &workspace).await?;
    Ok(fragment(part(&visit, &workspace, &seen)))
}

/// One of the workspace's; another's is not there.
async fn seen(state: &ApiState, visit: &Visit, workspace: &Reached) -> Result<Seen, Rejection> {
    let id = Uuid::try_parse(visit.param("id")?).map(ErasureId).map_err(|_| NONE)?;
    let found = state.erasures.find(workspace.tenant, id).await.or_reject(visit.admitted())?;
    let erasure = found.filter(|erasure| erasure.workspace == workspace.id).ok_or(NONE)?;
    let left = state.erasures.left(workspace.tenant, id).await.or_reject(visit.admitted())?;
    Ok(Seen { erasure, left })
}

fn part(visit: &Visit, workspace: &Reached, seen: &Seen) -> Markup {
    let (t, locale, erasure) = (&visit.texts().privacy, visit.locale(), &seen.erasure);
    let live = (!seen.is_over()).then(|| format!("{}/progress", receipt_place(&workspace.slug, erasure.id)));
    html! {
        div data-live=[live.as_deref()] data-every="2" {
            dl.facts {
                dt { (t.status) } dd { span role="status" { (view::state(erasure.status, t)) } }
                dt { (t.kind) } dd { (view::kind(&erasure.whose, t)) }
                dt { (t.ordered) } dd { (locale.time(erasure.made_at)) " · " code { (foreign(&erasure.made_by)) } }
                dt { (t.finished) }
                dd { @match erasure.finished_at { Some(at) => (locale.time(at)), None => (t.not_finished) } }
            }
            @if !seen.is_over() { (going(visit, seen)) }
            @if !erasure.remaining.is_empty() {
                (notice(Tone::Warn, html! {
                    p { strong { (t.remaining) } }
                    // In the words of whoever found it.
                    ul lang="en" { @for what in &erasure.remaining { li { (foreign(what)) } } }
                    p { (t.remaining_help) }
                }))
            }
            h2 { (t.removed) }
            (removed(visit, &erasure.removed))
            @if erasure.status == ErasureStatus::Done { p { (t.remaining) ": " (t.nothing_remains) } }
        }
    }
}

fn going(visit: &Visit, seen: &Seen) -> Markup {
    let (t, locale) = (&visit.texts().privacy, visit.locale());
    let done = seen.erasure.removed.upstream_sessions;
    let all = done + seen.left;
    html! {
        section {
            h2 { (t.progress) }
            @if all > 0 {
                progress max=(all) value=(done) aria-label=(t.progress) {}
                p { (fill(t.emptied, &[("done", &locale.number(done)), ("all", &locale.number(all))])) }
            } @else {
                progress aria-label=(t.progress) {}
                @if seen.erasure.status == ErasureStatus::Queued { p { (t.soon) } }
            }
        }
    }
}

fn removed(visit: &Visit, removed: &Removed) -> Markup {
    let (t, locale) = (&visit.texts().privacy, visit.locale());
    let rows = [
        (t.removed_conversations, removed.conversations),
        (t.removed_exchanges, removed.exchanges),
        (t.removed_answers, removed.idempotent_answers),
        (t.removed_sessions, removed.upstream_sessions),
        (t.removed_chats, removed.upstream_chats),
        (t.removed_usage, removed.usage_events),
    ];
    let rows = html! {
        @for (place, count) in rows { tr { th scope="row" { (place) } td { (locale.number(count)) } } }
    };
    table(t.removed, &[t.place, t.many], rows)
}

fn out_of_reach(t: &ReachTexts) -> Markup {
    html! { ul { @for (what, why) in reach(t) { li { strong { (what) } ": " (why) } } } }
}

/// Each place that no erasure reaches, with the reason.
const fn reach(t: &ReachTexts) -> [(&'static str, &'static str); 5] {
    [
        (t.answering, t.answering_why),
        (t.former, t.former_why),
        (t.kept, t.kept_why),
        (t.backups, t.backups_why),
        (t.provider, t.provider_why),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::console::locale::Language;
    use crate::api::console::texts::Texts;
    use crate::api::privacy::OUT_OF_REACH;

    #[test]
    fn what_no_erasure_reaches_is_what_the_api_says() {
        let said: Vec<_> = OUT_OF_REACH.iter().map(|place| (place.what, place.why)).collect();
        assert_eq!(reach(&Texts::of(Language::English).reach).to_vec(), said);
    }
}
