//! One key: what it may do and may be changed to, what is left of its limits, where it was seen, and how it ends.

use super::content::Content;
use super::left::left;
use super::list::status_badge;
use super::make::{faults_of, origin_rules, shown as made, snippets};
use super::{env_word, kind_word};
use crate::api::console::chart;
use crate::api::console::form::Form;
use crate::api::console::layout::{Nav, Page};
use crate::api::console::parts::{
    Field, Kind, Tone, badge, disclosure, faults_summary, field, foreign, nothing, notice, select, table,
};
use crate::api::console::texts::{Done, fill};
use crate::api::console::visit::Visit;
use crate::api::keys::{self, limits, preview, snippet};
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::key::{GraceFrom, KeyKind, KeyStatus, StoredKey};
use crate::domain::scope::Scope;
use crate::keys::RotateRequest;
use crate::rejection::Rejection;
use crate::reports::SeenOrigin;
use crate::storage::AuditFilter;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// How far back origins are looked for, in days: as far as the sums of days are divided.
const DAYS: u32 = 31;

/// What the page shows beside the key itself.
struct Shown<'a> {
    status: StatusCode,
    content: Content,
    faults: &'a Faults,
    tried: Option<preview::PreviewView>,
    /// Why it is to be revoked, as it was typed.
    reason: &'a str,
}

/// The key.
///
/// # Errors
/// `not_found`; of the database.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let key = keys::managed(&state, visit.admitted()).await?;
    if let Some(text) = visit.once(&state, &place(&key)) {
        return made(&state, &visit, &key, &text).await;
    }
    let content = Content::of(&key.content);
    let shown = Shown { status: StatusCode::OK, content, faults: &Faults::new(), tried: None, reason: "" };
    drawn(&state, visit, &key, shown).await
}

/// Changes it, or tries a list of origins before that.
///
/// # Errors
/// As [`keys::change`], but for what is told beside the fields.
pub(crate) async fn change(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let key = keys::managed(&state, visit.admitted()).await?;
    let content = Content::sent(&form, key.kind);
    if form.flag("try") {
        let list = preview::Tried { origins: content.origins(), null: Some(content.null_origin()), days: DAYS };
        return match preview::of(&state, visit.admitted(), &key, &list).await {
            Ok(tried) => {
                let shown =
                    Shown { status: StatusCode::OK, content, faults: &Faults::new(), tried: Some(tried), reason: "" };
                drawn(&state, visit, &key, shown).await
            }
            Err(rejection) => again(&state, visit, &key, content, rejection).await,
        };
    }
    let version = form.text("version").and_then(|text| text.parse::<i64>().ok());
    let given = Content::sent(&form, key.kind).into_given();
    match store(&state, &visit, &key, version, &given).await {
        Ok(()) => Ok(visit.done(Done::KeyChanged, &place(&key))),
        Err(rejection) => again(&state, visit, &key, content, rejection).await,
    }
}

/// Switches it on or off.
///
/// # Errors
/// As [`keys::change`].
pub(crate) async fn switch(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let key = keys::managed(&state, visit.admitted()).await?;
    let enabled = form.text("enabled") == Some("true");
    let given = Map::from_iter([("enabled".to_owned(), json!(enabled))]);
    store(&state, &visit, &key, None, &given).await?;
    Ok(visit.done(if enabled { Done::KeyEnabled } else { Done::KeyDisabled }, &place(&key)))
}

/// Makes one like it that takes over, and shows that.
///
/// # Errors
/// As [`keys::life::rotate`].
pub(crate) async fn rotate(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let key = keys::managed(&state, visit.admitted()).await?;
    let grace_seconds = form.text("grace_seconds").and_then(|text| text.parse().ok());
    let grace_from = form.text("grace_from").and_then(|word| word.parse().ok()).unwrap_or(GraceFrom::FirstUse);
    let body = keys::life::grace(grace_seconds)?;
    let managing = visit.managing(&state)?;
    let request = RotateRequest { grace_from, grace_seconds: body };
    let name = crate::storage::KeyName::Id(key.id);
    let issued = state.keys.rotate(managing.caller(), name, request).await.or_reject(visit.admitted())?;
    Ok(visit.shown_once(&state, &place(&issued.stored), issued.key.expose())?)
}

