//! Logging in, single sign-on, and turning a fresh server into one with accounts.
//!
//! Bad credentials are answered with 200 and a code, as upstream does.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::Reply;
use crate::users::{check_password, check_username, truthy};
use crate::world::World;

type Answer = Result<Reply, Reply>;

pub(crate) fn request_token(world: &mut World, call: &Call) -> Answer {
    let body = call.json()?;
    if !world.multi_user {
        return single_user(world, &body);
    }
    if world.no_passwords {
        // Read in upstream's source, not recorded.
        return Ok(Reply::status_json(
            StatusCode::FORBIDDEN,
            &json!({
                "user": null,
                "valid": false,
                "token": null,
                "message": "[005] Login via credentials has been disabled by the administrator.",
            }),
        ));
    }
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let refuse = |message: &str| {
        Ok(Reply::json(&json!({
            "user": null,
            "valid": false,
            "token": null,
            "message": message,
        })))
    };
    let Some(user) = world.user_named(field("username")).cloned() else {
        let username = field("username").to_owned();
        world.log("failed_login_invalid_username", json!({ "username": username }), None);
        return refuse("[001] Invalid login credentials.");
    };
    if user.password != field("password") {
        return refuse("[002] Invalid login credentials.");
    }
    if user.suspended {
        return refuse("[004] Account suspended by admin.");
    }
    let mut answer = json!({
        "valid": true,
        "user": user.to_json(),
        "token": world.session_token(&user),
        "message": null,
    });
    if let Some(codes) = world.take_recovery_codes(user.id) {
        answer["recoveryCodes"] = json!(codes);
    }
    world.log("login_event", json!({ "username": user.username }), Some(user.id));
    Ok(Reply::json(&answer))
}

fn single_user(world: &World, body: &Value) -> Answer {
    // Upstream hands whatever is missing to its hash function, which throws.
    let (Some(password), Some(given)) = (&world.password, body.get("password").and_then(Value::as_str)) else {
        return Err(Reply::error());
    };
    if given != password {
        return Ok(Reply::status_json(
            StatusCode::UNAUTHORIZED,
            &json!({ "valid": false, "token": null, "message": "[003] Invalid password provided" }),
        ));
    }
    let token = world.password_token(password);
    Ok(Reply::json(&json!({ "valid": true, "token": token, "message": null })))
}

pub(crate) fn check_token(world: &mut World, call: &Call) -> Answer {
    world.session(call)?;
    Ok(Reply::status(StatusCode::OK))
}

pub(crate) fn refresh_user(world: &mut World, call: &Call) -> Answer {
    let session = world.session(call)?;
    let user = session.user.map(|user| user.to_json());
    Ok(Reply::json(&json!({ "success": true, "user": user, "message": null })))
}

fn single_sign_on(world: &World) -> Result<(), Reply> {
    let refuse = |reason: &'static str| Err(Reply::html(StatusCode::FORBIDDEN, reason));
    if !world.simple_sso {
        return refuse("Simple SSO is not enabled. It must be enabled to validate or issue temporary auth tokens.");
    }
    if !world.multi_user {
        return refuse("Multi-User mode is not enabled. It must be enabled to use Simple SSO.");
    }
    Ok(())
}

/// `GET /api/v1/users/:id/issue-auth-token`.
pub(crate) fn issue_sso_token(world: &mut World, call: &Call) -> Answer {
    single_sign_on(world)?;
    let user = call.param(3).parse().ok().and_then(|id| world.user(id));
    let Some(id) = user.map(|user| user.id) else {
        return Err(Reply::status_json(StatusCode::NOT_FOUND, &json!({ "error": "User not found" })));
    };
    let token = world.issue_sso_token(id);
    let path = format!("/sso/simple?token={token}");
    Ok(Reply::json(&json!({ "token": token, "loginPath": path })))
}

/// `GET /api/request-token/sso/simple`.
pub(crate) fn redeem_sso_token(world: &mut World, call: &Call) -> Answer {
    single_sign_on(world)?;
    match world.redeem_sso_token(call.query("token").unwrap_or_default()) {
        Ok(user) => {
            let token = world.session_token(&user);
            Ok(Reply::json(&json!({
                "valid": true,
                "user": user.to_json(),
                "token": token,
                "message": null,
            })))
        }
        Err(reason) => Ok(Reply::status_json(
            StatusCode::UNAUTHORIZED,
            &json!({
                "valid": false,
                "token": null,
                "message": format!("[001] An error occurred while validating the token: {reason}"),
            }),
        )),
    }
}

/// `POST /api/system/enable-multi-user`: makes the first account.
pub(crate) fn enable_multi_user(world: &mut World, call: &Call) -> Answer {
    world.session(call)?;
    if world.multi_user {
        return Ok(Reply::json(&json!({
            "success": false,
            "error": "Multi-user mode is already enabled.",
        })));
    }
    let body = call.json()?;
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let checked = check_username(field("username"))
        .and_then(|username| check_password(field("password")).map(|password| (username, password)));
    Ok(match checked {
        Ok((username, password)) => {
            world.insert_user(username, password, "admin");
            world.multi_user = true;
            Reply::json(&json!({ "success": true, "error": null }))
        }
        Err(error) => Reply::status_json(StatusCode::BAD_REQUEST, &json!({ "success": false, "error": error })),
    })
}

/// `POST /api/system/update-password`: the password of single-user mode.
pub(crate) fn update_password(world: &mut World, call: &Call) -> Answer {
    world.session(call)?;
    if world.multi_user {
        return Err(Reply::status(StatusCode::UNAUTHORIZED));
    }
    let body = call.json()?;
    if !body.get("usePassword").is_some_and(truthy) {
        world.password = None;
        return Ok(Reply::json(&json!({ "success": true, "error": null })));
    }
    let password = body.get("newPassword").and_then(Value::as_str).unwrap_or_default();
    if password.chars().count() < 8 {
        return Ok(Reply::json(&json!({
            "success": false,
            "error": "Password must be at least 8 characters",
        })));
    }
    world.password = Some(password.to_owned());
    Ok(Reply::json(&json!({ "success": true })))
}
