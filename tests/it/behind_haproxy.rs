//! Streams behind HAProxy, with compression as operators switch it on.

use crate::behind_nginx::{NEVER_DONE, connect, head_and_body, question};
use crate::harness::{PATIENCE, Server, World};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use vestibule::domain::key::KeyKind;

/// A running HAProxy in a folder of its own; ends with this value.
pub(crate) struct HaProxy {
    folder: PathBuf,
    _child: Child,
}

impl HaProxy {
    /// None where it is not installed; required where tests are run for a merge.
    pub(crate) fn before(gateway: SocketAddr, more: &str) -> Option<Self> {
        let program =
            ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].into_iter().find(|path| Path::new(path).exists());
        assert!(program.is_some() || std::env::var("CI").is_err(), "HAProxy is not installed");
        let program = program?;
        let folder = std::env::temp_dir().join(format!("vestibule-haproxy-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).unwrap();
        let settings = format!(
            "defaults\n  mode http\n  timeout connect 5s\n  timeout client 90s\n  timeout server 90s\n\
             frontend shop\n  bind unix@{}/socket\n  default_backend gateway\n\
             backend gateway\n{more}  server gateway {gateway}\n",
            folder.display()
        );
        std::fs::write(folder.join("haproxy.cfg"), settings).unwrap();
        let mut command = Command::new(program);
        command.arg("-db").arg("-q").arg("-f").arg(folder.join("haproxy.cfg"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        Some(Self { folder, _child: child })
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Where other proxies find it, once it listens.
    pub(crate) async fn server(&self) -> Server {
        drop(connect(&self.socket()).await);
        Server::Socket(self.socket())
    }
}

impl Drop for HaProxy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn events_come_through_a_compressing_haproxy_as_they_are_written() {
    let world = World::start().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().fail(NEVER_DONE);
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let compressing = "  compression algo gzip\n  compression type application/json text/event-stream\n";
    for more in ["", compressing] {
        let Some(haproxy) = HaProxy::before(world.running().public, more) else { return };
        let mut stream = connect(&haproxy.socket()).await;
        stream.write_all(question(&key).as_bytes()).await.unwrap();
        let (head, body) = head_and_body(&mut stream, 100).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        // It keeps to `no-transform`.
        assert!(!head.contains("content-encoding"), "{head}");
        assert!(String::from_utf8_lossy(&body).contains("event: start"), "{}", String::from_utf8_lossy(&body));
        drop(stream);
        assert!(world.upstream.control().until(|control| control.open_streams() == 0, PATIENCE).await);
    }
}
