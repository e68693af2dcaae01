//! What can be typed about workspaces.

use super::ListArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum WorkspacesCommand {
    /// Make a workspace, here and in AnythingLLM, or adopt one that AnythingLLM has already.
    Create(WorkspaceArgs),
    /// List the gateway's workspaces.
    List(ListArgs),
    /// Show a workspace with everything that is set, as JSON.
    Show(ShowWorkspaceArgs),
    /// Change a workspace by a JSON Merge Patch.
    Update(UpdateWorkspaceArgs),
    /// Settle what was changed in AnythingLLM.
    Sync(SyncWorkspaceArgs),
    /// Put a workspace away: its keys stop, nothing is deleted.
    Archive(ShowWorkspaceArgs),
    /// Remove a workspace for good, here and in AnythingLLM.
    Purge(PurgeWorkspaceArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WorkspaceArgs {
    /// Its name in Vestibule's API: lower-case letters, digits and hyphens.
    #[arg(long)]
    pub(in crate::cli) slug: String,
    /// Its name for people.
    #[arg(long)]
    pub(in crate::cli) name: String,
    /// What the shop runs on, for the defaults: shopify, woocommerce, magento, bigcommerce, feed or custom.
    #[arg(long, value_name = "NAME", default_value = "custom")]
    pub(in crate::cli) platform: String,
    /// Adopt this workspace of AnythingLLM, with its settings, instead of making one.
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) upstream_slug: Option<String>,
    /// JSON file with `settings`, `widget`, `support` and `extra` as in the API; `-` reads standard input.
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowWorkspaceArgs {
    /// The workspace.
    pub(in crate::cli) slug: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UpdateWorkspaceArgs {
    /// The workspace.
    pub(in crate::cli) slug: String,
    /// JSON file with what is to be different (RFC 7396), as in the API; `-` reads standard input.
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) file: PathBuf,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SyncWorkspaceArgs {
    /// The workspace.
    pub(in crate::cli) slug: String,
    /// Whose settings hold: `vestibule` or `upstream`.
    #[arg(long, value_name = "SIDE")]
    pub(in crate::cli) take: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PurgeWorkspaceArgs {
    /// The workspace.
    pub(in crate::cli) slug: String,
    /// The slug once more: there is no way back.
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) confirm: String,
}
