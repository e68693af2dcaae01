//! What somebody types into a search, as PostgreSQL looks for it. No language is known here: words are found by how they
//! begin, so that `saddle` finds `saddles`, and letters and digits that belong together however they are joined, so that
//! `nw18` finds `NW-18`.

/// Terms that are looked for at most.
const MOST_TERMS: usize = 20;

/// The text of a `tsquery`. What holds no word finds nothing, and nothing that is typed is an error.
///
/// Words must all be there, in question or answer; `"in quotes"` one after the other and whole; `-so` not; `or` between
/// two of them is enough with one.
pub(in crate::storage) fn search(typed: &str) -> String {
    let mut alternatives = vec![Vec::new()];
    let mut is_or = false;
    for term in terms(typed).into_iter().take(MOST_TERMS) {
        if term == Term::Or {
            is_or = true;
            continue;
        }
        let Some(text) = term.query() else { continue };
        if std::mem::take(&mut is_or) {
            alternatives.push(Vec::new());
        }
        if let Some(all) = alternatives.last_mut() {
            all.push(text);
        }
    }
    let alternatives: Vec<_> =
        alternatives.into_iter().filter(|all| !all.is_empty()).map(|all| all.join(" & ")).collect();
    alternatives.join(" | ")
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
            Self::Word(word, is_meant) => (spellings(word)?, is_meant),
            Self::Phrase(words, is_meant) => {
                let parts: Vec<_> =
                    words.iter().flat_map(|word| pieces(word)).map(|piece| number(&piece, "")).collect();
                (Some(parts.join(" <-> ")).filter(|text| !text.is_empty())?, is_meant)
            }
        };
        Some(if *is_meant { format!("({text})") } else { format!("!({text})") })
    }
}

/// All ways in which the word may be written.
fn spellings(word: &str) -> Option<String> {
    let pieces = pieces(word);
    let joined = pieces.concat();
    if joined.is_empty() {
        return None;
    }
    let mut ways = vec![lexeme(&joined, ":*")];
    // Hyphenated words, hosts and addresses are kept whole, too.
    let whole = word.trim_matches(|c: char| !c.is_alphanumeric());
    if whole != joined && whole.chars().all(|c| c.is_alphanumeric() || "-._/@".contains(c)) {
        ways.push(lexeme(whole, ":*"));
    }
    if pieces.len() > 1 {
        let all: Vec<_> = pieces.iter().map(|piece| number(piece, ":*")).collect();
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
fn number(piece: &str, prefix: &str) -> String {
    if piece.starts_with(char::is_numeric) {
        format!("({} | {})", lexeme(piece, prefix), lexeme(&format!("-{piece}"), prefix))
    } else {
        lexeme(piece, prefix)
    }
}

/// Of letters, digits and signs that mean nothing within quotes.
fn lexeme(text: &str, prefix: &str) -> String {
    format!("'{text}'{prefix}")
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
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_leaves_its_quotes(typed in ".{0,300}") {
            let query = search(&typed);
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
