//! `/api/v1/workspaces/{slug}/store/sync` and `…/store/runs`: starting catalogue syncs, and seeing how they go.

pub(crate) mod report;

use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::page::{PageEnd, Paging};
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiBody, Shared};
use crate::domain::ids::SyncRunId;
use crate::domain::sync::{SyncError, SyncRun};
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use axum::extract::{FromRequest as _, Request, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use report::{ReportView, Wanted};
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
    /// Let the sync remove more of the products than `removal_threshold_percent` says, and in spite of records that
    /// cannot be read. Without it such removals are withheld, and a feed that lacks more than half of them fails.
    #[serde(default)]
    #[schema(default = false)]
    allow_mass_removal: bool,
    /// Change nothing and only say what a sync would do.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncRunPage)]
pub(crate) struct PageView<'a> {
    /// The runs, newest first.
    data: Vec<RunView<'a>>,
    /// Whether there are older ones.
    has_more: bool,
    /// For the page with the older ones.
    next_cursor: Option<Uuid>,
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncRun)]
pub(crate) struct RunView<'a> {
    #[serde(flatten)]
    #[schema(inline)]
    run: &'a SyncRun,
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
    /// Things that were not taken as the feed has them; see the report.
    noted: u32,
}

/// One run with what went wrong in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncRunDetail)]
pub(crate) struct DetailView<'a> {
    #[serde(flatten)]
    #[schema(inline)]
    run: RunView<'a>,
    /// What went wrong with single records and products; the first 200.
    errors: &'a [SyncError],
}

impl<'a> RunView<'a> {
    fn of(run: &'a SyncRun, now: DateTime<Utc>) -> Self {
        let speed = run.speed(now);
        Self {
            run,
            percentage: run.percentage(),
            products_per_minute: speed.map(|speed| speed.per_minute),
            remaining_seconds: speed.and_then(|speed| speed.remaining_seconds),
            records_read: run.counts.records_read,
            bytes_read: run.counts.bytes_read,
            noted: run.counts.noted,
        }
    }
}

impl<'a> DetailView<'a> {
    pub(crate) fn of(run: &'a SyncRun, errors: &'a [SyncError], now: DateTime<Utc>) -> Self {
        Self { run: RunView::of(run, now), errors }
    }
}

/// Starts a sync of the catalogue.
///
/// Reads the feed of the workspace's store connection and brings the workspace's documents to what it says. Works in
/// the background; the answer is the run, to be looked at again. One runs at a time. With `dry_run` nothing is
/// changed: the run and its report say what would be.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/store/sync",
    tag = "Catalogue",
    summary = "Start a sync",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("dry_run" = Option<bool>, Query, description = "Change nothing and only say what a sync would do; as in the body.")
    ),
    request_body(content = Option<StartBody>, description = "May be left out."),
    responses((status = 202, description = "The run.", body = RunView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict, Code::ValidationFailed]))),
)]
pub(crate) async fn start(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    request: Request,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let dry_run = query.flag("dry_run");
    query.end()?;
    let body = body(request).await?;
    let workspace = state.reach.managed(&admitted).await?;
    let how = (body.allow_mass_removal, body.dry_run || dry_run.unwrap_or(false));
    let run = state.catalog.start(&workspace, how, &admitted.author()?).await;
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
    responses((status = 200, description = "A page of runs.", body = PageView<'static>)),
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
    responses((status = 200, description = "The run.", body = DetailView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let (run, errors) = state.catalog.find(&workspace, id(&admitted)?).await.or_reject(&admitted)?;
    response::json(StatusCode::OK, &DetailView::of(&run, &errors, state.ambient.now()))
}

/// Shows a sync's report.
///
/// What became of each record and product, and where it stands in the feed: of the last five syncs.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/store/runs/{id}/report",
    tag = "Catalogue",
    summary = "Show a sync's report",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("slug" = String, Path, description = "The workspace."),
        ("id" = Uuid, Path, description = "The run."),
        ("outcome" = Option<String>, Query, description = "Only these, such as `refused`."),
        ("limit" = Option<usize>, Query, description = "Lines of a page; 100 when absent.", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
        ("format" = Option<String>, Query, description = "`json` or `csv`; `Accept: text/csv` does the same. CSV has no pages.")
    ),
    responses((status = 200, description = "A page of the report, or all of it as CSV.", content(
        (ReportView = "application/json"),
        (String = "text/csv"),
    ))),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn report(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let wanted = Wanted::of(&mut query, &headers);
    query.end()?;
    let workspace = state.reach.managed(&admitted).await?;
    let id = id(&admitted)?;
    if wanted.as_csv {
        // Whoever asks for what is not there is told before the file begins.
        state.catalog.outcomes(&workspace, id, wanted.kind, wanted.after, 1).await.or_reject(&admitted)?;
        return Ok(report::file(state, workspace, id, wanted));
    }
    let found = state.catalog.outcomes(&workspace, id, wanted.kind, wanted.after, wanted.limit + 1).await;
    let mut found = found.or_reject(&admitted)?;
    let has_more = found.len() > usize::from(wanted.limit);
    found.truncate(usize::from(wanted.limit));
    let next_cursor = found.last().filter(|_| has_more).map(|(number, _)| *number);
    let data = found.into_iter().map(|(_, outcome)| outcome).collect();
    response::json(StatusCode::OK, &ReportView { data, has_more, next_cursor })
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
    responses((status = 202, description = "The run as it stands.", body = RunView<'static>)),
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
