//! Everything that Vestibule answers itself: one function for each service row of the endpoint table, which says what
//! it takes, answers and refuses in the OpenAPI document.
//!
//! Handlers get their right to answer from the gate, as an extractor that fails closed; they never read credentials,
//! origins or addresses. Answers are built field by field from typed structs. The only module that names axum.

mod admitted;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod bot_directory;
pub(crate) mod catalog;
pub(crate) mod chat;
pub(crate) mod console;
pub(crate) mod conversations;
pub(crate) mod csv;
mod dispatch;
pub(crate) mod documents;
pub(crate) mod feedback;
mod fixed;
pub(crate) mod generated;
pub(crate) mod health;
pub(crate) mod identity;
mod json;
pub(crate) mod keys;
pub(crate) mod knowledge;
pub(crate) mod mcp;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod openai;
pub mod openapi;
mod page;
mod pages;
mod power;
mod precondition;
pub(crate) mod privacy;
mod query;
mod refusals;
mod relied_on;
pub(crate) mod removal;
mod response;
pub(crate) mod store;
pub(crate) mod transcripts;
pub(crate) mod usage;
mod views;
pub(crate) mod webhooks;
pub(crate) mod widget;
pub(crate) mod workspaces;

use crate::anythingllm::Client;
use crate::api::dispatch::Dispatch;
use crate::api::response::Refusal;
use crate::cache::{FirstAnswers, KnowledgeCache, ManagedWorkspaceDirectory};
use crate::catalog::CatalogService;
use crate::catalog::removals::Removals;
use crate::config;
use crate::conversations::Conversations;
use crate::domain::clock::Ambient;
use crate::gate::{Admitted, Rates, Reach};
use crate::idempotency::Idempotency;
use crate::keys::KeyService;
use crate::limits::Limiter;
use crate::people::{ConsoleSessions, Sessions};
use crate::privacy::Erasures;
use crate::rejection::Rejection;
use crate::reports::{Costs, Reports, SystemReports};
use crate::storage::{Database, UsageRecorder};
use crate::store::StoreService;
use crate::telemetry::metrics::Metrics;
use crate::transcripts::Transcripts;
use crate::unfinished::UnfinishedAnswers;
use crate::visitors::Visitors;
use crate::webhooks::WebhookService;
use crate::workspaces::WorkspaceService;
use bytes::Bytes;
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

pub use axum::body::Body as ApiBody;
pub use bot_directory::BotDirectory;

/// What handlers work with.
#[derive(Debug)]
pub struct ApiState {
    /// The AnythingLLM behind us.
    pub client: Client,
    /// Which workspace a request is about.
    pub reach: Reach,
    /// Beginning conversations and reading them back.
    pub conversations: Conversations,
    /// What shoppers asked, for those who run the shop.
    pub transcripts: Transcripts,
    /// Erasing what was said.
    pub erasures: Erasures,
    /// Which requests with an `Idempotency-Key` were answered.
    pub idempotency: Idempotency,
    /// People's logins, and where they can work.
    pub sessions: Arc<Sessions>,
    /// The same, held by a browser in a cookie.
    pub console_sessions: Arc<ConsoleSessions>,
    /// Making and changing keys.
    pub keys: KeyService,
    /// For what is left of a key's limits.
    pub limiter: Arc<dyn Limiter>,
    /// The tokens of an answer at most, where the operator says so.
    pub longest_completion: Option<u64>,
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
    /// Answers to first questions, likewise.
    pub first_answers: Arc<FirstAnswers>,
    /// Connections to shops.
    pub stores: StoreService,
    /// What is told to addresses of workspaces.
    pub webhooks: WebhookService,
    /// Where messages of conversations are counted.
    pub usage: UsageRecorder,
    /// What answers took that broke off.
    pub unfinished: UnfinishedAnswers,
    /// The public keys of signed requests to shops; none where they are not signed.
    pub bot_directory: Option<BotDirectory>,
    /// Syncs of catalogues.
    pub catalog: CatalogService,
    /// Removals of whole catalogues.
    pub removals: Removals,
    /// What is told of what happened.
    pub reports: Reports,
    /// Usage in money.
    pub costs: Costs,
    /// How the parts of the installation are.
    pub system: SystemReports,
    /// Where failures of AnythingLLM are counted.
    pub metrics: Arc<Metrics>,
    /// What is asked whether every replica has followed a change.
    pub database: Database,
    /// Time and randomness.
    pub ambient: Ambient,
    /// `[chat]`
    pub chat: config::Chat,
    /// `[usage]`
    pub usage_settings: config::Usage,
    /// `[webhooks]`
    pub webhook_settings: config::Webhooks,
    /// `[demo]`
    pub demo: config::Demo,
    /// `[security_txt]`
    pub security_txt: config::SecurityTxt,
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
    dispatch: Dispatch,
    state: Shared,
}

impl Api {
    /// With what handlers work with.
    pub fn new(state: ApiState) -> Self {
        Self { dispatch: Dispatch::new(), state: Arc::new(state) }
    }

    /// Answers an admitted request. Dropping the future, or the answer's body, drops everything it holds upstream.
    ///
    /// A panic in a handler becomes `internal`: the connection carries other requests, and the client gets an id to
    /// report.
    pub async fn call(&self, request: http::Request<Bytes>, admitted: Arc<Admitted>) -> http::Response<ApiBody> {
        let mut request = request.map(ApiBody::from);
        request.extensions_mut().insert(Arc::clone(&admitted));
        let answer = self.dispatch.answer(admitted.endpoint(), request, Arc::clone(&self.state));
        let response = AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
            let endpoint = admitted.endpoint().name;
            tracing::error!(request_id = %admitted.request_id(), endpoint, "a handler panicked");
            axum::response::IntoResponse::into_response(Refusal(Rejection::Internal))
        });
        if is_done(&response) && relied_on::is_relied_on(admitted.endpoint()) {
            // Boxed, so that those who only ask do not carry it along.
            Box::pin(self.state.database.followed(&self.state.ambient)).await;
        }
        console::renewed(response::told(response, &admitted, &self.state), &admitted)
    }
}

/// Whether what was asked for was done; the console then leads on to a page.
fn is_done(response: &http::Response<ApiBody>) -> bool {
    response.status().is_success() || response.status() == http::StatusCode::SEE_OTHER
}

#[cfg(test)]
mod sizes;
