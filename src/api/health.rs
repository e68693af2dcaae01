//! Rows that are the same for everybody: health, documentation, demo.

use crate::api::admitted::Gated;
use crate::api::fixed::Fixed;
use crate::api::response::Refusal;
use crate::api::{Shared, openapi, pages};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, header};
use std::sync::LazyLock;

/// The process answers. Whether it can do its work is `/readyz` of the ops listener.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "Operation",
    summary = "Whether the gateway runs",
    responses((status = 200, description = "It runs.", content_type = "text/plain", body = String, example = "ok\n"))
)]
pub(crate) async fn show() -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], "ok\n").into_response()
}

/// The description of the API that this release serves.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "Operation",
    summary = "This document",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer before.")),
    responses(
        (status = 200, description = "OpenAPI 3.1.", content_type = "application/json"),
        (status = 304, description = "Nothing has changed."),
    )
)]
pub(crate) async fn openapi(asked: HeaderMap) -> Response {
    static DOCUMENT: LazyLock<Fixed> = LazyLock::new(|| {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
        Fixed::new(openapi::document_json(), &headers)
    });
    DOCUMENT.answer(&asked)
}

pub(super) async fn docs(asked: HeaderMap) -> Response {
    pages::docs::index(&asked)
}

pub(super) async fn docs_asset(Gated(admitted): Gated, asked: HeaderMap) -> Result<Response, Refusal> {
    Ok(pages::docs::asset(admitted.param("file").ok_or(Rejection::Internal)?, &asked)?)
}

pub(super) async fn docs_error(Gated(admitted): Gated, asked: HeaderMap) -> Result<Response, Refusal> {
    Ok(pages::docs::error(admitted.param("code").ok_or(Rejection::Internal)?, &asked)?)
}

pub(super) async fn llms(State(state): State<Shared>, asked: HeaderMap) -> Response {
    pages::texts::llms(&state, &asked)
}

pub(super) async fn security(State(state): State<Shared>, asked: HeaderMap) -> Result<Response, Refusal> {
    Ok(pages::texts::security(&state, &asked)?)
}

pub(super) async fn demo(State(state): State<Shared>) -> Result<Response, Refusal> {
    Ok(pages::demo::page(&state.demo)?)
}

pub(super) async fn demo_asset(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    Ok(pages::demo::asset(&state.demo, admitted.param("file").ok_or(Rejection::Internal)?, &asked)?)
}
