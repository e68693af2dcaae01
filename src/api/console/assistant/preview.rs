//! How the widget looks with what is typed: our own, in a frame of its own beside the fields, which the form is sent to.
//! Nothing is kept of it, and no question can be asked in it.
//!
//! Browsers without scripts show a picture there, after the button was pressed.

use super::settings::at;
use super::{as_json, found, patch_of, place};
use crate::api::console::form::Form;
use crate::api::console::parts::{faults_summary, foreign, unturned};
use crate::api::console::refused::with_faults;
use crate::api::console::texts::Texts;
use crate::api::console::visit::Visit;
use crate::api::console::{assets, page};
use crate::api::response::Refusal;
use crate::api::widget::config::{Capabilities, ConfigView};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::json::merge_patch;
use crate::domain::workspace::{ManagedWorkspace, WorkspaceContent};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

/// The name of the frame, which forms are sent to.
const FRAME: &str = "widget-preview";
/// The form that is looked at.
pub(super) const FORM: &str = "assistant";
/// The field that says in which of the shop's languages.
const LANGUAGE: &str = "preview_language";
/// Suggested questions that have room in the picture.
const MOST_SUGGESTED: usize = 3;
/// As every page of the console, but to be framed by it. The widget's script is ours and loads its words from us; the
/// shop's own pictures would be somebody else's and are left out.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
/// Of the page with the frame.
const FRAMING: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                       connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                       frame-ancestors 'none'";

/// The frame, with what is saved. `can_type`: there is a form whose fields can be shown.
pub(super) fn beside(workspace: &ManagedWorkspace, can_type: bool, texts: &Texts) -> Markup {
    let t = &texts.assistant;
    let place = format!("{}/preview", place(&workspace.slug));
    let locales = workspace.content.locales();
    html! {
        section.preview aria-label=(t.preview) {
            h2 { (t.preview) }
            p.quiet { (t.preview_what) }
            iframe name=(FRAME) src=(place) title=(t.preview) loading="lazy" {}
            p {
                @if can_type {
                    @if locales.len() > 1 {
                        label { (t.preview_language) " "
                            select name=(LANGUAGE) form=(FORM) {
                                @for locale in locales { option value=(locale) { (locale) } }
                            }
                        } " "
                    }
                    button form=(FORM) formaction=(place) formtarget=(FRAME) formnovalidate data-preview { (t.preview_show) }
                } @else {
                    a href=(place) target=(FRAME) { (t.preview_show) }
                }
            }
        }
    }
}

/// Lets a page have the frame.
pub(super) fn framing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAMING));
    response
}

/// The look that is saved.
///
/// # Errors
/// `not_found`; of the database.
pub(crate) async fn saved(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let workspace = found(&state, &visit).await?;
    drawn(&state, &visit, &workspace, None, &Faults::new())
}

/// The look that was typed; where that cannot be, the one that is saved, with what is wrong.
///
/// # Errors
/// As [`saved`].
pub(crate) async fn typed(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let mut workspace = found(&state, &visit).await?;
    let before = as_json(&workspace);
    let mut content = before.clone();
    merge_patch(&mut content, Value::Object(patch_of(&form, &before)));
    let faults = match WorkspaceContent::read(content.clone()) {
        Ok(content) => {
            workspace.content = content;
            Faults::new()
        }
        Err(faults) => super::hours::at_their_fields(&faults, &content),
    };
    drawn(&state, &visit, &workspace, form.text(LANGUAGE), &faults)
}

fn drawn(
    state: &ApiState,
    visit: &Visit,
    workspace: &ManagedWorkspace,
    language: Option<&str>,
    faults: &Faults,
) -> Result<Response, Refusal> {
    let texts = visit.texts();
    // In the shop's own language, not in that of whoever works at the console.
    let language = language.map_or_else(|| workspace.content.settings.default_locale.to_string(), str::to_owned);
    let (all, headers) = (Capabilities::all(), HeaderMap::new());
    let config = ConfigView::of(workspace, Some(&language), &headers, (all, state.ambient.now()));
    let config = serde_json::to_string(&config).map_err(|_| Rejection::Internal)?;
    let markup = html! {
        (DOCTYPE)
        html lang=(visit.locale().language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (texts.assistant.preview) " · Vestibule" }
                link rel="stylesheet" href=(assets::style());
                link rel="icon" href="data:,";
                script type="module" src="/widget.js" {}
            }
            body.widget-preview {
                div {
                    (faults_summary(faults, texts))
                    vestibule-chat preview=(config) position="inline" {}
                    noscript { (picture(&as_json(workspace), texts)) }
                }
            }
        }
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut response = page(status, markup.into_string());
    let protection = response.headers_mut();
    protection.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    protection.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    Ok(if faults.is_empty() { response } else { with_faults(response) })
}

/// About how it looks, for browsers without scripts.
fn picture(content: &Value, texts: &Texts) -> Markup {
    let t = &texts.assistant;
    let text = |path: &str| at(content, path).as_str().unwrap_or_default();
    let (brand, ink) = (text("widget.brand_color"), text("widget.text_color"));
    let greeting = Some(text("widget.greeting")).filter(|text| !text.is_empty()).unwrap_or(t.preview_greeting);
    let placeholder = Some(text("widget.placeholder")).filter(|text| !text.is_empty()).unwrap_or(t.preview_placeholder);
    let suggested = at(content, "widget.suggested").as_array();
    let suggested = suggested.into_iter().flatten().filter_map(Value::as_str).take(MOST_SUGGESTED);
    html! {
        div.phone {
            div.phone-head {
                svg aria-hidden="true" viewBox="0 0 1 1" preserveAspectRatio="none" {
                    rect width="1" height="1" fill=(brand) {}
                }
                svg.phone-title role="img" aria-label=(unturned(text("widget.title"))) viewBox="0 0 300 44" {
                    text x="12" y="20" font-size="15" font-weight="600" fill=(ink) { (unturned(text("widget.title"))) }
                    text x="12" y="37" font-size="11" fill=(ink) { (unturned(text("widget.tagline"))) }
                }
            }
            p.quiet.small { (foreign(text("settings.ai_disclosure"))) }
            p.bubble { (foreign(greeting)) }
            ul { @for question in suggested { li { (foreign(question)) } } }
            p.input { (foreign(placeholder)) }
        }
    }
}
