//! The ways in which the stand-in can misbehave on request.
//!
//! Only the vocabulary: what each failure does to a request is decided where it strikes.

use serde::{Deserialize, Serialize};

/// One way to misbehave.
///
/// In JSON a failure without settings is its name (`"hang"`), one with settings is an object
/// (`{"drop_mid_stream": {"after_frames": 3}}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Takes the request and resets the connection. A port that refuses needs `StandIn::stop`.
    Refuse,
    /// Reads the request and never answers.
    Hang,
    /// Sends status and headers, then nothing.
    HangAfterHead,
    /// Closes the connection in the middle of a stream, without the terminating chunk.
    DropMidStream {
        /// Frames delivered before the close.
        after_frames: usize,
    },
    /// Resets the connection in the middle of a stream.
    ResetMidStream {
        /// Frames delivered before the reset.
        after_frames: usize,
    },
    /// Sends every frame but never ends the response.
    NoFinish,
    /// Answers, but slowly. Applies to streams and to plain chat answers.
    Slow {
        /// Silence before the first token.
        first_token_ms: u64,
        /// Pause before each further token.
        token_ms: u64,
    },
    /// Cuts the bytes of a stream anywhere: chunk lengths are taken from the list in turn.
    Split {
        /// Chunk lengths in bytes; zeros are ignored.
        sizes: Vec<usize>,
    },
    /// Puts several frames into each chunk of a stream.
    Merge,
    /// Answers API requests with the web page of the UI and status 200.
    Html,
    /// Answers with a bare `Internal Server Error`.
    #[serde(rename = "status_500")]
    Status500,
    /// Answers with status 400 and an abort object.
    #[serde(rename = "status_400_abort")]
    Status400Abort,
    /// The stream consists of one abort frame; a plain chat answer is a 500 with that error.
    AbortFrame {
        /// Text of the error.
        error: String,
    },
    /// A few tokens, then an abort frame, then the closing frame with the partial answer's id.
    AbortThenFinalize,
    /// Strews frame types into the stream which a client cannot know.
    UnknownFrames,
    /// The answer starts with a `<think>` section.
    Reasoning,
    /// One frame of three megabytes in the middle of the stream.
    OversizedFrame,
    /// One frame in the middle of the stream is not JSON.
    BadJsonFrame,
    /// A version to come: invented fields in every JSON answer and frame, and frames of invented types. No failure, and
    /// nobody should notice.
    NewerVersion,
    /// The embedding provider fails: searches and chats over documents break.
    EmbedderError,
    /// The embedder puts questions further than a right angle away from every passage: upstream finds each of them,
    /// with a score of 1.
    OppositeEmbedder,
}

/// At which point of a request a failure strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before the request is routed.
    Request,
    /// While a query is embedded.
    Search,
    /// While an answer is generated, streamed or not.
    Answer,
    /// While frames are sent.
    Stream,
    /// Once an answer is complete.
    Reply,
}

impl Failure {
    /// Whether this failure strikes there.
    pub(crate) fn strikes_at(&self, stage: Stage) -> bool {
        // The only one with two places.
        self.stage() == stage || (*self == Self::NewerVersion && stage == Stage::Stream)
    }

    fn stage(&self) -> Stage {
        match self {
            Self::NewerVersion => Stage::Reply,
            Self::Refuse | Self::Hang | Self::HangAfterHead | Self::Html | Self::Status500 | Self::Status400Abort => {
                Stage::Request
            }
            Self::EmbedderError | Self::OppositeEmbedder => Stage::Search,
            Self::Slow { .. } | Self::AbortFrame { .. } | Self::Reasoning => Stage::Answer,
            Self::DropMidStream { .. }
            | Self::ResetMidStream { .. }
            | Self::NoFinish
            | Self::Split { .. }
            | Self::Merge
            | Self::AbortThenFinalize
            | Self::UnknownFrames
            | Self::OversizedFrame
            | Self::BadJsonFrame => Stage::Stream,
        }
    }
}

/// A failure together with where and how often it strikes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) failure: Failure,
    /// Only requests whose path starts with this, letter case ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path_prefix: Option<String>,
    /// How often it still strikes; without it, until healed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u32>,
}

impl Rule {
    /// Whether this rule strikes a request for `path` at `stage`.
    pub(crate) fn strikes(&self, path: &str, stage: Stage) -> bool {
        let in_reach = self
            .path_prefix
            .as_ref()
            .is_none_or(|prefix| path.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)));
        in_reach && self.times != Some(0) && self.failure.strikes_at(stage)
    }
}
