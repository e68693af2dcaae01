//! One call as it is going to be sent: method, path, body, and in whose name. Building it sends nothing.

use super::OnBehalf;
use super::base::Base;
use crate::anythingllm::error::{Said, UpstreamError};
use crate::telemetry::spans::UpstreamCall;
use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// What stands for itself in a path segment; everything else of a slug is percent-encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// In whose name AnythingLLM is asked. Its two kinds of credential never mix: the developer API knows keys only, the
/// interface's API sessions only (`auth/v1_with_session_jwt_single`, `auth/ui_with_api_key_single_password`).
#[derive(Debug, Clone, Copy)]
pub(in crate::anythingllm) enum Credential<'a> {
    Key,
    /// A session of one of its users.
    Session(&'a SecretString),
    /// Nobody's: what is asked is open to all, or carries its credential in the body.
    None,
}

pub(in crate::anythingllm) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Bytes,
    pub(super) credential: Credential<'a>,
    pub(super) within: Option<Duration>,
    pub(super) on_behalf: Option<OnBehalf<'a>>,
}

impl<'a> Ask<'a> {
    pub(in crate::anythingllm) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: Bytes::new(),
            credential: Credential::Key,
            within: None,
            on_behalf: None,
        }
    }

    pub(in crate::anythingllm) fn post(path: impl Into<String>, body: &impl Serialize) -> Result<Self, UpstreamError> {
        let body = serde_json::to_vec(body).map_err(|error| UpstreamError::Contract(Said::of(&error)))?;
        Ok(Self { method: Method::POST, body: body.into(), ..Self::get(path) })
    }

    pub(in crate::anythingllm) fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }
    }

    /// With a JSON body, which AnythingLLM reads of a `DELETE` too (`documents/remove_documents`).
    pub(in crate::anythingllm) fn body(self, body: &impl Serialize) -> Result<Self, UpstreamError> {
        let body = serde_json::to_vec(body).map_err(|error| UpstreamError::Contract(Said::of(&error)))?;
        Ok(Self { body: body.into(), ..self })
    }

    /// With another credential than our API key.
    pub(in crate::anythingllm) fn with(self, credential: Credential<'a>) -> Self {
        Self { credential, ..self }
    }

    /// With a timeout of its own, for calls that embed documents while the caller waits.
    pub(in crate::anythingllm) fn within(self, time: Duration) -> Self {
        Self { within: Some(time), ..self }
    }

    pub(in crate::anythingllm) fn on_behalf(self, request: impl Into<Option<OnBehalf<'a>>>) -> Self {
        Self { on_behalf: request.into(), ..self }
    }

    /// The workspace it is about, as its path names it; empty when it is about none.
    pub(super) fn workspace(&self) -> &str {
        let mut segments = self.path.split(['/', '?']);
        match segments.find(|segment| matches!(*segment, "workspace" | "workspaces")) {
            Some(_) => segments.next().unwrap_or_default(),
            None => "",
        }
    }

    /// As its span tells of it: without what names a workspace, a user or a document.
    pub(super) fn described<'b>(&'b self, base: &'b Base) -> UpstreamCall<'b> {
        let address = base.address();
        UpstreamCall {
            method: self.method.as_str(),
            template: template(self.path.split('?').next().unwrap_or_default()),
            scheme: address.scheme_str().unwrap_or_default(),
            host: address.host().unwrap_or_default(),
            port: address.port_u16(),
        }
    }

    /// `/api/v1/workspace/{slug}{rest}`, whatever characters the slug has.
    pub(in crate::anythingllm) fn workspace_path(slug: &str, rest: &str) -> String {
        format!("/api/v1/workspace/{}{rest}", utf8_percent_encode(slug, SEGMENT))
    }

    /// `/api/v1/admin/workspaces/{slug}{rest}`, likewise.
    pub(in crate::anythingllm) fn admin_workspace_path(slug: &str, rest: &str) -> String {
        format!("/api/v1/admin/workspaces/{}{rest}", utf8_percent_encode(slug, SEGMENT))
    }
}

/// A path without what names something: what follows `workspace`, `workspaces` and `folder`, and numbers.
fn template(path: &str) -> String {
    let mut before = "";
    let segments = path.split('/').map(|segment| {
        let named = match before {
            "workspace" | "workspaces" if !matches!(segment, "new" | "") => "{slug}",
            "folder" => "{name}",
            _ if segment.bytes().any(|byte| byte.is_ascii_digit()) && segment != "v1" => "{id}",
            _ => segment,
        };
        before = segment;
        named
    });
    segments.collect::<Vec<_>>().join("/")
}

impl fmt::Debug for Ask<'_> {
    /// Without the body: a login's is a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_cannot_leave_their_segment() {
        assert_eq!(Ask::workspace_path("a/../b?c", "/chats"), "/api/v1/workspace/a%2F..%2Fb%3Fc/chats");
    }

    #[test]
    fn a_template_names_nobody() {
        for (path, expected) in [
            (Ask::workspace_path("shop-7", "/stream-chat"), "/api/v1/workspace/{slug}/stream-chat"),
            ("/api/v1/workspace/new".to_owned(), "/api/v1/workspace/new"),
            ("/api/v1/workspaces".to_owned(), "/api/v1/workspaces"),
            ("/api/v1/users/12/issue-auth-token".to_owned(), "/api/v1/users/{id}/issue-auth-token"),
            ("/api/v1/documents/folder/acme".to_owned(), "/api/v1/documents/folder/{name}"),
        ] {
            assert_eq!(template(&path), expected);
        }
    }

    #[test]
    fn calls_of_a_workspace_stand_in_its_line() {
        for (path, workspace) in [
            (Ask::workspace_path("shop", "/stream-chat"), "shop"),
            (Ask::workspace_path("shop", ""), "shop"),
            (Ask::admin_workspace_path("shop", "/manage-users"), "shop"),
            ("/api/v1/documents".to_owned(), ""),
            ("/api/v1/workspaces".to_owned(), ""),
        ] {
            assert_eq!(Ask::get(path.clone()).workspace(), workspace, "{path}");
        }
    }

    #[test]
    fn a_body_is_not_shown() {
        let ask = Ask::post("/api/request-token", &serde_json::json!({"password": "hunter-2"})).unwrap();
        assert!(!format!("{ask:?}").contains("hunter-2"));
    }
}
