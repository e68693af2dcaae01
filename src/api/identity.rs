//! `/api/v1/workspaces/{slug}/identity` and `…/visitor-tokens`: whether a shop says who its visitors are, with which
//! secret, and how all visitor tokens are ended.

use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::power;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::power::Power;
use crate::gate::Admitted;
use crate::rejection::Code;
use crate::storage::IdentitySecret;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a shop says who its visitors are.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
pub(crate) struct IdentityView<'a> {
    /// Identity tokens are taken.
    enabled: bool,
    /// And without one nobody gets a visitor token.
    enforced: bool,
    /// When it was last switched; null if never.
    switched_at: Option<DateTime<Utc>>,
    /// By whom.
    switched_by: Option<&'a str>,
    /// What identity tokens are signed with; null if there is none yet.
    secret: Option<IdentitySecretView<'a>>,
    /// Counts how often all visitor tokens were ended, from 1.
    token_generation: u32,
}

/// What may be shown of an identity secret.
#[derive(Serialize, ToSchema)]
#[schema(as = IdentitySecret)]
pub(crate) struct IdentitySecretView<'a> {
    /// Its last characters.
    #[schema(example = "x8Qk")]
    hint: &'a str,
    /// When it was made.
    made_at: DateTime<Utc>,
    /// By whom.
    made_by: &'a str,
    /// Until then the secret before it counts as well; null if it does not.
    previous_expires_at: Option<DateTime<Utc>>,
}

/// A new identity secret.
#[derive(Serialize, ToSchema)]
#[schema(as = NewIdentitySecret)]
pub(crate) struct NewSecretView<'a> {
    /// The secret. It is not shown again.
    #[schema(example = "vst_is_…")]
    secret: &'a str,
    /// What is shown of it from now on.
    #[serde(flatten)]
    shown: IdentitySecretView<'a>,
}

/// How visitors are to be told apart.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = IdentitySwitches)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchRequest {
    /// Take identity tokens.
    enabled: bool,
    /// And let nobody in without one.
    enforced: bool,
}

/// A new secret.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RotateIdentitySecret)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateRequest {
    /// Seconds for which the secret before it counts as well; a day when missing, 0 after a leak.
    #[schema(minimum = 0, maximum = 604_800)]
    grace_seconds: Option<u32>,
}

/// Which visitor tokens count from now on.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenGeneration)]
pub(crate) struct GenerationView {
    /// Tokens of an earlier generation are refused.
    #[schema(example = 2)]
    token_generation: u32,
}

/// No more than it must be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeRequest {}

impl<'a> IdentitySecretView<'a> {
    fn of(stored: &'a IdentitySecret, now: DateTime<Utc>) -> Self {
        Self {
            hint: &stored.hint,
            made_at: stored.made_at,
            made_by: &stored.made_by,
            previous_expires_at: stored.previous.as_ref().map(|(_, until)| *until).filter(|until| *until > now),
        }
    }
}

/// Shows whether the shop says who its visitors are.
#[utoipa::path(
    get,
    path = "/api/v1/workspaces/{slug}/identity",
    tag = "Visitors",
    summary = "Show how visitors are identified",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    responses((status = 200, description = "How it is.", body = IdentityView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    shown(&state, &admitted, &state.reach.managed_afresh(&admitted).await?).await
}

/// Switches identified visitors on or off, and enforces them or not.
///
/// Needs a secret. Switched off, tokens of identified visitors count no more; enforced, tokens of anonymous ones do
/// not. A key with an end or addresses of its own can only make it narrower.
#[utoipa::path(
    put,
    path = "/api/v1/workspaces/{slug}/identity",
    tag = "Visitors",
    summary = "Switch identified visitors on or off",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    request_body = SwitchRequest,
    responses((status = 200, description = "How it is now.", body = IdentityView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict]))),
)]
pub(crate) async fn put(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<SwitchRequest>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed_afresh(&admitted).await?;
    let was = workspace.visitors;
    let is_wider = body.enabled && !was.identity_enabled || !body.enforced && was.identity_enforced;
    if is_wider {
        power::gives(&state, &admitted, &Power::of_identity(workspace.id)).await?;
    }
    let vault = state.visitors.identity_vault();
    let done = vault.switch(&workspace, body.enabled, body.enforced, &admitted.author()?).await;
    done.or_reject(&admitted)?;
    shown(&state, &admitted, &state.reach.managed_afresh(&admitted).await?).await
}

/// Makes a secret, or another one in the place of the one there is.
///
/// It is told once. The one before it counts for another day, or for as long as `grace_seconds` says. Customers stay
/// who they are. The secret is good for ever and from anywhere, so a key with an end or addresses of its own gets none.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/identity/rotate-secret",
    tag = "Visitors",
    summary = "Make a new identity secret",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    request_body = RotateRequest,
    responses((status = 200, description = "The secret, this once.", body = NewSecretView<'static>)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict]))),
)]
pub(crate) async fn rotate(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<RotateRequest>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed_afresh(&admitted).await?;
    power::gives(&state, &admitted, &Power::of_identity(workspace.id)).await?;
    let made = state.visitors.identity_vault().rotate(&workspace, body.grace_seconds, &admitted.author()?).await;
    let made = made.or_reject(&admitted)?;
    let shown = IdentitySecretView::of(&made.stored, state.ambient.now());
    response::json(StatusCode::OK, &NewSecretView { secret: made.secret.expose_secret(), shown })
}

/// Ends all visitor tokens of the workspace.
///
/// They are refused on every replica as soon as it has been told, and running streams are cut. Pages get new ones with
/// their keys; conversations stay.
#[utoipa::path(
    post,
    path = "/api/v1/workspaces/{slug}/visitor-tokens/revoke",
    tag = "Visitors",
    summary = "End all visitor tokens",
    security(("secret_key" = []), ("access_token" = [])),
    params(("slug" = String, Path, description = "The workspace.")),
    request_body = RevokeRequest,
    responses((status = 200, description = "Done.", body = GenerationView)),
    extensions(("x-refusals" = json!([Code::NotFound]))),
)]
pub(crate) async fn revoke_tokens(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: RevokeRequest {}, .. }: Json<RevokeRequest>,
) -> Result<Response, Refusal> {
    let workspace = state.reach.managed_afresh(&admitted).await?;
    let done = state.visitors.identity_vault().revoke_tokens(&workspace, &admitted.author()?).await;
    let token_generation = done.or_reject(&admitted)?;
    response::json(StatusCode::OK, &GenerationView { token_generation })
}

async fn shown(state: &ApiState, admitted: &Admitted, workspace: &Reached) -> Result<Response, Refusal> {
    let stored = state.visitors.identity_vault().find(workspace).await.or_reject(admitted)?;
    let switched = stored.as_ref().and_then(|stored| stored.switched.as_ref());
    let view = IdentityView {
        enabled: workspace.visitors.identity_enabled,
        enforced: workspace.visitors.identity_enforced,
        switched_at: switched.map(|(at, _)| *at),
        switched_by: switched.map(|(_, by)| by.as_str()),
        secret: stored.as_ref().map(|stored| IdentitySecretView::of(stored, state.ambient.now())),
        token_generation: workspace.visitors.token_generation,
    };
    response::json(StatusCode::OK, &view)
}
