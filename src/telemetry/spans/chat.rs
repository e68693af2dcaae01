//! A chat as the semantic conventions for generative AI tell it: which model, how many tokens, how soon the first word.
//! Never what was asked or answered.

use super::{Span, TARGET};
use opentelemetry::trace::TraceContextExt as _;
use std::time::Instant;
use tracing::instrument::Instrumented;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The span of a chat, or nothing. Ends when it is dropped, or said to be done.
#[derive(Debug)]
pub struct ChatSpan {
    span: Span,
    /// Until the first piece has come.
    waits_since: Option<Instant>,
}

impl ChatSpan {
    pub const fn none() -> Self {
        Self { span: Span::none(), waits_since: None }
    }

    /// A chat that is about to be asked.
    pub fn begin() -> Self {
        let span = Span(tracing::debug_span!(target: TARGET, "chat", otel.kind = "client"));
        if span.0.is_disabled() {
            return Self { span, waits_since: None };
        }
        span.set("gen_ai.operation.name", "chat");
        // Who the model's provider is, AnythingLLM says with the answer, if at all.
        span.set("gen_ai.provider.name", "anythingllm");
        span.set("gen_ai.request.stream", true);
        Self { span, waits_since: Some(Instant::now()) }
    }

    #[cfg(test)]
    pub(super) fn is_nothing(&self) -> bool {
        self.span.0.is_disabled() && self.waits_since.is_none()
    }

    /// See [`Span::around`].
    pub fn around<F: Future>(&self, work: F) -> Instrumented<F> {
        self.span.around(work)
    }

    /// A piece of the answer has come.
    pub fn piece(&mut self) {
        if let Some(since) = self.waits_since.take() {
            self.span.set("gen_ai.response.time_to_first_chunk", since.elapsed().as_secs_f64());
        }
    }

    /// What the answer took, as far as AnythingLLM says it.
    pub fn took(&self, model: Option<&str>, prompt_tokens: Option<u64>, completion_tokens: Option<u64>) {
        if self.span.0.is_disabled() {
            return;
        }
        let tokens = [("gen_ai.usage.input_tokens", prompt_tokens), ("gen_ai.usage.output_tokens", completion_tokens)];
        for (attribute, tokens) in tokens {
            if let Some(tokens) = tokens {
                self.span.set(attribute, i64::try_from(tokens).unwrap_or(i64::MAX));
            }
        }
        if let Some(model) = model {
            self.span.set("gen_ai.request.model", model.to_owned());
            self.span.set("gen_ai.response.model", model.to_owned());
            self.span.0.context().span().update_name(format!("chat {model}"));
        }
    }

    /// The answer is complete.
    pub fn done(&self) {
        self.span.end();
    }

    /// See [`Span::failed`].
    pub fn failed(&self, why: &str) {
        self.span.failed(why);
    }
}
