//! The switchboard over HTTP, under `/__stand-in/control`.
//!
//! Its requests are neither listed nor struck by failures, so a broken stand-in can be healed.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Mode;
use crate::control::Control;
use crate::failure::{Failure, Rule};
use crate::wire::ReplyBody;

const PATH: &str = "/__stand-in/control";
const REQUESTS: &str = "/__stand-in/control/requests";

/// What a PUT may say. Everything is optional and done in this order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Orders {
    /// Forget every failure first.
    #[serde(default)]
    heal: bool,
    #[serde(default)]
    clear_requests: bool,
    failure: Option<Failure>,
    path_prefix: Option<String>,
    times: Option<u32>,
    /// Several failures, each with its own reach.
    #[serde(default)]
    failures: Vec<Rule>,
    token_delay_ms: Option<u64>,
    /// Zero takes the length back.
    tokens: Option<usize>,
    /// Forget all data, as a new container would.
    start_over: Option<StartOver>,
}

/// What a new container is like.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StartOver {
    MultiUser,
    SingleUserOpen,
    /// The password is that of the admin of the start.
    SingleUserPassword,
}

/// Whether a path belongs to the control surface.
pub(crate) fn is_control(path: &str) -> bool {
    path == PATH || path == REQUESTS
}

/// Answers a request to the control surface.
pub(crate) async fn answer(control: &Control, request: Request<Incoming>) -> Response<ReplyBody> {
    let (parts, body) = request.into_parts();
    if parts.uri.path() == REQUESTS {
        return json_response(StatusCode::OK, &requests(control));
    }
    match parts.method {
        Method::GET => {}
        Method::DELETE => control.reset(),
        Method::PUT => {
            let body = body.collect().await.map(http_body_util::Collected::to_bytes);
            let orders = serde_json::from_slice::<Orders>(&body.unwrap_or_default());
            match orders {
                Ok(orders) => obey(control, orders),
                Err(error) => {
                    let refusal = json!({ "error": error.to_string() });
                    return json_response(StatusCode::BAD_REQUEST, &refusal);
                }
            }
        }
        _ => {
            let refusal = json!({ "error": "GET, PUT or DELETE" });
            return json_response(StatusCode::METHOD_NOT_ALLOWED, &refusal);
        }
    }
    json_response(StatusCode::OK, &control.snapshot())
}

fn obey(control: &Control, orders: Orders) {
    if orders.heal {
        control.heal();
    }
    if orders.clear_requests {
        control.clear_requests();
    }
    if let Some(failure) = orders.failure {
        control.add_rule(Rule { failure, path_prefix: orders.path_prefix, times: orders.times });
    }
    for rule in orders.failures {
        control.add_rule(rule);
    }
    if let Some(delay) = orders.token_delay_ms {
        control.set_token_delay(Duration::from_millis(delay));
    }
    match orders.start_over {
        None => {}
        Some(StartOver::MultiUser) => control.start_over(Mode::MultiUser),
        Some(StartOver::SingleUserOpen) => control.start_over(Mode::SingleUserOpen),
        Some(StartOver::SingleUserPassword) => {
            control.start_over(Mode::SingleUserPassword(control.start_password()));
        }
    }
    if let Some(tokens) = orders.tokens {
        control.set_tokens((tokens > 0).then_some(tokens));
    }
}

fn requests(control: &Control) -> Value {
    let rows: Vec<Value> = control
        .requests()
        .iter()
        .map(|request| {
            let headers: Vec<[String; 2]> = request
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    [name.to_string(), value]
                })
                .collect();
            json!({
                "method": request.method.as_str(),
                "path": request.path_and_query,
                "headers": headers,
                "body": String::from_utf8_lossy(&request.body),
                "body_len": request.body_len,
            })
        })
        .collect();
    json!({ "requests": rows })
}

fn json_response(status: StatusCode, value: &Value) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::full(Bytes::from(value.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
