//! Endpoints about the server itself, most of them open to anybody.
//!
//! Answers are constants wherever the real ones are settings nobody can change here.

#![expect(clippy::unnecessary_wraps, reason = "all endpoints have one signature, some of them cannot fail")]

use http::StatusCode;
use serde_json::{Value, json};

use crate::VectorDatabase;
use crate::call::Call;
use crate::changed_settings;
use crate::clock::iso;
use crate::reply::Reply;
use crate::world::World;

type Answer = Result<Reply, Reply>;

pub(crate) fn ping(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "online": true })))
}

/// Endpoints which do something on the real server and answer `OK`.
pub(crate) fn done(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::status(StatusCode::OK))
}

pub(crate) fn onboarding(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "onboardingComplete": true })))
}

pub(crate) fn authenticated(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "authenticated": true })))
}

pub(crate) fn multi_user_mode(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "multiUserMode": world.multi_user })))
}

pub(crate) fn custom_app_name(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "customAppName": null })))
}

pub(crate) fn is_default_logo(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "isDefaultLogo": true })))
}

pub(crate) fn metrics(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({
        "online": true,
        "version": "1.16.0",
        "mode": if world.multi_user { "multi-user" } else { "single-user" },
        "vectorDB": world.vectors.name(),
        "storage": null,
        "appVersion": "1.16.0",
    })))
}

/// `POST /api/v1/openai/embeddings`: of each text a vector of eight numbers, which are made of its bytes. Without texts
/// the real one fails (`openai/embeddings_empty`).
pub(crate) fn embeddings(world: &mut World, call: &Call) -> Answer {
    world.check_api_key(call)?;
    let body = call.json()?;
    let texts: Vec<&str> = body["input"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if texts.is_empty() {
        return Err(Reply::empty(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let vector = |text: &str| -> Vec<f64> {
        let sums = text.bytes().enumerate().fold([0_u32; 8], |mut sums, (at, byte)| {
            sums[at % 8] += u32::from(byte);
            sums
        });
        sums.map(|sum| f64::from(sum % 1000) / 1000.0).to_vec()
    };
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({ "object": "embedding", "embedding": vector(text), "index": index }))
        .collect();
    Ok(Reply::json(&json!({ "object": "list", "data": data, "model": "stub-embed" })))
}

/// The logo is the icon of the page.
pub(crate) fn logo(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::Full {
        status: StatusCode::OK,
        content_type: Some("image/png"),
        body: crate::statics::FAVICON.into(),
        extra: Vec::new(),
        etag: true,
    })
}

/// The public settings: the recorded ones, with the mode of this server.
fn all_settings(world: &World) -> Value {
    let mut settings: Value = serde_json::from_str(include_str!("settings.json")).unwrap_or_default();
    settings["VectorDB"] = json!(world.vectors.name());
    settings["PGVectorConnectionString"] = json!(world.vectors == VectorDatabase::Pgvector);
    settings["MultiUserMode"] = json!(world.multi_user);
    settings["RequiresAuth"] = json!(world.password.is_some() && !world.multi_user);
    settings["AuthToken"] = json!(world.password.is_some());
    settings["SimpleSSOEnabled"] = json!(world.simple_sso);
    settings["HasExistingEmbeddings"] = json!(!world.embedded.is_empty());
    settings["HasCachedEmbeddings"] = json!(!world.embedded.is_empty());
    changed_settings::apply(&world.changed_settings, &mut settings);
    settings
}

pub(crate) fn setup_complete(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "results": all_settings(world) })))
}

pub(crate) fn settings(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "settings": all_settings(world) })))
}

pub(crate) fn vector_count(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "vectorCount": world.vector_count() })))
}

/// Takes no setting at all, which upstream answers like an unknown one.
pub(crate) fn update_env(_: &mut World, call: &Call) -> Answer {
    call.json()?;
    Ok(Reply::json(&json!({ "newValues": {}, "error": false })))
}

pub(crate) fn export_chats(world: &mut World, call: &Call) -> Answer {
    let kind = call.query("type").unwrap_or("jsonl");
    if kind != "json" {
        let known = matches!(kind, "csv" | "jsonl" | "jsonAlpaca");
        let message = if known {
            format!("Export type {kind} is not part of the stand-in.")
        } else {
            format!("Invalid export type: {kind}. Must be one of json, csv, jsonl, jsonAlpaca")
        };
        return Err(Reply::status_json(StatusCode::BAD_REQUEST, &json!({ "message": message })));
    }
    let rows: Vec<Value> = world
        .chats
        .iter()
        .map(|chat| {
            let workspace = world.workspace_by_id(chat.workspace_id);
            let author = chat.user_id.and_then(|id| world.user(id));
            json!({
                "id": chat.id,
                "prompt": chat.prompt,
                "response": chat.answer.text,
                "sent_at": iso(chat.created_at),
                "attachments": chat.answer.attachments,
                "workspace": workspace.map_or("unknown workspace", |found| found.name.as_str()),
                "username": author.map_or("API", |user| user.username.as_str()),
                "rating": "--",
            })
        })
        .collect();
    Ok(Reply::json(&Value::Array(rows)))
}
