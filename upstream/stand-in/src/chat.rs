//! The three doors to a chat: developer API, web interface, widget.
//!
//! Checks a request; what it is answered with is decided in `plan` and generated in `speak`.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::Call;
use crate::chats::Owner;
use crate::embeds::Embed;
use crate::frames::{Abort, Notice, agent_handover};
use crate::plan::{Ask, Plan, has_length, plan};
use crate::reply::{Reply, abort_object};
use crate::service::Context;
use crate::session::Roles;
use crate::speak::{Style, Target, say, speak};
use crate::stream::{Emitter, Manners};
use crate::users::truthy;
use crate::workspaces::CHAT_MODES;
use crate::world::World;

/// By which door a chat came in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    /// `/api/v1/workspace/:slug/chat` and `stream-chat`.
    Api {
        /// Whether frames are asked for.
        stream: bool,
    },
    /// `/api/workspace/:slug/stream-chat`.
    Interface,
    /// `/api/embed/:uuid/stream-chat`.
    Embed,
}

/// Answers a chat request.
pub(crate) async fn answer(context: &Context, call: &Call, path: &str, door: Door) -> Result<Reply, Reply> {
    let stream = !matches!(door, Door::Api { stream: false });
    let plan = {
        let mut world = context.control.world();
        match door {
            Door::Api { .. } => api(context, &mut world, call, path)?,
            Door::Interface => interface(context, &mut world, call, path)?,
            Door::Embed => embed(context, &mut world, call, path)?,
        }
    };
    let manners = Manners::now(&context.control, path, stream);
    if stream { Ok(streamed(context, plan, manners)) } else { Ok(whole(context, plan, manners).await) }
}

fn streamed(context: &Context, plan: Plan, manners: Manners) -> Reply {
    let (reply, mut out) = Emitter::open(&context.control, &manners);
    let control = context.control.clone();
    tokio::spawn(async move {
        let sent = match plan {
            Plan::Speak(job) => speak(&control, *job, &manners, out).await,
            Plan::Notice { text, attachments, metrics } => {
                match out.frame(&Notice::new(&text, attachments, metrics)).await {
                    Ok(()) => out.end().await,
                    gone => gone,
                }
            }
            Plan::Abort(error) => match out.frame(&Abort::early(&error)).await {
                Ok(()) => out.end().await,
                gone => gone,
            },
            Plan::AbortForever(error) => match out.frame(&Abort::early(&error)).await {
                Ok(()) => out.never_end().await,
                gone => gone,
            },
            Plan::Handover(websocket) => {
                let mut sent = Ok(());
                for frame in agent_handover(websocket) {
                    sent = out.frame(&frame).await;
                }
                match sent {
                    Ok(()) => out.end().await,
                    gone => gone,
                }
            }
        };
        if sent == Err(crate::stream::Gone::Client) {
            control.note_aborted_stream();
        }
    });
    reply
}

async fn whole(context: &Context, plan: Plan, manners: Manners) -> Reply {
    match plan {
        Plan::Notice { text, .. } => Reply::json(&json!({
            "id": Uuid::new_v4(),
            "type": "textResponse",
            "sources": [],
            "close": true,
            "error": null,
            "textResponse": text,
            "metrics": {},
        })),
        Plan::Abort(error) | Plan::AbortForever(error) => Reply::abort(StatusCode::INTERNAL_SERVER_ERROR, &error),
        Plan::Handover(_) => Reply::error(),
        Plan::Speak(job) => {
            let control = context.control.clone();
            // A task of its own: upstream finishes and stores the answer though nobody waits.
            let said = tokio::spawn(async move { say(&control, *job, &manners).await });
            said.await.unwrap_or_else(|_| Reply::error())
        }
    }
}

