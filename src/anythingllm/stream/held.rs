//! Answers whose text waits until it is known what they rest on.
//!
//! AnythingLLM tells the sources of an answer after its text. In query mode an answer may rest on passages that have
//! nothing to do with the question ([`crate::anythingllm::relevance`]); it is then replaced by the workspace's refusal,
//! which needs text that has not gone out yet.

use super::ChatStream;
use futures_util::future::BoxFuture;
use std::fmt;
use std::task::{Context, Poll};

/// What query mode says in AnythingLLM where the workspace says nothing else (`chat/stream_query_refusal`).
pub const REFUSAL: &str = "There is no relevant information in this workspace to answer your query.";

/// Whether text goes out before the sources are known.
pub(super) enum Hold {
    /// It does.
    Open,
    /// It does if this says no; it is asked beside the answer, which takes longer as a rule.
    Asking(BoxFuture<'static, bool>),
    /// It does not.
    Held,
}

impl Hold {
    /// Whether text waits for now.
    pub(super) fn poll_holds(&mut self, cx: &mut Context<'_>) -> bool {
        if let Self::Asking(suspicious) = self
            && let Poll::Ready(suspicious) = suspicious.as_mut().poll(cx)
        {
            *self = if suspicious { Self::Held } else { Self::Open };
        }
        !self.is_open()
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Asking(_) => "Asking",
            Self::Held => "Held",
        })
    }
}

impl ChatStream {
    /// With what it says in query mode where nothing has to do with the question.
    #[must_use]
    pub fn refusing(mut self, refusal: String) -> Self {
        self.refusal = refusal;
        self
    }

    /// The same stream; nothing of it goes out before its sources are known.
    #[must_use]
    pub fn held(mut self) -> Self {
        self.hold = Hold::Held;
        self
    }

    /// Likewise, if `suspicious` says so. Until it says anything text waits, too.
    #[must_use]
    pub fn held_if(mut self, suspicious: impl Future<Output = bool> + Send + 'static) -> Self {
        self.hold = Hold::Asking(Box::pin(suspicious));
        self
    }
}
