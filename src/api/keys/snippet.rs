//! What a shop pastes into its pages, to show AnythingLLM's own widget with a key of ours (`docs/widget.md`).
//!
//! Everything put into the code is a key, an address of ours or a placeholder: nothing that a shop typed, so that
//! nothing needs escaping.

use super::managed;
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::response::{self, Refusal};
use crate::domain::key::{KeyKind, PublicId};
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Stands where the key belongs: we do not have it any more.
const PLACEHOLDER: &str = "PASTE_YOUR_PUBLISHABLE_KEY_HERE";

/// What to paste.
#[derive(Serialize, ToSchema)]
#[schema(as = Snippets)]
pub(crate) struct SnippetsView {
    /// The part of the key that names it.
    #[schema(value_type = String, example = "4fK9sQ2mZx01")]
    public_id: PublicId,
    /// What to replace by the key itself, which was shown once and is not kept.
    placeholder: &'static str,
    /// Whether the key works with this widget: not if it asks for visitor tokens.
    works: bool,
    /// One for each place.
    snippets: Vec<SnippetView>,
}

/// What to paste in one place.
#[derive(Serialize, ToSchema)]
#[schema(as = Snippet)]
struct SnippetView {
    /// `html`, `shopify` or `woocommerce`.
    #[schema(example = "html")]
    platform: &'static str,
    /// Where it belongs.
    place: &'static str,
    /// The code.
    code: String,
}

/// Shows what to paste.
///
/// For plain HTML, a Shopify theme and WooCommerce. The key itself is not kept, so it has to be put in.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{id}/snippet",
    tag = "Keys",
    summary = "Show what to paste into a shop's pages",
    security(("secret_key" = []), ("access_token" = [])),
    params(("id" = String, Path, description = "The key's id, or its public id.")),
    responses((status = 200, description = "What to paste.", body = SnippetsView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    Query::of(&admitted).end()?;
    let key = managed(&state, &admitted).await?;
    if key.kind == KeyKind::Secret {
        return Err(Refusal(Rejection::Conflict("A secret key must never stand in a page; make a publishable key.")));
    }
    let works = key.content.visitor_token == crate::domain::key::VisitorTokenUse::Optional;
    let plain = plain(&state.docs, PLACEHOLDER);
    let snippets = vec![
        SnippetView {
            platform: "html",
            place: "Before </body> of every page that shall have the chat.",
            code: plain.clone(),
        },
        SnippetView {
            platform: "shopify",
            place: "Online Store > Themes > Edit code > layout/theme.liquid, before </body>.",
            code: format!("{{%- comment -%}} Chat {{%- endcomment -%}}\n{plain}"),
        },
        SnippetView {
            platform: "woocommerce",
            place: "In functions.php of a child theme, or in a plugin for code snippets.",
            code: woocommerce(&plain),
        },
    ];
    response::json(
        StatusCode::OK,
        &SnippetsView { public_id: key.public_id, placeholder: PLACEHOLDER, works, snippets },
    )
}

/// The widget's script as AnythingLLM documents it, with our address and key (`SOURCE-STUDY.md`, the embed widget).
pub(super) fn plain(public_url: &str, key: &str) -> String {
    format!(
        "<script\n  src=\"{public_url}/embed/anythingllm-chat-widget.min.js\"\n  data-embed-id=\"{key}\"\n  data-base-api-url=\"{public_url}/api/embed\"\n  defer></script>"
    )
}

fn woocommerce(plain: &str) -> String {
    format!("add_action( 'wp_footer', function () {{ ?>\n{plain}\n<?php }} );")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_comes_from_us_and_calls_us() {
        let code = plain("https://chat.shop.example", "vst_pk_live_x");
        assert!(code.contains(r#"src="https://chat.shop.example/embed/anythingllm-chat-widget.min.js""#));
        assert!(code.contains(r#"data-base-api-url="https://chat.shop.example/api/embed""#));
        assert!(code.contains(r#"data-embed-id="vst_pk_live_x""#));
        assert!(!code.contains("module"), "the widget reads `document.currentScript`");
    }
}
