//! A client that asks once, on a connection of its own, and says what it has received completely.

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

/// Nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is kept of an answer that nobody wants, for whoever reads the failure.
const NOTE: usize = 300;
const QUESTION: &str = "What does the cordless drill NW-18 cost?";

/// Where it asks.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Address(SocketAddr),
    Socket(PathBuf),
}

/// What it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A chat in a conversation that the replica knows.
    Chat,
    /// The same as a stream.
    Stream,
    Knowledge,
    /// The messages of a conversation that the replica knows.
    History,
    /// The first chat of a conversation: a row has to be written.
    Begin,
    /// A question without a word, which is refused.
    Empty,
    /// A chat with a key that no replica has seen.
    Stranger,
    /// What a key with few allowances asks.
    Limited,
}

impl Kind {
    /// What the clients of the load ask in turn.
    pub(super) const LOAD: [Self; 6] =
        [Self::Chat, Self::Knowledge, Self::Stream, Self::History, Self::Begin, Self::Empty];

    /// What it is answered when nothing is wrong.
    pub(super) fn is_as_wanted(self, status: u16) -> bool {
        match self {
            Self::Empty => status == 422,
            Self::Limited => matches!(status, 200 | 429),
            _ => status == 200,
        }
    }

    /// Goes on while the database is away.
    pub(super) fn is_known(self) -> bool {
        matches!(self, Self::Chat | Self::Stream)
    }

    fn request(self, session: &str, id: &str) -> (&'static str, String, Value) {
        let chat = || "/api/v1/chat".to_owned();
        match self {
            Self::Chat | Self::Stranger => ("POST", chat(), json!({"message": QUESTION, "session_id": session})),
            Self::Stream => ("POST", chat(), json!({"message": QUESTION, "session_id": session, "stream": true})),
            Self::Begin => ("POST", chat(), json!({"message": QUESTION, "session_id": id})),
            Self::Empty => ("POST", chat(), json!({"message": "", "session_id": session})),
            Self::Knowledge => ("POST", "/api/v1/knowledge/query".to_owned(), json!({"query": "drill"})),
            Self::History => ("GET", format!("/api/v1/messages?session_id={session}"), Value::Null),
            Self::Limited => ("GET", "/api/v1/messages?session_id=nobody".to_owned(), Value::Null),
        }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// An answer to its end; `failed`: a stream that told of a failure.
    Whole { status: u16, failed: bool },
    /// The connection was refused, or it ended without a byte.
    NotTaken,
    /// It ended within an answer.
    Broken,
    /// Nothing came any more.
    Hung,
}

/// Asks, and gives what came, with the beginning of an answer that is not a good one.
pub(super) async fn ask(place: &Place, kind: Kind, key: &str, session: &str, id: &str) -> (Seen, String) {
    let (method, path, body) = kind.request(session, id);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\nx-request-id: {id}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut answer = Vec::new();
    let asked = async {
        match place {
            Place::Address(address) => match TcpStream::connect(address).await {
                Ok(stream) => exchange(stream, &request, &mut answer).await,
                Err(_) => Seen::NotTaken,
            },
            Place::Socket(path) => match UnixStream::connect(path).await {
                Ok(stream) => exchange(stream, &request, &mut answer).await,
                Err(_) => Seen::NotTaken,
            },
        }
    };
    let seen = tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Seen::Hung);
    let good = matches!(seen, Seen::Whole { status: ..500, failed: false });
    let note = if good { "".into() } else { String::from_utf8_lossy(&answer[answer.len().saturating_sub(NOTE)..]) };
    let note = note.into_owned();
    (seen, note)
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str, answer: &mut Vec<u8>) -> Seen {
    let sent = stream.write_all(request.as_bytes()).await;
    loop {
        if let Some(seen) = whole(answer) {
            return seen;
        }
        match stream.read_buf(answer).await {
            Ok(1..) => {}
            _ if answer.is_empty() => return Seen::NotTaken,
            _ => {
                drop(sent);
                return Seen::Broken;
            }
        }
    }
}

/// Whether an answer is whole, as its framing says. Whoever reads events does not wait for the last chunk.
fn whole(answer: &[u8]) -> Option<Seen> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(answer.get(..end)?).to_lowercase();
    let status: u16 = head.get(9..12)?.parse().ok()?;
    let body = answer.get(end + 4..)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    if let Some(length) = length {
        return (body.len() >= length).then_some(Seen::Whole { status, failed: false });
    }
    let text = String::from_utf8_lossy(body);
    let is_told = |event: &str| {
        let told = text.split_once(&format!("event: {event}\ndata: "));
        told.is_some_and(|(_, rest)| rest.contains("\n\n"))
    };
    let failed = is_told("error");
    (failed || is_told("done") || text.ends_with("0\r\n\r\n")).then_some(Seen::Whole { status, failed })
}