/// Revokes it for good.
///
/// # Errors
/// As [`keys::life::revoke`].
pub(crate) async fn revoke(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let key = keys::managed(&state, visit.admitted()).await?;
    let managing = visit.managing(&state)?;
    let name = crate::storage::KeyName::Id(key.id);
    let reason = form.text("reason");
    match state.keys.revoke(managing.caller(), name, reason).await.or_reject(visit.admitted()) {
        Ok(_) => Ok(visit.done(Done::KeyRevoked, &place(&key))),
        Err(Rejection::ValidationFailed(faults)) => {
            let content = Content::of(&key.content);
            let reason = reason.unwrap_or_default();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let shown = Shown { status, content, faults: &faults, tried: None, reason };
            drawn(&state, visit, &key, shown).await
        }
        Err(other) => Err(Refusal(other)),
    }
}

pub(super) fn place(key: &StoredKey) -> String {
    format!("/console/keys/{}", key.public_id)
}

async fn store(
    state: &ApiState,
    visit: &Visit,
    key: &StoredKey,
    version: Option<i64>,
    given: &Map<String, Value>,
) -> Result<(), Rejection> {
    let managing = visit.managing(state)?;
    let expected = |own| version.is_none_or(|version| version == own);
    let name = crate::storage::KeyName::Id(key.id);
    state.keys.change(managing.caller(), name, &expected, given).await.or_reject(visit.admitted()).map(drop)
}

/// The page once more, with what is wrong.
async fn again(
    state: &ApiState,
    visit: Visit,
    key: &StoredKey,
    content: Content,
    rejection: Rejection,
) -> Result<Response, Refusal> {
    let (status, faults) = match rejection {
        Rejection::PreconditionFailed => {
            let mut faults = Faults::new();
            faults.push("", "conflict", visit.texts().key_form.changed_meanwhile);
            (StatusCode::PRECONDITION_FAILED, faults)
        }
        other => (StatusCode::UNPROCESSABLE_ENTITY, faults_of(other)?),
    };
    drawn(state, visit, key, Shown { status, content, faults: &faults, tried: None, reason: "" }).await
}

async fn drawn(state: &ApiState, mut visit: Visit, key: &StoredKey, shown: Shown<'_>) -> Result<Response, Refusal> {
    let tenant = visit.tenant()?;
    let slug = key.workspace.as_ref().map(|(_, slug)| slug.clone());
    if let Some(slug) = &slug {
        let workspace = state.workspaces.find(tenant, slug).await.or_reject(visit.admitted())?;
        visit.in_zone(&workspace.content.settings.timezone);
    }
    let in_force = limits::of(state, visit.admitted(), key).await?;
    let used = state.reports.last_day_of_keys(tenant, None, Some(key.id)).await.or_reject(visit.admitted())?;
    let hours = used.get(&key.id).map_or(&[][..], Vec::as_slice);
    let (seen, code) = if key.kind == KeyKind::Publishable {
        let seen = state.reports.origins_seen(tenant, key.id, DAYS).await.or_reject(visit.admitted())?;
        let placeholder = snippet::PLACEHOLDER;
        let view = snippet::of(state, visit.admitted(), key, snippet::Widget::Vestibule, placeholder).await?;
        (seen, snippets(&view, Some(placeholder), visit.texts()))
    } else {
        (Vec::new(), nothing())
    };
    let names = names(state, &visit, key).await?;
    let (texts, now) = (visit.texts(), state.ambient.now());
    let t = &texts.keys;
    let status = key.status(now);
    let may_change = visit.may(Scope::KeysWrite) && key.revoked.is_none();
    let body = html! {
        p { a href="/console/keys" { "← " (t.title) } }
        div.head { h1 { (foreign(&key.content.name)) " " (status_badge(status, t)) } }
        (faults_summary(shown.faults, texts))
        (rotation(&visit, key, &names, hours.iter().sum(), now))
        div.columns {
            section { h2 { (t.about) } (facts(&visit, key, &names, hours, now)) }
            section { h2 { (t.limits_title) } (left(&visit, &in_force, now)) }
        }
        @if key.kind == KeyKind::Publishable { section { h2 { (t.seen_title) } (seen_at(&visit, &seen)) } (code) }
        @if may_change {
            section #change {
                h2 { (t.change_title) }
                (visit.form(&place(key), html! {
                    input type="hidden" name="version" value=(key.version);
                    (shown.content.fields(key.kind, tried(&visit, shown.tried.as_ref()), shown.faults, texts))
                    div.actions { button.primary { (texts.common.save) } }
                }))
            }
            (ends(&visit, key, status, &shown))
        }
    };
    let about = Page { title: key.content.name.clone().into(), nav: Nav::Keys, workspace: slug.as_deref() };
    visit.page_with(shown.status, state, about, body).await
}

