//! What somebody types into a search, as PostgreSQL looks for it. No language is known here: words are found by how they
//! begin, so that `saddle` finds `saddles`, and letters and digits that belong together however they are joined, so that
//! `nw18` finds `NW-18`.

/// Terms that are looked for at most.
const MOST_TERMS: usize = 20;
/// Characters of a word that `vestibule.words_in` keeps.
const KEPT_CHARS: usize = 200;
/// No beginning: words as the text has them.
const AS_IT_IS: &str = "";

/// The text of a `tsquery`. What holds no word finds nothing, and nothing that is typed is an error.
///
/// Words must all be there, in question or answer; `"in quotes"` one after the other and whole; `-so` not; `or` between
/// two of them is enough with one.
pub(in crate::storage) fn search(typed: &str) -> String {
    let all = |terms: Vec<Term>| terms.iter().filter_map(Term::query).collect::<Vec<_>>().join(" & ");
    alternatives(typed).into_iter().map(all).collect::<Vec<_>>().join(" | ")
}

/// What every text holds that [`search`] finds, as the index of a workspace's words has it: each word behind `beginning`
/// and cut as there, and nothing of their order or of what must not be there. None where that says too little, because
/// an alternative only excludes; and of what finds nothing.
pub(in crate::storage) fn narrowing(typed: &str, beginning: &str) -> Option<String> {
    let mut needed = Vec::new();
    for terms in alternatives(typed) {
        let all: Vec<_> = terms.iter().filter_map(|term| term.needed(beginning)).collect();
        if all.is_empty() {
            return None;
        }
        needed.push(all.join(" & "));
    }
    Some(needed.join(" | ")).filter(|text| !text.is_empty())
}

/// The terms that hold a word, by what `or` parts.
fn alternatives(typed: &str) -> Vec<Vec<Term>> {
    let mut alternatives: Vec<Vec<Term>> = Vec::new();
    let mut is_or = true;
    for term in terms(typed).into_iter().take(MOST_TERMS) {
        if term == Term::Or {
            is_or = true;
        } else if term.query().is_some() {
            match alternatives.last_mut().filter(|_| !is_or) {
                Some(all) => all.push(term),
                None => alternatives.push(vec![term]),
            }
            is_or = false;
        }
    }
    alternatives
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    Or,
    /// One that must be there, or must not.
    Word(String, bool),
    /// Several, one after the other.
    Phrase(Vec<String>, bool),
}

fn terms(typed: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for (at, part) in typed.to_lowercase().split('"').enumerate() {
        if at % 2 == 1 {
            // `-"not so"`: the sign stands at the end of what came before.
            let is_not = terms.pop_if(|term| *term == Term::Word("-".into(), true)).is_some();
            terms.push(Term::Phrase(part.split_whitespace().map(str::to_owned).collect(), !is_not));
            continue;
        }
        for word in part.split_whitespace() {
            terms.push(match (word, word.strip_prefix('-')) {
                ("or", _) => Term::Or,
                (_, Some(rest)) if rest.starts_with(char::is_alphanumeric) => Term::Word(rest.to_owned(), false),
                _ => Term::Word(word.to_owned(), true),
            });
        }
    }
    terms
}

impl Term {
    fn query(&self) -> Option<String> {
        let (text, is_meant) = match self {
            Self::Or => return None,
            Self::Word(word, is_meant) => (spellings(word, AS_IT_IS)?, is_meant),
            Self::Phrase(words, is_meant) => (whole(words, " <-> ", AS_IT_IS)?, is_meant),
        };
        Some(if *is_meant { format!("({text})") } else { format!("!({text})") })
    }

    /// What must be there of it, for [`narrowing`].
    fn needed(&self, beginning: &str) -> Option<String> {
        let text = match self {
            Self::Word(word, true) => spellings(word, beginning)?,
            Self::Phrase(words, true) => whole(words, " & ", beginning)?,
            Self::Or | Self::Word(_, false) | Self::Phrase(_, false) => return None,
        };
        Some(format!("({text})"))
    }
}

/// Whole words.
fn whole(words: &[String], joined: &str, beginning: &str) -> Option<String> {
    let pieces = words.iter().flat_map(|word| pieces(word));
    let parts: Vec<_> = pieces.map(|piece| number(&piece, "", beginning)).collect();
    Some(parts.join(joined)).filter(|text| !text.is_empty())
}

