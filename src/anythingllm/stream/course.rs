//! What frames mean for an answer.

use super::{BEGINNING, ChatEvent, ChatStream, Usage};
use crate::anythingllm::error::Said;
use crate::anythingllm::frames::{Frame, Metrics, Source};
use crate::anythingllm::reasoning::Kind;
use crate::domain::workspace::ChatMode;
use std::time::Duration;

impl ChatStream {
    pub(super) fn take(&mut self, frame: Frame) {
        if self.course.done {
            return;
        }
        match frame {
            Frame::Chunk { text, close } => {
                self.text(text);
                if close {
                    self.close();
                }
            }
            Frame::Whole { text, sources, metrics } => {
                if self.course.mode == ChatMode::Query && self.course.pieces == 0 && sources.is_empty() {
                    self.ready.push_back(ChatEvent::Refusal { text });
                    return self.done(sources, Some(metrics.unwrap_or_else(no_tokens)));
                }
                // After pieces this is the same text once more.
                if self.course.pieces == 0 {
                    self.text(text);
                }
                self.close();
                if let Some(metrics) = metrics.filter(|m| m.total_tokens.is_some()) {
                    self.done(sources, Some(metrics));
                }
            }
            Frame::Finalize { metrics, sources, text, chat_id } => {
                self.course.chat_id = chat_id;
                if self.course.pieces == 0 {
                    self.text(text.unwrap_or_default());
                }
                if self.course.failed.is_some() {
                    self.account(metrics.as_ref());
                } else if self.course.pieces == 0 {
                    // Nothing was generated (`chat/stream_llm_empty`); the plain endpoint calls the same an abort.
                    self.fail("the model returned nothing");
                } else {
                    self.done(sources, metrics);
                }
            }
            Frame::Abort { error } => self.fail(&error),
            Frame::Other => {}
        }
    }

    fn text(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        if self.course.pieces == 0 {
            self.facts.note_first_token();
            self.span.piece();
        }
        self.course.pieces = self.course.pieces.saturating_add(1);
        if self.course.beginning.len() < BEGINNING {
            self.course.beginning.push_str(&text[..text.floor_char_boundary(BEGINNING)]);
        }
        if self.course.answering {
            self.ready.push_back(ChatEvent::Delta { text, kind: Kind::Answer });
        } else {
            self.splitter.push(&text, &mut self.pieces);
            self.emit_pieces();
        }
    }

    fn emit_pieces(&mut self) {
        for (kind, text) in self.pieces.drain(..) {
            self.course.answering |= kind == Kind::Answer;
            self.ready.push_back(ChatEvent::Delta { text, kind });
        }
    }

    fn close(&mut self) {
        self.course.closed = true;
        self.clock.hurry();
    }

    fn fail(&mut self, why: &str) {
        self.course.failed = Some(Said::new(why));
        self.clock.hurry();
    }

    pub(super) fn done(&mut self, mut sources: Vec<Source>, metrics: Option<Metrics>) {
        self.splitter.finish(&mut self.pieces);
        self.emit_pieces();
        self.account(metrics.as_ref());
        let is_unfounded = self.course.mode == ChatMode::Query && Source::rest_on_nothing(&sources);
        self.release(is_unfounded && !self.told);
        if is_unfounded {
            self.ready.push_back(ChatEvent::Refusal { text: std::mem::take(&mut self.refusal) });
        }
        sources.retain(|source| !source.is_unrelated());
        if !sources.is_empty() {
            let sources = sources.into_iter().map(Source::readable).collect();
            self.ready.push_back(ChatEvent::Sources(sources));
        }
        let metrics = metrics.unwrap_or_default();
        self.span.took(metrics.model.as_deref(), metrics.prompt_tokens, metrics.completion_tokens);
        self.span.done();
        let taken = metrics.duration_secs.and_then(|secs| Duration::try_from_secs_f64(secs).ok());
        self.ready.push_back(ChatEvent::Done(Usage {
            prompt_tokens: metrics.prompt_tokens,
            completion_tokens: metrics.completion_tokens,
            total_tokens: metrics.total_tokens,
            duration: taken.unwrap_or_else(|| self.clock.started.elapsed()),
            model: metrics.model,
            cached: false,
            chat_id: self.course.chat_id,
        }));
        self.course.done = true;
    }
}

/// The account of a refusal: AnythingLLM reports `{}` because no model was called.
fn no_tokens() -> Metrics {
    Metrics { prompt_tokens: Some(0), completion_tokens: Some(0), total_tokens: Some(0), ..Metrics::default() }
}
