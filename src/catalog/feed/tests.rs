//! The formats, at every chunking, and with what nobody should send.

use super::{Entry, Fault, Feed, FeedError, Format, MAX_RECORD, PIECE, Record};
use proptest::prelude::*;

const FORMATS: [Format; 4] = [Format::GoogleXml, Format::GoogleTsv, Format::Csv, Format::Jsonl];

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE rss [ <!ENTITY a "x>"> <!ELEMENT item (#PCDATA)> ]>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop > all</title>
<!-- an <item> that is none -->
<item><g:id>1</g:id><title>Drill &amp; case</title><link>https://shop.example/1?a=1&amp;b=2</link>
 <description><![CDATA[<b>Strong</b> </item> ]] > &amp;]]></description><g:price>12.90 EUR</g:price>
 <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping><g:custom_label_0 a="b>c"/>
 <g:brand>Gr&uuml;n</g:brand><x:brand xmlns:x="urn:x">other</x:brand></item>
<item><g:id>2</g:id><g:title>Saw</g:title><g:product_type>A</g:product_type><g:product_type>B</g:product_type></item>
<item/></channel></rss>"#;

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:goog='http://base.google.com/ns/1.0'>
<link rel="self" href="https://shop.example/feed"/>
<entry><goog:id>7</goog:id><title>Saw</title><link rel="alternate" href="https://shop.example/7?a=1&amp;b=2"/>
<link rel="edit" href="https://shop.example/edit"/><summary>Cuts</summary><goog:availability>in stock</goog:availability></entry></feed>"#;

const TSV: &str = "id\tTitle\timage link\tnote\n1\tDrill 18\"\thttps://x.example/1.png\tn\n2\t\"With\ttab and \"\"quotes\"\"\nand line\"\t\t\n\n";
const CSV: &str = "\u{feff}\"id\";title;price\r\n1;\"a;b\";1,50 EUR\r\n2;c;\r\n3;d;2;5\r\n";
const JSONL: &str = "{\"offerId\":\"1\",\"title\":\"Drill\",\"price\":{\"value\":\"12.90\",\"currency\":\"EUR\"},\"sizes\":[\"S\",\"M\"],\"x\":{\"y\":1}}\n\n{\"id\":2,\"title\":\"Saw\"}\nnot json\n{\"id\":3,\"title\":\"Last\"}";

fn read(format: Format, bytes: &[u8], piece: usize) -> (Vec<Entry>, Result<(), FeedError>) {
    let mut entries = Vec::new();
    let mut feed = Feed::new(format);
    let mut read = || {
        for piece in bytes.chunks(piece) {
            feed.push(piece, &mut entries)?;
        }
        feed.finish(&mut entries)
    };
    let end = read();
    (entries, end)
}

fn records(format: Format, text: &str) -> Vec<Record> {
    let (entries, end) = read(format, text.as_bytes(), PIECE);
    end.unwrap();
    entries.into_iter().filter_map(Result::ok).collect()
}

fn faults(format: Format, text: &str) -> Vec<(u64, Fault)> {
    let (entries, end) = read(format, text.as_bytes(), PIECE);
    end.unwrap();
    entries.into_iter().filter_map(Result::err).map(|bad| (bad.place.number, bad.fault)).collect()
}

#[test]
fn google_product_data_is_read_from_rss() {
    let records = records(Format::GoogleXml, RSS);
    assert_eq!(records.len(), 3);
    assert_eq!(records[0].get("id"), Some("1"));
    assert_eq!(records[0].get("title"), Some("Drill & case"));
    assert_eq!(records[0].get("link"), Some("https://shop.example/1?a=1&b=2"));
    assert_eq!(records[0].get("description"), Some("<b>Strong</b> </item> ]] > &amp;"));
    assert_eq!(records[0].all("price"), ["12.90 EUR"], "that of shipping is another");
    assert_eq!(records[0].all("brand"), ["Grün"]);
    assert_eq!(records[1].all("product_type"), ["A", "B"]);
    assert_eq!(records[2].get("id"), None);
}

