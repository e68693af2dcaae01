//! `/api/v1/workspaces/{slug}/store`: the connection to the workspace's shop.

mod views;
pub(crate) mod webhooks;

pub(crate) use views::{StoreCheckView, StoreView};

use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::precondition::IfMatch;
use crate::api::refusals::any_of;
use crate::api::removal::{self, RemovalView};
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiBody, ApiState, Shared};
use crate::catalog::removals::Removal;
use crate::domain::store::StoreInput;
use crate::rejection::{Code, Rejection};
use crate::storage::Expected;
use crate::store::{StoreError, StoreService};
use crate::workspaces::removal_failed;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};

const NONE: Rejection = Rejection::NotFound("The workspace has no connection to a shop.");

/// Shows the connection.
///
/// Of the credentials only their type, a hint and their end are shown. The `ETag` stands for what can be set; checks do
/// not change it.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/store",
    tag = "Stores",
    summary = "Show the store connection",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    responses((status = 200, description = "The connection.", body = StoreView<'static>,
        headers(("ETag" = String, description = "For `If-Match`.")))),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let found = stores(&state).find(&workspace).await.or_reject(&admitted)?;
    let connection = found.ok_or(NONE)?;
    response::versioned(StatusCode::OK, &StoreView::of(&connection), connection.version)
}

/// Makes the connection, or puts another in its place.
///
/// The whole connection is written: a field that is left out gets its default. Only `credentials` stay as they are when
/// left out; `null` removes them. Stored credentials are for one platform and one host: with another, they must be
/// given anew. `If-Match` is honoured.
#[utoipa::path(
    put,
    path = "/api/v1/workspaces/{slug}/store",
    tag = "Stores",
    summary = "Connect a shop",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read: 412 if it has changed since.")
    ),
    request_body(content = StoreInput, example = json!({
        "platform": "woocommerce",
        "store_url": "https://shop.example",
        "schedule": {"cron": "30 4 * * *", "timezone": "Europe/Berlin"},
        "credentials": {"type": "consumer_key", "consumer_key": "ck_0123456789abcdef", "consumer_secret": "cs_0123456789abcdef"}
    })),
    responses(
        (status = 200, description = "It has been changed.", body = StoreView<'static>,
            headers(("ETag" = String, description = "For `If-Match`."))),
        (status = 201, description = "It has been made.", body = StoreView<'static>,
            headers(("ETag" = String, description = "For `If-Match`.")))
    ),
    extensions(("x-refusals" = json!([Code::NotFound, Code::PreconditionFailed]))),
)]
pub(crate) async fn put(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    Json { value: input, .. }: Json<StoreInput>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let expected = expected(&headers);
    let author = admitted.author()?;
    let done = stores(&state).put(&workspace, &input, &expected, &author).await;
    let done = done.or_reject(&admitted)?;
    let status = if done.created { StatusCode::CREATED } else { StatusCode::OK };
    response::versioned(status, &StoreView::of(&done.connection), done.connection.version)
}

/// Removes the connection with its credentials.
///
/// The documents that were made of the shop's products are removed with it, those that somebody else made stay. While
/// they are being removed the answer is 202; the same request again tells how far it is. `If-Match` is honoured.
#[utoipa::path(
    delete,
    path = "/api/v1/workspaces/{slug}/store",
    tag = "Stores",
    summary = "Disconnect the shop",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read: 412 if it has changed since.")
    ),
    responses(
        (status = 200, description = "There is no connection any more, and its catalogue is gone.", body = RemovalView),
        (status = 202, description = "The catalogue is being removed.", body = RemovalView),
        (status = 204, description = "There is no connection any more; there was no catalogue.")
    ),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::NotFound, Code::Conflict, Code::PreconditionFailed]])))),
)]
pub(crate) async fn delete(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let author = admitted.author()?;
    let removal = match stores(&state).delete(&workspace, &expected(&headers), &author).await {
        Ok(removal) => removal,
        // Asked for once more.
        Err(StoreError::NoConnection) => {
            let active = state.removals.active(workspace.tenant, workspace.id).await.or_reject(&admitted)?;
            Some(active.ok_or(NONE)?)
        }
        Err(error) => return Err(error.to_rejection(admitted.request_id()).into()),
    };
    let Some(run) = removal else {
        let mut response = Response::new(ApiBody::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return Ok(response);
    };
    let seen = state.removals.see_through(run, &workspace.upstream_slug, removal::WAIT, &mut |_| {}).await;
    match seen.or_reject(&admitted)? {
        Removal::Done(documents) => RemovalView::done(documents).answer(),
        Removal::GoesOn(run) => RemovalView::going_on(&run).answer(),
        Removal::Failed(run) => {
            let error = run.error.ok_or(Rejection::Conflict("The removal was ended."))?;
            Err(removal_failed(&error, admitted.request_id()).into())
        }
    }
}

/// Asks the shop.
///
/// Makes the smallest request that shows whether products can be read. What is wrong with the shop or its credentials
/// is an answer with status 200: `status` and `code` are for programs, `message` is for people. The finding is kept
/// with the connection. A connection can be checked every five seconds.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/store/check",
    tag = "Stores",
    summary = "Check the store connection",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    responses((status = 200, description = "What was found.", body = StoreCheckView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::RateLimited]))),
)]
pub(crate) async fn check(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(&admitted).await?;
    let author = admitted.author()?;
    let checked = stores(&state).check(&workspace, &author).await;
    let (connection, finding) = checked.or_reject(&admitted)?;
    response::json(StatusCode::OK, &StoreCheckView::of(&finding, &connection))
}

fn stores(state: &ApiState) -> &StoreService {
    &state.stores
}

fn expected(headers: &HeaderMap) -> Expected {
    match IfMatch::of(headers) {
        None => Expected::Whatever,
        Some(IfMatch::Any) => Expected::Present,
        Some(IfMatch::Versions(versions)) => Expected::Versions(versions),
    }
}
