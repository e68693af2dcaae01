//! The catalogue as a page.

use super::{place, progress, run_place};
use crate::api::console::parts::{
    Field, Tone, badge, check, disclosure, empty, filled, foreign, nothing, pager, table,
};
use crate::api::console::texts::CatalogueTexts;
use crate::api::console::visit::Visit;
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::scope::Scope;
use crate::domain::store::{CredentialSummary, StoreConnection, StoreStatus};
use crate::domain::sync::{SyncRun, SyncStatus, SyncTrigger};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use url::Url;

pub(super) struct Shown<'a> {
    pub(super) connection: Option<&'a StoreConnection>,
    pub(super) runs: &'a [SyncRun],
    pub(super) next: Option<&'a str>,
}

pub(super) fn page(visit: &Visit, workspace: &Reached, shown: &Shown<'_>, now: DateTime<Utc>) -> Markup {
    let t = &visit.texts().catalogue;
    let may_change = visit.may(Scope::WorkspacesWrite);
    let to_store = format!("{}/store", place(workspace));
    let running = shown.runs.iter().find(|run| !run.status.is_over());
    html! {
        h1 { (t.title) }
        p { (t.lead) }
        @match shown.connection {
            None => {
                (empty(t.no_store_title, t.no_store_help, if may_change {
                    html! { a.button.primary href=(to_store) { (t.connect) } }
                } else {
                    nothing()
                }))
            }
            Some(connection) => {
                (store(visit, workspace, connection, &to_store, may_change, now))
                @if may_change && running.is_none() { (start(visit, workspace)) }
            }
        }
        @if let Some(run) = running {
            (progress::live(visit, workspace, run, now))
            p { a href=(run_place(workspace, run.id)) { (t.to_run) } }
        }
        @if shown.connection.is_some() || !shown.runs.is_empty() {
            h2 { (t.runs) }
            // What goes on stands above, and changes while the page is looked at.
            @let over: Vec<_> = shown.runs.iter().filter(|run| run.status.is_over()).collect();
            @if shown.runs.is_empty() { (empty(t.no_runs_title, t.no_runs_help, nothing())) }
            @else if over.is_empty() { p.quiet { (t.first_run) } }
            @else { (runs(visit, workspace, &over)) }
            (pager(shown.next, t.older_runs))
        }
        @if let Some(connection) = shown.connection && may_change { (disconnect(visit, workspace, connection)) }
    }
}

fn store(
    visit: &Visit,
    workspace: &Reached,
    connection: &StoreConnection,
    to_store: &str,
    may_change: bool,
    now: DateTime<Utc>,
) -> Markup {
    let (t, locale) = (&visit.texts().catalogue, visit.locale());
    let settings = &connection.settings;
    html! {
        h2 { (t.store) }
        dl.facts {
            dt { (t.platform) } dd { (settings.platform) }
            dt { (t.address) } dd { (foreign(settings.store_url.as_str())) }
            dt { (t.source) } dd { code { (settings.catalog_source) } }
            @if let Some(feed) = &settings.feed {
                // An address may hold a token in its query.
                dt { (t.feed) } dd { (foreign(&feed_address(&feed.url))) " " code { (feed.format) } }
            }
            dt { (t.credentials) } dd { (credentials(visit, connection.credentials.as_ref())) }
            dt { (t.schedule) }
            dd {
                @match &settings.schedule {
                    Some(schedule) => { code { (foreign(schedule.cron())) } " " (schedule.timezone()) }
                    None => { (t.no_schedule) }
                }
            }
            dt { (t.state) }
            dd {
                (state(t, connection.status))
                @if let Some(code) = &connection.last_error_code { " " code { (code) } }
                @if let Some(at) = connection.last_checked_at {
                    @let [before, after] = around(t.checked);
                    " " span.quiet { (before) (locale.ago(at, now)) (after) }
                }
            }
        }
        @if may_change {
            div.actions {
                (visit.form(&format!("{}/check", place(workspace)), html! { button { (t.check) } }))
                a.button href=(to_store) { (t.change) }
            }
        }
    }
}

/// Host, port and path of a feed.
fn feed_address(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}{}", url.host_str().unwrap_or_default(), url.path())
}

/// What stands before and after the place of a value in a text.
pub(super) fn around(text: &'static str) -> [&'static str; 2] {
    let (before, after) = text.split_once("{}").unwrap_or((text, ""));
    [before, after]
}

