//! `vestibule catalog prune`: documents that nobody here knows any more.

use crate::anythingllm::Client;
use crate::catalog::orphans::{self, Found, OrphansError};
use crate::cli::Settings;
use crate::cli::args::CatalogPruneArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::domain::audit::AuditEntry;
use serde_json::json;
use std::io::Write as _;

/// A million documents; who has more runs it twice.
const PAGES: u32 = 1000;
/// Documents of one call: AnythingLLM takes half a second for each.
const BATCH: usize = 10;

impl From<OrphansError> for Failure {
    fn from(error: OrphansError) -> Self {
        match error {
            OrphansError::Storage(error) => error.into(),
            OrphansError::Upstream(error) => error.into(),
        }
    }
}

/// `catalog prune`
pub(in crate::cli) async fn prune(
    settings: &Settings,
    args: &CatalogPruneArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::checked(settings, &[Need::Upstream]).await?;
    let client = session.upstream().await?;
    let found = orphans::find(&session.database, &client, PAGES).await?;
    let removed = if args.yes { remove(&session, &client, &found).await? } else { 0 };
    if args.json {
        out.json(&json!({ "looked_at": found.looked_at, "workspaces": found.workspaces, "removed": removed }))?;
        return Ok(Exit::Done);
    }
    for (workspace, orphans) in &found.workspaces {
        let whose = if orphans.workspace_missing { "no workspace here" } else { "unknown to its workspace" };
        out.text(&format!("{workspace}: {} documents, {whose}", orphans.locations.len()))?;
    }
    match found.count() {
        0 => out.text(&format!("nothing is left over, of {} documents in AnythingLLM", found.looked_at))?,
        _ if args.yes => out.text(&format!("{removed} documents removed"))?,
        count => out.text(&format!(
            "{count} documents are left over. If no other Vestibule uses this AnythingLLM, --yes removes them"
        ))?,
    }
    Ok(Exit::Done)
}

async fn remove(session: &Session, client: &Client, found: &Found) -> Result<usize, Failure> {
    let mut removed = 0;
    for (workspace, orphans) in &found.workspaces {
        for locations in orphans.locations.chunks(BATCH) {
            client.remove_documents(locations).await?;
            removed += locations.len();
            let _ = writeln!(std::io::stderr(), "removing: {removed}/{}", found.count());
        }
        let mut entry = AuditEntry::done("catalog.pruned", format!("catalogue:{workspace}"));
        entry.after = Some(json!({ "documents": orphans.locations.len() }));
        session.audit(&entry).await?;
    }
    Ok(removed)
}
