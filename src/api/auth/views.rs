//! What clients see of users, sessions and tokens.

use crate::domain::auth_session::AuthSession;
use crate::domain::ids::AuthSessionId;
use crate::domain::user::{Role, User, UserId};
use crate::people::{Granted, ReachableWorkspaces};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

/// Tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantView<'a> {
    /// A JWT, for `Authorization: Bearer`.
    access_token: &'a str,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds the access token lives.
    #[schema(example = 900)]
    expires_in: i64,
    /// For the next refresh; replaces the one before.
    #[schema(example = "vst_rt_…")]
    refresh_token: &'a str,
    /// Seconds the refresh token can be used.
    #[schema(example = 604_800)]
    refresh_expires_in: i64,
    /// Who it is.
    user: UserView<'a>,
    /// With the first login of an account only: AnythingLLM's codes for a forgotten password. They are not shown again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    recovery_codes: Vec<&'a str>,
}

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView<'a> {
    /// AnythingLLM's number of the user.
    #[schema(value_type = i64, example = 7)]
    id: UserId,
    /// The login name.
    #[schema(example = "jane")]
    username: &'a str,
    /// `default`, `manager` or `admin`.
    #[schema(value_type = String, example = "manager")]
    role: Role,
    /// Where the user can work; null if AnythingLLM could not be asked just now.
    workspaces: Option<Vec<WorkspaceView<'a>>>,
}

/// A workspace the user can work in.
#[derive(Serialize, ToSchema)]
#[schema(as = UserWorkspace)]
pub(crate) struct WorkspaceView<'a> {
    /// For `workspace` in requests.
    #[schema(example = "demo-shop")]
    slug: &'a str,
    /// For people.
    name: &'a str,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView<'a> {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: AuthSessionId,
    /// Whose it is.
    #[schema(value_type = i64, example = 7)]
    user_id: UserId,
    /// As of its last refresh.
    #[schema(example = "jane")]
    username: &'a str,
    /// With what it was begun.
    #[schema(example = "Firefox on Linux")]
    device: &'a str,
    /// Where it was begun, roughly.
    #[schema(example = "203.0.113.0/24")]
    ip_prefix: String,
    /// When it was begun.
    created_at: DateTime<Utc>,
    /// Its last refresh.
    last_used_at: DateTime<Utc>,
    /// When it ends if it is not refreshed.
    expires_at: DateTime<Utc>,
    /// Whether this request was made in it.
    current: bool,
}

/// The user and their session.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeView<'a> {
    /// Who it is.
    user: UserView<'a>,
    /// The session of the access token.
    session: SessionView<'a>,
}

/// A link into AnythingLLM.
#[derive(Serialize, ToSchema)]
#[schema(as = UiLink)]
pub(crate) struct UiLinkView<'a> {
    /// On the admin listener. Whoever opens it is the user: keep it out of logs and histories.
    #[schema(example = "https://staff.shop.example/sso/simple?token=…")]
    url: &'a str,
    /// Seconds the link can be used, once.
    #[schema(example = 360)]
    expires_in: u64,
}

impl<'a> UiLinkView<'a> {
    pub(super) fn of(url: &'a SecretString, lifetime: Duration) -> Self {
        Self { url: url.expose_secret(), expires_in: lifetime.as_secs() }
    }
}

/// A page of sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionPage)]
pub(crate) struct SessionPageView<'a> {
    /// The newest first.
    pub(super) data: Vec<SessionView<'a>>,
    /// Whether there are more.
    pub(super) has_more: bool,
    /// For the next page.
    pub(super) next_cursor: Option<Uuid>,
}

impl<'a> GrantView<'a> {
    pub(super) fn of(granted: &'a Granted) -> Self {
        Self {
            access_token: granted.access.token.expose_secret(),
            token_type: "Bearer",
            expires_in: seconds(granted.access.expires_in),
            refresh_token: granted.refresh.expose_secret(),
            refresh_expires_in: seconds(granted.refresh_expires_in),
            user: UserView::of(&granted.user, granted.workspaces.as_ref()),
            recovery_codes: granted.recovery_codes.iter().map(ExposeSecret::expose_secret).collect(),
        }
    }
}

impl<'a> UserView<'a> {
    fn of(user: &'a User, workspaces: Option<&'a ReachableWorkspaces>) -> Self {
        let view = |(slug, name): &'a (String, String)| WorkspaceView { slug, name };
        Self {
            id: user.id,
            username: &user.username,
            role: user.role,
            workspaces: workspaces.map(|all| all.0.iter().map(view).collect()),
        }
    }
}

impl<'a> SessionView<'a> {
    pub(super) fn of(session: &'a AuthSession, current: AuthSessionId) -> Self {
        Self {
            id: session.id,
            user_id: session.user,
            username: &session.username,
            device: &session.device,
            ip_prefix: session.ip_prefix.to_string(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.family.expires_at(),
            current: session.id == current,
        }
    }
}

impl<'a> MeView<'a> {
    pub(super) fn of(user: &'a User, workspaces: &'a ReachableWorkspaces, session: &'a AuthSession) -> Self {
        Self { user: UserView::of(user, Some(workspaces)), session: SessionView::of(session, user.session) }
    }
}

/// Rounded down: a client that believes it must not be too late.
fn seconds(time: TimeDelta) -> i64 {
    time.num_seconds().max(0)
}
