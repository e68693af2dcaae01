//! What waits to be added up, and the sums.

use super::{Row, TENANT, row};

const ID: &str = "'00000000-0000-7000-8000-0000000000aa'";

fn pending() -> Row {
    let columns = [
        ("tenant_id", TENANT),
        ("id", ID),
        ("at", "'2026-11-23T00:00:00Z'"),
        ("route", "'r'"),
        ("outcome", "'ok'"),
        ("http_status", "200"),
        ("total_us", "1"),
        ("gateway_us", "1"),
        ("bytes_out", "1"),
    ];
    row("usage_pending", &columns)
}

fn sum() -> Row {
    let columns = [
        ("tenant_id", TENANT),
        ("granularity", "'hour'"),
        ("scope", "'tenant'"),
        ("dimension", "'none'"),
        ("starts_at", "'2026-11-23T00:00:00Z'"),
        ("workspace_id", ID),
        ("api_key_id", ID),
        ("value", "''"),
        ("requests", "1"),
        ("refused", "0"),
        ("outcomes", "'{}'"),
        ("prompt_tokens", "0"),
        ("completion_tokens", "0"),
        ("tokens_estimated", "0"),
        ("cache_hits", "0"),
        ("cache_misses", "0"),
        ("bytes_out", "0"),
        ("first_byte", "''"),
        ("total", "''"),
        ("gateway", "''"),
    ];
    row("usage_rollups", &columns)
}

fn mark() -> Row {
    row("usage_marks", &[("tenant_id", TENANT), ("segment", ID)])
}

fn correction() -> Row {
    row("usage_corrections", &[("tenant_id", TENANT), ("event_id", ID)])
}

pub(super) fn good() -> Vec<Row> {
    vec![pending(), sum(), mark(), correction()]
}

pub(super) fn cases() -> Vec<(&'static str, Row)> {
    vec![
        ("usage_pending_pkey", pending()),
        ("usage_rollups_pkey", sum()),
        ("usage_rollups_granularity_known", sum().with("granularity", "'week'")),
        ("usage_rollups_scope_known", sum().with("scope", "'visitor'")),
        ("usage_rollups_dimension_known", sum().with("dimension", "'colour'")),
        ("usage_rollups_value_length", sum().with("value", "repeat('x', 301)")),
        ("usage_rollups_outcomes_object", sum().with("value", "'x'").with("outcomes", "'[]'")),
        ("usage_rollups_not_negative", sum().with("value", "'x'").with("requests", "0")),
        ("usage_rollups_not_negative", sum().with("value", "'x'").with("bytes_out", "-1")),
        ("usage_marks_pkey", mark()),
        ("usage_marks_not_negative", mark().with("segment", "gen_random_uuid()").with("position", "-1")),
        ("usage_corrections_pkey", correction()),
        (
            "usage_corrections_tokens_whole",
            correction().with("event_id", "gen_random_uuid()").with("prompt_tokens", "1"),
        ),
        (
            "usage_corrections_not_negative",
            correction()
                .with("event_id", "gen_random_uuid()")
                .with("prompt_tokens", "-1")
                .with("completion_tokens", "1"),
        ),
    ]
}
