//! What can be told, in words: the event, when it is told, and who is.

use super::{name, place_of};
use crate::api::console::parts::{disclosure, faults_of, foreign, table};
use crate::api::console::texts::{WebhooksTexts, put};
use crate::api::console::visit::Visit;
use crate::domain::faults::Faults;
use crate::domain::webhook::{Webhook, WebhookEvent};
use maud::{Markup, html};

/// What an event is, and when it is told.
pub(super) const fn words(event: WebhookEvent, t: &WebhooksTexts) -> (&'static str, &'static str) {
    match event {
        WebhookEvent::QuotaWarning => (t.event_quota_warning, t.event_quota_warning_when),
        WebhookEvent::QuotaReached => (t.event_quota_reached, t.event_quota_reached_when),
        WebhookEvent::KeyExpiring => (t.event_expiring, t.event_expiring_when),
        WebhookEvent::SyncFailed => (t.event_sync_failed, t.event_sync_failed_when),
        WebhookEvent::UpstreamUnavailable => (t.event_unavailable, t.event_unavailable_when),
        WebhookEvent::UpstreamRecovered => (t.event_recovered, t.event_recovered_when),
        WebhookEvent::AnswersRefused => (t.event_refused, t.event_refused_when),
        WebhookEvent::HandedOver => (t.event_handed_over, t.event_handed_over_when),
        WebhookEvent::Test => (t.event_test, t.event_test_when),
    }
}

/// When an event is told; one of them is told after so many seconds.
pub(super) fn when(event: WebhookEvent, away_seconds: u64, visit: &Visit) -> String {
    put(words(event, &visit.texts().webhooks).1, &visit.locale().number(away_seconds))
}

fn chosen() -> impl Iterator<Item = WebhookEvent> {
    WebhookEvent::ALL.into_iter().filter(|event| event.is_chosen())
}

/// Each event with its bound and who is told.
pub(super) fn alerts(visit: &Visit, slug: &str, all: &[Webhook], away_seconds: u64) -> Markup {
    let t = &visit.texts().webhooks;
    let rows = html! {
        @for event in chosen() {
            @let told: Vec<_> =
                all.iter().filter(|webhook| webhook.enabled && webhook.settings.events.contains(&event)).collect();
            tr {
                th scope="row" { (words(event, t).0) div.quiet { code { (event.as_str()) } } }
                td { (when(event, away_seconds, visit)) }
                td {
                    @if told.is_empty() { span.quiet { (t.nobody) } }
                    @for webhook in told {
                        div {
                            a href=(place_of(slug, webhook.id)) { (foreign(&name(webhook))) }
                            @if event == WebhookEvent::AnswersRefused { " " span.quiet { (bound(visit, webhook)) } }
                        }
                    }
                }
            }
        }
    };
    html! {
        h2 { (t.alerts) }
        p { (t.alerts_lead) " " (t.nobody_help) }
        (table(t.alerts, &[t.event, t.when, t.told_to], rows))
    }
}

/// The share of refused answers beyond which a webhook is told.
pub(super) fn bound(visit: &Visit, webhook: &Webhook) -> String {
    let percent = visit.locale().percent(webhook.settings.refused_percent.into(), 100);
    put(visit.texts().webhooks.beyond, &percent)
}

/// The events as boxes of a form, each with when it is told.
pub(super) fn boxes(visit: &Visit, ticked: &[String], away_seconds: u64, faults: &Faults) -> Markup {
    let t = &visit.texts().webhooks;
    let is_wrong = faults.told().iter().any(|fault| fault.field.starts_with("events"));
    let described = if is_wrong { "events-help f-events-fault" } else { "events-help" };
    html! {
        fieldset #f-events aria-describedby=(described) {
            legend { (t.events) }
            p.help #events-help { (t.events_help) }
            @for event in chosen() {
                @let id = format!("event-{}", event.as_str().replace('.', "-"));
                div.field.check {
                    input id=(id) type="checkbox" name="events" value=(event.as_str())
                        checked[ticked.iter().any(|own| own == event.as_str())] aria-describedby={ (id) "-help" };
                    div {
                        label for=(id) { (words(event, t).0) }
                        p.help id={ (id) "-help" } { (when(event, away_seconds, visit)) }
                    }
                }
            }
            (faults_of("events", faults, visit.texts()))
        }
    }
}

/// What is sent, to be opened.
pub(super) fn payload(visit: &Visit, body: &str) -> Markup {
    let pretty = serde_json::from_str::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned());
    disclosure(visit.texts().webhooks.payload, false, html! { pre.said tabindex="0" { code { (foreign(&pretty)) } } })
}
