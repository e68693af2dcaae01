//! The migrations as a whole: who may run them, how often, and what they leave behind.

use super::fixture::{Fixture, connect, within};
use crate::harness::TestDatabase;
use sqlx::{Connection as _, PgConnection};
use vestibule::storage::{MIGRATOR, StorageError};

/// A database that no migration has seen.
async fn empty() -> (TestDatabase, PgConnection) {
    let database = TestDatabase::create().await;
    let mut owner = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::query("DROP SCHEMA vestibule CASCADE").execute(&mut owner).await.unwrap();
    (database, owner)
}

fn newest() -> i64 {
    MIGRATOR.iter().map(|m| m.version).max().unwrap()
}

#[tokio::test]
async fn an_owner_that_is_no_superuser_migrates() {
    let (test_database, mut owner) = empty().await;
    let superuser: bool = sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert!(!superuser, "these tests mean nothing as a superuser");

    let database = connect(&test_database.url());
    let version = database.schema_version().await.unwrap();
    assert_eq!((version.applied, version.expected, version.is_current()), (None, newest(), false));
    database.migrate().await.unwrap();
    let version = database.schema_version().await.unwrap();
    assert_eq!((version.applied, version.is_current()), (Some(newest()), true));
    database.ping().await.unwrap();
    database.migrate().await.unwrap();
}

#[tokio::test]
async fn replicas_that_start_together_migrate_once() {
    let (test_database, mut owner) = empty().await;
    let starting: Vec<_> = (0..8)
        .map(|_| {
            let database = connect(&test_database.url());
            tokio::spawn(async move { database.migrate().await })
        })
        .collect();
    for started in starting {
        within(started).await.unwrap().unwrap();
    }
    let applied: i64 =
        sqlx::query_scalar("SELECT count(*) FROM vestibule.schema_migrations").fetch_one(&mut owner).await.unwrap();
    assert_eq!(applied, i64::try_from(MIGRATOR.iter().count()).unwrap());
}

