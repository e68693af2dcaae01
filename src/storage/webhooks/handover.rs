//! Telling webhooks of a hand-over in the transaction that keeps it: what is kept is told, and nothing else.

use super::telling::{Receivers, insert};
use crate::domain::clock::Ambient;
use crate::domain::handover::Handover;
use crate::domain::webhook::WebhookEvent;
use crate::storage::{StorageError, TenantTx};
use url::Url;

/// What webhooks are told of a hand-over: the payloads.
#[derive(Debug, Clone)]
pub struct HandoverNews {
    /// The workspace's own address for hand-overs.
    pub with_words_to: Option<Url>,
    /// For that one. The words themselves are put in when it is sent.
    pub with_words: String,
    pub without_words: String,
}

/// Puts down a message to each webhook that wants to be told, and to that of the workspace's own address for hand-overs.
/// Says how many.
pub(in crate::storage) async fn tell_of_handover(
    tx: &mut TenantTx,
    handover: &Handover,
    news: &HandoverNews,
    ambient: &Ambient,
) -> Result<usize, StorageError> {
    let event = WebhookEvent::HandedOver;
    let found = sqlx::query!(
        r#"
        SELECT id, url
        FROM vestibule.webhooks
        WHERE tenant_id = $1
          AND workspace_id = $2
          AND enabled
          AND $3::text = ANY (events)
        ORDER BY id
        "#,
        handover.tenant.0,
        handover.workspace.0,
        event.as_str(),
    )
    .fetch_all(tx.connection())
    .await?;
    let mut receivers = Receivers::default();
    for receiver in found {
        let is_whole = news.with_words_to.as_ref().is_some_and(|url| url.as_str() == receiver.url);
        let body = if is_whole { &news.with_words } else { &news.without_words };
        receivers.add(receiver.id, body.clone(), ambient);
    }
    let subject = format!("handover:{}", handover.id);
    insert(tx, handover.tenant, event, Some(&subject), &receivers, ambient).await.map(|told| told.len())
}
