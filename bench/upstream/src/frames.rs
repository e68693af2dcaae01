//! The bodies: shaped and sized like the recordings.

use crate::{Mark, Plan};
use bytes::Bytes;
use serde_json::json;

const UUID: &str = "f4b50160-5d1a-4e60-ae6e-43e9c501854f";
const TEXT: &str = "<document_metadata>\nsourceDocument: gateway-notes.txt\npublished: 11/23/2026, 7:04:54 AM\n</document_metadata>\n\nThe cordless drill NW-18 has an 18 volt battery and costs 189 euros. Delivery takes two working days, and an order can be returned within thirty days. Spare batteries are sold separately; the charger is in the box.";

/// One token.
pub fn token(mark: Mark) -> Bytes {
    Bytes::from(format!(
        "data: {{\"uuid\":\"{UUID}\",\"sources\":[],\"type\":\"textResponseChunk\",\"textResponse\":\"{mark}\",\"close\":false,\"error\":false}}\n\n"
    ))
}

/// What follows the last token: an empty chunk and the numbers with the sources.
pub fn ending(events: u32) -> [Bytes; 2] {
    let closing = json!({
        "uuid": UUID, "sources": [], "type": "textResponseChunk", "textResponse": "", "close": true, "error": false,
    });
    let finalize = json!({
        "uuid": UUID, "type": "finalizeResponseStream", "close": true, "error": false, "chatId": 3,
        "metrics": {
            "completion_tokens": events, "prompt_tokens": 271, "total_tokens": 271 + events, "outputTps": 94.786,
            "duration": 0.211, "model": "stub-model", "provider": "GenericOpenAiLLM",
            "timestamp": "2026-11-23T07:04:58.665Z",
        },
        "sources": [{
            "id": "30731519-129b-4c6e-a106-f834fc501a40", "url": "web://https://example.test/notes.website",
            "title": "gateway-notes.txt", "docAuthor": "tester", "description": "notes about gateway",
            "docSource": "unit", "chunkSource": "unit", "published": "11/23/2026, 7:04:54 AM", "wordCount": 34,
            "token_count_estimate": 41, "text": TEXT, "_distance": 0.6469, "score": 0.3531,
        }],
    });
    [closing, finalize].map(|frame| Bytes::from(format!("data: {frame}\n\n")))
}

/// All writes of an answer that is sent at once.
pub fn instant(plan: &Plan) -> Vec<Bytes> {
    let mut frames: Vec<Bytes> = (0..plan.events).map(|sequence| token(Mark { sequence, sent_nanos: 0 })).collect();
    frames.extend(ending(plan.events));
    if plan.cut == 0 {
        return frames;
    }
    let whole = Bytes::from(frames.concat());
    (0..whole.len())
        .step_by(plan.cut)
        .map(|start| whole.slice(start..whole.len().min(start.saturating_add(plan.cut))))
        .collect()
}

/// The answer to a vector search.
pub fn search() -> Bytes {
    let body = json!({"results": [{
        "id": "30731519-129b-4c6e-a106-f834fc501a40", "text": TEXT,
        "metadata": {
            "url": "web://https://example.test/notes.website", "title": "gateway-notes.txt", "author": "tester",
            "description": "notes about gateway", "docSource": "unit", "chunkSource": "unit",
            "published": "11/23/2026, 7:04:54 AM", "wordCount": 34, "tokenCount": 41,
        },
        "distance": 0.634_787, "score": 0.365_212,
    }]});
    Bytes::from(body.to_string())
}

/// The answer to a question for a workspace: every one exists.
pub fn workspace(slug: &str) -> Bytes {
    let body = json!({"workspace": [{
        "id": 4, "name": slug, "slug": slug, "vectorTag": null, "createdAt": "2026-11-23T07:04:53.559Z",
        "openAiTemp": null, "openAiHistory": 20, "lastUpdatedAt": "2026-11-23T07:04:53.559Z", "openAiPrompt": null,
        "similarityThreshold": 0.25, "chatProvider": null, "chatModel": null, "topN": 4, "chatMode": "query",
        "queryRefusalResponse": null, "vectorSearchMode": "default", "documents": [], "threads": [],
    }]});
    Bytes::from(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_changes_no_byte() {
        let whole = instant(&Plan::default()).concat();
        for cut in [1, 7, 1_000_000] {
            let plan = Plan { cut, ..Plan::default() };
            assert_eq!(instant(&plan).concat(), whole, "cut {cut}");
        }
        assert_eq!(instant(&Plan { cut: 1_000_000, ..Plan::default() }).len(), 1);
    }
}
