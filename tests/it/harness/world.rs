//! A gateway, its database and the AnythingLLM it stands before.

use super::database::HeldTable;
use super::{Http, TestDatabase, eventually};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;
use vestibule::app::{self, Gateway};
use vestibule::config::{Config, Environment, Sources};
use vestibule::domain::audit::Author;
use vestibule::domain::clock::{Ambient, Clock, SystemClock, SystemRandomness};
use vestibule::domain::ids::{KeyId, TenantId, WorkspaceId};
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind, PublicId};
use vestibule::domain::key::{KeyContent, KeyLimits};
use vestibule::domain::scope::{Scope, ScopeSet};
use vestibule::domain::workspace::{ChatSettings, VisitorSettings, Workspace, WorkspaceStatus};
use vestibule::storage::{Database, KeyName, NewKey};
use vestibule_stand_in::{Options, StandIn};

/// The page that the tests' publishable keys are used on.
pub(crate) const ORIGIN: &str = "https://shop.example";

/// The root key of all test gateways.
pub(crate) const SECRET_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Settings as if from the environment.
#[derive(Debug)]
pub(crate) struct Variables(pub(crate) BTreeMap<String, String>);

impl Environment for Variables {
    fn variables(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }

    fn read(&self, path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// The configuration that these variables make.
pub(crate) fn configured(variables: BTreeMap<String, String>) -> Config {
    Config::load_for(&Sources { file: None, environment: &Variables(variables) }, &[]).unwrap()
}

/// What a key of a test is like.
#[derive(Debug, Clone)]
pub(crate) struct KeySpec {
    pub(crate) kind: KeyKind,
    pub(crate) env: KeyEnv,
    pub(crate) workspace: Option<WorkspaceId>,
    pub(crate) origins: Vec<String>,
    pub(crate) scopes: ScopeSet,
    pub(crate) limits: KeyLimits,
    pub(crate) expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Everything a test needs; ends with it.
pub(crate) struct World {
    pub(crate) gateway: Option<Gateway>,
    pub(crate) upstream: Arc<StandIn>,
    pub(crate) database: Database,
    pub(crate) config: Config,
    pub(crate) ambient: Ambient,
    /// The workspace that exists from the start, with one document about a drill.
    pub(crate) workspace: Workspace,
    settings: BTreeMap<String, String>,
    test_database: Arc<TestDatabase>,
}

/// A clock that is ahead of the system's by so much.
#[derive(Debug)]
struct Ahead(TimeDelta);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }
}

/// A world to be.
#[derive(Debug, Default)]
pub(crate) struct WorldBuilder {
    settings: BTreeMap<String, String>,
    upstream: Options,
    ambient: Option<Ambient>,
    database: Option<TestDatabase>,
}

impl WorldBuilder {
    /// Sets `VESTIBULE_<name>`.
    #[must_use]
    pub(crate) fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.insert(format!("VESTIBULE_{name}"), value.to_string());
        self
    }

    #[must_use]
    pub(crate) fn upstream(mut self, options: Options) -> Self {
        self.upstream = options;
        self
    }

    /// With a clock and randomness of the test's own.
    #[must_use]
    pub(crate) fn ambient(mut self, ambient: Ambient) -> Self {
        self.ambient = Some(ambient);
        self
    }

    /// On a database of the test's own.
    #[must_use]
    pub(crate) fn database(mut self, database: TestDatabase) -> Self {
        self.database = Some(database);
        self
    }

    pub(crate) async fn start(self) -> World {
        let upstream = Arc::new(StandIn::start(self.upstream).await.unwrap());
        upstream.control().set_token_delay(std::time::Duration::ZERO);
        let test_database = match self.database {
            Some(database) => database,
            None => TestDatabase::served().await,
        };
        let ambient = self.ambient.unwrap_or_else(Ambient::system);
        World::begin(self.settings, upstream, Arc::new(test_database), ambient).await
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::builder().start().await
    }

