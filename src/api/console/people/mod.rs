//! People and sessions: who is a member of a workspace, where one is logged in, and for admins where everybody is.

mod view;

use super::form::Form;
use super::layout::{Nav, Page};
use super::session;
use super::texts::Done;
use super::visit::Visit;
use crate::anythingllm::UpstreamMember;
use crate::anythingllm::UpstreamUser;
use crate::api::page::{PageEnd, Paging};
use crate::api::response::Refusal;
use crate::api::{ApiState, Shared};
use crate::domain::access::{Reached, Right};
use crate::domain::auth_session::AuthSession;
use crate::domain::ids::AuthSessionId;
use crate::domain::scope::Scope;
use crate::domain::user::UserId;
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use maud::Markup;
use uuid::Uuid;

const PATH: &str = "/console/people";
const NO_SESSION: Rejection = Rejection::NotFound("There is no such session.");
const NO_USER: Rejection = Rejection::NotFound("There is no such user.");

/// What the page shows.
struct Shown {
    /// Whose sessions.
    whose: UserId,
    sessions: Vec<AuthSession>,
    next: Option<String>,
    /// None: AnythingLLM does not answer, or one may not see them.
    accounts: Option<Vec<UpstreamUser>>,
    workspaces: Vec<(String, String)>,
    members: Option<Members>,
}

/// The members of one workspace; none if AnythingLLM does not answer.
struct Members {
    slug: String,
    name: String,
    who: Option<Vec<UpstreamMember>>,
}

/// The page.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let named = query.text("user").filter(|text| !text.is_empty());
    let slug = query.text("workspace").filter(|text| !text.is_empty());
    let paging = Paging::of(&mut query);
    query.end()?;
    let whose = subject(&visit, named.as_deref())?;
    let (user, request_id) = (visit.user(), visit.admitted().request_id());
    let after = paging.after.map(AuthSessionId);
    let mut sessions = state.sessions.list(user.tenant, whose, after, paging.wanted(), request_id).await?;
    let PageEnd { next_cursor, .. } = paging.cut(&mut sessions, |session| session.id.0);
    let next = next_cursor.map(|cursor| format!("{PATH}?user={whose}&cursor={cursor}"));
    let manages = visit.may(Scope::WorkspacesRead);
    // Before AnythingLLM is waited for: for those who see all workspaces it is not asked.
    let workspaces = if manages { workspaces(&state, &visit).await? } else { Vec::new() };
    // Who may add members has to know whom there is; only admins see where they are logged in.
    let accounts = if manages { accounts(&state, &visit).await? } else { None };
    let members = match slug.as_deref().filter(|_| manages) {
        Some(slug) => Some(members(&state, &visit, slug).await?),
        None => None,
    };
    let shown = Shown { whose, sessions, next, accounts, workspaces, members };
    let body = view::page(&visit, &shown, state.ambient.now());
    whole(&state, &visit, slug.as_deref().filter(|_| manages), body).await
}

/// Ends a session.
pub(crate) async fn end(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let session = Uuid::try_parse(visit.param("id")?).map(AuthSessionId).map_err(|_| NO_SESSION)?;
    let whose = subject(&visit, form.text("user"))?;
    let (user, admitted) = (visit.user(), visit.admitted());
    let by = admitted.author()?;
    if !state.sessions.end_for(user, whose, session, &by, admitted.request_id()).await? {
        return Err(NO_SESSION.into());
    }
    if session == user.session {
        return Ok(session::over(admitted)?);
    }
    Ok(visit.done(Done::SessionEnded, &place(whose)))
}

/// Ends all sessions of somebody.
pub(crate) async fn end_all(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let whose = subject(&visit, form.text("user"))?;
    let (user, admitted) = (visit.user(), visit.admitted());
    state.sessions.end_all_for(user, whose, &admitted.author()?, admitted.request_id()).await?;
    if whose == user.id {
        return Ok(session::over(admitted)?);
    }
    Ok(visit.done(Done::SessionsEnded, &place(whose)))
}

/// Assigns the workspace to somebody.
pub(crate) async fn add(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let person = form.text("person").and_then(|text| text.parse().ok()).ok_or(NO_USER)?;
    let by = visit.admitted().author()?;
    state.sessions.members().add_member(&workspace, person, &by, visit.on_behalf()).await?;
    Ok(visit.done(Done::MemberAdded, &members_place(&workspace)))
}

/// Takes the workspace from somebody.
pub(crate) async fn remove(State(state): State<Shared>, visit: Visit, _: Form) -> Result<Response, Refusal> {
    let workspace = state.reach.managed(visit.admitted()).await?;
    let person: UserId = visit.param("user_id")?.parse().map_err(|_| NO_USER)?;
    let by = visit.admitted().author()?;
    let removed = state.sessions.members().remove_member(&workspace, person, &by, visit.on_behalf()).await;
    let done = match removed {
        Ok(()) => Done::MemberRemoved,
        // AnythingLLM keeps one.
        Err(Rejection::Conflict(_)) => Done::LastMember,
        Err(other) => return Err(other.into()),
    };
    Ok(visit.done(done, &members_place(&workspace)))
}

/// Whose sessions are meant: one's own, or for an admin those of others.
fn subject(visit: &Visit, named: Option<&str>) -> Result<UserId, Rejection> {
    let own = visit.user().id;
    match named.map(str::parse::<UserId>) {
        None => Ok(own),
        Some(Ok(other)) if other == own || visit.has(Right::OthersSessions) => Ok(other),
        Some(Ok(_)) => Err(Rejection::Forbidden("Only an admin may see or end the sessions of others.")),
        Some(Err(_)) => Err(NO_USER),
    }
}

/// Those that one may choose from; none while AnythingLLM does not say which they are.
async fn workspaces(state: &ApiState, visit: &Visit) -> Result<Vec<(String, String)>, Rejection> {
    match visit.hear(state.sessions.members().reachable(visit.user(), visit.on_behalf())).await {
        Ok(reachable) => Ok(reachable.0),
        Err(Rejection::UpstreamTimeout | Rejection::UpstreamUnavailable | Rejection::UpstreamError) => Ok(Vec::new()),
        Err(other) => Err(other),
    }
}

/// Everybody, unless AnythingLLM does not say so just now: the sessions are shown all the same.
async fn accounts(state: &ApiState, visit: &Visit) -> Result<Option<Vec<UpstreamUser>>, Rejection> {
    Ok(visit.hear(state.sessions.members().accounts(visit.tenant()?, visit.on_behalf())).await.ok())
}

async fn members(state: &ApiState, visit: &Visit, slug: &str) -> Result<Members, Rejection> {
    let workspace = state.reach.of_slug(visit.admitted(), slug).await?;
    let who = visit.hear(state.sessions.members().members(&workspace, visit.on_behalf())).await.ok();
    Ok(Members { slug: workspace.slug.clone(), name: workspace.display_name.clone(), who })
}

fn place(whose: UserId) -> String {
    format!("{PATH}?user={whose}")
}

fn members_place(workspace: &Reached) -> String {
    format!("{PATH}?workspace={}", workspace.slug)
}

async fn whole(state: &ApiState, visit: &Visit, workspace: Option<&str>, body: Markup) -> Result<Response, Refusal> {
    let title = visit.texts().people.title.into();
    visit.page(state, Page { title, nav: Nav::People, workspace }, body).await
}
