//! The assistant of a workspace: what it says and how it looks, who is reached when it cannot help, and what differs
//! from AnythingLLM.

mod hours;
pub(crate) mod preview;
mod settings;

use super::form::Form;
use super::layout::{Nav, Page};
use super::parts::{Tone, faults_summary, foreign, notice, table};
use super::texts::{Done, Texts};
use super::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::json::merge_patch;
use crate::domain::scope::Scope;
use crate::domain::workspace::ManagedWorkspace;
use crate::rejection::Rejection;
use crate::workspaces::{Caller, Patch, Seen, Side, UpstreamSight, WorkspaceError};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Map, Value};
use settings::{ANSWERS, GROUPS, MARKET, PRIVACY, SUPPORT, WIDGET, as_typed, at};

/// What the page shows beside the workspace itself.
struct Shown<'a> {
    status: StatusCode,
    content: Value,
    faults: &'a Faults,
    /// What somebody else has saved since, where it is another than what was typed.
    conflict: Option<Value>,
}

/// The settings.
///
/// # Errors
/// `not_found`; of the database.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let workspace = found(&state, &visit).await?;
    let content = as_json(&workspace);
    let faults = Faults::new();
    drawn(&state, visit, workspace, Shown { status: StatusCode::OK, content, faults: &faults, conflict: None }).await
}

/// Changes them.
///
/// # Errors
/// As [`crate::api::workspaces::change`], but for what is told in the page.
pub(crate) async fn change(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = found(&state, &visit).await?;
    let before = as_json(&workspace);
    let patch = patch_of(&form, &before);
    let mut typed = before.clone();
    merge_patch(&mut typed, Value::Object(patch.clone()));
    let read = form.text("version").and_then(|text| text.parse::<i64>().ok()).unwrap_or(workspace.version);
    let author = visit.admitted().author()?;
    let caller = Caller { tenant: visit.tenant()?, author: &author };
    let changed = state.workspaces.change(caller, &workspace.slug, &|version| version == read, Patch(patch)).await;
    match changed {
        Ok(_) => Ok(visit.done(Done::WorkspaceChanged, &place(&workspace.slug))),
        Err(WorkspaceError::Changed) => {
            // As it is by now: what was found above may have been changed in between.
            let workspace = found(&state, &visit).await?;
            let theirs = as_json(&workspace);
            let (status, faults) = (StatusCode::PRECONDITION_FAILED, Faults::new());
            let shown = Shown { status, content: typed, faults: &faults, conflict: Some(theirs) };
            drawn(&state, visit, workspace, shown).await
        }
        Err(error) => match error.to_rejection(visit.admitted().request_id()) {
            Rejection::ValidationFailed(faults) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                drawn(&state, visit, workspace, Shown { status, content: typed, faults: &faults, conflict: None }).await
            }
            other => Err(Refusal(other)),
        },
    }
}

/// Settles what differs from AnythingLLM.
///
/// # Errors
/// As [`crate::api::workspaces::sync`].
pub(crate) async fn settle(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = found(&state, &visit).await?;
    let side = if form.text("take") == Some("upstream") { Side::Upstream } else { Side::Vestibule };
    let author = visit.admitted().author()?;
    let caller = Caller { tenant: visit.tenant()?, author: &author };
    let read = form.text("version").and_then(|text| text.parse::<i64>().ok());
    let expected = |version| read.is_none_or(|read| read == version);
    state.workspaces.sync(caller, &workspace.slug, &expected, side).await.or_reject(visit.admitted())?;
    Ok(visit.done(Done::WorkspaceSettled, &place(&workspace.slug)))
}

fn place(slug: &str) -> String {
    format!("/console/workspaces/{slug}/assistant")
}

async fn found(state: &ApiState, visit: &Visit) -> Result<ManagedWorkspace, Rejection> {
    state.workspaces.find(visit.tenant()?, visit.param("slug")?).await.or_reject(visit.admitted())
}

fn as_json(workspace: &ManagedWorkspace) -> Value {
    serde_json::to_value(&workspace.content).unwrap_or_default()
}

/// What was typed, as a merge patch.
fn patch_of(form: &Form, before: &Value) -> Map<String, Value> {
    let mut patch = Map::new();
    for setting in GROUPS.into_iter().flatten() {
        settings::put(&mut patch, setting.0, settings::sent(form, *setting, before));
    }
    settings::put(&mut patch, "support.business_hours", hours::sent(form));
    patch
}