    pub(crate) fn builder() -> WorldBuilder {
        WorldBuilder::default()
    }

    async fn begin(
        settings: BTreeMap<String, String>,
        upstream: Arc<StandIn>,
        test_database: Arc<TestDatabase>,
        ambient: Ambient,
    ) -> Self {
        let mut variables: BTreeMap<String, String> = [
            ("VESTIBULE_SECRET_KEY", SECRET_KEY),
            ("VESTIBULE_PUBLIC_LISTEN", "127.0.0.1:0"),
            ("VESTIBULE_ADMIN_LISTEN", "127.0.0.1:0"),
            ("VESTIBULE_OPS_LISTEN", "127.0.0.1:0"),
            ("VESTIBULE_USAGE_FLUSH_MILLIS", "20"),
            ("VESTIBULE_SHUTDOWN_DRAIN_SECONDS", "10"),
            // Tests count the calls that their requests make.
            ("VESTIBULE_UPSTREAM_MODELS_SECONDS", "0"),
            ("VESTIBULE_WEBHOOKS_LOOK_SECONDS", "3600"),
            ("VESTIBULE_DATABASE_MAX_CONNECTIONS", "5"),
            // The template is migrated, and each process that looks whether it is costs a connection.
            ("VESTIBULE_DATABASE_MIGRATE_ON_START", "false"),
            ("VESTIBULE_PUBLIC_URL", "https://chat.example"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        variables.insert("DATABASE_URL".into(), test_database.url());
        variables.insert("VESTIBULE_USAGE_SPOOL_DIR".into(), test_database.spool().display().to_string());
        variables.insert("VESTIBULE_UPSTREAM_URL".into(), upstream.url());
        variables.insert("VESTIBULE_UPSTREAM_API_KEY".into(), upstream.api_key().to_owned());
        variables.extend(settings.clone());
        let config = configured(variables);
        let database = Database::connect(&config.database).unwrap();
        let gateway = app::start(config.clone(), ambient.clone()).await.unwrap();
        let workspace = match database.workspaces().find_by_slug(TenantId::DEFAULT, "shop").await.unwrap() {
            Some(workspace) => workspace,
            None => add_workspace(&database, &upstream, &ambient, "shop").await,
        };
        Self { gateway: Some(gateway), upstream, database, config, ambient, workspace, settings, test_database }
    }

    /// Another replica on the same database and upstream, with the same settings.
    pub(crate) async fn replica(&self) -> Self {
        self.replica_at(self.ambient.clone()).await
    }

    /// A replica whose clock is ahead.
    pub(crate) async fn later(&self, time: TimeDelta) -> Self {
        let clock = Arc::new(Ahead(time));
        self.replica_at(Ambient { clock, ..Ambient::system() }).await
    }

    async fn replica_at(&self, ambient: Ambient) -> Self {
        let (upstream, database) = (Arc::clone(&self.upstream), Arc::clone(&self.test_database));
        Self::begin(self.settings.clone(), upstream, database, ambient).await
    }

    /// The same with other settings, `VESTIBULE_<name>`.
    pub(crate) async fn replica_with(&self, changed: &[(&str, &str)]) -> Self {
        let mut settings = self.settings.clone();
        settings.extend(changed.iter().map(|(name, value)| (format!("VESTIBULE_{name}"), (*value).to_owned())));
        Self::begin(settings, Arc::clone(&self.upstream), Arc::clone(&self.test_database), self.ambient.clone()).await
    }

    /// Where this world's database is, for programs and for looking into its tables.
    pub(crate) fn database_url(&self) -> String {
        self.test_database.url()
    }

    /// Looks into the tables, as the owner of the default tenant's rows.
    pub(crate) async fn query<T>(&self, sql: &str) -> Vec<T>
    where
        (T,): for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
        T: Send + Unpin,
    {
        self.test_database.query(sql).await
    }

    /// Lets nobody read or write a table of this world's until what is returned is released.
    pub(crate) async fn lock(&self, table: &str) -> HeldTable {
        self.test_database.lock(table).await
    }

    /// Lets nobody into this world's database and puts out whoever is in.
    pub(crate) async fn cut_off_the_database(&self) {
        self.test_database.cut_off().await;
    }

    /// Lets everybody read this world's database only, or write again.
    pub(crate) async fn set_read_only(&self, read_only: bool) {
        self.test_database.set_read_only(read_only).await;
    }

    /// Ends every connection to this world's database.
    pub(crate) async fn end_connections(&self) {
        self.test_database.put_everybody_out().await;
    }

    /// Where this world's gateways keep usage until it is in the database.
    pub(crate) fn spool(&self) -> PathBuf {
        self.test_database.spool()
    }

    /// Lets everybody in again.
    pub(crate) async fn restore_the_database(&self) {
        self.test_database.restore().await;
    }

    pub(crate) fn running(&self) -> &Gateway {
        self.gateway.as_ref().expect("the gateway was stopped")
    }

    /// Stops the gateway as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        self.gateway.take().expect("the gateway was stopped").stop().await;
    }

    /// A client of the public listener without any header.
    pub(crate) fn public(&self) -> Http {
        Http::new(self.running().public)
    }

    pub(crate) fn admin(&self) -> Http {
        Http::new(self.running().admin)
    }

    pub(crate) fn ops(&self) -> Http {
        Http::new(self.running().ops)
    }

    /// A browser on the shop's page with a fresh publishable key.
    pub(crate) async fn browser(&self) -> Http {
        let key = self.publishable_key().await;
        self.public().bearer(&key).with("origin", ORIGIN)
    }

    /// A shop's back end with a fresh secret key of the workspace.
    pub(crate) async fn server(&self) -> Http {
        let key = self.key(self.spec(KeyKind::Secret)).await;
        self.public().bearer(&key)
    }

    /// Waits until a request is in the usage.
    pub(crate) async fn until_recorded(&self, request_id: &str) {
        let query = format!("SELECT outcome FROM vestibule.usage_events WHERE request_id = '{request_id}'");
        eventually(async || match &self.query::<String>(&query).await[..] {
            [_] => Ok(()),
            found => Err(format!("{request_id}: {found:?}")),
        })
        .await;
    }

    /// Waits until the stream of a chat is recorded with this outcome: in its usage event and in the metrics.
    pub(crate) async fn recorded(&self, request_id: &str, outcome: &str) {
        let query = format!("SELECT outcome FROM vestibule.usage_events WHERE request_id = '{request_id}'");
        eventually(async || match &self.query::<String>(&query).await[..] {
            [found] if found == outcome => Ok(()),
            found => Err(format!("{request_id}: {found:?}")),
        })
        .await;
        let series = format!("vestibule_requests_total{{route=\"chat.create\",outcome=\"{outcome}\"}}");
        let metrics = self.ops().get("/metrics").await;
        assert!(metrics.text().contains(&series), "no {series} in {}", metrics.text());
    }

    pub(crate) fn spec(&self, kind: KeyKind) -> KeySpec {
        KeySpec {
            kind,
            env: KeyEnv::Test,
            workspace: Some(self.workspace.id),
            origins: match kind {
                KeyKind::Publishable => vec![ORIGIN.to_owned()],
                KeyKind::Secret => Vec::new(),
            },
            scopes: Scope::PUBLISHABLE.into_iter().collect(),
            limits: KeyLimits::default(),
            expires_at: None,
        }
    }

    pub(crate) async fn publishable_key(&self) -> String {
        self.key(self.spec(KeyKind::Publishable)).await
    }

    /// Stores a key and returns its text.
    pub(crate) async fn key(&self, spec: KeySpec) -> String {
        let key = ApiKey::generate(spec.kind, spec.env, &SystemRandomness);
        let new = NewKey {
            id: KeyId::new(&self.ambient),
            tenant: TenantId::DEFAULT,
            workspace: spec.workspace,
            public_id: key.public_id(),
            last_four: key.last_four().to_owned(),
            hash: key.hash(&self.config.root_key().unwrap().pepper()),
            kind: spec.kind,
            env: spec.env,
            content: KeyContent {
                name: "test".into(),
                scopes: spec.scopes.iter().collect(),
                allowed_origins: spec.origins,
                limits: spec.limits,
                expires_at: spec.expires_at,
                ..KeyContent::default()
            },
            allow_any_origin: false,
            rotation: None,
            created_by: "test".into(),
            created_at: self.ambient.now(),
        };
        self.database.api_keys().insert(&new, &Author::cli("test"), &self.ambient).await.unwrap();
        key.expose().to_owned()
    }

    pub(crate) async fn revoke(&self, key: &str) {
        let id: PublicId = ApiKey::parse(key).unwrap().public_id();
        let revoked = self
            .database
            .api_keys()
            .revoke(TenantId::DEFAULT, KeyName::PublicId(id), Some("test"), &Author::cli("test"), &self.ambient)
            .await
            .unwrap();
        assert!(revoked.is_some());
    }

    /// Changes in the database what no interface of ours changes yet.
    pub(crate) async fn sql(&self, sql: &str) {
        self.test_database.run(TenantId::DEFAULT, sql).await;
    }

    /// The same for another tenant's rows.
    pub(crate) async fn sql_of(&self, tenant: TenantId, sql: &str) {
        self.test_database.run(tenant, sql).await;
    }

    /// Looks into the tables, as the owner of a tenant's rows.
    pub(crate) async fn query_of<T>(&self, tenant: TenantId, sql: &str) -> Vec<T>
    where
        (T,): for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
        T: Send + Unpin,
    {
        self.test_database.query_of(tenant, sql).await
    }

    /// Sets columns of a key.
    pub(crate) async fn change_key(&self, key: &str, set: &str) {
        let id = ApiKey::parse(key).unwrap().public_id();
        self.sql(&format!("UPDATE vestibule.api_keys SET {set} WHERE public_id = '{id}'")).await;
    }

    /// Sets columns of the workspace's settings.
    pub(crate) async fn change_settings(&self, set: &str) {
        let id = self.workspace.id;
        self.sql(&format!("UPDATE vestibule.workspace_settings SET {set} WHERE workspace_id = '{id}'")).await;
    }

    /// Sets a workspace's status.
    pub(crate) async fn set_status(&self, workspace: WorkspaceId, status: &str) {
        self.sql(&format!("UPDATE vestibule.workspaces SET status = '{status}' WHERE id = '{workspace}'")).await;
    }

    /// A further workspace, here and upstream, with the same document.
    pub(crate) async fn add_workspace(&self, slug: &str) -> Workspace {
        add_workspace(&self.database, &self.upstream, &self.ambient, slug).await
    }
}

async fn add_workspace(database: &Database, upstream: &StandIn, ambient: &Ambient, slug: &str) -> Workspace {
    let upstream_slug = upstream.control().add_workspace(&format!("{slug} {}", Uuid::new_v4()));
    upstream.control().add_document(
        &upstream_slug,
        "Cordless drill NW-18",
        "The cordless drill NW-18 has an 18 volt battery and costs 189 euros. Delivery takes two working days.",
    );
    let workspace = Workspace {
        id: WorkspaceId::new(ambient),
        tenant: TenantId::DEFAULT,
        slug: slug.to_owned(),
        upstream_slug,
        display_name: slug.to_owned(),
        status: WorkspaceStatus::Active,
        settings: ChatSettings::default(),
        visitors: VisitorSettings::default(),
    };
    database.workspaces().insert(&workspace).await.unwrap();
    workspace
}
