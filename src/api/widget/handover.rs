//! `POST /api/v1/widget/handover`: what a shopper writes to the people of the shop.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::conversation::ChatSessionId;
use crate::domain::faults::Faults;
use crate::domain::handover::{Contact, Handover, Written};
use crate::domain::ids::HandoverId;
use crate::domain::workspace::HandoffMode;
use crate::domain::workspace::locale::Locale;
use crate::gate::RESOLVING;
use crate::rejection::{Code, Rejection};
use crate::storage::HandedOver;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, SubsecRound as _, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One answer for workspaces with another way to people, or none.
const NO_FORM: Rejection = Rejection::NotFound("This workspace takes no hand-overs.");
const GONE: Rejection = Rejection::NotFound("The conversation does not exist any more.");

/// What a shopper writes to people.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HandoverRequest)]
pub(crate) struct HandoverBody {
    /// The conversation that it belongs to; one of this name is begun if there is none.
    #[schema(min_length = 1, max_length = 128, example = "019ab1c2-6f0e-7c3a-9d55-2f4b8e6a1c77")]
    session_id: String,
    /// What they want.
    #[schema(min_length = 1, max_length = 4000, example = "My order has not arrived yet.")]
    message: String,
    /// What they are called.
    #[schema(max_length = 200, example = "Mona Muster")]
    name: Option<String>,
    /// Their e-mail address. This or `phone` is required.
    #[schema(max_length = 254, example = "mona@example.com")]
    email: Option<String>,
    /// Their telephone number, as they write it.
    #[schema(max_length = 40, example = "+49 30 123456")]
    phone: Option<String>,
    /// The order that it is about.
    #[schema(max_length = 100, example = "4711")]
    order_number: Option<String>,
    /// Whom they buy for.
    #[schema(max_length = 200)]
    company: Option<String>,
    /// They agree that this is used to answer them. Must be true where the workspace asks for consent.
    #[serde(default)]
    consent: bool,
    /// Their language.
    #[schema(example = "de-AT")]
    locale: Option<String>,
    /// Required for users and tenant-wide secret keys, else taken from the key.
    workspace: Option<String>,
}

/// What was kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Handover)]
pub(crate) struct HandoverView<'a> {
    /// Its id, as staff and webhooks see it.
    id: Uuid,
    /// The conversation, as it was named.
    session_id: &'a str,
    /// When it was kept first.
    created_at: DateTime<Utc>,
}

/// Hands a conversation over to people.
///
/// What the shopper writes is in the workspace's inbox, with how they are reached, and webhooks that chose
/// `conversation.handed_over` are told. Where `support.handoff_mode` is `contact_form` or `webhook`; 404 elsewhere. The
/// same words once more in a conversation are the same hand-over (200): whoever got no answer sends it again.
#[utoipa::path(
    post,
    path = "/api/v1/widget/handover",
    tag = "Widget",
    summary = "Hand a conversation over to people",
    security(("publishable_key" = []), ("widget_key" = []), ("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    request_body(content = HandoverBody, example = json!({
        "session_id": "order-4711", "message": "My order has not arrived yet.", "email": "mona@example.com"
    })),
    responses(
        (status = 200, description = "It was kept before.", body = HandoverView<'static>),
        (status = 201, description = "It is kept.", body = HandoverView<'static>)
    ),
    extensions(("x-refusals" = json!(any_of(&[RESOLVING, &[Code::RateLimited]])))),
)]
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    Json { value: body, .. }: Json<HandoverBody>,
) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let workspace = state.reach.resolve(&admitted, body.workspace.as_deref()).await?;
    let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.or_reject(&admitted)?;
    let known = known.ok_or(GONE)?;
    let support = &known.content.support;
    if !support.handoff_mode.takes_form() {
        return Err(NO_FORM.into());
    }
    let (session, written, locale) = checked(body, known.content.settings.consent_required)?;
    admitted.limit_handover().await?;
    let visitor = admitted.facts().visitor();
    let conversation = state.conversations.open(&workspace, &session, visitor).await.or_reject(&admitted)?;
    let handover = Handover {
        id: HandoverId::new(&state.ambient),
        tenant: workspace.tenant,
        workspace: workspace.id,
        conversation: conversation.id.0,
        // As PostgreSQL keeps it, so that it is told alike whenever it is told.
        at: state.ambient.now().trunc_subsecs(6),
        key: admitted.principal().key().map(|key| key.id),
        origin: admitted.origin().map(ToString::to_string),
        locale,
        written,
    };
    let address = support.webhook_url.as_deref().filter(|_| support.handoff_mode == HandoffMode::Webhook);
    let news = state.webhooks.news_of(&workspace, &handover, session.as_str(), address).await.or_reject(&admitted)?;
    let done = state.transcripts.hand_over(&handover, &news, &admitted.author()?).await.or_reject(&admitted)?;
    let (status, id, created_at) = match done {
        HandedOver::Kept { told } => {
            if told > 0 {
                state.webhooks.wake();
            }
            (StatusCode::CREATED, handover.id, handover.at)
        }
        HandedOver::Before { id, at } => (StatusCode::OK, id, at),
        HandedOver::NoConversation => return Err(GONE.into()),
    };
    response::json(status, &HandoverView { id: id.0, session_id: session.as_str(), created_at })
}

/// Names every fault of it.
fn checked(body: HandoverBody, needs_consent: bool) -> Result<(ChatSessionId, Written, Option<String>), Rejection> {
    let HandoverBody { session_id, message, name, email, phone, order_number, company, consent, locale, .. } = body;
    let mut faults = Faults::new();
    let session = ChatSessionId::parse(&session_id);
    if let Err(why) = &session {
        faults.push("session_id", "format", why.to_string());
    }
    if locale.as_deref().is_some_and(|locale| locale.parse::<Locale>().is_err()) {
        faults.push("locale", "format", "must be a language, as in de or de-AT");
    }
    let contact = Contact { name, email, phone, order_number, company };
    match (session, Written { contact, message, consented: consent }.checked(needs_consent)) {
        (Ok(session), Ok(written)) if faults.is_empty() => Ok((session, written, locale)),
        (_, written) => {
            if let Err(broken) = written {
                faults.within("", broken);
            }
            Err(faults.into())
        }
    }
}
