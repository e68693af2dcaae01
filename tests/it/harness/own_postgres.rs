//! PostgreSQL servers of a test's own, which may be killed, started again and failed over to one that follows.

use super::tcp_proxy::Server;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::process::Command;

/// Listens on a socket of its own only; ends with this value, and its data with it.
#[derive(Debug)]
pub(crate) struct OwnPostgres {
    programs: PathBuf,
    directory: PathBuf,
    /// PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
}

static STARTED: AtomicU32 = AtomicU32::new(0);

/// The folder of `initdb` and its like, said by `make test`.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    std::env::var_os("TEST_POSTGRES_BIN").map(PathBuf::from)
}

impl OwnPostgres {
    /// An empty server, with a role `vestibule` as production has it. What is committed is on its disk as far as a killed
    /// process is concerned.
    pub(crate) async fn start(programs: PathBuf) -> Self {
        let server = Self::prepare(programs).await;
        let data = server.data();
        let arguments = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
        server.run("initdb", &[&["--pgdata", text(&data)], &arguments[..]].concat()).await;
        let settings = "listen_addresses = ''\nfsync = off\nfull_page_writes = off\nmax_connections = 100\n\
                        shared_buffers = 32MB\njit = off\nwal_level = replica\nmax_wal_senders = 4\nhot_standby = on\n";
        let mut file = std::fs::read_to_string(data.join("postgresql.conf")).unwrap();
        file.push_str(settings);
        std::fs::write(data.join("postgresql.conf"), file).unwrap();
        server.begin().await;
        server.sql("CREATE ROLE vestibule LOGIN CREATEDB CREATEROLE; CREATE DATABASE vestibule OWNER vestibule").await;
        server
    }

    /// A server that follows this one. From now on nothing is committed here that is not there, too.
    pub(crate) async fn follower(&self) -> Self {
        let follower = Self::prepare(self.programs.clone()).await;
        let data = follower.data();
        let from = [
            "--host",
            text(&self.directory),
            "--username",
            "postgres",
            "--checkpoint",
            "fast",
            "--write-recovery-conf",
        ];
        self.run_as(follower.user, "pg_basebackup", &[&["--pgdata", text(&data), "--no-sync"], &from[..]].concat())
            .await;
        follower.begin().await;
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'").await;
        self.sql("SELECT pg_reload_conf()").await;
        follower
    }

    /// Where a proxy finds it.
    pub(crate) fn server(&self) -> Server {
        Server::Socket(self.directory.join(".s.PGSQL.5432"))
    }

    /// Kills it and everything that belongs to it, at once.
    pub(crate) async fn kill(&self) {
        // Those of its processes that are just ending are gone by themselves.
        let _ = Command::new("kill").args(["-s", "KILL"]).args(self.processes()).status().await.unwrap();
    }

    /// Starts it, again after it was killed.
    pub(crate) async fn begin(&self) {
        let (data, log) = (self.data(), self.directory.join("log"));
        for left in [data.join("postmaster.pid"), self.directory.join(".s.PGSQL.5432.lock")] {
            let _ = std::fs::remove_file(left);
        }
        let options = format!("-k {}", self.directory.display());
        self.run("pg_ctl", &["start", "-w", "-s", "-D", text(&data), "-l", text(&log), "-o", &options]).await;
    }

    /// From one that follows, it becomes one that is written to.
    pub(crate) async fn promote(&self) {
        // The server that it waited for is gone, and so is who should wait for this one.
        let promoted = self.data();
        self.run("pg_ctl", &["promote", "-w", "-s", "-D", text(&promoted)]).await;
        self.sql("ALTER SYSTEM RESET synchronous_standby_names").await;
        self.sql("SELECT pg_reload_conf()").await;
    }

    async fn prepare(programs: PathBuf) -> Self {
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        let directory = std::env::temp_dir().join(format!("vestibule-pg-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let user = other_user().await;
        if let Some((uid, gid)) = user {
            chown(&directory, Some(uid), Some(gid)).unwrap();
        }
        Self { programs, directory, user }
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// From now on whoever is not its superuser has to know a password.
    pub(crate) async fn demand_passwords(&self) {
        let rules = "local all postgres trust\nlocal all all scram-sha-256\n";
        std::fs::write(self.data().join("pg_hba.conf"), rules).unwrap();
        self.sql("SELECT pg_reload_conf()").await;
    }

    /// As its superuser.
    pub(crate) async fn sql(&self, sql: &'static str) {
        let options = PgConnectOptions::new_without_pgpass().socket(&self.directory).username("postgres");
        let mut connection = options.database("postgres").connect().await.unwrap();
        for statement in sql.split("; ") {
            connection.execute(statement).await.unwrap();
        }
    }

    async fn run(&self, program: &str, arguments: &[&str]) {
        self.run_as(self.user, program, arguments).await;
    }

    async fn run_as(&self, user: Option<(u32, u32)>, program: &str, arguments: &[&str]) {
        // Some of them may be where clients are found instead.
        let path = Some(self.programs.join(program)).filter(|path| path.exists());
        let mut command = std::process::Command::new(path.unwrap_or_else(|| program.into()));
        if let Some((uid, gid)) = user {
            command.gid(gid).uid(uid);
        }
        // A server that it starts goes on, and holds on to what it was given.
        command.args(arguments).env("LC_ALL", "C").current_dir(&self.directory).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let ended = Command::from(command).status().await.unwrap();
        assert!(ended.success(), "{program} {arguments:?}: {ended}; {}", self.log());
    }

    /// The first of its processes, and all that it has begun.
    fn processes(&self) -> Vec<String> {
        let Ok(file) = std::fs::read_to_string(self.data().join("postmaster.pid")) else { return Vec::new() };
        let first = file.lines().next().unwrap_or_default().to_owned();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        std::iter::once(first).chain(children.split_whitespace().map(str::to_owned)).collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        let _ = std::process::Command::new("kill").args(["-s", "KILL"]).args(self.processes()).status();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Who is not root, if root it is that runs this.
async fn other_user() -> Option<(u32, u32)> {
    let id = async |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().await.unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().ok()
    };
    if id(&["-u"]).await != Some(0) {
        return None;
    }
    for name in ["postgres", "nobody"] {
        if let (Some(uid), Some(gid)) = (id(&["-u", name]).await, id(&["-g", name]).await) {
            return Some((uid, gid));
        }
    }
    None
}
