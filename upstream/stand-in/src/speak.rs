//! Generates an answer token by token, sends it and stores it.
//!
//! What a client that left early had received is stored like a whole answer, as upstream does.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::answer::tokens;
use crate::chats::{Answer, Owner};
use crate::clock;
use crate::control::Control;
use crate::frames::{Abort, AgentToken, Finalize, Token, agent_ending, strangers};
use crate::library::token_estimate;
use crate::reply::{Reply, abort_object};
use crate::stream::{Emitter, Gone, Manners};

/// After this many tokens a provider that fails in mid-answer fails.
const TOKENS_BEFORE_ABORT: usize = 5;
/// Length of the text in an oversized frame.
const OVERSIZED: usize = 3 * 1024 * 1024;
/// How a model that thinks aloud begins.
const REASONING: [&str; 4] = ["<think>", "The documents", " should say.", "</think>"];

/// The dialect of the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Api,
    Interface,
    Embed,
    Agent,
}

/// Where an answer is stored.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Workspace(Owner),
    Embed { embed_id: u64, session: String, connection: Value },
}

/// An answer to be given.
pub(crate) struct Job {
    pub(crate) style: Style,
    pub(crate) target: Target,
    pub(crate) mode: String,
    pub(crate) prompt: String,
    pub(crate) text: String,
    pub(crate) sources: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
}

impl Job {
    fn tokens(&self, control: &Control, manners: &Manners) -> Vec<String> {
        let mut pieces: Vec<String> = Vec::new();
        if manners.reasoning {
            pieces.extend(REASONING.iter().map(|piece| (*piece).to_owned()));
        }
        pieces.extend(tokens(&self.text, control.tokens()));
        pieces
    }

    fn metrics(&self, spoken: usize, took: Duration) -> Value {
        let context: usize =
            self.sources.iter().map(|source| token_estimate(source["text"].as_str().unwrap_or_default())).sum();
        let prompt = 60 + token_estimate(&self.prompt) + context;
        let seconds = took.as_secs_f64().max(0.001);
        let spoken_count = u32::try_from(spoken).unwrap_or(u32::MAX);
        let provider = match self.style {
            Style::Agent => "GenericOpenAiProvider",
            Style::Api | Style::Interface | Style::Embed => "GenericOpenAiLLM",
        };
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": spoken,
            "total_tokens": prompt + spoken,
            "outputTps": f64::from(spoken_count) / seconds,
            "duration": (seconds * 1000.0).round() / 1000.0,
            "model": "stand-in-model",
            "provider": provider,
            "timestamp": clock::iso(clock::now()),
        })
    }

    /// Stores what was said. Widget chats have no id in the same table.
    fn store(&self, control: &Control, text: &str, metrics: &Value) -> u64 {
        let answer = Answer {
            text: text.to_owned(),
            sources: self.sources.clone(),
            mode: self.mode.clone(),
            metrics: metrics.clone(),
            attachments: self.attachments.clone(),
        };
        let mut world = control.world();
        let id = match &self.target {
            Target::Workspace(owner) => world.store_chat(owner, &self.prompt, answer, true),
            Target::Embed { embed_id, session, connection } => {
                world.store_embed_chat(*embed_id, session, &self.prompt, answer, connection.clone());
                0
            }
        };
        drop(world);
        control.touch();
        id
    }
}

/// Gives the answer in one piece.
pub(crate) async fn say(control: &Control, job: Job, manners: &Manners) -> Reply {
    let started = Instant::now();
    if let Some(error) = &manners.abort {
        return Reply::abort(StatusCode::INTERNAL_SERVER_ERROR, error);
    }
    let pieces = job.tokens(control, manners);
    let rest = u32::try_from(pieces.len().saturating_sub(1)).unwrap_or(u32::MAX);
    tokio::time::sleep(manners.first + manners.token.saturating_mul(rest)).await;
    let text = pieces.concat();
    let metrics = job.metrics(pieces.len(), started.elapsed());
    if text.is_empty() {
        // A provider that says nothing is a 200 all the same.
        let mut abort = abort_object("No text completion could be completed with this input.");
        abort["metrics"] = metrics;
        return Reply::json(&abort);
    }
    let chat_id = job.store(control, &text, &metrics);
    let mut answer = json!({
        "id": Uuid::new_v4(),
        "type": "textResponse",
        "close": true,
        "error": null,
        "textResponse": text,
        "sources": job.sources,
        "metrics": metrics,
    });
    if job.style == Style::Agent {
        answer["thoughts"] = json!([]);
        answer["outputs"] = json!([]);
    } else {
        answer["chatId"] = json!(chat_id);
    }
    Reply::json(&answer)
}

