//! What can be typed. The doc comments are the help texts.

mod backup;
mod catalog;
mod keys;
mod workspaces;

pub(super) use backup::{BackupArgs, RestoreArgs};
pub(super) use catalog::{CatalogCommand, CatalogPruneArgs, CatalogReportArgs, CatalogStatusArgs, CatalogSyncArgs};
pub(super) use keys::{KeyArgs, KeyListArgs, KeyNameArgs, KeysCommand, RevokeArgs, RotateArgs};
pub(super) use workspaces::{
    PurgeWorkspaceArgs, ShowWorkspaceArgs, SyncWorkspaceArgs, UpdateWorkspaceArgs, WorkspaceArgs, WorkspacesCommand,
};

use crate::telemetry::version;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use std::sync::LazyLock;

/// Version, commit and its day.
static LONG_VERSION: LazyLock<String> = LazyLock::new(version::long);

/// A gateway in front of AnythingLLM: shop chats with keys, limits and usage.
#[derive(Debug, Parser)]
#[command(
    name = "vestibule",
    version = LONG_VERSION.as_str(),
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 64 wrong settings or arguments, 69 something needed is not available, 1 anything else."
)]
pub(super) struct Cli {
    /// File with settings; without it `VESTIBULE_CONFIG` is asked. Variables win over it.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The tenant that a command about keys, workspaces or stores works for; without it `default`.
    #[arg(long, global = true, value_name = "SLUG")]
    pub(super) tenant: Option<String>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the gateway until SIGTERM.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Set AnythingLLM up: an API key, kept in the database, and multi-user mode. Can be repeated.
    Bootstrap(BootstrapArgs),
    /// API keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Tenants: organisations that share an installation and see nothing of each other.
    #[command(subcommand)]
    Tenants(TenantsCommand),
    /// Workspaces: what chats answer from, and their settings.
    #[command(subcommand)]
    Workspaces(WorkspacesCommand),
    /// Product feeds as knowledge.
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Check everything the gateway needs, and say how to mend what is wrong.
    Doctor(DoctorArgs),
    /// Print the OpenAPI document of the public API.
    Openapi,
    /// Store connections: where shops are, and how their products are read.
    #[command(subcommand)]
    Stores(StoresCommand),
    /// What is sealed with the secret key.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// The settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The demo shop.
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Ask the gateway on this machine whether it lives; for container health checks.
    Healthcheck(HealthcheckArgs),
    /// Say what this program would change in the database and whether it can run here; changes nothing. Run the new
    /// version's before an upgrade.
    UpgradeCheck(UpgradeCheckArgs),
    /// Write everything that Vestibule keeps in PostgreSQL into a folder, with PostgreSQL's `pg_dump`. AnythingLLM's part
    /// is not in it.
    Backup(BackupArgs),
    /// Bring a backup back into an empty database, with the roles that it needs.
    Restore(RestoreArgs),
    /// Print what a shell needs to complete commands and options.
    Completions(CompletionsArgs),
    /// Write manual pages, one a command, into a folder.
    Man(ManArgs),
}

impl Command {
    /// Whether `--tenant` means something to it.
    pub(super) fn is_of_a_tenant(&self) -> bool {
        match self {
            Self::Keys(command) => !matches!(command, KeysCommand::RotateSigning(_)),
            Self::Workspaces(_) | Self::Stores(_) | Self::Catalog(_) => true,
            Self::Serve
            | Self::Migrate
            | Self::Bootstrap(_)
            | Self::Tenants(_)
            | Self::Secrets(_)
            | Self::Doctor(_)
            | Self::Openapi
            | Self::Config(_)
            | Self::Demo(_)
            | Self::Healthcheck(_)
            | Self::UpgradeCheck(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum StoresCommand {
    /// Show the connection of a workspace; of its credentials a hint.
    Show(StoreArgs),
    /// Make the connection of a workspace, or put another in its place. Where credentials are left out, those that are
    /// stored stay.
    Set(StoreSetArgs),
    /// Ask the shop whether its products can be read.
    Check(StoreArgs),
    /// Remove the connection with its credentials.
    Remove(StoreArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum SecretsCommand {
    /// Seal everything anew with the secret key, after it was changed; the one before is given as
    /// `VESTIBULE_PREVIOUS_SECRET_KEY`. Can be repeated, and goes on where it was broken off.
    Rewrap(RewrapArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum TenantsCommand {
    /// Add a tenant.
    Create(TenantArgs),
    /// List the tenants.
    List(ListArgs),
    /// Refuse a tenant's keys and sessions until it is resumed.
    Suspend(TenantStatusArgs),
    /// Let a suspended tenant in again.
    Resume(TenantStatusArgs),
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum ConfigCommand {
    /// Read all settings and say everything that is wrong with them.
    Check,
}

#[derive(Debug, Subcommand)]
pub(super) enum DemoCommand {
    /// Fill a demo workspace and write keys and addresses to a file. Can be repeated.
    Seed(SeedArgs),
}

#[derive(Debug, Args)]
pub(super) struct RotateSigningArgs {
    /// Sign with it at once and believe the keys before it no more, because one of them has leaked. Access tokens must
    /// then be refreshed.
    #[arg(long)]
    pub(super) now: bool,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TenantArgs {
    /// Its name in commands: lower-case letters, digits and hyphens.
    #[arg(long)]
    pub(super) slug: String,
    /// Its name for people.
    #[arg(long)]
    pub(super) name: String,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TenantStatusArgs {
    /// The tenant.
    #[arg(value_name = "SLUG")]
    pub(super) slug: String,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct BootstrapArgs {
    /// Make another API key in place of the one there is, and end that one.
    #[arg(long)]
    pub(super) rotate_api_key: bool,
    /// With `--rotate-api-key`: seconds for running gateways to take the new key before the old one ends.
    #[arg(long, value_name = "N", default_value_t = 10, requires = "rotate_api_key")]
    pub(super) grace_seconds: u32,
}

#[derive(Debug, Args)]
pub(super) struct StoreArgs {
    /// Slug of the workspace.
    #[arg(long, value_name = "SLUG")]
    pub(super) workspace: String,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct StoreSetArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// File with the connection as JSON, as `PUT /api/v1/workspaces/{slug}/store` takes it; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct RewrapArgs {
    /// The key before is lost: drop what was sealed under it, and say what that was. There is no way back.
    #[arg(long)]
    pub(super) drop_lost: bool,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Ask a workspace one question, to see whether AnythingLLM embeds and answers. It costs tokens, and stays in
    /// AnythingLLM's history.
    #[arg(long, value_name = "WORKSPACE")]
    pub(super) ask: Option<String>,
    /// Ask a question through `public.url` with the secret key in this file, to see whether the answer comes in pieces
    /// through the proxy in front. It costs tokens.
    #[arg(long, value_name = "FILE")]
    pub(super) key_file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct HealthcheckArgs {
    /// Ask whether it can answer requests: database, schema, keys. Without it: whether it answers at all.
    #[arg(long)]
    pub(super) ready: bool,
}

#[derive(Debug, Args)]
pub(super) struct UpgradeCheckArgs {
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    pub(super) shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Made if it is not there.
    #[arg(value_name = "DIRECTORY")]
    pub(super) directory: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct SeedArgs {
    /// File for keys and addresses; nobody else may read it. Keys in it that still work are kept.
    #[arg(long, value_name = "PATH")]
    pub(super) out: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }
}
