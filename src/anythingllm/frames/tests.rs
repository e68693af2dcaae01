use super::*;
use proptest::prelude::*;
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

mod meaning {
    use super::*;

    #[test]
    fn a_chunk_is_a_piece_of_the_answer() {
        assert_eq!(
            frame(
                r#"{"uuid":"u","sources":[],"type":"textResponseChunk","textResponse":" gate\"w\u00e4y\n","close":false,"error":false}"#
            ),
            chunk(" gate\"wäy\n")
        );
        assert_eq!(
            frame(r#"{"id":"u","type":"textResponseChunk","textResponse":"","close":true,"error":null}"#),
            Frame::Chunk { text: String::new(), close: true }
        );
    }

    #[test]
    fn the_last_frame_has_chat_metrics_and_whitelisted_sources() {
        let frame = frame(
            r#"{"uuid":"u","type":"finalizeResponseStream","close":true,"error":false,"chatId":11,
            "metrics":{"completion_tokens":20,"prompt_tokens":333,"total_tokens":353,"outputTps":94.5,"duration":0.25,
            "model":"m","provider":"P","timestamp":"2026-11-23T07:05:01.114Z","totalCost":0.1},
            "sources":[{"id":"i","url":"web://x","title":"t","docAuthor":"tester","description":"d","docSource":"ds",
            "chunkSource":"cs","published":"11/23/2026","wordCount":34,"token_count_estimate":41,"text":"x","_distance":0.7,
            "score":0.3},{"text":"pinned"}]}"#,
        );
        let metrics = Metrics {
            prompt_tokens: Some(333),
            completion_tokens: Some(20),
            total_tokens: Some(353),
            duration_secs: Some(0.25),
            output_tokens_per_sec: Some(94.5),
            model: Some("m".into()),
            provider: Some("P".into()),
        };
        let source = Source {
            id: Some("i".into()),
            title: Some("t".into()),
            url: Some("web://x".into()),
            text: Some("x".into()),
            score: Some(0.3),
            distance: Some(0.7),
            description: Some("d".into()),
            doc_source: Some("ds".into()),
            chunk_source: Some("cs".into()),
            author: Some("tester".into()),
            offer: None,
            product: None,
            published: Some("11/23/2026".into()),
            word_count: Some(34),
        };
        let pinned = Source { text: Some("pinned".into()), ..Source::default() };
        assert_eq!(
            frame,
            Frame::Finalize { chat_id: Some(11), metrics: Some(metrics), sources: vec![source, pinned], text: None }
        );
    }

