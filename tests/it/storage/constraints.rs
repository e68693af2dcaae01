//! Every constraint of the schema refuses what it is there to refuse.

mod catalog;
mod keys;
mod shops;
mod transcripts;
mod usage;
mod visitors;
mod webhooks;

use super::fixture::Fixture;
use sqlx::{AssertSqlSafe, Connection as _};
use std::collections::BTreeSet;
use vestibule::domain::ids::TenantId;

const UUID: &str = "gen_random_uuid()";
const TENANT: &str = "'00000000-0000-7000-8000-000000000001'";
const NO_ONE: &str = "'00000000-0000-7000-8000-0000000000ff'";

/// An INSERT of a row that is fine but for the columns given.
struct Row {
    table: &'static str,
    columns: Vec<(&'static str, String)>,
}

impl Row {
    fn with(mut self, column: &'static str, value: &str) -> Self {
        match self.columns.iter_mut().find(|(name, _)| *name == column) {
            Some(existing) => value.clone_into(&mut existing.1),
            None => self.columns.push((column, value.to_owned())),
        }
        self
    }

    fn sql(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<_> = self.columns.iter().map(|(_, value)| value.as_str()).collect();
        format!("INSERT INTO vestibule.{} ({}) VALUES ({})", self.table, names.join(", "), values.join(", "))
    }
}

fn row(table: &'static str, columns: &[(&'static str, &str)]) -> Row {
    Row { table, columns: columns.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
}

fn tenant() -> Row {
    row("tenants", &[("id", TENANT), ("slug", "'other'"), ("name", "'Other'")])
}

fn workspace() -> Row {
    let columns =
        [("id", UUID), ("tenant_id", TENANT), ("slug", "'new'"), ("upstream_slug", "'up'"), ("display_name", "'New'")];
    row("workspaces", &columns)
}

fn settings(workspace: &str) -> Row {
    row("workspace_settings", &[("workspace_id", workspace), ("tenant_id", TENANT)])
}

fn key(workspace: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("public_id", "'aaaaaaaaaaaa'"),
        ("kind", "'publishable'"),
        ("env", "'live'"),
        ("key_hash", "decode(repeat('ab', 32), 'hex')"),
        ("name", "'Widget'"),
        ("scopes", "'{chat:write}'"),
        ("allowed_origins", "'{https://shop.example}'"),
        ("created_by", "'cli'"),
    ];
    row("api_keys", &columns)
}

fn conversation(workspace: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("owner", "'key:1'"),
        ("session_id", "'session-0000000000'"),
        ("upstream_session", "repeat('u', 48)"),
        ("started_at", "now()"),
        ("last_at", "now()"),
    ];
    row("conversations", &columns)
}

fn opening(workspace: &str) -> Row {
    let columns = [
        ("upstream_session", "repeat('k', 48)"),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("key_id", "'one'"),
        ("sealed", "'\\x00'"),
    ];
    row("conversation_openings", &columns)
}

fn event() -> Row {
    let columns = [
        ("id", UUID),
        ("at", "now()"),
        ("tenant_id", TENANT),
        ("request_id", "'request-1'"),
        ("route", "'chat.create'"),
        ("outcome", "'ok'"),
        ("http_status", "200"),
        ("total_us", "1"),
        ("gateway_us", "1"),
        ("bytes_out", "1"),
    ];
    row("usage_events", &columns)
}

fn idempotency_key() -> Row {
    let columns = [
        ("tenant_id", TENANT),
        ("principal", "'key:1'"),
        ("key", "'k'"),
        ("fingerprint", "decode(repeat('ab', 32), 'hex')"),
        ("state", "'in_progress'"),
        ("claim", UUID),
        ("claimed_at", "now()"),
        ("expires_at", "now()"),
    ];
    row("idempotency_keys", &columns)
}

