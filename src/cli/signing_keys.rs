//! `vestibule keys rotate-signing`: a new key for access tokens.

use crate::app;
use crate::cache::Directories;
use crate::cli::Settings;
use crate::cli::args::RotateSigningArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::domain::audit::AuditEntry;
use chrono::{DateTime, Utc};
use serde::Serialize;

#[derive(Serialize)]
struct Rotated<'a> {
    kid: &'a str,
    signs_from: DateTime<Utc>,
}

/// `keys rotate-signing`
pub(super) async fn rotate(
    settings: &Settings,
    args: &RotateSigningArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[Need::SecretKey])?;
    let directories = Directories::new(&session.database, &session.ambient);
    let keys = app::key_ring(&session.root_key().await?, &session.database, &directories, &session.ambient);
    let successor = keys.rotate(app::succession(&session.config), args.now).await;
    let successor = successor.map_err(|error| Failure::new(error.to_string()))?;
    session.audit(&AuditEntry::done("signing_key.rotated", format!("signing_key:{}", successor.kid))).await?;
    if args.json {
        out.json(&Rotated { kid: &successor.kid, signs_from: successor.signs_from })?;
    } else if args.now {
        out.text(&format!(
            "Key {} signs from now on. Tokens signed before are refused; people's next refresh gives them new ones.",
            successor.kid
        ))?;
    } else {
        out.text(&format!(
            "Key {} is published and signs from {} on. Tokens signed before stay valid until they expire.",
            successor.kid,
            successor.signs_from.format("%Y-%m-%d %H:%M:%S UTC")
        ))?;
    }
    Ok(Exit::Done)
}