    #[test]
    fn a_finalize_without_an_answer_is_empty() {
        assert_eq!(
            frame(r#"{"uuid":"u","type":"finalizeResponseStream","close":true,"error":false}"#),
            Frame::Finalize { chat_id: None, metrics: None, sources: vec![], text: None }
        );
    }

    #[test]
    fn a_refusal_is_a_whole_answer_without_metrics() {
        assert_eq!(
            frame(
                r#"{"id":"u","type":"textResponse","textResponse":"no","sources":[],"attachments":[],"close":true,"error":null,"metrics":{}}"#
            ),
            Frame::Whole { text: "no".into(), sources: vec![], metrics: None }
        );
    }

    #[test]
    fn an_abort_carries_its_error_if_it_is_text() {
        for (error, text) in [(r#""boom""#, "boom"), ("null", ""), ("false", ""), ("true", ""), ("{\"a\":[1]}", "")] {
            assert_eq!(
                frame(&format!(r#"{{"id":"u","type":"abort","textResponse":null,"close":true,"error":{error}}}"#)),
                Frame::Abort { error: text.into() }
            );
        }
        assert_eq!(frame(r#"{"type":"abort"}"#), Frame::Abort { error: String::new() });
    }

    #[test]
    fn frames_of_other_types_are_passed_over() {
        for json in [
            "{}",
            r#"{"type":"usageMetrics","metrics":{"prompt_tokens":1}}"#,
            r#"{"type":"agentThought","thought":"x"}"#,
            r#"{"type":"toolApprovalRequest","x":{"y":[1,{"z":null}]}}"#,
            r#"{"action":"rename_thread","thread":{"slug":"s"}}"#,
            r#"{"type":null}"#,
            r#"{"type":7}"#,
            r#"{"type":["textResponseChunk"]}"#,
            r#"{"type":"TextResponseChunk","textResponse":"x"}"#,
            r#"{"textResponse":"x"}"#,
        ] {
            assert_eq!(frame(json), Frame::Other, "{json}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_absent() {
        let wrong = ["null", "true", "-1.5", "1e300", "\"x\"", "[[1],{\"a\":2}]", "{\"a\":{\"b\":[]}}"];
        for text in wrong.iter().filter(|w| **w != "\"x\"") {
            assert_eq!(frame(&format!(r#"{{"type":"textResponseChunk","textResponse":{text}}}"#)), chunk(""), "{text}");
        }
        let nothing = Frame::Finalize { chat_id: None, metrics: None, sources: vec![], text: None };
        for key in ["chatId", "metrics", "close", "error", "unknown"] {
            for value in wrong {
                let json = format!(r#"{{"type":"finalizeResponseStream","{key}":{value}}}"#);
                assert_eq!(frame(&json), nothing, "{json}");
            }
        }
        for value in wrong.iter().filter(|w| !w.starts_with('[')) {
            assert_eq!(frame(&format!(r#"{{"type":"finalizeResponseStream","sources":{value}}}"#)), nothing, "{value}");
        }
        assert_eq!(
            frame(
                r#"{"type":"finalizeResponseStream","metrics":{"prompt_tokens":"3","completion_tokens":-1,"total_tokens":1.5,"duration":"x","model":4,"outputTps":2},
                "sources":[1,"x",null,[],{"id":5,"score":"high","wordCount":-3,"title":{"a":1},"text":null}]}"#
            ),
            Frame::Finalize {
                chat_id: None,
                metrics: Some(Metrics { output_tokens_per_sec: Some(2.0), ..Metrics::default() }),
                sources: vec![Source::default()],
                text: None
            }
        );
    }

    #[test]
    fn of_a_repeated_key_the_last_value_counts() {
        assert_eq!(
            frame(r#"{"type":"abort","textResponse":"a","type":"textResponseChunk","textResponse":"b"}"#),
            chunk("b")
        );
    }

    #[test]
    fn an_escaped_key_is_the_key() {
        assert_eq!(frame(r#"{"t\u0079pe":"textResponseChunk","textResp\u006fnse":"b"}"#), chunk("b"));
    }

    #[test]
    fn half_an_emoji_is_replaced_instead_of_losing_the_answer() {
        for (json, text) in [
            (r"x\ud83d", "x\u{FFFD}"),
            (r"\ude00x", "\u{FFFD}x"),
            (r"\ud83d\ud83d\ude00", "\u{FFFD}😀"),
            (r"\uD83D\uDE00 \ud83dx", "😀 \u{FFFD}x"),
            (r"\\ud83d \ud83d", "\\ud83d \u{FFFD}"),
            (r#"\"\ud83d\""#, "\"\u{FFFD}\""),
            (r"\ud83d\n", "\u{FFFD}\n"),
        ] {
            let json = format!(r#"{{"type":"textResponseChunk","textResponse":"{json}"}}"#);
            assert_eq!(frame(&json), chunk(text), "{json}");
        }
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        let stream = b"data: {\"type\":\"textResponseChunk\",\"textResponse\":\"a\xFFb\"}\n\n";
        assert_eq!(whole(stream), (vec![chunk("a\u{FFFD}b")], Ok(())));
    }

    #[test]
    fn what_is_no_json_object_is_an_error() {
        for data in ["x", "nul", r#"{"a":1"#, r#"{"a":1}}"#, "{'a':1}", r#"{"a":"\q"}"#, r#"{"a":\ud83d}"#, "{\"a\":\t"]
        {
            assert_eq!(fault(&format!("data: {data}\n\n")), FrameError::NotJson, "{data}");
        }
        for data in ["1", "null", "true", "\"text\"", "[]", "[DONE]"] {
            assert_eq!(fault(&format!("data: {data}\n\n")), FrameError::NotAnObject, "{data}");
        }
    }

    #[test]
    fn nesting_without_end_is_an_error_and_no_crash() {
        for nested in ["[", "{\"a\":"] {
            for key in ["sources", "metrics", "error", "other"] {
                let json = format!("{{\"type\":\"abort\",\"{key}\":{}", nested.repeat(100_000));
                assert_eq!(fault(&format!("data: {json}\n\n")), FrameError::NotJson, "{key}");
            }
        }
    }

    #[test]
    fn errors_hold_nothing_of_the_stream() {
        let error = fault("data: secret\n\n");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

/// The short way of reading a piece of text.
mod plain_chunks {
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
            format!(
                r#"{{"uuid":"u","type":"textResponseChunk","textResponse":"{text}","close":{close},"error":false}}"#
            )
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

mod recorded {
    use super::*;

    #[test]
    fn every_recorded_stream_is_read_to_its_end() {
        for (name, stream) in recordings() {
            let (frames, end) = whole(stream.as_bytes());
            assert_eq!(end, Ok(()), "{name}");
            assert_eq!(frames.len(), stream.matches("data: ").count(), "{name}");
        }
    }

    #[test]
    fn every_recorded_stream_is_the_same_cut_at_any_byte() {
        for (name, stream) in recordings() {
            let expected = whole(stream.as_bytes());
            // Every byte of the short ones, which between them hold every kind of frame; the long ones repeat
            // themselves.
            let every = if stream.len() < 1300 { 1 } else { stream.len() / 200 };
            for at in (0..stream.len()).step_by(every) {
                let (head, tail) = stream.as_bytes().split_at(at);
                assert_eq!(parse(&mut FrameParser::default(), [head, tail]), expected, "{name} cut at {at}");
            }
            assert_eq!(parse(&mut FrameParser::default(), stream.as_bytes().chunks(1)), expected, "{name} in bytes");
        }
    }

    #[test]
    fn a_chat_ends_with_its_account() {
        let frames = frames(&recording("stream_chat_mode"));
        assert_eq!(frames.len(), 22);
        assert!(answer(&frames).starts_with("The gateway forwards this answer token by token"));
        assert_eq!(frames[20], Frame::Chunk { text: String::new(), close: true });
        let Frame::Finalize { chat_id: Some(_), metrics: Some(metrics), sources, text: None } = &frames[21] else {
            panic!("{:?}", frames[21])
        };
        assert_eq!(metrics.completion_tokens, Some(20));
        assert_eq!(metrics.model.as_deref(), Some("stub-model"));
        assert!(!sources.is_empty());
        assert!(sources.iter().all(|s| s.id.is_some() && s.title.is_some() && s.text.is_some() && s.score.is_some()));
    }

    #[test]
    fn a_provider_that_drops_is_an_abort_before_the_last_frame() {
        let frames = frames(&recording("stream_llm_drop"));
        let [.., Frame::Abort { error }, Frame::Finalize { chat_id: Some(_), .. }] = frames.as_slice() else {
            panic!("{frames:?}")
        };
        assert_eq!(error, "Premature close");
    }

    #[test]
    fn an_empty_answer_is_finalized_without_a_chat() {
        let frames = frames(&recording("stream_llm_empty"));
        assert_eq!(frames.last(), Some(&Frame::Finalize { chat_id: None, metrics: None, sources: vec![], text: None }));
    }

    #[test]
    fn a_query_without_a_hit_is_one_whole_answer() {
        let frames = frames(&recording("stream_query_mode_no_hit"));
        assert!(matches!(frames.as_slice(), [Frame::Whole { metrics: None, sources, .. }] if sources.is_empty()));
    }

    #[test]
    fn an_agent_repeats_its_answer() {
        let frames = frames(&recording("stream_agent_prefix"));
        let told = answer(&frames);
        let [
            ..,
            Frame::Other,
            Frame::Whole { text: again, .. },
            Frame::Finalize { chat_id: None, text: Some(thrice), .. },
        ] = frames.as_slice()
        else {
            panic!("{frames:?}")
        };
        assert_eq!((&told, &told), (again, thrice));
    }

    #[test]
    fn a_killed_upstream_leaves_neither_abort_nor_half_a_frame() {
        let frames = frames(&recording("stream_server_sigkill"));
        assert!(frames.iter().all(|f| matches!(f, Frame::Chunk { close: false, .. })));
    }
}

mod properties {
    use super::*;

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
}
