//! A database per test, copied from a template that is migrated once.

use super::eventually;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::ffi::OsString;
use std::path::PathBuf;
use url::Url;
use uuid::Uuid;
use vestibule::domain::ids::TenantId;

/// A migrated, empty database; dropped with this value, unless the whole server is going to be thrown away.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    admin: Url,
    name: String,
    /// Its server is the test's own, and is thrown away with all that is in it. It may be gone before this value.
    ends_with_server: bool,
}

/// Held while the template is made. Many may copy it at once.
const LOCK: i64 = 0x7665_7374_6962;

/// What a database has when a test gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Migrated,
    /// With the partitions too that a gateway makes when it starts, which costs more than its start.
    Served,
}

impl TestDatabase {
    /// As `vestibule migrate` leaves it.
    pub(crate) async fn create() -> Self {
        Self::copied(Content::Migrated).await
    }

    /// As a gateway leaves it that has served nobody.
    pub(crate) async fn served() -> Self {
        Self::copied(Content::Served).await
    }

    /// The same on a server of the test's own, as a role that may create databases and roles.
    pub(crate) async fn served_by(admin: Url) -> Self {
        let mut database = Self::copied_on(admin, Content::Served).await;
        database.ends_with_server = true;
        database
    }

    async fn copied(content: Content) -> Self {
        Self::copied_on(admin_url(), content).await
    }

    async fn copied_on(admin: Url, content: Content) -> Self {
        let mut connection = PgConnection::connect(admin.as_str()).await.expect("TEST_DATABASE_URL answers");
        let template = template(content, &admin, &mut connection).await;
        let name = format!("vestibule_test_{}", Uuid::new_v4().simple());
        // Copying files costs two checkpoints, which are nothing to a server that never syncs and much to any other.
        let strategy = if throwaway().is_some() { "STRATEGY FILE_COPY" } else { "" };
        run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}")).await;
        connection.close().await.unwrap();
        Self { admin, name, ends_with_server: false }
    }

    /// Changes what no interface of ours changes yet. The text is the test's own.
    pub(crate) async fn run(&self, tenant: TenantId, sql: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        run(&mut connection, format!("BEGIN; SET LOCAL vestibule.tenant_id = '{tenant}'; {sql}; COMMIT")).await;
        connection.close().await.unwrap();
    }

    /// Where it is, as a role that owns it.
    pub(crate) fn url(&self) -> String {
        let mut url = self.admin.clone();
        url.set_path(&self.name);
        url.to_string()
    }

    /// Where gateways on this database keep usage until it is there; gone with this value.
    pub(crate) fn spool(&self) -> PathBuf {
        std::env::temp_dir().join(format!("vestibule-it-{}", self.name))
    }

    /// The first column of a query's rows, all of the default tenant's that it names.
    pub(crate) async fn query<T>(&self, sql: &str) -> Vec<T>
    where
        (T,): for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
        T: Send + Unpin,
    {
        self.query_of(TenantId::DEFAULT, sql).await
    }

    /// The same of another tenant's.
    pub(crate) async fn query_of<T>(&self, tenant: TenantId, sql: &str) -> Vec<T>
    where
        (T,): for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
        T: Send + Unpin,
    {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let tenant = tenant.0.to_string();
        let set = sqlx::query("SELECT set_config('vestibule.tenant_id', $1, false)").bind(tenant);
        set.execute(&mut connection).await.unwrap();
        let rows: Vec<(T,)> = sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        rows.into_iter().map(|(value,)| value).collect()
    }

    /// Lets nobody read or write a table until what is returned is released.
    pub(crate) async fn lock(&self, table: &str) -> HeldTable {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        run(&mut connection, format!("BEGIN; LOCK TABLE {table}")).await;
        HeldTable(connection)
    }

    /// Lets everybody read only, as a standby does, or write again; whoever is in is put out.
    pub(crate) async fn set_read_only(&self, read_only: bool) {
        let mut connection = PgConnection::connect(self.admin.as_str()).await.unwrap();
        let name = &self.name;
        run(&mut connection, format!("ALTER DATABASE {name} SET default_transaction_read_only = {read_only}")).await;
        put_out(name, &mut connection).await;
        connection.close().await.unwrap();
    }

    /// Ends every connection to it.
    pub(crate) async fn put_everybody_out(&self) {
        let mut connection = PgConnection::connect(self.admin.as_str()).await.unwrap();
        put_out(&self.name, &mut connection).await;
        connection.close().await.unwrap();
    }

    /// Lets nobody in and puts out whoever is in.
    pub(crate) async fn cut_off(&self) {
        let mut connection = PgConnection::connect(self.admin.as_str()).await.unwrap();
        let name = &self.name;
        run(&mut connection, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
        put_out(name, &mut connection).await;
        connection.close().await.unwrap();
    }

    /// Lets everybody in again.
    pub(crate) async fn restore(&self) {
        let mut connection = PgConnection::connect(self.admin.as_str()).await.unwrap();
        run(&mut connection, format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name)).await;
        connection.close().await.unwrap();
    }
}

