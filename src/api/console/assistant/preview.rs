//! How the widget looks with what is typed: a picture beside the fields, which a script keeps up with them.

use super::settings::at;
use crate::api::console::texts::Texts;
use maud::{Markup, html};
use serde_json::Value;

/// Suggested questions that have room in the picture.
const MOST_SUGGESTED: usize = 3;

/// The picture.
pub(super) fn of(content: &Value, texts: &Texts) -> Markup {
    let t = &texts.assistant;
    let text = |path: &str| at(content, path).as_str().unwrap_or_default();
    let (brand, ink) = (text("widget.brand_color"), text("widget.text_color"));
    let greeting = Some(text("widget.greeting")).filter(|text| !text.is_empty()).unwrap_or(t.preview_greeting);
    let placeholder = Some(text("widget.placeholder")).filter(|text| !text.is_empty()).unwrap_or(t.preview_placeholder);
    let suggested = at(content, "widget.suggested").as_array();
    let suggested = suggested.into_iter().flatten().filter_map(Value::as_str).take(MOST_SUGGESTED);
    html! {
        section.preview aria-label=(t.preview) {
            h2 { (t.preview) }
            p.quiet { (t.preview_what) }
            div.phone {
                div.phone-head {
                    svg aria-hidden="true" viewBox="0 0 1 1" preserveAspectRatio="none" {
                        rect width="1" height="1" fill=(brand) data-fill="widget.brand_color" {}
                    }
                    svg.phone-title role="img" aria-label=(text("widget.title")) viewBox="0 0 300 44" {
                        text x="12" y="20" font-size="15" font-weight="600" fill=(ink) data-fill="widget.text_color"
                            data-text="widget.title" { (text("widget.title")) }
                        text x="12" y="37" font-size="11" fill=(ink) data-fill="widget.text_color"
                            data-text="widget.tagline" { (text("widget.tagline")) }
                    }
                }
                p.quiet.small data-text="settings.ai_disclosure" { (text("settings.ai_disclosure")) }
                p.bubble data-text="widget.greeting" { (greeting) }
                ul { @for question in suggested { li { (question) } } }
                p.input data-text="widget.placeholder" { (placeholder) }
            }
        }
    }
}
