//! The streams that were recorded from AnythingLLM.

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
    let [.., Frame::Other, Frame::Whole { text: again, .. }, Frame::Finalize { chat_id: None, text: Some(thrice), .. }] =
        frames.as_slice()
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
