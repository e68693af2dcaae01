use super::*;
use http::header;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper_rustls::HttpsConnectorBuilder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
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

fn request() -> Request<Full<Bytes>> {
    Request::builder().uri("/x").header(header::HOST, "a").body(Full::default()).unwrap()
}

/// Reads a request head and answers it.
async fn answer(socket: &mut TcpStream, bytes: &[u8]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    socket.write_all(bytes).await.unwrap();
}

const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async fn text(response: Result<Response<Body>, UpstreamError>) -> Bytes {
    response.unwrap().into_body().collect().await.unwrap().to_bytes()
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
        assert_eq!(text(connections.send(request()).await).await, "ok");
        assert_eq!(text(connections.send(request()).await).await, "ok");
    };
    tokio::join!(server, client);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced_without_a_word() {
    let (listener, connections) = server_and_connections(LONG).await;
    let (mut socket, first) = {
        let client = async { text(connections.send(request()).await).await };
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
    let ((), (), second) = tokio::join!(server, again, async { text(connections.send(request()).await).await });
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
    let client = async { text(connections.send(request()).await).await };
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
        let mut body = connections.send(request()).await.unwrap().into_body();
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
        let mut body = connections.send(request()).await.unwrap().into_body();
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
        assert_eq!(text(connections.send(request()).await).await, "ok");
        connections.send(request()).await.unwrap_err()
    };
    let ((), error) = tokio::join!(server, client);
    assert!(matches!(error, UpstreamError::Reset(_)), "{error}");
}
