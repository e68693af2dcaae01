//! Reads a streamed answer and holds it against what was sent: every token once, whole, in order, and then the end.

use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use vestibule_bench_upstream::Mark;

/// What can be wrong with a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An event whose text is not exactly one token: two in one, or a part of one.
    NotOneToken(String),
    /// Another token than the next one: lost, doubled or swapped.
    Disorder { expected: u32, got: u32 },
    /// The stream ended early.
    Lost { got: u32 },
    /// Something came after the end.
    AfterEnd,
    /// The server said that it failed.
    Failed(String),
    /// Not an event.
    Unreadable(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOneToken(text) => write!(f, "an event is not one token: {text:?}"),
            Self::Disorder { expected, got } => {
                write!(f, "token {got} came where {expected} was due")
            }
            Self::Lost { got } => write!(f, "the stream ended after {got} tokens"),
            Self::AfterEnd => f.write_str("something came after the end"),
            Self::Failed(text) => write!(f, "the stream says it failed: {text}"),
            Self::Unreadable(text) => write!(f, "not an event: {text:?}"),
        }
    }
}

impl std::error::Error for Fault {}

/// `AnythingLLM`'s frames and Vestibule's events, as far as needed here.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "textResponse")]
    text_response: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    close: Option<bool>,
}

/// An answer that is being read.
#[derive(Debug)]
pub(crate) struct Answer {
    events: u32,
    next: u32,
    /// No token may follow: all the widget gets for an end, and what AnythingLLM says before its numbers.
    closed: bool,
    /// Nothing may follow.
    ended: bool,
    unread: Vec<u8>,
}

impl Answer {
    /// An answer that should have so many tokens.
    pub(crate) fn of(events: u32) -> Self {
        Self { events, next: 0, closed: false, ended: false, unread: Vec::new() }
    }

    /// Reads what has arrived and tells each token.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(&mut self, bytes: &[u8], mut token: impl FnMut(Mark)) -> Result<(), Fault> {
        if self.unread.is_empty() {
            let rest = self.events_in(bytes, &mut token)?;
            self.unread.extend_from_slice(rest);
        } else {
            let mut all = std::mem::take(&mut self.unread);
            all.extend_from_slice(bytes);
            let rest = self.events_in(&all, &mut token)?.len();
            all.drain(..all.len() - rest);
            self.unread = all;
        }
        Ok(())
    }

    /// The stream is over.
    ///
    /// # Errors
    /// It should not be.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.next < self.events || !(self.closed || self.ended) {
            return Err(Fault::Lost { got: self.next });
        }
        if self.unread.is_empty() { Ok(()) } else { Err(Fault::AfterEnd) }
    }

    fn events_in<'b>(&mut self, mut bytes: &'b [u8], token: &mut impl FnMut(Mark)) -> Result<&'b [u8], Fault> {
        while let Some(end) = bytes.windows(2).position(|two| two == b"\n\n") {
            let event = std::str::from_utf8(&bytes[..end]).map_err(|error| Fault::Unreadable(error.to_string()))?;
            self.event(event, token)?;
            bytes = &bytes[end + 2..];
        }
        Ok(bytes)
    }

    fn event(&mut self, event: &str, token: &mut impl FnMut(Mark)) -> Result<(), Fault> {
        let mut name = None;
        let mut data = None;
        for line in event.lines() {
            if let Some(value) = line.strip_prefix("event:") {
                name = Some(value.trim());
            } else if let Some(value) = line.strip_prefix("data:") {
                if data.is_some() {
                    return Err(Fault::Unreadable(event.to_owned()));
                }
                data = Some(value.trim_start());
            }
        }
        let Some(data) = data else { return Ok(()) }; // a comment: the heartbeat
        if self.ended {
            return Err(Fault::AfterEnd);
        }
        let read: Data<'_> =
            serde_json::from_str(data).map_err(|error| Fault::Unreadable(format!("{error}: {data}")))?;
        let text = match (name, read.kind.as_deref()) {
            (None, Some("textResponseChunk")) if read.close == Some(true) => {
                self.closed = true;
                return Ok(());
            }
            (None, Some("textResponseChunk")) if self.closed => return Err(Fault::AfterEnd),
            (None, Some("textResponseChunk")) => read.text_response,
            (Some("delta"), _) => read.text,
            (None, Some("finalizeResponseStream")) | (Some("done"), _) => {
                self.ended = true;
                return Ok(());
            }
            (Some("start" | "sources"), _) => return Ok(()),
            _ => return Err(Fault::Failed(event.to_owned())),
        };
        let text = text.unwrap_or_default();
        let mark = Mark::parse(&text).ok_or_else(|| Fault::NotOneToken(text.into_owned()))?;
        if mark.sequence != self.next {
            return Err(Fault::Disorder { expected: self.next, got: mark.sequence });
        }
        self.next += 1;
        token(mark);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_bench_upstream::{Plan, frames};

    fn read(writes: &[&[u8]], events: u32) -> Result<u32, Fault> {
        let mut answer = Answer::of(events);
        let mut seen = 0;
        for write in writes {
            answer.read(write, |_| seen += 1)?;
        }
        answer.end().map(|()| seen)
    }

    #[test]
    fn frames_are_read_however_they_are_cut() {
        for cut in [0, 1, 7, 1_000_000] {
            let writes = frames::instant(&Plan { cut, ..Plan::default() });
            let writes: Vec<&[u8]> = writes.iter().map(AsRef::as_ref).collect();
            assert_eq!(read(&writes, 50), Ok(50), "cut {cut}");
        }
    }

    #[test]
    fn our_own_events_are_read() {
        let stream = "event: start\ndata: {\"id\":\"1\"}\n\n: hi\n\nevent: delta\ndata: {\"text\":\"#0@5;\"}\n\nevent: sources\ndata: {\"sources\":[]}\n\nevent: done\ndata: {\"refused\":false}\n\n";
        assert_eq!(read(&[stream.as_bytes()], 1), Ok(1));
    }

    #[test]
    fn the_widgets_last_chunk_is_an_end() {
        let frame = |text: &str, close| {
            format!("data: {{\"type\":\"textResponseChunk\",\"textResponse\":\"{text}\",\"close\":{close}}}\n\n")
        };
        let stream = frame("#0@0;", false) + &frame("", true);
        assert_eq!(read(&[stream.as_bytes()], 1), Ok(1));
        let more = stream + &frame("#1@0;", false);
        assert_eq!(read(&[more.as_bytes()], 2), Err(Fault::AfterEnd));
    }

    #[test]
    fn merged_swapped_lost_and_failed_are_told() {
        let delta = |text: &str| format!("event: delta\ndata: {{\"text\":\"{text}\"}}\n\n");
        let one = delta("#0@0;#1@0;");
        assert_eq!(read(&[one.as_bytes()], 2), Err(Fault::NotOneToken("#0@0;#1@0;".into())));
        let swapped = delta("#1@0;");
        assert_eq!(read(&[swapped.as_bytes()], 2), Err(Fault::Disorder { expected: 0, got: 1 }));
        assert_eq!(read(&[delta("#0@0;").as_bytes()], 2), Err(Fault::Lost { got: 1 }));
        assert!(matches!(read(&[b"event: error\ndata: {}\n\n"], 1), Err(Fault::Failed(_))));
    }
}
