//! Catalogues: syncs and the documents of products.

use super::{NO_ONE, Row, TENANT, UUID, row};

fn of_workspace(table: &'static str, workspace: &str) -> Row {
    row(table, &[("workspace_id", workspace), ("tenant_id", TENANT)])
}

/// A run that is over: only one that is not may be there at a time.
fn run(workspace: &str) -> Row {
    of_workspace("sync_runs", workspace)
        .with("id", UUID)
        .with("trigger", "'api'")
        .with("source", "'connection'")
        .with("status", "'succeeded'")
        .with("created_at", "now()")
        .with("finished_at", "now()")
}

fn of_run(table: &'static str, run: &str) -> Row {
    row(table, &[("run_id", run), ("tenant_id", TENANT)])
}

fn error(run: &str) -> Row {
    of_run("sync_errors", run).with("number", "1").with("code", "'no_title'").with("message", "'It has no title.'")
}

fn item(run: &str) -> Row {
    of_run("sync_items", run).with("product_key", "'P-1'").with("item_id", "'P-1'").with("number", "1")
}

fn outcome(run: &str) -> Row {
    of_run("sync_outcomes", run).with("number", "1").with("outcome", "'added'")
}

fn product(workspace: &str) -> Row {
    of_workspace("catalog_products", workspace).with("product_key", "'P-1'").with("updated_at", "now()")
}

fn discarded(workspace: &str) -> Row {
    of_workspace("catalog_discarded", workspace).with("location", "'custom-documents/a.json'")
}

/// Rows that are fine.
pub(super) fn good(workspace: &str, id: &str) -> Vec<Row> {
    vec![
        run(workspace).with("id", id),
        error(id),
        item(id),
        outcome(id),
        product(workspace),
        discarded(workspace),
        of_workspace("catalog_state", workspace),
    ]
}

pub(super) fn cases(w: &str, existing: &str) -> Vec<(&'static str, Row)> {
    const HASH: &str = "decode(repeat('ab', 32), 'hex')";
    vec![
        ("sync_runs_pkey", run(w).with("id", existing)),
        ("sync_runs_workspace_fkey", run(NO_ONE)),
        ("sync_runs_trigger_known", run(w).with("trigger", "'whim'")),
        ("sync_runs_scope_known", run(w).with("scope", "'half'")),
        ("sync_runs_scope_whole", run(w).with("scope", "'changes'")),
        ("sync_runs_removal_whole", run(w).with("trigger", "'purge'")),
        ("sync_runs_removal_whole", run(w).with("requested_by", "'{}'")),
        ("sync_runs_source_known", run(w).with("source", "'hearsay'")),
        ("sync_runs_status_known", run(w).with("status", "'stuck'").with("finished_at", "NULL")),
        ("sync_runs_phase_known", run(w).with("phase", "'thinking'")),
        ("sync_runs_held_whole", run(w).with("holder", UUID)),
        ("sync_runs_finished_whole", run(w).with("finished_at", "NULL")),
        ("sync_runs_error_whole", run(w).with("error_code", "'feed_gone'")),
        ("sync_runs_error_code_format", run(w).with("status", "'failed'").with("error_code", "'Feed gone'")),
        ("sync_runs_error_message_length", run(w).with("error_message", "repeat('x', 501)")),
        ("sync_errors_pkey", error(existing)),
        ("sync_errors_run_fkey", error(NO_ONE)),
        ("sync_errors_number_range", error(existing).with("number", "201")),
        ("sync_errors_code_format", error(existing).with("number", "2").with("code", "'No title'")),
        ("sync_errors_lengths", error(existing).with("number", "2").with("message", "repeat('x', 501)")),
        ("sync_items_pkey", item(existing)),
        ("sync_items_run_fkey", item(NO_ONE)),
        ("sync_items_lengths", item(existing).with("product_key", "''")),
        ("sync_outcomes_pkey", outcome(existing)),
        ("sync_outcomes_run_fkey", outcome(NO_ONE)),
        ("sync_outcomes_outcome_known", outcome(existing).with("number", "2").with("outcome", "'lost'")),
        ("sync_outcomes_code_format", outcome(existing).with("number", "2").with("code", "'No title'")),
        ("sync_outcomes_lengths", outcome(existing).with("number", "2").with("product_key", "''")),
        ("sync_runs_withheld_whole", run(w).with("withheld", "1")),
        ("sync_runs_withheld_reason_known", run(w).with("withheld", "1").with("withheld_reason", "'whim'")),
        ("sync_runs_withheld_products_count", run(w).with("withheld_products", "array_fill('x'::text, ARRAY[101])")),
        ("catalog_products_pkey", product(w)),
        ("catalog_products_workspace_fkey", product(NO_ONE)),
        ("catalog_products_offer_length", product(w).with("product_key", "'P-2'").with("offer", "repeat('x', 4001)")),
        (
            "catalog_products_card_size",
            product(w).with("product_key", "'P-2'").with("card", "to_jsonb(repeat('x', 12001))"),
        ),
        ("catalog_products_key_length", product(w).with("product_key", "''")),
        ("catalog_products_embedded_whole", product(w).with("product_key", "'P-2'").with("location", "'x'")),
        ("catalog_products_pending_whole", product(w).with("product_key", "'P-2'").with("pending_hash", HASH)),
        (
            "catalog_products_hash_length",
            product(w).with("product_key", "'P-2'").with("location", "'x'").with("content_hash", "'\\x00'"),
        ),
        ("catalog_discarded_pkey", discarded(w)),
        ("catalog_discarded_workspace_fkey", discarded(NO_ONE)),
        ("catalog_state_pkey", of_workspace("catalog_state", w)),
        ("catalog_state_workspace_fkey", of_workspace("catalog_state", NO_ONE)),
    ]
}
