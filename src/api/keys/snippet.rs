//! What a shop pastes into its pages: our widget with a key, or AnythingLLM's own (`docs/widget.md`).
//!
//! Everything put into the code is a key, an address of ours, a placeholder, a colour or one of a few words: no text that
//! a shop typed, so that nothing needs escaping.

use super::managed;
use crate::api::admitted::Gated;
use crate::api::query::Query;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::api::widget::script;
use crate::api::{ApiState, Shared};
use crate::domain::key::{KeyKind, PublicId, StoredKey, VisitorTokenUse};
use crate::domain::workspace::WidgetSettings;
use crate::gate::Admitted;
use crate::rejection::{Code, Rejection};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Stands where the key belongs: we do not have it any more.
pub(in crate::api) const PLACEHOLDER: &str = "PASTE_YOUR_PUBLISHABLE_KEY_HERE";

/// Whose widget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::api) enum Widget {
    Vestibule,
    AnythingLlm,
}

/// What to paste.
#[derive(Serialize, ToSchema)]
#[schema(as = Snippets)]
pub(crate) struct SnippetsView {
    /// The part of the key that names it.
    #[schema(value_type = String, example = "4fK9sQ2mZx01")]
    public_id: PublicId,
    /// What to replace by the key itself, which was shown once and is not kept.
    placeholder: &'static str,
    /// Whose widget it is.
    widget: Widget,
    /// Whether the key works with this widget: not with AnythingLLM's if it asks for visitor tokens.
    pub(in crate::api) works: bool,
    /// One for each place.
    pub(in crate::api) snippets: Vec<SnippetView>,
}

/// What to paste in one place.
#[derive(Serialize, ToSchema)]
#[schema(as = Snippet)]
pub(in crate::api) struct SnippetView {
    /// `html`, `html_pinned`, `shopify` or `woocommerce`.
    #[schema(example = "html")]
    pub(in crate::api) platform: &'static str,
    /// Where it belongs.
    pub(in crate::api) place: &'static str,
    /// The code.
    pub(in crate::api) code: String,
}

/// Shows what to paste.
///
/// For plain HTML, a Shopify theme and WooCommerce. The key itself is not kept, so it has to be put in. Our widget's look
/// is that of the key's workspace; `html_pinned` loads this version of it and no other, which the browser makes sure of.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{id}/snippet",
    tag = "Keys",
    summary = "Show what to paste into a shop's pages",
    security(("secret_key" = []), ("access_token" = [])),
    params(
        ("id" = String, Path, description = "The key's id, or its public id."),
        ("widget" = Option<Widget>, Query, description = "Whose widget; ours unless said otherwise."),
    ),
    responses((status = 200, description = "What to paste.", body = SnippetsView)),
    extensions(("x-refusals" = json!([Code::NotFound, Code::Conflict, Code::ValidationFailed]))),
)]
pub(crate) async fn show(State(state): State<Shared>, Gated(admitted): Gated) -> Result<Response, Refusal> {
    let mut query = Query::of(&admitted);
    let widget = match query.text("widget").as_deref() {
        None | Some("vestibule") => Widget::Vestibule,
        Some("anythingllm") => Widget::AnythingLlm,
        Some(_) => {
            query.fault("widget", "format", "must be vestibule or anythingllm");
            Widget::Vestibule
        }
    };
    query.end()?;
    let key = managed(&state, &admitted).await?;
    response::json(StatusCode::OK, &of(&state, &admitted, &key, widget, PLACEHOLDER).await?)
}

/// What to paste for a key, with `text` where the key itself belongs.
///
/// # Errors
/// `conflict` for a secret key; of the database.
pub(in crate::api) async fn of(
    state: &ApiState,
    admitted: &Admitted,
    key: &StoredKey,
    widget: Widget,
    text: &str,
) -> Result<SnippetsView, Rejection> {
    if key.kind == KeyKind::Secret {
        return Err(Rejection::Conflict("A secret key must never stand in a page; make a publishable key."));
    }
    let works = widget == Widget::Vestibule || key.content.visitor_token == VisitorTokenUse::Optional;
    let attributes = if widget == Widget::Vestibule { look_of(state, admitted, key).await? } else { String::new() };
    let plain = match widget {
        Widget::Vestibule => ours(&state.docs, text, &attributes),
        Widget::AnythingLlm => anythingllms(&state.docs, text),
    };
    let mut snippets = vec![
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
    if widget == Widget::Vestibule {
        snippets.push(SnippetView {
            platform: "html_pinned",
            place: "Like html, for pages that load nothing they have not seen; to be changed with each release.",
            code: pinned(&state.docs, text, &attributes),
        });
    }
    Ok(SnippetsView { public_id: key.public_id, placeholder: PLACEHOLDER, widget, works, snippets })
}

/// How the button looks before anything is loaded, as attributes.
async fn look_of(state: &ApiState, admitted: &Admitted, key: &StoredKey) -> Result<String, Rejection> {
    let Some((workspace, _)) = key.workspace else { return Ok(String::new()) };
    let known = state.managed_workspace_directory.find(key.tenant, workspace).await.or_reject(admitted)?;
    Ok(known.map(|known| look(&known.content.widget)).unwrap_or_default())
}

fn look(widget: &WidgetSettings) -> String {
    let WidgetSettings { brand_color, text_color, position, theme, auto_open_secs, .. } = widget;
    let mut look = format!(
        " data-color=\"{brand_color}\" data-text-color=\"{text_color}\" data-position=\"{position}\" data-theme=\"{theme}\""
    );
    if let Some(seconds) = auto_open_secs {
        let _ = write!(look, " data-auto-open=\"{seconds}\"");
    }
    look
}

/// Our widget, with these further attributes.
pub(super) fn ours(public_url: &str, key: &str, attributes: &str) -> String {
    format!("<script type=\"module\" src=\"{public_url}/widget.js\" data-key=\"{key}\"{attributes} async></script>")
}

fn pinned(public_url: &str, key: &str, attributes: &str) -> String {
    let (path, integrity) = script::pinned_path();
    format!(
        "<script type=\"module\" src=\"{public_url}{path}\" integrity=\"{integrity}\" crossorigin=\"anonymous\" \
         data-key=\"{key}\"{attributes} async></script>"
    )
}

/// The widget's script as AnythingLLM documents it, with our address and key (`SOURCE-STUDY.md`, the embed widget).
fn anythingllms(public_url: &str, key: &str) -> String {
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
        let code = anythingllms("https://chat.shop.example", "vst_pk_live_x");
        assert!(code.contains(r#"src="https://chat.shop.example/embed/anythingllm-chat-widget.min.js""#));
        assert!(code.contains(r#"data-base-api-url="https://chat.shop.example/api/embed""#));
        assert!(code.contains(r#"data-embed-id="vst_pk_live_x""#));
        assert!(!code.contains("module"), "the widget reads `document.currentScript`");
    }
}
