//! Requests over time as bars, drawn here as SVG. What it shows stands in the table beside it, and in the title of each
//! bar.

use crate::api::console::locale::Locale;
use crate::domain::usage::rollup::Endings;
use maud::{Markup, html};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 220.0;
/// Room above the highest bar, for the number of the scale.
const TOP: f64 = 18.0;
/// Room below, for the labels.
const BOTTOM: f64 = 20.0;
/// Labels that fit beside each other.
const MOST_LABELS: usize = 8;

/// A period with its label.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) counts: Endings,
}

/// The parts of a bar, from the bottom up, each with its class in the style sheet and its word.
pub(super) type Legend<'a> = [(&'static str, &'a str); 5];

pub(super) fn bars(title: &str, bars: &[Bar], legend: &Legend<'_>, locale: &Locale) -> Markup {
    let most = bars.iter().map(|bar| bar.counts.all()).max().unwrap_or(0).max(1);
    let scale = (HEIGHT - TOP - BOTTOM) / precise(most);
    let step = WIDTH / precise(bars.len().max(1) as u64);
    let every = bars.len().div_ceil(MOST_LABELS).max(1);
    html! {
        figure.periods {
            svg role="img" aria-label=(title) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" {
                line.axis x1="0" x2=(WIDTH) y1=(HEIGHT - BOTTOM) y2=(HEIGHT - BOTTOM) {}
                line.grid x1="0" x2=(WIDTH) y1=(TOP) y2=(TOP) {}
                @for (at, bar) in bars.iter().enumerate() {
                    (one(bar, precise(at as u64) * step, step, scale, legend, locale))
                }
            }
            div.scale aria-hidden="true" { (locale.number(most)) }
            ol.labels aria-hidden="true" {
                @for bar in bars.iter().step_by(every) { li { (bar.label) } }
            }
            figcaption {
                ul.legend { @for (class, word) in legend { li { span class={ "swatch " (class) } {} " " (word) } } }
            }
        }
    }
}

fn one(bar: &Bar, x: f64, step: f64, scale: f64, legend: &Legend<'_>, locale: &Locale) -> Markup {
    let Endings { answered, nothing_found, refused, left, failed } = bar.counts;
    let mut y = HEIGHT - BOTTOM;
    let parts: Vec<(f64, f64, &'static str)> = [answered, nothing_found, refused, left, failed]
        .into_iter()
        .zip(legend)
        .filter(|(count, _)| *count > 0)
        .map(|(count, (class, _))| {
            let height = precise(count) * scale;
            y -= height;
            (y, height, *class)
        })
        .collect();
    html! {
        g {
            title { (bar.label) ": " (locale.number(bar.counts.all())) }
            // The whole column answers to a pointer.
            rect.column x=(number(x)) y=(TOP) width=(number(step)) height=(HEIGHT - TOP - BOTTOM) {}
            @for (y, height, class) in parts {
                rect class=(class) x=(number(x + step * 0.1)) y=(number(y)) width=(number(step * 0.8))
                    height=(number(height)) {}
            }
        }
    }
}

fn number(length: f64) -> String {
    format!("{length:.2}")
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn precise(number: u64) -> f64 {
    number as f64
}
