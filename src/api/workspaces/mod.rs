//! `/api/v1/workspaces`: workspaces and their settings, for those who manage them.

pub(crate) mod views;

use crate::api::admitted::Gated;
use crate::api::json::{Json, JsonObject};
use crate::api::page::{PageEnd, Paging};
use crate::api::power;
use crate::api::precondition::IfMatch;
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::removal::{self, RemovalView};
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::ids::WorkspaceId;
use crate::domain::json;
use crate::domain::power::Power;
use crate::domain::store::Platform;
use crate::domain::workspace::is_slug;
use crate::gate::{Admitted, managed_slug};
use crate::rejection::{Code, Rejection};
use crate::workspaces::{Caller, NewManagedWorkspace, Patch, Purged, Waiting, WorkspaceError};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};
use views::{NewWorkspace, SyncBody, WorkspacePageView, WorkspacePatch, WorkspaceView};

/// What every change of a workspace can refuse, besides what AnythingLLM does.
const CHANGING: &[Code] = &[Code::NotFound, Code::Conflict, Code::PreconditionFailed];

/// Lists workspaces.
///
/// All of the tenant, in the order they were made; a key that is bound to a workspace sees its own. What AnythingLLM
/// has is not looked at.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces",
    tag = "Workspaces",
    summary = "List workspaces",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("archived" = Option<bool>, Query, description = "Also those that are put away."),
        ("limit" = Option<usize>, Query, description = "Workspaces of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of workspaces.", body = WorkspacePageView<'static>)),
    extensions(("x-refusals" = json!([Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let archived = query.flag("archived").unwrap_or(false);
    let paging = Paging::of(&mut query);
    query.end()?;
    let only = admitted.bound_workspace().map(|bound| bound.id);
    let after = paging.after.map(WorkspaceId);
    let workspaces = state.workspaces.list(admitted.tenant()?, only, archived, after, paging.wanted()).await;
    let mut workspaces = workspaces.or_reject(&admitted)?;
    let PageEnd { has_more, next_cursor } = paging.cut(&mut workspaces, |workspace| workspace.id.0);
    let data = workspaces.iter().map(WorkspaceView::unseen).collect();
    response::json(StatusCode::OK, &WorkspacePageView { data, has_more, next_cursor })
}

/// Makes a workspace.
///
/// Here and in AnythingLLM, with the defaults of its platform where nothing is given. A workspace that AnythingLLM has
/// already is adopted by its `upstream_slug`. After a failure the same request again does the rest.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces",
    tag = "Workspaces",
    summary = "Make a workspace",
    security(("secret_key" = []), ("access_token" = [])),
    request_body(content = NewWorkspace, example = json!({
        "name": "Alpine Store", "platform": "shopify",
        "settings": {"default_locale": "de-DE", "currency": "EUR", "timezone": "Europe/Berlin"}
    })),
    responses((status = 201, description = "It is there; `ETag` is its version.", body = WorkspaceView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::Forbidden, Code::Conflict]])))),
)]
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    JsonObject(body): JsonObject,
) -> Result<Response, Refusal> {
    if admitted.bound_workspace().is_some() {
        return Err(Refusal(Rejection::Forbidden("The key belongs to one workspace and cannot make another.")));
    }
    let new = new_shop(body)?;
    if desk_of(&new.given).is_some() {
        power::gives(&state, &admitted, &Power::of_desk(None)).await?;
    }
    let author = admitted.author()?;
    let caller = Caller { tenant: admitted.tenant()?, author: &author };
    let written = state.workspaces.create(caller, new).await.map_err(|error| refused(&error, &admitted))?;
    let place = HeaderValue::from_str(&format!("/api/v1/workspaces/{}", written.workspace.slug));
    let mut response =
        response::versioned(StatusCode::CREATED, &WorkspaceView::written(&written), written.workspace.version)?;
    response.headers_mut().insert(header::LOCATION, place.map_err(|_| Rejection::Internal)?);
    Ok(response)
}

/// Shows a workspace.
///
/// With what was changed in AnythingLLM since.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}",
    tag = "Workspaces",
    summary = "Show a workspace",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    responses((status = 200, description = "The workspace; `ETag` is its version.", body = WorkspaceView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let slug = managed_slug(&admitted)?;
    let workspace =
        state.workspaces.find(admitted.tenant()?, slug).await.map_err(|error| refused(&error, &admitted))?;
    let seen = state.workspaces.seen(workspace).await;
    response::versioned(StatusCode::OK, &WorkspaceView::seen(&seen), seen.workspace.version)
}

/// Changes a workspace.
///
/// A JSON Merge Patch. Settings that AnythingLLM knows too are written there first and read back; if that fails,
/// nothing is changed here. Running replicas follow within 250 ms. Where hand-overs are sent (`support.webhook_url`) is
/// said by whoever may read them, with `conversations:read`, and by no key with an end or addresses of its own.
#[utoipa::path(
    patch,
    path = "/api/v1/workspaces/{slug}",
    tag = "Workspaces",
    summary = "Change a workspace",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("If-Match" = String, Header, description = "The `ETag` it was read with, or `*`.")
    ),
    request_body(content = WorkspacePatch, example = json!({"settings": {"top_n": 8, "refusal_message": null}})),
    responses((status = 200, description = "As it is now; `ETag` is its new version.", body = WorkspaceView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, CHANGING, &[Code::PreconditionRequired, Code::Forbidden]])))),
)]
pub(crate) async fn change(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    JsonObject(patch): JsonObject,
) -> Result<Response, Refusal> {
    let slug = managed_slug(&admitted)?;
    let if_match = IfMatch::required(&headers)?;
    gives_desk(&state, &admitted, slug, &patch).await?;
    let author = admitted.author()?;
    let caller = Caller { tenant: admitted.tenant()?, author: &author };
    let expected = |version| if_match.check(version).is_ok();
    let written = state.workspaces.change(caller, slug, &expected, Patch(patch)).await;
    let written = written.map_err(|error| refused(&error, &admitted))?;
    response::versioned(StatusCode::OK, &WorkspaceView::written(&written), written.workspace.version)
}

