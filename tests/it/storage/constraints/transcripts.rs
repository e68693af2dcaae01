//! Transcripts, documents that staff wrote, and erasures.

use super::{NO_ONE, Row, TENANT, UUID, row};

fn transcript(workspace: &str, conversation: &str) -> Row {
    let columns =
        [("conversation_id", conversation), ("tenant_id", TENANT), ("workspace_id", workspace), ("last_at", "now()")];
    row("transcripts", &columns)
}

fn exchange(workspace: &str, conversation: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("conversation_id", conversation),
        ("at", "now()"),
        ("outcome", "'answered'"),
        ("cached", "false"),
        ("question_cut", "false"),
        ("answer_cut", "false"),
    ];
    row("exchanges", &columns)
}

fn handover(workspace: &str, conversation: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("conversation_id", conversation),
        ("at", "now()"),
        ("email", "'a@b'"),
        ("message", "'Where is it?'"),
        ("consented", "false"),
        ("digest", "sha256('one')"),
    ];
    row("handovers", &columns)
}

fn document(workspace: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("title", "'Returns'"),
        ("characters", "7"),
        ("location", "'custom-documents/a.json'"),
        ("made_at", "now()"),
        ("made_by", "'test'"),
    ];
    row("documents", &columns)
}

fn known_trait(workspace: &str, conversation: &str) -> Row {
    let columns = [
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("conversation_id", conversation),
        ("trait", "'up'"),
        ("last_at", "now()"),
    ];
    row("transcript_traits", &columns)
}

fn settled(workspace: &str) -> Row {
    let columns =
        [("tenant_id", TENANT), ("workspace_id", workspace), ("digest", "sha256('one')"), ("settled_at", "now()")];
    row("settled_gaps", &columns)
}

fn former(workspace: &str) -> Row {
    let columns = [
        ("upstream_session", "repeat('f', 48)"),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("conversation_id", UUID),
        ("owner", "'key:1'"),
        ("last_at", "now()"),
    ];
    row("former_sessions", &columns)
}

fn erasure(workspace: &str) -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("workspace_id", workspace),
        ("kind", "'before'"),
        ("before", "now()"),
        ("made_at", "now()"),
        ("made_by", "'test'"),
    ];
    row("erasures", &columns)
}

fn session(erasure: &str) -> Row {
    let columns = [("upstream_session", "repeat('e', 48)"), ("tenant_id", TENANT), ("erasure_id", erasure)];
    row("erasure_sessions", &columns)
}

/// Rows that are fine.
pub(super) fn good(workspace: &str, id: &str) -> Vec<Row> {
    vec![
        transcript(workspace, id),
        exchange(workspace, id).with("id", id),
        handover(workspace, id).with("id", id).with("digest", "sha256('taken')"),
        document(workspace).with("id", id),
        known_trait(workspace, id).with("trait", "'taken'"),
        settled(workspace).with("digest", "sha256('taken')"),
        former(workspace).with("upstream_session", "'taken'"),
        erasure(workspace).with("id", id),
        session(id).with("upstream_session", "'taken'"),
    ]
}

pub(super) fn cases(w: &str, id: &str) -> Vec<(&'static str, Row)> {
    let rated = || exchange(w, id).with("feedback", "'up'").with("feedback_at", "now()");
    vec![
        ("transcripts_pkey", transcript(w, id)),
        ("transcripts_workspace_fkey", transcript(NO_ONE, NO_ONE)),
        ("transcripts_note_length", transcript(w, NO_ONE).with("note", "''")),
        ("transcripts_version_positive", transcript(w, NO_ONE).with("version", "0")),
        ("exchanges_pkey", exchange(w, id).with("id", id)),
        ("exchanges_transcript_fkey", exchange(w, NO_ONE)),
        ("exchanges_outcome_known", exchange(w, id).with("outcome", "'lost'")),
        ("exchanges_failed_whole", exchange(w, id).with("outcome", "'failed'")),
        ("exchanges_code_length", exchange(w, id).with("outcome", "'failed'").with("code", "''")),
        ("exchanges_origin_length", exchange(w, id).with("origin", "repeat('x', 301)")),
        ("exchanges_locale_length", exchange(w, id).with("locale", "repeat('x', 65)")),
        ("exchanges_tokens_range", exchange(w, id).with("prompt_tokens", "-1")),
        ("exchanges_history_tail_length", exchange(w, id).with("history_tail", "'\\x00'")),
        ("exchanges_words_whole", exchange(w, id).with("answer", "'no question'")),
        ("exchanges_gist_length", exchange(w, id).with("question", "'q'").with("gist", "''")),
        ("exchanges_feedback_known", rated().with("feedback", "'meh'")),
        ("exchanges_feedback_whole", exchange(w, id).with("feedback", "'up'")),
        ("exchanges_feedback_reason_length", rated().with("feedback_reason", "''")),
        ("handovers_pkey", handover(w, id).with("id", id)),
        ("handovers_once", handover(w, id).with("digest", "sha256('taken')")),
        ("handovers_transcript_fkey", handover(w, NO_ONE)),
        ("handovers_reachable", handover(w, id).with("email", "NULL")),
        ("handovers_contact_lengths", handover(w, id).with("phone", "''")),
        ("handovers_message_length", handover(w, id).with("message", "''")),
        ("handovers_origin_length", handover(w, id).with("origin", "repeat('x', 301)")),
        ("handovers_locale_length", handover(w, id).with("locale", "repeat('x', 65)")),
        ("handovers_digest_length", handover(w, id).with("digest", "'\\x00'")),
        ("documents_pkey", document(w).with("id", id)),
        ("documents_workspace_fkey", document(NO_ONE)),
        ("documents_title_length", document(w).with("title", "''")),
        ("documents_url_length", document(w).with("url", "''")),
        ("documents_characters_positive", document(w).with("characters", "0")),
        ("documents_location_length", document(w).with("location", "''")),
        ("documents_made_by_length", document(w).with("made_by", "''")),
        ("documents_digest_length", document(w).with("digest", "'\\x00'")),
        ("transcript_traits_pkey", known_trait(w, id).with("trait", "'taken'")),
        ("transcript_traits_transcript_fkey", known_trait(w, NO_ONE)),
        ("transcript_traits_trait_length", known_trait(w, id).with("trait", "''")),
        ("settled_gaps_pkey", settled(w).with("digest", "sha256('taken')")),
        ("settled_gaps_workspace_fkey", settled(NO_ONE)),
        ("settled_gaps_digest_length", settled(w).with("digest", "'\\x00'")),
        ("former_sessions_pkey", former(w).with("upstream_session", "'taken'")),
        ("former_sessions_workspace_fkey", former(NO_ONE)),
        ("erasures_pkey", erasure(w).with("id", id)),
        ("erasures_workspace_fkey", erasure(NO_ONE)),
        ("erasures_kind_known", erasure(w).with("kind", "'everything'")),
        ("erasures_what", erasure(w).with("conversation_id", UUID)),
        ("erasures_status_known", erasure(w).with("status", "'lost'")),
        ("erasures_finished_whole", erasure(w).with("status", "'done'")),
        ("erasures_running_held", erasure(w).with("status", "'running'")),
        ("erasures_made_by_length", erasure(w).with("made_by", "''")),
        ("erasure_sessions_pkey", session(id).with("upstream_session", "'taken'")),
        ("erasure_sessions_erasure_fkey", session(NO_ONE)),
    ]
}
