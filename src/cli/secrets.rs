//! `vestibule secrets rewrap`: everything that is sealed, sealed anew under the present root key.

use crate::app;
use crate::cache::Directories;
use crate::cli::Settings;
use crate::cli::args::RewrapArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::crypto::seal::{Purpose, Resealed};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::TenantId;
use crate::outbound::Outbound;
use crate::people::reseal_sessions;
use crate::store::StoreService;
use serde::Serialize;
use serde_json::json;

/// What was done with one kind of secret.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    sealed_anew: u64,
    cannot_be_opened: Vec<String>,
}

impl Line {
    fn of(what: &'static str, done: Resealed) -> Self {
        Self { what, sealed_anew: done.count, cannot_be_opened: done.lost }
    }
}

/// `secrets rewrap`
pub(super) async fn rewrap(settings: &Settings, args: &RewrapArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[Need::SecretKey])?;
    let tenants = tenants(&session).await?;
    let lines = lines(&session, &tenants).await?;
    let anew: Vec<_> = lines.iter().map(|line| json!({"secret": line.what, "sealed_anew": line.sealed_anew})).collect();
    let root_key = format!("root_key:{}", session.config.root_key()?.id());
    session.audit(&AuditEntry::created("secrets.rewrapped", root_key, anew.into())).await?;
    let lost: usize = lines.iter().map(|line| line.cannot_be_opened.len()).sum();
    if args.json {
        out.json(&lines)?;
    } else {
        let row =
            |line: &Line| [line.what.to_owned(), line.sealed_anew.to_string(), line.cannot_be_opened.len().to_string()];
        out.table(["SECRET", "SEALED ANEW", "CANNOT BE OPENED"], &lines.iter().map(row).collect::<Vec<_>>())?;
        for what in lines.iter().flat_map(|line| &line.cannot_be_opened) {
            out.text(what)?;
        }
    }
    if lost > 0 {
        return Err(Failure::new(
            "what cannot be opened was sealed under another root key: give it as VESTIBULE_PREVIOUS_SECRET_KEY and run this again",
        ));
    }
    if !args.json {
        let id = session.config.root_key()?.id();
        out.text(&format!("everything is sealed under the root key {id}; previous_secret_key is not needed any more"))?;
    }
    Ok(Exit::Done)
}

async fn lines(session: &Session, tenants: &[TenantId]) -> Result<Vec<Line>, Failure> {
    let root_key = session.config.root_key()?;
    let (database, ambient) = (&session.database, &session.ambient);
    let sealer = |purpose| root_key.sealer(purpose);

    // First what API keys depend on: it is the one thing that could not be made again.
    let peppers = app::peppers(&root_key, database);
    let mut lines = vec![Line::of("former peppers of API keys", peppers.keep(ambient).await?)];

    let directories = Directories::new(database, ambient);
    let ring = app::key_ring(&root_key, database, &directories, ambient);
    lines.push(Line::of("signing keys", ring.reseal().await?));
    lines.push(Line::of("AnythingLLM's API key", session.api_keys()?.reseal().await?));

    let outbound = Outbound::new(&session.config.outbound).map_err(|error| Failure::new(error.to_string()))?;
    let stores = StoreService::new(database.clone(), outbound, sealer(Purpose::StoreCredentials), ambient.clone());
    let (refresh, upstream) = (sealer(Purpose::RefreshKey), sealer(Purpose::UpstreamSessionToken));
    let identity_vault = app::identity_vault(&root_key, database, ambient);
    let (mut credentials, mut sessions, mut secrets) = (Resealed::default(), Resealed::default(), Resealed::default());
    for tenant in tenants {
        secrets.merge(identity_vault.reseal(*tenant).await?);
        credentials.merge(stores.reseal(*tenant).await?);
        sessions.merge(reseal_sessions(database, *tenant, &refresh, &upstream, &*ambient.randomness).await?);
    }
    lines.push(Line::of("store credentials", credentials));
    lines.push(Line::of("sessions", sessions));
    lines.push(Line::of("identity secrets", secrets));
    Ok(lines)
}

/// Those whose rows are sealed.
async fn tenants(session: &Session) -> Result<Vec<TenantId>, Failure> {
    Ok(session.database.tenants().ids().await?)
}
