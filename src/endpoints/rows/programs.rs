//! What programs call that speak another language than our own API: OpenAI's, and the Model Context Protocol. Their
//! contracts are published by others and do not stand in our OpenAPI document.

use super::OPEN_PAGE;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap, Cost, Credential, Endpoint};
use crate::rejection::ErrorShape;
use http::Method;

const OPENAI_CALL: Endpoint = Endpoint {
    access: Access::Program(Some(Scope::ChatWrite)),
    credential: Credential::Header,
    cost: Cost::Request,
    errors: ErrorShape::OpenAi,
    ..OPEN_PAGE
};

service_rows! {
    ($)
    "openai.chat" => openai::completions::create {
        method: Method::POST,
        path: "/openai/v1/chat/completions",
        cost: Cost::Chat,
        body: BodyCap::Chat,
        ..OPENAI_CALL
    }
    "openai.models.list" => openai::models::list {
        path: "/openai/v1/models",
        ..OPENAI_CALL
    }
    "openai.models.show" => openai::models::show {
        path: "/openai/v1/models/{model}",
        ..OPENAI_CALL
    }
    "openai.embeddings" => openai::embeddings::create {
        method: Method::POST,
        path: "/openai/v1/embeddings",
        access: Access::Program(Some(Scope::KnowledgeQuery)),
        body: BodyCap::Chat,
        ..OPENAI_CALL
    }
    "mcp.call" => mcp::call {
        method: Method::POST,
        path: "/mcp",
        // Each tool asks for its own.
        access: Access::Program(None),
        body: BodyCap::Chat,
        errors: ErrorShape::Problem,
        ..OPENAI_CALL
    }
}
