//! Streams that nobody thought of: cut anywhere, of any text, of any bytes.

use super::*;
use proptest::prelude::*;

/// Streams made of the pieces that matter.
fn streamlike() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(format!("data: {A}")),
        2 => Just("data: {\"type\":".to_owned()),
        1 => Just("data:{}".to_owned()),
        1 => Just("data".to_owned()),
        1 => Just(": ping".to_owned()),
        1 => Just("\u{FEFF}".to_owned()),
        3 => Just("\n".to_owned()),
        3 => Just("\n\n".to_owned()),
        3 => Just("\r\n\r\n".to_owned()),
        3 => Just("\r".to_owned()),
        1 => "\\PC{0,5}",
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat().into_bytes())
}

/// A member of an object that is a piece of text, or nearly.
fn part() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        "\"[ -~äß€😀\t]{0,12}\"",
        Just("null".to_owned()),
    ];
    prop_oneof![
        3 => Just(r#""type":"textResponseChunk""#.to_owned()),
        3 => text.clone().prop_map(|text| format!("\"textResponse\":{text}")),
        1 => text.prop_map(|text| format!("\"uuid\":{text}")),
        1 => Just(r#""type":"abort""#.to_owned()),
        1 => "\"close\":(true|false|null|1)",
        1 => "\"error\":(true|false|null|\"x\")",
        1 => "\"sources\":(\\[\\]|\\[1\\]|null)",
        1 => " ?\"t\\\\u0079pe\":\"abort\"",
    ]
}

/// The pieces of `stream`, cut at the given places.
fn cut<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut start = 0;
    for place in places {
        pieces.push(&stream[start..place]);
        start = place;
    }
    pieces.push(&stream[start..]);
    pieces
}

proptest! {
    #[test]
    fn how_a_stream_is_cut_makes_no_difference(
        stream in streamlike(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        cap in prop_oneof![Just(DEFAULT_MAX_FRAME_BYTES), 60_usize..90],
    ) {
        let expected = parse(&mut FrameParser::new(cap), [stream.as_slice()]);
        prop_assert_eq!(parse(&mut FrameParser::new(cap), cut(&stream, &cuts)), expected.clone());
        prop_assert_eq!(parse(&mut FrameParser::new(cap), stream.chunks(1)), expected);
    }

    #[test]
    fn the_short_way_never_means_anything_else(
        parts in prop::collection::vec(part(), 0..8),
        raw in prop::collection::vec(any::<u8>(), 0..3),
        at in any::<prop::sample::Index>(),
    ) {
        let data = format!("{{{}}}", parts.join(",")).into_bytes();
        // The same with something else somewhere, which mostly is no JSON any more.
        let (mut other, at) = (data.clone(), at.index(data.len() + 1));
        other.splice(at..(at + raw.len()).min(data.len()), raw);
        prop_assert!(read_alike([&data[..], &other[..], &data[..]]));
    }

    #[test]
    fn no_bytes_panic(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..10),
        cap in 0_usize..100,
    ) {
        let _ = parse(&mut FrameParser::new(cap), pieces.iter().map(Vec::as_slice));
    }

    #[test]
    fn no_data_panics(data in prop_oneof!["\\PC*", "[{}\\[\\]\":,0-9a-z\\\\ud83]*"]) {
        let _ = whole(format!("data: {data}\n\ndata: {{\"type\":\"abort\",\"error\":\"{data}\"}}\n\n").as_bytes());
    }

    #[test]
    fn any_text_comes_through_unchanged(text in any::<String>(), size in 1_usize..50) {
        let json = serde_json::json!({"type": "textResponseChunk", "textResponse": text, "close": false});
        let stream = format!("data: {json}\n\n");
        let (frames, end) = parse(&mut FrameParser::default(), stream.as_bytes().chunks(size));
        prop_assert_eq!((frames, end), (vec![chunk(&text)], Ok(())));
    }

    #[test]
    fn work_is_linear(lines in 1_usize..50, width in 0_usize..2000, size in 1_usize..100, end in "\n|\r\n|\r") {
        let line = format!("data: {}{end}", " ".repeat(width));
        let stream = format!("{}data: {{}}{end}{end}", line.repeat(lines));
        let mut parser = FrameParser::default();
        let (frames, ended) = parse(&mut parser, stream.as_bytes().chunks(size));
        prop_assert_eq!((frames, ended), (vec![Frame::Other], Ok(())));
        prop_assert!(parser.work <= 3 * stream.len(), "{} for {}", parser.work, stream.len());
    }
}
