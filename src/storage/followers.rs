//! Whether this replica hears of changes, and what others say to it: that they have followed a change (see `followed`).

use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

/// Who listens, as PostgreSQL is told once it does.
pub(super) const LISTENING: &str = "vestibule-listening";

/// Whether changes are being heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenState {
    Down,
    /// Connected, and what is told does not come back: something between here and PostgreSQL gives connections to
    /// several clients in turn.
    Unheard,
    /// Connected, what is told comes back, and the consumer has dealt with [`super::Heard::Connected`].
    Up,
}

/// What replicas say to this one.
#[derive(Debug)]
pub(super) struct Followers {
    pub(super) waiting: Mutex<HashMap<Uuid, mpsc::UnboundedSender<i32>>>,
    /// Backends of replicas that did not answer.
    pub(super) silent: Mutex<HashSet<i32>>,
    /// The channel that this replica is told on, while it hears.
    pub(super) hearing: watch::Sender<Option<Arc<str>>>,
    /// Whether this replica hears of changes.
    pub(super) listens: watch::Sender<ListenState>,
}

impl Default for Followers {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            silent: Mutex::default(),
            hearing: watch::Sender::new(None),
            listens: watch::Sender::new(ListenState::Down),
        }
    }
}

/// As replicas write it.
#[derive(Deserialize)]
struct Followed {
    inquiry: Uuid,
    by: i32,
}

impl Followers {
    /// This replica hears, and is told on this channel; or hears nothing any more.
    pub(super) fn hears(&self, channel: Option<Arc<str>>) {
        self.hearing.send_replace(channel);
    }

    /// A replica has answered. What nobody waits for any more is a sign of life all the same.
    pub(super) fn told(&self, payload: &str) {
        let Ok(Followed { inquiry, by }) = serde_json::from_str(payload) else { return };
        self.silent.lock().remove(&by);
        if let Some(waiting) = self.waiting.lock().get(&inquiry) {
            let _ = waiting.send(by);
        }
    }
}
