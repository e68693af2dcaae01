//! `/api/v1/keys`: making, listing and changing keys, for those who manage them.
//!
//! The text of a key is told once, by `create` and `rotate`. What may be given is decided in
//! [`crate::domain::power`].

pub(crate) mod life;
pub(crate) mod limits;
pub(crate) mod preview;
pub(crate) mod snippet;
pub(crate) mod views;

use crate::api::admitted::Gated;
use crate::api::json::JsonObject;
use crate::api::page::{PageEnd, Paging};
use crate::api::power::Managing;
use crate::api::precondition::IfMatch;
use crate::api::query::Query;
use crate::api::response::{self, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::ids::KeyId;
use crate::domain::json;
use crate::domain::key::{KeyEnv, KeyKind};
use crate::domain::key::{KeyStatus, StoredKey};
use crate::gate::Admitted;
use crate::keys::{KeyError, KeyRequest, unreadable};
use crate::rejection::{Code, Rejection};
use crate::storage::{KeyFilter, KeyName};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};
use std::str::FromStr;
use views::{IssuedView, KeyPageView, KeyPatch, KeyView, NewKeyBody};

/// Lists keys.
///
/// In the order they were made; a key that is bound to a workspace sees that workspace's.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    tag = "Keys",
    summary = "List keys",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("q" = Option<String>, Query, description = "The beginning of a public id, the last four characters of a key, or a part of a name."),
        ("workspace" = Option<String>, Query, description = "Slug of the workspace they are bound to."),
        ("kind" = Option<String>, Query, description = "`publishable` or `secret`."),
        ("env" = Option<String>, Query, description = "`live` or `test`."),
        ("status" = Option<String>, Query, description = "`active`, `disabled`, `expired` or `revoked`."),
        ("limit" = Option<usize>, Query, description = "Keys of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of keys.", body = KeyPageView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let kind = word::<KeyKind>(&mut query, "kind", "must be `publishable` or `secret`");
    let env = word::<KeyEnv>(&mut query, "env", "must be `live` or `test`");
    let status = word::<KeyStatus>(&mut query, "status", "must be `active`, `disabled`, `expired` or `revoked`");
    let (search, slug) = (query.text("q"), query.text("workspace"));
    if search.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > 100) {
        query.fault("q", "out_of_range", "must have 1 to 100 characters");
    }
    let paging = Paging::of(&mut query);
    query.end()?;
    let workspace = match slug {
        Some(slug) => Some(state.reach.known(&admitted, &slug).await?),
        None => None,
    };
    let filter = KeyFilter { name: None, workspace, kind, env, status, search };
    let managing = Managing::of(&state, &admitted)?;
    let after = paging.after.map(KeyId);
    let found = state.keys.list(managing.caller(), filter, after, paging.wanted()).await;
    let mut found = found.map_err(|error| refused(&error, &admitted))?;
    let PageEnd { has_more, next_cursor } = paging.cut(&mut found, |key| key.id.0);
    let now = state.ambient.now();
    let data = found.iter().map(|key| KeyView::of(key, now)).collect();
    response::json(StatusCode::OK, &KeyPageView { data, has_more, next_cursor })
}

/// Makes a key.
///
/// The answer is the only one that has the key itself. Nobody can make a key that may do more than they may.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    tag = "Keys",
    summary = "Make a key",
    security(("secret_key" = []), ("access_token" = [])),
    request_body(content = NewKeyBody, example = json!({
        "kind": "publishable", "env": "test", "name": "Storefront", "workspace": "demo-shop",
        "allowed_origins": ["https://shop.example"], "limits": {"per_minute": 120}
    })),
    responses((status = 201, description = "The key, this once; `ETag` is its version.", body = IssuedView<'static>)),
    extensions(("x-refusals" = json!([Code::Forbidden, Code::InsufficientScope, Code::Conflict]))),
)]
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    JsonObject(body): JsonObject,
) -> Result<Response, Refusal> {
    let request = request(&state, &admitted, body).await?;
    let managing = Managing::of(&state, &admitted)?;
    let issued = state.keys.create(managing.caller(), request).await;
    let issued = issued.map_err(|error| refused(&error, &admitted))?;
    told(&state, &issued)
}

/// The answer that has a key in it.
fn told(state: &ApiState, issued: &crate::keys::Issued) -> Result<Response, Refusal> {
    let view = IssuedView::of(issued, state.ambient.now(), &state.docs);
    let mut response = response::versioned(StatusCode::CREATED, &view, issued.stored.version)?;
    let place = HeaderValue::from_str(&format!("/api/v1/keys/{}", issued.stored.id));
    response.headers_mut().insert(header::LOCATION, place.map_err(|_| Rejection::Internal)?);
    Ok(response)
}

