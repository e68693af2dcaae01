//! What became of each record and product of a sync: as pages of JSON, and as one CSV to download.

use crate::api::csv::row;
use crate::api::query::Query;
use crate::api::response::OrReject as _;
use crate::api::{ApiBody, Shared};
use crate::domain::access::Reached;
use crate::domain::ids::SyncRunId;
use crate::domain::sync::{OutcomeKind, SyncOutcome};
use crate::gate::Admitted;
use crate::rejection::Rejection;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Lines of a page of JSON at most, and when the request does not say.
pub(super) const MAX_LIMIT: usize = 1000;
pub(super) const DEFAULT_LIMIT: usize = 100;
/// Lines asked of the database at once for a file.
const LINES: u16 = 1000;
const COLUMNS: [&str; 7] = ["outcome", "product", "record", "line", "byte", "code", "message"];

/// A page of outcomes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncReportPage)]
pub(crate) struct ReportView {
    /// What became of records and products, in the order in which it was found.
    pub(super) data: Vec<SyncOutcome>,
    /// Whether there are more.
    pub(super) has_more: bool,
    /// For the next page.
    pub(super) next_cursor: Option<u64>,
}

/// Which outcomes are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) kind: Option<OutcomeKind>,
    pub(super) after: u64,
    pub(super) limit: u16,
    pub(super) as_csv: bool,
}

impl Wanted {
    /// What a request asks for; its faults are noted in `query`.
    pub(super) fn of(query: &mut Query<'_>, headers: &HeaderMap) -> Self {
        let word = query.text("outcome");
        let kind = word.as_deref().and_then(|word| word.parse().ok());
        if word.is_some() && kind.is_none() {
            let known: Vec<&str> = OutcomeKind::ALL.into_iter().map(OutcomeKind::as_str).collect();
            query.fault("outcome", "format", format!("must be one of {}", known.join(", ")));
        }
        let limit = query.number("limit", 1..=MAX_LIMIT).unwrap_or(DEFAULT_LIMIT);
        let cursor = query.text("cursor");
        let after = cursor.as_deref().and_then(|text| text.parse().ok());
        if cursor.is_some() && after.is_none() {
            query.fault("cursor", "format", "is not a cursor of this list");
        }
        let as_csv = match query.text("format").as_deref() {
            Some("csv") => true,
            Some("json") => false,
            Some(_) => {
                query.fault("format", "format", "must be json or csv");
                false
            }
            None => headers.get(header::ACCEPT).is_some_and(|accept| {
                accept.to_str().is_ok_and(|accept| accept.contains("text/csv") && !accept.contains("application/json"))
            }),
        };
        Self { kind, after: after.unwrap_or(0), limit: u16::try_from(limit).unwrap_or(LINES), as_csv }
    }
}

/// The line of names.
pub(crate) fn heading() -> String {
    let mut text = String::new();
    row(&mut text, COLUMNS.into_iter());
    text
}

/// An outcome as a line.
pub(crate) fn line(outcome: &SyncOutcome) -> String {
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let cells = [
        outcome.outcome.as_str().to_owned(),
        outcome.product.clone().unwrap_or_default(),
        number(outcome.record_number),
        number(outcome.line),
        number(outcome.byte),
        outcome.code.clone().unwrap_or_default(),
        outcome.message.clone().unwrap_or_default(),
    ];
    let mut text = String::new();
    row(&mut text, cells.iter().map(String::as_str));
    text
}

/// All lines of a kind as a file, without pages.
///
/// # Errors
/// `not_found` for a run that is not there: whoever asks for it is told before the file begins.
pub(in crate::api) async fn download(
    state: &Shared,
    admitted: &Admitted,
    workspace: Reached,
    run: SyncRunId,
    kind: Option<OutcomeKind>,
) -> Result<Response, Rejection> {
    state.catalog.outcomes(&workspace, run, kind, 0, 1).await.or_reject(admitted)?;
    let wanted = Wanted { kind, after: 0, limit: LINES, as_csv: true };
    Ok(file(Arc::clone(state), workspace, run, wanted))
}

/// The whole report as a file, read from the database as the client takes it.
pub(super) fn file(state: Shared, workspace: Reached, run: SyncRunId, wanted: Wanted) -> Response {
    let mut response = Response::new(ApiBody::from_stream(lines(state, workspace, run, wanted)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"sync.csv\""));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn lines(
    state: Shared,
    workspace: Reached,
    run: SyncRunId,
    wanted: Wanted,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let next = move |(state, workspace, after): (Shared, Reached, Option<u64>)| async move {
        let Some(after) = after else { return Ok(None) };
        let found = state.catalog.outcomes(&workspace, run, wanted.kind, after, LINES).await;
        // The client sees a file that breaks off, and not a shorter one.
        let found = found.map_err(std::io::Error::other)?;
        let is_last = found.len() < usize::from(LINES);
        let next = found.last().map(|(number, _)| *number).filter(|_| !is_last);
        let text: String = found.iter().map(|(_, outcome)| line(outcome)).collect();
        Ok(Some((Bytes::from(text), (state, workspace, next))))
    };
    let body = stream::try_unfold((state, workspace, Some(wanted.after)), next);
    futures_util::StreamExt::chain(stream::iter([Ok(Bytes::from(heading()))]), body)
}