#[tokio::test]
async fn databases_of_one_cluster_are_migrated_at_the_same_time() {
    let mut databases = Vec::new();
    for _ in 0..6 {
        databases.push(empty().await.0);
    }
    let migrating: Vec<_> = databases
        .iter()
        .map(|test_database| {
            let database = connect(&test_database.url());
            tokio::spawn(async move { database.migrate().await })
        })
        .collect();
    for migrated in migrating {
        within(migrated).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_not_migrated_says_so() {
    let (test_database, _) = empty().await;
    let database = connect(&test_database.url());
    let found = database.workspaces().find_by_slug(vestibule::domain::ids::TenantId::DEFAULT, "shop").await;
    assert!(matches!(found, Err(StorageError::NotMigrated(_))), "{found:?}");
}

#[tokio::test]
async fn a_newer_database_is_served_but_not_migrated() {
    let fixture = Fixture::new().await;
    sqlx::query("INSERT INTO vestibule.schema_migrations VALUES (9999, 'later', now(), true, '\\x00', 1)")
        .execute(&mut fixture.owner(None).await)
        .await
        .unwrap();
    assert!(fixture.database.schema_version().await.unwrap().is_current());
    fixture.database.migrate().await.unwrap();
    assert_eq!(fixture.database.schema_version().await.unwrap().applied, Some(9999));
}

#[tokio::test]
async fn tables_of_a_tenant_are_closed_to_other_tenants() {
    let fixture = Fixture::new().await;
    let open: Vec<String> = sqlx::query_scalar(
        r"
        SELECT c.relname::text
        FROM pg_class c
        WHERE c.relnamespace = 'vestibule'::regnamespace
          AND c.relkind IN ('r', 'p')
          -- Those of the installation, which have no tenant.
          AND c.relname NOT IN (
            'schema_migrations', 'upstream_api_key', 'signing_keys', 'former_peppers', 'root_key', 'webhook_watch')
          AND NOT (
            c.relrowsecurity
            AND c.relforcerowsecurity
            AND EXISTS (
              SELECT
              FROM pg_policy p
              WHERE p.polrelid = c.oid
                AND p.polname = 'tenant_isolation'
                AND p.polcmd = '*'
                AND p.polroles = '{0}'
                AND pg_get_expr(p.polqual, p.polrelid) LIKE '%( SELECT %current_tenant() AS current_tenant)%'
                AND pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid)
            )
          )
        ",
    )
    .fetch_all(&mut fixture.owner(None).await)
    .await
    .unwrap();
    assert_eq!(open, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_open_to_everybody() {
    let fixture = Fixture::new().await;
    let mut owner = fixture.owner(None).await;
    let functions: Vec<String> = sqlx::query_scalar(
        r"
        SELECT p.oid::regprocedure::text
        FROM pg_proc p
        WHERE p.pronamespace = 'vestibule'::regnamespace
          AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))
        ",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(functions, Vec::<String>::new(), "functions that PUBLIC may call");
    let relations: Vec<String> = sqlx::query_scalar(
        r"
        SELECT c.relname::text
        FROM pg_class c
        WHERE c.relnamespace = 'vestibule'::regnamespace
          AND EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0)
        ",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(relations, Vec::<String>::new(), "tables that PUBLIC may use");
}

#[tokio::test]
async fn the_lookup_role_can_do_eight_things_and_has_no_members() {
    let fixture = Fixture::new().await;
    let mut owner = fixture.owner(None).await;
    let functions: Vec<(String, bool, String)> = sqlx::query_as(
        r"
        SELECT p.proname::text, p.prosecdef, array_to_string(p.proconfig, ';')
        FROM pg_proc p
        JOIN pg_roles r ON r.oid = p.proowner
        WHERE r.rolname = 'vestibule_lookup'
        ORDER BY p.proname
        ",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let lookups = [
        "api_key_allows_apps",
        "conversations_with_words",
        "find_api_key",
        "find_store_connection",
        "list_active_tenants",
        "tenant_ids",
        "tenant_named",
        "webhook_tenants",
    ];
    // These belong to whoever migrated, and look at no row of a tenant but to move it.
    let upkeep = ["drop_usage_partitions", "make_usage_partitions"];
    assert_eq!(functions, lookups.map(|name| (name.to_owned(), true, "search_path=pg_catalog, pg_temp".to_owned())));

    let definers: Vec<String> = sqlx::query_scalar(
        "SELECT proname::text FROM pg_proc WHERE pronamespace = 'vestibule'::regnamespace AND prosecdef ORDER BY 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let mut expected: Vec<_> = lookups.into_iter().chain(upkeep).collect();
    expected.sort_unstable();
    assert_eq!(definers, expected);

    let whole_tables: Vec<String> = sqlx::query_scalar(
        r"
        SELECT c.relname::text
        FROM pg_class c
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
        WHERE c.relnamespace = 'vestibule'::regnamespace
          AND c.relkind IN ('r', 'p')
          AND has_table_privilege('vestibule_lookup', c.oid, privilege)
        ",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(whole_tables, Vec::<String>::new(), "columns only");

    let create: bool = sqlx::query_scalar("SELECT has_schema_privilege('vestibule_lookup', 'vestibule', 'CREATE')")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert!(!create);
    // Another test may be migrating just now, which makes a member for the length of a transaction; only what is
    // committed shows here.
    let members: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = 'vestibule_lookup'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(members, 0);
}

#[tokio::test]
async fn the_gateway_is_a_role_that_cannot_get_around_the_rules() {
    let fixture = Fixture::new().await;
    let mut app = fixture.app(None).await;
    let (superuser, bypass, login): (bool, bool, bool) =
        sqlx::query_as("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = current_user")
            .fetch_one(&mut app)
            .await
            .unwrap();
    assert_eq!((superuser, bypass, login), (false, false, false));
    sqlx::query("SET row_security = off").execute(&mut app).await.unwrap();
    for statement in [
        "SELECT * FROM vestibule.api_keys",
        "ALTER TABLE vestibule.api_keys DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_isolation ON vestibule.api_keys",
        "CREATE TABLE vestibule.mine (id integer)",
        "DELETE FROM vestibule.api_keys",
        "UPDATE vestibule.usage_events SET route = 'x'",
        "UPDATE vestibule.usage_pending SET route = 'x'",
        "SELECT * FROM vestibule.usage_events_default",
        "INSERT INTO vestibule.tenants (id, slug, name) VALUES (gen_random_uuid(), 'mine', 'Mine')",
        "SET ROLE vestibule_lookup",
    ] {
        let error = sqlx::query(statement).execute(&mut app).await.expect_err(statement);
        let code =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
        assert_eq!(code, "42501", "{statement}: {error}");
    }
}

#[tokio::test]
async fn connections_of_the_pool_are_the_role_and_bounded() {
    let fixture = Fixture::new().await;
    fixture.database.ping().await.unwrap();
    let roles: Vec<(String, String)> = sqlx::query_as(
        r"
        SELECT DISTINCT s.application_name, s.usename::text
        FROM pg_stat_activity s
        WHERE s.datname = current_database() AND s.application_name LIKE 'vestibule%'
        ",
    )
    .fetch_all(&mut fixture.owner(None).await)
    .await
    .unwrap();
    assert_eq!(roles.len(), 1, "{roles:?}");
    assert_eq!(roles[0].0, "vestibule");
}
