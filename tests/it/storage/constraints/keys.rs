//! The life of a key: quotas, addresses, rotation.

use super::{NO_ONE, Row, TENANT, key, row, workspace};

fn secret(workspace: &str) -> Row {
    key(workspace).with("kind", "'secret'").with("allowed_origins", "'{}'")
}

fn successor(workspace: &str, of: &str) -> Row {
    key(workspace).with("rotated_from", of).with("grace_from", "'now'").with("grace_seconds", "60")
}

fn day(key: &str) -> Row {
    row("quota_days", &[("tenant_id", TENANT), ("api_key_id", key), ("day", "'2026-11-23'")])
}

fn answers(workspace: &str) -> Row {
    let columns = [
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("prompt", "400"),
        ("completion", "30"),
        ("since", "'2026-11-23'"),
    ];
    row("answer_tokens", &columns)
}

/// Rows that are fine.
pub(super) fn good(w: &str, existing_key: &str) -> Vec<Row> {
    vec![day(existing_key), answers(w)]
}

pub(super) fn cases(w: &str, existing_key: &str) -> Vec<(&'static str, Row)> {
    vec![
        ("api_keys_last_four_format", key(w).with("last_four", "'abc'")),
        ("api_keys_ips_count", secret(w).with("allowed_ips", "array_fill('192.0.2.1/32'::cidr, '{101}')")),
        ("api_keys_ips_not_null", secret(w).with("allowed_ips", "'{NULL}'")),
        ("api_keys_quotas_positive", key(w).with("messages_per_day", "0")),
        ("api_keys_quotas_positive", key(w).with("tokens_per_month", "-1")),
        ("api_keys_publishable_anywhere", key(w).with("allowed_ips", "'{192.0.2.0/24}'")),
        ("api_keys_secret_no_apps", secret(w).with("allow_app_origins", "true")),
        ("api_keys_secret_no_pages", secret(w).with("allowed_origins", "'{https://shop.example}'")),
        ("api_keys_secret_no_pages", secret(w).with("allow_null_origin", "true")),
        ("api_keys_secret_no_pages", secret(w).with("visitor_token_required", "true")),
        ("api_keys_proof_of_work_for_token", key(w).with("proof_of_work", "true")),
        ("api_keys_expires_later", key(w).with("expires_at", "now() - interval '1 day'")),
        ("api_keys_version_range", key(w).with("version", "0")),
        ("api_keys_rotated_from_fkey", successor(w, NO_ONE)),
        ("api_keys_rotation_whole", key(w).with("grace_seconds", "60")),
        ("api_keys_rotation_whole", successor(w, existing_key).with("grace_from", "NULL")),
        ("api_keys_rotated_from_other", successor(w, existing_key).with("id", existing_key)),
        ("api_keys_grace_from_known", successor(w, existing_key).with("grace_from", "'later'")),
        ("api_keys_grace_seconds_range", successor(w, existing_key).with("grace_seconds", "2592001")),
        ("api_keys_grace_pending_first_use", key(w).with("grace_pending", "true")),
        ("api_keys_grace_pending_first_use", successor(w, existing_key).with("grace_pending", "true")),
        (
            "api_keys_grace_within_life",
            key(w).with("expires_at", "now() + interval '1 day'").with("grace_until", "now() + interval '2 days'"),
        ),
        ("quota_days_pkey", day(existing_key)),
        ("quota_days_key_fkey", day(NO_ONE)),
        ("quota_days_not_negative", day(existing_key).with("day", "'2026-11-24'").with("messages", "-1")),
        ("answer_tokens_pkey", answers(w)),
        ("answer_tokens_workspace_fkey", answers(NO_ONE)),
        ("answer_tokens_not_negative", answers(w).with("completion", "-1")),
        ("workspaces_token_generation_range", workspace().with("token_generation", "0")),
        ("workspaces_identity_enforced_enabled", workspace().with("identity_enforced", "true")),
    ]
}
