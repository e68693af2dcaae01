//! A Redis of a test's own, which may be paused, killed and emptied, behind a way to it that may be cut.

use super::http::PATIENCE;
use super::tcp_proxy::{Server, TcpProxy};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::{TcpListener, UnixStream};
use tokio::process::{Child, Command};

/// Ends with this value.
#[derive(Debug)]
pub(crate) struct OwnRedis {
    directory: PathBuf,
    child: Child,
    pub(crate) way: TcpProxy,
}

static STARTED: AtomicU32 = AtomicU32::new(0);

impl OwnRedis {
    /// Keeps nothing on disk, listens on no port.
    pub(crate) async fn start() -> Self {
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        let directory = std::env::temp_dir().join(format!("vestibule-redis-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let child = begin(&directory).await;
        let way = TcpProxy::before(Server::Socket(directory.join("redis.sock"))).await;
        Self { directory, child, way }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.way.port())
    }

    /// Ends it at once; what it held is gone.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again, empty.
    pub(crate) async fn begin_again(&mut self) {
        self.child = begin(&self.directory).await;
    }

    /// Sends a signal by its name, such as `STOP`.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().await.unwrap().success());
    }

    /// What a command answers, as its own client shows it.
    pub(crate) async fn command(&self, command: &[&str]) -> String {
        let socket = self.directory.join("redis.sock");
        let output = Command::new("redis-cli").arg("-s").arg(socket).args(command).output().await.unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

async fn begin(directory: &Path) -> Child {
    let socket = directory.join("redis.sock");
    let _ = std::fs::remove_file(&socket);
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(&socket);
    let child = command.current_dir(directory).stdout(Stdio::null()).kill_on_drop(true).spawn();
    let child = child.expect("redis-server is installed");
    let listens = async {
        while UnixStream::connect(&socket).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, listens).await.expect("Redis starts");
    child
}

/// A program of Redis with these settings, on a port that was free.
pub(crate) async fn redis_program(program: &str, settings: impl Fn(u16) -> Vec<String>) -> (Child, u16) {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let mut command = Command::new(program);
    command.args(settings(port)).stdout(Stdio::null()).kill_on_drop(true);
    let child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    let listens = async {
        while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, listens).await.expect("it starts");
    (child, port)
}
