//! How a call to AnythingLLM fails. What it said goes to the log, once, at [`UpstreamError::to_rejection`]; a client
//! only ever sees the code.

use crate::anythingllm::frames::FrameError;
use crate::domain::ids::RequestId;
use crate::rejection::Rejection;
use std::fmt;
use std::time::Duration;

/// Longest piece of AnythingLLM's own words that is kept: its errors can carry whole provider answers.
const MAX_MESSAGE_CHARS: usize = 300;
/// Sooner the same crowd is still there.
const BUSY_RETRY: Duration = Duration::from_secs(2);

/// Why AnythingLLM gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    #[error("cannot connect to AnythingLLM: {0}")]
    Connect(Said),
    #[error("AnythingLLM was too slow: {0}")]
    Timeout(&'static str),
    /// Too many calls are in progress or wait; nothing was sent.
    #[error("AnythingLLM is busy: {0}")]
    Busy(&'static str),
    /// The connection broke before or in the middle of the answer (`chat/stream_server_sigkill`).
    #[error("AnythingLLM's answer broke off: {0}")]
    Reset(Said),
    /// Our API key is not valid: 403 (`auth/v1_auth_invalid`).
    #[error("AnythingLLM does not accept our API key")]
    BadKey,
    /// The workspace does not exist there. AnythingLLM has five ways of saying so: 400 with an abort object
    /// (`chat/stream_unknown_workspace`), 400 with a message (`vector-search/missing_ws`), 400 with the text
    /// `Bad Request` (`history/missing_ws`), 404, and 200 with an empty array (`workspaces/get_missing`).
    #[error("AnythingLLM has no such workspace")]
    NotFound,
    /// It understood the request and will not do it.
    #[error("AnythingLLM refused: {0}")]
    Refused(Said),
    /// The answer was given up: an `abort` frame, mostly the model's provider failing (`chat/stream_llm_error500`).
    #[error("AnythingLLM aborted the answer: {0}")]
    Aborted(Said),
    /// A server error, of AnythingLLM or of a proxy before it.
    #[error("AnythingLLM failed with status {status}: {said}")]
    Failed {
        /// HTTP status.
        status: u16,
        said: Said,
    },
    /// An answer of a shape that is not AnythingLLM's; a web page with status 200 means that the path is unknown there.
    #[error("AnythingLLM answered unexpectedly: {0}")]
    Contract(Said),
    /// An answer beyond `upstream.max_body_bytes` or a frame beyond `upstream.max_frame_bytes`.
    #[error("AnythingLLM's answer is larger than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: usize,
    },
}

/// Words of AnythingLLM or of the network stack: cut to a loggable length and free of control characters, so that they
/// cannot forge log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said(String);

impl Said {
    /// Cuts and cleans `words`.
    pub fn new(words: &str) -> Self {
        Self(words.chars().take(MAX_MESSAGE_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect())
    }

    /// An error with its causes, outermost first.
    pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words.push_str(": ");
            words.push_str(&error.to_string());
            cause = error.source();
        }
        Self::new(&words)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl UpstreamError {
    /// An answer that does not mean what it should.
    pub fn contract(words: &str) -> Self {
        Self::Contract(Said::new(words))
    }

    /// Whether it may be over in a moment, and an answer from before may stand in for it: AnythingLLM is away, slow or
    /// failing, but there is nothing to be mended here.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::Timeout(_) | Self::Reset(_) | Self::Aborted(_) | Self::Failed { .. })
    }

    /// What the client is told. Logs the cause, so call it once per failure.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        let rejection = self.rejection();
        match self {
            Self::BadKey => {
                tracing::error!(%request_id, "AnythingLLM refuses our API key and nothing works until that is mended: run `vestibule bootstrap`, or correct `upstream.api_key`");
            }
            Self::NotFound => {
                tracing::error!(%request_id, "a workspace of ours does not exist in AnythingLLM any more");
            }
            Self::Contract(_) | Self::TooLarge { .. } => {
                tracing::error!(%request_id, error = %self, "AnythingLLM is not what `upstream.url` should name, or has changed");
            }
            // One line for each would be a flood of its own; the metrics say how many.
            Self::Busy(_) => tracing::debug!(%request_id, error = %self, "a call got no turn"),
            Self::Connect(_)
            | Self::Timeout(_)
            | Self::Reset(_)
            | Self::Refused(_)
            | Self::Aborted(_)
            | Self::Failed { .. } => {
                tracing::warn!(%request_id, error = %self, code = rejection.code(), "AnythingLLM did not answer");
            }
        }
        rejection
    }

    /// The word for it, of a closed list.
    pub(super) fn code(&self) -> &'static str {
        self.rejection().code()
    }

    /// What the client is told, without a word in the log.
    pub fn rejection(&self) -> Rejection {
        match self {
            Self::Connect(_) => Rejection::UpstreamUnavailable,
            Self::Timeout(_) => Rejection::UpstreamTimeout,
            Self::Busy(_) => Rejection::ServiceUnavailable { retry_after: BUSY_RETRY },
            // A workspace that was deleted behind our back is a fault of the installation, not of the caller: 404 would
            // tell the caller to look for a typo.
            Self::Reset(_)
            | Self::BadKey
            | Self::NotFound
            | Self::Refused(_)
            | Self::Aborted(_)
            | Self::Failed { .. } => Rejection::UpstreamError,
            Self::Contract(_) | Self::TooLarge { .. } => Rejection::UpstreamContract,
        }
    }
}

impl From<FrameError> for UpstreamError {
    fn from(fault: FrameError) -> Self {
        match fault {
            FrameError::TooLarge { limit } => Self::TooLarge { limit },
            FrameError::Truncated => Self::Reset(Said::of(&fault)),
            FrameError::NotJson | FrameError::NotAnObject => Self::Contract(Said::of(&fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_are_cut_and_cannot_forge_log_lines() {
        let said = Said::new(&format!("a\nb\u{1b}[31m{}", "x".repeat(1000)));
        assert!(said.0.starts_with("a b [31m"));
        assert_eq!(said.0.chars().count(), MAX_MESSAGE_CHARS);
    }

    #[test]
    fn a_refused_connection_is_told_apart_from_a_failing_answer() {
        assert_eq!(UpstreamError::Connect(Said::new("refused")).rejection(), Rejection::UpstreamUnavailable);
        assert_eq!(UpstreamError::Timeout("no head").rejection(), Rejection::UpstreamTimeout);
        assert_eq!(UpstreamError::Busy("full").rejection().code(), "service_unavailable");
        assert_eq!(UpstreamError::Aborted(Said::new("500")).rejection(), Rejection::UpstreamError);
        assert_eq!(UpstreamError::TooLarge { limit: 1 }.rejection(), Rejection::UpstreamContract);
    }
}
