//! A server-sent event stream as a browser reads it (WHATWG HTML 9.2), strict about what our own server may send.

use super::http::PATIENCE;
use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// An answer that is read event by event. Dropping it is a client that leaves.
#[derive(Debug)]
pub(crate) struct EventStream {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    buffer: BytesMut,
    /// Comment lines seen so far (heartbeats).
    pub(crate) comments: usize,
}

impl EventStream {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Incoming) -> Self {
        Self { status, headers, body, buffer: BytesMut::new(), comments: 0 }
    }

    /// The next event; none at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(at) = self.buffer.windows(2).position(|w| w == b"\n\n") {
                let block = self.buffer.split_to(at + 2);
                if let Some(event) = self.parse(std::str::from_utf8(&block).unwrap()) {
                    return Some(event);
                }
            }
            if !self.more().await {
                assert!(self.buffer.is_empty(), "the stream ends within an event: {:?}", self.buffer);
                return None;
            }
        }
    }

    async fn more(&mut self) -> bool {
        match tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("the stream goes on") {
            Some(Ok(frame)) => {
                self.buffer.extend_from_slice(&frame.into_data().unwrap_or_default());
                true
            }
            Some(Err(error)) => panic!("the stream broke: {error}"),
            None => false,
        }
    }

    fn parse(&mut self, block: &str) -> Option<Event> {
        let (event, comments) = parse(block);
        self.comments += comments;
        event
    }

    /// All events until the end.
    pub(crate) async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }

    /// Waits for one heartbeat.
    pub(crate) async fn comment(&mut self) {
        let before = self.comments;
        while self.comments == before {
            assert!(self.more().await, "the stream ended without a comment");
            while let Some(at) = self.buffer.windows(2).position(|w| w == b"\n\n") {
                let block = self.buffer.split_to(at + 2);
                let event = self.parse(std::str::from_utf8(&block).unwrap());
                assert!(event.is_none(), "an event instead of a comment: {event:?}");
            }
        }
    }
}

/// One block of lines: the event in it, if any, and the number of its comments.
fn parse(block: &str) -> (Option<Event>, usize) {
    let (mut name, mut data, mut comments) = (None, None, 0);
    for line in block.trim_end_matches('\n').split('\n') {
        match line.split_once(':') {
            Some(("", _)) => comments += 1,
            Some(("event", value)) => assert!(name.replace(value.trim_start().to_owned()).is_none()),
            Some(("data", value)) => assert!(data.replace(value.trim_start().to_owned()).is_none()),
            _ => panic!("not a line of ours: {line:?}"),
        }
    }
    let event = data.map(|data: String| Event {
        name: name.unwrap_or_default(),
        data: serde_json::from_str(&data).expect("data is JSON"),
    });
    (event, comments)
}

/// All events of a stream that was read as a whole.
pub(crate) fn events_of(text: &str) -> Vec<Event> {
    assert!(text.is_empty() || text.ends_with("\n\n"), "the stream ends within an event: {text:?}");
    text.split_inclusive("\n\n").filter_map(|block| parse(block).0).collect()
}

/// The text of all deltas.
pub(crate) fn text_of(events: &[Event]) -> String {
    events.iter().filter(|e| e.name == "delta").filter_map(|e| e.data["text"].as_str()).collect()
}