#[test]
fn google_product_data_is_read_from_atom() {
    let records = records(Format::GoogleXml, ATOM);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].get("id"), Some("7"));
    assert_eq!(records[0].all("link"), ["https://shop.example/7?a=1&b=2"]);
    assert_eq!(records[0].get("description"), Some("Cuts"));
    assert_eq!(records[0].get("availability"), Some("in stock"));
}

#[test]
fn rows_are_read_with_googles_quoting() {
    let records = records(Format::GoogleTsv, TSV);
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].get("title"), Some("Drill 18\""));
    assert_eq!(records[0].get("image_link"), Some("https://x.example/1.png"));
    assert_eq!(records[1].get("title"), Some("With\ttab and \"quotes\"\nand line"));
}

#[test]
fn the_delimiter_is_found_out_and_a_byte_order_mark_passed_over() {
    let read = records(Format::Csv, CSV);
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].get("title"), read[0].get("price")), (Some("a;b"), Some("1,50 EUR")));
    assert_eq!(faults(Format::Csv, CSV), [(3, Fault::Columns)]);
    for delimiter in [",", ";", "\t", "|"] {
        let text = ["id", "title", "x\n1", "Drill", "y\n"].join(delimiter);
        assert_eq!(records(Format::Csv, &text)[0].get("title"), Some("Drill"), "{text}");
    }
}

#[test]
fn lines_of_json_are_read_and_bad_ones_told() {
    let read = records(Format::Jsonl, JSONL);
    assert_eq!(read.len(), 3);
    assert_eq!(read[0].get("price"), Some("12.90 EUR"));
    assert_eq!(read[0].all("size"), ["S", "M"]);
    assert_eq!(read[1].get("id"), Some("2"));
    assert_eq!(faults(Format::Jsonl, JSONL), [(3, Fault::Malformed)]);
}

#[test]
fn any_chunking_gives_the_same_records() {
    for (format, text) in [
        (Format::GoogleXml, RSS),
        (Format::GoogleXml, ATOM),
        (Format::GoogleTsv, TSV),
        (Format::Csv, CSV),
        (Format::Jsonl, JSONL),
    ] {
        let whole = read(format, text.as_bytes(), usize::MAX);
        for piece in 1..64 {
            assert_eq!(read(format, text.as_bytes(), piece), whole, "{format:?} in pieces of {piece}");
        }
    }
}

#[test]
fn a_feed_that_breaks_off_is_never_complete() {
    for end in 0..RSS.len() {
        let (_, result) = read(Format::GoogleXml, &RSS.as_bytes()[..end], PIECE);
        assert!(result.is_err(), "cut at {end}");
    }
}

#[test]
fn something_else_is_told_as_that() {
    let refused = |format, bytes: &[u8]| read(format, bytes, PIECE).1.unwrap_err();
    assert!(matches!(
        refused(Format::GoogleXml, b"<!DOCTYPE html><html><body>404</body></html>"),
        FeedError::NotAFeed(_)
    ));
    assert!(matches!(refused(Format::GoogleXml, b"id,title\n1,a\n"), FeedError::NotAFeed(_)));
    assert!(matches!(refused(Format::GoogleXml, b""), FeedError::NotAFeed(_)));
    assert!(matches!(refused(Format::Csv, b"<html>\n<body>"), FeedError::NotAFeed(_)));
    assert!(matches!(refused(Format::Csv, b"id,name\n1,a\n"), FeedError::NotAFeed(_)));
    assert!(matches!(refused(Format::Jsonl, b"[{\"id\":1}\n"), FeedError::Truncated(_)));
    assert!(matches!(refused(Format::Jsonl, b"<html>"), FeedError::NotAFeed(_)));
    assert!(matches!(refused(Format::Csv, b"\x1f\x8b\x08"), FeedError::Truncated(_)));
    assert!(matches!(refused(Format::Csv, b"PK\x03\x04"), FeedError::Truncated(_)));
    assert!(matches!(refused(Format::Csv, b"\xff\xfei\0d\0"), FeedError::NotAFeed(_)));
    assert!(matches!(
        refused(Format::GoogleXml, b"<?xml version='1.0' encoding='klingon'?><rss></rss>"),
        FeedError::Encoding(_)
    ));
}

