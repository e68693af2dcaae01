//! The parser of an answer's stream: that it is an event stream, and keeps within its cap.

mod meaning;
mod plain_chunks;
mod properties;
mod recorded;

use super::*;
use std::path::{Path, PathBuf};

/// What a parser makes of a stream pushed in the given pieces: the frames, and how it ended.
fn parse<'a>(
    parser: &mut FrameParser,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Frame>, Result<(), FrameError>) {
    let mut frames = Vec::new();
    for piece in pieces {
        if let Err(error) = parser.push(piece, &mut frames) {
            return (frames, Err(error));
        }
    }
    let end = parser.finish();
    (frames, end)
}

fn whole(stream: &[u8]) -> (Vec<Frame>, Result<(), FrameError>) {
    parse(&mut FrameParser::default(), [stream])
}

fn frames(stream: &str) -> Vec<Frame> {
    let (frames, end) = whole(stream.as_bytes());
    assert_eq!(end, Ok(()), "{stream:?}");
    frames
}

fn frame(json: &str) -> Frame {
    let mut frames = frames(&format!("data: {}\n\n", json.replace('\n', "\ndata: ")));
    assert_eq!(frames.len(), 1);
    frames.remove(0)
}

fn fault(stream: &str) -> FrameError {
    whole(stream.as_bytes()).1.unwrap_err()
}

fn chunk(text: &str) -> Frame {
    Frame::Chunk { text: text.to_owned(), close: false }
}

const A: &str = r#"{"type":"textResponseChunk","textResponse":"a","close":false}"#;
const B: &str = r#"{"type":"textResponseChunk","textResponse":"b","close":false}"#;

/// The streams recorded from AnythingLLM, by file name.
fn recordings() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("upstream/recordings/chat");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let streams: Vec<_> = paths
        .into_iter()
        .filter_map(|path| {
            let recording: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let stream = recording["sse"].as_array()?.iter().map(|part| part["raw"].as_str().unwrap()).collect();
            Some((path.file_stem().unwrap().to_str().unwrap().to_owned(), stream))
        })
        .collect();
    assert!(streams.len() > 40, "the recordings are missing");
    streams
}

fn recording(name: &str) -> String {
    recordings().into_iter().find(|(n, _)| n == name).unwrap().1
}

/// The text that the chunks of a stream add up to.
fn answer(frames: &[Frame]) -> String {
    frames.iter().filter_map(|f| if let Frame::Chunk { text, .. } = f { Some(text.as_str()) } else { None }).collect()
}

mod event_stream {
    use super::*;

    #[test]
    fn lines_may_end_in_any_of_three_ways() {
        for [one, two, three, four] in
            [["\n"; 4], ["\r"; 4], ["\r\n"; 4], ["\r\n", "\n", "\r", "\r\n"], ["\n", "\r", "\r\n", "\r"]]
        {
            assert_eq!(frames(&format!("data: {A}{one}{two}data: {B}{three}{four}")), [chunk("a"), chunk("b")]);
        }
    }

    #[test]
    fn one_space_after_the_colon_is_no_data() {
        assert_eq!(frames(&format!("data:{A}\n\ndata: {B}\n\ndata:   {A}\n\n")), [chunk("a"), chunk("b"), chunk("a")]);
    }

    #[test]
    fn data_of_several_lines_is_one_frame() {
        assert_eq!(
            frames("data: {\"type\":\"textResponseChunk\",\ndata:\ndata\ndata: \"textResponse\":\ndata:\"a\"}\n\n"),
            [chunk("a")]
        );
        // The lines are joined by a line feed, which may not stand inside a JSON string.
        assert_eq!(fault("data: {\"type\":\"te\ndata: xt\"}\n\n"), FrameError::NotJson);
    }

    #[test]
    fn comments_and_other_fields_are_passed_over() {
        assert_eq!(
            frames(&format!(
                ": ping\n\n:\n\nevent: x\nid: 1\nretry: 10\ndata: {A}\nDATA: x\ndatax: y\n data: z\nnonsense\n:c\n\n"
            )),
            [chunk("a")]
        );
    }

    #[test]
    fn blank_lines_alone_are_no_frames() {
        assert_eq!(frames("\n\n\r\n\r\r\n\n"), []);
        assert_eq!(frames(&format!("\n\n\ndata: {A}\n\n\n\n\n")), [chunk("a")]);
    }

