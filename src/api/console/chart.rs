//! Charts, drawn here as SVG whose colours are the style sheet's, so that they are right in the light and in the dark.
//! Nobody has to read one: what it shows stands in its label, and of a large one in a table beside it.

use super::locale::Locale;
use maud::{Markup, html};
use std::fmt::Write as _;

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
        let _ = write!(points, "{x:.1},{y:.1} ");
    }
    html! {
        svg.spark role="img" aria-label=(label) viewBox={ "0 0 " (SPARK_WIDTH) " " (SPARK_HEIGHT) }
            width=(SPARK_WIDTH) height=(SPARK_HEIGHT) {
            polyline points=(points.trim_end()) fill="none" {}
        }
    }
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
/// Room for the numbers at the left, and for the labels below.
const LEFT: f64 = 44.0;
const BELOW: f64 = 20.0;
const ABOVE: f64 = 8.0;

/// The classes of a bar's parts, from the bottom to the top.
const SERIES: [&str; 3] = ["ok", "refused", "failed"];

/// A bar of three parts: answered, refused, failed.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) parts: [u64; 3],
}

/// Bars over time, with a legend, and the same as a table that can be opened.
pub(super) fn bars(
    title: &str,
    bars: &[Bar],
    names: [&str; 3],
    first_head: &str,
    as_table: &str,
    locale: &Locale,
) -> Markup {
    let most = bars.iter().map(|bar| bar.parts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let plot = HEIGHT - ABOVE - BELOW;
    let y = |count: u64| ABOVE + plot * (1.0 - precise(count) / precise(most));
    let step = (WIDTH - LEFT) / precise(bars.len().max(1) as u64);
    let x = |at: usize| LEFT + step * precise(at as u64);
    let mut marks = vec![0, most / 2, most];
    marks.dedup();
    let each = bars.len().div_ceil(6).max(1);
    html! {
        div.wide-picture tabindex="0" role="region" aria-label=(title) {
            svg.chart role="img" aria-label=(title) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
                width=(WIDTH) height=(HEIGHT) {
                @for mark in marks {
                    line.grid x1=(LEFT) x2=(WIDTH) y1=(round(y(mark))) y2=(round(y(mark))) {}
                    text x=(LEFT - 6.0) y=(round(y(mark) + 4.0)) text-anchor="end" { (locale.number(mark)) }
                }
                @for (at, bar) in bars.iter().enumerate() {
                    @for ((class, name), (low, part)) in SERIES.iter().zip(names).zip(stacked(bar.parts)) {
                        @if part > 0 {
                            rect class=(class) x=(round(x(at) + step * 0.15)) width=(round(step * 0.7))
                                y=(round(y(low + part))) height=(round(y(low) - y(low + part))) {
                                title { (bar.label) ": " (name) " " (locale.number(part)) }
                            }
                        }
                    }
                    @if at % each == 0 { text x=(round(x(at))) y=(HEIGHT - 5.0) { (bar.label) } }
                }
            }
        }
        ul.legend {
            @for (class, name) in SERIES.iter().zip(names) {
                li {
                    svg.chart viewBox="0 0 1 1" aria-hidden="true" { rect class=(class) width="1" height="1" {} }
                    (name)
                }
            }
        }
        details.disclosure {
            summary { (as_table) }
            div {
                (super::parts::table(title, &[first_head, names[0], names[1], names[2]], html! {
                    @for bar in bars.iter().rev() {
                        tr {
                            th scope="row" { (bar.label) }
                            @for part in bar.parts { td.number { (locale.number(part)) } }
                        }
                    }
                }))
            }
        }
    }
}

/// Each part with what lies below it.
fn stacked(parts: [u64; 3]) -> [(u64, u64); 3] {
    let mut below = 0;
    parts.map(|part| {
        let low = below;
        below += part;
        (low, part)
    })
}

/// A tenth of a pixel is finer than anybody sees.
fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn precise(number: u64) -> f64 {
    number as f64
}
