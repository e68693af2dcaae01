//! The keys, with their state and what they were used for in the last day.

use super::{env_word, kind_word};
use crate::api::Shared;
use crate::api::console::chart;
use crate::api::console::layout::{Nav, Page};
use crate::api::console::parts::{Tone, badge, empty, foreign, nothing, pager, table};
use crate::api::console::texts::{KeysTexts, fill};
use crate::api::console::visit::Visit;
use crate::api::page::{PageEnd, Paging};
use crate::api::response::{OrReject as _, Refusal};
use crate::domain::ids::KeyId;
use crate::domain::key::{KeyKind, KeyStatus, StoredKey};
use crate::domain::scope::Scope;
use crate::storage::KeyFilter;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use std::collections::HashMap;
use url::form_urlencoded;

/// What is looked for.
struct Wanted {
    search: Option<String>,
    workspace: Option<String>,
    kind: Option<KeyKind>,
    status: Option<KeyStatus>,
}

impl Wanted {
    fn is_anything(&self) -> bool {
        self.search.is_none() && self.kind.is_none() && self.status.is_none()
    }

    /// The address of the page after this one.
    fn next(&self, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("q", self.search.as_deref()),
            ("workspace", self.workspace.as_deref()),
            ("kind", self.kind.map(KeyKind::as_str)),
            ("status", self.status.map(KeyStatus::as_str)),
            ("cursor", Some(cursor)),
        ];
        query.extend_pairs(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))));
        format!("/console/keys?{}", query.finish())
    }
}

/// The list.
///
/// # Errors
/// `not_found` for a workspace that is not there, `validation_failed`; of the database.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let (wanted, paging) = {
        let mut query = visit.query();
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let wanted = Wanted {
            search: text(query.text("q")).map(|text| text.chars().take(100).collect()),
            workspace: text(query.text("workspace")),
            // What a form sends for "all" is empty.
            kind: query.text("kind").and_then(|word| word.parse().ok()),
            status: query.text("status").and_then(|word| word.parse().ok()),
        };
        let paging = Paging::of(&mut query);
        query.end()?;
        (wanted, paging)
    };
    let workspace = match &wanted.workspace {
        Some(slug) => {
            let found = state.workspaces.find(visit.tenant()?, slug).await.or_reject(visit.admitted())?;
            visit.in_zone(&found.content.settings.timezone);
            Some(found.id)
        }
        None => None,
    };
    let filter = KeyFilter {
        workspace,
        kind: wanted.kind,
        status: wanted.status,
        search: wanted.search.clone(),
        ..KeyFilter::default()
    };
    let managing = visit.managing(&state)?;
    let found = state.keys.list(managing.caller(), filter, paging.after.map(KeyId), paging.wanted()).await;
    let mut keys = found.or_reject(visit.admitted())?;
    let PageEnd { next_cursor, .. } = paging.cut(&mut keys, |key| key.id.0);
    let used = state.reports.last_day_of_keys(visit.tenant()?, workspace, None).await.or_reject(visit.admitted())?;

    let t = &visit.texts().keys;
    let slug = wanted.workspace.as_deref();
    let next = next_cursor.map(|cursor| wanted.next(&cursor.to_string()));
    let is_first = paging.after.is_none();
    let body = html! {
        div.head {
            h1 { (t.title) }
            @if visit.may(Scope::KeysWrite) && !keys.is_empty() { (make(slug, t)) }
        }
        @if keys.is_empty() && is_first && wanted.is_anything() {
            (empty(t.empty_title, t.empty_what, if visit.may(Scope::KeysWrite) { make(slug, t) } else { nothing() }))
        } @else {
            (search(&visit, &wanted))
            @if keys.is_empty() { p { (t.none_found) } } @else { (listed(&state, &visit, &keys, &used)) }
            (pager(next.as_deref(), visit.texts().common.more))
        }
    };
    visit.page(&state, Page { title: t.title.into(), nav: Nav::Keys, workspace: slug }, body).await
}

fn make(workspace: Option<&str>, t: &KeysTexts) -> Markup {
    let place = workspace.map_or("/console/new-key".into(), |slug| format!("/console/new-key?workspace={slug}"));
    html! { a.button.primary href=(place) { (t.make) } }
}

fn search(visit: &Visit, wanted: &Wanted) -> Markup {
    let (t, common) = (&visit.texts().keys, &visit.texts().common);
    html! {
        form.filter method="get" action="/console/keys" role="search" {
            @if let Some(slug) = &wanted.workspace { input type="hidden" name="workspace" value=(slug); }
            input type="search" name="q" value=[wanted.search.as_deref()] maxlength="100" aria-label=(t.search_hint)
                placeholder=(common.search) title=(t.search_hint);
            select name="status" aria-label=(t.status) {
                option value="" { (t.every_status) }
                @for status in KeyStatus::ALL {
                    option value=(status.as_str()) selected[wanted.status == Some(status)] { (status_word(status, t)) }
                }
            }
            select name="kind" aria-label=(t.kind) {
                option value="" { (t.every_kind) }
                @for kind in [KeyKind::Publishable, KeyKind::Secret] {
                    option value=(kind.as_str()) selected[wanted.kind == Some(kind)] { (kind_word(kind, t)) }
                }
            }
            button { (common.search) }
        }
    }
}

fn listed(state: &Shared, visit: &Visit, keys: &[StoredKey], used: &HashMap<KeyId, Vec<u64>>) -> Markup {
    let (t, common, locale) = (&visit.texts().keys, &visit.texts().common, visit.locale());
    let now = state.ambient.now();
    let rows = html! {
        @for key in keys {
            @let hours = used.get(&key.id).map_or(&[][..], Vec::as_slice);
            @let count = locale.number(hours.iter().sum());
            tr {
                th scope="row" {
                    a href={ "/console/keys/" (key.public_id) } { (foreign(&key.content.name)) }
                    div.quiet { code { (key.public_id) "…" (key.last_four.as_deref().unwrap_or_default()) } }
                }
                td { (status_badge(key.status(now), t)) }
                td { (kind_word(key.kind, t)) " " span.quiet { (env_word(key.env, t)) } }
                td { (key.workspace.as_ref().map_or(t.all_workspaces, |(_, slug)| slug.as_str())) }
                td { @match key.last_used_at { Some(at) => (locale.ago(at, now)), None => (common.never) } }
                td.number {
                    @if hours.iter().any(|hour| *hour > 0) {
                        (chart::sparkline(hours, &fill(t.requests_24_hours, &[("count", &count)])))
                    }
                    " " (count)
                }
            }
        }
    };
    table(t.caption, &[t.name, t.status, t.kind, t.workspace, t.last_used, t.last_24_hours], rows)
}

pub(super) fn status_badge(status: KeyStatus, t: &KeysTexts) -> Markup {
    let tone = match status {
        KeyStatus::Active => Tone::Good,
        KeyStatus::Disabled => Tone::Warn,
        KeyStatus::Expired | KeyStatus::Revoked => Tone::Neutral,
    };
    badge(tone, status_word(status, t))
}

const fn status_word(status: KeyStatus, t: &KeysTexts) -> &'static str {
    match status {
        KeyStatus::Active => t.active,
        KeyStatus::Disabled => t.disabled,
        KeyStatus::Expired => t.expired,
        KeyStatus::Revoked => t.revoked,
    }
}
