//! Warnings and errors that repeat are written once a minute, with how often they were said meanwhile: what fails for
//! every request, or each time a task looks, must not bury everything else.
//!
//! Two lines are the same if they come from the same place and say the same in all fields but the request's id.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// For so long a line stands for all that are the same.
const WINDOW: Duration = Duration::from_secs(60);
/// So many different lines are told apart; more are all written.
const MOST: usize = 500;
/// As much of a message is kept to say which line it was.
const MESSAGE_CHARS: usize = 200;
/// Requests have a line each, whatever they come to.
const EXEMPT: [&str; 2] = [super::access_log::TARGET, TARGET];
/// The target of the lines that say how often.
const TARGET: &str = "vestibule::repeated";

/// What was said lately. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeats(Arc<Mutex<HashMap<u64, Said>>>);

#[derive(Debug)]
struct Said {
    since: Instant,
    again: u64,
    target: &'static str,
    message: String,
}

/// A line that was said again.
#[derive(Debug, PartialEq, Eq)]
struct Again {
    times: u64,
    target: &'static str,
    message: String,
}

impl Repeats {
    /// Whether the line is written; it is counted if not.
    fn is_new(&self, line: u64, now: Instant, target: &'static str, message: impl FnOnce() -> String) -> bool {
        let mut said = self.0.lock();
        if let Some(before) = said.get_mut(&line) {
            before.again += 1;
            return false;
        }
        if said.len() < MOST {
            said.insert(line, Said { since: now, again: 0, target, message: message() });
        }
        true
    }

    /// Those whose minute is over, forgotten with this; all of them without a `now`.
    fn over(&self, now: Option<Instant>) -> Vec<Again> {
        let is_over = |said: &Said| now.is_none_or(|now| now.duration_since(said.since) >= WINDOW);
        let over = self.0.lock().extract_if(|_, said| is_over(said)).collect::<Vec<_>>();
        let again = over.into_iter().filter(|(_, said)| said.again > 0);
        again.map(|(_, Said { again, target, message, .. })| Again { times: again, target, message }).collect()
    }

    /// Writes how often lines were said again whose minute is over.
    pub(super) fn tell(&self, now: Option<Instant>) {
        for Again { times, target, message } in self.over(now) {
            tracing::warn!(target: TARGET, times, of = target, line = message, "said again within a minute");
        }
    }

    /// The same, for as long as it is polled.
    pub(super) async fn tell_in_time(self) {
        loop {
            tokio::time::sleep(WINDOW / 12).await;
            self.tell(Some(Instant::now()));
        }
    }
}

/// A layer of lines that is spared repetition.
#[derive(Debug)]
pub(super) struct Once<L> {
    pub(super) lines: L,
    pub(super) repeats: Repeats,
}

impl<S, L> Layer<S> for Once<L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    L: Layer<S>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let about = event.metadata();
        if *about.level() <= Level::WARN && !EXEMPT.contains(&about.target()) {
            let mut read = Read::default();
            about.callsite().hash(&mut read.line);
            event.record(&mut read);
            let Read { line, message } = read;
            if !self.repeats.is_new(line.finish(), Instant::now(), about.target(), || message) {
                return;
            }
        }
        self.lines.on_event(event, context);
    }
}

/// What a line says.
#[derive(Default)]
struct Read {
    line: DefaultHasher,
    message: String,
}

impl Visit for Read {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "request_id" => {}
            "message" => {
                let _ = write!(Limited { text: &mut self.message, left: MESSAGE_CHARS }, "{value:?}");
                let _ = write!(Hashed(&mut self.line), "{value:?}");
            }
            name => {
                let _ = write!(Hashed(&mut self.line), "{name}={value:?};");
            }
        }
    }
}

/// Takes text in without keeping it.
struct Hashed<'a>(&'a mut DefaultHasher);

impl fmt::Write for Hashed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

/// Keeps the beginning.
struct Limited<'a> {
    text: &'a mut String,
    left: usize,
}

impl fmt::Write for Limited<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let kept = text.chars().take(self.left);
        self.left = self.left.saturating_sub(text.chars().count());
        self.text.extend(kept);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, MOST, Repeats, WINDOW};
    use std::time::Instant;

    #[test]
    fn a_line_is_new_once_a_minute_and_the_others_are_counted() {
        let (repeats, began) = (Repeats::default(), Instant::now());
        let said = |line, after| repeats.is_new(line, began + after, "vestibule::x", || format!("line {line}"));
        let nothing = std::time::Duration::ZERO;
        assert!(said(1, nothing) && said(2, nothing) && !said(1, nothing) && !said(1, WINDOW / 2));
        assert_eq!(repeats.over(Some(began + WINDOW / 2)), []);
        let again = Again { times: 2, target: "vestibule::x", message: "line 1".into() };
        assert_eq!(repeats.over(Some(began + WINDOW)), [again], "what was said once is not told again");
        assert!(said(1, WINDOW), "a new minute");
    }

    #[test]
    fn what_is_counted_is_told_at_the_end_at_the_latest() {
        let (repeats, now) = (Repeats::default(), Instant::now());
        assert!(repeats.is_new(1, now, "x", String::new) && !repeats.is_new(1, now, "x", String::new));
        assert_eq!(repeats.over(None).len(), 1);
        assert_eq!(repeats.over(None).len(), 0);
    }

    #[test]
    fn too_many_different_lines_are_all_written() {
        let (repeats, now) = (Repeats::default(), Instant::now());
        let lines = u64::try_from(MOST).unwrap() + 10;
        assert!((0..lines).all(|line| repeats.is_new(line, now, "x", String::new)));
        assert!(repeats.is_new(lines - 1, now, "x", String::new), "there was no room to remember it");
    }
}
