//! What an operation can refuse: what its handler says, and what the edge and the gate do for its row.

use crate::api::refusals::EXTENSION;
use crate::domain::access::Access;
use crate::endpoints::{BodyCap, Cost, Credential, Endpoint};
use crate::rejection::{Code, ErrorShape};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder};
use utoipa::openapi::{Content, ContentBuilder, Object, Ref, RefOr, Response, ResponseBuilder, Type};

/// Adds the refusals of an operation, the headers that all its answers have, and that it may ask for no credential.
pub(super) fn describe(row: &Endpoint, operation: &mut Operation) {
    let limited = row.cost != Cost::Free;
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_headers(response, limited);
        }
    }
    // Where nothing is said, nothing is asked for: none, or a key in the path.
    operation.security.get_or_insert_default();
    let mut by_status = BTreeMap::<u16, BTreeSet<Code>>::new();
    for code in codes(row, operation) {
        by_status.entry(code.status().as_u16()).or_default().insert(code);
    }
    for (status, codes) in by_status {
        operation.responses.responses.insert(status.to_string(), response(row, &codes).into());
    }
}

fn codes(row: &Endpoint, operation: &mut Operation) -> BTreeSet<Code> {
    let mut codes: BTreeSet<Code> = EDGE.iter().chain(gate(row)).copied().collect();
    // What a shop delivers is judged by its signature, and what is in it only then.
    if operation.request_body.is_some() && row.body != BodyCap::Webhook {
        codes.extend([Code::InvalidBody, Code::ValidationFailed]);
    }
    if row.cost == Cost::Login {
        codes.insert(Code::LoginThrottled);
    }
    let said = operation.extensions.as_mut().and_then(|extensions| extensions.remove(EXTENSION));
    let words = said.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    codes.extend(words.filter_map(Code::of));
    codes.retain(|code| row.errors.instead(*code).is_none());
    codes
}

/// Of every row: heads and bodies that are no good, floods, defects. A body that is not asked for is one that is too
/// large.
const EDGE: &[Code] = &[
    Code::BadRequest,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::RateLimited,
    Code::HeadersTooLarge,
    Code::Internal,
];

/// Refused before a row is known, and so never in the row's own shape.
const BEFORE_ROUTING: &[Code] =
    &[Code::BadRequest, Code::NotFound, Code::RequestTimeout, Code::RateLimited, Code::HeadersTooLarge];

/// What the gate refuses.
fn gate(row: &Endpoint) -> &'static [Code] {
    match (row.access, row.credential) {
        (Access::Open | Access::Upstream, _) => &[],
        // Only publishable keys stand in paths, and what is no key is another path.
        (Access::Scope(_), Credential::Path) => &[
            Code::InvalidToken,
            Code::KeyRevoked,
            Code::KeyExpired,
            Code::KeyDisabled,
            Code::InsufficientScope,
            Code::ForbiddenOrigin,
            Code::Forbidden,
            Code::NotFound,
            Code::ServiceUnavailable,
        ],
        (Access::Scope(_) | Access::Program(_), _) => &[
            Code::Unauthenticated,
            Code::InvalidToken,
            Code::ExpiredToken,
            Code::KeyRevoked,
            Code::KeyExpired,
            Code::KeyDisabled,
            Code::InsufficientScope,
            Code::ForbiddenOrigin,
            Code::ForbiddenIp,
            Code::Forbidden,
            // The key's workspace is not active.
            Code::NotFound,
            Code::ServiceUnavailable,
        ],
        (Access::VisitorSession, _) => &[
            Code::Unauthenticated,
            Code::InvalidToken,
            Code::ExpiredToken,
            Code::KeyRevoked,
            Code::KeyExpired,
            Code::KeyDisabled,
            Code::ForbiddenOrigin,
            Code::ForbiddenIp,
            Code::Forbidden,
            Code::NotFound,
            Code::ServiceUnavailable,
        ],
        // Keys are recognised before they are told that this is for people.
        (Access::User(_), _) => &[
            Code::Unauthenticated,
            Code::InvalidToken,
            Code::ExpiredToken,
            Code::KeyRevoked,
            Code::KeyExpired,
            Code::KeyDisabled,
            Code::ForbiddenOrigin,
            Code::ForbiddenIp,
            Code::Forbidden,
            Code::ServiceUnavailable,
        ],
    }
}

fn response(row: &Endpoint, codes: &BTreeSet<Code>) -> Response {
    let described: Vec<String> = codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title())).collect();
    let mut builder = ResponseBuilder::new().description(described.join(" "));
    if row.errors == ErrorShape::Problem {
        let codes: Vec<Code> = codes.iter().copied().collect();
        builder = builder.content("application/problem+json", content("Problem", "code", &codes));
    } else {
        let framed: Vec<Code> = codes.iter().copied().filter(|code| *code != Code::HeadersTooLarge).collect();
        let early: Vec<Code> = codes.iter().copied().filter(|code| BEFORE_ROUTING.contains(code)).collect();
        if !framed.is_empty() {
            builder = builder.content("application/json", content("WidgetAbort", "error", &framed));
        }
        if !early.is_empty() {
            builder = builder.content("application/problem+json", content("Problem", "code", &early));
        }
    }
    let mut response = builder.build();
    add_headers(&mut response, false);
    if codes.iter().any(|code| matches!(code.status().as_u16(), 429 | 503)) {
        response.headers.insert("Retry-After".into(), header("Seconds after which to try again."));
    }
    if codes.iter().any(|code| code.status() == http::StatusCode::UNAUTHORIZED)
        || codes.contains(&Code::InsufficientScope)
    {
        response.headers.insert("WWW-Authenticate".into(), header("RFC 6750."));
    }
    response
}

/// An error of this schema with one of these codes in this field.
fn content(schema: &str, field: &str, codes: &[Code]) -> Content {
    let words =
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes.iter().map(|code| code.as_str())));
    let narrowed = ObjectBuilder::new().property(field, words);
    let schema = AllOfBuilder::new().item(Ref::from_schema_name(schema)).item(narrowed);
    ContentBuilder::new().schema(Some(schema)).build()
}

fn add_headers(response: &mut Response, limited: bool) {
    response.headers.insert("X-Request-Id".into(), header("The request's id, in logs too."));
    if limited {
        let policy = "The limits in force: `\"key-minute\";q=600;w=60` is 600 in 60 seconds.";
        let left = "What is left of them: `\"key-minute\";r=58;t=1` is 58 at once, all of it again in 1 second.";
        response.headers.insert("RateLimit-Policy".into(), header(policy));
        response.headers.insert("RateLimit".into(), header(left));
    }
}

fn header(description: &str) -> Header {
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some(description.to_owned());
    header
}
