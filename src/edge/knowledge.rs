//! Which requests that pass to AnythingLLM change what its workspaces hold: documents, pins, settings of the search. The
//! routes are AnythingLLM's, of its interface (`/api/…`) and of its developer API (`/api/v1/…`), in any letter case.
//!
//! Below a workspace whatever is not known to be harmless counts as a change, so that a route of a later version does
//! not leave old answers standing. Elsewhere, where little has to do with documents, the routes that have are named.

use crate::cache::Affected;
use crate::edge::context::RequestContext;
use crate::edge::gateway::Edge;
use crate::endpoints::path::CanonicalPath;
use http::{Method, StatusCode};

/// A change that is on its way to AnythingLLM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    affected: Affected,
    done: Done,
}

/// When it has been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// Before the answer begins.
    WithTheAnswer,
    /// Perhaps later: the interface is answered while documents are still being embedded.
    Later,
    /// When the answer ends: it tells of the progress.
    AtTheEnd,
}

impl Edge {
    /// AnythingLLM has answered. Every replica asks anew before the client reads that its change was made.
    pub(super) async fn change_answered(&self, request: &mut RequestContext, status: StatusCode) {
        if status.is_informational() {
            return;
        }
        // What fails there may be done in part; what is refused is not.
        let Some(Change { affected, done }) = request.change.take().filter(|_| !status.is_client_error()) else {
            return;
        };
        match done {
            Done::WithTheAnswer => self.knowledge.raise(affected).await,
            Done::Later => {
                self.knowledge.raise(affected.clone()).await;
                self.knowledge.raise_repeatedly(affected);
            }
            Done::AtTheEnd => request.change = Some(Change { affected, done }),
        }
    }

    /// The request has ended. A change whose answer nobody saw may be made or not, now or later.
    pub(super) fn change_ended(&self, request: &mut RequestContext) {
        match request.change.take() {
            Some(Change { affected, done: Done::AtTheEnd }) => self.knowledge.raise_soon(affected),
            Some(Change { affected, .. }) if request.upstream_began.is_some() => {
                self.knowledge.raise_soon(affected.clone());
                self.knowledge.raise_repeatedly(affected);
            }
            _ => {}
        }
    }
}

/// Routes of a workspace that leave what it holds as it is: chats and what belongs to them.
const HARMLESS: [&str; 18] = [
    "chat",
    "stream-chat",
    "vector-search",
    "thread",
    "thread-bulk-delete",
    "delete-chats",
    "delete-edited-chats",
    "update-chat",
    "chat-feedback",
    "suggested-messages",
    "prompt-history",
    "tts",
    "parse",
    "parsed-files",
    "delete-parsed-files",
    "upload-pfp",
    "remove-pfp",
    "memories",
];

