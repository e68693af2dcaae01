//! A database with one workspace, and replicas that remember.

use crate::harness::{TcpProxy, TestDatabase};
use secrecy::SecretString;
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vestibule::cache::{self, CacheRules, ConversationDirectory, Directories, KeyDirectory, WorkspaceDirectory};
use vestibule::config;
use vestibule::domain::audit::Author;
use vestibule::domain::clock::Ambient;
use vestibule::domain::ids::{KeyId, TenantId, WorkspaceId};
use vestibule::domain::key::KeyContent;
use vestibule::domain::key::{ApiKey, KeyEnv, KeyHash, KeyKind};
use vestibule::domain::scope::Scope;
use vestibule::domain::workspace::{ChatSettings, VisitorSettings, Workspace, WorkspaceStatus};
use vestibule::storage::{
    Database, InsertKeyError, KeyName, ListenState, ListenTimes, NewKey, UsageRecorder, UsageWriter,
};

/// Longer than anything takes that works.
const LONG: Duration = Duration::from_secs(20);

/// Fails instead of waiting for ever.
pub(super) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, future).await.expect("it happens in time")
}

/// A usage writer and the task it runs in.
pub(super) struct Writing {
    writer: UsageWriter,
    task: JoinHandle<()>,
}

impl Writing {
    pub(super) fn start(writer: UsageWriter) -> Self {
        Self { task: tokio::spawn(writer.run()), writer }
    }

    pub(super) fn recorder(&self) -> UsageRecorder {
        self.writer.recorder()
    }

    /// Waits until all is written.
    pub(super) async fn close(self) {
        self.writer.close();
        self.task.await.unwrap();
    }
}

pub(super) struct Fixture {
    pub(super) database: Database,
    pub(super) ambient: Ambient,
    pub(super) workspace: Workspace,
    pub(super) test_database: TestDatabase,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        let test_database = TestDatabase::create().await;
        let database = connect(&test_database.url());
        let ambient = Ambient::system();
        let workspace = workspace(TenantId::DEFAULT, "shop", &ambient);
        database.workspaces().insert(&workspace).await.unwrap();
        Self { database, ambient, workspace, test_database }
    }

    /// A connection as the login role, which owns the tables.
    pub(super) async fn owner(&self, tenant: Option<TenantId>) -> PgConnection {
        let mut connection = PgConnection::connect(&self.test_database.url()).await.unwrap();
        if let Some(tenant) = tenant {
            set_tenant(&mut connection, tenant).await;
        }
        connection
    }

    /// A connection as the running gateway has it.
    pub(super) async fn app(&self, tenant: Option<TenantId>) -> PgConnection {
        let mut connection = self.owner(tenant).await;
        sqlx::query("SET ROLE vestibule_app").execute(&mut connection).await.unwrap();
        connection
    }

    /// Another tenant with a workspace of its own.
    pub(super) async fn second_tenant(&self) -> Workspace {
        let tenant = TenantId(Uuid::new_v4());
        let mut owner = self.owner(Some(tenant)).await;
        sqlx::query("INSERT INTO vestibule.tenants (id, slug, name) VALUES ($1, 'second', 'Second')")
            .bind(tenant.0)
            .execute(&mut owner)
            .await
            .unwrap();
        let workspace = workspace(tenant, "second-shop", &self.ambient);
        self.database.workspaces().insert(&workspace).await.unwrap();
        workspace
    }

    /// A publishable key of the workspace, not stored yet.
    pub(super) fn new_key(&self) -> NewKey {
        key_of(&self.workspace, &self.ambient)
    }

    pub(super) async fn insert(&self, key: &NewKey) -> Result<(), InsertKeyError> {
        self.database.api_keys().insert(key, &Author::cli("test"), &self.ambient).await
    }

    /// Revokes a key, for no reason.
    pub(super) async fn revoke(&self, key: &NewKey, name: KeyName) -> Option<bool> {
        self.database.api_keys().revoke(key.tenant, name, None, &Author::cli("test"), &self.ambient).await.unwrap()
    }

    pub(super) async fn insert_key(&self) -> NewKey {
        let key = self.new_key();
        self.insert(&key).await.unwrap();
        key
    }

    /// The database through a proxy.
    pub(super) fn through(&self, proxy: &TcpProxy) -> Database {
        connect(&proxy.url(&self.test_database.url()))
    }

    /// A proxy before this database's server.
    pub(super) async fn proxy(&self) -> TcpProxy {
        TcpProxy::before_url(&self.test_database.url()).await
    }
}

