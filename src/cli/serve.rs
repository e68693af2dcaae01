//! `vestibule serve`

use crate::cli::Settings;
use crate::cli::failure::{Exit, Failure};
use crate::cli::files;
use crate::config::{Config, Need};
use crate::storage::StorageError;
use crate::telemetry::logging;

pub(super) fn run(settings: &Settings) -> Result<Exit, Failure> {
    let config = settings.load(&Need::ALL)?;
    let unknown = settings.unknown_variables();
    let files = files::raise();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config, &unknown, files))
}

async fn serve(config: Config, unknown: &[String], files: Option<u64>) -> Result<Exit, Failure> {
    let guard = logging::init(&config.log, &config.telemetry).map_err(|error| Failure::new(error.to_string()))?;
    for warning in config.warnings() {
        tracing::warn!(warning, "the configuration looks like a mistake");
    }
    for variable in unknown {
        tracing::warn!(variable, "a variable is not known and does nothing: it is misspelt, or of another version");
    }
    let wanted = files::wanted(&config);
    if let Some(files) = files.filter(|files| *files < wanted) {
        tracing::warn!(
            files,
            wanted,
            "fewer files may be open than connections are allowed: raise the hard limit, or lower edge.max_connections"
        );
    }
    let result = crate::app::serve(config, guard.reporting()).await;
    let exit = match &result {
        Ok(()) => Exit::Done,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cannot serve");
            if may_work_later(error) { Exit::Unavailable } else { Exit::Failed }
        }
    };
    // On a thread of its own: sending the last traces blocks, and they go through this runtime.
    let _ = tokio::task::spawn_blocking(move || drop(guard)).await;
    Ok(exit)
}

/// An address in use and a database that is away are no mistakes in the settings.
fn may_work_later(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<StorageError>().is_some_and(StorageError::is_unavailable)
            || cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::AddrInUse)
    })
}