/// A table that everybody waits for.
#[derive(Debug)]
pub(crate) struct HeldTable(PgConnection);

impl HeldTable {
    /// Until somebody waits for it.
    pub(crate) async fn awaited(&mut self) {
        let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
        eventually(async || {
            let waits: bool = sqlx::query_scalar(waiting).fetch_one(&mut self.0).await.unwrap();
            if waits { Ok(()) } else { Err("nobody waits") }
        })
        .await;
    }

    /// Everybody goes on.
    pub(crate) async fn release(self) {
        self.0.close().await.unwrap();
    }
}

/// A server that does not let anybody in for so long is gone.
const GONE: std::time::Duration = std::time::Duration::from_secs(5);

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.spool());
        if self.ends_with_server || throwaway().is_some_and(|how| how == "undropped") {
            return;
        }
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                // What leads to a server of the test's own may not lead anywhere any more.
                let connected = tokio::time::timeout(GONE, PgConnection::connect(admin.as_str())).await;
                if let Ok(Ok(mut connection)) = connected {
                    run(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                }
            });
        });
        let _ = dropped.join();
    }
}

fn admin_url() -> Url {
    let url = std::env::var("TEST_DATABASE_URL").or_else(|_| std::env::var("DATABASE_URL"));
    url.expect("`make test` starts a PostgreSQL and sets TEST_DATABASE_URL").parse().unwrap()
}

/// Set by `scripts/test.sh` if the server ends with the tests: to `undropped` if it has room for all their databases.
fn throwaway() -> Option<OsString> {
    std::env::var_os("TEST_DATABASE_THROWAWAY")
}

/// The name of the template for the migrations of today, which is made if it is not there.
async fn template(content: Content, admin: &Url, connection: &mut PgConnection) -> String {
    let mut hash = Sha256::new();
    for migration in vestibule::storage::MIGRATOR.iter() {
        hash.update(&migration.checksum);
    }
    let hash: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
    let served = if content == Content::Served { "_served" } else { "" };
    let name = format!("vestibule_template_{hash}{served}");
    if exists(&name, connection).await {
        return name;
    }
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut *connection).await.unwrap();
    if !exists(&name, connection).await {
        let building = format!("{name}_building");
        run(connection, format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).await;
        run(connection, format!("CREATE DATABASE {building}")).await;
        let mut url = admin.clone();
        url.set_path(&building);
        let mut fresh = PgConnection::connect(url.as_str()).await.unwrap();
        vestibule::storage::MIGRATOR.run(&mut fresh).await.unwrap();
        if content == Content::Served {
            run(&mut fresh, "SELECT vestibule.make_usage_partitions(3, 90)".to_owned()).await;
        }
        fresh.close().await.unwrap();
        run(connection, format!("ALTER DATABASE {building} RENAME TO {name}")).await;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(LOCK).execute(&mut *connection).await.unwrap();
    name
}

async fn exists(database: &str, connection: &mut PgConnection) -> bool {
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)").bind(database);
    query.fetch_one(connection).await.unwrap()
}

async fn put_out(database: &str, connection: &mut PgConnection) {
    let out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    sqlx::query(out).bind(database).execute(connection).await.unwrap();
}

/// Names are ours, made of letters, digits and underscores.
async fn run(connection: &mut PgConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}
