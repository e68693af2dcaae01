//! The short way of reading a piece of text.

use super::*;
use crate::anythingllm::frames::meaning as thorough;

fn short(data: &str) -> Option<Frame> {
    plain::Chunks::default().read(data.as_bytes())
}

#[test]
fn every_recorded_piece_is_read_the_short_way() {
    let mut pieces = 0;
    for (name, stream) in recordings() {
        let frames = || stream.lines().filter_map(|line| line.strip_prefix("data: "));
        assert!(read_alike(frames().map(str::as_bytes)), "{name}");
        for data in frames() {
            let is_piece = matches!(thorough::decode(data.as_bytes()), Ok(Frame::Chunk { .. }));
            if data.contains(r#""uuid":"#) && data.contains(r#""sources":[]"#) && is_piece {
                assert!(short(data).is_some(), "{name}: {data}");
                pieces += 1;
            }
        }
    }
    assert!(pieces > 500, "{pieces}");
}

#[test]
fn escapes_of_one_letter_are_read() {
    let data =
        r#"{"uuid":"u","type":"textResponseChunk","textResponse":"a\n\t\r\b\f\"\\\/é","close":true,"error":false}"#;
    let text = "a\n\t\r\u{8}\u{c}\"\\/é".to_owned();
    assert_eq!(short(data), Some(Frame::Chunk { text, close: true }));
    assert!(read_alike([data.as_bytes()]));
}

#[test]
fn what_stands_around_the_text_is_remembered_to_the_byte() {
    let piece = |text: &str, close: bool| {
        format!(r#"{{"uuid":"u","type":"textResponseChunk","textResponse":"{text}","close":{close},"error":false}}"#)
    };
    let mut chunks = plain::Chunks::default();
    for (text, close) in [("a", false), ("b\\\"c", false), ("", true), ("d", true), ("e", false)] {
        let expected = thorough::decode(piece(text, close).as_bytes()).unwrap();
        assert_eq!(chunks.read(piece(text, close).as_bytes()), Some(expected), "{text} {close}");
    }
    // A text of its own behind the one that is remembered, and one that ends too soon.
    let twice = piece(r#"a","textResponse":"b"#, false);
    assert_eq!(chunks.read(twice.as_bytes()), Some(thorough::decode(twice.as_bytes()).unwrap()));
    assert_eq!(chunks.read(&piece("a", false).as_bytes()[..piece("a", false).len() - 1]), None);
}

#[test]
fn whatever_differs_from_the_shape_is_left_to_the_reader_of_json() {
    for data in [
        "",
        "{}",
        r#"{"uuid":"u"}"#,
        r#"{"type":"textResponse","textResponse":"a"}"#,
        r#"{ "type":"textResponseChunk"}"#,
        r#"{"type":"textResponseChunk"} "#,
        r#"{"type":"textResponseChunk","other":1}"#,
        r#"{"type":"textResponseChunk","textResponse":null}"#,
        r#"{"type":"textResponseChunk","textResponse":"\u0041"}"#,
        r#"{"type":"textResponseChunk","textResponse":"a"#,
        r#"{"type":"textResponseChunk","textResponse":"a\"#,
        r#"{"type":"textResponseChunk","sources":[{}]}"#,
        r#"{"type":"textResponseChunk","error":"x"}"#,
        r#"{"type":"textResponseChunk",}"#,
        r#"{"type":"textResponseChunk"}}"#,
        "{\"type\":\"textResponseChunk\",\"textResponse\":\"\t\"}",
        "{\"uuid\":\"\\q\",\"type\":\"textResponseChunk\"}",
        "{\"uuid\":\"é\",\"type\":\"textResponseChunk\"}",
    ] {
        assert_eq!(short(data), None, "{data}");
    }
}
