//! `vestibule workspaces`

use crate::api::workspaces::views::WorkspaceView;
use crate::cli::Settings;
use crate::cli::args::{
    ListArgs, PurgeWorkspaceArgs, ShowWorkspaceArgs, SyncWorkspaceArgs, UpdateWorkspaceArgs, WorkspaceArgs,
};
use crate::cli::failure::{Exit, Failure};
use crate::cli::follow::Follower;
use crate::cli::output::Output;
use crate::cli::removals::{UNTIL_DONE, removals, removed};
use crate::cli::session::{PAGE, Session};
use crate::config::Need;
use crate::domain::json::{self, Unreadable};
use crate::domain::store::Platform;
use crate::domain::sync::SyncRun;
use crate::domain::workspace::{ManagedWorkspace, is_slug};
use crate::workspaces::{
    Caller, Defaults, NewManagedWorkspace, Patch, Purged, Side, Waiting, WorkspaceError, WorkspaceService,
};
use serde_json::{Map, Value};
use std::io::Read as _;
use std::path::Path;

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::Storage(error) => error.into(),
            WorkspaceError::Upstream(error) => error.into(),
            WorkspaceError::Changed => Self::new("the workspace was changed at the same moment; try again"),
            WorkspaceError::Removal(error) => Self::new(format!("{}; run the command again", error.message)),
            WorkspaceError::Faults(_) | WorkspaceError::NotFound | WorkspaceError::Conflict(_) => {
                Self::usage(error.to_string())
            }
        }
    }
}

/// What makes and changes workspaces.
pub(super) async fn service(session: &Session) -> Result<WorkspaceService, Failure> {
    let client = session.upstream().await?;
    let defaults = Defaults::load(&session.config.workspaces)
        .map_err(|error| Failure::usage(format!("workspaces.defaults_file: {error}")))?;
    Ok(WorkspaceService::new(session.database.clone(), client, None, defaults, session.ambient.clone()))
}

/// `workspaces create`
pub(super) async fn create(settings: &Settings, args: &WorkspaceArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    if !is_slug(&args.slug) {
        return Err(Failure::usage("--slug: 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end"));
    }
    let platform = args.platform.parse().map_err(|_| {
        let words: Vec<_> = Platform::ALL.iter().map(|platform| platform.as_str()).collect();
        Failure::usage(format!("--platform: one of {}", words.join(", ")))
    })?;
    let mut given = args.file.as_deref().map(read).transpose()?.unwrap_or_default();
    given.insert("name".to_owned(), args.name.clone().into());
    let session = Session::of_tenant(settings, &[Need::Upstream]).await?;
    let author = Session::author();
    let caller = Caller { tenant: session.tenant, author: &author };
    let new = NewManagedWorkspace {
        slug: Some(args.slug.clone()),
        platform,
        upstream_slug: args.upstream_slug.clone(),
        given,
    };
    let written = service(&session).await?.create(caller, new).await?;
    if args.json {
        out.json(&WorkspaceView::written(&written))?;
    } else {
        let made = &written.workspace;
        out.text(&format!("{} is there; in AnythingLLM it is `{}`", made.slug, made.upstream_slug))?;
    }
    Ok(Exit::Done)
}

/// `workspaces list`
pub(super) async fn list(settings: &Settings, args: &ListArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[]).await?;
    let mut all: Vec<ManagedWorkspace> = Vec::new();
    loop {
        let last = all.last().map(|workspace| workspace.id);
        let page = session.database.managed_workspaces().list(session.tenant, None, true, last, PAGE).await?;
        let complete = page.len() < usize::from(PAGE);
        all.extend(page);
        if complete {
            break;
        }
    }
    if args.json {
        out.json(&all.iter().map(WorkspaceView::unseen).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let row = |w: &ManagedWorkspace| {
        let (content, status) = (&w.content, serde_json::to_value(w.content.status).ok());
        let status = status.and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        [w.slug.clone(), w.upstream_slug.clone(), status, content.settings.chat_mode.to_string(), content.name.clone()]
    };
    out.table(["SLUG", "IN ANYTHINGLLM", "STATUS", "MODE", "NAME"], &all.iter().map(row).collect::<Vec<_>>())?;
    Ok(Exit::Done)
}

/// `workspaces show`
pub(super) async fn show(settings: &Settings, args: &ShowWorkspaceArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::Upstream]).await?;
    let service = service(&session).await?;
    let seen = service.seen(service.find(session.tenant, &args.slug).await?).await;
    out.json(&WorkspaceView::seen(&seen))?;
    Ok(Exit::Done)
}

