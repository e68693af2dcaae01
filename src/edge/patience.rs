//! How long AnythingLLM may take over what is passed through to it. Most of what it answers comes at once; embedding and
//! models take it minutes; and two kinds of streams say nothing for as long as somebody has a page open.

use crate::edge::protocol::Asked;
use crate::endpoints::path::CanonicalPath;
use http::Method;
use std::time::Duration;

/// Times of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience {
    /// From the end of the request to the head of the answer.
    pub(super) head: Duration,
    /// Without a byte of the answer, once it has begun.
    pub(super) silence: Duration,
}

/// As configured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patiences {
    pub(super) page: Duration,
    pub(super) work: Duration,
    pub(super) chat: Duration,
    pub(super) idle: Duration,
}

/// What an answer is like, by the time it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Files and answers from AnythingLLM's own database.
    Page,
    /// It waits for an embedder, a model or somebody else's web site before it answers.
    Work,
    /// Its head comes at once; a model thinks before the first word.
    Chat,
    /// Its head comes at once; nothing may follow for as long as it is open (`upstream` BROWSER notes).
    Idle,
}

/// Last segments of paths that are work, with any method but `GET`, followed by a name where one has it
/// (`upstream` source study, list of routes).
const WORK: [&str; 29] = [
    "apply",
    "chat",
    "completions",
    "custom-models",
    "delete-parsed-files",
    "embed-content",
    "embed-parsed-file",
    "embeddings",
    "generations",
    "import",
    "move-files",
    "parse",
    "raw-text",
    "remove-and-unembed",
    "remove-document",
    "remove-documents",
    "remove-folder",
    "reset-vector-db",
    "send",
    "transcribe-audio",
    "trigger",
    "update-embeddings",
    "update-env",
    "upload",
    "upload-and-embed",
    "upload-content",
    "upload-link",
    "validate-sql-connection",
    "vector-search",
];

/// The same with `GET`: they read every document there is, or ask a provider.
const WORK_READ: [&str; 6] = ["documents", "export-chats", "force-reload", "local-files", "search", "tts"];

/// Its readers of web sites and repositories.
const COLLECTORS: &str = "/api/ext/";

impl Patiences {
    pub(super) fn of(&self, method: &Method, path: &CanonicalPath, asked: Asked) -> Patience {
        let all = |time| Patience { head: time, silence: time };
        match kind(method, path, asked) {
            Kind::Page => all(self.page),
            Kind::Work => all(self.work),
            Kind::Chat => Patience { head: self.page, silence: self.chat },
            Kind::Idle => Patience { head: self.page, silence: self.idle },
        }
    }
}

impl Patience {
    /// Pingora has one time for both.
    pub(super) fn is_plain(self) -> bool {
        self.head == self.silence
    }
}

fn kind(method: &Method, path: &CanonicalPath, asked: Asked) -> Kind {
    if asked == Asked::AgentWebsocket {
        return Kind::Idle;
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let (before, last) = path.segments().fold(("", ""), |(_, last), segment| (last, segment));
    let is = |segment: &str, words: &[&str]| words.iter().any(|word| segment.eq_ignore_ascii_case(word));
    match (reads, last) {
        (true, last) if is(last, &["embed-progress"]) => Kind::Idle,
        (false, last) if is(last, &["stream-chat"]) => Kind::Chat,
        (true, last) if is(last, &WORK_READ) || is(before, &["tts"]) => Kind::Work,
        (false, last) if is(last, &WORK) || is(before, &WORK) || is(last, &["download-model"]) => Kind::Work,
        (false, _) if path.starts_with_ignore_case(COLLECTORS) => Kind::Work,
        // All that a workspace knows goes with it.
        (false, _) if *method == Method::DELETE && is(before, &["workspace", "workspaces"]) => Kind::Work,
        _ => Kind::Page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::path::canonicalise;

    #[test]
    fn every_kind_of_answer_has_its_time() {
        for (method, path, wanted) in [
            ("GET", "/", Kind::Page),
            ("GET", "/api/ping", Kind::Page),
            ("POST", "/api/request-token", Kind::Page),
            ("POST", "/api/workspace/shop/update", Kind::Page),
            ("GET", "/api/workspace/upload", Kind::Page),
            ("DELETE", "/api/workspace/shop/thread/x", Kind::Page),
            ("POST", "/api/workspace/shop/update-embeddings", Kind::Work),
            ("POST", "/API/v1/Workspace/shop/Update-Embeddings", Kind::Work),
            ("POST", "/api/v1/document/upload/folder", Kind::Work),
            ("POST", "/api/v1/document/raw-text", Kind::Work),
            ("POST", "/api/v1/workspace/shop/chat", Kind::Work),
            ("POST", "/api/v1/openai/chat/completions", Kind::Work),
            ("POST", "/api/ext/website-depth", Kind::Work),
            ("DELETE", "/api/v1/system/remove-documents", Kind::Work),
            ("DELETE", "/api/workspace/shop", Kind::Work),
            ("GET", "/api/system/local-files", Kind::Work),
            ("GET", "/api/workspace/shop/tts/7", Kind::Work),
            ("POST", "/api/workspace/shop/stream-chat", Kind::Chat),
            ("POST", "/api/embed/7f0e/stream-chat", Kind::Chat),
            ("GET", "/api/workspace/shop/embed-progress", Kind::Idle),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(kind(&method, &canonicalise(path).unwrap(), Asked::Nothing), wanted, "{method} {path}");
        }
        let agent = canonicalise("/api/agent-invocation/x").unwrap();
        assert_eq!(kind(&Method::GET, &agent, Asked::AgentWebsocket), Kind::Idle);
    }
}
