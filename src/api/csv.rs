//! Rows of CSV (RFC 4180), for spreadsheets.
//!
//! A cell that a spreadsheet would take for a formula begins with an apostrophe: names and ids are chosen by people,
//! and some texts by whoever sends a request.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Adds a row.
pub(crate) fn row<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (at, cell) in cells.enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(text, "{comma}{}", quoted(&defused(cell)));
    }
    text.push_str("\r\n");
}

/// What a spreadsheet takes for a formula (OWASP, CSV injection), made text.
fn defused(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\r', '\n', ';', '\t']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_become_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(defused(formula), format!("'{formula}"));
        }
        assert_eq!(defused("https://shop.example"), "https://shop.example");
        assert_eq!(defused(""), "");
    }

    /// A reader of RFC 4180, of another make.
    fn read(line: &str) -> Vec<String> {
        let mut reader = csv_core::Reader::new();
        let (mut output, mut ends) = (vec![0; line.len() + 16], vec![0; 16]);
        let (_, _, written, fields) = reader.read_record(line.as_bytes(), &mut output, &mut ends);
        let mut from = 0;
        output.truncate(written);
        ends.truncate(fields);
        ends.iter()
            .map(|end| {
                let cell = String::from_utf8(output[from..*end].to_vec()).unwrap();
                from = *end;
                cell
            })
            .collect()
    }

    proptest! {
        #[test]
        fn whatever_a_cell_holds_it_is_read_as_one_cell(cells in prop::collection::vec(any::<String>(), 2..8)) {
            let mut text = String::new();
            row(&mut text, cells.iter().map(String::as_str));
            let expected: Vec<String> = cells.iter().map(|cell| defused(cell).into_owned()).collect();
            prop_assert_eq!(read(&text), expected);
        }
    }
}
