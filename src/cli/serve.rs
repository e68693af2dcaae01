//! `vestibule serve`

use crate::cli::Settings;
use crate::cli::failure::{Exit, Failure};
use crate::config::{Config, Need};
use crate::storage::StorageError;
use crate::telemetry::logging;

pub(super) fn run(settings: &Settings) -> Result<Exit, Failure> {
    let config = settings.load(&Need::ALL)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> Result<Exit, Failure> {
    let guard = logging::init(&config.log, &config.telemetry).map_err(|error| Failure::new(error.to_string()))?;
    for warning in config.warnings() {
        tracing::warn!(warning, "the configuration looks like a mistake");
    }
    let result = crate::app::serve(config, guard.access_log()).await;
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
