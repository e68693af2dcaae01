//! AnythingLLM: there, ours to use, closed to strangers, and with the workspaces we send chats to.

use super::certificate::{Server, shown_by};
use super::report::Report;
use super::{PATIENCE, clock_difference};
use crate::anythingllm::{Client, UpstreamError, UpstreamModels, UpstreamWorkspace};
use crate::bootstrap::{KeyStore, KeyStoreError};
use crate::cli::http::{self, Reply};
use crate::config::{self, Config};
use crate::crypto::seal::Purpose;
use crate::domain::clock::Ambient;
use crate::domain::workspace::Workspace;
use crate::storage::Database;
use ::http::header::DATE;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use tokio_rustls::rustls::pki_types::CertificateDer;
use url::Url;

const PART: &str = "upstream";

/// What was found.
pub(super) struct Examined {
    pub(super) report: Report,
    /// AnythingLLM's workspaces, if they can be listed.
    pub(super) workspaces: Option<Vec<UpstreamWorkspace>>,
    /// What it can be asked with, if there is an API key.
    pub(super) client: Option<Client>,
}

impl Examined {
    /// Nothing further can be asked.
    fn only(report: Report) -> Self {
        Self { report, workspaces: None, client: None }
    }
}

pub(super) async fn examine(config: &Config, ambient: &Ambient) -> Examined {
    let mut report = Report::default();
    let url = &config.upstream.url;
    let authorities = match config::authorities("upstream.ca_file", &config.upstream.ca_file) {
        Ok(authorities) => authorities,
        Err(bad) => {
            report.fail(PART, bad.to_string(), "name a readable PEM file with the certificates of authorities");
            return Examined::only(report);
        }
    };
    let believed = certificate(url, &authorities, &mut report).await;
    match http::get_trusting(&format!("{url}/api/ping"), None, &authorities, PATIENCE).await {
        Err(_) if !believed => return Examined::only(report),
        Err(error) => {
            let mend = "check upstream.url, and that AnythingLLM runs (its start takes up to a minute)";
            report.fail(PART, format!("{url} cannot be reached: {error}"), mend);
            return Examined::only(report);
        }
        Ok(answer) if !is_online(&answer) => {
            let what = format!("what answers at {url} is not AnythingLLM ({}, {})", answer.status, media_type(&answer));
            report.fail(
                PART,
                what,
                "upstream.url must name AnythingLLM itself: host and port, no path, no login page in front",
            );
            return Examined::only(report);
        }
        Ok(answer) => {
            report.ok(PART, format!("AnythingLLM answers at {url}"));
            clock(&answer, ambient, &mut report);
        }
    }
    let client = match Client::new(&config.upstream) {
        Ok(client) => client,
        Err(error) => {
            report.fail(PART, error.to_string(), "copy the API key once more");
            return Examined::only(report);
        }
    };
    let key = if !config.upstream.api_key.expose_secret().is_empty() {
        Key::Configured
    } else if config.upstream.bootstrap
        && let Some(made) = kept_key(config, ambient, &client, &mut report).await
    {
        Key::Kept(made)
    } else {
        return Examined::only(report); // told already
    };
    let workspaces = ask(&client, config, key, &mut report).await;
    if workspaces.is_some() {
        super::orphans::examine(config, &client, &mut report).await;
    }
    let client = workspaces.is_some().then_some(client);
    Examined { report, workspaces, client }
}

/// Which API key is used.
#[derive(Clone, Copy)]
enum Key {
    /// `upstream.api_key`
    Configured,
    /// The bootstrap's, made at this time.
    Kept(DateTime<Utc>),
}

impl Key {
    fn valid(self) -> String {
        match self {
            Self::Configured => "the API key is valid (upstream.api_key)".to_owned(),
            Self::Kept(made) => format!("the API key is valid (made by the bootstrap on {})", made.format("%Y-%m-%d")),
        }
    }

    /// What to say of one that AnythingLLM refuses, and how to mend it.
    const fn refused(self) -> (&'static str, &'static str) {
        match self {
            Self::Configured => (
                "AnythingLLM does not accept upstream.api_key",
                "make a key in AnythingLLM under Settings > Developer API and set VESTIBULE_UPSTREAM_API_KEY",
            ),
            Self::Kept(_) => (
                "AnythingLLM does not accept the API key that the bootstrap made: somebody deleted it there, or it is another AnythingLLM",
                "`vestibule bootstrap` makes another; running gateways take it without a restart",
            ),
        }
    }
}