/// All ways in which the word may be written.
fn spellings(word: &str, beginning: &str) -> Option<String> {
    let pieces = pieces(word);
    let joined = pieces.concat();
    if joined.is_empty() {
        return None;
    }
    let mut ways = vec![lexeme(&joined, ":*", beginning)];
    // Hyphenated words, hosts and addresses are kept whole, too.
    let whole = word.trim_matches(|c: char| !c.is_alphanumeric());
    if whole != joined && whole.chars().all(|c| c.is_alphanumeric() || "-._/@".contains(c)) {
        ways.push(lexeme(whole, ":*", beginning));
    }
    if pieces.len() > 1 {
        let all: Vec<_> = pieces.iter().map(|piece| number(piece, ":*", beginning)).collect();
        ways.push(format!("({})", all.join(" & ")));
    }
    Some(ways.join(" | "))
}

/// The letters and the digits of a word, apart: of `nw-18` and of `nw18` they are the same.
fn pieces(word: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut before = None;
    for c in word.chars() {
        let kind = if c.is_numeric() {
            Some(true)
        } else if c.is_alphanumeric() {
            Some(false)
        } else {
            None
        };
        match (kind, pieces.last_mut()) {
            (Some(_), Some(piece)) if kind == before => piece.push(c),
            (Some(_), _) => pieces.push(c.to_string()),
            (None, _) => {}
        }
        before = kind;
    }
    pieces
}

/// PostgreSQL reads the hyphen of `NW-18` as a sign of the number.
fn number(piece: &str, prefix: &str, beginning: &str) -> String {
    if piece.starts_with(char::is_numeric) {
        let signed = lexeme(&format!("-{piece}"), prefix, beginning);
        format!("({} | {signed})", lexeme(piece, prefix, beginning))
    } else {
        lexeme(piece, prefix, beginning)
    }
}

/// Of letters, digits and signs that mean nothing within quotes.
fn lexeme(text: &str, prefix: &str, beginning: &str) -> String {
    // The text itself holds longer words than the index.
    let most = if beginning.is_empty() { usize::MAX } else { KEPT_CHARS };
    format!("'{beginning}{}'{prefix}", text.chars().take(most).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_looked_for_by_how_they_begin() {
        assert_eq!(search("Saddle"), "('saddle':*)");
        assert_eq!(search("drill -heavy"), "('drill':*) & !('heavy':*)");
        assert_eq!(search("drill OR saddle"), "('drill':*) | ('saddle':*)");
    }

    #[test]
    fn letters_and_digits_are_the_same_however_they_are_joined() {
        let parts = "('nw':* & ('18':* | '-18':*))";
        assert_eq!(search("nw18"), format!("('nw18':* | {parts})"));
        assert_eq!(search("NW-18"), format!("('nw18':* | 'nw-18':* | {parts})"));
    }

    #[test]
    fn what_is_quoted_is_whole_and_in_order() {
        assert_eq!(search("\"free returns\""), "('free' <-> 'returns')");
        assert_eq!(search("-\"free returns\" now"), "!('free' <-> 'returns') & ('now':*)");
    }

    #[test]
    fn what_holds_no_word_looks_for_nothing() {
        for typed in ["", " ", "'\":&|!(", "-", "or", "\"\"", "or or"] {
            assert_eq!(search(typed), "", "{typed}");
            assert_eq!(narrowing(typed, "w"), None, "{typed}");
        }
    }

    #[test]
    fn what_must_be_there_is_looked_for_in_the_workspace() {
        assert_eq!(narrowing("Saddle -heavy", "w1").as_deref(), Some("('w1saddle':*)"));
        assert_eq!(
            narrowing("\"free returns\" or now", "w1").as_deref(),
            Some("('w1free' & 'w1returns') | ('w1now':*)")
        );
        assert_eq!(narrowing("nw18", "w1").as_deref(), Some("('w1nw18':* | ('w1nw':* & ('w118':* | 'w1-18':*)))"));
        assert_eq!(narrowing("-heavy", "w1"), None);
        assert_eq!(narrowing("saddle or -heavy", "w1"), None);
        assert_eq!(narrowing(&"x".repeat(300), "w").unwrap(), format!("('w{}':*)", "x".repeat(200)));
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_leaves_its_quotes(typed in ".{0,300}") {
            for query in [search(&typed), narrowing(&typed, "0a1b2c3d").unwrap_or_default()] {
                prop_assert!(query.len() <= 64 * (typed.len() + 1));
                for (at, part) in query.split('\'').enumerate() {
                    let is_safe = if at % 2 == 1 {
                        part.chars().all(|c| c.is_alphanumeric() || "-._/@".contains(c))
                    } else {
                        part.chars().all(|c| " ()&|!<->:*".contains(c))
                    };
                    prop_assert!(is_safe, "{query}");
                }
            }
        }
    }
}
