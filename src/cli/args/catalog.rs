//! What can be typed about catalogues.

use crate::domain::store::{DecimalSeparator, FeedEncoding, FeedFormat};
use crate::domain::sync::OutcomeKind;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CatalogCommand {
    /// Bring a workspace's documents to what a product feed says, and show how it goes. One that was interrupted is
    /// resumed.
    Sync(CatalogSyncArgs),
    /// Show the last syncs of a workspace.
    Status(CatalogStatusArgs),
    /// Print what became of each record and product of a sync, as CSV.
    Report(CatalogReportArgs),
    /// Show documents in AnythingLLM that Vestibule made and that no workspace here knows any more; with --yes, remove
    /// them.
    Prune(CatalogPruneArgs),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(in crate::cli) struct CatalogSyncArgs {
    /// Slug of the workspace.
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) workspace: String,
    /// Read this file instead of the store connection's feed; `-` is standard input.
    #[arg(long, value_name = "FILE|-")]
    pub(in crate::cli) feed: Option<PathBuf>,
    /// How the file is written: `google_xml`, `google_tsv`, `csv` or `jsonl`. Without it the file's name says it.
    #[arg(long, value_name = "FORMAT", requires = "feed")]
    pub(in crate::cli) format: Option<FeedFormat>,
    /// What the file is encoded in, such as `windows-1252`; instead of what the store connection says.
    #[arg(long, value_name = "ENCODING", requires = "feed")]
    pub(in crate::cli) encoding: Option<FeedEncoding>,
    /// What stands before the decimals of its prices, `.` or `,`; instead of what the store connection says.
    #[arg(long, value_name = "CHARACTER", requires = "feed")]
    pub(in crate::cli) decimal_separator: Option<DecimalSeparator>,
    /// Currency of prices that do not name one, such as `EUR`; instead of what the store connection says.
    #[arg(long, value_name = "CODE", requires = "feed")]
    pub(in crate::cli) currency: Option<String>,
    /// Change nothing and only say what a sync would do.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Let the sync remove more of the products than the set share, and in spite of records that cannot be read.
    #[arg(long)]
    pub(in crate::cli) allow_mass_removal: bool,
    /// Do not show how it goes.
    #[arg(long)]
    pub(in crate::cli) quiet: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CatalogReportArgs {
    /// Slug of the workspace.
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) workspace: String,
    /// Id of the sync; the last one when absent.
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) run: Option<Uuid>,
    /// Only these, such as `refused`.
    #[arg(long, value_name = "OUTCOME")]
    pub(in crate::cli) outcome: Option<OutcomeKind>,
    /// Print JSON, an object a line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CatalogStatusArgs {
    /// Slug of the workspace.
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) workspace: String,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CatalogPruneArgs {
    /// Remove them. Without it nothing is changed.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
