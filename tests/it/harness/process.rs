//! The program itself, as an operator runs it: in an environment of its own, told from outside by its log and exit
//! code.

use super::http::PATIENCE;
use super::{Http, World};
use parking_lot::Mutex;
use serde_json::Value;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;

/// The program: the one that was built with the tests, or another that is to stand the same tests.
fn program() -> OsString {
    std::env::var_os("TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_vestibule").into())
}

/// What a program that has ended said.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command of the program to its end, with these variables and no others.
pub(crate) async fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Told {
    let mut command = Command::new(program());
    command.args(arguments).env_clear().envs(variables.iter().copied()).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("the program ends").unwrap();
    Told {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running `vestibule serve`; killed with this value.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) ops: SocketAddr,
    child: Child,
    log: Arc<Log>,
}

#[derive(Debug, Default)]
struct Log {
    text: Mutex<String>,
    changed: Notify,
}

impl Process {
    /// Starts the program on a world's database and upstream, beside the world's own gateway. Returns when it serves.
    pub(crate) async fn serve(world: &World, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program());
        command.arg("serve").env_clear().envs(environment(world)).envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Log::default());
        tokio::spawn(follow(child.stdout.take().unwrap(), Arc::clone(&log)));
        tokio::spawn(follow(child.stderr.take().unwrap(), Arc::clone(&log)));
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut process = Self { public: nowhere, admin: nowhere, ops: nowhere, child, log };
        let serving = process.line(|line| line["message"] == "serving").await;
        let address = |name: &str| serving[name].as_str().unwrap().parse().unwrap();
        (process.public, process.admin, process.ops) = (address("public"), address("admin"), address("ops"));
        process
    }

    pub(crate) fn public(&self) -> Http {
        Http::new(self.public)
    }

    pub(crate) fn admin(&self) -> Http {
        Http::new(self.admin)
    }

    pub(crate) fn ops(&self) -> Http {
        Http::new(self.ops)
    }

    /// Everything it has written so far, to standard output and standard error.
    pub(crate) fn log(&self) -> String {
        self.log.text.lock().clone()
    }

    /// Waits for a log line.
    pub(crate) async fn line(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let changed = self.log.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let lines = self.log();
                let found = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).find(&wanted);
                match found {
                    Some(line) => return line,
                    None => changed.await,
                }
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(line) => line,
            Err(_) => panic!("the line does not come; the log is:\n{}", self.log()),
        }
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().await.unwrap().success());
    }

    /// Kills it as the kernel does that is out of memory: it does nothing any more.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for its end and returns its exit code.
    pub(crate) async fn exit(&mut self) -> Option<i32> {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the program ends").unwrap().code()
    }

    /// The most memory it has had, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().expect("it runs"))).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

/// The variables that a program on this world needs.
pub(crate) fn environment(world: &World) -> Vec<(String, String)> {
    let address = "127.0.0.1:0".to_owned();
    [
        ("VESTIBULE_SECRET_KEY", super::world::SECRET_KEY.to_owned()),
        ("VESTIBULE_PUBLIC_LISTEN", address.clone()),
        ("VESTIBULE_ADMIN_LISTEN", address.clone()),
        ("VESTIBULE_OPS_LISTEN", address),
        ("VESTIBULE_USAGE_FLUSH_MILLIS", "20".to_owned()),
        ("VESTIBULE_DATABASE_MAX_CONNECTIONS", "5".to_owned()),
        ("VESTIBULE_UPSTREAM_MODELS_SECONDS", "0".to_owned()),
        ("VESTIBULE_WEBHOOKS_LOOK_SECONDS", "3600".to_owned()),
        ("DATABASE_URL", world.database_url()),
        ("VESTIBULE_USAGE_SPOOL_DIR", world.spool().display().to_string()),
        ("VESTIBULE_UPSTREAM_URL", world.upstream.url()),
        ("VESTIBULE_UPSTREAM_API_KEY", world.upstream.api_key().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .chain(authorities())
    .collect()
}

/// The certificate authorities that `scripts/test.sh` chose; reading all that the system knows takes long.
fn authorities() -> impl Iterator<Item = (String, String)> {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
}

async fn follow(from: impl AsyncRead + Unpin, log: Arc<Log>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut text = log.text.lock();
        text.push_str(&line);
        text.push('\n');
        drop(text);
        log.changed.notify_waiters();
    }
}
