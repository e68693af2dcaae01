//! Removing whole catalogues from the command line, for the commands that take a workspace or a store away.

use crate::anythingllm::Client;
use crate::catalog::engine::Engine;
use crate::catalog::removals::Removals;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::domain::sync::RemovedDocuments;
use crate::telemetry::metrics::Metrics;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// A command has no reason to leave a removal to others.
pub(super) const UNTIL_DONE: Duration = Duration::from_secs(7 * 24 * 3600);

/// What works on catalogues, from here.
pub(super) fn engine(session: &Session, client: Client) -> Engine {
    Engine {
        database: session.database.clone(),
        client,
        ambient: session.ambient.clone(),
        settings: session.config.catalog.clone(),
        metrics: Arc::new(Metrics::new()),
    }
}

pub(super) async fn removals(session: &Session) -> Result<Removals, Failure> {
    Ok(Removals::new(engine(session, session.upstream().await?), Arc::new(Notify::new())))
}

/// What became of the documents, for people.
pub(super) fn removed(documents: &RemovedDocuments) -> String {
    let kept = documents.kept.map(|kept| format!(", {kept} of others kept")).unwrap_or_default();
    format!("{} documents removed{kept}", documents.removed)
}
