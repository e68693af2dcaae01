//! The OpenAPI 3.1 document. What a handler takes and answers stands beside the handler; what all rows of a kind have in
//! common, the refusals and the limits' headers, is put in here from the endpoint table, so that it cannot be forgotten.

use crate::api;
use crate::domain::access::Access;
use crate::endpoints::{Answer, BodyCap, Cost, Endpoint, Handler, endpoints};
use crate::rejection::ErrorShape;
use http::Method;
use std::sync::LazyLock;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Object, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder, Type,
};
use utoipa::{Modify, OpenApi, ToSchema};

/// The document as JSON, made when first asked for.
pub fn document_json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| Description::openapi().to_pretty_json().unwrap_or_default());
    &JSON
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vestibule",
        description = "The entrance hall in front of AnythingLLM: chat, conversations and knowledge search for shops.\n\n\
            Unknown request fields are refused. Unknown fields of answers should be ignored, because more will come. Every answer has \
            `X-Request-Id`; a request's own is kept when it is 8 to 64 of `A-Z a-z 0-9 _ -`.\n\n\
            Every error is a problem document (RFC 9457) with a stable `code`; its `type` is the address of a page about that code.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This gateway.")),
    tags(
        (name = "Chat", description = "Questions and answers."),
        (name = "Messages", description = "What was said."),
        (name = "Knowledge", description = "The documents themselves, without a model."),
        (name = "Widget", description = "What AnythingLLM's own widget calls. The publishable key stands in the path, and errors are frames that the widget shows."),
        (name = "Auth", description = "People log in with their AnythingLLM account."),
        (name = "Keys", description = "What shops and their pages call with: made, changed, rotated and revoked."),
        (name = "Workspaces", description = "Shops and their settings, for those who manage them."),
        (name = "Usage", description = "How much was asked, of whom, and how it went."),
        (name = "Audit", description = "Who changed what."),
        (name = "Visitors", description = "How a shop's visitors are told apart."),
        (name = "Stores", description = "The shop behind a workspace: where it is, and with what its products may be read."),
        (name = "Catalogue", description = "Product feeds as knowledge."),
        (name = "Operation", description = "For those who run the gateway."),
    ),
    paths(
        api::chat::create,
        api::messages::list,
        api::messages::reset,
        api::conversations::list,
        api::knowledge::query,
        api::widget::chat,
        api::widget::history,
        api::widget::reset,
        api::widget::config::show,
        api::widget::session::create,
        api::widget::session::challenge,
        api::auth::login,
        api::auth::refresh,
        api::auth::logout,
        api::auth::me,
        api::auth::ui_link::create,
        api::auth::sessions::list,
        api::auth::sessions::end_all,
        api::auth::sessions::end,
        api::auth::keys::show,
        api::keys::list,
        api::keys::create,
        api::keys::show,
        api::keys::change,
        api::keys::life::rotate,
        api::keys::life::revoke,
        api::keys::limits::show,
        api::keys::snippet::show,
        api::keys::preview::show,
        api::workspaces::list,
        api::workspaces::create,
        api::workspaces::show,
        api::workspaces::change,
        api::workspaces::remove,
        api::workspaces::sync,
        api::identity::show,
        api::identity::put,
        api::identity::rotate,
        api::identity::revoke_tokens,
        api::usage::show,
        api::usage::of_key,
        api::audit::list,
        api::store::show,
        api::store::put,
        api::store::delete,
        api::store::check,
        api::catalog::start,
        api::catalog::list,
        api::catalog::show,
        api::catalog::cancel,
        api::members::list,
        api::members::add,
        api::members::remove,
        api::health::show,
        api::health::openapi,
    ),
    components(schemas(Problem, ProblemField, WidgetAbort)),
    modifiers(&Credentials, &Refusals),
)]
struct Description;

