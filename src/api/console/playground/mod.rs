//! The playground: asking as a shopper of a workspace would, with a key's limits, and seeing all that a page gets.
//!
//! The question goes the way of every chat. It counts for the chosen key, and is marked: its row in the usage is the
//! playground's, the person who asks stands beside the key, and its session's id begins with `playground-`.

mod asking;
mod collect;
mod view;

use super::form::Form;
use super::layout::{Nav, Page};
use super::refused::as_refusal;
use super::visit::Visit;
use crate::api::chat::{Events, Handover, Live, Ticket, Told, ask as ask_chat};
use crate::api::response::{OrReject as _, Refusal, count};
use crate::api::{ApiBody, ApiState, Shared, generated};
use crate::domain::access::Reached;
use crate::domain::key::{KeyKind, KeyStatus, StoredKey};
use crate::domain::scope::Scope;
use crate::rejection::{ErrorShape, Rejection, ShopperLanguage};
use crate::storage::KeyFilter;
use asking::{Asking, Sent};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::Markup;
use tokio::time::Instant;
use uuid::Uuid;

/// Keys that are offered.
const MOST_KEYS: u16 = 100;

/// The form.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let key = query.text("key").unwrap_or_default();
    // A question of a shopper's, by its exchange: their words stand in no address.
    let ask = query.text("ask").and_then(|text| Uuid::try_parse(&text).ok());
    query.end()?;
    let workspace = state.reach.managed(visit.admitted()).await?;
    let message = match ask.filter(|_| visit.may(Scope::ConversationsRead)) {
        Some(exchange) => {
            let asked = state.transcripts.question((workspace.tenant, workspace.id), exchange).await;
            asked.or_reject(visit.admitted())?.unwrap_or_default()
        }
        None => String::new(),
    };
    let sent = Sent { key, message, ..Sent::default() };
    let body = drawn(&state, &visit, &workspace, &sent, &view::Outcome::Nothing).await?;
    whole(StatusCode::OK, &state, &visit, &workspace, body).await
}

/// Asks. With `Accept: text/event-stream`, as the script sends it, the answer is streamed as a shop's page gets it.
pub(crate) async fn ask(
    State(state): State<Shared>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let sent = Sent::of(&form);
    let streamed = headers.get(header::ACCEPT).is_some_and(|accept| accept == "text/event-stream");
    let began = Instant::now();
    let asked = match sent.asking(&state, &visit, &workspace).await {
        Ok(asking) => {
            let told = if streamed { Told::AsItComes } else { Told::AtTheEnd };
            let answer = ask_chat(&state, &asking.shopper, &asking.question, told).await;
            answer.map(|answer| (answer, asking))
        }
        Err(rejection) => Err(rejection),
    };
    match asked {
        Ok((answer, Asking { shopper, question })) => {
            let ticket = Ticket::new(&state, &shopper);
            if streamed {
                let live = Live::new(answer, Events::new(&question, Handover::default()), ticket).into_response();
                return Ok(generated::marked(live));
            }
            let collected = collect::collect(answer, &question, &ticket, began).await;
            let status = collected.failure.as_ref().map_or(StatusCode::OK, Rejection::status);
            let next = Sent { session: Some(question.session.clone()), ..sent.clone() };
            let origin = shopper.origin().map(|origin| origin.as_str().to_owned()).unwrap_or_default();
            let result = view::Outcome::Answered { collected: &collected, question: &sent.message, origin: &origin };
            let body = drawn(&state, &visit, &workspace, &next, &result).await?;
            Ok(generated::marked(whole(status, &state, &visit, &workspace, body).await?))
        }
        Err(rejection) if streamed => Ok(failed(&state, &visit, &rejection)),
        Err(rejection) => {
            let body = drawn(&state, &visit, &workspace, &sent, &view::Outcome::Refused(&rejection)).await?;
            count(&rejection, &state.metrics);
            let page = whole(rejection.status(), &state, &visit, &workspace, body).await?;
            Ok(as_refusal(page, rejection.code()))
        }
    }
}

/// A refusal before the answer began, as the event that ends a stream: the script has one way to tell of it.
fn failed(state: &ApiState, visit: &Visit, rejection: &Rejection) -> Response {
    count(rejection, &state.metrics);
    let admitted = visit.admitted();
    admitted.facts().set_stream_error(rejection.code());
    let language = ShopperLanguage::default();
    let event = rejection.last_event(ErrorShape::Problem, &state.docs, language, admitted.request_id());
    let mut response = Response::new(ApiBody::from(event));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

async fn drawn(
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    sent: &Sent,
    result: &view::Outcome<'_>,
) -> Result<Markup, Rejection> {
    let keys = keys(state, visit, workspace).await?;
    Ok(view::page(visit, workspace, &keys, sent, result))
}

/// The keys of the workspace's pages that can be used now.
async fn keys(state: &ApiState, visit: &Visit, workspace: &Reached) -> Result<Vec<StoredKey>, Rejection> {
    let managing = visit.managing(state)?;
    let filter = KeyFilter {
        kind: Some(KeyKind::Publishable),
        workspace: Some(workspace.id),
        status: Some(KeyStatus::Active),
        ..KeyFilter::default()
    };
    state.keys.list(managing.caller(), filter, None, MOST_KEYS).await.or_reject(visit.admitted())
}

async fn whole(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    body: Markup,
) -> Result<Response, Refusal> {
    let title = visit.texts().playground.title.into();
    let page = Page { title, nav: Nav::Playground, workspace: Some(&workspace.slug) };
    visit.page_with(status, state, page, body).await
}
