//! Answers that are kept: watched while they come, so that they can be, and given again.

use super::{ChatEvent, ChatStream, State};
use crate::anythingllm::client::Limits;
use crate::domain::workspace::ChatMode;
use crate::telemetry::RequestFacts;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Whoever wants to see each event before the client does.
pub(super) struct Watch(pub(super) Box<dyn FnMut(&ChatEvent) + Send>);

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch(..)")
    }
}

impl ChatStream {
    /// An answer that was kept: these events, all at once.
    pub fn given_again(events: Vec<ChatEvent>, facts: Arc<RequestFacts>) -> Self {
        let limits = Limits { response: Duration::ZERO, stream_idle: Duration::ZERO, frame: 0, body: 0 };
        let mut stream = Self::new(None, ChatMode::Query, limits, Duration::ZERO, facts);
        (stream.ready, stream.state) = (events.into(), State::Ended(None));
        stream
    }

    /// The same stream; `watch` sees each event before it is handed out.
    #[must_use]
    pub fn watched(mut self, watch: impl FnMut(&ChatEvent) + Send + 'static) -> Self {
        self.watch = Some(Watch(Box::new(watch)));
        self
    }
}