/// What those who have made and changed a key were called, by what stands for them.
type Names = HashMap<String, String>;

/// Changes of a key that are looked through for names.
const MOST_CHANGES: u16 = 100;

async fn names(state: &ApiState, visit: &Visit, key: &StoredKey) -> Result<Names, Rejection> {
    let target = Some(format!("key:{}", key.public_id));
    let filter = AuditFilter { target, ..AuditFilter::default() };
    let changes =
        state.reports.changes(visit.tenant()?, &filter, None, MOST_CHANGES).await.or_reject(visit.admitted())?;
    Ok(changes.into_iter().map(|one| (one.author.label(), one.author.name)).collect())
}

/// By the name where it is known.
fn person(names: &Names, label: &str) -> String {
    names
        .get(label)
        .filter(|name| !name.is_empty())
        .map_or_else(|| label.to_owned(), |name| format!("{name} ({label})"))
}

/// What takes over from it, or from what it has taken over, and whether that is still used.
fn rotation(
    visit: &Visit,
    key: &StoredKey,
    names: &Names,
    requests: u64,
    now: chrono::DateTime<chrono::Utc>,
) -> Markup {
    let (t, locale) = (&visit.texts().keys, visit.locale());
    html! {
        @if let Some(successor) = key.replaced_by {
            @let tone = if requests > 0 { Tone::Warn } else { Tone::Neutral };
            (notice(tone, html! {
                (t.replaced) " " a href={ "/console/keys/" (successor) } { (t.replaced_by) } ". "
                @match key.grace_until {
                    Some(until) if until > now => { (t.grace_until) " " (locale.time(until)) ". " }
                    Some(_) => { (t.grace_over) " " }
                    None => { (t.grace_waits) " " }
                }
                (fill(t.still_used, &[("count", &locale.number(requests))]))
            }))
        }
        @if let Some(rotation) = key.rotation {
            p { (t.took_over) " " a href={ "/console/keys/" (rotation.from) } { (t.took_over_from) } "." }
        }
        @if let Some(revoked) = &key.revoked {
            (notice(Tone::Bad, html! {
                (t.revoked_on) " " (locale.time(revoked.at)) " · " (foreign(&person(names, &revoked.by)))
                @if let Some(reason) = &revoked.reason { " · " (foreign(reason)) }
            }))
        }
    }
}

fn facts(visit: &Visit, key: &StoredKey, names: &Names, hours: &[u64], now: chrono::DateTime<chrono::Utc>) -> Markup {
    let (t, common, locale) = (&visit.texts().keys, &visit.texts().common, visit.locale());
    let count = locale.number(hours.iter().sum());
    html! {
        dl.facts {
            dt { (t.public_id) }
            dd { code { (key.public_id) } " … " code { (key.last_four.as_deref().unwrap_or("–")) } }
            dt { (t.kind) } dd { (kind_word(key.kind, t)) ", " (env_word(key.env, t)) }
            dt { (t.workspace) }
            dd { (key.workspace.as_ref().map_or(t.all_workspaces, |(_, slug)| slug.as_str())) }
            dt { (t.last_used) }
            dd { @match key.last_used_at { Some(at) => (locale.ago(at, now)), None => (common.never) } }
            dt { (t.last_24_hours) }
            dd {
                @if hours.iter().any(|hour| *hour > 0) {
                    (chart::sparkline(hours, &fill(t.requests_24_hours, &[("count", &count)]))) " "
                }
                (count)
            }
            dt { (t.expires) }
            dd {
                @match key.content.expires_at {
                    Some(at) => { (locale.time(at)) " (" (locale.until(at, now)) ")" }
                    None => { (common.never) }
                }
            }
            dt { (t.created) } dd { (locale.time(key.created_at)) " · " (foreign(&person(names, &key.created_by))) }
        }
    }
}