/// Puts a workspace away, or removes it.
///
/// Put away, its keys stop within 250 ms and everything else stays; a change of its status brings it back. With
/// `purge=true` it is removed for good, here and in AnythingLLM, with its keys, its conversations and the documents that
/// were made of its catalogue. Documents that somebody else made stay. While a large catalogue is being removed the
/// answer is 202; the same request again tells how far it is.
#[utoipa::path(
    delete,
    path = "/api/v1/workspaces/{slug}",
    tag = "Workspaces",
    summary = "Put a workspace away, or remove it",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("purge" = Option<bool>, Query, description = "Remove it for good."),
        ("If-Match" = String, Header, description = "The `ETag` it was read with, or `*`.")
    ),
    responses(
        (status = 200, description = "It was removed for good.", body = RemovalView),
        (status = 202, description = "It is away and is being removed; `ETag` is its new version.", body = RemovalView),
        (status = 204, description = "It is put away.")
    ),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, CHANGING, &[Code::PreconditionRequired, Code::ValidationFailed]])))),
)]
pub(crate) async fn remove(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let purge = query.flag("purge").unwrap_or(false);
    query.end()?;
    let slug = managed_slug(&admitted)?;
    let if_match = IfMatch::required(&headers)?;
    let author = admitted.author()?;
    let caller = Caller { tenant: admitted.tenant()?, author: &author };
    let expected = |version| if_match.check(version).is_ok();
    if !purge {
        let archived = state.workspaces.archive(caller, slug, &expected).await;
        archived.map_err(|error| refused(&error, &admitted))?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let waiting = Waiting { removals: &state.removals, within: removal::WAIT, shown: &mut |_| {} };
    let purged = state.workspaces.purge(caller, slug, &expected, waiting).await;
    match purged.map_err(|error| refused(&error, &admitted))? {
        Purged::Gone(documents) => response::json(StatusCode::OK, &RemovalView::done(documents)),
        Purged::GoesOn { version, run } => {
            response::versioned(StatusCode::ACCEPTED, &RemovalView::going_on(&run), version)
        }
    }
}

/// Settles what differs from AnythingLLM.
///
/// Takes one side's settings. With `vestibule`, a workspace that was deleted in AnythingLLM is made again, without its
/// documents.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/sync",
    tag = "Workspaces",
    summary = "Settle differences with AnythingLLM",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` it was read with.")
    ),
    request_body(content = SyncBody, example = json!({"take": "vestibule"})),
    responses((status = 200, description = "As it is now, on both sides.", body = WorkspaceView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, CHANGING])))),
)]
pub(crate) async fn sync(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    Json { value: body, .. }: Json<SyncBody>,
) -> Result<Response, Refusal> {
    let slug = managed_slug(&admitted)?;
    let if_match = IfMatch::of(&headers);
    let author = admitted.author()?;
    let caller = Caller { tenant: admitted.tenant()?, author: &author };
    let expected = |version| if_match.as_ref().is_none_or(|if_match| if_match.check(version).is_ok());
    let written = state.workspaces.sync(caller, slug, &expected, body.take).await;
    let written = written.map_err(|error| refused(&error, &admitted))?;
    response::versioned(StatusCode::OK, &WorkspaceView::written(&written), written.workspace.version)
}

/// The address that hand-overs are sent to with their words, where one is given.
fn desk_of(given: &Map<String, Value>) -> Option<&str> {
    given.get("support")?.get("webhook_url")?.as_str()
}

/// Whoever says where hand-overs are sent, gives out for good what shoppers write in them, and so must be able to read
/// it for good. What is there already may be said again.
async fn gives_desk(
    state: &ApiState,
    admitted: &Admitted,
    slug: &str,
    patch: &Map<String, Value>,
) -> Result<(), Refusal> {
    let Some(address) = desk_of(patch) else { return Ok(()) };
    let before = state.workspaces.find(admitted.tenant()?, slug).await.map_err(|error| refused(&error, admitted))?;
    if before.content.support.webhook_url.as_deref() == Some(address) {
        return Ok(());
    }
    Ok(power::gives(state, admitted, &Power::of_desk(Some(before.id))).await?)
}

fn refused(error: &WorkspaceError, admitted: &Admitted) -> Refusal {
    Refusal(error.to_rejection(admitted.request_id()))
}

/// Takes out what is not content; whether the rest is, is seen once the defaults are known.
pub(in crate::api) fn new_shop(mut body: Map<String, Value>) -> Result<NewManagedWorkspace, Rejection> {
    let mut faults = Faults::new();
    let mut text = |name| json::take_text(&mut body, name, &mut faults);
    let (slug, platform, upstream_slug) = (text("slug"), text("platform"), text("upstream_slug"));
    if slug.as_deref().is_some_and(|slug| !is_slug(slug)) {
        let message = "must be 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end";
        faults.push("slug", "format", message);
    }
    let platform = platform.map_or(Some(Platform::Custom), |word| {
        let known = word.parse().ok();
        if known.is_none() {
            let words: Vec<_> = Platform::ALL.iter().map(|platform| platform.as_str()).collect();
            faults.push("platform", "format", format!("must be one of {}", words.join(", ")));
        }
        known
    });
    match platform {
        Some(platform) if faults.is_empty() => Ok(NewManagedWorkspace { slug, platform, upstream_slug, given: body }),
        _ => Err(faults.into()),
    }
}
