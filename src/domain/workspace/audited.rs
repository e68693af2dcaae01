//! A workspace as the audit log tells of it.

use super::{ManagedWorkspace, WorkspaceContent};
use crate::domain::audit::{AuditEntry, REDACTED};
use crate::domain::sync::RemovedDocuments;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

/// What the audit log keeps of it. The path of a webhook often is a password; its host may be told.
pub fn audited(content: &WorkspaceContent) -> Value {
    let mut json = serde_json::to_value(content).unwrap_or_default();
    if let (Some(webhook), Some(shown)) = (&content.support.webhook_url, json.pointer_mut("/support/webhook_url")) {
        let host = Url::parse(webhook).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        // So that another path is a change.
        let digest = Sha256::digest(webhook.as_bytes());
        let digest = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        *shown = format!("https://{host}/{REDACTED} ({digest:08x})").into();
    }
    json
}

impl ManagedWorkspace {
    /// That it was removed for good, with what became of its documents in AnythingLLM.
    pub fn purged(&self, documents: RemovedDocuments) -> AuditEntry {
        AuditEntry {
            action: "workspace.purged",
            target: format!("workspace:{}", self.slug),
            before: Some(audited(&self.content)),
            after: Some(json!({ "documents": documents })),
        }
    }
}
