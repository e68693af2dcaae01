//! `/api/v1/workspaces/{slug}/documents`: what staff writes itself for answers to be found in.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::page::{PageEnd, Paging};
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::ids::DocumentId;
use crate::domain::workspace::NewDocument;
use crate::rejection::{Code, Rejection};
use crate::storage::StaffDocument;
use crate::workspaces::{Caller, WorkspaceError};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

const NONE: Rejection = Rejection::NotFound("There is no such document.");

/// A document that staff wrote, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffDocument)]
pub(crate) struct DocumentView<'a> {
    /// The document.
    id: Uuid,
    /// Its title.
    #[schema(example = "Returns from Austria")]
    title: &'a str,
    /// Where it can be read.
    url: Option<&'a str>,
    /// How long its text is, in characters.
    #[schema(example = 412)]
    characters: u32,
    /// When it was written.
    created_at: DateTime<Utc>,
    /// Kind and id of who wrote it.
    #[schema(example = "user:7")]
    created_by: &'a str,
}

/// A page of documents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffDocumentPage)]
pub(crate) struct PageView<'a> {
    /// The newest first.
    data: Vec<DocumentView<'a>>,
    /// Whether there are more.
    has_more: bool,
    /// For the next page.
    next_cursor: Option<Uuid>,
}

impl<'a> From<&'a StaffDocument> for DocumentView<'a> {
    fn from(document: &'a StaffDocument) -> Self {
        Self {
            id: document.id.0,
            title: &document.title,
            url: document.url.as_deref(),
            characters: document.characters,
            created_at: document.made_at,
            created_by: &document.made_by,
        }
    }
}

/// Writes a document.
///
/// It is embedded in the workspace before the answer, so that the next question finds it; kept answers are forgotten.
/// The same words once more are the document that is there.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/documents",
    tag = "Conversations",
    summary = "Write a document",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    request_body = NewDocument,
    responses((status = 201, description = "It is embedded.", body = DocumentView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::NotFound, Code::ValidationFailed]])))),
)]
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<NewDocument>,
) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    body.check().or(()).map_err(Rejection::from)?;
    let workspace = state.reach.managed(&admitted).await?;
    let author = admitted.author()?;
    let caller = Caller { tenant: workspace.tenant, author: &author };
    let document = state.workspaces.add_document(caller, &workspace, &body).await.or_reject(&admitted)?;
    response::json(StatusCode::CREATED, &DocumentView::from(&document))
}

/// Lists documents that staff wrote.
///
/// Not those of the catalogue, nor what was put into AnythingLLM in another way.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/documents",
    tag = "Conversations",
    summary = "List documents",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("limit" = Option<usize>, Query, description = "Documents of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of documents.", body = PageView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let paging = Paging::of(&mut query);
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let found = state.workspaces.documents(&workspace, paging.after, paging.wanted()).await;
    let mut found = found.or_reject(&admitted)?;
    let PageEnd { has_more, next_cursor } = paging.cut(&mut found, |document| document.id.0);
    let data = found.iter().map(DocumentView::from).collect();
    response::json(StatusCode::OK, &PageView { data, has_more, next_cursor })
}

/// Removes a document.
///
/// From the workspace and from AnythingLLM altogether.
#[utoipa::path(
    delete,
    path = "/api/v1/workspaces/{slug}/documents/{id}",
    tag = "Conversations",
    summary = "Remove a document",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = Uuid, Path, description = "The document.")
    ),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-refusals" = json!(any_of(&[Code::UPSTREAM, &[Code::NotFound, Code::ValidationFailed]])))),
)]
pub(crate) async fn remove(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let id = admitted.param("id").ok_or(Rejection::Internal)?;
    let id = Uuid::try_parse(id).map_err(|_| NONE)?;
    let author = admitted.author()?;
    let caller = Caller { tenant: workspace.tenant, author: &author };
    match state.workspaces.remove_document(caller, &workspace, DocumentId(id)).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(WorkspaceError::NotFound) => Err(NONE.into()),
        Err(error) => Err(error.to_rejection(admitted.request_id()).into()),
    }
}