/// `workspaces update`
pub(super) async fn update(
    settings: &Settings,
    args: &UpdateWorkspaceArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let patch = Patch(read(&args.file)?);
    let session = Session::of_tenant(settings, &[Need::Upstream]).await?;
    let author = Session::author();
    let caller = Caller { tenant: session.tenant, author: &author };
    let written = service(&session).await?.change(caller, &args.slug, &|_| true, patch).await?;
    out.json(&WorkspaceView::written(&written))?;
    Ok(Exit::Done)
}

/// `workspaces sync`
pub(super) async fn sync(settings: &Settings, args: &SyncWorkspaceArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let side = match args.take.as_str() {
        "vestibule" => Side::Vestibule,
        "upstream" => Side::Upstream,
        _ => return Err(Failure::usage("--take: vestibule or upstream")),
    };
    let session = Session::of_tenant(settings, &[Need::Upstream]).await?;
    let author = Session::author();
    let caller = Caller { tenant: session.tenant, author: &author };
    let written = service(&session).await?.sync(caller, &args.slug, &|_| true, side).await?;
    out.json(&WorkspaceView::written(&written))?;
    Ok(Exit::Done)
}

/// `workspaces archive`
pub(super) async fn archive(
    settings: &Settings,
    args: &ShowWorkspaceArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::Upstream]).await?;
    let author = Session::author();
    let caller = Caller { tenant: session.tenant, author: &author };
    service(&session).await?.archive(caller, &args.slug, &|_| true).await?;
    out.text(&format!("{} is put away; its keys stop", args.slug))?;
    Ok(Exit::Done)
}

/// `workspaces purge`
pub(super) async fn purge(
    settings: &Settings,
    args: &PurgeWorkspaceArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    if args.confirm != args.slug {
        return Err(Failure::usage("--confirm: the slug of the workspace once more"));
    }
    let session = Session::of_tenant(settings, &[Need::Upstream]).await?;
    let author = Session::author();
    let caller = Caller { tenant: session.tenant, author: &author };
    let removals = removals(&session).await?;
    let mut follower = Follower::new(false);
    let mut shown = |run: &SyncRun| follower.show(run, session.ambient.now());
    let waiting = Waiting { removals: &removals, within: UNTIL_DONE, shown: &mut shown };
    match service(&session).await?.purge(caller, &args.slug, &|_| true, waiting).await? {
        Purged::Gone(documents) => {
            out.text(&format!("{} is gone, here and in AnythingLLM: {}", args.slug, removed(&documents)))?;
        }
        Purged::GoesOn { .. } => out.text(&format!("{} is put away; it goes on in the background", args.slug))?,
    }
    Ok(Exit::Done)
}

/// An object from a file or from standard input.
fn read(path: &Path) -> Result<Map<String, Value>, Failure> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(path).map_err(|error| Failure::usage(format!("--file {}: {error}", path.display())))?;
    }
    json::read_object(&bytes).map_err(|unreadable| match unreadable {
        Unreadable::Text(why) => Failure::usage(format!("--file: {why}")),
        Unreadable::Fields(faults) => {
            Failure::usage(faults.lines(|fault| format!("--file: {} {}", fault.field, fault.message)))
        }
    })
}
