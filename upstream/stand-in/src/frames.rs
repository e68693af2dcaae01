//! The frames of chat streams, with the keys and key order that were recorded.
//!
//! Upstream is not consistent: some frames carry `uuid`, others `id`; `error` is false or null.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A list that is always empty here.
type Nothing = [(); 0];

/// One token, or with `close` the end of them.
#[derive(Serialize)]
pub(crate) struct Token<'a> {
    uuid: Uuid,
    sources: &'a [Value],
    r#type: &'static str,
    #[serde(rename = "textResponse")]
    text: &'a str,
    close: bool,
    error: bool,
}

impl<'a> Token<'a> {
    pub(crate) fn new(uuid: Uuid, text: &'a str) -> Self {
        Self { uuid, sources: &[], r#type: "textResponseChunk", text, close: false, error: false }
    }

    /// The frame behind the last token.
    pub(crate) fn last(uuid: Uuid, sources: &'a [Value]) -> Self {
        Self { sources, close: true, ..Self::new(uuid, "") }
    }
}

/// One token of an agent.
#[derive(Serialize)]
pub(crate) struct AgentToken<'a> {
    id: Uuid,
    r#type: &'static str,
    #[serde(rename = "textResponse")]
    text: &'a str,
    sources: Nothing,
    close: bool,
    error: (),
}

impl<'a> AgentToken<'a> {
    pub(crate) fn new(id: Uuid, text: &'a str) -> Self {
        Self { id, r#type: "textResponseChunk", text, sources: [], close: false, error: () }
    }
}

/// The last frame of an answer.
#[derive(Serialize)]
pub(crate) struct Finalize<'a> {
    uuid: Uuid,
    r#type: &'static str,
    close: bool,
    error: bool,
    #[serde(rename = "chatId", skip_serializing_if = "Option::is_none")]
    chat_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<&'a [Value]>,
}

impl<'a> Finalize<'a> {
    /// For an answer without any text.
    pub(crate) fn empty(uuid: Uuid) -> Self {
        Self {
            uuid,
            r#type: "finalizeResponseStream",
            close: true,
            error: false,
            chat_id: None,
            metrics: None,
            sources: None,
        }
    }

    pub(crate) fn new(uuid: Uuid, chat_id: u64, metrics: &'a Value, sources: Option<&'a [Value]>) -> Self {
        Self { chat_id: Some(chat_id), metrics: Some(metrics), sources, ..Self::empty(uuid) }
    }
}

/// A whole answer in one frame: refusals and notices.
#[derive(Serialize)]
pub(crate) struct Notice<'a> {
    id: Uuid,
    r#type: &'static str,
    #[serde(rename = "textResponse")]
    text: &'a str,
    sources: Nothing,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<Nothing>,
    close: bool,
    error: (),
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Value>,
}

impl<'a> Notice<'a> {
    pub(crate) fn new(text: &'a str, attachments: bool, metrics: bool) -> Self {
        Self {
            id: Uuid::new_v4(),
            r#type: "textResponse",
            text,
            sources: [],
            attachments: attachments.then_some([]),
            close: true,
            error: (),
            metrics: metrics.then(|| json!({})),
        }
    }
}

/// An error.
#[derive(Serialize)]
pub(crate) struct Abort<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<Uuid>,
    r#type: &'static str,
    #[serde(rename = "textResponse")]
    text: (),
    sources: Nothing,
    close: bool,
    error: &'a str,
}

impl<'a> Abort<'a> {
    /// Before any token.
    pub(crate) fn early(error: &'a str) -> Self {
        Self { id: Some(Uuid::new_v4()), uuid: None, r#type: "abort", text: (), sources: [], close: true, error }
    }

    /// Between tokens.
    pub(crate) fn late(uuid: Uuid, error: &'a str) -> Self {
        Self { id: None, uuid: Some(uuid), ..Self::early(error) }
    }
}

/// The three frames behind the tokens of an agent. The whole text comes twice more.
pub(crate) fn agent_ending(id: Uuid, text: &str, metrics: &Value) -> [Value; 3] {
    [
        json!({ "id": id, "type": "usageMetrics", "metrics": metrics, "close": false, "error": null }),
        json!({
            "id": id,
            "type": "textResponse",
            "textResponse": text,
            "sources": [],
            "attachments": [],
            "close": true,
            "error": null,
            "animate": false,
        }),
        json!({
            "uuid": id,
            "type": "finalizeResponseStream",
            "textResponse": text,
            "thoughts": [],
            "outputs": [],
            "sources": [],
            "close": true,
            "error": false,
            "metrics": metrics,
        }),
    ]
}

/// The two frames by which the web interface is sent to a websocket.
pub(crate) fn agent_handover(websocket: Uuid) -> [Value; 2] {
    let id = Uuid::new_v4();
    [
        json!({
            "id": id,
            "type": "agentInitWebsocketConnection",
            "textResponse": null,
            "sources": [],
            "close": false,
            "error": null,
            "websocketUUID": websocket,
        }),
        json!({
            "id": id,
            "type": "statusResponse",
            "textResponse": "@agent: Swapping over to agent chat. Type /exit to exit agent execution loop early.",
            "sources": [],
            "close": true,
            "error": null,
            "animate": true,
        }),
    ]
}

/// Frames no client is prepared for: rare ones, invented ones, one without a type.
pub(crate) fn strangers(id: Uuid) -> [Value; 5] {
    [
        json!({ "id": id, "type": "agentThought", "thought": "Looking at the documents.", "animate": true, "close": false }),
        json!({ "id": id, "type": "fileDownload", "fileDownload": { "filename": "offer.pdf" }, "close": false }),
        json!({ "id": id, "type": "modelRouteNotification", "routedTo": { "model": "stand-in-model" }, "close": false }),
        json!({ "type": "somethingInvented", "payload": { "depth": [1, [2, [3]]] } }),
        json!({ "action": "rename_thread", "thread": { "slug": "thread", "name": "Renamed" } }),
    ]
}
