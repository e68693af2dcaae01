//! `vestibule demo seed`: a shop to try the product with, in AnythingLLM and here. Can be repeated: it makes what is
//! missing and keeps what works.

mod catalogue;
mod documents;
mod file;
mod people;

use crate::anythingllm::{Client, NewUpstreamWorkspace, UpstreamWorkspace, UpstreamWorkspaceChange};
use crate::app;
use crate::cli::Settings;
use crate::cli::args::SeedArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::keys;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::workspaces;
use crate::config::{Config, Need};
use crate::domain::key::{ApiKey, KeyEnv, KeyKind};
use crate::domain::store::Platform;
use crate::domain::workspace::{ChatMode, Workspace};
use crate::keys::KeyRequest;
use crate::workspaces::{Caller, NewManagedWorkspace};
use people::People;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

const SLUG: &str = "demo-shop";
const NAME: &str = "Demo Shop";

/// Pages of this machine: what a test key is for.
const ORIGINS: [&str; 2] = ["http://localhost:*", "http://127.0.0.1:*"];

const PROMPT: &str = "You are the assistant of Nordwerk, a shop for workshop supplies that sells to businesses. Answer \
    the customer's question from the shop's documents only, in the customer's language, in at most five sentences. Name \
    prices, quantities and times exactly as the documents do, and say that prices are without VAT. If the documents do \
    not answer the question, say so and name the service desk.";

const REFUSAL: &str = "I could not find that in our catalogue. Our service desk will gladly help: \
    service@nordwerk.example, Monday to Friday, 7:00 to 17:00.";

pub(super) async fn seed(settings: &Settings, args: &SeedArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[Need::SecretKey, Need::Upstream])?;
    let client = session.upstream().await?;
    let workspace = workspace(&session, &client).await?;
    let change = documents::bring_up_to_date(&session.config, &client, &workspace.upstream_slug).await?;
    if change.is_any() {
        session.database.managed_workspaces().raise_knowledge(Some(&workspace.upstream_slug)).await?;
    }
    let before = file::read(&args.out)?;
    // Logins are of use only to somebody who knows the admin; an AnythingLLM that is only lent gets no accounts.
    let people = if session.config.upstream.admin_username.is_empty() || !client.is_multi_user().await? {
        None
    } else {
        Some(people::ensure(&client, &before, &workspace.upstream_slug, &session.ambient).await?)
    };
    let publishable = key(&session, &workspace, KeyKind::Publishable, before.publishable_key.as_deref()).await?;
    let secret = key(&session, &workspace, KeyKind::Secret, before.secret_key.as_deref()).await?;
    file::write(&args.out, &told(&session.config, &workspace, &publishable, &secret, people.as_ref()))?;
    out.text(&format!("workspace {} with {change}; keys and addresses are in {}", workspace.slug, args.out.display()))?;
    Ok(Exit::Done)
}

/// The workspace, here and in AnythingLLM.
async fn workspace(session: &Session, client: &Client) -> Result<Workspace, Failure> {
    if let Some(ours) = session.database.workspaces().find_by_slug(session.tenant, SLUG).await? {
        // An AnythingLLM that lost its data, as the stand-in does with each start, gets the workspace anew.
        let upstream = ensure_upstream(client, &ours.upstream_slug).await?;
        if upstream.slug != ours.upstream_slug {
            return Err(Failure::new(format!(
                "AnythingLLM has no workspace `{}` any more and named a new one `{}`; delete that one and rename, or restore the old one",
                ours.upstream_slug, upstream.slug
            )));
        }
        return Ok(ours);
    }
    let upstream = ensure_upstream(client, SLUG).await?;
    let given = Map::from_iter([("name".to_owned(), NAME.into())]);
    let new = NewManagedWorkspace {
        slug: Some(SLUG.to_owned()),
        platform: Platform::Custom,
        upstream_slug: Some(upstream.slug),
        given,
    };
    let author = Session::author();
    let caller = Caller { tenant: session.tenant, author: &author };
    workspaces::service(session).await?.create(caller, new).await?;
    session.workspace(SLUG).await
}

/// AnythingLLM makes the slug from the name.
async fn ensure_upstream(client: &Client, slug: &str) -> Result<UpstreamWorkspace, Failure> {
    let settings = UpstreamWorkspaceChange {
        chat_mode: Some(ChatMode::Query),
        top_n: Some(4),
        similarity_threshold: Some(0.25),
        open_ai_prompt: Some(PROMPT.to_owned()),
        query_refusal_response: Some(REFUSAL.to_owned()),
        ..Default::default()
    };
    Ok(match client.find_workspace(slug).await? {
        Some(there) if as_wanted(&there) => there,
        Some(there) => client.update_workspace(&there.slug, &settings).await?,
        None => {
            let name = if slug == SLUG { NAME } else { slug };
            client.create_workspace(&NewUpstreamWorkspace { name: name.to_owned(), settings }).await?
        }
    })
}

fn as_wanted(there: &UpstreamWorkspace) -> bool {
    there.chat_mode.as_deref() == Some(ChatMode::Query.as_str())
        && there.open_ai_prompt.as_deref() == Some(PROMPT)
        && there.query_refusal_response.as_deref() == Some(REFUSAL)
}

/// The key of an earlier run if it still works, else a new one.
async fn key(session: &Session, workspace: &Workspace, kind: KeyKind, before: Option<&str>) -> Result<ApiKey, Failure> {
    if let Some(key) = before.and_then(|text| ApiKey::parse(text).ok()).filter(|key| key.kind() == kind)
        && works(session, workspace, &key).await?
    {
        return Ok(key);
    }
    let mut given = Map::from_iter([("name".to_owned(), Value::from("Demo"))]);
    if kind == KeyKind::Publishable {
        given.insert("allowed_origins".into(), ORIGINS.to_vec().into());
    }
    let request = KeyRequest { kind, env: KeyEnv::Test, workspace: Some(workspace.id), given };
    Ok(keys::issue(session, request).await?.key)
}

async fn works(session: &Session, workspace: &Workspace, key: &ApiKey) -> Result<bool, Failure> {
    let Some(record) = session.database.api_keys().find(&key.public_id()).await? else { return Ok(false) };
    let peppers = app::peppers(&session.root_key().await?, &session.database);
    Ok(peppers.match_key(key, &record.hash).await?
        && record.usable(session.ambient.now()).is_ok()
        && record.workspace.as_ref().is_some_and(|bound| bound.id == workspace.id))
}

fn told(
    config: &Config,
    workspace: &Workspace,
    publishable: &ApiKey,
    secret: &ApiKey,
    people: Option<&People>,
) -> file::Told {
    let (manager_username, manager_password) = people.map(|people| people.manager.told()).unzip();
    let (user_username, user_password) = people.map(|people| people.user.told()).unzip();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    file::Told {
        public_url: config.public_url(),
        admin_url: config.admin_url(),
        ops_url: config.ops_url(),
        upstream_url: config.upstream.url.clone(),
        workspace: workspace.slug.clone(),
        publishable_key: publishable.expose().to_owned(),
        secret_key: secret.expose().to_owned(),
        origin: format!("http://localhost:{}", config.public.listen.port()),
        admin_username: given(&config.upstream.admin_username),
        admin_password: given(config.upstream.admin_password.expose_secret()),
        manager_username,
        manager_password,
        user_username,
        user_password,
    }
}
