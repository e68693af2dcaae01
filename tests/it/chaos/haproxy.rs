//! HAProxy before the replicas, as docs/reliability.md sets it up.

use super::client::Place;
use super::fleet::{Fleet, REPLICAS};
use crate::harness::{Process, eventually};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

/// Running in a folder of its own; ends with this value.
pub(super) struct HaProxy {
    folder: PathBuf,
    _child: Child,
}

impl HaProxy {
    /// None where it is not installed; required where tests are run for a merge.
    pub(super) async fn before(fleet: &Fleet) -> Option<Self> {
        let program =
            ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].into_iter().find(|path| Path::new(path).exists());
        assert!(program.is_some() || std::env::var("CI").is_err(), "HAProxy is not installed");
        let program = program?;
        let folder = std::env::temp_dir().join(format!("vestibule-haproxy-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).unwrap();
        let settings = folder.join("haproxy.cfg");
        std::fs::write(&settings, configuration(&folder, fleet)).unwrap();
        let mut command = Command::new(program);
        command
            .arg("-db")
            .arg("-q")
            .arg("-f")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn().unwrap();
        let proxy = Self { folder, _child: child };
        for replica in 0..REPLICAS {
            proxy.sends_to(replica).await;
        }
        Some(proxy)
    }

    /// Where clients connect.
    pub(super) fn place(&self) -> Place {
        Place::Socket(self.folder.join("socket"))
    }

    /// Tells it where a replica is now, as whoever starts replicas does.
    pub(super) async fn moved(&self, replica: usize, process: &Process) {
        let (public, ops) = (process.public, process.ops);
        let name = format!("gateways/g{replica}");
        self.command(&format!("set server {name} addr {} port {}", public.ip(), public.port())).await;
        self.command(&format!("set server {name} check-port {}", ops.port())).await;
        self.sends_to(replica).await;
    }

    /// Waits until it has seen that a replica is ready.
    async fn sends_to(&self, replica: usize) {
        let name = format!("gateways,g{replica},");
        eventually(async || {
            let table = self.command("show stat").await;
            let column = table.lines().next().and_then(|head| head.split(',').position(|name| name == "status"));
            let line = table.lines().find(|line| line.starts_with(&name));
            let status = line.zip(column).and_then(|(line, at)| line.split(',').nth(at)).unwrap_or("unknown");
            if status == "UP" { Ok(()) } else { Err(format!("{name} {status}")) }
        })
        .await;
    }

    async fn command(&self, command: &str) -> String {
        let mut answer = String::new();
        if let Ok(mut socket) = UnixStream::connect(self.folder.join("admin")).await {
            socket.write_all(format!("{command}\n").as_bytes()).await.unwrap();
            socket.read_to_string(&mut answer).await.unwrap();
        }
        answer
    }
}

impl Drop for HaProxy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn configuration(folder: &Path, fleet: &Fleet) -> String {
    let at = folder.display();
    let mut text = format!(
        "global\n  stats socket {at}/admin level admin\n  maxconn 4000\n\
         defaults\n  mode http\n  timeout connect 5s\n  timeout client 90s\n  timeout server 90s\n  \
         timeout check 5s\n  retries 3\n  retry-on conn-failure empty-response\n  option redispatch 1\n\
         frontend shop\n  bind unix@{at}/socket\n  default_backend gateways\n\
         backend gateways\n  balance roundrobin\n  http-reuse never\n  option httpchk GET /readyz\n  \
         http-check expect status 200\n  default-server check inter 200ms fall 1 rise 1\n"
    );
    for replica in 0..REPLICAS {
        let process = fleet.process(replica);
        writeln!(text, "  server g{replica} {} check port {}", process.public, process.ops.port()).unwrap();
    }
    text
}
