//! Showing how syncs went: the result of one, its report, and the last ones.

use crate::api::catalog::DetailView;
use crate::api::catalog::report::{heading, line};
use crate::cli::Settings;
use crate::cli::args::{CatalogReportArgs, CatalogStatusArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::domain::ids::SyncRunId;
use crate::domain::sync::SyncRun;

pub(super) fn summary(run: &SyncRun) -> String {
    let counts = &run.counts;
    let numbers = format!(
        "{} products: {} added, {} updated, {} unchanged, {} removed, {} failed",
        counts.products_total, counts.added, counts.updated, counts.unchanged, counts.removed, counts.failed
    );
    let noted = if counts.noted > 0 { format!(", {} noted", counts.noted) } else { String::new() };
    let numbers = numbers + &noted;
    let status =
        if run.dry_run { format!("dry run, nothing was changed: {}", run.status) } else { run.status.to_string() };
    let mut text = match &run.error {
        Some(error) => format!("{status}: {} ({})\n{numbers}", error.message, error.code),
        None => format!("{status}: {numbers}"),
    };
    if let Some(withheld) = &run.removals_withheld {
        let more = usize::try_from(withheld.count).unwrap_or(usize::MAX).saturating_sub(withheld.products.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text = format!(
            "{text}\nremovals withheld: {}, because {}: {}{more}",
            withheld.count,
            withheld.reason.words(),
            withheld.products.join(", ")
        );
    }
    text
}

/// Lines of a report asked for at once.
const LINES: u16 = 1000;

/// `catalog report`
pub(in crate::cli) async fn report(
    settings: &Settings,
    args: &CatalogReportArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let runs = session.database.sync_runs();
    let run = match args.run {
        Some(id) => runs.find(session.tenant, workspace.id, SyncRunId(id)).await?,
        None => runs.list(session.tenant, workspace.id, None, 1).await?.pop(),
    };
    let run = run.ok_or_else(|| Failure::usage("there is no such sync"))?;
    if !args.json {
        out.text(&heading())?;
    }
    let mut after = 0;
    loop {
        let found = runs.outcomes(session.tenant, run.id, args.outcome, after, LINES).await?;
        let Some((last, _)) = found.last() else { return Ok(Exit::Done) };
        after = *last;
        for (_, outcome) in &found {
            if args.json {
                out.text(&serde_json::to_string(outcome).map_err(|error| Failure::new(error.to_string()))?)?;
            } else {
                out.text(&line(outcome))?;
            }
        }
    }
}

/// `catalog status`
pub(in crate::cli) async fn status(
    settings: &Settings,
    args: &CatalogStatusArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let runs = session.database.sync_runs().list(session.tenant, workspace.id, None, 10).await?;
    if args.json {
        let mut errors = Vec::new();
        for run in &runs {
            errors.push(session.database.sync_runs().errors(session.tenant, run.id).await?);
        }
        let shown = runs.iter().zip(&errors).map(|(run, errors)| DetailView::of(run, errors, session.ambient.now()));
        out.json(&shown.collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let products = session.database.sync_runs().count_products(session.tenant, workspace.id).await?;
    out.text(&format!("{products} products have a document"))?;
    let row = |run: &SyncRun| {
        let counts = &run.counts;
        let done = run.percentage().map_or_else(|| "-".to_owned(), |percent| format!("{percent}%"));
        let numbers =
            [counts.added, counts.updated, counts.unchanged, counts.removed, counts.failed].map(|n| n.to_string());
        let [added, updated, unchanged, removed, failed] = numbers;
        let started = run.created_at.format("%Y-%m-%d %H:%M:%S").to_string();
        [started, run.status.to_string(), done, added, updated, unchanged, removed, failed]
    };
    let headings = ["STARTED", "STATUS", "DONE", "ADDED", "UPDATED", "UNCHANGED", "REMOVED", "FAILED"];
    out.table(headings, &runs.iter().map(row).collect::<Vec<_>>())?;
    Ok(Exit::Done)
}
