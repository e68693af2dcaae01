//! Response bodies and the way their bytes are cut into chunks.
//!
//! A body can also order its own connection to be closed or reset in mid-stream.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::{Notify, mpsc};

use crate::control::Guard;

/// How a connection is to be ended by force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The socket is closed: the client reads an end without terminating chunk.
    Close,
    /// The socket is reset.
    Reset,
}

/// One step of a streamed body.
#[derive(Debug)]
pub(crate) enum Step {
    /// Bytes to be sent as one chunk.
    Chunk(Bytes),
    /// The end of the connection.
    Cut(Cut),
}

/// Orders to the task that drives a connection, and what it needs to know about its requests.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// 0: none, 1: close, 2: reset.
    order: AtomicUsize,
    in_flight: AtomicUsize,
    served: AtomicUsize,
    pub(crate) changed: Notify,
}

impl Line {
    /// Asks for the connection to be ended.
    pub(crate) fn cut(&self, cut: Cut) {
        let code = match cut {
            Cut::Close => 1,
            Cut::Reset => 2,
        };
        self.order.store(code, Ordering::SeqCst);
        self.changed.notify_one();
    }

    pub(crate) fn ordered(&self) -> Option<Cut> {
        match self.order.load(Ordering::SeqCst) {
            1 => Some(Cut::Close),
            2 => Some(Cut::Reset),
            _ => None,
        }
    }

    /// Whether the connection has answered everything it was asked.
    pub(crate) fn idle(&self) -> bool {
        self.served.load(Ordering::SeqCst) > 0 && self.in_flight.load(Ordering::SeqCst) == 0
    }

    /// Marks a request as being answered until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight(Arc::clone(self))
    }
}

/// A request being answered.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Line>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.0.served.fetch_add(1, Ordering::SeqCst);
        self.0.changed.notify_one();
    }
}

enum Kind {
    Full(Option<Bytes>),
    Steps(mpsc::Receiver<Step>),
    /// Never yields anything.
    Silent,
}

/// The body of a response.
pub(crate) struct ReplyBody {
    kind: Kind,
    /// The request it answers, and through it the connection.
    request: Option<InFlight>,
    _stream: Option<Guard>,
}

impl ReplyBody {
    fn of(kind: Kind) -> Self {
        Self { kind, request: None, _stream: None }
    }

    pub(crate) fn full(bytes: Bytes) -> Self {
        Self::of(Kind::Full((!bytes.is_empty()).then_some(bytes)))
    }

    pub(crate) fn silent() -> Self {
        Self::of(Kind::Silent)
    }

    pub(crate) fn steps(steps: mpsc::Receiver<Step>, stream: Guard) -> Self {
        Self { _stream: Some(stream), ..Self::of(Kind::Steps(steps)) }
    }

    /// Ties the body to the request it answers.
    pub(crate) fn answering(mut self, request: InFlight) -> Self {
        self.request = Some(request);
        self
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let step = match &mut self.kind {
            Kind::Full(bytes) => return Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Kind::Silent => return Poll::Pending,
            Kind::Steps(steps) => match steps.poll_recv(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(step)) => step,
            },
        };
        match step {
            Step::Chunk(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Step::Cut(cut) => {
                self.kind = Kind::Silent;
                if let Some(InFlight(line)) = &self.request {
                    line.cut(cut);
                }
                // Pending, so that what came before is flushed before the connection goes.
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.kind, Kind::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Kind::Steps(_) | Kind::Silent => SizeHint::default(),
        }
    }
}

/// How the frames of a stream become chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chunking {
    /// One frame, one chunk.
    #[default]
    PerFrame,
    /// Several frames in each chunk.
    Merged(usize),
    /// Chunks of the given lengths in turn, wherever that cuts.
    Lengths(Vec<usize>),
}

/// Turns frames into chunks.
#[derive(Debug)]
pub(crate) struct Chunker {
    chunking: Chunking,
    buffer: BytesMut,
    frames: usize,
    turn: usize,
}

impl Chunker {
    pub(crate) fn new(chunking: Chunking) -> Self {
        let chunking = match chunking {
            Chunking::Lengths(lengths) => {
                let lengths: Vec<usize> = lengths.into_iter().filter(|len| *len > 0).collect();
                if lengths.is_empty() { Chunking::PerFrame } else { Chunking::Lengths(lengths) }
            }
            other => other,
        };
        Self { chunking, buffer: BytesMut::new(), frames: 0, turn: 0 }
    }

    /// Takes a frame and gives the chunks that are complete.
    pub(crate) fn push(&mut self, frame: &[u8]) -> VecDeque<Bytes> {
        let mut chunks = VecDeque::new();
        self.buffer.extend_from_slice(frame);
        self.frames += 1;
        match &self.chunking {
            Chunking::PerFrame => chunks.push_back(self.buffer.split().freeze()),
            Chunking::Merged(count) => {
                if self.frames.is_multiple_of(*count.max(&1)) {
                    chunks.push_back(self.buffer.split().freeze());
                }
            }
            Chunking::Lengths(lengths) => {
                while self.buffer.len() >= lengths[self.turn % lengths.len()] {
                    let length = lengths[self.turn % lengths.len()];
                    chunks.push_back(self.buffer.split_to(length).freeze());
                    self.turn += 1;
                }
            }
        }
        chunks
    }

    /// What is left over.
    pub(crate) fn rest(&mut self) -> Option<Bytes> {
        (!self.buffer.is_empty()).then(|| self.buffer.split().freeze())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn chunks_hold_every_byte_in_order(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 0..20),
            lengths in prop::collection::vec(0usize..40, 0..6),
            merged in 0usize..5,
        ) {
            for chunking in [Chunking::PerFrame, Chunking::Merged(merged), Chunking::Lengths(lengths.clone())] {
                let mut chunker = Chunker::new(chunking);
                let mut out = Vec::new();
                for frame in &frames {
                    for chunk in chunker.push(frame) {
                        prop_assert!(!chunk.is_empty());
                        out.extend_from_slice(&chunk);
                    }
                }
                out.extend(chunker.rest().into_iter().flatten());
                prop_assert_eq!(out, frames.concat());
            }
        }
    }

    #[test]
    fn lengths_are_taken_in_turn_across_frames() {
        let mut chunker = Chunker::new(Chunking::Lengths(vec![1, 4]));
        let chunks: Vec<Bytes> = ["abc", "defg"].iter().flat_map(|frame| chunker.push(frame.as_bytes())).collect();
        assert_eq!(chunks, ["a", "bcde", "f"]);
        assert_eq!(chunker.rest().as_deref(), Some(b"g".as_slice()));
    }
}
