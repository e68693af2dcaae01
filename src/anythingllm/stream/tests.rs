//! The stream against a server that says what the recordings say, and against one that misbehaves.

use super::*;
use crate::anythingllm::{ChatCall, Client, OnBehalf};
use crate::config;
use crate::domain::clock::Ambient;
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::RequestId;
use secrecy::SecretString;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What the server does after its chunks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Then {
    /// Ends the answer as it should.
    End,
    /// Closes the connection without the terminating chunk.
    Cut,
    Hang,
}

struct Asked {
    stream: ChatStream,
    facts: Arc<RequestFacts>,
    /// Resolves when the server sees its client leave.
    left: oneshot::Receiver<()>,
}

fn recorded(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("upstream/recordings/chat/{name}.json"));
    let recording: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let frames = recording["sse"].as_array().unwrap().iter();
    frames.map(|frame| frame["raw"].as_str().unwrap().to_owned()).collect()
}

fn config(address: std::net::SocketAddr) -> config::Upstream {
    config::Upstream {
        ca_file: std::path::PathBuf::new(),
        url: format!("http://{address}"),
        api_key: SecretString::from("KEY"),
        admin_username: String::new(),
        bootstrap: false,
        bootstrap_seconds: 1,
        admin_password: SecretString::from(""),
        instance_password: SecretString::from(""),
        connect_millis: 1_000,
        max_chats: 10,
        max_calls: 10,
        queue_per_workspace: 10,
        queue_millis: 1_000,
        passed_seconds: 10,
        passed_work_seconds: 10,
        passed_idle_seconds: 10,
        models_seconds: 0,
        response_millis: 5_000,
        stream_idle_seconds: 1,
        pool_idle_millis: 1_000,
        pool_max_idle: 4,
        max_frame_bytes: 64 * 1024,
        max_body_bytes: 64 * 1024,
    }
}

async fn serve(socket: TcpListener, chunks: Vec<String>, then: Then, left: oneshot::Sender<()>) {
    let (mut tcp, _) = socket.accept().await.unwrap();
    read_request(&mut tcp).await;
    tcp.write_all(HEAD.as_bytes()).await.unwrap();
    for chunk in chunks {
        let chunk = format!("{:x}\r\n{chunk}\r\n", chunk.len());
        tcp.write_all(chunk.as_bytes()).await.unwrap();
    }
    match then {
        Then::End => tcp.write_all(b"0\r\n\r\n").await.unwrap(),
        Then::Cut => return,
        Then::Hang => {}
    }
    let mut rest = [0; 64];
    while matches!(tcp.read(&mut rest).await, Ok(1..)) {}
    let _ = left.send(());
}

