//! Streams behind nginx, with compression as operators switch it on.

use crate::harness::{PATIENCE, Server, World};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

/// Some words, then silence for as long as the test runs.
pub(crate) const NEVER_DONE: Failure = Failure::Slow { first_token_ms: 0, token_ms: 200 };

/// A running nginx in a folder of its own; ends with this value.
pub(crate) struct Nginx {
    socket: PathBuf,
    _child: Child,
}

impl Nginx {
    /// None where it is not installed; required where tests are run for a merge.
    pub(crate) fn before(gateway: SocketAddr, http: &str, location: &str) -> Option<Self> {
        let program =
            ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].into_iter().find(|path| PathBuf::from(path).exists());
        assert!(program.is_some() || std::env::var("CI").is_err(), "nginx is not installed");
        let folder = std::env::temp_dir().join(format!("vestibule-nginx-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let (socket, at) = (folder.join("socket"), folder.display());
        let settings = format!(
            "daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log stderr;\n\
             events {{ worker_connections 64; }}\n\
             http {{\n\
               access_log off;\n\
               client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d;\n\
               scgi_temp_path {at}/e;\n\
               {http}\n\
               server {{\n\
                 listen unix:{at}/socket;\n\
                 location / {{ proxy_pass http://{gateway}; proxy_http_version 1.1; {location} }}\n\
               }}\n\
             }}\n"
        );
        std::fs::write(folder.join("nginx.conf"), settings).unwrap();
        let mut command = Command::new(program?);
        command.arg("-p").arg(&folder).arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg("stderr");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        Some(Self { socket, _child: child })
    }

    /// Where other proxies find it, once it listens.
    pub(crate) async fn server(&self) -> Server {
        drop(self.connect().await);
        Server::Socket(self.socket.clone())
    }

    async fn connect(&self) -> UnixStream {
        connect(&self.socket).await
    }
}

/// Connects once somebody listens.
pub(crate) async fn connect(socket: &Path) -> UnixStream {
    let connected = async {
        loop {
            match UnixStream::connect(socket).await {
                Ok(stream) => return stream,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, connected).await.expect("somebody listens")
}

/// Reads until there is this much of a body.
pub(crate) async fn head_and_body(stream: &mut (impl AsyncRead + Unpin), least: usize) -> (String, Vec<u8>) {
    let mut all = Vec::new();
    let read = async {
        loop {
            let end = all.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
            if let Some(end) = end.filter(|end| all.len() >= end + least) {
                return (String::from_utf8_lossy(&all[..end]).to_lowercase(), all[end..].to_vec());
            }
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&all));
            all.extend_from_slice(&piece[..read]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("events come while the answer is being written")
}

/// For a stream, from a client that takes compressed answers.
pub(crate) fn question(key: &str) -> String {
    let body = json!({"message": "What does the drill cost?", "stream": true}).to_string();
    format!(
        "POST /api/v1/chat HTTP/1.1\r\nhost: chat.example\r\nauthorization: Bearer {key}\r\naccept-encoding: gzip\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn events_come_through_a_compressing_nginx_as_they_are_written() {
    let world = World::start().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().fail(NEVER_DONE);
    let key = world.key(world.spec(KeyKind::Secret)).await;
    for more in ["", "text/event-stream"] {
        let gzip = format!("gzip on; gzip_proxied any; gzip_min_length 0; gzip_types application/json text/plain {more};");
        let Some(nginx) = Nginx::before(world.running().public, &gzip, "") else { return };
        let request = question(&key);
        let mut stream = nginx.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let (head, body) = head_and_body(&mut stream, 100).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("content-type: text/event-stream; charset=utf-8"), "{head}");
        assert!(head.contains("cache-control: private, no-cache, no-transform"), "{head}");
        if !head.contains("content-encoding: gzip") {
            assert!(String::from_utf8_lossy(&body).contains("event: start"), "{}", String::from_utf8_lossy(&body));
        }
        drop(stream);
        assert!(world.upstream.control().until(|control| control.open_streams() == 0, PATIENCE).await);
    }
}