/// Each constraint with a row that breaks it and nothing else. `first` rows are there before.
fn cases(workspace_id: &str, existing_key: &str) -> Vec<(&'static str, Row)> {
    let w = workspace_id;
    vec![
        ("tenants_pkey", tenant()),
        ("tenants_slug_key", tenant().with("id", NO_ONE).with("slug", "'default'")),
        ("tenants_slug_format", tenant().with("id", NO_ONE).with("slug", "'Shop'")),
        ("tenants_name_length", tenant().with("id", NO_ONE).with("name", "''")),
        ("tenants_status_known", tenant().with("id", NO_ONE).with("status", "'gone'")),
        ("workspaces_pkey", workspace().with("id", w)),
        ("workspaces_slug_key", workspace().with("slug", "'shop'")),
        ("workspaces_upstream_slug_key", workspace().with("upstream_slug", "'shop-upstream'")),
        ("workspaces_tenant_fkey", workspace().with("tenant_id", NO_ONE)),
        ("workspaces_slug_format", workspace().with("slug", "'a/b'")),
        ("workspaces_upstream_slug_length", workspace().with("upstream_slug", "''")),
        ("workspaces_display_name_length", workspace().with("display_name", "repeat('x', 201)")),
        ("workspaces_status_known", workspace().with("status", "'gone'")),
        ("workspace_settings_pkey", settings(w)),
        ("workspace_settings_workspace_fkey", settings(NO_ONE)),
        ("workspace_settings_chat_mode_known", settings(NO_ONE).with("chat_mode", "'automatic'")),
        ("workspace_settings_top_n_range", settings(NO_ONE).with("top_n", "21")),
        ("workspace_settings_score_threshold_range", settings(NO_ONE).with("score_threshold", "1.01")),
        ("workspace_settings_max_message_chars_range", settings(NO_ONE).with("max_message_chars", "0")),
        ("workspace_settings_max_stream_secs_range", settings(NO_ONE).with("max_stream_secs", "901")),
        ("api_keys_pkey", key(w).with("id", existing_key)),
        ("api_keys_public_id_key", key(w).with("public_id", "'bbbbbbbbbbbb'")),
        ("api_keys_key_hash_key", key(w).with("key_hash", "decode(repeat('bb', 32), 'hex')")),
        (
            "api_keys_tenant_fkey",
            key("NULL").with("kind", "'secret'").with("allowed_origins", "'{}'").with("tenant_id", NO_ONE),
        ),
        ("api_keys_workspace_fkey", key(NO_ONE)),
        ("api_keys_public_id_format", key(w).with("public_id", "'aaaaaaaaaaa-'")),
        ("api_keys_kind_known", key(w).with("kind", "'other'")),
        ("api_keys_env_known", key(w).with("env", "'other'")),
        ("api_keys_key_hash_length", key(w).with("key_hash", "'\\x00'")),
        ("api_keys_name_length", key(w).with("name", "''")),
        ("api_keys_scopes_count", key(w).with("scopes", "'{}'")),
        (
            "api_keys_scopes_known",
            key(w).with("kind", "'secret'").with("allowed_origins", "'{}'").with("scopes", "'{everything}'"),
        ),
        (
            "api_keys_scopes_known",
            key(w).with("kind", "'secret'").with("allowed_origins", "'{}'").with("scopes", "'{NULL}'"),
        ),
        ("api_keys_origins_count", key(w).with("allowed_origins", "array_fill('https://a.example'::text, '{101}')")),
        ("api_keys_origins_not_null", key(w).with("allowed_origins", "'{NULL}'")),
        ("api_keys_publishable_scopes", key(w).with("scopes", "'{chat:write,keys:write}'")),
        ("api_keys_publishable_workspace", key("NULL")),
        ("api_keys_publishable_origin", key(w).with("allowed_origins", "'{}'")),
        ("api_keys_limits_positive", key(w).with("burst", "0")),
        ("api_keys_revoked_whole", key(w).with("revoked_at", "now()")),
        ("api_keys_revoked_whole", key(w).with("revoke_reason", "'leaked'")),
        (
            "api_keys_revoke_reason_length",
            key(w).with("revoked_at", "now()").with("revoked_by", "'cli'").with("revoke_reason", "repeat('x', 501)"),
        ),
        ("conversations_session_key", conversation(w).with("session_id", "'taken'")),
        ("conversations_upstream_session_key", conversation(w).with("upstream_session", "repeat('t', 48)")),
        ("conversations_workspace_fkey", conversation(NO_ONE)),
        ("conversations_owner_format", conversation(w).with("owner", "'key:a/b'")),
        ("conversations_visitor_length", conversation(w).with("visitor", "''")),
        ("conversations_session_id_length", conversation(w).with("session_id", "repeat('x', 129)")),
        ("conversations_upstream_session_length", conversation(w).with("upstream_session", "'short'")),
        ("conversations_upstream_session_own", conversation(w).with("upstream_session", "'session-0000000000'")),
        ("conversations_message_count_range", conversation(w).with("message_count", "-1")),
        ("conversations_last_after_start", conversation(w).with("last_at", "now() - interval '1 s'")),
        ("usage_events_request_id_length", event().with("request_id", "'short'")),
        ("usage_events_visitor_length", event().with("visitor", "repeat('x', 129)")),
        ("usage_events_route_length", event().with("route", "''")),
        ("usage_events_outcome_length", event().with("outcome", "''")),
        ("usage_events_http_status_range", event().with("http_status", "99")),
        ("usage_events_user_id_positive", event().with("user_id", "0")),
        ("usage_events_origin_length", event().with("origin", "''")),
        ("usage_events_model_length", event().with("model", "''")),
        ("usage_events_cache_known", event().with("cache", "'warm'")),
        ("usage_events_tokens_whole", event().with("prompt_tokens", "1")),
        ("usage_events_not_negative", event().with("gateway_us", "-1")),
        ("idempotency_keys_pkey", idempotency_key().with("key", "'taken'")),
        ("idempotency_keys_tenant_fkey", idempotency_key().with("tenant_id", NO_ONE)),
        ("idempotency_keys_principal_length", idempotency_key().with("principal", "''")),
        ("idempotency_keys_key_length", idempotency_key().with("key", "repeat('x', 256)")),
        ("idempotency_keys_fingerprint_length", idempotency_key().with("fingerprint", "'\\x00'")),
        ("idempotency_keys_state_known", idempotency_key().with("state", "'other'")),
        ("idempotency_keys_done_whole", idempotency_key().with("state", "'done'").with("status", "200")),
        (
            "idempotency_keys_status_range",
            idempotency_key().with("state", "'done'").with("status", "600").with("body", "''"),
        ),
        ("conversations_pkey", conversation(w).with("id", existing_key)),
        ("conversation_openings_pkey", opening(w).with("upstream_session", "'taken'")),
        ("conversation_openings_workspace_fkey", opening(NO_ONE)),
    ]
}