/// Shows a key.
///
/// Everything about it but the key itself.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{id}",
    tag = "Keys",
    summary = "Show a key",
    security(("secret_key" = []), ("access_token" = [])),
    params(("id" = String, Path, description = "The key's id, or its public id.")),
    responses((status = 200, description = "The key; `ETag` is its version.", body = KeyView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let key = managed(&state, &admitted).await?;
    response::versioned(StatusCode::OK, &KeyView::of(&key, state.ambient.now()), key.version)
}

/// Changes a key.
///
/// A JSON Merge Patch; kind, environment and workspace stay. Every replica follows within 250 ms. With `If-Match` only
/// if the key is still as it was read.
#[utoipa::path(
    patch,
    path = "/api/v1/keys/{id}",
    tag = "Keys",
    summary = "Change a key",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("id" = String, Path, description = "The key's id, or its public id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` it was read with.")
    ),
    request_body(content = KeyPatch, example = json!({"enabled": false})),
    responses((status = 200, description = "As it is now; `ETag` is its new version.", body = KeyView<'static>)),
    extensions(("x-refusals" = json!([Code::InsufficientScope, Code::NotFound, Code::Conflict, Code::PreconditionFailed]))),
)]
pub(crate) async fn change(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    JsonObject(mut patch): JsonObject,
) -> Result<Response, Refusal> {
    let mut faults = Faults::new();
    for name in ["kind", "env", "workspace"] {
        if patch.remove(name).is_some() {
            faults.push(name, "conflict", "cannot be changed; make a new key instead");
        }
    }
    if !faults.is_empty() {
        faults.within("", unreadable(patch));
        return Err(Refusal(faults.into()));
    }
    let if_match = IfMatch::of(&headers);
    let expected = |version| if_match.as_ref().is_none_or(|if_match| if_match.check(version).is_ok());
    let managing = Managing::of(&state, &admitted)?;
    let changed = state.keys.change(managing.caller(), named(&admitted)?, &expected, &patch).await;
    let key = changed.map_err(|error| refused(&error, &admitted))?;
    response::versioned(StatusCode::OK, &KeyView::of(&key, state.ambient.now()), key.version)
}

/// What the path calls the key.
fn named(admitted: &Admitted) -> Result<KeyName, Rejection> {
    let name = admitted.param("id").ok_or(Rejection::Internal)?;
    name.parse().map_err(|_| Rejection::NotFound("There is no such key."))
}

/// The key that the path names, if the caller may know of it.
///
/// # Errors
/// 404 for a key that is not there, or not the caller's: all look alike.
pub(in crate::api) async fn managed(state: &ApiState, admitted: &Admitted) -> Result<StoredKey, Rejection> {
    find(state, admitted, named(admitted)?).await
}

/// The key of this name, as [`managed`].
///
/// # Errors
/// As [`managed`].
pub(super) async fn find(state: &ApiState, admitted: &Admitted, name: KeyName) -> Result<StoredKey, Rejection> {
    let managing = Managing::of(state, admitted)?;
    let found = state.keys.find(managing.caller(), name).await;
    found.map_err(|error| refused(&error, admitted))
}

fn refused(error: &KeyError, admitted: &Admitted) -> Rejection {
    error.to_rejection(admitted.request_id())
}

fn word<T: FromStr>(query: &mut Query<'_>, name: &'static str, rule: &'static str) -> Option<T> {
    let text = query.text(name)?;
    let word = text.parse().ok();
    if word.is_none() {
        query.fault(name, "format", rule);
    }
    word
}

/// Takes out of the body what cannot be changed later; the rest is read by [`crate::keys`].
pub(in crate::api) async fn request(
    state: &ApiState,
    admitted: &Admitted,
    mut body: Map<String, Value>,
) -> Result<KeyRequest, Rejection> {
    let mut faults = Faults::new();
    let mut text = |name| json::take_text(&mut body, name, &mut faults);
    let (kind, env, slug) = (text("kind"), text("env"), text("workspace"));
    let kind = match kind.map(|word| word.parse()) {
        Some(Ok(kind)) => Some(kind),
        Some(Err(_)) => {
            faults.push("kind", "format", "must be `publishable` or `secret`");
            None
        }
        None => {
            if !faults.has("kind") {
                faults.push("kind", "required", "must be `publishable` or `secret`");
            }
            None
        }
    };
    let env = env.as_deref().map_or(Ok(KeyEnv::Live), str::parse).unwrap_or_else(|_| {
        faults.push("env", "format", "must be `live` or `test`");
        KeyEnv::Live
    });
    let workspace = match slug {
        Some(slug) => {
            let found = state.reach.find(admitted, &slug).await?;
            if found.is_none() {
                faults.push("workspace", "conflict", "there is no such workspace");
            }
            found
        }
        None => admitted.bound_workspace().map(|bound| bound.id),
    };
    match kind {
        Some(kind) if faults.is_empty() => Ok(KeyRequest { kind, env, workspace, given: body }),
        _ => {
            faults.within("", unreadable(body));
            Err(faults.into())
        }
    }
}
