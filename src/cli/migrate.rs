//! `vestibule migrate`

use crate::cli::Settings;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use secrecy::ExposeSecret as _;

pub(super) async fn run(settings: &Settings, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[])?;
    let before = session.database.schema_version().await?;
    if before.is_current() {
        out.text(&format!("the schema is up to date: version {}", version(before.applied)))?;
    } else {
        session.database.migrate().await?;
        let after = session.database.schema_version().await?;
        out.text(&format!("the schema went from version {} to {}", version(before.applied), version(after.applied)))?;
    }
    // Also notes it where none is noted. Whoever migrates need not know the key.
    if !session.config.secret_key.expose_secret().is_empty() {
        session.root_key().await?;
    }
    Ok(Exit::Done)
}

fn version(applied: Option<i64>) -> String {
    applied.map_or_else(|| "none".to_owned(), |version| format!("{version:04}"))
}
