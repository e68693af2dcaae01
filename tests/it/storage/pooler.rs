//! Behind PgBouncer: a pooler of sessions is as good as PostgreSQL itself, and one of transactions is found out.

use super::fixture::{Fixture, connect, within};
use crate::harness::eventually;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use url::Url;
use uuid::Uuid;
use vestibule::cache::{self, CacheRules, Directories, KeyDirectory};
use vestibule::storage::{KeyName, ListenState, ListenTimes, StorageError};

/// A running PgBouncer; ends with this value.
struct Pooler {
    address: SocketAddr,
    folder: PathBuf,
    _child: Child,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Pooler {
    /// None where it is not installed; required where tests are run for a merge.
    async fn before(database: &str, mode: &str) -> Option<Self> {
        let program =
            ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|path| PathBuf::from(path).exists());
        assert!(program.is_some() || std::env::var("CI").is_err(), "pgbouncer is not installed");
        let program = program?;
        let url = Url::parse(database).unwrap();
        // A port that was free a moment ago: it cannot be told to take any.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
        let folder = std::env::temp_dir().join(format!("vestibule-pgbouncer-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let password = url.password().map(|password| format!(" password={password}")).unwrap_or_default();
        let settings = format!(
            "[databases]\n* = host={} port={} user={}{password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
             ignore_startup_parameters = extra_float_digits,options\nserver_tls_sslmode = disable\n",
            url.host_str().unwrap(),
            url.port().unwrap_or(5432),
            url.username(),
            address.port(),
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        for path in [&folder, &file] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut command = Command::new(program);
        command.arg("-q");
        if Command::new("id").arg("-u").output().await.unwrap().stdout == b"0\n" {
            command.args(["-u", "nobody"]); // it refuses to be root
        }
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().unwrap();
        eventually(async || TcpStream::connect(address).await.map(drop).map_err(|error| error.to_string())).await;
        Some(Self { address, folder, _child: child })
    }

    /// A database's address through it.
    fn url(&self, database: &str) -> String {
        let mut url = Url::parse(database).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.set_query(Some("sslmode=disable"));
        url.to_string()
    }
}

#[tokio::test]
async fn a_pooler_of_sessions_lets_changes_be_heard() {
    let fixture = Fixture::new().await;
    let database = fixture.test_database.url();
    let Some(pooler) = Pooler::before(&database, "session").await else { return };
    let through = connect(&pooler.url(&database));
    assert_eq!(through.prove_listening(Duration::from_secs(10)).await, ListenState::Up);
}

#[tokio::test]
async fn a_pooler_of_transactions_is_found_out_and_nothing_is_believed_for_long() {
    let fixture = Fixture::new().await;
    let database = fixture.test_database.url();
    let Some(pooler) = Pooler::before(&database, "transaction").await else { return };
    let key = fixture.insert_key().await;
    // What is remembered is read from PostgreSQL itself: only what is told comes through the pooler.
    let rules = CacheRules { unheard: Duration::from_millis(500), ..CacheRules::of_capacity(10) };
    let keys = Arc::new(KeyDirectory::with_rules(fixture.database.clone(), rules));
    let directories = Directories { keys: Arc::clone(&keys), ..Directories::new(&fixture.database, &fixture.ambient) };
    let times = ListenTimes {
        heartbeat: Duration::from_millis(50),
        patience: Duration::from_millis(300),
        ..ListenTimes::default()
    };
    let listener = connect(&pooler.url(&database)).listen_with(times);
    let mut state = listener.state();
    let following = tokio::spawn(cache::follow_changes(listener, directories, Arc::default(), |_| ()));
    within(state.wait_for(|state| *state == ListenState::Unheard)).await.unwrap();

    assert!(keys.find(&key.public_id).await.unwrap().unwrap().revoked_at.is_none());
    let name = KeyName::Id(key.id);
    fixture.revoke(&key, name).await;
    eventually(async || match keys.find(&key.public_id).await.unwrap().unwrap().revoked_at {
        Some(_) => Ok(()),
        None => Err("the revoked key is still believed"),
    })
    .await;
    assert_eq!(*state.borrow(), ListenState::Unheard, "it was not heard of, it was forgotten in time");
    following.abort();
}

#[tokio::test]
async fn connections_of_another_role_are_not_used() {
    let fixture = Fixture::new().await;
    let database = fixture.test_database.url();
    let Some(pooler) = Pooler::before(&database, "session").await else { return };
    let refused = connect(&pooler.url(&database)).ping().await.unwrap_err();
    assert!(matches!(refused, StorageError::WrongRole(_)), "{refused}");
    fixture.database.ping().await.unwrap();
}
