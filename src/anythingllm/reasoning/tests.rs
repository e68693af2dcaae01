use super::*;
use proptest::prelude::*;

/// The pieces a splitter makes of the given ones.
fn pieces<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<(Kind, String)> {
    let mut splitter = ReasoningSplitter::new();
    let mut out = Vec::new();
    for text in texts {
        splitter.push(text, &mut out);
        assert!(splitter.held.len() <= MAX_BLANK + OPEN.len().max(CLOSE.len()));
    }
    splitter.finish(&mut out);
    assert!(out.iter().all(|(_, text)| !text.is_empty()));
    out
}

/// All reasoning and all of the answer.
fn split<'a>(texts: impl IntoIterator<Item = &'a str>) -> (String, String) {
    let of = |out: &[(Kind, String)], kind| out.iter().filter(|(k, _)| *k == kind).map(|(_, t)| t.as_str()).collect();
    let out = pieces(texts);
    (of(&out, Kind::Reasoning), of(&out, Kind::Answer))
}

fn both(reasoning: &str, answer: &str) -> (String, String) {
    (reasoning.to_owned(), answer.to_owned())
}

/// What the splitter is to make of a whole text, said in another way.
fn expected(text: &str) -> (String, String) {
    let rest = text.trim_start();
    let blank = &text[..text.len() - rest.len()];
    match rest.strip_prefix("<think>") {
        Some(rest) if blank.len() <= MAX_BLANK => match rest.split_once("</think>") {
            Some((reasoning, answer)) => (format!("{blank}{reasoning}"), answer.to_owned()),
            None => (format!("{blank}{rest}"), String::new()),
        },
        _ => (String::new(), text.to_owned()),
    }
}

#[test]
fn reasoning_is_told_from_the_answer() {
    for (text, reasoning, answer) in [
        ("", "", ""),
        ("yes", "", "yes"),
        ("<think>hm</think>yes", "hm", "yes"),
        ("<think></think>yes", "", "yes"),
        ("<think>hm</think>", "hm", ""),
        ("\n \u{a0}<think>\nhm\n</think>\n\nyes", "\n \u{a0}\nhm\n", "\n\nyes"),
        ("<think>never closed", "never closed", ""),
        ("<think>never <i>closed</thin", "never <i>closed</thin", ""),
        ("<think>a<</think>b", "a<", "b"),
        ("<think>a</</think>b", "a</", "b"),
        ("<think>a <think> b</think>c", "a <think> b", "c"),
        ("<think>äöü</think>é", "äöü", "é"),
    ] {
        assert_eq!(split([text]), both(reasoning, answer), "{text:?}");
        assert_eq!(expected(text), both(reasoning, answer), "{text:?}");
    }
}

#[test]
fn tags_elsewhere_are_words() {
    for text in [
        "Use <think> like this</think>",
        ".<think>a</think>",
        "</think>a",
        "<thinking>a</thinking>",
        "<Think>a</Think>",
        "< think>a</think>",
        "<the>",
        "<think",
        "  <",
        "   ",
        "<<think>a</think>",
    ] {
        assert_eq!(split([text]), both("", text), "{text:?}");
        assert_eq!(split(text.split_inclusive(|_: char| true)), both("", text), "{text:?} in characters");
    }
    let text = "<think>a</think>b<think>c</think>";
    assert_eq!(split([text]), both("a", "b<think>c</think>"));
}

#[test]
fn an_answer_without_reasoning_is_passed_on_at_once() {
    let answer = ["Our", " shop", " ships", " <b>worldwide", "</think>", " <", "think>"];
    let out = pieces(answer);
    assert_eq!(out, answer.map(|text| (Kind::Answer, text.to_owned())));
}

#[test]
fn reasoning_is_passed_on_as_far_as_it_is_certain() {
    let mut splitter = ReasoningSplitter::new();
    let mut out = Vec::new();
    for (text, emitted) in [
        ("<th", &[][..]),
        ("ink>", &[]),
        ("a", &[(Kind::Reasoning, "a")]),
        ("b<", &[(Kind::Reasoning, "b")]),
        ("c", &[(Kind::Reasoning, "<c")]),
        ("</thi", &[]),
        ("nk>d", &[(Kind::Answer, "d")]),
        ("<", &[(Kind::Answer, "<")]),
    ] {
        splitter.push(text, &mut out);
        let texts: Vec<_> = out.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(texts, emitted, "{text}");
        out.clear();
    }
}

#[test]
fn blank_answers_are_not_held_back_without_end() {
    let mut splitter = ReasoningSplitter::new();
    let mut out = Vec::new();
    for _ in 0..MAX_BLANK {
        splitter.push(" ", &mut out);
    }
    assert_eq!(out, []);
    splitter.push(" ", &mut out);
    assert_eq!(out, [(Kind::Answer, " ".repeat(MAX_BLANK + 1))]);
    out.clear();
    splitter.push("<think>a", &mut out);
    assert_eq!(out, [(Kind::Answer, "<think>a".to_owned())]);
}

#[test]
fn after_the_end_everything_is_answer() {
    let mut splitter = ReasoningSplitter::new();
    let mut out = Vec::new();
    splitter.push("<thi", &mut out);
    splitter.finish(&mut out);
    splitter.push("nk>", &mut out);
    splitter.finish(&mut out);
    assert_eq!(out, [(Kind::Answer, "<thi".to_owned()), (Kind::Answer, "nk>".to_owned())]);
}

/// Answers made of the pieces that matter.
fn answerlike() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec!["<think>", "</think>", "<", "</", "</th", "ink>", "think>", " ", "\n", "ä"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,4}",
        1 => Just(" ".repeat(MAX_BLANK)),
    ];
    (any::<bool>(), prop::collection::vec(piece, 0..10))
        .prop_map(|(opened, pieces)| format!("{}{}", if opened { "<think>" } else { "" }, pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn how_the_text_arrives_makes_no_difference(
        text in answerlike(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        places.retain(|place| text.is_char_boundary(*place));
        places.extend([0, text.len()]);
        places.sort_unstable();
        let parts = places.windows(2).map(|ends| &text[ends[0]..ends[1]]);
        prop_assert_eq!(split(parts), expected(&text));
        prop_assert_eq!(split([text.as_str()]), expected(&text));
        prop_assert_eq!(split(text.split_inclusive(|_: char| true)), expected(&text));
    }

    #[test]
    fn nothing_but_the_tags_is_taken_away(text in answerlike()) {
        let told: String = pieces([text.as_str()]).into_iter().map(|(_, text)| text).collect();
        let taken = text.len() - told.len();
        prop_assert!([0, OPEN.len(), OPEN.len() + CLOSE.len()].contains(&taken));
        if taken == 0 {
            prop_assert_eq!(told, text);
        }
    }
}