#[test]
fn bytes_that_are_no_text_are_an_error_of_their_record_alone() {
    for (format, bytes) in [
        (Format::Csv, &b"id,title\n1,a\n2,\xe4\n3,c\n"[..]),
        (Format::Jsonl, b"{\"id\":1,\"title\":\"a\"}\n{\"id\":2,\"title\":\"\xe4\"}\n{\"id\":3,\"title\":\"c\"}\n"),
        (Format::GoogleXml, b"<rss><item><id>1</id></item><item><id>\xe4</id></item><item><id>3</id></item></rss>"),
    ] {
        let (entries, end) = read(format, bytes, PIECE);
        end.unwrap();
        let ids: Vec<_> =
            entries.iter().map(|e| e.as_ref().map(|r| r.get("id").unwrap().to_owned()).map_err(|b| b.fault)).collect();
        assert_eq!(ids, [Ok("1".into()), Err(Fault::Undecodable), Ok("3".into())], "{format:?}");
    }
}

#[test]
fn entities_of_a_document_type_are_never_expanded() {
    let bomb = r#"<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
        <rss><item><id>1</id><title>&c;</title></item><item><id>2</id><title>ok</title></item></rss>"#;
    assert_eq!(faults(Format::GoogleXml, bomb), [(1, Fault::UnknownEntity)]);
    assert_eq!(records(Format::GoogleXml, bomb)[0].get("id"), Some("2"));
}

#[test]
fn a_record_that_is_too_large_is_passed_over() {
    let long = "x".repeat(MAX_RECORD + 10);
    for (format, text) in [
        (Format::GoogleXml, format!("<rss><item><id>1</id><title>{long}</title></item><item><id>2</id></item></rss>")),
        (Format::Csv, format!("id,title\n1,{long}\n2,b\n")),
        (Format::GoogleTsv, format!("id\ttitle\n1\t\"{long}\"\n2\tb\n")),
        (Format::Jsonl, format!("{{\"id\":1,\"title\":\"{long}\"}}\n{{\"id\":2}}\n")),
    ] {
        assert_eq!(faults(format, &text), [(1, Fault::TooLarge)], "{format:?}");
        assert_eq!(records(format, &text)[0].get("id"), Some("2"), "{format:?}");
    }
}

#[test]
fn what_never_ends_ends_here() {
    let piece = vec![b'x'; 1024 * 1024];
    for (format, head) in [
        (Format::GoogleXml, "<rss><item><title>"),
        (Format::GoogleXml, "<rss><item title='"),
        (Format::GoogleXml, "<rss><channel "),
        (Format::GoogleXml, "<rss><!-- "),
        (Format::GoogleXml, "<!DOCTYPE rss ["),
        (Format::Csv, "id,title\n1,"),
        (Format::Csv, "id,title\n1,\""),
        (Format::Csv, "id,title,"),
        (Format::Jsonl, "{\"id\":\""),
    ] {
        let mut feed = Feed::new(format);
        let mut entries = Vec::new();
        feed.push(head.as_bytes(), &mut entries).unwrap();
        let end = (0..64).find_map(|_| feed.push(&piece, &mut entries).err());
        assert!(end.is_some(), "{format:?} {head}");
        assert!(entries.len() < 3);
    }
}

#[test]
fn an_item_that_is_not_closed_does_not_take_the_next_one_with_it() {
    let feed = "<rss><item><id>1</id><item><id>2</id></item><item><id>3</id></rss>";
    assert_eq!(records(Format::GoogleXml, feed)[0].get("id"), Some("2"));
    assert_eq!(faults(Format::GoogleXml, feed), [(1, Fault::Unclosed), (3, Fault::Unclosed)]);
}

