//! One question, for `--ask`: whether AnythingLLM really finds passages and answers. It costs tokens and stays in
//! AnythingLLM's history, so it is asked only of those who want it.

use super::report::Report;
use crate::anythingllm::{ChatCall, ChatEvent, Client, OnBehalf, Search, UpstreamError, Usage};
use crate::domain::clock::Ambient;
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::RequestId;
use crate::domain::workspace::{ChatMode, Workspace};
use crate::telemetry::RequestFacts;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PART: &str = "question";
/// A model that has to be loaded first takes as long.
const PATIENCE: Duration = Duration::from_secs(120);
const QUESTION: &str = "Answer with the single word: ready";

/// Asks a workspace of ours, by its slug.
pub(super) async fn ask(client: &Client, ours: &[Workspace], slug: &str, ambient: &Ambient, report: &mut Report) {
    let Some(workspace) = ours.iter().find(|workspace| workspace.slug == slug) else {
        return report.fail(PART, format!("there is no workspace `{slug}`"), "see `vestibule workspaces list`");
    };
    let (facts, request_id) = (Arc::new(RequestFacts::default()), RequestId::accept(None, ambient));
    let on_behalf = OnBehalf { request_id: &request_id, facts: &facts };
    let began = Instant::now();
    let search = Search { query: QUESTION, top_n: Some(1), score_threshold: Some(0.0) };
    match client.search(&workspace.upstream_slug, search, on_behalf).await {
        Ok(found) if found.is_empty() => {
            report.warn(
                PART,
                format!("`{slug}` holds no documents"),
                "upload some in AnythingLLM, or sync a catalogue",
            );
        }
        Ok(_) => report.ok(PART, format!("a question was embedded in {} ms", began.elapsed().as_millis())),
        Err(error) => {
            let mend = "see AnythingLLM's log: Settings > Embedder Preference";
            report.fail(PART, format!("a question cannot be embedded: {error}"), mend);
        }
    }
    let began = Instant::now();
    match answer(client, workspace, ambient, on_behalf).await {
        Ok(usage) => {
            let tokens = usage.total_tokens.map_or_else(|| "unknown".to_owned(), |tokens| tokens.to_string());
            let model = usage.model.unwrap_or_else(|| "a model".to_owned());
            report.ok(PART, format!("{model} answered in {} ms; tokens: {tokens}", began.elapsed().as_millis()));
        }
        Err(error) => {
            let mend = "see AnythingLLM's log: Settings > LLM Preference";
            report.fail(PART, format!("a question is not answered: {error}"), mend);
        }
    }
}

async fn answer(
    client: &Client,
    workspace: &Workspace,
    ambient: &Ambient,
    on_behalf: OnBehalf<'_>,
) -> Result<Usage, UpstreamError> {
    let session = UpstreamSession::new(&format!("doctor-{}", ambient.uuid()));
    // Not query mode, in which no model is asked where nothing is found.
    let call = ChatCall { message: QUESTION, mode: ChatMode::Chat, session: &session, within: PATIENCE };
    let mut stream = client.stream_chat(&workspace.upstream_slug, call, on_behalf).await?;
    while let Some(event) = stream.next().await {
        if let ChatEvent::Done(usage) = event? {
            return Ok(usage);
        }
    }
    Err(UpstreamError::Timeout("the answer did not end"))
}