async fn drawn(
    state: &ApiState,
    mut visit: Visit,
    workspace: ManagedWorkspace,
    shown: Shown<'_>,
) -> Result<Response, Refusal> {
    let shown = Shown { faults: &hours::at_their_fields(shown.faults, &shown.content), ..shown };
    visit.in_zone(&workspace.content.settings.timezone);
    let Seen { workspace, sight } = visit.look_at(state, workspace).await;
    let texts = visit.texts();
    let t = &texts.assistant;
    let slug = workspace.slug.as_str();
    let group = |title: &str, about: &str, list: &[settings::Setting]| {
        html! {
            section {
                h2 { (title) }
                p.quiet { (about) }
                @for setting in list { (settings::drawn(*setting, &shown.content, shown.faults, texts)) }
            }
        }
    };
    let fields = html! {
        input type="hidden" name="version" value=(workspace.version);
        (group(t.answers, t.answers_what, ANSWERS))
        (group(t.widget, t.widget_what, WIDGET))
        section {
            h2 { (t.support) }
            p.quiet { (t.support_what) }
            @for setting in SUPPORT { (settings::drawn(*setting, &shown.content, shown.faults, texts)) }
            (hours::fields(&hours::of(&shown.content), shown.faults, texts))
        }
        (group(t.market, t.market_what, MARKET))
        (group(t.privacy, t.privacy_what, PRIVACY))
        div.actions.bottom { button.primary { (texts.common.save) } }
    };
    let may_type = visit.may(Scope::WorkspacesWrite);
    let body = html! {
        div.head { h1 { (t.title) ": " (foreign(&workspace.content.name)) } }
        (faults_summary(shown.faults, texts))
        @if let Some(theirs) = &shown.conflict { (conflict(&shown.content, theirs, texts)) }
        (difference(&visit, &workspace, &sight))
        div.beside {
            @if may_type { (visit.named_form(preview::FORM, &place(slug), fields)) } @else { div { (fields) } }
            (preview::beside(&workspace, may_type, texts))
        }
    };
    let about = Page { title: t.title.into(), nav: Nav::Assistant, workspace: Some(slug) };
    Ok(preview::framing(visit.page_with(shown.status, state, about, body).await?))
}

/// What somebody else has saved in between, beside what was typed.
fn conflict(typed: &Value, theirs: &Value, texts: &'static Texts) -> Markup {
    let t = &texts.assistant;
    let different =
        GROUPS.into_iter().flatten().filter(|(path, kind)| !is_same(at(typed, path), at(theirs, path), *kind));
    notice(
        Tone::Warn,
        html! {
            p { (t.conflict) }
            (table(t.conflict, &[t.setting, t.yours, t.theirs], html! {
                @for (path, kind) in different {
                    tr {
                        th scope="row" { (settings::words(path, texts).0) }
                        td { (foreign(&as_typed(at(typed, path), *kind))) }
                        td { (foreign(&as_typed(at(theirs, path), *kind))) }
                    }
                }
            }))
        },
    )
}

/// Browsers send colours in lower case, however they are stored.
fn is_same(one: &Value, other: &Value, kind: settings::Typed) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) if matches!(kind, settings::Typed::Color) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

/// What differs from AnythingLLM, and both ways to settle it.
fn difference(visit: &Visit, workspace: &ManagedWorkspace, sight: &UpstreamSight) -> Markup {
    let texts = visit.texts();
    let t = &texts.assistant;
    let way = |take: &str, words: &str| {
        visit.form(
            &format!("/console/workspaces/{}/settle", workspace.slug),
            html! {
                input type="hidden" name="version" value=(workspace.version);
                button name="take" value=(take) { (words) }
            },
        )
    };
    let shown = |value: &Value| as_typed(value, settings::Typed::Text);
    match sight {
        UpstreamSight::There(drift) if !drift.is_empty() => notice(
            Tone::Warn,
            html! {
                p { (t.drifted) }
                (table(t.drifted, &[t.setting, t.here, t.there], html! {
                    @for one in drift {
                        tr {
                            th scope="row" { (settings::words(one.field, texts).0) }
                            td { (foreign(&shown(&one.vestibule))) }
                            td { (foreign(&shown(&one.upstream))) }
                        }
                    }
                }))
                @if visit.may(Scope::WorkspacesWrite) {
                    div.actions { (way("vestibule", t.take_ours)) (way("upstream", t.take_theirs)) }
                }
            },
        ),
        UpstreamSight::There(_) => super::parts::nothing(),
        UpstreamSight::Missing => notice(
            Tone::Bad,
            html! {
                p { (t.missing) }
                @if visit.may(Scope::WorkspacesWrite) { (way("vestibule", t.make_again)) }
            },
        ),
        UpstreamSight::Pending => notice(Tone::Warn, html! { (t.pending) }),
        UpstreamSight::Unreachable => notice(Tone::Warn, html! { (t.unreachable) }),
    }
}
