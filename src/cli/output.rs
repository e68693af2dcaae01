//! The only place that writes to standard output: a table for people, JSON for programs.

use crate::cli::failure::Failure;
use serde::Serialize;
use std::io::{self, Write};

/// Where a command's result goes.
pub(super) struct Output<'a> {
    out: Box<dyn Write + 'a>,
}

impl Output<'static> {
    pub(super) fn stdout() -> Self {
        Self { out: Box::new(io::stdout()) }
    }
}

impl Output<'_> {
    /// One line, or a text that is complete with its line ends.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        tolerated(self.out.write_all(format!("{text}{end}").as_bytes()).and_then(|()| self.out.flush()))
    }

    /// A value as JSON, readable.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        self.text(&serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?)
    }

    /// Rows below their headings, each column as wide as its widest cell.
    pub(super) fn table<const N: usize>(&mut self, headings: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
        let mut widths = headings.map(|heading| heading.chars().count());
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let line = |cells: &[&str]| {
            let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        let mut text = line(&headings);
        for row in rows {
            text += &line(&row.each_ref().map(String::as_str));
        }
        self.text(&text)
    }
}

/// Whoever reads may stop reading, as `head` does.
fn tolerated(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::Output;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut bytes = Vec::new();
        let mut output = Output { out: Box::new(&mut bytes) };
        let rows = [["für".to_owned(), "x".to_owned()], ["longer".to_owned(), String::new()]];
        output.table(["A", "B"], &rows).unwrap();
        drop(output);
        assert_eq!(String::from_utf8(bytes).unwrap(), "A       B\nfür     x\nlonger\n");
    }
}
