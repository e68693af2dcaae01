//! Answers that all replicas keep together in Redis, sealed, and under names that tell nothing. Of all replicas that are
//! asked the same at once one asks AnythingLLM.
//!
//! Redis slow, full or away: whoever would have looked there asks AnythingLLM itself. Nobody is refused for it, nor waits
//! longer than the patience of the connection.

use super::kept::Kept;
use super::question::Question;
use crate::cache::shelf::Shelf;
use crate::crypto::RootKey;
use crate::crypto::seal::Purpose;
use crate::domain::clock::Ambient;
use crate::redis_client::{Away, Redis, Role};
use redis::Script;
use secrecy::ExposeSecret as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What the cache's Redis is there for.
pub const ROLE: Role =
    Role { name: "cache", there: "answers are kept for all replicas", away: "each replica keeps answers for itself" };

/// So long the others wait for whoever asks, and so long a replica that was killed while it asked is waited for.
const WAIT: Duration = Duration::from_secs(3);
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(80);

/// The answers of all replicas with the same Redis. Cheap to clone.
#[derive(Clone)]
pub struct SharedAnswers(Arc<Parts>);

struct Parts {
    shelf: Shelf,
    /// How long answers are kept past their time.
    stale: Duration,
    turn: Script,
    done: Script,
    ambient: Ambient,
}

impl fmt::Debug for SharedAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedAnswers").field("shelf", &self.0.shelf).finish_non_exhaustive()
    }
}

/// What there is to do about a question.
pub(super) enum Turn {
    Answered(Kept),
    /// To ask AnythingLLM, and then to say so. With what is known from before and past its time.
    Ask(Ticket, Option<Kept>),
}

impl SharedAnswers {
    pub fn new(redis: Redis, root_key: &RootKey, stale: Duration, ambient: Ambient) -> Self {
        let names = "vestibule knowledge answer name v1";
        Self(Arc::new(Parts {
            shelf: Shelf::new(redis, root_key, Purpose::KnowledgeAnswer, names, ambient.clone()),
            stale,
            turn: Script::new(include_str!("turn.lua")),
            done: Script::new(include_str!("done.lua")),
            ambient,
        }))
    }

    /// The answer to a question, if there is one or somebody finds one soon. `keep`: for how long an answer is good.
    pub(super) async fn turn(&self, question: &Question, keep: Duration) -> Turn {
        let name = self.0.shelf.name(&question.bytes());
        let ticket =
            Ticket { answers: self.clone(), token: self.0.ambient.uuid().simple().to_string(), name, is_told: false };
        let until = Instant::now() + WAIT;
        let mut pause = FIRST_PAUSE;
        loop {
            let Ok((state, bytes)) = self.0.ask(&ticket).await else { return Turn::Ask(ticket, None) };
            let kept = bytes.and_then(|bytes| self.0.open(&ticket.name, &bytes));
            let now = self.0.ambient.now();
            let is_good = kept.as_ref().is_some_and(|kept| !kept.left_of(keep, now).is_zero());
            match (state, kept) {
                (2, Some(kept)) if is_good => return Turn::Answered(kept),
                (0, _) if Instant::now() < until => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                // Its turn, or it has waited long enough, or what is there cannot be used.
                (_, kept) => {
                    let old = kept.filter(|kept| !kept.left_of(keep + self.0.stale, now).is_zero());
                    return Turn::Ask(ticket, old);
                }
            }
        }
    }
}

impl Parts {
    async fn ask(&self, ticket: &Ticket) -> Result<(i64, Option<Vec<u8>>), Away> {
        let mut script = self.turn.prepare_invoke();
        for key in self.keys(&ticket.name) {
            script.key(key);
        }
        script.arg(&ticket.token).arg(millis(WAIT)).arg(millis(self.stale));
        self.shelf.redis.invoke(&script).await
    }

    async fn tell(&self, name: &str, token: &str, answer: Option<(Vec<u8>, Duration)>) {
        let mut script = self.done.prepare_invoke();
        for key in self.keys(name) {
            script.key(key);
        }
        script.arg(token);
        if let Some((bytes, keep)) = answer {
            script.arg(bytes).arg(millis(keep + self.stale).max(1));
        }
        // Without it the answer is not kept, and the lock runs out.
        let _ = self.shelf.redis.invoke::<i64>(&script).await;
    }

    fn keys(&self, name: &str) -> [String; 2] {
        ["answer", "lock"].map(|what| self.shelf.key(name, what))
    }

    fn seal(&self, name: &str, kept: &Kept) -> Option<Vec<u8>> {
        self.shelf.seal(name, &kept.write()?)
    }

    fn open(&self, name: &str, bytes: &[u8]) -> Option<Kept> {
        Kept::read(self.shelf.open(name, bytes)?.expose_secret())
    }
}

/// The right to ask AnythingLLM, or at least the duty to tell the others what it said.
pub(super) struct Ticket {
    answers: SharedAnswers,
    token: String,
    name: String,
    is_told: bool,
}

impl Ticket {
    /// Keeps an answer for all, without the caller having to wait for it.
    pub(super) fn keep(mut self, kept: &Kept, keep: Duration) {
        let answer = self.answers.0.seal(&self.name, kept).map(|bytes| (bytes, keep));
        self.tell(answer);
    }

    fn tell(&mut self, answer: Option<(Vec<u8>, Duration)>) {
        self.is_told = true;
        // None while the process ends: then the lock runs out.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (answers, name, token) = (self.answers.clone(), self.name.clone(), self.token.clone());
        runtime.spawn(async move { answers.0.tell(&name, &token, answer).await });
    }
}

/// Also when it failed, or nobody waits for it any more.
impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(None);
        }
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}
