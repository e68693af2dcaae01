//! `vestibule bootstrap`: what `serve` does with `upstream.bootstrap`, done and told to the operator, and the rotation
//! of the API key. Prints recovery codes, never the key.

use crate::bootstrap::{ApiKeyOrigin, KeyStore, Rotated};
use crate::cli::Settings;
use crate::cli::args::BootstrapArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::domain::audit::AuditEntry;
use secrecy::ExposeSecret as _;
use std::time::Duration;

pub(super) async fn run(settings: &Settings, args: &BootstrapArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[Need::SecretKey])?;
    let bootstrap = session.bootstrap().await?;
    let exit = if args.rotate_api_key {
        let grace = Duration::from_secs(args.grace_seconds.into());
        let outcome = bootstrap.rotate(grace).await?;
        session.audit(&AuditEntry::done("upstream_api_key.rotated", "upstream_api_key".to_owned())).await?;
        rotated(&outcome, out)?
    } else {
        let report = bootstrap.settle().await?;
        if report.accounts_made {
            let admin = &session.config.upstream.admin_username;
            out.text(&format!("multi-user mode was switched on; the admin is `{admin}`"))?;
        } else {
            out.text("multi-user mode is on")?;
        }
        out.text(match report.api_key {
            ApiKeyOrigin::Configured => "upstream.api_key is good and is used; nothing is stored",
            ApiKeyOrigin::Kept => "the stored API key is good and is used",
            ApiKeyOrigin::Made => "an API key was made and is stored",
        })?;
        Exit::Done
    };
    let upstream = &session.config.upstream;
    if upstream.api_key.expose_secret().is_empty() && !upstream.bootstrap {
        out.text(
            "`vestibule serve` uses the stored API key with upstream.bootstrap = true (VESTIBULE_UPSTREAM_BOOTSTRAP)",
        )?;
    }
    show_recovery_codes(bootstrap.store(), &upstream.admin_username, out).await?;
    Ok(exit)
}

fn rotated(rotated: &Rotated, out: &mut Output<'_>) -> Result<Exit, Failure> {
    out.text("a new API key was made and is stored; running gateways use it")?;
    match rotated {
        Rotated::OldEnded => out.text("the old one is not valid any more")?,
        Rotated::NoneBefore => out.text("there was none before")?,
        Rotated::OldRemains(error) => {
            return Err(Failure::new(format!(
                "the old one could not be deleted and is STILL VALID ({error}): delete it in AnythingLLM under Settings > Developer API; it is the older one named `vestibule`"
            )));
        }
    }
    Ok(Exit::Done)
}

/// AnythingLLM tells them with an admin's first login, and here that may have been the bootstrap's.
async fn show_recovery_codes(store: &KeyStore, admin: &str, out: &mut Output<'_>) -> Result<(), Failure> {
    let Some(codes) = store.recovery_codes().await? else { return Ok(()) };
    out.text(&format!(
        "\nRecovery codes of `{admin}`, shown this once; they bring the account back when its password is lost:"
    ))?;
    out.text(codes.expose_secret())?;
    // Only now: a terminal that is gone must not have taken them along.
    Ok(store.forget_recovery_codes().await?)
}
