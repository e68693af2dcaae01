//! A running answer as a stream of what it means: text, sources, the end.
//!
//! AnythingLLM's frames do not say plainly when an answer is over: `close: true` comes twice, an `abort` may be
//! followed by the usage of what was generated, whole texts are repeated after their pieces, and some streams never
//! end. The rules for all that stand here and nowhere else.

mod clock;
mod course;
mod event;
mod held;
mod watched;

pub use event::{BrokenOff, ChatEvent, Usage};
pub use held::REFUSAL;

use crate::anythingllm::client::Limits;
use crate::anythingllm::connections::{Body, Broken};
use crate::anythingllm::deadline::Deadline;
use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::frames::{Frame, FrameParser, Metrics};
use crate::anythingllm::reasoning::{Kind, ReasoningSplitter};
use crate::anythingllm::turns::Turn;
use crate::domain::usage::TokenUsage;
use crate::domain::workspace::ChatMode;
use crate::telemetry::RequestFacts;
use crate::telemetry::spans::ChatSpan;
use clock::Clock;
use held::Hold;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;
use watched::Watch;

/// Once its text is complete or has failed, AnythingLLM gets this long to add its usage, and after that to end the
/// stream. A stream over a daily quota never ends (`chat/ui_stream_chat_limited_over_330s`).
const SETTLE: Duration = Duration::from_secs(2);

/// Of the beginning of an answer so many bytes are remembered, about.
const BEGINNING: usize = 64;

/// A running answer. Dropping it closes the connection, and AnythingLLM then stops the generation.
#[derive(Debug)]
pub struct ChatStream {
    /// None for an answer that is given again.
    body: Option<Body>,
    /// AnythingLLM is busy with it until its stream is over.
    turn: Option<Turn>,
    parser: FrameParser,
    splitter: ReasoningSplitter,
    /// Frames of the bytes just read; empty between reads, kept for its memory.
    frames: Vec<Frame>,
    /// Pieces of the frame just read; likewise.
    pieces: Vec<(Kind, String)>,
    ready: VecDeque<ChatEvent>,
    state: State,
    course: Course,
    clock: Clock,
    facts: Arc<RequestFacts>,
    watch: Option<Watch>,
    hold: Hold,
    refusal: String,
    /// Text has gone out.
    told: bool,
    span: ChatSpan,
}

/// What the frames so far amount to.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Course {
    mode: ChatMode,
    /// Pieces of text so far: a stand-in for tokens when AnythingLLM reports none.
    pieces: u32,
    beginning: String,
    chat_id: Option<i64>,
    /// Whoever reads the stream finds out what it took when AnythingLLM does not say.
    counted_elsewhere: bool,
    /// Reasoning comes before the answer only, so from now on nothing need be split.
    answering: bool,
    /// Nothing more of the text will come.
    closed: bool,
    /// `Done` was said.
    done: bool,
    failed: Option<Said>,
}

#[derive(Debug)]
enum State {
    Reading,
    /// The body is over or must not be read any further; with the error that has not been told yet.
    Ended(Option<UpstreamError>),
}

impl ChatStream {
    /// Without a body it is over.
    pub(super) fn new(
        running: Option<(Body, Turn)>,
        mode: ChatMode,
        limits: Limits,
        within: Duration,
        facts: Arc<RequestFacts>,
    ) -> Self {
        let started = Instant::now();
        let end = started + within;
        let (body, turn) = running.unzip();
        Self {
            body,
            turn,
            parser: FrameParser::new(limits.frame),
            splitter: ReasoningSplitter::default(),
            frames: Vec::new(),
            pieces: Vec::new(),
            ready: VecDeque::new(),
            state: State::Reading,
            course: Course {
                mode,
                pieces: 0,
                beginning: String::new(),
                chat_id: None,
                counted_elsewhere: false,
                answering: false,
                closed: false,
                done: false,
                failed: None,
            },
            clock: Clock {
                started,
                end,
                idle: limits.stream_idle,
                deadline: Deadline::new(end.min(started + limits.stream_idle)),
                waiting_since: None,
            },
            facts,
            watch: None,
            hold: Hold::Open,
            refusal: REFUSAL.to_owned(),
            told: false,
            span: ChatSpan::none(),
        }
    }

    /// The same, which tells this span of itself.
    pub(super) fn within(mut self, span: ChatSpan) -> Self {
        self.span = span;
        self
    }

    /// The next event; `None` after the last one. After an error there is none.
    pub async fn next(&mut self) -> Option<Result<ChatEvent, UpstreamError>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// See [`Self::next`].
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatEvent, UpstreamError>>> {
        // Once for all frames that are there: what it waits for wakes this task.
        let held = self.hold.poll_holds(cx);
        loop {
            let holds = held && !self.hold.is_open();
            if let Some(event) = self.ready.pop_front_if(|_| !holds) {
                self.told |= matches!(event, ChatEvent::Delta { .. });
                if let Some(Watch(watch)) = &mut self.watch {
                    watch(&event);
                }
                return Poll::Ready(Some(Ok(event)));
            }
            match &mut self.state {
                State::Reading => {}
                State::Ended(_) if !self.ready.is_empty() && matches!(self.hold, Hold::Asking(_)) => {
                    return Poll::Pending;
                }
                // What still waits is not told: nobody can say any more what it rests on.
                State::Ended(fault) => return Poll::Ready(fault.take().map(Err)),
            }
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            let step = match Pin::new(body).poll_frame(cx) {
                Poll::Ready(frame) => {
                    let now = self.clock.moves(&self.facts);
                    match frame {
                        Some(Ok(frame)) => frame.into_data().map_or(Ok(()), |bytes| self.read(&bytes, now)),
                        Some(Err(error)) => self.broken(&error),
                        None => self.ended(),
                    }
                }
                Poll::Pending => match self.clock.deadline.poll_reached(cx) {
                    Poll::Ready(()) => {
                        self.clock.moves(&self.facts);
                        self.lost_patience()
                    }
                    Poll::Pending => {
                        self.clock.stands();
                        return Poll::Pending;
                    }
                },
            };
            // What came before the fault is told first.
            if let Err(fault) = step {
                self.span.failed(fault.code());
                self.state = State::Ended(Some(fault));
            }
            if self.course.done && matches!(self.state, State::Reading) {
                self.state = State::Ended(None);
                self.leave(cx);
            }
        }
    }

