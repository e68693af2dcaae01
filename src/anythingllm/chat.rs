//! Starting a chat. One call for all of them: JSON clients, SSE clients and the widget are renderings of its stream,
//! because only streams are aborted when the client leaves and only streams carry usage.

use crate::anythingllm::client::{Ask, Client, OnBehalf};
use crate::anythingllm::error::UpstreamError;
use crate::anythingllm::stream::ChatStream;
use crate::anythingllm::wire::ChatRequest;
use crate::domain::conversation::UpstreamSession;
use crate::domain::workspace::ChatMode;
use crate::telemetry::spans::ChatSpan;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub struct ChatCall<'a> {
    /// What is asked, already defused: AnythingLLM acts on a leading `@agent` and expands slash commands.
    pub message: &'a str,
    /// Always sent: without it the workspace's own mode applies, which may run agents (`chat/stream_automatic_mode`).
    pub mode: ChatMode,
    /// Always sent: chats without a session share one history.
    pub session: &'a UpstreamSession,
    /// The stream is ended after this long.
    pub within: Duration,
}

impl Client {
    /// Asks `workspace` (its name in AnythingLLM). Returns with the head of the answer, which comes before any model is
    /// called; what goes wrong later is in the stream. Dropping the stream stops the generation.
    ///
    /// # Errors
    /// What goes wrong before the head: no connection, no such workspace, a bad key.
    pub async fn stream_chat(
        &self,
        workspace: &str,
        call: ChatCall<'_>,
        request: OnBehalf<'_>,
    ) -> Result<ChatStream, UpstreamError> {
        let body = ChatRequest { message: call.message, mode: call.mode.as_str(), session_id: call.session.expose() };
        let ask = Ask::post(Ask::workspace_path(workspace, "/stream-chat"), &body)?.on_behalf(request);
        let chat = ChatSpan::begin();
        let (answer, turn) = chat.around(self.stream(ask)).await.inspect_err(|error| chat.failed(error.code()))?;
        let running = Some((answer, turn));
        let stream = ChatStream::new(running, call.mode, self.limits(), call.within, Arc::clone(request.facts));
        Ok(stream.within(chat))
    }
}
