//! What a frame means: every type that AnythingLLM sends, and whatever else may come instead.

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
    for data in ["x", "nul", r#"{"a":1"#, r#"{"a":1}}"#, "{'a':1}", r#"{"a":"\q"}"#, r#"{"a":\ud83d}"#, "{\"a\":\t"] {
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