/// A problem document (RFC 9457).
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of what `rejection` writes")]
struct Problem {
    /// Address of the page about the code.
    #[schema(rename = "type", format = "uri", example = "https://chat.shop.example/docs/errors/validation_failed")]
    kind: String,
    /// The same for a code, always.
    title: String,
    /// The HTTP status.
    status: u16,
    /// About this case, for people; wording may change.
    detail: String,
    /// Names this occurrence.
    #[schema(example = "urn:vestibule:request:019ab1c2-6f0e-7c3a-9d55-2f4b8e6a1c77")]
    instance: String,
    /// Stable; what programs should look at.
    #[schema(example = "validation_failed")]
    code: String,
    /// The same as `X-Request-Id`.
    request_id: String,
    /// 422 only: every broken rule.
    #[schema(nullable = false)]
    errors: Option<Vec<ProblemField>>,
    /// Seconds, the same as `Retry-After`.
    #[schema(nullable = false)]
    retry_after: Option<u64>,
    /// 429 only: the limits that refused.
    #[schema(nullable = false)]
    violated_policies: Option<Vec<String>>,
}

/// A broken rule.
#[derive(ToSchema)]
#[schema(as = ProblemField)]
#[expect(dead_code, reason = "the schema of what `rejection` writes")]
struct ProblemField {
    /// Path of the field; empty for the body as a whole.
    #[schema(example = "visitor.id")]
    field: String,
    /// `required`, `unknown`, `type`, `too_long`, `too_short`, `out_of_range` or `format`.
    #[schema(example = "too_long")]
    code: String,
    /// For people.
    message: String,
}

/// An error on the widget's paths.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "the schema of what `rejection` writes")]
struct WidgetAbort {
    /// The request's id.
    id: String,
    /// `abort`
    #[schema(rename = "type", example = "abort")]
    kind: String,
    /// Always null.
    text_response: Option<String>,
    /// Always empty.
    sources: Vec<String>,
    /// Always true.
    close: bool,
    /// The code.
    error: String,
    /// A sentence for the shopper.
    error_msg: String,
}

/// Adds the credentials.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let bearer = |format: &str, description: &str| {
            let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
            SecurityScheme::Http(http.description(Some(description)).build())
        };
        let schemes = [
            (
                "publishable_key",
                bearer("vst_pk_…", "May stand in a web page; works from the origins on its list only."),
            ),
            ("secret_key", bearer("vst_sk_…", "For servers; refused when a browser sends it.")),
            ("access_token", bearer("JWT", "Of a user who has logged in; lives for minutes.")),
            (
                "visitor_token",
                bearer(
                    "JWT",
                    "Of a browser that has traded a publishable key for it; works from its origin only, for minutes.",
                ),
            ),
            (
                "widget_key",
                SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                    "X-Widget-Key",
                    "A publishable key, where `Authorization` is taken.",
                ))),
            ),
        ];
        let components = document.components.get_or_insert_with(Components::default);
        components.security_schemes.extend(schemes.map(|(name, scheme)| (name.to_owned(), scheme)));
    }
}

/// Adds to each operation what its row of the endpoint table brings along.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut Document) {
        for row in endpoints() {
            if let Some(operation) =
                document.paths.paths.get_mut(row.path).and_then(|item| operation(item, &row.method))
            {
                describe(row, operation);
            }
        }
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &Method) -> Option<&'a mut Operation> {
    match *method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        Method::PUT => item.put.as_mut(),
        Method::PATCH => item.patch.as_mut(),
        _ => None,
    }
}

fn describe(row: &Endpoint, operation: &mut Operation) {
    operation.operation_id = Some(row.name.to_owned());
    let limited = row.cost != Cost::Free;
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_headers(response, limited);
        }
    }
    for (status, description) in refusals(row) {
        let (media_type, schema) = match row.errors {
            ErrorShape::Problem => ("application/problem+json", "Problem"),
            ErrorShape::WidgetFrame => ("application/json", "WidgetAbort"),
        };
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
        let mut response = ResponseBuilder::new().description(description).content(media_type, content).build();
        add_headers(&mut response, false);
        if matches!(status, "429" | "503") {
            response.headers.insert("Retry-After".into(), header("Seconds after which to try again."));
        }
        if status == "401" {
            response.headers.insert("WWW-Authenticate".into(), header("RFC 6750."));
        }
        operation.responses.responses.insert(status.to_owned(), response.into());
    }
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

