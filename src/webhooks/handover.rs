//! Hand-overs at webhooks: the address that a workspace has for them becomes a webhook, which is told the words; all
//! others that are told of hand-overs get ids. The words are put into a message as it is sent, and never stored with
//! it, so that they are nowhere once they were erased.

use super::WebhookService;
use super::error::WebhookError;
use super::secret::Vault;
use crate::domain::audit::Author;
use crate::domain::handover::Handover;
use crate::domain::ids::{HandoverId, TenantId, WebhookId, WorkspaceId};
use crate::domain::webhook::{WebhookEvent, payload};
use crate::domain::workspace::Workspace;
use crate::storage::{HandoverNews, PutWebhook, StorageError};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;
use uuid::{Builder, Uuid};

/// What it is for, for people who find it among the workspace's webhooks.
const DESCRIPTION: &str = "Hand-overs (support.webhook_url)";

impl WebhookService {
    /// What is told of a hand-over. `address`: the workspace's own for hand-overs, which becomes a webhook if it is none
    /// yet. If it cannot be one, staff still has the inbox.
    ///
    /// # Errors
    /// Of the database.
    pub async fn news_of(
        &self,
        workspace: &Workspace,
        handover: &Handover,
        session: &str,
        address: Option<&str>,
    ) -> Result<HandoverNews, StorageError> {
        let with_words_to = address.and_then(|address| Url::parse(address).ok());
        if let Some(url) = &with_words_to {
            match self.ensure(workspace, url).await {
                Ok(()) => {}
                Err(WebhookError::Storage(error)) => return Err(error),
                Err(error) => {
                    tracing::warn!(workspace = %workspace.id, %error, "the address for hand-overs is no webhook");
                }
            }
        }
        let mut data = json!({
            "by": "form",
            "handover": handover.id,
            "conversation": handover.conversation,
            "session_id": session,
        });
        let told = |data: &Value| payload(WebhookEvent::HandedOver, handover.at, &workspace.slug, data);
        let without_words = told(&data);
        data["contact"] = Value::Null;
        data["message"] = Value::Null;
        Ok(HandoverNews { with_words_to, with_words: told(&data), without_words })
    }

    /// There are messages to be sent.
    pub fn wake(&self) {
        self.work.notify_one();
    }

    /// A message as it goes out: with the words of its hand-over, where the receiver is told them and they are there.
    pub(super) async fn whole(&self, tenant: TenantId, body: &str) -> Result<String, StorageError> {
        let as_it_is = || body.to_owned();
        let Some((mut message, id)) = lacking_words(body) else { return Ok(as_it_is()) };
        let Some(kept) = self.database.handovers().find(tenant, id).await? else { return Ok(as_it_is()) };
        message["data"]["contact"] = json!(kept.contact);
        message["data"]["message"] = json!(kept.message);
        Ok(message.to_string())
    }

    /// Makes a webhook of the address, unless there is one. Its id follows from the address, so that however many make
    /// it at once, there is one.
    async fn ensure(&self, workspace: &Workspace, url: &Url) -> Result<(), WebhookError> {
        let known = self.database.webhooks().list(workspace.tenant, workspace.id).await?;
        if known.iter().any(|webhook| webhook.settings.url == *url) {
            return Ok(());
        }
        let patch = super::WebhookPatch {
            url: Some(url.to_string()),
            description: Some(DESCRIPTION.to_owned()),
            events: Some(vec![WebhookEvent::HandedOver.as_str().to_owned()]),
            ..super::WebhookPatch::default()
        };
        let settings = self.checked(&patch, None)?;
        let id = id_of(workspace.id, url);
        let sealed = self.vault.seal(id, &Vault::make(&self.ambient), &self.ambient)?;
        let by = Author::system("handovers");
        let put = self.database.webhooks().insert(workspace, id, &settings, &sealed, &by, &self.ambient).await;
        match put {
            Ok(PutWebhook::Done(_)) => Ok(()),
            Ok(other) => Err(super::refused(&other)),
            Err(error) if error.violates("webhooks_pkey") => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn id_of(workspace: WorkspaceId, url: &Url) -> WebhookId {
    let hash = Sha256::new().chain_update(workspace.0.as_bytes()).chain_update(url.as_str()).finalize();
    WebhookId(Builder::from_custom_bytes(hash.first_chunk().copied().unwrap_or_default()).into_uuid())
}

/// The message, if words are to be put into it, and of which hand-over.
fn lacking_words(body: &str) -> Option<(Value, HandoverId)> {
    let message: Map<String, Value> = serde_json::from_str(body).ok()?;
    let data = message.get("data").filter(|data| data.get("message").is_some_and(Value::is_null))?;
    let id = Uuid::try_parse(data.get("handover")?.as_str()?).ok()?;
    (message.get("type")? == WebhookEvent::HandedOver.as_str())
        .then(|| (Value::Object(message.clone()), HandoverId(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_put_where_they_are_wanted_only() {
        let id = Uuid::from_u128(7);
        let body = |kind: &str, data: Value| json!({"type": kind, "data": data}).to_string();
        let wanted = body("conversation.handed_over", json!({"handover": id, "message": null}));
        assert_eq!(lacking_words(&wanted).map(|(_, id)| id), Some(HandoverId(id)));
        for other in [
            body("conversation.handed_over", json!({"handover": id})),
            body("conversation.handed_over", json!({"handover": id, "message": "there"})),
            body("conversation.handed_over", json!({"handover": "x", "message": null})),
            body("catalog.sync_failed", json!({"handover": id, "message": null})),
            "nothing".to_owned(),
        ] {
            assert!(lacking_words(&other).is_none(), "{other}");
        }
    }

    #[test]
    fn an_address_of_a_workspace_is_one_webhook() {
        let url = |path: &str| Url::parse(&format!("https://hooks.example/{path}")).unwrap();
        let (one, other) = (WorkspaceId(Uuid::from_u128(1)), WorkspaceId(Uuid::from_u128(2)));
        assert_eq!(id_of(one, &url("a")), id_of(one, &url("a")));
        assert_ne!(id_of(one, &url("a")), id_of(one, &url("b")));
        assert_ne!(id_of(one, &url("a")), id_of(other, &url("a")));
    }
}