fn credentials(visit: &Visit, summary: Option<&CredentialSummary>) -> Markup {
    let (t, locale) = (&visit.texts().catalogue, visit.locale());
    html! {
        @match summary {
            None => { (t.no_credentials) }
            Some(summary) => {
                code { (summary.kind) }
                @if let Some(hint) = &summary.hint { " " (filled(t.ends_with, &[("", foreign(hint))])) }
                @if let Some(end) = summary.expires_at {
                    @let [before, after] = around(t.expires);
                    ", " (before) (locale.date(end)) (after)
                }
            }
        }
    }
}

fn state(t: &CatalogueTexts, status: StoreStatus) -> Markup {
    match status {
        StoreStatus::Pending => badge(Tone::Neutral, t.pending),
        StoreStatus::Healthy => badge(Tone::Good, t.healthy),
        StoreStatus::Degraded => badge(Tone::Warn, t.degraded),
        StoreStatus::AuthFailed => badge(Tone::Bad, t.auth_failed),
    }
}

fn start(visit: &Visit, workspace: &Reached) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().catalogue);
    let action = format!("{}/runs", place(workspace));
    let sure = Field::text("sure", t.mass_removal_sure, "", "").of("removal");
    html! {
        h2 { (t.run) }
        p { (t.run_lead) }
        div.actions {
            (visit.form(&action, html! { button.primary { (t.run_now) } }))
            (visit.form(&action, html! {
                input type="hidden" name="dry_run" value="on";
                button title=(t.dry_run_help) { (t.dry_run) }
            }))
        }
        p.quiet { (t.dry_run) ": " (t.dry_run_help) }
        (disclosure(t.mass_removal, false, visit.form(&action, html! {
            input type="hidden" name="allow_mass_removal" value="on";
            p { (t.mass_removal_help) }
            (check(sure, false, &Faults::new(), all))
            p { button.danger { (t.mass_removal) } }
        })))
    }
}

fn runs(visit: &Visit, workspace: &Reached, runs: &[&SyncRun]) -> Markup {
    let (t, locale) = (&visit.texts().catalogue, visit.locale());
    let rows = html! {
        @for run in runs {
            @let counts = &run.counts;
            tr {
                th scope="row" { a href=(run_place(workspace, run.id)) { (locale.time(run.created_at)) } }
                td { (status(t, run.status)) @if run.dry_run { " " (badge(Tone::Neutral, t.dry)) } }
                td { (trigger(t, run.trigger)) }
                td.number { (locale.number(counts.products_total.into())) }
                td.number { (locale.number(counts.added.into())) }
                td.number { (locale.number(counts.updated.into())) }
                td.number { (locale.number(counts.removed.into())) }
                td.number { (locale.number(counts.failed.into())) }
            }
        }
    };
    table(t.runs, &[t.begun, t.state, t.kind, t.products, t.added, t.updated, t.removed, t.faulty], rows)
}

pub(super) fn status(t: &CatalogueTexts, status: SyncStatus) -> Markup {
    match status {
        SyncStatus::Queued => badge(Tone::Neutral, t.queued),
        SyncStatus::Running => badge(Tone::Neutral, t.running),
        SyncStatus::Paused => badge(Tone::Warn, t.paused),
        SyncStatus::Succeeded => badge(Tone::Good, t.succeeded),
        SyncStatus::Partial => badge(Tone::Warn, t.partial),
        SyncStatus::Failed => badge(Tone::Bad, t.failed),
        SyncStatus::Cancelled => badge(Tone::Neutral, t.cancelled),
    }
}

pub(super) fn trigger(t: &CatalogueTexts, trigger: SyncTrigger) -> &'static str {
    match trigger {
        SyncTrigger::Api => t.trigger_api,
        SyncTrigger::Cli => t.trigger_cli,
        SyncTrigger::Schedule => t.trigger_schedule,
        SyncTrigger::Webhook => t.trigger_webhook,
        SyncTrigger::Disconnect => t.trigger_disconnect,
        SyncTrigger::Purge => t.trigger_purge,
    }
}

fn disconnect(visit: &Visit, workspace: &Reached, connection: &StoreConnection) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().catalogue);
    let sure = Field::text("sure", t.disconnect_sure, "", "").of("disconnect");
    disclosure(
        t.disconnect,
        false,
        visit.form(
            &format!("{}/disconnect", place(workspace)),
            html! {
                input type="hidden" name="version" value=(connection.version);
                p { (t.disconnect_help) }
                (check(sure, false, &Faults::new(), all))
                p { button.danger { (t.disconnect) } }
            },
        ),
    )
}
