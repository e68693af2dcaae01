//! Tables that read well both as text and as Markdown.

use super::raw::Spread;
use std::fmt::Write as _;

/// Joins cells to a table; the first row is the head, the first column is text, the others are numbers.
pub(super) fn render(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0).max(3)).collect();
    let mut table = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (column, width) in widths.iter().copied().enumerate() {
            let cell = row.get(column).map_or("", String::as_str);
            let written =
                if column == 0 { write!(table, "| {cell:<width$} ") } else { write!(table, "| {cell:>width$} ") };
            debug_assert!(written.is_ok(), "a string takes everything");
        }
        table.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.iter().copied().enumerate() {
                table.push('|');
                table.push_str(&"-".repeat(width + 1));
                table.push(if column == 0 { '-' } else { ':' });
            }
            table.push_str("|\n");
        }
    }
    table
}

/// A number with about three digits.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// `median [min-max]`, or a dash.
pub(super) fn spread(value: Option<Spread>) -> String {
    value.map_or_else(dash, |v| format!("{} [{}-{}]", number(v.median), number(v.min), number(v.max)))
}

/// The median alone, or a dash.
pub(super) fn median(value: Option<Spread>) -> String {
    value.map_or_else(dash, |v| number(v.median))
}

pub(super) fn dash() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["row".to_owned(), "a".to_owned()], vec!["x".to_owned(), "1.50".to_owned()]];
        assert_eq!(render(&rows), "| row |    a |\n|-----|-----:|\n| x   | 1.50 |\n");
    }
}