fn upstream_api_key() -> Row {
    let columns = [
        ("upstream_id", "1"),
        ("api_key", "decode(repeat('ab', 73), 'hex')"),
        ("seal_key_id", "'one'"),
        ("created_at", "now()"),
    ];
    row("upstream_api_key", &columns)
}

fn upstream_api_key_cases() -> Vec<(&'static str, Row)> {
    vec![
        ("upstream_api_key_pkey", upstream_api_key()),
        ("upstream_api_key_one_row", upstream_api_key().with("singleton", "false")),
        ("upstream_api_key_sealed", upstream_api_key().with("api_key", "'\\x00'")),
        ("upstream_api_key_recovery_codes_sealed", upstream_api_key().with("recovery_codes", "'\\x00'")),
    ]
}

fn auth_session() -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("user_id", "7"),
        ("username", "'jane'"),
        ("role", "'manager'"),
        ("refresh_key", "'\\x00'"),
        ("seal_key_id", "'one'"),
        ("device", "'curl'"),
        ("ip_prefix", "'203.0.113.0/24'"),
        ("created_at", "now()"),
        ("last_used_at", "now()"),
        ("user_checked_at", "now()"),
        ("idle_expires_at", "now()"),
        ("absolute_expires_at", "now()"),
    ];
    row("auth_sessions", &columns)
}

fn signing_key() -> Row {
    let columns = [
        ("kid", "'one'"),
        ("public_key", "decode(repeat('ab', 32), 'hex')"),
        ("private_key", "decode(repeat('ab', 73), 'hex')"),
        ("seal_key_id", "'one'"),
        ("created_at", "now()"),
        ("signs_from", "now()"),
    ];
    row("signing_keys", &columns)
}