    #[test]
    fn an_event_without_data_says_nothing() {
        assert_eq!(frames("data:\n\ndata\n\ndata: \n\n"), [Frame::Other, Frame::Other, Frame::Other]);
    }

    #[test]
    fn only_the_stream_may_begin_with_a_byte_order_mark() {
        assert_eq!(frames(&format!("\u{FEFF}data: {A}\n\n")), [chunk("a")]);
        assert_eq!(frames(&format!("\u{FEFF}\ndata: {A}\n\n")), [chunk("a")]);
        assert_eq!(frames(&format!("\u{FEFF}:c\ndata: {A}\n\n")), [chunk("a")]);
        assert_eq!(frames(&format!("data: {A}\n\n\u{FEFF}data: {B}\n\n")), [chunk("a")]);
        assert_eq!(frames(&format!("\u{FEFF}\u{FEFF}data: {A}\n\n")), []);
    }

    #[test]
    fn half_a_frame_at_the_end_is_truncated() {
        for stream in
            ["data: {\"type\":", "data: {}", "data: {}\n", "data: {}\r\n", "d", "data", "event", "data: {}\n:x"]
        {
            assert_eq!(fault(stream), FrameError::Truncated, "{stream:?}");
        }
    }

    #[test]
    fn an_end_between_frames_is_an_end() {
        for stream in
            ["", "\n", "\r", ":", ": half a comm", "data: {}\n\n", "data: {}\r\r", "data: {}\n\n: ping", "\u{FEFF}"]
        {
            assert_eq!(whole(stream.as_bytes()).1, Ok(()), "{stream:?}");
        }
    }

    #[test]
    fn frames_before_a_fault_are_kept_and_the_fault_stays() {
        let mut parser = FrameParser::default();
        let mut out = Vec::new();
        let stream = format!("data: {A}\n\ndata: x\n\ndata: {B}\n\n");
        assert_eq!(parser.push(stream.as_bytes(), &mut out), Err(FrameError::NotJson));
        assert_eq!(parser.push(format!("data: {B}\n\n").as_bytes(), &mut out), Err(FrameError::NotJson));
        assert_eq!(parser.finish(), Err(FrameError::NotJson));
        assert_eq!(out, [chunk("a")]);
    }
}

mod cap {
    use super::*;

    const LINE: usize = A.len() + "data: ".len();

    #[test]
    fn a_frame_may_be_exactly_as_large_as_the_cap() {
        let stream = format!("data: {A}\n\n").repeat(3);
        for size in [1, 7, stream.len()] {
            let mut parser = FrameParser::new(LINE);
            assert_eq!(parse(&mut parser, stream.as_bytes().chunks(size)).0.len(), 3);
            let mut parser = FrameParser::new(LINE - 1);
            let too_large = Err(FrameError::TooLarge { limit: LINE - 1 });
            assert_eq!(parse(&mut parser, stream.as_bytes().chunks(size)), (vec![], too_large));
        }
    }

    #[test]
    fn a_frame_of_many_lines_is_capped_as_a_whole() {
        let stream = "data: {}\n".repeat(100);
        for size in [1, 10, stream.len()] {
            let mut parser = FrameParser::new(64);
            assert_eq!(parse(&mut parser, stream.as_bytes().chunks(size)).1, Err(FrameError::TooLarge { limit: 64 }));
        }
    }

    #[test]
    fn nothing_beyond_the_cap_is_ever_held() {
        for endless in ["data: xxxxxxxx", ": comment ", "x", "data:x\n"] {
            let mut parser = FrameParser::new(1000);
            let mut out = Vec::new();
            for _ in 0..10_000 {
                let _ = parser.push(endless.as_bytes(), &mut out);
                assert!(parser.line.len() + parser.data.len() <= 1000);
            }
            assert_eq!(parser.finish(), Err(FrameError::TooLarge { limit: 1000 }), "{endless}");
        }
    }

    #[test]
    fn comments_without_end_are_no_frame() {
        let mut parser = FrameParser::new(64);
        let stream = ": ping\n".repeat(1000);
        assert_eq!(parse(&mut parser, stream.as_bytes().chunks(10)), (vec![], Ok(())));
    }
}