#[test]
fn what_cannot_be_used_says_whose_it_is_where_that_can_be_read() {
    let owner = |format, text: &str| {
        let (entries, _) = read(format, text.as_bytes(), PIECE);
        entries.into_iter().find_map(Result::err).unwrap().owner.map(|owner| (owner.id, owner.group))
    };
    let whose = |id: &str, group: Option<&str>| Some((id.to_owned(), group.map(str::to_owned)));
    let xml = |item: &str| format!("<rss><item>{item}</item></rss>");
    let broken = "<id>atom</id><g:id>7</g:id><g:item_group_id>G</g:item_group_id><title><b></title>";
    assert_eq!(owner(Format::GoogleXml, &xml(broken)), whose("7", Some("G")));
    assert_eq!(owner(Format::GoogleXml, &xml("<g:id>&x;</g:id>")), None);
    let long = "x".repeat(MAX_RECORD);
    assert_eq!(owner(Format::GoogleXml, &xml(&format!("<g:id>8</g:id><title>{long}"))), whose("8", None));
    assert_eq!(owner(Format::Csv, "id,title,x\n9,a\n"), whose("9", None));
    assert_eq!(owner(Format::Csv, "title,id,x\na,9\n"), None, "the id may have moved");
    assert_eq!(owner(Format::Csv, "id,title,item_group_id\n9,a\n"), None, "its group may be missing");
}

#[test]
fn a_record_says_where_it_stands() {
    let places = |format, text: &str| {
        let (entries, end) = read(format, text.as_bytes(), PIECE);
        end.unwrap();
        let place = |entry: Entry| entry.map_or_else(|bad| bad.place, |record| record.place);
        entries.into_iter().map(place).map(|at| (at.number, at.line, at.byte)).collect::<Vec<_>>()
    };
    assert_eq!(places(Format::Csv, "id,title\r\n1,\"a\nb\"\r\n\r\n2,c,d\n"), [(1, 2, 10), (2, 5, 21)]);
    assert_eq!(places(Format::Jsonl, "{\"id\":1}\n\n{}\n"), [(1, 1, 0), (2, 3, 10)]);
    assert_eq!(places(Format::GoogleXml, "<rss>\n<item/>\n <item></item></rss>"), [(1, 2, 6), (2, 3, 15)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes_come_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..2000), piece in 1_usize..200) {
        for format in FORMATS {
            let _ = read(format, &bytes, piece);
        }
    }

    #[test]
    fn random_markup_reads_the_same_in_any_pieces(
        parts in proptest::collection::vec(prop::sample::select(vec![
            "<rss>", "</rss>", "<item>", "</item>", "<item", "/>", ">", "<g:id>", "</g:id>", "1", "<![CDATA[", "]]>", "<!--", "-->",
            "<?", "?>", "<!DOCTYPE", "[", "]", "\"", "'", "&amp;", "&lol;", "&#0;", "\n", ",", ";", "\t", "id,title\n", "{\"id\":1}", "ä",
        ]), 0..60),
        piece in 1_usize..9,
    ) {
        let text = parts.concat();
        for format in FORMATS {
            let whole = read(format, text.as_bytes(), usize::MAX);
            prop_assert_eq!(read(format, text.as_bytes(), piece), whole);
        }
    }

    #[test]
    fn rows_written_by_the_rules_are_read_back(values in proptest::collection::vec("[ -~äöü\n\t]{1,20}", 1..20)) {
        let mut text = String::from("id,title\n");
        for (n, value) in values.iter().enumerate() {
            let quoted = value.replace('"', "\"\"");
            text = text + &n.to_string() + ",\"" + &quoted + "\"\n";
        }
        let records = records(Format::Csv, &text);
        prop_assert_eq!(records.len(), values.len());
        for (record, value) in records.iter().zip(&values) {
            prop_assert_eq!(record.get("title").unwrap_or_default(), value.trim());
        }
    }
}
