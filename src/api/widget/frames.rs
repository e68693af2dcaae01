//! AnythingLLM's embed frames (recordings `embed/chat_open_with_origin`, `embed/chat_query_refusal`). `sources` is
//! always empty, as AnythingLLM leaves it for embeds.

use crate::anythingllm::{ChatEvent, Kind};
use crate::api::chat::{Render, Ticket, put_json, put_text};
use crate::rejection::{ErrorShape, Rejection, ShopperLanguage};
use bytes::BytesMut;
use serde::Serialize;
use uuid::Uuid;

/// Renders them.
#[derive(Debug)]
pub(super) struct WidgetFrames {
    id: Uuid,
    /// A piece of text as far as it is the same for all of them.
    head: String,
    /// The model is thinking aloud. The widget knows reasoning by the model's own marks and hides it unless the page
    /// has `data-show-thoughts`.
    thinking: bool,
    refused: bool,
    language: ShopperLanguage,
}

#[derive(Serialize)]
struct Whole<'a> {
    id: Uuid,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "textResponse")]
    text: &'a str,
    sources: [(); 0],
    close: bool,
    error: Option<bool>,
}

impl WidgetFrames {
    pub(super) fn new(ticket: &Ticket, language: ShopperLanguage) -> Self {
        Self::of(ticket.id, language)
    }

    fn of(id: Uuid, language: ShopperLanguage) -> Self {
        let head = format!(r#"data: {{"uuid":"{id}","sources":[],"type":"textResponseChunk","textResponse":"#);
        Self { id, head, thinking: false, refused: false, language }
    }

    /// Written without a writer of JSON: there are a hundred of these for one of anything else.
    fn chunk(&self, text: &str, close: bool, out: &mut BytesMut) {
        out.extend_from_slice(self.head.as_bytes());
        put_text(out, text);
        let end = if close { ",\"close\":true,\"error\":false}\n\n" } else { ",\"close\":false,\"error\":false}\n\n" };
        out.extend_from_slice(end.as_bytes());
    }

    fn think(&mut self, thinking: bool, out: &mut BytesMut) {
        if self.thinking != thinking {
            self.thinking = thinking;
            self.chunk(if thinking { "<think>" } else { "</think>" }, false, out);
        }
    }
}

impl Render for WidgetFrames {
    fn begin(&mut self, _: &Ticket, _: &mut BytesMut) {}

    fn event(&mut self, event: ChatEvent, out: &mut BytesMut) {
        match event {
            ChatEvent::Delta { text, kind } => {
                self.think(kind == Kind::Reasoning, out);
                self.chunk(&text, false, out);
            }
            ChatEvent::Refusal { text } => {
                self.refused = true;
                put(
                    out,
                    &Whole { id: self.id, kind: "textResponse", text: &text, sources: [], close: true, error: None },
                );
            }
            ChatEvent::Sources(_) => {}
            // A refusal has said that it is the end.
            ChatEvent::Done(_) if self.refused => {}
            ChatEvent::Done(_) => {
                self.think(false, out);
                self.chunk("", true, out);
            }
        }
    }

    fn failure(&mut self, rejection: &Rejection, ticket: &Ticket, out: &mut BytesMut) {
        let shape = ErrorShape::WidgetFrame;
        out.extend_from_slice(&rejection.last_event(shape, &ticket.docs, self.language, &ticket.request_id));
    }
}

fn put(out: &mut BytesMut, frame: &impl Serialize) {
    out.extend_from_slice(b"data: ");
    put_json(out, frame);
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anythingllm::Usage;

    fn rendered(events: Vec<ChatEvent>) -> String {
        let language = ShopperLanguage::English;
        let mut frames = WidgetFrames::of(Uuid::nil(), language);
        let mut out = BytesMut::new();
        for event in events {
            frames.event(event, &mut out);
        }
        String::from_utf8(out.to_vec()).unwrap().replace("00000000-0000-0000-0000-000000000000", "ID")
    }

    fn delta(text: &str, kind: Kind) -> ChatEvent {
        ChatEvent::Delta { text: text.into(), kind }
    }

    #[test]
    fn an_answer_is_chunks_and_a_closing_one() {
        let events = vec![delta("The", Kind::Answer), ChatEvent::Sources(vec![]), ChatEvent::Done(Usage::default())];
        let chunk = r#"data: {"uuid":"ID","sources":[],"type":"textResponseChunk","textResponse":"The","close":false,"error":false}"#;
        let end = r#"data: {"uuid":"ID","sources":[],"type":"textResponseChunk","textResponse":"","close":true,"error":false}"#;
        assert_eq!(rendered(events), format!("{chunk}\n\n{end}\n\n"));
    }

    #[test]
    fn a_refusal_is_one_frame() {
        let events = vec![ChatEvent::Refusal { text: "No.".into() }, ChatEvent::Done(Usage::default())];
        let frame =
            r#"data: {"id":"ID","type":"textResponse","textResponse":"No.","sources":[],"close":true,"error":null}"#;
        assert_eq!(rendered(events), format!("{frame}\n\n"));
    }

    #[test]
    fn reasoning_keeps_the_marks_the_widget_knows_it_by() {
        let events = vec![delta("hm", Kind::Reasoning), delta("yes", Kind::Answer), ChatEvent::Done(Usage::default())];
        let text: String = rendered(events)
            .split("\n\n")
            .filter_map(|frame| serde_json::from_str::<serde_json::Value>(frame.strip_prefix("data: ")?).ok())
            .map(|frame| frame["textResponse"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(text, "<think>hm</think>yes");
    }
}
