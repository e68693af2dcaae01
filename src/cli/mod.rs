//! The command line: one file a command. Decides what is done with which settings, prints, and ends with a code that
//! scripts can rely on (`failure`). What is printed goes through `output` only.

mod args;
mod backup;
mod bootstrap;
mod catalog;
mod completions;
mod config_check;
mod demo;
mod doctor;
mod failure;
mod files;
mod follow;
mod healthcheck;
mod http;
mod keys;
mod migrate;
mod output;
mod removals;
mod secrets;
mod serve;
mod session;
mod signing_keys;
mod span;
mod stores;
mod tenants;
mod upgrade_check;
mod workspaces;

use crate::config::{Config, ConfigError, Need, ProcessEnvironment, Sources};
use crate::domain::tenant::TenantStatus;
use args::{
    CatalogCommand, Cli, Command, ConfigCommand, DemoCommand, KeysCommand, SecretsCommand, StoresCommand,
    TenantsCommand, WorkspacesCommand,
};
use clap::Parser as _;
use failure::{Exit, Failure};
use output::Output;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where a command finds its settings.
#[derive(Debug)]
struct Settings {
    file: Option<PathBuf>,
    /// Named with `--tenant`.
    tenant: Option<String>,
}

impl Settings {
    fn load(&self, needs: &[Need]) -> Result<Config, ConfigError> {
        Config::load_for(&self.sources(), needs)
    }

    /// See [`Config::unknown_variables`].
    fn unknown_variables(&self) -> Vec<String> {
        Config::unknown_variables(&self.sources())
    }

    fn sources(&self) -> Sources<'static> {
        Sources { file: self.file.clone(), environment: &ProcessEnvironment }
    }
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version are answers, not mistakes. Where they cannot be printed there is nobody to tell.
            let _ = told.print();
            return if told.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let result = run(cli);
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{failure}");
            failure.exit().into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    let settings = Settings { file: cli.config, tenant: cli.tenant };
    if settings.tenant.is_some() && !cli.command.is_of_a_tenant() {
        return Err(Failure::usage("--tenant: this command does not work for a tenant"));
    }
    let mut output = Output::stdout();
    let out = &mut output;
    match cli.command {
        Command::Serve => serve::run(&settings),
        Command::Openapi => out.text(crate::api::openapi::document_json()).map(|()| Exit::Done),
        Command::Config(ConfigCommand::Check) => config_check::run(&settings, out),
        Command::Bootstrap(args) => wait(bootstrap::run(&settings, &args, out)),
        Command::Migrate => wait(migrate::run(&settings, out)),
        Command::Doctor(args) => wait(doctor::run(&settings, &args, out)),
        Command::Healthcheck(args) => wait(healthcheck::run(&settings, &args)),
        Command::UpgradeCheck(args) => wait(upgrade_check::run(&settings, &args, out)),
        Command::Backup(args) => wait(backup::run(&settings, &args, out)),
        Command::Restore(args) => wait(backup::restore(&settings, &args, out)),
        Command::Completions(args) => completions::completions(&args, out),
        Command::Man(args) => completions::man(&args, out),
        Command::Keys(KeysCommand::Create(args)) => wait(keys::create(&settings, &args, out)),
        Command::Keys(KeysCommand::List(args)) => wait(keys::list(&settings, &args, out)),
        Command::Keys(KeysCommand::Rotate(args)) => wait(keys::rotate(&settings, &args, out)),
        Command::Keys(KeysCommand::Disable(args)) => wait(keys::set_enabled(&settings, &args, false, out)),
        Command::Keys(KeysCommand::Enable(args)) => wait(keys::set_enabled(&settings, &args, true, out)),
        Command::Keys(KeysCommand::Revoke(args)) => wait(keys::revoke(&settings, &args, out)),
        Command::Keys(KeysCommand::RotateSigning(args)) => wait(signing_keys::rotate(&settings, &args, out)),
        Command::Tenants(TenantsCommand::Create(args)) => wait(tenants::create(&settings, &args, out)),
        Command::Tenants(TenantsCommand::List(args)) => wait(tenants::list(&settings, &args, out)),
        Command::Tenants(TenantsCommand::Suspend(args)) => {
            wait(tenants::set_status(&settings, &args, TenantStatus::Suspended, out))
        }
        Command::Tenants(TenantsCommand::Resume(args)) => {
            wait(tenants::set_status(&settings, &args, TenantStatus::Active, out))
        }
        Command::Workspaces(WorkspacesCommand::Create(args)) => wait(workspaces::create(&settings, &args, out)),
        Command::Workspaces(WorkspacesCommand::List(args)) => wait(workspaces::list(&settings, &args, out)),
        Command::Workspaces(WorkspacesCommand::Show(args)) => wait(workspaces::show(&settings, &args, out)),
        Command::Workspaces(WorkspacesCommand::Update(args)) => wait(workspaces::update(&settings, &args, out)),
        Command::Workspaces(WorkspacesCommand::Sync(args)) => wait(workspaces::sync(&settings, &args, out)),
        Command::Workspaces(WorkspacesCommand::Archive(args)) => wait(workspaces::archive(&settings, &args, out)),
        Command::Workspaces(WorkspacesCommand::Purge(args)) => wait(workspaces::purge(&settings, &args, out)),
        Command::Stores(StoresCommand::Show(args)) => wait(stores::show(&settings, &args, out)),
        Command::Stores(StoresCommand::Set(args)) => wait(stores::set(&settings, &args, out)),
        Command::Stores(StoresCommand::Check(args)) => wait(stores::check(&settings, &args, out)),
        Command::Stores(StoresCommand::Remove(args)) => wait(stores::remove(&settings, &args, out)),
        Command::Secrets(SecretsCommand::Rewrap(args)) => wait(secrets::rewrap(&settings, &args, out)),
        Command::Catalog(CatalogCommand::Sync(args)) => wait(catalog::sync(&settings, &args, out)),
        Command::Catalog(CatalogCommand::Status(args)) => wait(catalog::status(&settings, &args, out)),
        Command::Catalog(CatalogCommand::Report(args)) => wait(catalog::report(&settings, &args, out)),
        Command::Catalog(CatalogCommand::Prune(args)) => wait(catalog::prune(&settings, &args, out)),
        Command::Demo(DemoCommand::Seed(args)) => wait(demo::seed(&settings, &args, out)),
    }
}

/// Runs a command that ends by itself.
fn wait(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}
