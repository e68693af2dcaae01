//! `vestibule secrets rewrap`: everything that is sealed, sealed anew under the present root key. What was sealed under
//! a key that nobody has any more is dropped, but only when that is asked for.

use crate::app;
use crate::auth::{RootKeyCheck, Standing};
use crate::bootstrap::KeyStore;
use crate::cache::Directories;
use crate::cli::Settings;
use crate::cli::args::RewrapArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::crypto::RootKey;
use crate::crypto::seal::{Purpose, Resealed};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::TenantId;
use crate::outbound::Outbound;
use crate::people::reseal_sessions;
use crate::store::StoreService;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// What was done with one kind of secret.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    sealed_anew: u64,
    cannot_be_opened: Vec<String>,
    dropped: Vec<String>,
}

impl Line {
    fn of(what: &'static str, done: Resealed) -> Self {
        Self { what, sealed_anew: done.count, cannot_be_opened: done.lost, dropped: Vec::new() }
    }

    /// These are gone, so they are not what cannot be opened any more.
    fn drop(&mut self, names: impl Iterator<Item = String>) {
        self.dropped.extend(names);
        let (lost, dropped) = (&mut self.cannot_be_opened, &self.dropped);
        lost.retain(|lost| {
            !dropped.iter().any(|name| lost.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
        });
    }
}

/// `secrets rewrap`
pub(super) async fn rewrap(settings: &Settings, args: &RewrapArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[Need::SecretKey])?;
    let root_key = session.config.root_key()?;
    let standing = RootKeyCheck::new(&root_key, &session.database, &session.ambient).judge().await?;
    let tenants = session.database.tenants().ids().await?;
    let mut lines = lines(&session, &root_key, &tenants).await?;
    if args.drop_lost {
        drop_lost(&session, &root_key, &tenants, &mut lines).await?;
    }
    let lost: usize = lines.iter().map(|line| line.cannot_be_opened.len()).sum();
    let key_is_lost = matches!(standing, Standing::Wrong(_));
    let settled = lost == 0 && (args.drop_lost || !key_is_lost);
    if settled {
        session.database.root_key().replace(&root_key.id(), session.ambient.now()).await?;
    }
    let done = |line: &Line| json!({"secret": line.what, "sealed_anew": line.sealed_anew, "dropped": line.dropped});
    let done = lines.iter().map(done).collect();
    session.audit(&AuditEntry::created("secrets.rewrapped", format!("root_key:{}", root_key.id()), done)).await?;
    tell(&lines, args.json, out)?;
    if !settled {
        return Err(Failure::new(
            "what cannot be opened was sealed under another root key: give it as VESTIBULE_PREVIOUS_SECRET_KEY and run this again; if it is lost, --drop-lost drops what was sealed under it",
        ));
    }
    if !args.json {
        let id = root_key.id();
        out.text(&format!("everything is sealed under the root key {id}; previous_secret_key is not needed any more"))?;
        if key_is_lost {
            out.text("API keys that were made under the lost key are not recognised any more: make new ones and revoke those")?;
        }
    }
    Ok(Exit::Done)
}

fn tell(lines: &[Line], json: bool, out: &mut Output<'_>) -> Result<(), Failure> {
    if json {
        return out.json(&lines);
    }
    let row = |line: &Line| {
        let counts = [line.cannot_be_opened.len(), line.dropped.len()].map(|count| count.to_string());
        let [lost, dropped] = counts;
        [line.what.to_owned(), line.sealed_anew.to_string(), lost, dropped]
    };
    let rows: Vec<_> = lines.iter().map(row).collect();
    out.table(["SECRET", "SEALED ANEW", "CANNOT BE OPENED", "DROPPED"], &rows)?;
    for what in lines.iter().flat_map(|line| &line.cannot_be_opened) {
        out.text(what)?;
    }
    for what in lines.iter().flat_map(|line| &line.dropped) {
        out.text(&format!("dropped: {what}"))?;
    }
    Ok(())
}

async fn lines(session: &Session, root_key: &RootKey, tenants: &[TenantId]) -> Result<Vec<Line>, Failure> {
    let (database, ambient) = (&session.database, &session.ambient);
    let sealer = |purpose| root_key.sealer(purpose);

    // First what API keys depend on: it is the one thing that could not be made again.
    let peppers = app::peppers(root_key, database);
    let mut lines = vec![Line::of("former peppers of API keys", peppers.keep(ambient).await?)];

    let directories = Directories::new(database, ambient);
    let ring = app::key_ring(root_key, database, &directories, ambient);
    lines.push(Line::of("signing keys", ring.reseal().await?));
    let api_keys = KeyStore::new(database.clone(), sealer(Purpose::UpstreamApiKey), ambient.clone());
    lines.push(Line::of("AnythingLLM's API key", api_keys.reseal().await?));

    let outbound = Outbound::new(&session.config.outbound).map_err(|error| Failure::new(error.to_string()))?;
    let webhooks = app::webhooks(root_key, database, &outbound, &Arc::default(), ambient);
    let stores = StoreService::new(database.clone(), outbound, sealer(Purpose::StoreCredentials), ambient.clone());
    let (refresh, upstream) = (sealer(Purpose::RefreshKey), sealer(Purpose::UpstreamSessionToken));
    let identity_vault = app::identity_vault(root_key, database, ambient);
    let (mut credentials, mut sessions, mut secrets) = (Resealed::default(), Resealed::default(), Resealed::default());
    let mut webhook_secrets = Resealed::default();
    for tenant in tenants {
        secrets.merge(identity_vault.reseal(*tenant).await?);
        webhook_secrets.merge(webhooks.reseal(*tenant).await?);
        credentials.merge(stores.reseal(*tenant).await?);
        sessions.merge(reseal_sessions(database, *tenant, &refresh, &upstream, &*ambient.randomness).await?);
    }
    lines.push(Line::of("store credentials", credentials));
    lines.push(Line::of("sessions", sessions));
    lines.push(Line::of("identity secrets", secrets));
    lines.push(Line::of("secrets of webhooks", webhook_secrets));
    Ok(lines)
}

/// Drops what is sealed under neither of our keys. What is ours and damaged stays and is told.
async fn drop_lost(
    session: &Session,
    root_key: &RootKey,
    tenants: &[TenantId],
    lines: &mut [Line],
) -> Result<(), Failure> {
    let known: Vec<_> =
        [Some(root_key.id()), root_key.former().map(|former| former.id())].into_iter().flatten().collect();
    let stored = session.database.root_key();
    let [peppers, signing, api_key, credentials, sessions, secrets, webhooks] = lines else { return Ok(()) };
    peppers.drop(named("former pepper", stored.drop_former_peppers(&known).await?));
    signing.drop(named("signing key", stored.drop_signing_keys(&known).await?));
    let dropped = stored.drop_upstream_api_key(&known).await?;
    api_key.drop(dropped.then(|| "AnythingLLM's API key".to_owned()).into_iter());
    for tenant in tenants {
        let now = session.ambient.now();
        let connections = stored.drop_store_credentials(*tenant, &known, now).await?;
        credentials.drop(named("credentials of the store connection", connections));
        sessions.drop(named("session", stored.drop_sessions(*tenant, &known).await?));
        webhooks.drop(named("secret of webhook", stored.drop_webhooks(*tenant, &known).await?));
        secrets.drop(named("identity secret of workspace", stored.drop_identity_secrets(*tenant, &known).await?));
    }
    Ok(())
}

fn named(what: &'static str, names: Vec<String>) -> impl Iterator<Item = String> {
    names.into_iter().map(move |name| format!("{what} {name}"))
}
