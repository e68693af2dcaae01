//! Row-level security: a tenant's rows exist for that tenant only.

use super::fixture::{Fixture, key_of, set_tenant};
use sqlx::AssertSqlSafe;
use vestibule::domain::audit::Author;
use vestibule::domain::conversation::ChatSessionId;
use vestibule::domain::ids::{KeyId, TenantId};
use vestibule::domain::owner::Owner;
use vestibule::storage::{ConversationKey, InsertKeyError, KeyFilter, KeyName};

const TABLES: [&str; 13] = [
    "tenants",
    "workspaces",
    "workspace_settings",
    "api_keys",
    "conversations",
    "usage_events",
    "usage_pending",
    "usage_rollups",
    "usage_marks",
    "usage_corrections",
    "answer_tokens",
    "idempotency_keys",
    "auth_sessions",
];

/// A row in each table of the default tenant.
async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.insert_key().await;
    let session = ChatSessionId::parse("s").unwrap();
    let key = ConversationKey {
        tenant: TenantId::DEFAULT,
        workspace: fixture.workspace.id,
        owner: Owner::Key(KeyId::new(&fixture.ambient)),
        session: &session,
    };
    fixture.database.conversations().open(&key, None, &fixture.ambient).await.unwrap();
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    for statement in [
        r"INSERT INTO vestibule.usage_events
            (id, at, tenant_id, request_id, route, outcome, http_status, total_us, gateway_us, bytes_out)
          VALUES (gen_random_uuid(), now(), vestibule.current_tenant(), 'request-1', 'r', 'ok', 200, 1, 1, 1)",
        r"INSERT INTO vestibule.usage_rollups
            (tenant_id, granularity, scope, dimension, starts_at, workspace_id, api_key_id, value, requests, refused, outcomes,
             prompt_tokens, completion_tokens, tokens_estimated, cache_hits, cache_misses, bytes_out, first_byte, total, gateway)
          VALUES (vestibule.current_tenant(), 'hour', 'tenant', 'none', now(), gen_random_uuid(), gen_random_uuid(), '', 1, 0,
                  '{}', 0, 0, 0, 0, 0, 0, '', '', '')",
        r"INSERT INTO vestibule.usage_marks (tenant_id, segment) VALUES (vestibule.current_tenant(), gen_random_uuid())",
        r"INSERT INTO vestibule.usage_corrections (tenant_id, event_id)
          VALUES (vestibule.current_tenant(), gen_random_uuid())",
        r"INSERT INTO vestibule.answer_tokens (tenant_id, workspace_id, prompt, completion, since)
          SELECT tenant_id, id, 1, 1, now() FROM vestibule.workspaces LIMIT 1",
        r"INSERT INTO vestibule.idempotency_keys
            (tenant_id, principal, key, fingerprint, state, claim, claimed_at, expires_at)
          VALUES (vestibule.current_tenant(), 'p', 'k', decode(repeat('ab', 32), 'hex'), 'in_progress',
                  gen_random_uuid(), now(), now())",
        r"INSERT INTO vestibule.auth_sessions
            (id, tenant_id, user_id, username, role, refresh_key, seal_key_id, device, ip_prefix, created_at, last_used_at,
             user_checked_at, idle_expires_at, absolute_expires_at)
          VALUES (gen_random_uuid(), vestibule.current_tenant(), 7, 'jane', 'admin', '\x00', 'one', 'curl', '192.0.2.0/24',
                  now(), now(), now(), now(), now())",
    ] {
        sqlx::query(statement).execute(&mut app).await.unwrap();
    }
    fixture
}

