//! `GET /openai/v1/models`: the workspaces that the caller reaches, as models.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::response::{self, Refusal};
use crate::domain::access::Reached;
use crate::gate::Admitted;
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
struct Models<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Model<'a> {
    /// The workspace's slug.
    id: &'a str,
    object: &'static str,
    /// A number that clients want. When a workspace was made is for those who manage it.
    created: i64,
    owned_by: &'static str,
}

impl<'a> Model<'a> {
    const fn of(slug: &'a str) -> Self {
        Self { id: slug, object: "model", created: 0, owned_by: "vestibule" }
    }
}

/// The workspace that a model is.
pub(super) async fn workspace_of(state: &Shared, admitted: &Admitted, model: &str) -> Result<Reached, Rejection> {
    match state.reach.resolve(admitted, Some(model)).await {
        Err(Rejection::NotFound(_)) => Err(Rejection::NoModel),
        reached => reached,
    }
}

/// Lists them, a thousand at most.
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let reachable = state.reach.all(&admitted).await?;
    let data = reachable.iter().map(|(slug, _)| Model::of(slug)).collect();
    response::json(StatusCode::OK, &Models { object: "list", data })
}

/// Shows one.
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let slug = admitted.param("model").ok_or(Rejection::Internal)?;
    let workspace = workspace_of(&state, &admitted, slug).await?;
    response::json(StatusCode::OK, &Model::of(&workspace.slug))
}
