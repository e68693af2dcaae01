//! What shoppers asked, what they think of answers, what staff writes for them, and erasing what was said.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap};
use http::Method;

service_rows! {
    ($)
    "transcripts.list" => transcripts::list {
        path: "/api/v1/workspaces/{slug}/conversations",
        access: Access::Scope(Scope::ConversationsRead),
        ..API_CALL
    }
    "transcripts.export" => transcripts::export {
        path: "/api/v1/workspaces/{slug}/conversations/export",
        access: Access::Scope(Scope::ConversationsRead),
        ..API_CALL
    }
    "transcripts.show" => transcripts::show {
        path: "/api/v1/workspaces/{slug}/conversations/{id}",
        access: Access::Scope(Scope::ConversationsRead),
        ..API_CALL
    }
    "transcripts.mark" => transcripts::mark {
        method: Method::PATCH,
        path: "/api/v1/workspaces/{slug}/conversations/{id}",
        access: Access::Scope(Scope::ConversationsRead),
        body: BodyCap::Json,
        ..API_CALL
    }
    "transcripts.gaps" => transcripts::gaps {
        path: "/api/v1/workspaces/{slug}/gaps",
        access: Access::Scope(Scope::ConversationsRead),
        ..API_CALL
    }
    "transcripts.settle" => transcripts::settle {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/gaps/{id}/settle",
        // As with the mark of a conversation: whoever reads what was asked notes what became of it.
        access: Access::Scope(Scope::ConversationsRead),
        ..API_CALL
    }
    "feedback.give" => feedback::give {
        method: Method::POST,
        path: "/api/v1/messages/{id}/feedback",
        access: Access::Scope(Scope::FeedbackWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "documents.list" => documents::list {
        path: "/api/v1/workspaces/{slug}/documents",
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "documents.create" => documents::create {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/documents",
        access: Access::Scope(Scope::DocumentsWrite),
        // A long text takes more than other bodies.
        body: BodyCap::Chat,
        ..API_CALL
    }
    "documents.remove" => documents::remove {
        method: Method::DELETE,
        path: "/api/v1/workspaces/{slug}/documents/{id}",
        access: Access::Scope(Scope::DocumentsWrite),
        ..API_CALL
    }
    "privacy.erase" => privacy::order {
        method: Method::POST,
        path: "/api/v1/privacy/erasures",
        access: Access::Scope(Scope::PrivacyErase),
        body: BodyCap::Json,
        ..API_CALL
    }
    "privacy.erasure" => privacy::show {
        path: "/api/v1/privacy/erasures/{id}",
        access: Access::Scope(Scope::PrivacyErase),
        ..API_CALL
    }
}
