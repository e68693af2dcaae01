//! Everything that Vestibule answers itself: an in-process axum router over the service rows of the endpoint table.
//!
//! Handlers get their right to answer from the gate, as an extractor that fails closed; they never read credentials,
//! origins or addresses. Answers are built field by field from typed structs. The only module that names axum.

mod admitted;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod catalog;
pub(crate) mod chat;
pub(crate) mod conversations;
pub(crate) mod health;
pub(crate) mod identity;
mod json;
pub(crate) mod keys;
pub(crate) mod knowledge;
pub(crate) mod members;
pub(crate) mod messages;
mod page;
mod pages;
mod precondition;
mod query;
mod response;
pub(crate) mod store;
pub(crate) mod usage;
mod views;
pub(crate) mod widget;
mod workspace;
pub(crate) mod workspaces;

use crate::anythingllm::Client;
use crate::api::response::Refusal;
use crate::cache::{ConversationDirectory, KnowledgeCache, ManagedWorkspaceDirectory, WorkspaceDirectory};
use crate::config;
use crate::domain::clock::Ambient;
use crate::endpoints::{Answer, Endpoint, Handler, endpoints};
use crate::gate::{Admitted, Rates};
use crate::keys::KeyService;
use crate::limits::Limiter;
use crate::people::Sessions;
use crate::rejection::Rejection;
use crate::storage::{Database, UsageRecorder};
use crate::store::StoreService;
use crate::telemetry::metrics::Metrics;
use crate::visitors::Visitors;
use crate::workspaces::WorkspaceService;
use axum::Router;
use axum::routing::{MethodFilter, MethodRouter, on};
use bytes::Bytes;
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Notify;
use tower::ServiceExt as _;

pub use axum::body::Body as ApiBody;

/// What handlers work with.
#[derive(Debug)]
pub struct ApiState {
    /// The AnythingLLM behind us.
    pub client: Client,
    /// For idempotency keys.
    pub database: Database,
    /// Whose session id stands for which session upstream.
    pub conversations: Arc<ConversationDirectory>,
    /// People's logins, and where they can work.
    pub sessions: Arc<Sessions>,
    /// Making and changing keys.
    pub keys: KeyService,
    /// For what is left of a key's limits.
    pub limiter: Arc<dyn Limiter>,
    /// The limits in force where a key has none.
    pub rates: Rates,
    /// Letting visitors in.
    pub visitors: Visitors,
    /// Making and changing workspaces.
    pub workspaces: WorkspaceService,
    /// What the staff of workspaces set, by id.
    pub managed_workspace_directory: Arc<ManagedWorkspaceDirectory>,
    /// Answers to knowledge queries, where a workspace lets them be kept.
    pub knowledge: KnowledgeCache,
    /// Workspaces by slug, for users and for keys of a whole tenant.
    pub workspace_directory: Arc<WorkspaceDirectory>,
    /// Connections to shops.
    pub stores: StoreService,
    /// Where messages of conversations are counted.
    pub usage: UsageRecorder,
    /// Wakes a worker of catalogue syncs.
    pub catalog_work: Arc<Notify>,
    /// Where failures of AnythingLLM are counted.
    pub metrics: Arc<Metrics>,
    /// Time and randomness.
    pub ambient: Ambient,
    /// `[chat]`
    pub chat: config::Chat,
    /// `[usage]`
    pub usage_settings: config::Usage,
    /// `[demo]`
    pub demo: config::Demo,
    /// The public address under which `/docs/errors/<code>` is served, without a trailing slash.
    pub docs: Arc<str>,
    /// Where staff reach the admin listener, without a trailing slash.
    pub admin_url: Arc<str>,
}

/// What every handler takes as its state.
type Shared = Arc<ApiState>;

/// The service rows, ready to be called.
#[derive(Debug)]
pub struct Api {
    router: Router,
    state: Shared,
}

impl Api {
    /// Builds the router from the endpoint table.
    pub fn new(state: ApiState) -> Self {
        let state = Arc::new(state);
        let router = endpoints().fold(Router::new(), |router, row| match row.answer {
            Answer::Service(handler) => router.route(row.path, method_router(row, handler)),
            Answer::Proxy(_) => router,
        });
        // The gate lets only rows of the table through, so neither can be reached.
        let router = router
            .fallback(|| async { Refusal(Rejection::Internal) })
            .method_not_allowed_fallback(|| async { Refusal(Rejection::Internal) });
        Self { router: router.with_state(Arc::clone(&state)), state }
    }

