//! Sends the frames of an answer, in good or in bad manners.
//!
//! Knows frames and pauses, not where answers come from.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;

use crate::control::Control;
use crate::failure::{Failure, Stage};
use crate::newer::with_invented_fields;
use crate::reply::Reply;
use crate::wire::{Chunker, Chunking, Cut, ReplyBody, Step};

/// How an answer is sent.
#[expect(clippy::struct_excessive_bools, reason = "failures are independent of each other")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    pub(crate) first: Duration,
    pub(crate) token: Duration,
    pub(crate) abort: Option<String>,
    pub(crate) reasoning: bool,
    pub(crate) abort_then_finalize: bool,
    pub(crate) strangers: bool,
    pub(crate) oversized: bool,
    pub(crate) bad_json: bool,
    newer: bool,
    chunking: Chunking,
    cut: Option<(usize, Cut)>,
    no_finish: bool,
}

impl Manners {
    /// The manners for a request now. Uses up limited failures.
    pub(crate) fn now(control: &Control, path: &str, stream: bool) -> Self {
        let delay = control.token_delay();
        let mut manners = Self { first: delay, token: delay, ..Self::default() };
        let mut failures = control.strike(path, Stage::Answer);
        if stream {
            failures.extend(control.strike(path, Stage::Stream));
        }
        for failure in failures {
            manners.take(failure);
        }
        manners
    }

    fn take(&mut self, failure: Failure) {
        match failure {
            Failure::Slow { first_token_ms, token_ms } => {
                self.first = Duration::from_millis(first_token_ms);
                self.token = Duration::from_millis(token_ms);
            }
            Failure::AbortFrame { error } => self.abort = Some(error),
            Failure::Reasoning => self.reasoning = true,
            Failure::AbortThenFinalize => self.abort_then_finalize = true,
            Failure::UnknownFrames => self.strangers = true,
            Failure::NewerVersion => {
                self.strangers = true;
                self.newer = true;
            }
            Failure::OversizedFrame => self.oversized = true,
            Failure::BadJsonFrame => self.bad_json = true,
            Failure::Split { sizes } => self.chunking = Chunking::Lengths(sizes),
            Failure::Merge => self.chunking = Chunking::Merged(8),
            Failure::DropMidStream { after_frames } => self.cut = Some((after_frames, Cut::Close)),
            Failure::ResetMidStream { after_frames } => {
                self.cut = Some((after_frames, Cut::Reset));
            }
            Failure::NoFinish => self.no_finish = true,
            Failure::Refuse
            | Failure::Hang
            | Failure::HangAfterHead
            | Failure::Html
            | Failure::Status500
            | Failure::Status400Abort
            | Failure::EmbedderError
            | Failure::OppositeEmbedder => {}
        }
    }
}

/// Why a stream ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// The client hung up.
    Client,
    /// A failure cut the connection.
    Server,
}

/// The sending end of a stream.
pub(crate) struct Emitter {
    steps: mpsc::Sender<Step>,
    chunker: Chunker,
    frames: usize,
    cut: Option<(usize, Cut)>,
    no_finish: bool,
    newer: bool,
}

impl Emitter {
    /// Opens a stream: the reply with its head, and the end by which it is filled.
    pub(crate) fn open(control: &Control, manners: &Manners) -> (Reply, Self) {
        // One step of slack: the generator must notice soon that nobody reads.
        let (steps, receiver) = mpsc::channel(1);
        let reply = Reply::Stream {
            body: ReplyBody::steps(receiver, control.stream_guard()),
            content_type: Some("text/event-stream"),
        };
        let emitter = Self {
            steps,
            chunker: Chunker::new(manners.chunking.clone()),
            frames: 0,
            cut: manners.cut,
            no_finish: manners.no_finish,
            newer: manners.newer,
        };
        (reply, emitter)
    }

    /// Sends one frame.
    pub(crate) async fn frame(&mut self, frame: &impl Serialize) -> Result<(), Gone> {
        let json = if self.newer {
            with_invented_fields(serde_json::to_value(frame).unwrap_or_default()).to_string()
        } else {
            serde_json::to_string(frame).unwrap_or_default()
        };
        self.raw(&format!("data: {json}\n\n")).await
    }

    /// Sends the bytes of one frame as they are.
    pub(crate) async fn raw(&mut self, bytes: &str) -> Result<(), Gone> {
        self.cut_if_due().await?;
        for chunk in self.chunker.push(bytes.as_bytes()) {
            self.step(Step::Chunk(chunk)).await?;
        }
        self.frames += 1;
        self.cut_if_due().await
    }

    async fn step(&self, step: Step) -> Result<(), Gone> {
        self.steps.send(step).await.map_err(|_| Gone::Client)
    }

    async fn cut_if_due(&mut self) -> Result<(), Gone> {
        let Some((_, cut)) = self.cut.filter(|(after, _)| self.frames >= *after) else {
            return Ok(());
        };
        if let Some(rest) = self.chunker.rest() {
            self.step(Step::Chunk(rest)).await?;
        }
        self.step(Step::Cut(cut)).await?;
        // The body has to take the order before this end may go.
        self.steps.closed().await;
        Err(Gone::Server)
    }

    /// Waits, unless the client leaves.
    pub(crate) async fn pause(&self, pause: Duration) -> Result<(), Gone> {
        if pause.is_zero() {
            return Ok(());
        }
        tokio::select! {
            () = self.steps.closed() => Err(Gone::Client),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    /// Sends what is left over and ends the response.
    pub(crate) async fn end(mut self) -> Result<(), Gone> {
        if let Some(rest) = self.chunker.rest() {
            self.step(Step::Chunk(rest)).await?;
        }
        if self.no_finish {
            return self.never_end().await;
        }
        Ok(())
    }

    /// Keeps the response open until the client leaves.
    pub(crate) async fn never_end(self) -> Result<(), Gone> {
        self.steps.closed().await;
        Err(Gone::Client)
    }
}
