//! `/api/v1/workspaces/{slug}/store/sync` and `…/store/runs`: starting catalogue syncs, and seeing how they go.

use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::page::{PageEnd, Paging};
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiBody, Shared};
use crate::domain::ids::SyncRunId;
use crate::domain::sync::{SyncError, SyncPhase, SyncRun, SyncSource, SyncStatus, SyncTrigger};
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use axum::extract::{FromRequest as _, Request, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One answer for what is not there and for what is another workspace's.
const NONE: Rejection = Rejection::NotFound("There is no such sync run.");

/// What a sync may do.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SyncRequest)]
pub(crate) struct StartBody {
    /// Let the sync remove more than half of the products. Without it, a feed that lacks so many fails.
    #[serde(default)]
    #[schema(default = false)]
    allow_mass_removal: bool,
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncRunPage)]
pub(crate) struct PageView {
    /// The runs, newest first.
    data: Vec<RunView>,
    /// Whether there are older ones.
    has_more: bool,
    /// For the page with the older ones.
    next_cursor: Option<Uuid>,
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncRun)]
pub(crate) struct RunView {
    /// Its id.
    id: Uuid,
    /// `queued`, `running`, `paused`, `succeeded`, `partial`, `failed` or `cancelled`.
    #[schema(value_type = String, example = "running")]
    status: SyncStatus,
    /// `reading`, `embedding`, `removing` or `done`.
    #[schema(value_type = String, example = "embedding")]
    phase: SyncPhase,
    /// `api`, `cli` or `schedule`.
    #[schema(value_type = String, example = "schedule")]
    trigger: SyncTrigger,
    /// `connection`, or `file` of whoever ran the command.
    #[schema(value_type = String, example = "connection")]
    source: SyncSource,
    /// Whether it may remove more than half of the products.
    allow_mass_removal: bool,
    /// Whether somebody wants it to end.
    cancel_requested: bool,
    /// How much is done; null while the feed is being read.
    #[schema(example = 42)]
    percentage: Option<u8>,
    /// How fast it is, while it runs.
    #[schema(example = 1200)]
    products_per_minute: Option<u32>,
    /// At that rate, seconds until all products are done.
    #[schema(example = 290)]
    remaining_seconds: Option<u64>,
    /// Records of the feed, good and bad.
    records_read: u64,
    /// Bytes of the feed, uncompressed.
    bytes_read: u64,
    /// What became of the products.
    products: ProductsView,
    /// Why it failed.
    error: Option<RunErrorView>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When somebody first worked on it.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
}

/// Counts of products.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncProducts)]
pub(crate) struct ProductsView {
    /// In the feed.
    total: u32,
    /// Of these, done.
    done: u32,
    /// Of these, right already.
    unchanged: u32,
    /// Of these, new.
    added: u32,
    /// Of these, with a new document.
    updated: u32,
    /// No longer in the feed, and removed.
    removed: u32,
    /// Records and products that failed.
    failed: u32,
}

/// Why a run failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncRunError)]
pub(crate) struct RunErrorView {
    /// Stable.
    #[schema(example = "mass_removal")]
    code: String,
    /// For people.
    message: String,
}

/// One run with what went wrong in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncRunDetail)]
pub(crate) struct DetailView {
    #[serde(flatten)]
    run: RunView,
    /// What went wrong with single records and products; the first 200.
    errors: Vec<ErrorView>,
}

/// Something that went wrong with one record or product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncError)]
pub(crate) struct ErrorView {
    /// Its place in the feed, from 1.
    record: Option<u64>,
    /// The shop's id of the product or of its group.
    product: Option<String>,
    /// Stable.
    #[schema(example = "bad_price")]
    code: String,
    /// For people.
    message: String,
}