/// Gives the client the key that the bootstrap keeps.
async fn kept_key(config: &Config, ambient: &Ambient, client: &Client, report: &mut Report) -> Option<DateTime<Utc>> {
    // What is wrong with either is told where they are examined.
    let root_key = config.root_key().ok()?;
    let database = Database::connect(&config.database).ok()?;
    let store = KeyStore::new(database, root_key.sealer(Purpose::UpstreamApiKey), ambient.clone());
    match store.load().await {
        Ok(Some(kept)) => match client.set_api_key(&kept.secret) {
            Ok(()) => return Some(kept.created_at),
            Err(error) => report.fail(PART, error.to_string(), "`vestibule bootstrap --rotate-api-key` makes another"),
        },
        Ok(None) => report.fail(
            PART,
            "there is no API key yet",
            "`vestibule serve` makes one when it starts, and `vestibule bootstrap` says what is in the way",
        ),
        Err(KeyStoreError::Storage(_)) => {} // told by the database's part
        Err(error) => report.fail(
            PART,
            error.to_string(),
            "restore the secret_key it was made with, or run `vestibule bootstrap`",
        ),
    }
    None
}

fn is_online(answer: &Reply) -> bool {
    answer.status.is_success() && answer.json().is_some_and(|json| json["online"] == true)
}

fn media_type(answer: &Reply) -> &str {
    answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("no content type")
}

fn clock(answer: &Reply, ambient: &Ambient, report: &mut Report) {
    let date = answer.headers.get(DATE).and_then(|value| value.to_str().ok());
    let Some(theirs) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else { return };
    if let Some(seconds) = clock_difference(theirs.with_timezone(&Utc), ambient.now()) {
        let what = format!("its clock is {seconds} s from ours: login tokens and chat times would not fit");
        report.warn(PART, what, "let NTP set the clocks of both machines");
    }
}

async fn ask(client: &Client, config: &Config, key: Key, report: &mut Report) -> Option<Vec<UpstreamWorkspace>> {
    match client.check_key().await {
        Ok(()) => report.ok(PART, key.valid()),
        Err(UpstreamError::BadKey) => {
            let (what, mend) = key.refused();
            report.fail(PART, what, mend);
            return None;
        }
        Err(error) => report.fail(PART, format!("the API key cannot be checked: {error}"), "see AnythingLLM's log"),
    }
    match client.is_multi_user().await {
        Ok(true) => report.ok(PART, "multi-user mode is on"),
        Ok(false) => report.fail(
            PART,
            "multi-user mode is off: without accounts whoever reaches the admin listener can do everything",
            "`vestibule bootstrap` switches it on, or in AnythingLLM: Settings > Security > Multi-user mode (it cannot be undone)",
        ),
        Err(error) => {
            report.fail(PART, format!("multi-user mode cannot be asked for: {error}"), "see AnythingLLM's log");
        }
    }
    single_sign_on(config, report).await;
    models(client, report).await;
    match client.list_workspaces().await {
        Ok(there) => Some(there),
        Err(error) => {
            report.fail(PART, format!("its workspaces cannot be listed: {error}"), "see AnythingLLM's log");
            None
        }
    }
}

/// Whether there is anything that answers and embeds: without, every chat fails.
async fn models(client: &Client, report: &mut Report) {
    let UpstreamModels { llm, embedder, vector_database } = match client.models().await {
        Ok(models) => models,
        Err(error) => {
            let mend = "see AnythingLLM's log";
            return report.warn(PART, format!("it does not say what it answers and embeds with: {error}"), mend);
        }
    };
    match llm {
        Ok(llm) => report.ok(PART, format!("it answers with {llm}")),
        Err(why) => report.fail(
            PART,
            format!("it has no LLM ({why}): every chat fails in workspaces that name none of their own"),
            "in AnythingLLM: Settings > LLM Preference; or LLM_PROVIDER and what belongs to it in its environment",
        ),
    }
    match embedder {
        Ok(embedder) => report.ok(PART, format!("it embeds with {embedder}")),
        Err(why) => report.fail(
            PART,
            format!("it has no embedder ({why}): documents and questions cannot be embedded"),
            "in AnythingLLM: Settings > Embedder Preference; or EMBEDDING_ENGINE and what belongs to it in its environment",
        ),
    }
    match vector_database.as_deref() {
        Some("pgvector") => report.ok(
            PART,
            "its vector database is pgvector, which tells no distances: a score of exactly 1 is not believed",
        ),
        Some(other) => report.ok(PART, format!("its vector database is {other}")),
        None => {}
    }
}

