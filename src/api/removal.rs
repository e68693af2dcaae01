//! How the answers of removals look: of a workspace for good, and of a catalogue with its store connection.

use crate::api::response::{self, Refusal};
use crate::domain::sync::{RemovedDocuments, SyncRun};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A request waits this long for a removal; what is not done by then goes on in the background.
pub(crate) const WAIT: Duration = Duration::from_secs(8);

/// What became of a removal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Removal)]
pub(crate) struct RemovalView {
    /// `removed`, or `removing` while documents are still being removed.
    #[schema(example = "removed")]
    status: &'static str,
    /// Of the workspace, in AnythingLLM.
    documents: RemovalDocumentsView,
}

/// Documents in AnythingLLM.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovalDocuments)]
struct RemovalDocumentsView {
    /// Documents that Vestibule had made and that are gone.
    #[schema(example = 5000)]
    removed: u32,
    /// Documents that somebody else had made; they stay. Null while that is not known.
    #[schema(example = 3)]
    kept: Option<u32>,
    /// Documents that are still to be removed.
    #[schema(example = 0)]
    left: u32,
}

impl RemovalView {
    pub(crate) fn done(documents: RemovedDocuments) -> Self {
        let RemovedDocuments { removed, kept } = documents;
        Self { status: "removed", documents: RemovalDocumentsView { removed, kept, left: 0 } }
    }

    pub(crate) fn going_on(run: &SyncRun) -> Self {
        let (removed, total) = (run.counts.removed, run.counts.products_total);
        let documents = RemovalDocumentsView { removed, kept: None, left: total.saturating_sub(removed) };
        Self { status: "removing", documents }
    }

    /// 200 when all is done, 202 while it goes on.
    pub(crate) fn answer(&self) -> Result<Response, Refusal> {
        let status = if self.status == "removed" { StatusCode::OK } else { StatusCode::ACCEPTED };
        response::json(status, self)
    }
}