async fn rows(connection: &mut sqlx::PgConnection, table: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM vestibule.{table}")))
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_tenant_sees_its_own_rows_only() {
    let fixture = filled().await;
    let second = fixture.second_tenant().await;
    let mut app = fixture.app(None).await;
    for table in TABLES {
        assert_eq!(rows(&mut app, table).await, 0, "{table} without a tenant");
    }
    set_tenant(&mut app, TenantId::DEFAULT).await;
    for table in TABLES {
        assert_eq!(rows(&mut app, table).await, 1, "{table} of the tenant");
    }
    set_tenant(&mut app, second.tenant).await;
    for table in TABLES {
        let own = i64::from(["tenants", "workspaces", "workspace_settings"].contains(&table));
        assert_eq!(rows(&mut app, table).await, own, "{table} of another tenant");
    }
}

/// The one who migrates had to be a member of the lookup role for a moment. If that lasted, it would see every key.
#[tokio::test]
async fn the_owner_of_the_tables_sees_no_more() {
    let fixture = filled().await;
    let mut owner = fixture.owner(None).await;
    for table in TABLES {
        assert_eq!(rows(&mut owner, table).await, 0, "{table}");
    }
    assert_eq!(rows(&mut owner, "usage_events_default").await, 0, "a partition by its own name");
}

#[tokio::test]
async fn a_tenant_cannot_write_for_another() {
    let fixture = filled().await;
    let second = fixture.second_tenant().await;
    let mut app = fixture.app(Some(second.tenant)).await;
    let inserted = sqlx::query(
        r"
        INSERT INTO vestibule.workspaces (id, tenant_id, slug, upstream_slug, display_name)
        VALUES (gen_random_uuid(), '00000000-0000-7000-8000-000000000001', 'mine', 'mine', 'Mine')
        ",
    )
    .execute(&mut app)
    .await
    .unwrap_err();
    assert!(inserted.to_string().contains("row-level security"), "{inserted}");
    let moved = sqlx::query("UPDATE vestibule.workspaces SET tenant_id = '00000000-0000-7000-8000-000000000001'")
        .execute(&mut app)
        .await
        .unwrap_err();
    assert!(moved.to_string().contains("row-level security"), "{moved}");
    for statement in [
        "UPDATE vestibule.api_keys SET name = 'mine'",
        "UPDATE vestibule.conversations SET message_count = 7",
        "DELETE FROM vestibule.idempotency_keys",
        "DELETE FROM vestibule.usage_pending",
        "UPDATE vestibule.usage_rollups SET requests = 7",
        "UPDATE vestibule.usage_marks SET position = 7",
        "UPDATE vestibule.usage_corrections SET is_written = true",
        "UPDATE vestibule.usage_events SET prompt_tokens = 7, completion_tokens = 7, tokens_estimated = false",
        "UPDATE vestibule.answer_tokens SET prompt = 7",
    ] {
        let touched = sqlx::query(statement).execute(&mut app).await.unwrap().rows_affected();
        assert_eq!(touched, 0, "{statement}");
    }
}

#[tokio::test]
async fn a_row_cannot_point_into_another_tenant() {
    let fixture = Fixture::new().await;
    let second = fixture.second_tenant().await;
    let mut key = key_of(&second, &fixture.ambient);
    key.workspace = Some(fixture.workspace.id);
    assert_eq!(fixture.insert(&key).await, Err(InsertKeyError::NoWorkspace));
}

#[tokio::test]
async fn repositories_find_nothing_of_another_tenant() {
    let fixture = filled().await;
    let second = fixture.second_tenant().await;
    let key = fixture.insert_key().await;
    let (workspaces, keys) = (fixture.database.workspaces(), fixture.database.api_keys());
    assert_eq!(workspaces.find_by_slug(second.tenant, "shop").await.unwrap(), None);
    assert_eq!(workspaces.list(second.tenant, None, 10).await.unwrap(), std::slice::from_ref(&second));
    assert!(keys.list(second.tenant, &KeyFilter::default(), fixture.ambient.now(), None, 10).await.unwrap().is_empty());
    let revoked =
        keys.revoke(second.tenant, KeyName::Id(key.id), None, &Author::cli("test"), &fixture.ambient).await.unwrap();
    assert_eq!(revoked, None);
    assert_eq!(keys.find(&key.public_id).await.unwrap().unwrap().revoked_at, None);
}

/// The tenant of a request must not be left on the connection for the next one.
#[tokio::test]
async fn the_tenant_ends_with_the_operation() {
    let fixture = Fixture::new().await;
    let database = &fixture.database;
    let session = ChatSessionId::parse("s").unwrap();
    let key = ConversationKey {
        tenant: TenantId::DEFAULT,
        workspace: fixture.workspace.id,
        owner: Owner::Key(KeyId::new(&fixture.ambient)),
        session: &session,
    };
    let mut connection = fixture.app(None).await;
    let id: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT id FROM vestibule.open_conversation($1, $2, $3, NULL, 's', $4, $5, now())")
            .bind(key.tenant.0)
            .bind(key.workspace.0)
            .bind(key.owner.storage_key())
            .bind(fixture.ambient.uuid())
            .bind("u".repeat(48))
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(id.len(), 1);
    assert_eq!(rows(&mut connection, "conversations").await, 0);
    assert_eq!(database.conversations().find(&key).await.unwrap().unwrap().id.0, id[0]);
}