/// Gives the answer as a stream.
pub(crate) async fn speak(control: &Control, job: Job, manners: &Manners, mut out: Emitter) -> Result<(), Gone> {
    if let Some(error) = &manners.abort {
        out.pause(manners.first).await?;
        out.frame(&Abort::early(error)).await?;
        return out.end().await;
    }
    let mut speech =
        Speech { id: Uuid::new_v4(), started: Instant::now(), said: String::new(), spoken: 0, aborted: false };
    let pieces = job.tokens(control, manners);
    match speech.tokens(&job, manners, &pieces, &mut out).await {
        Ok(()) => {}
        Err(Gone::Client) => {
            speech.store_rest(control, &job, &pieces);
            return Err(Gone::Client);
        }
        Err(Gone::Server) => return Err(Gone::Server),
    }
    speech.finish(control, &job, &mut out).await?;
    out.end().await
}

/// An answer on its way.
struct Speech {
    id: Uuid,
    started: Instant,
    said: String,
    spoken: usize,
    aborted: bool,
}

impl Speech {
    async fn tokens(&mut self, job: &Job, manners: &Manners, pieces: &[String], out: &mut Emitter) -> Result<(), Gone> {
        let middle = pieces.len() / 2;
        let strange = strangers(self.id);
        let mut strange = strange.iter().filter(|_| manners.strangers);
        for (place, piece) in pieces.iter().enumerate() {
            out.pause(if place == 0 { manners.first } else { manners.token }).await?;
            if let Some(frame) = strange.next() {
                out.frame(frame).await?;
            }
            if place == middle && manners.bad_json {
                let id = self.id;
                out.raw(&format!("data: {{\"uuid\":\"{id}\",\"type\":\"textResponseChunk\",\"textResp\n\n")).await?;
            }
            if place == middle && manners.oversized {
                let text = " x".repeat(OVERSIZED / 2);
                self.token(job, &text, out).await?;
            }
            if place == TOKENS_BEFORE_ABORT && manners.abort_then_finalize {
                break;
            }
            self.token(job, piece, out).await?;
        }
        for frame in strange {
            out.frame(frame).await?;
        }
        if manners.abort_then_finalize {
            self.aborted = true;
            out.frame(&Abort::late(self.id, "Premature close")).await?;
        } else if job.style != Style::Agent {
            let sources = match job.style {
                Style::Interface => job.sources.as_slice(),
                Style::Api | Style::Embed | Style::Agent => &[],
            };
            out.frame(&Token::last(self.id, sources)).await?;
        }
        Ok(())
    }

    async fn token(&mut self, job: &Job, text: &str, out: &mut Emitter) -> Result<(), Gone> {
        if job.style == Style::Agent {
            out.frame(&AgentToken::new(self.id, text)).await?;
        } else {
            out.frame(&Token::new(self.id, text)).await?;
        }
        self.said.push_str(text);
        self.spoken += 1;
        Ok(())
    }

    /// Stores the answer, then tells the client under which id.
    async fn finish(&mut self, control: &Control, job: &Job, out: &mut Emitter) -> Result<(), Gone> {
        let metrics = job.metrics(self.spoken, self.started.elapsed());
        if job.style == Style::Agent {
            job.store(control, &self.said, &metrics);
            for frame in agent_ending(self.id, &self.said, &metrics) {
                out.frame(&frame).await?;
            }
            return Ok(());
        }
        if self.said.is_empty() {
            return match job.style {
                Style::Embed => Ok(()),
                Style::Api | Style::Interface | Style::Agent => out.frame(&Finalize::empty(self.id)).await,
            };
        }
        let chat_id = job.store(control, &self.said, &metrics);
        let sources = match job.style {
            Style::Api => Some(job.sources.as_slice()),
            Style::Interface => None,
            // The widget's stream ends with the closing token.
            Style::Embed | Style::Agent => return Ok(()),
        };
        out.frame(&Finalize::new(self.id, chat_id, &metrics, sources)).await
    }

    /// The client left: its part is stored. An agent does not notice and finishes.
    fn store_rest(&mut self, control: &Control, job: &Job, pieces: &[String]) {
        if job.style == Style::Agent {
            self.said = pieces.concat();
            self.spoken = pieces.len();
        }
        if !self.said.is_empty() {
            let metrics = job.metrics(self.spoken, self.started.elapsed());
            job.store(control, &self.said, &metrics);
        }
    }
}
