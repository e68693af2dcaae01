//! An answer with everything that a page can tell of it: words, sources, times, and the events that a shop's page gets.

use crate::anythingllm::{ChatEvent, Kind, Source, Usage};
use crate::api::chat::{Asked, Events, Handover, Question, Render, Ticket};
use crate::rejection::Rejection;
use bytes::BytesMut;
use std::time::Duration;
use tokio::time::Instant;

/// Of the events no more than this is shown, in bytes.
const MOST_SHOWN: usize = 200_000;

/// What an answer was like.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) answer: String,
    pub(super) refused: bool,
    pub(super) sources: Vec<Source>,
    pub(super) usage: Usage,
    /// Until the first word of the answer was there.
    pub(super) first_words: Option<Duration>,
    pub(super) total: Duration,
    /// As they are sent to a page.
    pub(super) events: String,
    /// Why it did not come to its end.
    pub(super) failure: Option<Rejection>,
}

/// Reads the stream to its end.
pub(super) async fn collect(mut asked: Asked, question: &Question, ticket: &Ticket, began: Instant) -> Collected {
    let mut collected = Collected::default();
    let (mut renderer, mut out) = (Events::new(question, Handover::default()), BytesMut::new());
    renderer.begin(ticket, &mut out);
    while let Some(event) = asked.next().await {
        let event = match event {
            Ok(event) => event,
            Err(broken) => {
                let rejection = broken.to_rejection(&ticket.request_id);
                ticket.facts.set_stream_error(rejection.code());
                renderer.failure(&rejection, ticket, &mut out);
                collected.failure = Some(rejection);
                break;
            }
        };
        match &event {
            ChatEvent::Delta { text, kind: Kind::Answer } => {
                collected.first_words.get_or_insert_with(|| began.elapsed());
                collected.answer.push_str(text);
            }
            ChatEvent::Delta { kind: Kind::Reasoning, .. } => {}
            ChatEvent::Refusal { text } => {
                collected.first_words.get_or_insert_with(|| began.elapsed());
                collected.refused = true;
                collected.answer.clone_from(text);
            }
            ChatEvent::Sources(sources) => collected.sources.clone_from(sources),
            ChatEvent::Done(usage) => {
                collected.usage = usage.clone();
                asked.done();
            }
        }
        if out.len() < MOST_SHOWN {
            renderer.event(event, &mut out);
        }
    }
    collected.total = began.elapsed();
    collected.events = String::from_utf8_lossy(&out).into_owned();
    collected
}
