use super::*;
use proptest::prelude::*;

/// `|` stands for the joiner.
fn marked(text: &str) -> String {
    text.replace(JOINER, "|")
}

/// JavaScript's `\s`.
fn is_js_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}'
        | '\u{205F}' | '\u{3000}' | '\u{FEFF}')
}

fn is_js_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `/(?:\b\s|^)(\/command)(?:\b\s|$)/`, as AnythingLLM searches for a saved word.
fn finds_preset(text: &str, command: &str) -> bool {
    text.match_indices(command).any(|(at, _)| {
        let mut before = text[..at].chars().rev();
        let mut after = text[at + command.len()..].chars();
        let starts = match (before.next(), before.next()) {
            (None, _) => true,
            (Some(space), word) => is_js_space(space) && word.is_some_and(is_js_word),
        };
        let ends = match after.next() {
            None => true,
            Some(space) => is_js_space(space) && command.ends_with(is_js_word),
        };
        starts && ends
    })
}

/// Whether AnythingLLM would do anything with the text but answer it: what it checks today, also after trimming, with
/// every word of the text saved as a command. Commands are made of letters, digits, `-` and `_`; here only a joiner
/// right after the slash is ruled out.
fn triggers(text: &str) -> bool {
    let starts = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.starts_with("@agent") || text.starts_with("/reset")
    };
    let mut words = text.split(|c| is_js_space(c) || c == '\u{85}');
    starts(text)
        || starts(text.trim_start_matches(is_js_space))
        || words.any(|word| {
            word.strip_prefix('/').is_some_and(|name| !name.is_empty() && !name.starts_with(JOINER))
                && finds_preset(text, word)
        })
}

#[test]
fn triggers_are_found_by_the_test_itself() {
    for text in ["@agent", "@agent do", "@agents", "/reset", "/RESET now", "/shipping", "x /shipping y", "x /shipping"]
    {
        assert!(triggers(text), "{text}");
    }
    for text in ["agent", "x @agent", "24/7", "x/shipping", "x /shippings!", "? /shipping", ""] {
        assert!(!finds_preset(text, "/shipping") && !text.starts_with("@agent"), "{text}");
    }
}

#[test]
fn what_anythingllm_acts_on_gets_a_joiner() {
    for (message, defused) in [
        ("@agent", "@|agent"),
        ("@agent search the web", "@|agent search the web"),
        ("@AGENT x", "@|AGENT x"),
        ("@Agent-code", "@|Agent-code"),
        ("@agentx", "@|agentx"),
        ("  @agent x", "  @|agent x"),
        ("\n\t@agent", "\n\t@|agent"),
        ("\u{A0}\u{3000}\u{2028}@agent", "\u{A0}\u{3000}\u{2028}@|agent"),
        ("\u{FEFF}@agent", "\u{FEFF}@|agent"),
        ("/reset", "/|reset"),
        ("/RESET please", "/|RESET please"),
        ("/resetx", "/|resetx"),
        ("/shipping", "/|shipping"),
        ("about /shipping please", "about /|shipping please"),
        ("/a /b\n/c\u{A0}/d\u{FEFF}/e\u{85}/f", "/|a /|b\n/|c\u{A0}/|d\u{FEFF}/|e\u{85}/|f"),
        (" /x", " /|x"),
        ("/2go", "/|2go"),
        ("/_x /-x", "/|_x /|-x"),
        ("/über", "/|über"),
        ("/etc/hosts", "/|etc/hosts"),
        ("//x", "/|/x"),
        ("@agent /reset", "@|agent /|reset"),
        ("/reset @agent", "/|reset @agent"),
        ("😀 /x", "😀 /|x"),
    ] {
        assert_eq!(marked(&defuse(message)), defused, "{message}");
        assert!(!triggers(&defuse(message)), "{message}");
        assert_eq!(restore(&defuse(message)), message);
    }
}

#[test]
fn other_messages_are_not_even_copied() {
    for message in [
        "",
        " ",
        "Where is my order?",
        "24/7",
        "and/or",
        "https://shop.example/a/b",
        "5 / 3",
        "/",
        "a / ",
        "/ reset",
        "a/ b",
        "mail@agent.example",
        "ask @agent",
        "@ agent",
        "@support",
        "@",
        "@agen",
        "@äagent",
        "(/x)",
        "x,/y",
        "10/20/30",
        "km/h",
    ] {
        assert!(matches!(defuse(message), Cow::Borrowed(_)), "{message}");
        assert!(matches!(restore(message), Cow::Borrowed(_)), "{message}");
        assert_eq!(defuse(message), message);
    }
}

#[test]
fn a_message_that_brings_its_own_joiner_is_given_back_with_it() {
    for (message, defused) in [
        ("@|agent", "@||agent"),
        ("/|reset", "/||reset"),
        ("/|", "/||"),
        ("@||agent", "@|||agent"),
        ("a|b @|agent", "a|b @|agent"),
    ] {
        let message = message.replace('|', "\u{2060}");
        assert_eq!(marked(&defuse(&message)), defused);
        assert_eq!(restore(&defuse(&message)), message);
    }
}

#[test]
fn joiners_elsewhere_are_left_in() {
    for text in ["a\u{2060}b", "x/\u{2060}y", "/\u{2060} x", "@\u{2060}support", "a @\u{2060}agent", "/\u{2060}"] {
        assert_eq!(restore(text), text);
    }
}

#[test]
fn length_is_counted_in_characters() {
    for (message, length) in [("", 0), ("abc", 3), ("äöü", 3), ("😀", 1), ("e\u{301}", 2), ("👩‍👩‍👧", 5), ("\r\n", 2)]
    {
        assert_eq!(normalised_length(message), length, "{message}");
    }
}

/// Messages made of the pieces that matter.
fn messagelike() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![" ", "\n", "\u{A0}", "\u{FEFF}", "\u{85}", "\u{2060}", "\u{200B}", "\r\n"])
            .prop_map(str::to_owned),
        3 => prop::sample::select(vec!["/", "@", "@agent", "@AGENT", "/reset", "/Reset", "/x", "agent", "//"])
            .prop_map(str::to_owned),
        2 => "[a-z0-9_.,!?-]{1,4}",
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_defused_message_triggers_nothing(message in messagelike()) {
        prop_assert!(!triggers(&defuse(&message)), "{:?}", defuse(&message));
    }

    #[test]
    fn restoring_gives_the_message_back(message in messagelike()) {
        let defused = defuse(&message);
        prop_assert_eq!(restore(&defused), message.as_str());
    }

    #[test]
    fn only_joiners_are_added(message in messagelike()) {
        let plain: String = message.replace(JOINER, "");
        prop_assert_eq!(defuse(&message).replace(JOINER, ""), plain);
    }

    #[test]
    fn a_message_without_triggers_of_any_kind_is_untouched(message in "[^/@]*") {
        prop_assert_eq!(defuse(&message), message.as_str());
    }

    #[test]
    fn any_text_comes_back(message in any::<String>()) {
        let defused = defuse(&message);
        prop_assert_eq!(restore(&defused), message.as_str());
    }
}
