//! Documents in AnythingLLM that Vestibule made and nobody knows any more.

use super::PATIENCE;
use super::report::Report;
use crate::anythingllm::Client;
use crate::catalog::orphans;
use crate::config::Config;
use crate::storage::Database;

const PART: &str = "documents";
/// Of a thousand documents each: AnythingLLM opens a file for every one.
const PAGES: u32 = 5;

/// What cannot be asked is told where it is examined.
pub(super) async fn examine(config: &Config, client: &Client, report: &mut Report) {
    let Ok(database) = Database::connect(&config.database) else { return };
    let found = match tokio::time::timeout(PATIENCE, orphans::find(&database, client, PAGES)).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) => return,
        Err(_) => {
            let mend = "`vestibule catalog prune` looks for as long as it takes";
            report.warn(PART, "its documents could not be looked through in time", mend);
            return;
        }
    };
    let of = if found.has_more { format!("the first {}", found.looked_at) } else { format!("{}", found.looked_at) };
    match found.count() {
        0 => report.ok(PART, format!("no document of a catalogue is left over, of {of}")),
        count => report.warn(
            PART,
            format!("{count} documents of catalogues, of {of}, belong to no workspace here: they are kept for nothing"),
            "`vestibule catalog prune` shows them, and removes them with --yes; not where another Vestibule uses the same AnythingLLM",
        ),
    }
}
