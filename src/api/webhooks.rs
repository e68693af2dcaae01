//! `/api/v1/workspaces/{slug}/webhooks`: addresses that are told what happens in a workspace.

mod views;

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::auth::no_content;
use crate::api::json::{Json, MergePatch};
use crate::api::page::{PageEnd, Paging};
use crate::api::precondition::IfMatch;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::webhook::DeliveryState;
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use crate::webhooks::WebhookPatch;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use uuid::Uuid;
use views::{
    DeliveryPageView, DeliveryView, IssuedWebhookView, NewWebhookBody, NothingBody, RotateSecretBody, WebhookListView,
    WebhookPatchBody, WebhookView,
};

/// Lists webhooks.
///
/// In the order they were made; a workspace has ten at most.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/webhooks",
    tag = "Webhooks",
    summary = "List webhooks",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    responses((status = 200, description = "All of them.", body = WebhookListView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let all = state.webhooks.list(&workspace).await.or_reject(&admitted)?;
    response::json(StatusCode::OK, &WebhookListView::of(&all))
}

/// Makes a webhook.
///
/// The answer is the only one that has its secret, with which messages are signed as Standard Webhooks says.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/webhooks",
    tag = "Webhooks",
    summary = "Make a webhook",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    request_body(content = NewWebhookBody, example = json!({
        "url": "https://hooks.shop.example/vestibule", "events": ["key.quota_warning", "catalog.sync_failed"]
    })),
    responses((status = 201, description = "The webhook with its secret, this once; `ETag` is its version.",
        body = IssuedWebhookView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict]))),
)]
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<NewWebhookBody>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let made = state.webhooks.create(&workspace, &body.into_patch(), &admitted.author()?).await;
    let made = made.or_reject(&admitted)?;
    let mut response = response::versioned(StatusCode::CREATED, &IssuedWebhookView::of(&made), made.webhook.version)?;
    let place = format!("/api/v1/workspaces/{}/webhooks/{}", workspace.slug, made.webhook.id);
    let place = HeaderValue::from_str(&place).map_err(|_| Rejection::Internal)?;
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}

/// Shows a webhook.
///
/// Everything about it but its secret.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/webhooks/{id}",
    tag = "Webhooks",
    summary = "Show a webhook",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = String, Path, description = "The webhook's id.")
    ),
    responses((status = 200, description = "The webhook; `ETag` is its version.", body = WebhookView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let webhook = state.webhooks.find(&workspace, named(&admitted)?).await.or_reject(&admitted)?;
    response::versioned(StatusCode::OK, &WebhookView::of(&webhook), webhook.version)
}

/// Changes a webhook.
///
/// What is absent stays. Switched on again after Vestibule had switched it off, it gets what waited. With `If-Match`
/// only if it is still as it was read.
#[utoipa::path(
    patch,
    path = "/api/v1/workspaces/{slug}/webhooks/{id}",
    tag = "Webhooks",
    summary = "Change a webhook",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = String, Path, description = "The webhook's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` it was read with.")
    ),
    request_body(content = WebhookPatchBody, example = json!({"enabled": false})),
    responses((status = 200, description = "As it is now; `ETag` is its new version.", body = WebhookView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::PreconditionFailed]))),
)]
pub(crate) async fn change(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    MergePatch(body): MergePatch<WebhookPatchBody>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let expected = match IfMatch::of(&headers) {
        Some(IfMatch::Versions(versions)) => Some(versions),
        Some(IfMatch::Any) | None => None,
    };
    let patch: WebhookPatch = body.into_patch();
    let changed = state.webhooks.change(&workspace, named(&admitted)?, &patch, expected, &admitted.author()?).await;
    let webhook = changed.or_reject(&admitted)?;
    response::versioned(StatusCode::OK, &WebhookView::of(&webhook), webhook.version)
}

