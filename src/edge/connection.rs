//! What is known of a client connection and shared between its stream and pingora's hooks.

use crate::endpoints::Listener;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// What pingora's hooks know of the connection a request came by.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) listener: Listener,
    pub(super) tls: bool,
    phase: AtomicU8,
    cut: AtomicBool,
    /// The time in which answers may finish is up, and they are to end with a word.
    closing: CancellationToken,
    held: AtomicBool,
    malformed: AtomicBool,
    /// Each request holds its connection, over HTTP/2 in a task of its own that may outlive the connection's. Whoever
    /// waits for the connection waits for them too, and so for their records.
    _open: TaskTrackerToken,
}

/// Where an HTTP/1 connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// A head is read; anything written now is pingora's own refusal.
    Head = 0,
    Message = 1,
    /// The answer is complete; the next byte read begins a head.
    Between = 2,
    /// Not guarded: HTTP/2, whose frames have limits of their own, or a connection that will be closed.
    Opaque = 3,
}

impl Connection {
    pub(super) fn new(
        peer: SocketAddr,
        listener: Listener,
        tls: bool,
        open: TaskTrackerToken,
        closing: CancellationToken,
    ) -> Self {
        let phase = AtomicU8::new(Phase::Head as u8);
        let [cut, held, malformed] = [(); 3].map(|()| AtomicBool::new(false));
        Self { peer, listener, tls, phase, cut, closing, held, malformed, _open: open }
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Head,
            1 => Phase::Message,
            2 => Phase::Between,
            _ => Phase::Opaque,
        }
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        if self.phase() != Phase::Opaque {
            self.phase.store(phase as u8, Ordering::Relaxed);
        }
    }

    /// Our hooks have got a request.
    pub(super) fn request_begins(&self) {
        self.set_phase(Phase::Message);
    }

    /// The answer is written and the request's body was read to its end, so that the next byte is a new head.
    pub(super) fn request_ends(&self) {
        self.set_phase(Phase::Between);
    }

    /// Returns when answers must end; running ones say so to their clients.
    pub(super) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// From now on the connection is broken for whoever reads or writes it.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// What the client sends is no body any more that two readers would agree on, and nothing of it is read.
    pub(super) fn malformed(&self) {
        self.malformed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_malformed(&self) -> bool {
        self.malformed.load(Ordering::Relaxed)
    }

    /// While it is held, small writes wait although they were flushed, because what follows them is there already:
    /// pingora flushes the head of a stream and each of its chunks on their own.
    pub(super) fn hold(&self, held: bool) {
        self.held.store(held, Ordering::Relaxed);
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// The connection will not carry another request.
    pub(super) fn will_close(&self) {
        self.set_phase(Phase::Opaque);
    }
}
