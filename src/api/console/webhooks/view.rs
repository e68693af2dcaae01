//! The list of webhooks, and states in words.

use super::events::{alerts, words};
use super::{leads_to, name, place_of};
use crate::api::console::parts::{Tone, badge, empty, foreign, nothing, table};
use crate::api::console::texts::WebhooksTexts;
use crate::api::console::visit::Visit;
use crate::domain::scope::Scope;
use crate::domain::webhook::{DeliveryState, DisabledBecause, Webhook};
use maud::{Markup, html};

pub(super) fn list(visit: &Visit, slug: &str, all: &[Webhook], away_seconds: u64) -> Markup {
    let t = &visit.texts().webhooks;
    let may_make = visit.may(Scope::WorkspacesWrite);
    let make = html! {
        @if may_make { a.button.primary href={ "/console/workspaces/" (slug) "/new-webhook" } { (t.make) } }
    };
    html! {
        div.head { h1 { (t.title) } @if !all.is_empty() { (make) } }
        p { (t.lead) }
        @if all.is_empty() {
            (empty(t.empty_title, t.empty_help, if may_make { make } else { nothing() }))
        } @else {
            (entries(visit, slug, all))
        }
        (alerts(visit, slug, all, away_seconds))
    }
}

fn entries(visit: &Visit, slug: &str, all: &[Webhook]) -> Markup {
    let (t, locale) = (&visit.texts().webhooks, visit.locale());
    let rows = html! {
        @for webhook in all {
            tr {
                th scope="row" {
                    a href=(place_of(slug, webhook.id)) { (foreign(&name(webhook))) }
                    @if !webhook.settings.description.is_empty() {
                        div.quiet { (foreign(&leads_to(&webhook.settings.url))) }
                    }
                }
                td { (state(webhook, t)) }
                td { ul.bare { @for event in &webhook.settings.events { li { (words(*event, t).0) } } } }
                td { (locale.date(webhook.created_at)) }
            }
        }
    };
    table(t.caption, &[t.address, t.status, t.told_of, t.made_at], rows)
}

pub(super) fn state(webhook: &Webhook, t: &WebhooksTexts) -> Markup {
    match (webhook.enabled, webhook.disabled_because) {
        (true, _) => badge(Tone::Good, t.on),
        (false, None) => badge(Tone::Neutral, t.off),
        (false, Some(DisabledBecause::Gone)) => badge(Tone::Bad, t.gone),
        (false, Some(DisabledBecause::Failing)) => badge(Tone::Bad, t.failing),
    }
}

pub(super) fn delivery_state(state: DeliveryState, t: &WebhooksTexts) -> Markup {
    match state {
        DeliveryState::Pending => badge(Tone::Neutral, t.pending),
        DeliveryState::Delivered => badge(Tone::Good, t.delivered),
        DeliveryState::Failed => badge(Tone::Bad, t.failed),
    }
}