fn identity_cases(existing_session: &str) -> Vec<(&'static str, Row)> {
    vec![
        ("auth_sessions_pkey", auth_session().with("id", existing_session)),
        ("auth_sessions_tenant_fkey", auth_session().with("tenant_id", NO_ONE)),
        ("auth_sessions_user_id_positive", auth_session().with("user_id", "0")),
        ("auth_sessions_username_length", auth_session().with("username", "''")),
        ("auth_sessions_role_known", auth_session().with("role", "'root'")),
        ("auth_sessions_refresh_counter_range", auth_session().with("refresh_counter", "-1")),
        ("auth_sessions_superseded_at_count", auth_session().with("superseded_at", "array_fill(now(), ARRAY[65])")),
        ("auth_sessions_superseded_at_not_null", auth_session().with("superseded_at", "ARRAY[NULL::timestamptz]")),
        ("auth_sessions_device_length", auth_session().with("device", "repeat('x', 101)")),
        ("auth_sessions_idle_within_absolute", auth_session().with("idle_expires_at", "now() + interval '1 second'")),
        (
            "auth_sessions_revoke_reason_known",
            auth_session().with("revoked_at", "now()").with("revoke_reason", "'boredom'"),
        ),
        ("auth_sessions_revoked_whole", auth_session().with("revoked_at", "now()")),
        (
            "auth_sessions_revoked_without_token",
            auth_session()
                .with("revoked_at", "now()")
                .with("revoke_reason", "'logout'")
                .with("upstream_token", "'\\x00'"),
        ),
        ("signing_keys_pkey", signing_key().with("verifies_until", "now()")),
        ("signing_keys_kid_format", signing_key().with("kid", "'a/b'")),
        ("signing_keys_public_key_length", signing_key().with("kid", "'two'").with("public_key", "'\\x00'")),
        ("signing_keys_private_key_sealed", signing_key().with("kid", "'two'").with("private_key", "'\\x00'")),
    ]
}

fn store(workspace: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("platform", "'custom'"),
        ("store_url", "'https://shop.example'"),
        ("catalog_source", "'rest_api'"),
    ];
    row("store_connections", &columns)
}

fn store_credentials(connection: &str) -> Row {
    let columns = [
        ("connection_id", connection),
        ("tenant_id", TENANT),
        ("platform", "'custom'"),
        ("auth_type", "'bearer'"),
        ("secret", "decode(repeat('ab', 73), 'hex')"),
        ("seal_key_id", "'one'"),
        ("rotated_at", "now()"),
    ];
    row("store_credentials", &columns)
}

