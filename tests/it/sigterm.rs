//! SIGTERM to a program that clients are just connecting to: whoever was taken is answered, and whoever was not has lost
//! nothing but a connection.

use crate::harness::{PATIENCE, Process, RawConnection, World};
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const REQUEST: &str = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";

/// What a client saw.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Answer,
    /// It was refused, or its connection ended without a byte.
    NotTaken,
    Half(String),
}

async fn ask(mut socket: TcpStream) -> Seen {
    let mut told = Vec::new();
    let asked = async {
        socket.write_all(REQUEST.as_bytes()).await?;
        socket.read_to_end(&mut told).await
    };
    let _ = tokio::time::timeout(PATIENCE, asked).await.expect("the connection ends");
    let told = String::from_utf8_lossy(&told).into_owned();
    let told = told.to_lowercase();
    match told.split_once("\r\n\r\n") {
        Some((head, body))
            if head.starts_with("http/1.1 200 ") && head.contains(&format!("length: {}", body.len())) =>
        {
            assert!(head.contains("connection: close"), "{told}");
            Seen::Answer
        }
        None if told.is_empty() => Seen::NotTaken,
        _ => Seen::Half(told),
    }
}

/// A time for the last request that is enough for a machine busy with other tests, and no limits of one address.
const SETTINGS: [(&str, &str); 4] = [
    ("VESTIBULE_SHUTDOWN_LAST_REQUEST_MILLIS", "10000"),
    ("VESTIBULE_EDGE_MAX_CONNECTIONS_PER_IP", "10000"),
    ("VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND", "100000"),
    ("VESTIBULE_LIMITS_FLOOD_BURST", "100000"),
];

#[tokio::test]
async fn clients_that_have_just_connected_are_answered() {
    let world = World::start().await;
    let mut process = Process::serve(&world, &SETTINGS).await;
    let mut sockets = Vec::new();
    for _ in 0..500 {
        sockets.push(TcpStream::connect(process.public).await.unwrap());
    }
    process.signal("TERM").await;
    process.line(|line| line["message"].as_str().is_some_and(|m| m.starts_with("stopping"))).await;
    let mut clients = JoinSet::new();
    for socket in sockets {
        clients.spawn(ask(socket));
    }
    while let Some(seen) = clients.join_next().await {
        assert_eq!(seen.unwrap(), Seen::Answer);
    }
    assert_eq!(process.exit().await, Some(0));
}

#[tokio::test]
async fn a_client_that_connects_meanwhile_is_answered_or_was_never_taken() {
    let world = World::start().await;
    let mut process = Process::serve(&world, &SETTINGS).await;
    let (address, over) = (process.public, Arc::new(AtomicBool::new(false)));
    let mut connecting = JoinSet::new();
    for _ in 0..8 {
        let over = Arc::clone(&over);
        connecting.spawn(async move {
            let mut seen = Vec::new();
            while !over.load(Ordering::Relaxed) {
                match TcpStream::connect(address).await {
                    // The answer before SIGTERM keeps the connection, so only its head is waited for.
                    Ok(socket) => seen.push(first_answer(socket).await),
                    Err(_) => break,
                }
            }
            seen
        });
    }
    process.signal("TERM").await;
    let mut answers = 0;
    while let Some(seen) = connecting.join_next().await {
        for seen in seen.unwrap() {
            assert!(!matches!(seen, Seen::Half(_)), "{seen:?}");
            answers += usize::from(seen == Seen::Answer);
        }
        over.store(true, Ordering::Relaxed);
    }
    assert!(answers > 0);
    assert_eq!(process.exit().await, Some(0));
}

async fn first_answer(socket: TcpStream) -> Seen {
    let mut connection = RawConnection(socket);
    connection.send(REQUEST).await;
    let told = connection.read_until("\r\n\r\n").await;
    match told.as_str() {
        "" => Seen::NotTaken,
        told if told.starts_with("HTTP/1.1 200 ") => Seen::Answer,
        told => Seen::Half(told.to_owned()),
    }
}

#[tokio::test]
async fn a_connection_at_rest_may_be_used_once_more() {
    let world = World::start().await;
    let mut process = Process::serve(&world, &SETTINGS).await;
    let mut connection = RawConnection::open(process.public).await;
    connection.send(REQUEST).await;
    let first = connection.read_answer().await;
    assert!(!first.to_lowercase().contains("connection: close"), "{first}");
    process.signal("TERM").await;
    process.line(|line| line["message"].as_str().is_some_and(|m| m.starts_with("stopping"))).await;
    assert_eq!(ask(connection.0).await, Seen::Answer);
    assert_eq!(process.exit().await, Some(0));
}

#[tokio::test]
async fn requests_over_http2_are_answered_and_told_to_go_elsewhere() {
    let world = World::start().await;
    let mut process = Process::serve(&world, &SETTINGS).await;
    let (mut old, connection) = http2(process.public).await;
    let old_ends = tokio::spawn(connection);
    let get = || http::Request::get("http://a/healthz").body(Empty::<Bytes>::new()).unwrap();
    assert_eq!(old.send_request(get()).await.unwrap().status(), 200);
    // Connected, and nothing said yet.
    let silent = TcpStream::connect(process.public).await.unwrap();
    process.signal("TERM").await;
    process.line(|line| line["message"].as_str().is_some_and(|m| m.starts_with("stopping"))).await;
    let executor = TokioExecutor::new();
    let (mut new, connection) = hyper::client::conn::http2::handshake(executor, TokioIo::new(silent)).await.unwrap();
    let new_ends = tokio::spawn(connection);
    assert_eq!(new.send_request(get()).await.unwrap().status(), 200);
    // GOAWAY ends both without an error.
    tokio::time::timeout(PATIENCE, old_ends).await.expect("it is ended").unwrap().unwrap();
    tokio::time::timeout(PATIENCE, new_ends).await.expect("it is ended").unwrap().unwrap();
    assert_eq!(process.exit().await, Some(0));
}

type Http2 = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

async fn http2(address: SocketAddr) -> (Http2, impl Future<Output = Result<(), hyper::Error>> + Send + 'static) {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap()
}