fn api(context: &Context, world: &mut World, call: &Call, path: &str) -> Result<Plan, Reply> {
    world.check_api_key(call)?;
    let slug = call.param(3);
    let workspace = world.workspace(&slug).cloned();
    let refuse = |error: &str| Err(Reply::abort(StatusCode::BAD_REQUEST, error));
    let Ok(body) = call.json() else {
        let error = abort_object("Unexpected token in JSON");
        return Err(Reply::status_json(StatusCode::INTERNAL_SERVER_ERROR, &error));
    };
    let Some(workspace) = workspace else {
        return refuse(&format!("Workspace {slug} is not a valid workspace."));
    };
    let message = body.get("message").cloned().unwrap_or_default();
    let mode = match body.get("mode") {
        None | Some(Value::Null) => workspace.mode.clone(),
        Some(Value::String(mode)) => mode.clone(),
        Some(other) => other.to_string(),
    };
    let reset = body.get("reset").is_some_and(truthy);
    if !reset && !has_length(&message) {
        return refuse("Message is empty");
    }
    if !reset && !CHAT_MODES.contains(&mode.as_str()) {
        return refuse(&format!("{mode} is not a valid mode."));
    }
    let session = match body.get("sessionId") {
        Some(Value::String(session)) if !session.is_empty() => Some(session.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let ask = Ask {
        message,
        mode,
        attachments: body.get("attachments").cloned().unwrap_or_default(),
        reset,
        style: Style::Api,
        target: Target::Workspace(Owner { workspace_id: workspace.id, user_id: None, session }),
    };
    Ok(plan(context, world, &workspace, ask, path))
}

fn interface(context: &Context, world: &mut World, call: &Call, path: &str) -> Result<Plan, Reply> {
    let session = world.session_as(call, Roles::All)?;
    let Some(workspace) = world.workspace_for(session.user.as_ref(), &call.param(2)).cloned() else {
        let refusal = "Workspace does not exist.";
        return Err(Reply::html(StatusCode::NOT_FOUND, refusal));
    };
    let body = call.json()?;
    let message = body.get("message").cloned().unwrap_or_default();
    if message.as_str().is_none_or(|message| message.trim().is_empty()) {
        return Err(Reply::abort(StatusCode::BAD_REQUEST, "Message is empty."));
    }
    if let Some(user) = &session.user
        && let Some(limit) = user.daily_message_limit
        && world.chats_today(user.id) >= limit
    {
        let error = format!("You have met your maximum 24 hour chat quota of {limit} chats. Try again later.");
        return Ok(Plan::AbortForever(error));
    }
    let ask = Ask {
        message,
        mode: workspace.mode.clone(),
        attachments: body.get("attachments").cloned().unwrap_or_default(),
        reset: false,
        style: Style::Interface,
        target: Target::Workspace(Owner { workspace_id: workspace.id, user_id: session.user_id(), session: None }),
    };
    Ok(plan(context, world, &workspace, ask, path))
}

/// The widget's checks, in upstream's order.
fn embed(context: &Context, world: &mut World, call: &Call, path: &str) -> Result<Plan, Reply> {
    let embed = world.embed(&call.param(2)).cloned().ok_or_else(|| Reply::status(StatusCode::NOT_FOUND))?;
    let refuse = |status, error: &str| Err(Reply::abort(status, error));
    if !embed.enabled {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "This chat has been disabled by the administrator - try again later.",
        );
    }
    let origin = call.header("origin");
    if !admits(&embed, origin) {
        return refuse(StatusCode::UNAUTHORIZED, "Invalid request.");
    }
    let body = call.json()?;
    let session = body.get("sessionId").and_then(Value::as_str).unwrap_or_default();
    if Uuid::parse_str(session).is_err() {
        return refuse(StatusCode::NOT_FOUND, "Invalid session ID.");
    }
    let message = body.get("message").cloned().unwrap_or_default();
    if !has_length(&message) {
        return refuse(StatusCode::BAD_REQUEST, "Message is empty.");
    }
    if embed.per_day.is_some_and(|limit| world.embed_chats_today(embed.id, None) >= limit) {
        let mut refusal = abort_object("Rate limit exceeded");
        refusal["errorMsg"] =
            json!("The quota for this chat has been reached. Try again later or contact the site owner.");
        return Err(Reply::status_json(StatusCode::TOO_MANY_REQUESTS, &refusal));
    }
    let asked = world.embed_chats_today(embed.id, Some(session));
    if embed.per_session.is_some_and(|limit| asked >= limit) {
        return refuse(
            StatusCode::TOO_MANY_REQUESTS,
            "Your quota for this chat has been reached. Try again later or contact the site owner.",
        );
    }
    let workspace =
        world.workspace_by_id(embed.workspace_id).cloned().ok_or_else(|| Reply::status(StatusCode::NOT_FOUND))?;
    let mut connection = json!({ "ip": context.peer.ip().to_string(), "username": body.get("username") });
    if let Some(origin) = origin {
        connection["host"] = json!(origin);
    }
    let ask = Ask {
        message,
        mode: embed.mode.clone(),
        attachments: Value::Null,
        reset: false,
        style: Style::Embed,
        target: Target::Embed { embed_id: embed.id, session: session.to_owned(), connection },
    };
    Ok(plan(context, world, &workspace, ask, path))
}

/// An origin is admitted if it is on the list to the letter; no list admits everybody.
fn admits(embed: &Embed, origin: Option<&str>) -> bool {
    embed.allowlist.as_ref().is_none_or(|list| origin.is_some_and(|origin| list.iter().any(|entry| entry == origin)))
}
