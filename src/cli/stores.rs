//! `vestibule stores`: the store connections of workspaces. Credentials come from a file or from standard input:
//! arguments can be read by everybody on the machine, and stay in the shell's history.

use crate::api::store::{StoreCheckView, StoreView};
use crate::app;
use crate::catalog::removals::Removal;
use crate::cli::Settings;
use crate::cli::args::{StoreArgs, StoreSetArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::follow::Follower;
use crate::cli::output::Output;
use crate::cli::removals::{UNTIL_DONE, removals, removed};
use crate::cli::session::Session;
use crate::config::Need;
use crate::crypto::seal::Purpose;
use crate::domain::store::{StoreConnection, StoreInput, StoreStatus};
use crate::domain::sync::SyncRun;
use crate::storage::Expected;
use crate::store::{StoreError, StoreService};
use std::io::Read as _;
use std::time::Duration;

/// Largest file, in bytes.
const MOST: u64 = 64 * 1024;

/// `stores show`
pub(super) async fn show(settings: &Settings, args: &StoreArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let found = stores(&session).await?.find(&workspace).await?;
    let connection = found.ok_or_else(|| Failure::from(StoreError::NoConnection))?;
    tell(&connection, args, out)
}

/// `stores set`
pub(super) async fn set(settings: &Settings, args: &StoreSetArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let input = read(args)?;
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let workspace = session.workspace(&args.store.workspace).await?;
    let done = stores(&session).await?.put(&workspace, &input, &Expected::Whatever, &Session::author()).await?;
    tell(&done.connection, &args.store, out)
}

/// `stores check`
pub(super) async fn check(settings: &Settings, args: &StoreArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let (connection, finding) = stores(&session).await?.check(&workspace, &Session::author()).await?;
    if args.json {
        out.json(&StoreCheckView::of(&finding, &connection))?;
    } else {
        let code = finding.code.map(|code| format!(" ({code})")).unwrap_or_default();
        out.text(&format!("{}{code}: {}", finding.status, finding.message))?;
    }
    Ok(if finding.status == StoreStatus::Healthy { Exit::Done } else { Exit::Failed })
}

/// `stores remove`
pub(super) async fn remove(settings: &Settings, args: &StoreArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let removal = match stores(&session).await?.delete(&workspace, &Expected::Whatever, &Session::author()).await {
        Ok(removal) => removal,
        Err(StoreError::NoConnection) => {
            // A removal that was interrupted goes on.
            let active = session.database.sync_runs().find_active(workspace.tenant, workspace.id).await?;
            let active = active.filter(|run| run.trigger.is_removal());
            Some(active.ok_or(StoreError::NoConnection)?)
        }
        Err(error) => return Err(error.into()),
    };
    let mut told = String::new();
    if let Some(run) = removal {
        let removals = removals(&session).await?;
        let mut follower = Follower::new(args.json);
        let mut shown = |run: &SyncRun| follower.show(run, session.ambient.now());
        match removals.see_through(run, &workspace.upstream_slug, UNTIL_DONE, &mut shown).await? {
            Removal::Done(documents) => told = format!(": {}", removed(&documents)),
            Removal::GoesOn(_) => {}
            Removal::Failed(run) => {
                let why = run.error.map_or_else(|| "it was ended".to_owned(), |error| error.message);
                return Err(Failure::new(format!("the catalogue is not removed to its end: {why}")));
            }
        }
    }
    if !args.json {
        out.text(&format!("{} has no connection to a shop any more{told}", workspace.slug))?;
    }
    Ok(Exit::Done)
}

pub(super) async fn stores(session: &Session) -> Result<StoreService, Failure> {
    let root_key = session.root_key().await?;
    let outbound = app::outbound(&session.config, &root_key, &session.ambient);
    let outbound = outbound.map_err(|error| Failure::new(error.to_string()))?;
    let sealer = root_key.sealer(Purpose::StoreCredentials);
    let pause = Duration::from_millis(session.config.catalog.platform_pause_millis);
    Ok(StoreService::new(session.database.clone(), outbound, sealer, session.ambient.clone()).pausing(pause))
}

fn read(args: &StoreSetArgs) -> Result<StoreInput, Failure> {
    let mut text = String::new();
    let read = if args.file.as_os_str() == "-" {
        std::io::stdin().take(MOST).read_to_string(&mut text)
    } else {
        std::fs::File::open(&args.file).and_then(|file| file.take(MOST).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::usage(format!("--file {}: {error}", args.file.display())))?;
    // Only where it is wrong: serde's own words may quote a credential.
    serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::usage(format!(
            "--file {}: not a connection as docs/api/stores.md describes it: {place}",
            args.file.display()
        ))
    })
}

fn tell(connection: &StoreConnection, args: &StoreArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    if args.json {
        out.json(&StoreView::of(connection))?;
        return Ok(Exit::Done);
    }
    let (settings, credentials) = (&connection.settings, connection.credentials.as_ref());
    let credentials = credentials.map_or_else(
        || "none".to_owned(),
        |known| match &known.hint {
            None => known.kind.to_string(),
            Some(hint) => format!("{} …{hint}", known.kind),
        },
    );
    let row = [
        args.workspace.clone(),
        settings.platform.to_string(),
        settings.store_url.to_string(),
        settings.catalog_source.to_string(),
        credentials,
        connection.status.to_string(),
        connection.last_error_code.clone().unwrap_or_default(),
    ];
    out.table(["WORKSPACE", "PLATFORM", "SHOP", "SOURCE", "CREDENTIALS", "STATUS", "CODE"], &[row])?;
    Ok(Exit::Done)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Faults(faults) => {
                Self::usage(faults.lines(|fault| format!("{}: {}", fault.field, fault.message)))
            }
            StoreError::Storage(error) => error.into(),
            StoreError::TooSoon { .. } => Self::unavailable("it was checked a moment ago; try again in a few seconds"),
            StoreError::NoConnection => Self::usage(format!("{error}; `vestibule stores set` makes one")),
            StoreError::Changed
            | StoreError::NoWorkspace
            | StoreError::Unseal(_)
            | StoreError::Unreadable
            | StoreError::Seal(_) => Self::new(error.to_string()),
        }
    }
}