fn store_cases(w: &str, existing: &str) -> Vec<(&'static str, Row)> {
    let store = || store(w);
    let feed = || {
        store()
            .with("platform", "'feed'")
            .with("catalog_source", "'feed'")
            .with("feed_url", "'https://shop.example/feed'")
            .with("feed_format", "'csv'")
    };
    let shopify = || {
        store()
            .with("platform", "'shopify'")
            .with("catalog_source", "'admin_api'")
            .with("store_ref", "'a.myshopify.com'")
    };
    let credentials = || store_credentials(existing);
    vec![
        ("store_connections_pkey", store().with("id", existing)),
        ("store_connections_workspace_key", store()),
        ("store_connections_workspace_fkey", store().with("workspace_id", NO_ONE)),
        ("store_connections_platform_known", store().with("platform", "'magneto'")),
        ("store_connections_store_url_format", store().with("store_url", "'https://user@shop.example'")),
        ("store_connections_store_url_format", store().with("store_url", "'ftp://shop.example'")),
        ("store_connections_store_url_format", store().with("store_url", "'https://shop.example/?a=b'")),
        (
            "store_connections_store_url_length",
            store().with("store_url", "'https://shop.example/' || repeat('x', 2048)"),
        ),
        ("store_connections_store_ref_format", store().with("store_ref", "'x'")),
        ("store_connections_store_ref_format", shopify().with("store_ref", "'shop.example'")),
        ("store_connections_store_ref_format", shopify().with("store_ref", "NULL")),
        ("store_connections_store_ref_format", store().with("platform", "'bigcommerce'").with("store_ref", "'../x'")),
        ("store_connections_store_ref_format", store().with("platform", "'magento'").with("store_ref", "'1'")),
        ("store_connections_api_version_format", store().with("api_version", "'1'")),
        ("store_connections_api_version_format", shopify().with("api_version", "'2026-02'")),
        (
            "store_connections_api_version_format",
            store().with("platform", "'woocommerce'").with("api_version", "'wc/v2'"),
        ),
        ("store_connections_channel_ref_format", store().with("channel_ref", "'1'")),
        (
            "store_connections_channel_ref_format",
            store().with("platform", "'bigcommerce'").with("store_ref", "'abc123'").with("channel_ref", "'one'"),
        ),
        ("store_connections_catalog_source_known", shopify().with("catalog_source", "'guess'")),
        ("store_connections_catalog_source_of_platform", shopify().with("catalog_source", "'rest_api'")),
        ("store_connections_catalog_source_of_platform", feed().with("catalog_source", "'rest_api'")),
        ("store_connections_feed_url_format", feed().with("feed_url", "'https://a:b@shop.example/feed'")),
        ("store_connections_feed_url_length", feed().with("feed_url", "'https://shop.example/' || repeat('x', 2048)")),
        ("store_connections_feed_format_known", feed().with("feed_format", "'xlsx'")),
        ("store_connections_feed_whole", feed().with("feed_url", "NULL")),
        ("store_connections_feed_whole", feed().with("feed_format", "NULL")),
        ("store_connections_feed_whole", store().with("feed_url", "'https://shop.example/feed'")),
        ("store_connections_locale_format", store().with("locale", "'de_AT'")),
        ("store_connections_currency_format", store().with("currency", "'eur'")),
        (
            "store_connections_schedule_cron_format",
            store().with("schedule_cron", "'daily'").with("schedule_timezone", "'UTC'"),
        ),
        (
            "store_connections_schedule_timezone_length",
            store().with("schedule_cron", "'0 4 * * *'").with("schedule_timezone", "''"),
        ),
        ("store_connections_schedule_whole", store().with("schedule_cron", "'0 4 * * *'")),
        (
            "store_connections_schedule_of_source",
            store()
                .with("catalog_source", "'manual'")
                .with("schedule_cron", "'0 4 * * *'")
                .with("schedule_timezone", "'UTC'"),
        ),
        ("store_connections_failure_threshold_range", store().with("failure_threshold_percent", "0")),
        ("store_connections_removal_threshold_range", store().with("removal_threshold_percent", "101")),
        ("store_connections_feed_encoding_length", store().with("feed_encoding", "''")),
        ("store_connections_decimal_separator_known", store().with("decimal_separator", "';'")),
        ("store_connections_timezone_length", store().with("timezone", "''")),
        ("store_connections_status_known", store().with("status", "'fine'").with("last_checked_at", "now()")),
        (
            "store_connections_last_error_code_format",
            store().with("status", "'degraded'").with("last_checked_at", "now()").with("last_error_code", "'Oh no'"),
        ),
        ("store_connections_checked_whole", store().with("status", "'healthy'")),
        ("store_connections_error_whole", store().with("status", "'degraded'").with("last_checked_at", "now()")),
        ("store_credentials_pkey", credentials()),
        ("store_credentials_connection_fkey", store_credentials(NO_ONE)),
        ("store_credentials_connection_fkey", store_credentials(NO_ONE).with("platform", "'feed'")),
        ("store_credentials_auth_type_known", credentials().with("auth_type", "'guess'")),
        ("store_credentials_auth_type_of_platform", credentials().with("auth_type", "'consumer_key'")),
        ("store_credentials_auth_type_of_platform", credentials().with("auth_type", "'access_token'")),
        ("store_credentials_secret_sealed", credentials().with("secret", "'\\x00'")),
        ("store_credentials_hint_length", credentials().with("hint", "'123456789'")),
        ("store_credentials_expiry_of_type", credentials().with("expires_at", "now()")),
    ]
}

fn former_pepper() -> Row {
    let columns = [
        ("pepper_id", "'0123456789abcdef'"),
        ("pepper", "decode(repeat('ab', 73), 'hex')"),
        ("seal_key_id", "'one'"),
        ("created_at", "now()"),
    ];
    row("former_peppers", &columns)
}

fn former_pepper_cases() -> Vec<(&'static str, Row)> {
    let other = || former_pepper().with("pepper_id", "'fedcba9876543210'");
    vec![
        ("former_peppers_pkey", former_pepper()),
        ("former_peppers_id_format", other().with("pepper_id", "'x'")),
        ("former_peppers_sealed", other().with("pepper", "'\\x00'")),
    ]
}

fn root_key() -> Row {
    row("root_key", &[("key_id", "'0123456789abcdef'"), ("noted_at", "now()")])
}

fn root_key_cases() -> Vec<(&'static str, Row)> {
    vec![
        ("root_key_pkey", root_key()),
        ("root_key_one_row", root_key().with("singleton", "false")),
        ("root_key_id_format", root_key().with("key_id", "'x'")),
    ]
}

