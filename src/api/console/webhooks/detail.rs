//! One webhook: what it is told, the messages to it, changing it, and how it ends.

use super::deliveries::{self, Wanted};
use super::edit::{Typed, secret};
use super::view::state as state_of;
use super::{leads_to, name, named, place, place_of, reached, whole};
use crate::api::console::form::Form;
use crate::api::console::parts::{Field, Tone, check, disclosure, faults_summary, foreign, notice, select};
use crate::api::console::texts::Done;
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::ids::WebhookId;
use crate::domain::scope::Scope;
use crate::domain::webhook::{DisabledBecause, Webhook, WebhookEvent};
use crate::webhooks::WebhookPatch;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

/// What its form shows.
pub(super) struct Shown<'a> {
    pub(super) typed: &'a Typed,
    pub(super) faults: &'a Faults,
    /// Somebody was faster.
    pub(super) conflict: Option<&'a str>,
}

/// The page.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let wanted = Wanted::of(&mut query);
    query.end()?;
    let workspace = reached(&state, &mut visit).await?;
    let webhook = named(&state, &visit, &workspace).await?;
    if let Some(told) = visit.once(&state, &place_of(&workspace.slug, webhook.id)) {
        return secret(&state, &visit, &workspace, &webhook, &told).await;
    }
    let shown = Shown { typed: &Typed::stored(&webhook), faults: &Faults::new(), conflict: None };
    with_messages(StatusCode::OK, &state, &visit, (&workspace, &webhook), (&shown, wanted)).await
}

/// Switches it on or off.
pub(crate) async fn switch(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let id = WebhookId(super::uuid(&visit, "id")?);
    let enabled = form.text("enabled") == Some("true");
    let patch = WebhookPatch { enabled: Some(enabled), ..WebhookPatch::default() };
    let changed = state.webhooks.change(&workspace, id, &patch, None, &visit.admitted().author()?).await;
    changed.or_reject(visit.admitted())?;
    let done = if enabled { Done::WebhookEnabled } else { Done::WebhookDisabled };
    Ok(visit.done(done, &place_of(&workspace.slug, id)))
}

/// Removes it, once a box says that it is meant.
pub(crate) async fn delete(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let id = WebhookId(super::uuid(&visit, "id")?);
    if !form.flag("sure") {
        return Ok(visit.done(Done::NotConfirmed, &place_of(&workspace.slug, id)));
    }
    let done = state.webhooks.delete(&workspace, id, &visit.admitted().author()?).await;
    done.or_reject(visit.admitted())?;
    Ok(visit.done(Done::WebhookRemoved, &place(&workspace.slug)))
}

/// The page with a form that was not right, or that somebody else was faster than.
pub(super) async fn drawn(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    of: (&Reached, &Webhook),
    shown: &Shown<'_>,
) -> Result<Response, Refusal> {
    with_messages(status, state, visit, of, (shown, Wanted::default())).await
}

async fn with_messages(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    (workspace, webhook): (&Reached, &Webhook),
    (shown, wanted): (&Shown<'_>, Wanted),
) -> Result<Response, Refusal> {
    let may_change = visit.may(Scope::WorkspacesWrite);
    let messages = deliveries::part(state, visit, (workspace, webhook.id), wanted, may_change).await?;
    let (t, away_seconds) = (&visit.texts().webhooks, state.webhook_settings.upstream_away_seconds);
    let slug = &workspace.slug;
    let body = html! {
        p { a href=(place(slug)) { "← " (t.title) } }
        div.head { h1 { (foreign(&name(webhook))) " " (state_of(webhook, t)) } }
        @match webhook.disabled_because {
            Some(DisabledBecause::Gone) => (notice(Tone::Warn, html! { (t.gone_help) })),
            Some(DisabledBecause::Failing) => (notice(Tone::Warn, html! { (t.failing_help) })),
            None => {}
        }
        @if let Some(conflict) = shown.conflict { (notice(Tone::Bad, html! { (conflict) })) }
        (faults_summary(shown.faults, visit.texts()))
        (facts(visit, webhook))
        @if may_change { (at_once(visit, slug, webhook)) }
        section #deliveries {
            h2 { (t.deliveries) }
            p.quiet { (t.deliveries_lead) }
            (deliveries::filter(visit, slug, webhook.id, wanted))
            (messages)
        }
        @if may_change {
            section #change {
                h2 { (t.change_title) }
                (visit.form(&place_of(slug, webhook.id), html! {
                    input type="hidden" name="version" value=(webhook.version);
                    (shown.typed.fields(visit, away_seconds, shown.faults))
                    button.primary { (visit.texts().common.save) }
                }))
            }
            (ends(visit, slug, webhook))
        }
    };
    whole(status, state, visit, workspace, (name(webhook), body)).await
}

fn facts(visit: &Visit, webhook: &Webhook) -> Markup {
    let (t, locale) = (&visit.texts().webhooks, visit.locale());
    html! {
        dl.facts {
            dt { (t.address) } dd { (foreign(&leads_to(&webhook.settings.url))) }
            dt { (t.told_of) }
            dd {
                ul.bare {
                    @for event in &webhook.settings.events {
                        li {
                            (super::events::words(*event, t).0)
                            @if *event == WebhookEvent::AnswersRefused { ", " (super::events::bound(visit, webhook)) }
                        }
                    }
                }
            }
            dt { (t.made_at) } dd { (locale.time(webhook.created_at)) }
            @if webhook.updated_at != webhook.created_at {
                dt { (t.changed_at) } dd { (locale.time(webhook.updated_at)) }
            }
            @if let Some(until) = webhook.previous_until { dt { (t.two_secrets) } dd { (locale.time(until)) } }
        }
    }
}

/// What can be done with it at once.
fn at_once(visit: &Visit, slug: &str, webhook: &Webhook) -> Markup {
    let t = &visit.texts().webhooks;
    let to = |what: &str| format!("{}/{what}", place_of(slug, webhook.id));
    let (value, words, help) = if webhook.enabled {
        ("false", t.switch_off, t.switch_off_help)
    } else {
        ("true", t.switch_on, t.switch_on_help)
    };
    html! {
        div.actions {
            (visit.form(&to("test"), html! { button.primary[webhook.enabled] title=(t.test_help) { (t.test) } }))
            (visit.form(&to("switch"), html! {
                button.primary[!webhook.enabled] name="enabled" value=(value) title=(help) { (words) }
            }))
        }
        p.quiet { (t.test) ": " (t.test_help) " " (words) ": " (help) }
    }
}

/// Another secret, and the end.
fn ends(visit: &Visit, slug: &str, webhook: &Webhook) -> Markup {
    let (all, t, none) = (visit.texts(), &visit.texts().webhooks, Faults::new());
    let to = |what: &str| format!("{}/{what}", place_of(slug, webhook.id));
    let graces = [("86400", t.grace_day), ("0", t.grace_none), ("3600", t.grace_hour), ("604800", t.grace_week)];
    html! {
        (disclosure(t.rotate_title, false, visit.form(&to("rotate"), html! {
            p { (t.rotate_help) }
            (select(Field::text("grace_seconds", t.grace, "", "86400"), &graces, &none, all))
            button { (t.rotate) }
        })))
        (disclosure(t.delete_title, false, visit.form(&to("delete"), html! {
            p { (t.delete_help) }
            (check(Field::text("sure", t.delete_sure, "", "yes"), false, &none, all))
            p { button.danger { (t.delete) } }
        })))
    }
}
