//! Charts, drawn here as SVG whose colours are the style sheet's, so that they are right in the light and in the dark.
//! Nobody has to read one: what it shows stands in its label, and of a large one in a table beside it.

use maud::{Markup, html};

const SPARK_WIDTH: f64 = 96.0;
const SPARK_HEIGHT: f64 = 24.0;

/// A small line of counts, oldest first; `label` says what it shows.
pub(super) fn sparkline(counts: &[u64], label: &str) -> Markup {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let step = SPARK_WIDTH / precise(counts.len().saturating_sub(1).max(1) as u64);
    let mut points = String::with_capacity(counts.len() * 12);
    for (at, count) in counts.iter().enumerate() {
        let x = step * precise(at as u64);
        let y = SPARK_HEIGHT - 2.0 - (SPARK_HEIGHT - 4.0) * precise(*count) / precise(most);
        points.push_str(&format!("{x:.1},{y:.1} "));
    }
    html! {
        svg.spark role="img" aria-label=(label) viewBox={ "0 0 " (SPARK_WIDTH) " " (SPARK_HEIGHT) }
            width=(SPARK_WIDTH) height=(SPARK_HEIGHT) {
            polyline points=(points.trim_end()) fill="none" {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn precise(number: u64) -> f64 {
    number as f64
}
