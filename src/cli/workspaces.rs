//! `vestibule workspaces`

use crate::anythingllm::{Client, NewUpstreamWorkspace, UpstreamWorkspace, UpstreamWorkspaceChange};
use crate::cli::Settings;
use crate::cli::args::{ListArgs, WorkspaceArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::domain::ids::WorkspaceId;
use crate::domain::workspace::{ChatMode, Workspace, WorkspaceSettings, WorkspaceStatus};
use crate::storage::InsertWorkspaceError;
use serde::Serialize;

#[derive(Serialize)]
struct Shown {
    slug: String,
    name: String,
    upstream_slug: String,
    status: WorkspaceStatus,
    chat_mode: ChatMode,
}

impl From<Workspace> for Shown {
    fn from(workspace: Workspace) -> Self {
        Self {
            slug: workspace.slug,
            name: workspace.display_name,
            upstream_slug: workspace.upstream_slug,
            status: workspace.status,
            chat_mode: workspace.settings.chat_mode,
        }
    }
}

/// `workspaces create`
pub(super) async fn create(settings: &Settings, args: &WorkspaceArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let name = args.name.trim();
    if !is_slug(&args.slug) {
        return Err(Failure::usage("--slug: 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end"));
    }
    if !(1..=200).contains(&name.chars().count()) {
        return Err(Failure::usage("--name: 1 to 200 characters"));
    }
    let session = Session::open(settings, &[Need::Upstream])?;
    // Before anything is made in AnythingLLM.
    if session.database.workspaces().find_by_slug(session.tenant, &args.slug).await?.is_some() {
        return Err(Failure::usage(format!("--slug: there is a workspace `{}` already", args.slug)));
    }
    let client = session.upstream().await?;
    let upstream = if args.create_upstream {
        create_upstream(&client, name).await?
    } else {
        let slug = args.upstream_slug.as_deref().unwrap_or(&args.slug);
        client.find_workspace(slug).await?.ok_or_else(|| {
            Failure::usage(format!(
                "AnythingLLM has no workspace `{slug}`; name one with --upstream-slug or use --create-upstream"
            ))
        })?
    };
    let made = args.create_upstream.then_some(upstream.slug.as_str());
    let workspace = add(&session, &args.slug, name, &upstream.slug).await.map_err(|failure| match made {
        Some(slug) => Failure::new(format!("{failure}; AnythingLLM's new workspace `{slug}` is left over")),
        None => failure,
    })?;
    let shown = Shown::from(workspace);
    if args.json {
        out.json(&shown)?;
    } else {
        out.text(&format!("{} is there; in AnythingLLM it is `{}`", shown.slug, shown.upstream_slug))?;
    }
    Ok(Exit::Done)
}

/// Makes a workspace in AnythingLLM. With a mode of its own: the default, `automatic`, runs agents.
async fn create_upstream(client: &Client, name: &str) -> Result<UpstreamWorkspace, Failure> {
    let settings = UpstreamWorkspaceChange { chat_mode: Some(ChatMode::Query), ..Default::default() };
    Ok(client.create_workspace(&NewUpstreamWorkspace { name: name.to_owned(), settings }).await?)
}

/// Stores a workspace.
pub(super) async fn add(session: &Session, slug: &str, name: &str, upstream_slug: &str) -> Result<Workspace, Failure> {
    let workspace = Workspace {
        id: WorkspaceId::new(&session.ambient),
        tenant: session.tenant,
        slug: slug.to_owned(),
        upstream_slug: upstream_slug.to_owned(),
        display_name: name.to_owned(),
        status: WorkspaceStatus::Active,
        settings: WorkspaceSettings::default(),
    };
    session.database.workspaces().insert(&workspace).await.map_err(|error| match error {
        InsertWorkspaceError::Storage(error) => error.into(),
        InsertWorkspaceError::UpstreamSlugTaken => {
            Failure::usage(format!("AnythingLLM's workspace `{upstream_slug}` is in use by another workspace"))
        }
        other => Failure::usage(other.to_string()),
    })?;
    Ok(workspace)
}

/// `workspaces list`
pub(super) async fn list(settings: &Settings, args: &ListArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::open(settings, &[])?;
    let shown: Vec<Shown> = session.workspaces().await?.into_iter().map(Shown::from).collect();
    if args.json {
        out.json(&shown)?;
        return Ok(Exit::Done);
    }
    let row = |w: &Shown| {
        let status =
            serde_json::to_value(w.status).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        [w.slug.clone(), w.upstream_slug.clone(), status, w.chat_mode.to_string(), w.name.clone()]
    };
    out.table(["SLUG", "IN ANYTHINGLLM", "STATUS", "MODE", "NAME"], &shown.iter().map(row).collect::<Vec<_>>())?;
    Ok(Exit::Done)
}

/// As the schema has it.
fn is_slug(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::is_slug;

    #[test]
    fn slugs_are_those_of_the_schema() {
        for good in ["a", "shop", "shop-2", &"x".repeat(63)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "Shop", "a_b", "ä", &"x".repeat(64)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