async fn read_request(tcp: &mut TcpStream) {
    let mut request = Vec::new();
    while !String::from_utf8_lossy(&request).contains("sessionId") {
        let mut part = [0; 1024];
        let read = tcp.read(&mut part).await.unwrap();
        request.extend_from_slice(&part[..read]);
    }
    let request = String::from_utf8(request).unwrap();
    assert!(request.contains("authorization: Bearer KEY"), "{request}");
    assert!(request.ends_with(r#"{"message":"hello","mode":"query","sessionId":"s"}"#), "{request}");
}

async fn ask_mode(chunks: Vec<String>, then: Then, mode: ChatMode) -> Asked {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(&config(socket.local_addr().unwrap())).unwrap();
    let (sender, left) = oneshot::channel();
    tokio::spawn(serve(socket, chunks, then, sender));
    let (facts, request_id) = (Arc::new(RequestFacts::default()), RequestId::accept(None, &Ambient::system()));
    let call = ChatCall {
        message: "hello",
        mode: ChatMode::Query,
        session: &UpstreamSession::new("s"),
        within: Duration::from_secs(30),
    };
    let on_behalf = OnBehalf { request_id: &request_id, facts: &facts };
    let mut stream = client.stream_chat("shop", call, on_behalf).await.unwrap();
    stream.course.mode = mode;
    Asked { stream, facts, left }
}

async fn ask(chunks: Vec<String>, then: Then) -> Asked {
    ask_mode(chunks, then, ChatMode::Query).await
}

/// The text, what came besides it, and the error if there was one.
async fn read(asked: &mut Asked) -> (String, Vec<ChatEvent>, Option<UpstreamError>) {
    let (mut said, mut others) = (String::new(), Vec::new());
    while let Some(event) = asked.stream.next().await {
        match event {
            Ok(ChatEvent::Delta { text, kind: Kind::Answer }) => said.push_str(&text),
            Ok(other) => others.push(other),
            Err(error) => {
                assert!(asked.stream.next().await.is_none(), "something came after an error");
                return (said, others, Some(error));
            }
        }
    }
    (said, others, None)
}

const ANSWER: &str =
    "The gateway forwards this answer token by token so that a reader can check order and timing of every frame";

fn chunk(text: &str) -> String {
    format!("data: {{\"type\":\"textResponseChunk\",\"textResponse\":\"{text}\",\"close\":false}}\n\n")
}

#[tokio::test]
async fn an_answer_is_text_then_sources_then_the_end() {
    let mut asked = ask(recorded("stream_query_mode_hit"), Then::End).await;
    let (said, others, error) = read(&mut asked).await;
    assert_eq!((said.as_str(), error.is_none()), (ANSWER, true));
    let [ChatEvent::Sources(sources), ChatEvent::Done(usage)] = others.as_slice() else { panic!("{others:?}") };
    assert_eq!(sources[0].title.as_deref(), Some("notes about gateway"));
    assert_eq!((usage.total_tokens, usage.model.as_deref()), (Some(353), Some("stub-model")));
    assert_eq!(usage.duration, Duration::from_millis(211));
    assert_eq!(asked.facts.tokens(), Some(TokenUsage { prompt: 333, completion: 20, estimated: false }));
}

#[tokio::test]
async fn nothing_relevant_is_a_refusal_in_query_mode_only() {
    for name in ["stream_query_mode_no_hit", "stream_query_mode_empty_ws"] {
        let (said, others, error) = read(&mut ask(recorded(name), Then::End).await).await;
        assert!(said.is_empty() && error.is_none(), "{name}");
        let [ChatEvent::Refusal { text }, ChatEvent::Done(usage)] = others.as_slice() else { panic!("{others:?}") };
        assert!(!text.is_empty());
        assert_eq!((usage.total_tokens, usage.model.as_ref()), (Some(0), None));
    }
    let mut asked = ask_mode(recorded("stream_query_mode_no_hit"), Then::End, ChatMode::Chat).await;
    let (said, others, error) = read(&mut asked).await;
    assert_eq!((said.as_str(), error.is_none()), ("Custom refusal.", true));
    assert!(matches!(others.as_slice(), [ChatEvent::Done(_)]), "{others:?}");
}

#[tokio::test]
async fn an_abort_is_an_error_also_when_an_account_follows() {
    for name in ["stream_llm_error500", "stream_llm_down_no_docs", "stream_embedder_error500", "stream_llm_drop"] {
        let mut asked = ask(recorded(name), Then::End).await;
        let (_, others, error) = read(&mut asked).await;
        assert!(matches!(error, Some(UpstreamError::Aborted(_))), "{name}: {error:?}");
        assert!(others.is_empty(), "{name}: {others:?}");
    }
    let mut dropped = ask(recorded("stream_llm_drop"), Then::End).await;
    let (said, ..) = read(&mut dropped).await;
    assert_eq!(said, "The gateway forwards this answer");
    assert_eq!(dropped.facts.tokens(), Some(TokenUsage { prompt: 195, completion: 5, estimated: false }));
}

#[tokio::test]
async fn an_answer_without_any_text_is_an_error() {
    let (_, others, error) = read(&mut ask(recorded("stream_llm_empty"), Then::End).await).await;
    assert!(matches!(error, Some(UpstreamError::Aborted(_))), "{error:?}");
    assert!(others.is_empty());
}

#[tokio::test]
async fn a_whole_text_after_its_pieces_is_not_said_twice() {
    let (said, others, error) = read(&mut ask(recorded("stream_automatic_mode"), Then::End).await).await;
    assert_eq!((said.as_str(), error.is_none()), (ANSWER, true));
    assert!(matches!(others.as_slice(), [ChatEvent::Done(usage)] if usage.total_tokens == Some(223)), "{others:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_after_its_text() {
    let mut asked = ask(recorded("stream_server_sigkill"), Then::Cut).await;
    let (said, others, error) = read(&mut asked).await;
    assert!(said.starts_with("The gateway") && others.is_empty());
    assert!(matches!(error, Some(UpstreamError::Reset(_))), "{error:?}");
    drop(asked.stream);
    assert!(asked.facts.tokens().unwrap().estimated);
}

#[tokio::test]
async fn the_end_of_the_bytes_is_not_the_end_of_an_answer() {
    for chunks in [vec![], vec![chunk("half")], vec![chunk("half"), "data: {\"ty".into()]] {
        let (_, others, error) = read(&mut ask(chunks, Then::End).await).await;
        assert!(matches!(error, Some(UpstreamError::Reset(_))), "{error:?}");
        assert!(others.is_empty());
    }
    let close = "data: {\"type\":\"textResponseChunk\",\"textResponse\":\"\",\"close\":true}\n\n";
    let (said, others, error) = read(&mut ask(vec![chunk("all"), close.into()], Then::End).await).await;
    assert!(said == "all" && error.is_none());
    assert!(matches!(others.as_slice(), [ChatEvent::Done(_)]));
}

#[tokio::test]
async fn a_silent_stream_is_given_up_and_its_connection_closed() {
    let mut asked = ask(vec![chunk("half")], Then::Hang).await;
    let (said, _, error) = read(&mut asked).await;
    assert_eq!(said, "half");
    assert!(matches!(error, Some(UpstreamError::Timeout(_))), "{error:?}");
    assert!(asked.facts.upstream_wait() >= Duration::from_millis(900));
}

#[tokio::test]
async fn a_complete_answer_does_not_wait_for_an_end_that_never_comes() {
    let mut asked = ask(recorded("stream_query_mode_hit"), Then::Hang).await;
    let (said, others, error) = read(&mut asked).await;
    assert!(said == ANSWER && error.is_none());
    assert!(matches!(others.last(), Some(ChatEvent::Done(_))));
}

/// Answers one request on a connection after another as recorded, each with its terminating chunk only once it is told to.
async fn serve_late_ends(socket: TcpListener, mut ends: mpsc::Receiver<()>, connections: Arc<AtomicUsize>) {
    loop {
        let (mut tcp, _) = socket.accept().await.unwrap();
        connections.fetch_add(1, Ordering::SeqCst);
        for _ in 0..2 {
            read_request(&mut tcp).await;
            tcp.write_all(HEAD.as_bytes()).await.unwrap();
            let frames = recorded("stream_query_mode_hit").concat();
            tcp.write_all(format!("{:x}\r\n{frames}\r\n", frames.len()).as_bytes()).await.unwrap();
            let Some(()) = ends.recv().await else { return };
            tcp.write_all(b"0\r\n\r\n").await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_complete_answer_is_over_before_its_stream_whose_connection_is_used_again() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // One turn: the second question waits until AnythingLLM is done with the first.
    let settings = config::Upstream { max_chats: 1, ..config(socket.local_addr().unwrap()) };
    let client = Client::new(&settings).unwrap();
    let (end, ends) = mpsc::channel(1);
    let connections = Arc::new(AtomicUsize::new(0));
    tokio::spawn(serve_late_ends(socket, ends, Arc::clone(&connections)));
    let request_id = RequestId::accept(None, &Ambient::system());
    for _ in 0..2 {
        let facts = Arc::new(RequestFacts::default());
        let session = UpstreamSession::new("s");
        let within = Duration::from_secs(30);
        let call = ChatCall { message: "hello", mode: ChatMode::Query, session: &session, within };
        let on_behalf = OnBehalf { request_id: &request_id, facts: &facts };
        let mut stream = client.stream_chat("shop", call, on_behalf).await.unwrap();
        while stream.next().await.is_some() {}
        drop(stream);
        // Nobody but the server can end its stream, and it has not been told to.
        end.send(()).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_abort_is_told_though_the_stream_never_ends() {
    let (_, _, error) = read(&mut ask(recorded("ui_stream_chat_limited_over"), Then::Hang).await).await;
    assert!(matches!(error, Some(UpstreamError::Aborted(_))), "{error:?}");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection_at_once() {
    let mut asked = ask(vec![chunk("half")], Then::Hang).await;
    assert!(asked.stream.next().await.is_some());
    let dropped = std::time::Instant::now();
    drop(asked.stream);
    asked.left.await.unwrap();
    assert!(dropped.elapsed() < Duration::from_millis(100), "{:?}", dropped.elapsed());
}

#[tokio::test]
async fn frames_may_be_cut_anywhere() {
    let whole = recorded("stream_unicode").concat();
    let (expected, others, _) = read(&mut ask(recorded("stream_unicode"), Then::End).await).await;
    for size in [1, 7, 64] {
        let cut: Vec<String> = {
            let characters: Vec<char> = whole.chars().collect();
            characters.chunks(size).map(|c| c.iter().collect()).collect()
        };
        let (said, again, error) = read(&mut ask(cut, Then::End).await).await;
        assert!(error.is_none() && said == expected, "{size}: {said}");
        assert_eq!(again.len(), others.len());
    }
}

#[tokio::test]
async fn a_frame_beyond_the_cap_ends_the_stream() {
    let huge = chunk(&"x".repeat(70 * 1024));
    let (_, _, error) = read(&mut ask(vec![huge], Then::End).await).await;
    assert!(matches!(error, Some(UpstreamError::TooLarge { .. })), "{error:?}");
}

#[tokio::test]
async fn reasoning_is_told_from_the_answer() {
    let chunks = vec![
        chunk("<thi"),
        chunk("nk>hm</think>"),
        chunk("yes"),
        chunk(" <think>"),
        recorded("stream_chat_mode").pop().unwrap(),
    ];
    let (said, others, error) = read(&mut ask(chunks, Then::End).await).await;
    assert!(error.is_none());
    assert_eq!(said, "yes <think>");
    assert_eq!(others[0], ChatEvent::Delta { text: "hm".into(), kind: Kind::Reasoning });
}