    /// The answer is complete. AnythingLLM still writes its logs before it ends the stream; whoever reads the answer
    /// does not wait for that. The end is awaited behind its back, so that the connection and the turn are given back
    /// in order.
    fn leave(&mut self, cx: &mut Context<'_>) {
        let Some(mut body) = self.body.take() else { return };
        let turn = self.turn.take();
        // Most often it is here already.
        if matches!(Pin::new(&mut body).poll_frame(cx), Poll::Ready(None | Some(Err(_)))) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let end = async { while let Some(Ok(_)) = body.frame().await {} };
            // Out of patience, it is dropped, which closes the connection.
            let _ = tokio::time::timeout(SETTLE, end).await;
            drop(turn);
        });
    }

    fn read(&mut self, bytes: &[u8], now: Instant) -> Result<(), UpstreamError> {
        if now >= self.clock.end {
            return self.lost_patience();
        }
        let mut frames = std::mem::take(&mut self.frames);
        let parsed = self.parser.push(bytes, &mut frames);
        for frame in frames.drain(..) {
            self.take(frame);
        }
        self.frames = frames;
        // What was good before the fault has been taken, so a fault after the end does not spoil the answer.
        match parsed {
            Err(fault) if !self.course.done => Err(fault.into()),
            _ => Ok(()),
        }
    }

    /// The same stream, whose caller asks [`Self::broken_off`] at its end.
    #[must_use]
    pub fn counted_elsewhere(mut self) -> Self {
        self.course.counted_elsewhere = true;
        self
    }

    /// If the stream ends here: what was seen of an answer whose account has not come. None if it has, and if no model
    /// has been at work as far as is known.
    pub fn broken_off(&self) -> Option<BrokenOff> {
        let (pieces, beginning) = (self.course.pieces, self.course.beginning.clone());
        let may_have_begun = pieces > 0 || matches!(self.state, State::Reading) && self.course.failed.is_none();
        let is_open = self.course.counted_elsewhere && self.facts.tokens().is_none();
        (is_open && may_have_begun).then_some(BrokenOff { beginning, pieces })
    }

    /// Nothing waits any more; what does is dropped if it is not to go out.
    fn release(&mut self, dropped: bool) {
        self.hold = Hold::Open;
        if dropped {
            self.ready.clear();
        }
    }

    /// Writes down what the answer took; the first account counts.
    fn account(&self, metrics: Option<&Metrics>) {
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let reported = metrics.and_then(|m| Some((m.prompt_tokens?, m.completion_tokens?)));
        if let Some(model) = metrics.and_then(|m| m.model.as_deref()) {
            self.facts.set_model(model);
        }
        self.facts.set_tokens(match reported {
            Some((prompt, completion)) => {
                TokenUsage { prompt: small(prompt), completion: small(completion), estimated: false }
            }
            None if self.course.counted_elsewhere => return,
            None => TokenUsage { prompt: 0, completion: self.course.pieces, estimated: true },
        });
    }

    /// The bytes are over as they should be: with a terminating chunk.
    fn ended(&mut self) -> Result<(), UpstreamError> {
        self.state = State::Ended(None);
        if self.course.done {
            return Ok(());
        }
        if let Some(said) = self.course.failed.take() {
            return Err(UpstreamError::Aborted(said));
        }
        self.parser.finish()?;
        if self.course.closed && self.course.pieces > 0 {
            // Complete, though without an account.
            self.done(Vec::new(), None);
            return Ok(());
        }
        Err(UpstreamError::Reset(Said::new("the stream ended without an end of the answer")))
    }

    fn broken(&mut self, error: &Broken) -> Result<(), UpstreamError> {
        if self.course.done || self.course.failed.is_some() {
            return self.ended();
        }
        Err(UpstreamError::Reset(Said::of(error)))
    }

    fn lost_patience(&mut self) -> Result<(), UpstreamError> {
        if self.course.done || self.course.closed || self.course.failed.is_some() {
            return self.ended();
        }
        Err(UpstreamError::Timeout(if Instant::now() >= self.clock.end {
            "the answer took longer than the workspace allows"
        } else {
            "the answer stood still"
        }))
    }
}

impl Drop for ChatStream {
    /// The client has left, or the answer failed: what was generated until then is paid for all the same.
    fn drop(&mut self) {
        if let Some(since) = self.clock.waiting_since {
            self.facts.add_upstream_wait(since.elapsed());
        }
        if self.course.pieces > 0 {
            self.account(None);
        }
    }
}

#[cfg(test)]
mod tests;
