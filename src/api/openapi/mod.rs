//! The OpenAPI 3.1 document. What a handler takes, answers and refuses stands beside the handler; what the edge and the
//! gate do for all rows of a kind is added here from the endpoint table, so that it cannot be forgotten.

mod answers;
mod credentials;
pub(super) mod errors;
mod refusals;
mod shape;

use crate::endpoints::{endpoints, handlers};
use credentials::Credentials;
use http::Method;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::path::{Operation, PathItem};

/// The document as JSON, made when first asked for.
pub fn document_json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| {
        let document = serde_json::to_value(document()).unwrap_or_default();
        format!("{:#}\n", shape::simplified(document))
    });
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
        (name = "Conversations", description = "What shoppers asked, for those who run the shop; what was asked in vain, documents against it, and erasing what was said."),
        (name = "Knowledge", description = "The documents themselves, without a model."),
        (name = "Widget", description = "What AnythingLLM's own widget calls. The publishable key stands in the path, and errors are frames that the widget shows."),
        (name = "Auth", description = "People log in with their AnythingLLM account."),
        (name = "Keys", description = "What shops and their pages call with: made, changed, rotated and revoked."),
        (name = "Workspaces", description = "Workspaces and their settings, for those who manage them."),
        (name = "Usage", description = "How much was asked, of whom, and how it went."),
        (name = "Audit", description = "Who changed what."),
        (name = "Visitors", description = "How a shop's visitors are told apart."),
        (name = "Stores", description = "The shop behind a workspace: where it is, and with what its products may be read."),
        (name = "Catalogue", description = "Product feeds as knowledge."),
        (name = "Webhooks", description = "Addresses of a workspace's own that are told what happens, with signed messages."),
        (name = "Operation", description = "For those who run the gateway."),
    ),
    components(schemas(errors::Problem, errors::ProblemCode, errors::ProblemField, errors::WidgetAbort)),
    modifiers(&Credentials),
)]
struct Description;

/// All operations, as their handlers and rows describe them.
fn document() -> Document {
    let mut document = Description::openapi();
    // In a block, so that each area has a type of its own.
    macro_rules! describe {
        ($($name:literal => $($segment:ident)::+),*) => {{
            #[derive(OpenApi)]
            #[openapi(paths($(super::$($segment)::+),*))]
            struct Area;
            document.merge(Area::openapi());
        }};
    }
    handlers::auth!(describe);
    handlers::catalog!(describe);
    handlers::chat!(describe);
    handlers::conversations!(describe);
    handlers::keys!(describe);
    handlers::members!(describe);
    handlers::operation!(describe);
    handlers::store!(describe);
    handlers::usage!(describe);
    handlers::visitors!(describe);
    handlers::webhooks!(describe);
    handlers::widget!(describe);
    handlers::workspaces!(describe);
    for row in endpoints() {
        let item = document.paths.paths.get_mut(row.path);
        if let Some(operation) = item.and_then(|item| operation(item, &row.method)) {
            operation.operation_id = Some(row.name.to_owned());
            refusals::describe(row, operation);
        }
    }
    document
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

#[cfg(test)]
mod tests;
