//! OpenAI's chunks: `data: {…}` each, then `data: [DONE]`. A failure is one `data: {"error": …}`, and no `[DONE]`.

use super::completions::{Extension, FinishReason, UsageCount};
use crate::anythingllm::{ChatEvent, Kind, Source};
use crate::api::chat::{Render, Ticket, put_json};
use crate::rejection::{ErrorShape, Rejection, ShopperLanguage};
use bytes::BytesMut;
use serde::Serialize;

/// Renders them.
#[derive(Debug)]
pub(super) struct Chunks {
    id: String,
    created: i64,
    model: String,
    include_usage: bool,
    refused: bool,
    /// Text of an answer has been told.
    told: bool,
    sources: Vec<Source>,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    /// Null before the last one, where it is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "it is left out, or null, or there")]
    usage: Option<Option<UsageCount>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vestibule: Option<Extension<'a>>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<FinishReason>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

impl Chunks {
    pub(super) fn new(ticket: &Ticket, model: String, include_usage: bool) -> Self {
        let (id, created) = (super::completions::id_of(ticket), ticket.created_at.timestamp());
        Self { id, created, model, include_usage, refused: false, told: false, sources: Vec::new() }
    }

    fn chunk(&self, delta: Delta<'_>, out: &mut BytesMut) {
        let choice = Choice { index: 0, delta, logprobs: None, finish_reason: None };
        self.put(&[choice], None, None, out);
    }

    fn put(
        &self,
        choices: &[Choice<'_>],
        usage: Option<UsageCount>,
        vestibule: Option<Extension<'_>>,
        out: &mut BytesMut,
    ) {
        let usage = self.include_usage.then_some(usage);
        let object = "chat.completion.chunk";
        out.extend_from_slice(b"data: ");
        let chunk =
            Chunk { id: &self.id, object, created: self.created, model: &self.model, choices, usage, vestibule };
        put_json(out, &chunk);
        out.extend_from_slice(b"\n\n");
    }
}

impl Render for Chunks {
    fn begin(&mut self, _: &Ticket, out: &mut BytesMut) {
        self.chunk(Delta { role: Some("assistant"), content: Some("") }, out);
    }

    fn event(&mut self, event: ChatEvent, out: &mut BytesMut) {
        match event {
            ChatEvent::Delta { text, kind: Kind::Answer } => {
                self.told = true;
                self.chunk(Delta { role: None, content: Some(&text) }, out);
            }
            // OpenAI's own models do not tell it either.
            ChatEvent::Delta { kind: Kind::Reasoning, .. } => {}
            ChatEvent::Refusal { text } => {
                self.refused = true;
                // What was told before cannot be taken back.
                let text = if self.told { format!("\n\n{text}") } else { text };
                self.chunk(Delta { role: None, content: Some(&text) }, out);
            }
            ChatEvent::Sources(sources) => self.sources = sources,
            ChatEvent::Done(usage) => {
                let finish_reason = Some(FinishReason::of(self.refused));
                let last = Choice { index: 0, delta: Delta::default(), logprobs: None, finish_reason };
                let extension = Extension::of(self.refused, usage.cached, &self.sources);
                self.put(&[last], None, Some(extension), out);
                if self.include_usage {
                    self.put(&[], UsageCount::of(&usage), None, out);
                }
                out.extend_from_slice(b"data: [DONE]\n\n");
            }
        }
    }

    fn failure(&mut self, rejection: &Rejection, ticket: &Ticket, out: &mut BytesMut) {
        let language = ShopperLanguage::default();
        out.extend_from_slice(&rejection.last_event(ErrorShape::OpenAi, &ticket.docs, language, &ticket.request_id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anythingllm::Usage;
    use serde_json::{Value, json};

    fn rendered(events: Vec<ChatEvent>, include_usage: bool) -> Vec<String> {
        let mut chunks = Chunks {
            id: "chatcmpl-1".into(),
            created: 7,
            model: "shop".into(),
            include_usage,
            refused: false,
            told: false,
            sources: Vec::new(),
        };
        let mut out = BytesMut::new();
        for event in events {
            chunks.event(event, &mut out);
        }
        let text = String::from_utf8(out.to_vec()).unwrap();
        text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap().to_owned()).collect()
    }

    fn delta(text: &str, kind: Kind) -> ChatEvent {
        ChatEvent::Delta { text: text.into(), kind }
    }

    #[test]
    fn an_answer_is_chunks_a_reason_and_done() {
        let events = vec![
            delta("hm", Kind::Reasoning),
            delta("The\n\ndata: x", Kind::Answer),
            ChatEvent::Done(Usage::default()),
        ];
        let chunks = rendered(events, false);
        assert_eq!(
            chunks[0],
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"shop","choices":[{"index":0,"delta":{"content":"The\n\ndata: x"},"logprobs":null,"finish_reason":null}]}"#
        );
        let end: Value = serde_json::from_str(&chunks[1]).unwrap();
        assert_eq!(end["choices"][0], json!({"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"}));
        assert_eq!(end["vestibule"]["refused"], false);
        assert_eq!(chunks[2..], ["[DONE]"]);
    }

    #[test]
    fn the_usage_comes_last_where_it_is_wanted() {
        let usage =
            Usage { prompt_tokens: Some(3), completion_tokens: Some(2), total_tokens: Some(5), ..Usage::default() };
        let chunks = rendered(vec![delta("a", Kind::Answer), ChatEvent::Done(usage)], true);
        let read = |at: usize| serde_json::from_str::<Value>(&chunks[at]).unwrap();
        assert_eq!((&read(0)["usage"], &read(1)["usage"]), (&Value::Null, &Value::Null));
        assert!(read(0).as_object().unwrap().contains_key("usage"));
        assert_eq!(read(2)["choices"], json!([]));
        assert_eq!(read(2)["usage"], json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}));
        assert_eq!(chunks[3], "[DONE]");
    }

    #[test]
    fn a_refusal_has_a_reason_of_its_own() {
        let events = vec![
            delta("Nonsense", Kind::Answer),
            ChatEvent::Refusal { text: "No.".into() },
            ChatEvent::Done(Usage::default()),
        ];
        let chunks = rendered(events, false);
        assert!(chunks[1].contains(r#""content":"\n\nNo.""#), "{}", chunks[1]);
        assert!(chunks[2].contains(r#""finish_reason":"content_filter""#), "{}", chunks[2]);
    }
}
