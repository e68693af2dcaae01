//! Identity secrets and spent proofs of work.

use super::{NO_ONE, Row, TENANT, row};

const SEALED: &str = "decode(repeat('ab', 80), 'hex')";

fn secret(workspace: &str) -> Row {
    let columns = [
        ("workspace_id", workspace),
        ("tenant_id", TENANT),
        ("secret", SEALED),
        ("hint", "'x8Qk'"),
        ("made_at", "now()"),
        ("made_by", "'test'"),
        ("subject_key", SEALED),
        ("seal_key_id", "'one'"),
    ];
    row("identity_secrets", &columns)
}

fn proof() -> Row {
    let columns = [("tenant_id", TENANT), ("challenge", "decode(repeat('ab', 32), 'hex')"), ("expires_at", "now()")];
    row("spent_proofs", &columns)
}

/// Rows that are fine.
pub(super) fn good(workspace: &str) -> Vec<Row> {
    vec![secret(workspace), proof()]
}

pub(super) fn cases(w: &str) -> Vec<(&'static str, Row)> {
    vec![
        ("identity_secrets_pkey", secret(w)),
        ("identity_secrets_workspace_fkey", secret(NO_ONE)),
        ("identity_secrets_secret_sealed", secret(NO_ONE).with("secret", "'\\x00'")),
        (
            "identity_secrets_previous_sealed",
            secret(NO_ONE).with("previous", "'\\x00'").with("previous_until", "now()"),
        ),
        ("identity_secrets_subject_key_sealed", secret(NO_ONE).with("subject_key", "'\\x00'")),
        ("identity_secrets_hint_length", secret(NO_ONE).with("hint", "''")),
        ("identity_secrets_made_by_length", secret(NO_ONE).with("made_by", "''")),
        (
            "identity_secrets_switched_by_length",
            secret(NO_ONE).with("switched_at", "now()").with("switched_by", "repeat('x', 257)"),
        ),
        ("identity_secrets_previous_whole", secret(NO_ONE).with("previous", SEALED)),
        ("identity_secrets_switched_whole", secret(NO_ONE).with("switched_at", "now()")),
        ("spent_proofs_pkey", proof()),
        ("spent_proofs_tenant_fkey", proof().with("tenant_id", NO_ONE)),
        ("spent_proofs_challenge_length", proof().with("challenge", "'\\x00'")),
    ]
}
