//! `vestibule migrate`

use crate::cli::Settings;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use secrecy::ExposeSecret as _;

pub(super) async fn run(settings: &Settings, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[])?;
    let before = session.database.schema_version().await?;
    let roles = session.database.roles().await?;
    // The first migration makes the roles and is refused without that right, even where they are there.
    if before.applied.is_none() && !roles.may_create {
        return Err(Failure::new(format!(
            "{} may not make roles, which the first migration needs: {}",
            roles.login,
            roles.remedy()
        )));
    }
    if let (Some(_), Some(fault)) = (before.applied, roles.fault()) {
        return Err(Failure::new(format!(
            "the schema is there and no request can be answered: {fault}, as after a restore. {}",
            roles.remedy()
        )));
    }
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
