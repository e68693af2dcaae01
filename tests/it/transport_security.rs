//! `Strict-Transport-Security`: who has come by TLS is told to come back by it, on every answer and on both listeners;
//! nobody else is.

use crate::certificate::connect_to;
use crate::harness::{Authority, Http, Process, Reply, Shop, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const HOST: &str = "chat.shop.example";
const SAID: Option<&str> = Some("max-age=31536000");
const HEADER: &str = "strict-transport-security";

/// As a proxy that ends TLS sends it on.
fn over_tls(http: &Http, host: &str) -> Http {
    http.with("x-forwarded-for", "198.51.100.7").with("x-forwarded-proto", "https").with("x-forwarded-host", host)
}

#[tokio::test]
async fn every_answer_behind_a_proxy_with_tls_says_it() {
    let server = Shop::start(|_| Reply::new(200, "x").header(HEADER, "max-age=1; includeSubDomains")).await;
    let world =
        World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8").set("UPSTREAM_URL", server.url()).start().await;
    for (http, paths) in [
        (world.public(), ["/healthz", "/api/v1/keys", "/nothing", "/embed/anythingllm-chat-widget.min.js"]),
        (world.admin(), ["/console/login", "/console", "/api/v1/keys", "/api/ping"]),
    ] {
        for path in paths {
            let answer = over_tls(&http, HOST).get(path).await;
            assert_eq!(answer.header(HEADER), SAID, "{path}: {answer:?}");
            assert_eq!(answer.headers.get_all(HEADER).iter().count(), 1, "{path}");
            // What AnythingLLM says of its own host is not said of ours.
            let plain = http.get(path).await;
            assert_eq!(plain.header(HEADER), None, "{path}: {plain:?}");
        }
    }
    for host in ["localhost:8443", "127.0.0.1", "[::1]:443"] {
        assert_eq!(over_tls(&world.public(), host).get("/healthz").await.header(HEADER), None, "{host}");
    }
}

#[tokio::test]
async fn a_stranger_says_nothing_about_tls_and_it_can_be_left_out() {
    let world = World::start().await;
    assert_eq!(over_tls(&world.public(), HOST).get("/healthz").await.header(HEADER), None);
    let world = World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8").set("EDGE_HSTS_SECONDS", 0).start().await;
    assert_eq!(over_tls(&world.public(), HOST).get("/healthz").await.header(HEADER), None);
}

#[tokio::test]
async fn a_listener_with_tls_of_its_own_says_it() {
    let authority = Authority::new();
    // Its files go with it.
    let leaf = authority.leaf(HOST);
    let files = leaf.files();
    let world = World::start().await;
    let settings = [
        ("VESTIBULE_PUBLIC_TLS_CERTIFICATE_FILE", files.0.as_str()),
        ("VESTIBULE_PUBLIC_TLS_PRIVATE_KEY_FILE", files.1.as_str()),
    ];
    let process = Process::serve(&world, &settings).await;
    for (host, said) in [(HOST, true), ("127.0.0.1", false)] {
        let mut connection = connect_to(process.public, &authority).await;
        let asked = format!("GET /api/v1/keys HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        connection.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = connection.read_to_string(&mut answer).await;
        let answer = answer.to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 401 "), "{answer}");
        assert_eq!(answer.contains("\r\nstrict-transport-security: max-age=31536000\r\n"), said, "{answer}");
    }
}