/// Cannot be broken without breaking one of the above: a unique pair that contains a primary key, or a partition's
/// primary key, which has the partition's name.
const IMPLIED: [&str; 10] = [
    "webhooks_tenant_id_key",
    "transcripts_tenant_key",
    "erasures_tenant_key",
    "sync_runs_tenant_id_key",
    "business_hours_exceptions_tenant_key",
    "workspaces_tenant_id_key",
    "api_keys_tenant_id_key",
    "usage_events_pkey",
    "store_connections_tenant_id_key",
    "store_connections_tenant_id_platform_key",
];

#[tokio::test]
async fn every_constraint_refuses_what_it_forbids() {
    let fixture = Fixture::new().await;
    let mut owner = fixture.owner(Some(TenantId::DEFAULT)).await;
    let w = format!("'{}'", fixture.workspace.id);
    let id = "'00000000-0000-7000-8000-000000000abc'";
    for good in [
        key(&w).with("id", id).with("public_id", "'bbbbbbbbbbbb'").with("key_hash", "decode(repeat('bb', 32), 'hex')"),
        conversation(&w).with("id", id).with("session_id", "'taken'").with("upstream_session", "repeat('t', 48)"),
        opening(&w).with("upstream_session", "'taken'"),
        idempotency_key().with("key", "'taken'"),
        upstream_api_key(),
        auth_session().with("id", id),
        signing_key(),
        store(&w).with("id", id),
        store_credentials(id),
        former_pepper(),
        root_key(),
        event(),
        workspace(),
        key("NULL").with("kind", "'secret'").with("public_id", "'cccccccccccc'").with("allowed_origins", "'{}'"),
    ]
    .into_iter()
    .chain(keys::good(&w, id))
    .chain(shops::good(&w, id))
    .chain(catalog::good(&w, id))
    .chain(visitors::good(&w))
    .chain(webhooks::good(&w, id))
    .chain(transcripts::good(&w, id))
    .chain(usage::good())
    {
        sqlx::query(AssertSqlSafe(good.sql()))
            .execute(&mut owner)
            .await
            .unwrap_or_else(|e| panic!("{}: {e}", good.sql()));
    }
    sqlx::query("DELETE FROM vestibule.workspaces WHERE slug = 'new'").execute(&mut owner).await.unwrap();
    sqlx::query("DELETE FROM vestibule.api_keys WHERE public_id = 'cccccccccccc'").execute(&mut owner).await.unwrap();

    let mut refused_by = BTreeSet::new();
    let further = upstream_api_key_cases()
        .into_iter()
        .chain(identity_cases(id))
        .chain(store_cases(&w, id))
        .chain(keys::cases(&w, id))
        .chain(shops::cases(&w, id))
        .chain(catalog::cases(&w, id))
        .chain(visitors::cases(&w))
        .chain(webhooks::cases(&w, id))
        .chain(transcripts::cases(&w, id))
        .chain(usage::cases())
        .chain(former_pepper_cases())
        .chain(root_key_cases());
    for (constraint, bad) in cases(&w, id).into_iter().chain(further) {
        let mut tx = owner.begin().await.unwrap();
        // The policy comes before most constraints: be the tenant of the row.
        let tenant =
            bad.columns.iter().find(|(name, _)| *name == "tenant_id" || (bad.table == "tenants" && *name == "id"));
        let tenant = tenant.map_or(TENANT, |(_, value)| value).trim_matches('\'');
        sqlx::query("SELECT set_config('vestibule.tenant_id', $1, true)").bind(tenant).execute(&mut *tx).await.unwrap();
        let error = sqlx::query(AssertSqlSafe(bad.sql())).execute(&mut *tx).await.expect_err(constraint);
        let by = error.as_database_error().and_then(|e| e.constraint()).unwrap_or_default();
        assert_eq!(by, constraint, "{}: {error}", bad.sql());
        refused_by.insert(constraint.to_owned());
        tx.rollback().await.unwrap();
    }

    let all: Vec<String> = sqlx::query_scalar(
        r"
        SELECT DISTINCT conname::text
        FROM pg_constraint
        WHERE connamespace = 'vestibule'::regnamespace
          AND contype IN ('c', 'f', 'p', 'u')
          AND conrelid NOT IN ('vestibule.schema_migrations'::regclass, 'vestibule.usage_events_default'::regclass)
        ",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let untested: Vec<_> =
        all.iter().filter(|name| !refused_by.contains(*name) && !IMPLIED.contains(&name.as_str())).collect();
    assert!(untested.is_empty(), "constraints without a case here: {untested:?}");
}
