//! Writes that their caller may rely on at once, on whatever replica: they are answered once every replica has followed
//! them.

use crate::endpoints::Endpoint;
use http::Method;

/// Rows that write nothing that replicas remember: what they begin is new, so nobody remembers another thing, or nobody
/// remembers it at all.
const REMEMBERED_BY_NOBODY: &[&str] = &[
    "auth.ui_link",
    "catalog.runs.cancel",
    "catalog.sync",
    "chat.create",
    "documents.create",
    "feedback.give",
    "keys.preview_origins",
    "knowledge.query",
    "mcp.call",
    "openai.chat",
    "openai.embeddings",
    "privacy.erase",
    "stores.check",
    "stores.webhook",
    "transcripts.mark",
    "transcripts.settle",
    "webhooks.change",
    "webhooks.create",
    "webhooks.delete",
    "webhooks.replay",
    "webhooks.rotate",
    "webhooks.test",
    "widget.chat",
    "widget.handover",
    "widget.session",
];

/// Whether an answer of this row waits until every replica has followed what it wrote.
pub(super) fn is_relied_on(row: &Endpoint) -> bool {
    row.method != Method::GET && !REMEMBERED_BY_NOBODY.contains(&row.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::{Answer, endpoints, is_of_console};

    #[test]
    fn every_row_that_writes_is_relied_on_but_those_that_are_named() {
        let writing = || endpoints().filter(|row| row.answer == Answer::Service && row.method != Method::GET);
        assert!(writing().filter(|row| is_of_console(row.path)).all(is_relied_on), "the next page shows what was done");
        let of_the_api = writing().filter(|row| !is_of_console(row.path));
        let relied_on: Vec<_> = of_the_api.filter(|row| is_relied_on(row)).map(|row| row.name).collect();
        assert_eq!(
            relied_on,
            [
                "messages.reset",
                "documents.remove",
                "widget.reset",
                "auth.login",
                "auth.refresh",
                "auth.logout",
                "auth.sessions.end_all",
                "auth.sessions.end",
                "keys.create",
                "keys.change",
                "keys.rotate",
                "keys.revoke",
                "workspaces.create",
                "workspaces.change",
                "workspaces.remove",
                "workspaces.sync",
                "stores.put",
                "stores.delete",
                "identity.put",
                "identity.rotate",
                "visitor_tokens.revoke",
                "members.add",
                "members.remove",
            ]
        );
        let named: Vec<_> =
            REMEMBERED_BY_NOBODY.iter().filter(|name| !writing().any(|row| row.name == **name)).collect();
        assert!(named.is_empty(), "{named:?} are no rows");
    }
}