/// The refusals a row can bring, by what the gate, the edge and the handler do for it.
fn refusals(row: &Endpoint) -> Vec<(&'static str, &'static str)> {
    let mut refusals = vec![
        ("400", "`bad_request`, `invalid_body`: not acceptable as HTTP, or not JSON."),
        ("429", "`rate_limited`, `too_many_streams`"),
        ("431", "`headers_too_large`"),
        ("500", "`internal`: a defect; please report the request id."),
    ];
    match row.access {
        Access::Open | Access::Upstream => {}
        Access::Scope(_) => refusals.extend([
            (
                "401",
                "`unauthenticated`, `invalid_token`, `expired_token`, `key_revoked`, `key_expired`, `key_disabled`",
            ),
            ("403", "`insufficient_scope`, `forbidden_origin`; `forbidden` to a user's role"),
            ("404", "`not_found`: no such thing, or not yours; both look alike."),
            ("422", "`validation_failed`: `errors` names each field."),
            ("502", "`upstream_unavailable`, `upstream_error`, `upstream_contract`: AnythingLLM or its model failed."),
            ("503", "`service_unavailable`: keys or conversations cannot be looked up."),
            ("504", "`upstream_timeout`: AnythingLLM is too slow."),
        ]),
        Access::VisitorSession => refusals.extend([
            (
                "401",
                "`unauthenticated`, `invalid_token`, `expired_token`, `key_revoked`, `key_expired`, `key_disabled`",
            ),
            ("403", "`forbidden_origin`; `forbidden`: a proof of work or an identity token is missing, or this is no web page."),
            ("404", "`not_found`: the key's workspace is not available, or the key asks for no proof of work."),
            ("422", "`validation_failed`: `errors` names each field."),
            ("503", "`service_unavailable`: keys cannot be looked up, or proofs not be spent."),
        ]),
        Access::User(_) => refusals.extend([
            ("401", "`unauthenticated`, `invalid_token`, `expired_token`"),
            ("403", "`forbidden`: for people who have logged in, and for some only with their role."),
            ("404", "`not_found`: no such thing, or not yours; both look alike."),
            ("422", "`validation_failed`: `errors` names each field."),
            ("502", "`upstream_unavailable`, `upstream_error`, `upstream_contract`: AnythingLLM failed."),
            ("503", "`service_unavailable`: sessions cannot be looked up."),
            ("504", "`upstream_timeout`: AnythingLLM is too slow."),
        ]),
    }
    match row.answer {
        Answer::Service(Handler::Login) => refusals.extend([
            ("401", "`invalid_credentials`: name or password is wrong."),
            ("403", "`forbidden`: the account is suspended."),
            ("409", "`conflict`: AnythingLLM has no accounts, or takes no passwords."),
            ("422", "`validation_failed`: `errors` names each field."),
            ("429", "`login_throttled`: too many failed logins, or too many at once."),
            ("502", "`upstream_unavailable`, `upstream_error`, `upstream_contract`: AnythingLLM failed."),
            ("503", "`service_unavailable`: sessions cannot be stored."),
            ("504", "`upstream_timeout`: AnythingLLM is too slow."),
        ]),
        Answer::Service(Handler::Refresh) => refusals.extend([
            ("401", "`invalid_token`: not valid, or not any more; `expired_token`: the session came to its end."),
            ("422", "`validation_failed`: `errors` names each field."),
            ("503", "`service_unavailable`: sessions cannot be looked up, or AnythingLLM has been away for too long."),
        ]),
        Answer::Service(Handler::PutStore | Handler::DeleteStore) => {
            refusals.push(("412", "`precondition_failed`: it has changed since it was read."));
        }
        Answer::Service(Handler::PutIdentity | Handler::RotateIdentitySecret) => {
            refusals.push(("409", "`conflict`: there is no secret yet, or another one was made at the same moment."));
        }
        Answer::Service(Handler::KeySet) => {
            refusals.push(("503", "`service_unavailable`: the keys cannot be looked up."));
        }
        _ => {}
    }
    if row.body != BodyCap::None {
        refusals.extend([
            ("408", "`request_timeout`: the body did not arrive in time."),
            ("413", "`body_too_large`"),
            ("415", "`unsupported_media_type`"),
        ]);
    }
    if row.answer == Answer::Service(Handler::Chat) {
        refusals.push(("409", "`conflict`: the same `Idempotency-Key` is being answered."));
    }
    refusals
}

#[cfg(test)]
mod tests;