pub(super) fn change(method: &Method, path: &CanonicalPath) -> Option<Change> {
    let mut segments = path.segments();
    if !segments.next()?.eq_ignore_ascii_case("api") {
        return None;
    }
    let (mut room, mut developer) = (segments.next()?.to_ascii_lowercase(), false);
    if room == "v1" {
        (room, developer) = (segments.next()?.to_ascii_lowercase(), true);
    }
    let (named, rest) = (segments.next(), segments.next().map(str::to_ascii_lowercase));
    let rest = rest.as_deref();
    let looks_on = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if room == "workspace" {
        // The progress ends when everything is embedded.
        let is_progress = *method == Method::GET && rest == Some("embed-progress");
        let changes = is_progress || !looks_on && !rest.is_some_and(|rest| HARMLESS.contains(&rest));
        let done = if is_progress {
            Done::AtTheEnd
        } else if developer {
            Done::WithTheAnswer
        } else {
            Done::Later
        };
        let affected = Affected::Workspace(named.filter(|_| changes)?.into());
        return Some(Change { affected, done });
    }
    let named = named.map(str::to_ascii_lowercase);
    let everywhere = match (room.as_str(), named.as_deref().unwrap_or_default()) {
        // Uploads of the developer API embed in workspaces that their bodies name.
        ("document" | "model-routers", _)
        | (
            "system",
            "remove-document"
            | "remove-documents"
            | "remove-folder"
            // The embedder, the vector database, the model.
            | "update-env"
            | "default-system-prompt"
            | "prompt-variables",
        )
        | ("admin", "system-preferences" | "preferences")
        | ("browser-extension", "embed-content") => !looks_on,
        ("admin", "workspaces") => *method == Method::DELETE,
        _ => false,
    };
    everywhere.then_some(Change { affected: Affected::All, done: Done::WithTheAnswer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::path::canonicalise;

    fn told(method: &str, path: &str) -> Option<Change> {
        change(&method.parse().unwrap(), &canonicalise(path).unwrap())
    }

    fn of(workspace: &str) -> Affected {
        Affected::Workspace(workspace.into())
    }

    #[test]
    fn documents_and_settings_of_a_workspace_are_its_own() {
        for (method, route) in [
            ("POST", "update-embeddings"),
            ("POST", "upload-and-embed"),
            ("DELETE", "remove-and-unembed"),
            ("POST", "update-pin"),
            ("POST", "update"),
            ("POST", "embed-parsed-file/7"),
            ("DELETE", "reset-vector-db"),
            ("DELETE", "embed-queue"),
            ("POST", "update-watch-status"),
            ("POST", "a-route-of-a-later-version"),
        ] {
            let change = told(method, &format!("/api/workspace/Shop-1/{route}"));
            assert_eq!(change, Some(Change { affected: of("Shop-1"), done: Done::Later }), "{method} {route}");
            let change = told(method, &format!("/API/V1/Workspace/Shop-1/{route}/"));
            assert_eq!(change, Some(Change { affected: of("Shop-1"), done: Done::WithTheAnswer }), "{method} {route}");
        }
        for path in ["/api/workspace/shop", "/api/v1/workspace/shop"] {
            assert_eq!(told("DELETE", path).map(|change| change.affected), Some(of("shop")));
        }
        let progress = told("GET", "/api/workspace/shop/embed-progress");
        assert_eq!(progress, Some(Change { affected: of("shop"), done: Done::AtTheEnd }));
    }

    #[test]
    fn documents_of_all_are_everybodys() {
        for (method, path) in [
            ("POST", "/api/v1/document/upload"),
            ("POST", "/api/v1/document/upload/folder"),
            ("POST", "/api/v1/document/raw-text"),
            ("POST", "/api/v1/document/upload-link"),
            ("DELETE", "/api/v1/document/remove-folder"),
            ("POST", "/api/v1/document/move-files"),
            ("POST", "/api/document/move-files"),
            ("DELETE", "/api/system/remove-document"),
            ("DELETE", "/api/system/remove-documents"),
            ("DELETE", "/api/v1/system/remove-documents"),
            ("DELETE", "/api/system/remove-folder"),
            ("POST", "/api/system/update-env"),
            ("POST", "/api/v1/system/update-env"),
            ("POST", "/api/browser-extension/embed-content"),
            ("DELETE", "/api/admin/workspaces/3"),
        ] {
            let change = told(method, path);
            assert_eq!(change, Some(Change { affected: Affected::All, done: Done::WithTheAnswer }), "{method} {path}");
        }
    }

    #[test]
    fn chats_logins_and_looking_change_nothing() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/index.js"),
            ("GET", "/api/workspaces"),
            ("GET", "/api/workspace/shop"),
            ("GET", "/api/v1/documents"),
            ("GET", "/api/v1/document/x"),
            ("GET", "/api/system/local-files"),
            ("POST", "/api/workspace/shop/stream-chat"),
            ("POST", "/api/v1/workspace/shop/stream-chat"),
            ("POST", "/api/v1/workspace/shop/vector-search"),
            ("POST", "/api/workspace/shop/thread/t/stream-chat"),
            ("POST", "/api/workspace/shop/chat-feedback/7"),
            ("POST", "/api/embed/x/stream-chat"),
            ("POST", "/api/request-token"),
            ("POST", "/api/system/event-logs"),
            ("POST", "/api/admin/users/new"),
            ("POST", "/api/v1/openai/chat/completions"),
        ] {
            assert_eq!(told(method, path), None, "{method} {path}");
        }
    }
}
