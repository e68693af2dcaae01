//! `POST /api/v1/widget/session` and `GET /api/v1/widget/challenge`: how a web page gets a visitor token, and keeps it.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::widget::config::{self, Capabilities, ConfigView};
use crate::crypto::proof_of_work::Challenge;
use crate::domain::scope::Scope;
use crate::gate::Asking;
use crate::rejection::{Code, Rejection};
use crate::visitors::Visit;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a page says about its visitor.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = VisitorSessionRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionRequest {
    /// The `visitor_id` of an earlier visit in this browser.
    #[schema(value_type = Option<String>, example = "vis_6f0eM2h…")]
    visitor_id: Option<SecretString>,
    /// A JWT by which the shop's back end says which of its customers this is. Only where the workspace has it switched
    /// on.
    #[schema(value_type = Option<String>)]
    identity_token: Option<SecretString>,
    /// The solution of a challenge, as ALTCHA's clients encode it. Only for keys that ask for it, and not when
    /// renewing.
    proof: Option<String>,
}

/// A visitor who was let in.
#[derive(Serialize, ToSchema)]
#[schema(as = VisitorSession)]
pub(crate) struct SessionView<'a> {
    /// To be sent as `Authorization: Bearer` instead of the key.
    token: &'a str,
    /// Seconds that it lives. Renew it before: send it here instead of the key.
    #[schema(example = 900)]
    expires_in: i64,
    /// Keep it in this browser for the next visit: with it, anonymous conversations are found again.
    #[schema(example = "vis_6f0eM2h…")]
    visitor_id: &'a str,
    /// The same as `GET /api/v1/widget/config` answers; null if the key lacks the scope `widget:read`.
    config: Option<ConfigView<'a>>,
}

/// Lets a visitor in.
///
/// A page trades its publishable key for a visitor token, which is bound to key, workspace, origin and visitor and
/// lives for minutes. With a visitor token instead of the key it is renewed, for the same visitor and no longer than a
/// session may last.
#[utoipa::path(
    post,
    path = "/api/v1/widget/session",
    tag = "Widget",
    summary = "Get or renew a visitor token",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = [])),
    params(
        ("locale" = Option<String>, Query, description = "The language of `config`, before `Accept-Language`.", example = "de-AT"),
        ("Accept-Language" = Option<String>, Header, description = "Languages wanted (RFC 9110, section 12.5.4).")
    ),
    request_body = SessionRequest,
    responses((status = 200, description = "The token.", body = SessionView<'static>)),
    extensions(("x-refusals" = json!([Code::ExpiredToken, Code::Forbidden]))),
)]
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    headers: HeaderMap,
    Json { value: body, .. }: Json<SessionRequest>,
) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let wanted = config::wanted(&mut query);
    query.end()?;
    let workspace = state.reach.resolve(&admitted, None).await?;
    let origin = admitted.origin().ok_or(Rejection::Internal)?;
    let visit = Visit {
        visitor_id: body.visitor_id.as_ref().map(SecretString::expose_secret),
        identity_token: body.identity_token.as_ref().map(SecretString::expose_secret),
        proof: body.proof.as_deref(),
    };
    let arriving = state.visitors.read(admitted.principal(), origin, &visit)?;
    // Before anything is asked of the database, and before the proof is spent.
    if let Some(owner) = arriving.returning() {
        admitted.limit_visitor(Asking::Owner(owner)).await?;
    }
    let may_read = admitted.principal().key().is_some_and(|key| key.scopes.contains(Scope::WidgetRead));
    let known = if may_read {
        state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.or_reject(&admitted)?
    } else {
        None
    };
    let session = state.visitors.admit(&arriving, admitted.request_id()).await?;
    admitted.facts().set_visitor(&session.owner.storage_key());
    let asked = (Capabilities::of(admitted.principal()), state.ambient.now());
    let view = SessionView {
        token: session.token.token.expose_secret(),
        expires_in: session.token.expires_in.num_seconds(),
        visitor_id: &session.visitor_id,
        config: known.as_deref().map(|known| ConfigView::of(known, wanted.as_deref(), &headers, asked)),
    };
    response::json(StatusCode::OK, &view)
}

/// Sets a challenge.
///
/// For keys that ask for a proof of work: ALTCHA's client (version 1 of its protocol) finds the number and encodes the
/// solution, which goes into `proof` of `POST /api/v1/widget/session`. Each is good for one token, for this key, for
/// minutes.
#[utoipa::path(
    get,
    path = "/api/v1/widget/challenge",
    tag = "Widget",
    summary = "Get a challenge for a proof of work",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = [])),
    responses((status = 200, description = "The challenge.", body = Challenge)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::ValidationFailed]))),
)]
pub(crate) async fn challenge(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    // Asked for, so that a workspace that is gone is told here and not after the work.
    state.reach.resolve(&admitted, None).await?;
    response::json(StatusCode::OK, &state.visitors.challenge(admitted.principal())?)
}
