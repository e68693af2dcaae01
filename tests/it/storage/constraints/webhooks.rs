//! What workspaces tell others, and what shops tell us.

use super::{NO_ONE, Row, TENANT, UUID, row, store};

const SEALED: &str = "decode(repeat('ab', 60), 'hex')";

fn webhook(workspace: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("url", "'https://hooks.example/in'"),
        ("events", "'{key.expiring}'"),
        ("secret", SEALED),
        ("seal_key_id", "'one'"),
        ("created_at", "now()"),
        ("updated_at", "now()"),
    ];
    row("webhooks", &columns)
}

fn delivery(webhook: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("webhook_id", webhook),
        ("event", "'key.expiring'"),
        ("subject", "'taken'"),
        ("body", "'{}'"),
        ("next_attempt_at", "now()"),
        ("created_at", "now()"),
    ];
    row("webhook_deliveries", &columns)
}

fn change(workspace: &str) -> Row {
    let columns =
        [("workspace_id", workspace), ("tenant_id", TENANT), ("product_ref", "'4711'"), ("noted_at", "now()")];
    row("store_changes", &columns)
}

fn told(connection: &str) -> Row {
    let columns =
        [("connection_id", connection), ("tenant_id", TENANT), ("delivery_id", "'taken'"), ("received_at", "now()")];
    row("store_deliveries", &columns)
}

/// Rows that are fine.
pub(super) fn good(workspace: &str, id: &str) -> Vec<Row> {
    vec![webhook(workspace).with("id", id), delivery(id).with("id", id), change(workspace), told(id)]
}

pub(super) fn cases(w: &str, existing: &str) -> Vec<(&'static str, Row)> {
    let hook = |column, value| webhook(w).with(column, value);
    let message = |column, value| delivery(existing).with("subject", "'another'").with(column, value);
    vec![
        ("webhooks_pkey", hook("id", existing)),
        ("webhooks_workspace_fkey", webhook(NO_ONE)),
        ("webhooks_url_format", hook("url", "'ftp://hooks.example/'")),
        ("webhooks_description_length", hook("description", "repeat('x', 201)")),
        ("webhooks_events_count", hook("events", "'{}'")),
        ("webhooks_events_not_null", hook("events", "'{NULL}'")),
        ("webhooks_refused_percent_range", hook("refused_percent", "0")),
        ("webhooks_secret_sealed", hook("secret", "'\\x00'")),
        ("webhooks_previous_sealed", hook("previous", "'\\x00'").with("previous_until", "now()")),
        ("webhooks_previous_whole", hook("previous", SEALED)),
        ("webhooks_disabled_known", hook("disabled_because", "'whim'").with("enabled", "false")),
        ("webhooks_disabled_whole", hook("disabled_because", "'gone'")),
        ("webhook_deliveries_pkey", message("id", existing)),
        ("webhook_deliveries_once", delivery(existing)),
        ("webhook_deliveries_webhook_fkey", delivery(NO_ONE)),
        (
            "webhook_deliveries_state_known",
            message("state", "'lost'").with("next_attempt_at", "NULL").with("finished_at", "now()"),
        ),
        ("webhook_deliveries_state_whole", message("next_attempt_at", "NULL")),
        ("webhook_deliveries_lengths", message("event", "''")),
        ("webhook_deliveries_attempts_range", message("attempts", "-1")),
        ("store_changes_pkey", change(w)),
        ("store_changes_workspace_fkey", change(NO_ONE)),
        ("store_changes_product_ref_format", change(w).with("product_ref", "'x'")),
        ("store_deliveries_pkey", told(existing)),
        ("store_deliveries_connection_fkey", told(NO_ONE)),
        ("store_deliveries_delivery_id_length", told(existing).with("delivery_id", "''")),
        ("store_connections_feed_etag_length", store(NO_ONE).with("feed_etag", "''")),
        ("store_connections_feed_last_modified_length", store(NO_ONE).with("feed_last_modified", "''")),
        // One row is there from the beginning.
        ("webhook_watch_pkey", watch()),
        ("webhook_watch_one_row", watch().with("singleton", "false")),
        ("webhook_watch_away_since", watch().with("is_away", "true")),
    ]
}

fn watch() -> Row {
    row("webhook_watch", &[("looked_at", "now()")])
}
