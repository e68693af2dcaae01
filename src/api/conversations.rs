//! `GET /api/v1/conversations`: which conversations the caller has, so that they are found again on another device.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::page::Paging;
use crate::api::query::Query;
use crate::api::refusals::any_of;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::access::Principal;
use crate::domain::key::KeyKind;
use crate::gate::RESOLVING;
use crate::rejection::Rejection;
use crate::storage::OwnedConversation;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A conversation of the caller's.
#[derive(Serialize, ToSchema)]
#[schema(as = Conversation)]
struct ConversationView<'a> {
    /// Names it.
    #[schema(example = "019ab1c2-6f0e-7c3a-9d55-2f4b8e6a1c77")]
    session_id: &'a str,
    /// When it was begun, or begun anew.
    started_at: DateTime<Utc>,
    /// When the last question was asked.
    last_at: DateTime<Utc>,
    /// Questions asked; a little behind while it goes on.
    #[schema(example = 3)]
    messages: u32,
}

/// A page of conversations.
#[derive(Serialize, ToSchema)]
#[schema(as = ConversationPage)]
pub(crate) struct PageView<'a> {
    /// The one begun last stands first.
    data: Vec<ConversationView<'a>>,
    /// Whether there are older ones.
    has_more: bool,
    /// For the next page.
    next_cursor: Option<Uuid>,
}

impl<'a> From<&'a OwnedConversation> for ConversationView<'a> {
    fn from(owned: &'a OwnedConversation) -> Self {
        Self {
            session_id: owned.session.as_str(),
            started_at: owned.started_at,
            last_at: owned.last_at,
            messages: owned.messages,
        }
    }
}

/// Lists the caller's conversations.
///
/// A visitor's by visitor, an identified customer's on whatever device, a user's by user, a secret key's by key. A
/// publishable key alone gets none: what keeps its shoppers apart is that they do not know each other's.
#[utoipa::path(
    get,
    path = "/api/v1/conversations",
    tag = "Messages",
    summary = "List conversations",
    security(("visitor_token" = []), ("secret_key" = []), ("access_token" = [])),
    params(
        ("workspace" = Option<String>, Query, description = "Required for users and tenant-wide secret keys, else taken from the key."),
        ("limit" = Option<usize>, Query, description = "Conversations of a page; 20 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")
    ),
    responses((status = 200, description = "A page of conversations.", body = PageView<'static>)),
    extensions(("x-refusals" = json!(any_of(&[RESOLVING])))),
)]
pub(crate) async fn list(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    match admitted.principal() {
        Principal::Key(key) if key.kind == KeyKind::Publishable => {
            return Err(Rejection::Forbidden(
                "A publishable key stands for all its shoppers: get a visitor token from `POST /api/v1/widget/session`.",
            )
            .into());
        }
        Principal::Anonymous | Principal::Key(_) | Principal::Visitor(_) | Principal::User(_) => {}
    }
    let mut query = Query::of(&admitted);
    let named = query.text("workspace");
    let paging = Paging::of(&mut query);
    query.end()?;
    let workspace = state.reach.resolve(&admitted, named.as_deref()).await?;
    let found = state.conversations.list(&workspace, paging.after, paging.wanted()).await;
    let mut found = found.or_reject(&admitted)?;
    let end = paging.cut(&mut found, |conversation| conversation.id);
    let data = found.iter().map(ConversationView::from).collect();
    let page = PageView { data, has_more: end.has_more, next_cursor: end.next_cursor };
    response::json(StatusCode::OK, &page)
}
