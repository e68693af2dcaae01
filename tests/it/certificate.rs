//! A certificate that is renewed while the gateway runs: who connects afterwards is shown the new one, and nobody's
//! connection ends for it.

use crate::harness::{Authority, Leaf, Process, World, eventually};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

const HOST: &str = "chat.shop.example";

pub(crate) async fn connect_to(address: SocketAddr, authority: &Authority) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(HOST).unwrap(), tcp).await.unwrap()
}

fn shown(connection: &TlsStream<TcpStream>) -> Vec<u8> {
    connection.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

async fn is_healthy(connection: &mut TlsStream<TcpStream>) {
    let asked = format!("GET /healthz HTTP/1.1\r\nhost: {HOST}\r\n\r\n");
    connection.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = connection.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer[..read]));
}

/// The files of a leaf in place of another's.
fn replace(files: &(String, String), leaf: &Leaf) {
    let renewed = leaf.files();
    std::fs::rename(&renewed.0, &files.0).unwrap();
    std::fs::rename(&renewed.1, &files.1).unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_and_no_connection_ends() {
    let authority = Authority::new();
    let (first, second, third) = (authority.leaf(HOST), authority.leaf(HOST), authority.leaf(HOST));
    let files = first.files();
    let world = World::start().await;
    let settings = [
        ("VESTIBULE_PUBLIC_TLS_CERTIFICATE_FILE", files.0.as_str()),
        ("VESTIBULE_PUBLIC_TLS_PRIVATE_KEY_FILE", files.1.as_str()),
    ];
    let process = Process::serve(&world, &settings).await;
    let address = process.public;
    let mut before = connect_to(address, &authority).await;
    is_healthy(&mut before).await;
    let of_first = shown(&before);

    // Of two files one is always replaced first: then the key is not the certificate's.
    let renewed = second.files();
    std::fs::rename(&renewed.0, &files.0).unwrap();
    process.line(|line| line["message"].as_str().is_some_and(|message| message.contains("cannot be used yet"))).await;
    assert_eq!(shown(&connect_to(address, &authority).await), of_first, "what does not fit together is not used");
    std::fs::rename(&renewed.1, &files.1).unwrap();
    let becomes_another = async |than: &[u8]| {
        eventually(async || {
            let now = shown(&connect_to(address, &authority).await);
            if now == than { Err("still the one before") } else { Ok(()) }
        })
        .await;
    };
    becomes_another(&of_first).await;
    let mut after = connect_to(address, &authority).await;
    let of_second = shown(&after);
    is_healthy(&mut before).await;
    is_healthy(&mut after).await;

    // And once more, with both at a time.
    replace(&files, &third);
    becomes_another(&of_second).await;
    is_healthy(&mut before).await;
}
