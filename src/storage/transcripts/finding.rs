//! Conversations by the words in them, where there are few. Row-level security keeps an index of words from being used:
//! what compares words is not leakproof. A function that sees all tenants asks the index, for this tenant only, and tells
//! no more than which conversations they are.

use super::words::{narrowing, search};
use crate::domain::ids::WorkspaceId;
use crate::storage::{StorageError, TenantTx};
use uuid::Uuid;

/// Beyond so many questions and hand-overs with the words, the newest conversations are looked at one after the other
/// instead: then a page of them is found soon.
const FEW: i32 = 1_000;

/// The conversations of the workspace that may hold what is looked for, and none that does is missing. None if they are
/// many, or if what is looked for only excludes.
pub(super) async fn with_words(
    tx: &mut TenantTx,
    workspace: WorkspaceId,
    typed: &str,
) -> Result<Option<Vec<Uuid>>, StorageError> {
    if search(typed).is_empty() {
        return Ok(Some(Vec::new()));
    }
    let Some(needed) = narrowing(typed, &beginning(workspace)) else { return Ok(None) };
    let mut found = sqlx::query_scalar!(
        r#"SELECT id AS "id!" FROM vestibule.conversations_with_words($1, $2, $3) AS found (id)"#,
        workspace.0,
        needed,
        FEW + 1,
    )
    .fetch_all(tx.connection())
    .await?;
    if found.len() > usize::try_from(FEW).unwrap_or(usize::MAX) {
        return Ok(None);
    }
    found.sort_unstable();
    found.dedup();
    Ok(Some(found))
}

/// What stands before each word in the index, as in `vestibule.words_in`: so a workspace's words lie together, and how
/// often others use a word is not felt here.
fn beginning(workspace: WorkspaceId) -> String {
    let text = workspace.0.hyphenated().to_string();
    text.get(text.len() - 8..).unwrap_or_default().to_owned()
}