pub(super) fn connect(url: &str) -> Database {
    Database::connect(&config::Database {
        ca_file: std::path::PathBuf::new(),
        url: SecretString::from(url),
        password: SecretString::default(),
        max_connections: 10,
        acquire_millis: 2_000,
        statement_millis: 5_000,
        stale_seconds: 60,
        migrate_on_start: false,
    })
    .unwrap()
}

pub(super) async fn set_tenant(connection: &mut PgConnection, tenant: TenantId) {
    sqlx::query("SELECT set_config('vestibule.tenant_id', $1, false)")
        .bind(tenant.to_string())
        .execute(connection)
        .await
        .unwrap();
}

pub(super) fn workspace(tenant: TenantId, slug: &str, ambient: &Ambient) -> Workspace {
    Workspace {
        id: WorkspaceId::new(ambient),
        tenant,
        slug: slug.to_owned(),
        upstream_slug: format!("{slug}-upstream"),
        display_name: "A shop".to_owned(),
        status: WorkspaceStatus::Active,
        settings: ChatSettings::default(),
        visitors: VisitorSettings::default(),
    }
}

pub(super) fn key_of(workspace: &Workspace, ambient: &Ambient) -> NewKey {
    let public_id = ApiKey::generate(KeyKind::Publishable, KeyEnv::Live, &*ambient.randomness).public_id();
    let mut hash = [0; 32];
    ambient.randomness.fill(&mut hash);
    NewKey {
        id: KeyId::new(ambient),
        tenant: workspace.tenant,
        workspace: Some(workspace.id),
        public_id,
        last_four: "aB3x".to_owned(),
        hash: KeyHash::from_bytes(hash),
        kind: KeyKind::Publishable,
        env: KeyEnv::Live,
        content: KeyContent {
            name: "Widget".to_owned(),
            scopes: Scope::PUBLISHABLE.to_vec(),
            allowed_origins: vec!["https://shop.example".to_owned()],
            ..KeyContent::default()
        },
        allow_any_origin: false,
        rotation: None,
        created_by: "cli".to_owned(),
        created_at: ambient.now(),
    }
}

/// What one gateway remembers, following changes.
pub(super) struct Replica {
    pub(super) keys: Arc<KeyDirectory>,
    pub(super) workspaces: Arc<WorkspaceDirectory>,
    pub(super) conversations: Arc<ConversationDirectory>,
    pub(super) state: watch::Receiver<ListenState>,
    following: JoinHandle<()>,
}

impl Replica {
    /// One that is listening.
    pub(super) async fn listening(database: &Database, ambient: &Ambient) -> Self {
        let mut replica = Self::with_rules(database, ambient, CacheRules::of_capacity(1000));
        replica.reaches(ListenState::Up).await;
        replica
    }

    pub(super) fn with_rules(database: &Database, ambient: &Ambient, rules: CacheRules) -> Self {
        let keys = Arc::new(KeyDirectory::with_rules(database.clone(), rules));
        let workspaces = Arc::new(WorkspaceDirectory::with_rules(database.clone(), rules));
        let conversations = Arc::new(ConversationDirectory::with_rules(database.clone(), ambient.clone(), rules));
        let listener = database.listen_with(ListenTimes {
            heartbeat: Duration::from_millis(50),
            patience: Duration::from_secs(5),
            least_pause: Duration::from_millis(10),
            most_pause: Duration::from_millis(50),
        });
        let state = listener.state();
        let following = tokio::spawn(cache::follow_changes(
            listener,
            Directories {
                keys: Arc::clone(&keys),
                workspaces: Arc::clone(&workspaces),
                conversations: Arc::clone(&conversations),
                ..Directories::new(database, ambient)
            },
            Arc::default(),
            |_| (),
        ));
        Self { keys, workspaces, conversations, state, following }
    }

    pub(super) async fn reaches(&mut self, wanted: ListenState) {
        within(self.state.wait_for(|state| *state == wanted)).await.unwrap();
    }

    /// Does something that keys are told about, and waits until they have been.
    pub(super) async fn told<T>(&self, change: impl Future<Output = T>) -> T {
        let mut changes = self.keys.changes();
        changes.mark_unchanged();
        let done = change.await;
        within(changes.changed()).await.unwrap();
        done
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.following.abort();
    }
}
