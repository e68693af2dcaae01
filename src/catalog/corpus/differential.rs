//! Valid feeds, read here and by Python's `csv` and `xml.etree`: both must understand the same.
//!
//! Where there is no Python nothing is compared; `make test` sees to it that there is one.

use crate::catalog::feed::{Feed, Format, PIECE};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Id, title, price and description of each product.
type Rows = Vec<[String; 4]>;

fn by_python(arguments: &[&str], feed: &[u8]) -> Option<Rows> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalog/corpus/differential.py");
    let mut command = Command::new("python3");
    command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(feed).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "Python does not take it: {}", String::from_utf8_lossy(feed));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn here(format: Format, feed: &[u8]) -> Rows {
    let (mut reader, mut entries) = (Feed::new(format), Vec::new());
    for piece in feed.chunks(PIECE) {
        reader.push(piece, &mut entries).unwrap();
    }
    reader.finish(&mut entries).unwrap();
    let records = entries.into_iter().map(|entry| entry.expect("it is a record"));
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    records.map(|record| ["id", "title", "price", "description"].map(|name| text(record.get(name)))).collect()
}

/// Texts as people write them: after a comma comes a blank.
fn prose(lines: bool) -> impl Strategy<Value = String> {
    let mut words = vec!["Rohr", "2\"", "\"kurz\"", "ä€😊", "&", "<b>", "x=1", "'", "\\", " ", ", ", "; ", " | ", "-"];
    if lines {
        words.extend(["\n", "\r\n", "\n\n"]);
    }
    proptest::collection::vec(prop::sample::select(words), 0..12).prop_map(|words| words.concat())
}

fn rows(lines: bool) -> impl Strategy<Value = Rows> {
    let row = (prose(lines), prose(lines), 0..100_000_u32);
    proptest::collection::vec(row, 1..30).prop_map(|rows| {
        let row = |(number, (title, description, cents)): (usize, (String, String, u32))| {
            [format!("P{number}"), format!("T{title}"), format!("{}.{:02} EUR", cents / 100, cents % 100), description]
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

fn written(rows: &Rows, delimiter: &str, end: &str, all_quoted: bool) -> String {
    let cell = |text: &str| {
        let needs = text.contains([delimiter.chars().next().unwrap(), '"', '\n', '\r']);
        if needs || all_quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let line = |row: &[String; 4]| row.each_ref().map(|text| cell(text)).join(delimiter) + end;
    ["id", "title", "price", "description"].join(delimiter) + end + &rows.iter().map(line).collect::<String>()
}

fn escaped(text: &str, as_cdata: bool) -> String {
    if as_cdata {
        return format!("<![CDATA[{text}]]>");
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('ä', "&#228;")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rows_are_read_as_python_reads_them(
        rows in rows(true),
        delimiter in prop::sample::select(vec![",", ";", "|"]),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        all_quoted in any::<bool>(),
    ) {
        let feed = written(&rows, delimiter, end, all_quoted);
        let Some(python) = by_python(&["csv", delimiter], feed.as_bytes()) else { return Ok(()) };
        prop_assert_eq!(here(Format::Csv, feed.as_bytes()), python, "{}", feed);
    }

    #[test]
    fn rows_with_tabs_are_read_as_python_reads_them(rows in rows(false), all_quoted in any::<bool>()) {
        let feed = written(&rows, "\t", "\n", all_quoted);
        let Some(python) = by_python(&["csv", "\t"], feed.as_bytes()) else { return Ok(()) };
        prop_assert_eq!(here(Format::GoogleTsv, feed.as_bytes()), python, "{}", feed);
    }

    #[test]
    fn elements_are_read_as_python_reads_them(rows in rows(true), as_cdata in any::<bool>()) {
        let mut feed = "<rss xmlns:g='http://base.google.com/ns/1.0'><channel>".to_owned();
        for row in &rows {
            feed += "<item>";
            for (name, text) in ["id", "title", "price", "description"].into_iter().zip(row) {
                writeln!(feed, "<g:{name}>{}</g:{name}>", escaped(text, as_cdata)).unwrap();
            }
            feed += "</item>";
        }
        feed += "</channel></rss>";
        let Some(python) = by_python(&["xml"], feed.as_bytes()) else { return Ok(()) };
        prop_assert_eq!(here(Format::GoogleXml, feed.as_bytes()), python, "{}", feed);
    }
}