impl RunView {
    fn of(run: &SyncRun, now: DateTime<Utc>) -> Self {
        let (speed, counts) = (run.speed(now), &run.counts);
        Self {
            id: run.id.0,
            status: run.status,
            phase: run.phase,
            trigger: run.trigger,
            source: run.source,
            allow_mass_removal: run.allow_mass_removal,
            cancel_requested: run.cancel_requested,
            percentage: run.percentage(),
            products_per_minute: speed.map(|speed| speed.per_minute),
            remaining_seconds: speed.and_then(|speed| speed.remaining_seconds),
            records_read: counts.records_read,
            bytes_read: counts.bytes_read,
            products: ProductsView {
                total: counts.products_total,
                done: counts.products_done,
                unchanged: counts.unchanged,
                added: counts.added,
                updated: counts.updated,
                removed: counts.removed,
                failed: counts.failed,
            },
            error: run.error.clone().map(|(code, message)| RunErrorView { code, message }),
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

impl DetailView {
    pub(crate) fn of(run: &SyncRun, errors: Vec<SyncError>, now: DateTime<Utc>) -> Self {
        Self { run: RunView::of(run, now), errors: errors.into_iter().map(ErrorView::from).collect() }
    }
}

impl From<SyncError> for ErrorView {
    fn from(error: SyncError) -> Self {
        Self { record: error.record_number, product: error.product, code: error.code, message: error.message }
    }
}

/// Starts a sync of the catalogue.
///
/// Reads the feed of the workspace's store connection and brings the workspace's documents to what it says. Works in
/// the background; the answer is the run, to be looked at again. One runs at a time.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/store/sync",
    tag = "Catalogue",
    summary = "Start a sync",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    request_body(content = Option<StartBody>, description = "May be left out."),
    responses((status = 202, description = "The run.", body = RunView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict]))),
)]
pub(crate) async fn start(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    request: Request,
) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let body = body(request).await?;
    let workspace = state.reach.managed(&admitted).await?;
    let run = state.catalog.start(&workspace, body.allow_mass_removal, &admitted.author()?).await;
    let run = run.or_reject(&admitted)?;
    response::json(StatusCode::ACCEPTED, &RunView::of(&run, state.ambient.now()))
}

/// Lists syncs.
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/store/runs",
    tag = "Catalogue",
    summary = "List syncs",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("limit" = Option<usize>, Query, description = "Runs of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of runs.", body = PageView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let paging = Paging::of(&mut query);
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let found = state.catalog.list(&workspace, paging.after.map(SyncRunId), paging.wanted()).await;
    let mut found = found.or_reject(&admitted)?;
    let PageEnd { has_more, next_cursor } = paging.cut(&mut found, |run| run.id.0);
    let now = state.ambient.now();
    let data = found.iter().map(|run| RunView::of(run, now)).collect();
    response::json(StatusCode::OK, &PageView { data, has_more, next_cursor })
}

/// Shows a sync.
///
/// With what went wrong with single records and products.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/store/runs/{id}",
    tag = "Catalogue",
    summary = "Show a sync",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = Uuid, Path, description = "The run.")
    ),
    responses((status = 200, description = "The run.", body = DetailView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let (run, errors) = state.catalog.find(&workspace, id(&admitted)?).await.or_reject(&admitted)?;
    response::json(StatusCode::OK, &DetailView::of(&run, errors, state.ambient.now()))
}

/// Ends a sync.
///
/// What it has embedded stays. A running one ends within seconds; one that is over stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/store/runs/{id}/cancel",
    tag = "Catalogue",
    summary = "End a sync",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = Uuid, Path, description = "The run.")
    ),
    responses((status = 202, description = "The run as it stands.", body = RunView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn cancel(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let run = state.catalog.cancel(&workspace, id(&admitted)?, &admitted.author()?).await.or_reject(&admitted)?;
    response::json(StatusCode::ACCEPTED, &RunView::of(&run, state.ambient.now()))
}

fn id(admitted: &Admitted) -> Result<SyncRunId, Rejection> {
    let id = admitted.param("id").ok_or(Rejection::Internal)?;
    Uuid::try_parse(id).map(SyncRunId).map_err(|_| NONE)
}

/// The body, which may be left out.
async fn body(request: Request) -> Result<StartBody, Refusal> {
    let (parts, body) = request.into_parts();
    // The edge has read and capped it.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Rejection::Internal)?;
    if bytes.trim_ascii().is_empty() {
        return Ok(StartBody::default());
    }
    let request = Request::from_parts(parts, ApiBody::from(bytes));
    Ok(Json::<StartBody>::from_request(request, &()).await?.value)
}
