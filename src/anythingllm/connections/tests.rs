use super::*;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper_rustls::HttpsConnectorBuilder;
use std::task::Waker;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::crypto::ring;

const LONG: Duration = Duration::from_secs(60);

/// A server that is told what to write, and connections to it.
async fn server_and_connections(idle_time: Duration) -> (TcpListener, Arc<Connections>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    let tls = HttpsConnectorBuilder::new().with_provider_and_webpki_roots(ring::default_provider()).unwrap();
    let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
    let times = Times { connect: LONG, idle: idle_time };
    (listener, Connections::new(connector, address, times, 8, UpstreamMetrics::default()))
}

const REQUEST: &[u8] = b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n";

/// Reads a request head and answers it.
async fn answer(socket: &mut TcpStream, bytes: &[u8]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    socket.write_all(bytes).await.unwrap();
}

const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async fn text(answer: Result<Answer, UpstreamError>) -> Bytes {
    answer.unwrap().body.collect().await.unwrap().to_bytes()
}

#[tokio::test]
async fn a_connection_is_used_again_when_its_answer_was_read_to_the_end() {
    let (listener, connections) = server_and_connections(LONG).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, WHOLE).await;
        answer(&mut socket, WHOLE).await;
    };
    let client = async {
        assert_eq!(text(connections.send(REQUEST).await).await, "ok");
        assert_eq!(text(connections.send(REQUEST).await).await, "ok");
    };
    tokio::join!(server, client);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced_without_a_word() {
    let (listener, connections) = server_and_connections(LONG).await;
    let (mut socket, first) = {
        let client = async { text(connections.send(REQUEST).await).await };
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            answer(&mut socket, WHOLE).await;
            socket
        };
        tokio::join!(server, client)
    };
    assert_eq!(first, "ok");
    socket.shutdown().await.unwrap();
    // By the time another connection was made, the end of this one has been heard of.
    let (opened, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    drop((opened.unwrap(), accepted.unwrap()));
    let server = async {
        // It has been noticed: our side is closed as well, without a request on it.
        assert_eq!(socket.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    };
    let again = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, WHOLE).await;
    };
    let ((), (), second) = tokio::join!(server, again, async { text(connections.send(REQUEST).await).await });
    assert_eq!(second, "ok");
}

#[tokio::test(start_paused = true)]
async fn connections_nobody_wants_are_closed() {
    let (listener, connections) = server_and_connections(LONG).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, WHOLE).await;
        socket
    };
    let client = async { text(connections.send(REQUEST).await).await };
    let (mut socket, _) = tokio::join!(server, client);
    connections.sweep();
    assert_eq!(connections.idle.lock().len(), 1, "somebody may want it");
    tokio::time::advance(LONG).await;
    connections.sweep();
    assert_eq!(socket.read_to_end(&mut Vec::new()).await.unwrap(), 0);
}

#[tokio::test]
async fn leaving_an_answer_before_its_end_closes_the_connection() {
    let (listener, connections) = server_and_connections(LONG).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n").await;
        assert_eq!(socket.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    };
    let client = async {
        let mut body = connections.send(REQUEST).await.unwrap().body;
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "a");
    };
    tokio::join!(server, client);
    assert!(connections.take().is_none());
}

#[tokio::test]
async fn what_arrived_together_is_there_at_once() {
    let (listener, connections) = server_and_connections(LONG).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let chunks = "5\r\nevent\r\n".repeat(50);
        answer(&mut socket, format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}").as_bytes()).await;
        socket
    };
    let client = async {
        let mut body = connections.send(REQUEST).await.unwrap().body;
        // Not even once is there anything to wait for.
        let cx = &mut Context::from_waker(Waker::noop());
        let frames = std::iter::from_fn(|| match Pin::new(&mut body).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => None,
        });
        frames.map(|frame| frame.unwrap().into_data().unwrap()).filter(|data| data == "event").count()
    };
    let (_socket, events) = tokio::join!(server, client);
    assert_eq!(events, 50);
}

#[tokio::test]
async fn a_request_that_may_have_arrived_is_not_sent_twice() {
    let (listener, connections) = server_and_connections(LONG).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, WHOLE).await;
        // The second is read and never answered.
        answer(&mut socket, b"").await;
    };
    let client = async {
        assert_eq!(text(connections.send(REQUEST).await).await, "ok");
        connections.send(REQUEST).await.unwrap_err()
    };
    let ((), error) = tokio::join!(server, client);
    assert!(matches!(error, UpstreamError::Reset(_)), "{error}");
}

/// What a call comes to that is answered with these bytes, after which the server closes the connection.
async fn answered_with(bytes: &[u8]) -> (Result<Bytes, UpstreamError>, usize) {
    let (listener, connections) = server_and_connections(LONG).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, bytes).await;
    };
    let client = async {
        let answer = connections.send(REQUEST).await?;
        Ok(answer.body.collect().await.map_err(UpstreamError::from)?.to_bytes())
    };
    let ((), read) = tokio::join!(server, client);
    let kept = connections.idle.lock().len();
    (read, kept)
}

#[tokio::test]
async fn an_answer_is_read_whatever_its_framing() {
    for (answer, body, kept) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "ok", 1),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", "ok", 1),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", "ok", 0),
        ("HTTP/1.1 200 OK\r\n\r\nok", "ok", 0),
        ("HTTP/1.1 204 No Content\r\n\r\n", "", 1),
        // Nobody asked for what is behind the end: the connection is not used again.
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200", "ok", 0),
    ] {
        let (read, connections) = answered_with(answer.as_bytes()).await;
        assert_eq!((read.unwrap(), connections), (Bytes::from(body), kept), "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_makes_no_sense_is_an_error() {
    for answer in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n",
    ] {
        let (read, kept) = answered_with(answer.as_bytes()).await;
        assert!(matches!(read, Err(UpstreamError::Reset(_))) && kept == 0, "{answer:?}: {read:?}");
    }
    for answer in ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n"] {
        let (read, kept) = answered_with(answer.as_bytes()).await;
        assert!(matches!(read, Err(UpstreamError::Contract(_))) && kept == 0, "{answer:?}: {read:?}");
    }
}

#[tokio::test]
async fn an_answer_before_the_end_of_its_request_is_read() {
    let (listener, connections) = server_and_connections(LONG).await;
    let mut large = b"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 67108864\r\n\r\n".to_vec();
    large.resize(large.len() + 64 * 1024 * 1024, b'x');
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n").await;
        socket.shutdown().await.unwrap();
        // Read to the end, or the answer would be lost with the connection.
        tokio::io::copy(&mut socket, &mut tokio::io::sink()).await.unwrap();
    };
    let client = async {
        let answer = connections.send(&large).await.unwrap();
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.body.collect().await.unwrap().to_bytes().is_empty());
        drop(connections);
    };
    tokio::join!(server, client);
}

#[tokio::test]
async fn a_silent_stream_holds_no_buffer() {
    let (listener, connections) = server_and_connections(LONG).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answer(&mut socket, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n").await;
        socket
    };
    let client = async {
        let mut body = connections.send(REQUEST).await.unwrap().body;
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "a");
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(cx).is_pending());
        assert!(body.link.as_ref().unwrap().is_clear());
        body
    };
    let (_socket, body) = tokio::join!(server, client);
    assert!(size_of_val(&**body.link.as_ref().unwrap()) <= 2048);
}