/// The certificate that AnythingLLM shows, where it shows one. False: it is not believed, and told.
async fn certificate(url: &str, authorities: &[CertificateDer<'static>], report: &mut Report) -> bool {
    let Some(url) = Url::parse(url).ok().filter(|url| url.scheme() == "https") else { return true };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let roots = config::trusted(authorities);
    let Some(shown) = shown_by(Server { host, port, roots, postgres: false }).await else { return true };
    shown.told(PART, "upstream.ca_file", "upstream.url", report)
}

async fn single_sign_on(config: &Config, report: &mut Report) {
    let authorities = config::authorities("upstream.ca_file", &config.upstream.ca_file).unwrap_or_default();
    let url = format!("{}/api/setup-complete", config.upstream.url);
    let settings = http::get_trusting(&url, None, &authorities, PATIENCE).await;
    let enabled = settings.ok().and_then(|answer| answer.json()?.pointer("/results/SimpleSSOEnabled")?.as_bool());
    match enabled {
        Some(true) => report.ok(PART, "links that open its UI signed in can be made (SIMPLE_SSO_ENABLED)"),
        Some(false) => report.ok(PART, "links that open its UI signed in are off (SIMPLE_SSO_ENABLED is not set)"),
        None => {}
    }
}

/// Our workspaces against AnythingLLM's; nothing is said where either could not be asked.
pub(super) fn compare(ours: Option<&[Workspace]>, there: Option<&[UpstreamWorkspace]>, report: &mut Report) {
    const PART: &str = "workspaces";
    let (Some(ours), Some(there)) = (ours, there) else { return };
    if ours.is_empty() {
        report.warn(
            PART,
            "there are none yet",
            "`vestibule workspaces create` adds one, `vestibule keys create` a key for it",
        );
    }
    for workspace in ours {
        let slug = &workspace.slug;
        let Some(upstream) = there.iter().find(|upstream| upstream.slug == workspace.upstream_slug) else {
            report.fail(
                PART,
                format!("`{slug}` stands for AnythingLLM's `{}`, which does not exist: its chats fail", workspace.upstream_slug),
                "restore it in AnythingLLM (its slug comes from its name), or add another workspace with `vestibule workspaces create`",
            );
            continue;
        };
        if matches!(upstream.chat_mode.as_deref(), Some("query" | "chat")) {
            report.ok(PART, format!("`{slug}` exists in AnythingLLM"));
        } else {
            report.warn(
                PART,
                format!("`{slug}` is in automatic mode in AnythingLLM: chats in its own UI may run agents (through Vestibule they never do)"),
                "in AnythingLLM: the workspace's settings > Chat > mode Query or Chat",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{Level, Report};
    use super::compare;
    use crate::anythingllm::UpstreamWorkspace;
    use crate::domain::ids::{TenantId, WorkspaceId};
    use crate::domain::workspace::{ChatSettings, VisitorSettings, Workspace, WorkspaceStatus};

    fn ours() -> Vec<Workspace> {
        vec![Workspace {
            id: WorkspaceId(uuid::Uuid::nil()),
            tenant: TenantId::DEFAULT,
            slug: "shop".into(),
            upstream_slug: "shop-1".into(),
            display_name: "Shop".into(),
            status: WorkspaceStatus::Active,
            settings: ChatSettings::default(),
            visitors: VisitorSettings::default(),
        }]
    }

    fn judged(there: &[(&str, &str)]) -> Level {
        let row = |(slug, mode): &(&str, &str)| {
            let json = serde_json::json!({"id": 1, "name": "x", "slug": slug, "chatMode": mode});
            serde_json::from_value::<UpstreamWorkspace>(json).unwrap()
        };
        let mut report = Report::default();
        compare(Some(&ours()), Some(&there.iter().map(row).collect::<Vec<_>>()), &mut report);
        report.worst()
    }

    #[test]
    fn a_workspace_must_exist_and_should_not_run_agents() {
        assert_eq!(judged(&[("shop-1", "query"), ("other", "automatic")]), Level::Ok);
        assert_eq!(judged(&[("shop-1", "automatic")]), Level::Warn);
        assert_eq!(judged(&[("shop", "query")]), Level::Fail);
    }
}