/// Removes a webhook.
///
/// With its messages, also those that were not delivered.
#[utoipa::path(
    delete,
    path = "/api/v1/workspaces/{slug}/webhooks/{id}",
    tag = "Webhooks",
    summary = "Remove a webhook",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = String, Path, description = "The webhook's id.")
    ),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn delete(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let done = state.webhooks.delete(&workspace, named(&admitted)?, &admitted.author()?).await;
    done.or_reject(&admitted)?;
    Ok(no_content())
}

/// Makes another secret.
///
/// It is told once. Messages are signed with both for another day, or for as long as `grace_seconds` says.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/webhooks/{id}/rotate-secret",
    tag = "Webhooks",
    summary = "Make a new secret",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = String, Path, description = "The webhook's id.")
    ),
    request_body = RotateSecretBody,
    responses((status = 200, description = "The webhook with its new secret, this once.",
        body = IssuedWebhookView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn rotate(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<RotateSecretBody>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let made = state.webhooks.rotate(&workspace, named(&admitted)?, body.grace_seconds, &admitted.author()?).await;
    response::json(StatusCode::OK, &IssuedWebhookView::of(&made.or_reject(&admitted)?))
}

/// Sends a message to try it out.
///
/// An event `webhook.test`, also to a webhook that is off. What came of it is in the list of its messages.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/webhooks/{id}/test",
    tag = "Webhooks",
    summary = "Try a webhook out",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = String, Path, description = "The webhook's id.")
    ),
    request_body = NothingBody,
    responses((status = 202, description = "The message is on its way.", body = DeliveryView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn test(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: NothingBody {}, .. }: Json<NothingBody>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let sent = state.webhooks.test(&workspace, named(&admitted)?).await.or_reject(&admitted)?;
    response::json(StatusCode::ACCEPTED, &DeliveryView::of(&sent))
}

/// Lists messages to a webhook.
///
/// Newest first, of the last 30 days, with what came of each.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries",
    tag = "Webhooks",
    summary = "List messages to a webhook",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = String, Path, description = "The webhook's id."),
        ("state" = Option<String>, Query, description = "`pending`, `delivered` or `failed`."),
        ("limit" = Option<usize>, Query, description = "Messages of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of messages.", body = DeliveryPageView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn deliveries(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let wanted = query.text("state");
    let wanted_state = wanted.as_deref().and_then(|text| text.parse::<DeliveryState>().ok());
    if wanted.is_some() && wanted_state.is_none() {
        query.fault("state", "format", "must be `pending`, `delivered` or `failed`");
    }
    let paging = Paging::of(&mut query);
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let before = paging.after.map(DeliveryId);
    let found = state.webhooks.deliveries(&workspace, named(&admitted)?, wanted_state, before, paging.wanted()).await;
    let mut found = found.or_reject(&admitted)?;
    let PageEnd { has_more, next_cursor } = paging.cut(&mut found, |delivery| delivery.id.0);
    let data = found.iter().map(DeliveryView::of).collect();
    response::json(StatusCode::OK, &DeliveryPageView { data, has_more, next_cursor })
}

/// Sends a message once more.
///
/// As it was, with the id it had, whatever came of it before.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries/{delivery}/replay",
    tag = "Webhooks",
    summary = "Send a message once more",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = String, Path, description = "The webhook's id."),
        ("delivery" = String, Path, description = "The message's id.")
    ),
    request_body = NothingBody,
    responses((status = 202, description = "The message is on its way again.", body = DeliveryView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn replay(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: NothingBody {}, .. }: Json<NothingBody>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let delivery = DeliveryId(uuid_of(&admitted, "delivery")?);
    let sent = state.webhooks.replay(&workspace, named(&admitted)?, delivery).await.or_reject(&admitted)?;
    response::json(StatusCode::ACCEPTED, &DeliveryView::of(&sent))
}

fn named(admitted: &Admitted) -> Result<WebhookId, Rejection> {
    uuid_of(admitted, "id").map(WebhookId)
}

fn uuid_of(admitted: &Admitted, name: &str) -> Result<Uuid, Rejection> {
    let text = admitted.param(name).ok_or(Rejection::Internal)?;
    Uuid::try_parse(text).map_err(|_| Rejection::NotFound("There is no such webhook, or no such message."))
}