    /// Answers an admitted request. Dropping the future, or the answer's body, drops everything it holds upstream.
    ///
    /// A panic in a handler becomes `internal`: the connection carries other requests, and the client gets an id to
    /// report.
    pub async fn call(&self, request: http::Request<Bytes>, admitted: Arc<Admitted>) -> http::Response<ApiBody> {
        let mut request = request.map(ApiBody::from);
        request.extensions_mut().insert(Arc::clone(&admitted));
        let answer = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind().await;
        let response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                tracing::error!(request_id = %admitted.request_id(), endpoint = admitted.endpoint().name, "a handler panicked");
                axum::response::IntoResponse::into_response(Refusal(Rejection::Internal))
            }
        };
        response::told(response, &admitted, &self.state)
    }
}

/// The handler of every service row: a row without one does not compile.
fn method_router(row: &Endpoint, handler: Handler) -> MethodRouter<Shared> {
    let method = MethodFilter::try_from(row.method.clone()).unwrap_or(MethodFilter::GET);
    match handler {
        Handler::Chat => on(method, chat::create),
        Handler::ListMessages => on(method, messages::list),
        Handler::ResetMessages => on(method, messages::reset),
        Handler::ListConversations => on(method, conversations::list),
        Handler::QueryKnowledge => on(method, knowledge::query),
        Handler::WidgetChat => on(method, widget::chat),
        Handler::WidgetHistory => on(method, widget::history),
        Handler::WidgetReset => on(method, widget::reset),
        Handler::WidgetConfig => on(method, widget::config::show),
        Handler::WidgetSession => on(method, widget::session::create),
        Handler::WidgetChallenge => on(method, widget::session::challenge),
        Handler::Login => on(method, auth::login),
        Handler::Refresh => on(method, auth::refresh),
        Handler::Logout => on(method, auth::logout),
        Handler::Me => on(method, auth::me),
        Handler::UiLink => on(method, auth::ui_link::create),
        Handler::ListSessions => on(method, auth::sessions::list),
        Handler::EndSessions => on(method, auth::sessions::end_all),
        Handler::EndSession => on(method, auth::sessions::end),
        Handler::ListMembers => on(method, members::list),
        Handler::AddMember => on(method, members::add),
        Handler::RemoveMember => on(method, members::remove),
        Handler::KeySet => on(method, auth::keys::show),
        Handler::ListKeys => on(method, keys::list),
        Handler::CreateKey => on(method, keys::create),
        Handler::ShowKey => on(method, keys::show),
        Handler::ChangeKey => on(method, keys::change),
        Handler::RotateKey => on(method, keys::life::rotate),
        Handler::RevokeKey => on(method, keys::life::revoke),
        Handler::ShowKeyLimits => on(method, keys::limits::show),
        Handler::ShowSnippet => on(method, keys::snippet::show),
        Handler::PreviewOrigins => on(method, keys::preview::show),
        Handler::ListWorkspaces => on(method, workspaces::list),
        Handler::CreateWorkspace => on(method, workspaces::create),
        Handler::ShowWorkspace => on(method, workspaces::show),
        Handler::ChangeWorkspace => on(method, workspaces::change),
        Handler::RemoveWorkspace => on(method, workspaces::remove),
        Handler::SyncWorkspace => on(method, workspaces::sync),
        Handler::ShowIdentity => on(method, identity::show),
        Handler::PutIdentity => on(method, identity::put),
        Handler::RotateIdentitySecret => on(method, identity::rotate),
        Handler::RevokeVisitorTokens => on(method, identity::revoke_tokens),
        Handler::ShowUsage => on(method, usage::show),
        Handler::ShowKeyUsage => on(method, usage::of_key),
        Handler::ListAudit => on(method, audit::list),
        Handler::ShowStore => on(method, store::show),
        Handler::PutStore => on(method, store::put),
        Handler::DeleteStore => on(method, store::delete),
        Handler::CheckStore => on(method, store::check),
        Handler::StartSync => on(method, catalog::start),
        Handler::ListSyncRuns => on(method, catalog::list),
        Handler::ShowSyncRun => on(method, catalog::show),
        Handler::CancelSyncRun => on(method, catalog::cancel),
        Handler::Health => on(method, health::show),
        Handler::OpenApi => on(method, health::openapi),
        Handler::Docs => on(method, health::docs),
        Handler::DocsAsset => on(method, health::docs_asset),
        Handler::DocsError => on(method, health::docs_error),
        Handler::Demo => on(method, health::demo),
        Handler::DemoAsset => on(method, health::demo_asset),
    }
}