/// Where pages were that used the key, also those that were refused.
fn seen_at(visit: &Visit, seen: &[SeenOrigin]) -> Markup {
    let (t, locale) = (&visit.texts().keys, visit.locale());
    html! {
        @if seen.is_empty() { p { (t.seen_nowhere) } } @else {
            (table(t.seen_title, &[t.origin, t.first_seen, t.last_seen, t.requests, t.refused], html! {
                @for one in seen {
                    tr {
                        th scope="row" { code { (foreign(&one.origin)) } }
                        td { (locale.date(one.first)) }
                        td { (locale.date(one.last)) }
                        td.number { (locale.number(one.requests)) }
                        td.number {
                            @if one.refused > 0 { (badge(Tone::Bad, &locale.number(one.refused))) } @else { "0" }
                        }
                    }
                }
            }))
        }
    }
}

/// What another list of origins would have done, and the way to try one.
fn tried(visit: &Visit, tried: Option<&preview::PreviewView>) -> Markup {
    let (texts, locale) = (visit.texts(), visit.locale());
    let t = &texts.keys;
    html! {
        (origin_rules(texts))
        @if let Some(tried) = tried {
            @let tone = if tried.newly_refused > 0 { Tone::Warn } else { Tone::Good };
            (notice(tone, html! {
                p { (fill(t.tried, &[
                    ("days", &locale.number(tried.days.into())),
                    ("requests", &locale.number(tried.requests)),
                    ("refused", &locale.number(tried.newly_refused)),
                    ("allowed", &locale.number(tried.newly_allowed)),
                ])) }
                ul {
                    @for one in tried.origins.iter().filter(|one| one.allowed_now != one.allowed_then) {
                        @let then = if one.allowed_then { t.newly_allowed } else { t.newly_refused };
                        li { code { (foreign(&one.origin)) } " " (then) }
                    }
                }
            }))
        }
        p { button name="try" value="yes" { (t.try_origins) } }
    }
}

/// How it ends, for now or for good.
fn ends(visit: &Visit, key: &StoredKey, status: KeyStatus, shown: &Shown<'_>) -> Markup {
    let texts = visit.texts();
    let t = &texts.keys;
    let none = Faults::new();
    let graces: Vec<(&str, &str)> =
        [("0", t.grace_none), ("3600", t.grace_hour), ("86400", t.grace_day), ("604800", t.grace_week)].into();
    let froms = [(GraceFrom::FirstUse.as_str(), t.grace_first_use), (GraceFrom::Now.as_str(), t.grace_now)];
    html! {
        @if key.replaced_by.is_none() && matches!(status, KeyStatus::Active | KeyStatus::Disabled) {
            (disclosure(t.rotate_title, false, html! {
                p { (t.rotate_what) }
                (visit.form(&format!("{}/rotate", place(key)), html! {
                    @let first_use = GraceFrom::FirstUse.as_str();
                    (select(Field::optional("grace_from", t.grace_from, "", first_use, Kind::Text), &froms, &none, texts))
                    (select(Field::optional("grace_seconds", t.grace, "", "86400", Kind::Text), &graces, &none, texts))
                    button { (t.rotate) }
                }))
            }))
        }
        @if status == KeyStatus::Disabled {
            (disclosure(t.enable_title, true, visit.form(&format!("{}/switch", place(key)), html! {
                p { (t.enable_what) }
                button name="enabled" value="true" { (t.enable) }
            })))
        } @else {
            (disclosure(t.disable_title, false, visit.form(&format!("{}/switch", place(key)), html! {
                p { (t.disable_what) }
                button name="enabled" value="false" { (t.disable) }
            })))
        }
        (disclosure(t.revoke_title, !shown.reason.is_empty(), visit.form(&format!("{}/revoke", place(key)), html! {
            p { (t.revoke_what) }
            (field(Field::optional("reason", t.reason, t.reason_help, shown.reason, Kind::Text), shown.faults, texts))
            button.danger { (t.revoke) }
        })))
    }
}
