//! `vestibule config check`: everything that can be said about the settings without asking anyone else.

use crate::cli::Settings;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::config::Need;
use crate::workspaces::Defaults;

pub(super) fn run(settings: &Settings, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let config = settings.load(&Need::ALL)?;
    Defaults::load(&config.workspaces).map_err(|error| Failure::usage(format!("workspaces.defaults_file: {error}")))?;
    // Whoever asks wants to know of every slip; `serve` only tells of these.
    let unknown = settings.unknown_variables();
    if !unknown.is_empty() {
        return Err(Failure::usage(unknown.join("\n")));
    }
    for warning in config.warnings() {
        out.text(&format!("warning: {warning}"))?;
    }
    out.text("the configuration can be used")?;
    Ok(Exit::Done)
}
