//! Decides what a checked question is answered with.
//!
//! Resets, agents, refusals and the search happen here; sending does not.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::{compose, source_of_attachment, source_of_hit, source_of_pinned};
use crate::chats::Answer as StoredAnswer;
use crate::failure::{Failure, Stage};
use crate::search::Side;
use crate::service::Context;
use crate::speak::{Job, Style, Target};
use crate::users::truthy;
use crate::workspaces::Workspace;
use crate::world::World;

const NOTHING_FOUND: &str = "There is no relevant information in this workspace to answer your query.";
const WIDGET_FOUND_NOTHING: &str = "I do not have enough information to answer that. Try another question.";

/// A checked question.
pub(crate) struct Ask {
    pub(crate) message: Value,
    pub(crate) mode: String,
    pub(crate) attachments: Value,
    pub(crate) reset: bool,
    pub(crate) style: Style,
    pub(crate) target: Target,
}

/// What is to be answered.
pub(crate) enum Plan {
    /// One frame of text, with or without the odd key of its kind.
    Notice { text: String, attachments: bool, metrics: bool },
    /// One error.
    Abort(String),
    /// One error, and no end.
    AbortForever(String),
    /// The interface is sent to a websocket.
    Handover(Uuid),
    /// A generated answer.
    Speak(Box<Job>),
}

/// `message?.length` is truthy.
pub(crate) fn has_length(message: &Value) -> bool {
    match message {
        Value::String(text) => !text.is_empty(),
        Value::Array(parts) => !parts.is_empty(),
        Value::Object(fields) => fields.get("length").is_some_and(truthy),
        _ => false,
    }
}

/// Decides what `ask` is answered with, and does what has to be done before.
pub(crate) fn plan(context: &Context, world: &mut World, workspace: &Workspace, ask: Ask, path: &str) -> Plan {
    if ask.reset {
        if let Target::Workspace(owner) = &ask.target {
            world.reset_history(workspace.id, owner.session.as_deref());
        }
        if !has_length(&ask.message) {
            return Plan::Notice { text: "Chat history was reset!".to_owned(), attachments: true, metrics: true };
        }
    }
    let attachments = ask.attachments.as_array().cloned().unwrap_or_default();
    if attachments.iter().any(Value::is_null) {
        return Plan::Abort("Cannot read properties of null (reading 'contentString')".to_owned());
    }
    let Some(message) = ask.message.as_str().map(str::to_owned) else {
        return Plan::Abort("promptString.startsWith is not a function".to_owned());
    };
    let agent = !matches!(ask.style, Style::Embed) && (ask.mode == "automatic" || message.starts_with("@agent"));
    if agent && matches!(ask.style, Style::Interface) {
        return Plan::Handover(world.open_invocation());
    }
    let sources = match sources(context, world, workspace, &message, &attachments, path) {
        Ok(sources) => sources,
        Err(error) => return Plan::Abort(error),
    };
    let no_vectors = world.indexes.get(&workspace.id).is_none_or(|index| index.len() == 0);
    if ask.mode == "query" && sources.is_empty() && !agent {
        return refusal(world, workspace, &ask, &message, no_vectors);
    }
    let text = compose(&message, &sources);
    Plan::Speak(Box::new(Job {
        style: if agent { Style::Agent } else { ask.style },
        target: ask.target,
        mode: ask.mode,
        prompt: message,
        text,
        sources: if agent { Vec::new() } else { sources },
        attachments,
    }))
}

/// Everything the answer may be made of, or why the search broke.
fn sources(
    context: &Context,
    world: &World,
    workspace: &Workspace,
    message: &str,
    attachments: &[Value],
    path: &str,
) -> Result<Vec<Value>, String> {
    let mut sources: Vec<Value> = attachments.iter().filter_map(source_of_attachment).collect();
    let pinned = world.embedded.iter().filter(|document| document.workspace_id == workspace.id && document.pinned);
    sources.extend(pinned.map(source_of_pinned));
    if let Some(index) = world.indexes.get(&workspace.id).filter(|index| index.len() > 0) {
        let struck = context.control.strike(path, Stage::Search);
        if struck.contains(&Failure::EmbedderError) {
            return Err(world.vectors.embedder_error().to_owned());
        }
        let hits = index.search(message, workspace.top, workspace.threshold, side(&struck));
        sources.extend(hits.iter().map(|hit| source_of_hit(world.vectors, hit)));
    }
    Ok(sources)
}

/// Where the embedder puts a question which these failures strike.
pub(crate) fn side(struck: &[Failure]) -> Side {
    if struck.contains(&Failure::OppositeEmbedder) { Side::Opposite } else { Side::Same }
}

/// The refusal of query mode. Stored, but hidden from the history at once.
fn refusal(world: &mut World, workspace: &Workspace, ask: &Ask, message: &str, no_vectors: bool) -> Plan {
    let widget = matches!(ask.style, Style::Embed);
    let stock = if widget { WIDGET_FOUND_NOTHING } else { NOTHING_FOUND };
    let text = workspace.refusal.clone().unwrap_or_else(|| stock.to_owned());
    if let Target::Workspace(owner) = &ask.target {
        let answer = StoredAnswer {
            text: text.clone(),
            sources: Vec::new(),
            mode: ask.mode.clone(),
            metrics: json!({}),
            attachments: Vec::new(),
        };
        world.store_chat(owner, message, answer, false);
    }
    Plan::Notice { text, attachments: no_vectors && !widget, metrics: !widget }
}
