//! Messages to a webhook: what came of each, sending one once more, and one to try it out. A part of the page of the
//! webhook, which is kept fresh while a message is on its way.

use super::events::{payload, words};
use super::view::delivery_state;
use super::{place_of, reached};
use crate::api::console::form::Form;
use crate::api::console::fragment;
use crate::api::console::parts::{Field, empty, foreign, nothing, pager, select, table};
use crate::api::console::texts::Done;
use crate::api::console::visit::Visit;
use crate::api::page::{PageEnd, Paging};
use crate::api::query::Query;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::webhook::{Delivery, DeliveryState};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};

/// What is tried again later than so is looked for with the next page, and not by itself.
const SOON: TimeDelta = TimeDelta::seconds(30);

/// Which messages are shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    state: Option<DeliveryState>,
    paging: Paging,
}

impl Wanted {
    /// What a page's address asks for; its faults are noted in `query`.
    pub(super) fn of(query: &mut Query<'_>) -> Self {
        let word = query.text("state").unwrap_or_default();
        Self { state: word.parse().ok(), paging: Paging::of(query) }
    }

    fn word(self) -> &'static str {
        self.state.map(DeliveryState::as_str).unwrap_or_default()
    }
}

/// The part of the page, for the script that keeps it fresh.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let wanted = Wanted::of(&mut query);
    query.end()?;
    let workspace = reached(&state, &mut visit).await?;
    let id = WebhookId(super::uuid(&visit, "id")?);
    // Scripts are given no form.
    Ok(fragment(part(&state, &visit, (&workspace, id), wanted, false).await?))
}

/// Sends a message to try it out.
pub(crate) async fn test(State(state): State<Shared>, visit: Visit, _: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let id = WebhookId(super::uuid(&visit, "id")?);
    state.webhooks.test(&workspace, id).await.or_reject(visit.admitted())?;
    Ok(visit.done(Done::WebhookTested, &format!("{}#deliveries", place_of(&workspace.slug, id))))
}

/// Sends a message once more.
pub(crate) async fn replay(State(state): State<Shared>, visit: Visit, _: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let (id, delivery) = (super::uuid(&visit, "id")?, super::uuid(&visit, "delivery")?);
    let sent = state.webhooks.replay(&workspace, WebhookId(id), DeliveryId(delivery)).await;
    sent.or_reject(visit.admitted())?;
    Ok(visit.done(Done::MessageReplayed, &format!("{}#deliveries", place_of(&workspace.slug, WebhookId(id)))))
}

/// The form that chooses among them.
pub(super) fn filter(visit: &Visit, slug: &str, id: WebhookId, wanted: Wanted) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().webhooks);
    let states = [
        ("", t.every_state),
        (DeliveryState::Pending.as_str(), t.pending),
        (DeliveryState::Delivered.as_str(), t.delivered),
        (DeliveryState::Failed.as_str(), t.failed),
    ];
    html! {
        form.filter method="get" action={ (place_of(slug, id)) "#deliveries" } {
            (select(Field::text("state", t.state, "", wanted.word()), &states, &Faults::new(), all))
            p { button { (t.show) } }
        }
    }
}

/// The messages; with the forms that send them once more, or without.
pub(super) async fn part(
    state: &ApiState,
    visit: &Visit,
    (workspace, id): (&Reached, WebhookId),
    wanted: Wanted,
    may_replay: bool,
) -> Result<Markup, Rejection> {
    let Wanted { state: which, paging } = wanted;
    let before = paging.after.map(DeliveryId);
    let found = state.webhooks.deliveries(workspace, id, which, before, paging.wanted()).await;
    let mut found = found.or_reject(visit.admitted())?;
    let PageEnd { next_cursor, .. } = paging.cut(&mut found, |delivery| delivery.id.0);
    let t = &visit.texts().webhooks;
    let here = place_of(&workspace.slug, id);
    let next = next_cursor.map(|cursor| format!("{here}?state={}&cursor={cursor}#deliveries", wanted.word()));
    let now = state.ambient.now();
    let is_going = paging.after.is_none() && found.iter().any(|delivery| is_soon(delivery, now));
    let live = is_going.then(|| format!("{here}/deliveries?state={}", wanted.word()));
    Ok(html! {
        div data-live=[live.as_deref()] data-every="2" {
            @if found.is_empty() && which.is_none() && paging.after.is_none() {
                (empty(t.no_deliveries, t.no_deliveries_help, nothing()))
            } @else if found.is_empty() {
                p { (t.none_like_that) }
            } @else {
                (rows(visit, &here, &found, now, may_replay))
                @if is_going { noscript { p { a href={ (here) "#deliveries" } { (t.look_again) } } } }
                (pager(next.as_deref(), t.older))
            }
        }
    })
}

/// Whether something comes of it within a moment.
fn is_soon(delivery: &Delivery, now: DateTime<Utc>) -> bool {
    delivery.state == DeliveryState::Pending && delivery.next_attempt_at.is_none_or(|at| at <= now + SOON)
}

fn rows(visit: &Visit, here: &str, found: &[Delivery], now: DateTime<Utc>, may_replay: bool) -> Markup {
    let (t, locale) = (&visit.texts().webhooks, visit.locale());
    let rows = html! {
        @for delivery in found {
            tr {
                th scope="row" {
                    (words(delivery.event, t).0)
                    div.quiet { (locale.time(delivery.created_at)) }
                }
                td {
                    (delivery_state(delivery.state, t))
                    @if let Some(at) = delivery.next_attempt_at && delivery.attempts > 0 {
                        div.quiet { (t.next_attempt) ": " (locale.until(at, now)) }
                    }
                }
                td { (locale.number(delivery.attempts.into())) }
                td {
                    @match (delivery.last_status, &delivery.last_error) {
                        (_, Some(error)) => span lang="en" { (foreign(error)) },
                        (Some(status), None) => (status),
                        (None, None) => span.quiet { (t.no_answer) },
                    }
                    @if let Some(at) = delivery.last_attempt_at { div.quiet { (locale.ago(at, now)) } }
                }
                td {
                    p { code { (delivery.message_id()) } }
                    (payload(visit, &delivery.body))
                    @if may_replay {
                        (visit.form(&format!("{here}/deliveries/{}/replay", delivery.id), html! {
                            button title=(t.replay_help) { (t.replay) }
                        }))
                    }
                }
            }
        }
    };
    table(t.deliveries, &[t.event, t.state, t.attempts, t.answer, t.message_id], rows)
}
