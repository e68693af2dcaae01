//! `/api/v1/admin` and `/api/v1/users`: accounts and memberships.
//!
//! The caller's API key was checked before. Most of it exists in multi-user mode only.

#![expect(clippy::unnecessary_wraps, reason = "all endpoints have one signature, some of them cannot fail")]

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::Reply;
use crate::users::truthy;
use crate::world::World;

type Answer = Result<Reply, Reply>;

fn multi_user(world: &World) -> Result<(), Reply> {
    if world.multi_user { Ok(()) } else { Err(Reply::status(StatusCode::UNAUTHORIZED)) }
}

fn id_at(call: &Call, position: usize) -> u64 {
    call.param(position).parse().unwrap_or(0)
}

pub(crate) fn is_multi_user(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::json(&json!({ "isMultiUser": world.multi_user })))
}

pub(crate) fn users(world: &mut World, _: &Call) -> Answer {
    multi_user(world)?;
    let rows: Vec<Value> = world.users.iter().map(crate::users::User::to_json).collect();
    Ok(Reply::json(&json!({ "users": rows })))
}

/// `GET /api/v1/users`.
pub(crate) fn user_names(world: &mut World, _: &Call) -> Answer {
    if !world.multi_user {
        let refusal = "Instance is not in Multi-User mode. Permission denied.";
        return Err(Reply::html(StatusCode::UNAUTHORIZED, refusal));
    }
    let rows: Vec<Value> =
        world.users.iter().map(|user| json!({ "id": user.id, "username": user.username, "role": user.role })).collect();
    Ok(Reply::json(&json!({ "users": rows })))
}

pub(crate) fn create_user(world: &mut World, call: &Call) -> Answer {
    multi_user(world)?;
    let body = call.json()?;
    Ok(match world.create_user(&body) {
        Ok(user) => Reply::json(&json!({ "user": user.to_json(), "error": null })),
        Err(error) => Reply::status_json(StatusCode::BAD_REQUEST, &json!({ "user": null, "error": error })),
    })
}

pub(crate) fn update_user(world: &mut World, call: &Call) -> Answer {
    multi_user(world)?;
    let body = call.json()?;
    Ok(Reply::json(&match world.update_user(id_at(call, 4), &body) {
        Ok(()) => json!({ "success": true, "error": null }),
        Err(error) => json!({ "success": false, "error": error }),
    }))
}

pub(crate) fn delete_user(world: &mut World, call: &Call) -> Answer {
    multi_user(world)?;
    if world.delete_user(id_at(call, 4)) {
        Ok(Reply::json(&json!({ "success": true, "error": null })))
    } else {
        Err(Reply::error())
    }
}

pub(crate) fn workspace_users(world: &mut World, call: &Call) -> Answer {
    multi_user(world)?;
    let members = world.members_json(id_at(call, 4));
    Ok(Reply::json(&json!({ "users": members })))
}

/// The ids in `userIds`, those without a user included.
fn asked_ids(body: &Value) -> Vec<u64> {
    body.get("userIds").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect()
}

/// Empties the workspace first, and with one bad id leaves it empty, yet reports success.
pub(crate) fn replace_users(world: &mut World, call: &Call) -> Answer {
    multi_user(world)?;
    let body = call.json()?;
    let workspace_id = id_at(call, 4);
    let ids = asked_ids(&body);
    world.memberships.retain(|seat| seat.workspace_id != workspace_id);
    if ids.iter().all(|id| world.user(*id).is_some()) {
        for id in ids {
            world.add_member(id, workspace_id);
        }
    }
    Ok(Reply::json(&json!({ "success": true, "error": null })))
}

pub(crate) fn manage_users(world: &mut World, call: &Call) -> Answer {
    multi_user(world)?;
    let body = call.json()?;
    let workspace_id = world.workspace(&call.param(4)).ok_or_else(Reply::error)?.id;
    let ids: Vec<u64> = asked_ids(&body).into_iter().filter(|id| world.user(*id).is_some()).collect();
    if ids.is_empty() {
        return Ok(Reply::status_json(
            StatusCode::NOT_FOUND,
            &json!({
                "success": false,
                "error": "No valid user IDs provided.",
                "users": world.members_json(workspace_id),
            }),
        ));
    }
    if body.get("reset").is_some_and(truthy) {
        world.memberships.retain(|seat| seat.workspace_id != workspace_id);
    }
    for id in ids {
        if !world.is_member(id, workspace_id) {
            world.add_member(id, workspace_id);
        }
    }
    Ok(Reply::json(&json!({
        "success": true,
        "error": null,
        "users": world.members_json(workspace_id),
    })))
}

/// `POST /api/v1/admin/workspace-chats`: everything anybody said, twenty at a time.
pub(crate) fn chats(world: &mut World, call: &Call) -> Answer {
    const PAGE: usize = 20;
    let body = call.json()?;
    let offset = body.get("offset").and_then(Value::as_u64).unwrap_or(0);
    let offset = usize::try_from(offset).unwrap_or(usize::MAX).saturating_mul(PAGE);
    let rows: Vec<Value> = world
        .chats
        .iter()
        .rev()
        .skip(offset)
        .take(PAGE)
        .map(|chat| {
            let mut row = chat.to_row();
            row["workspace"] = world
                .workspace_by_id(chat.workspace_id)
                .map_or(Value::Null, |workspace| json!({ "name": workspace.name, "slug": workspace.slug }));
            let author = chat.user_id.and_then(|id| world.user(id));
            row["user"] = json!({
                "username": author.map_or("API", |user| user.username.as_str()),
            });
            row
        })
        .collect();
    let more = world.chats.len() > offset.saturating_add(PAGE);
    Ok(Reply::json(&json!({ "chats": rows, "hasPages": more })))
}
