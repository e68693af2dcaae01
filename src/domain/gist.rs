//! The gist of a question: its words in one form, so that those who ask the same in about the same words are counted
//! together. No language is known here; what languages do to endings makes two questions of one.

use std::collections::BTreeSet;

/// More words than these are not looked at.
const MOST_WORDS: usize = 40;
/// A gist is no longer, in characters: beyond it, words are left out.
const MOST_CHARS: usize = 400;

/// The question's words in small letters, each once, in the order of the alphabet. None if there is no word.
pub fn gist(question: &str) -> Option<String> {
    let lower = question.to_lowercase();
    // A sign that joins words in one spelling and not in another parts them: `e-mail`, `NW-18`.
    let words: BTreeSet<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MOST_WORDS).collect();
    let mut gist = String::new();
    let mut chars = 0;
    for word in words {
        let more = word.chars().count() + usize::from(!gist.is_empty());
        if chars + more > MOST_CHARS {
            break;
        }
        if !gist.is_empty() {
            gist.push(' ');
        }
        gist.push_str(word);
        chars += more;
    }
    (!gist.is_empty()).then_some(gist)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_words_are_one_gist() {
        let one = gist("Do you ship to Austria?");
        assert_eq!(one.as_deref(), Some("austria do ship to you"));
        for same in ["do you ship to AUSTRIA", "  to Austria, do you ship?!", "Do you… ship to Austria? Austria!"] {
            assert_eq!(gist(same), one, "{same}");
        }
        for other in ["Do you ship to Australia?", "Ship to Austria"] {
            assert_ne!(gist(other), one, "{other}");
        }
        assert_eq!(gist("GRÖSSE 42?"), gist("grösse 42"));
        for nothing in ["", "?!…", " \n"] {
            assert_eq!(gist(nothing), None, "{nothing:?}");
        }
    }

    proptest! {
        /// Neither case nor order, signs nor repetition make another group of it; and a gist is its own.
        #[test]
        fn how_it_is_written_does_not_matter(
            mut words in prop::collection::vec("[a-zäöü0-9]{1,8}", 1..12),
            seed in any::<u64>(),
            sign in "[ ,.!?\n-]{1,3}",
        ) {
            let plain = gist(&words.join(" "));
            prop_assert!(plain.is_some());
            let again = words[usize::try_from(seed % words.len() as u64).unwrap()].clone();
            words.push(again);
            let turn = usize::try_from(seed % words.len() as u64).unwrap();
            words.rotate_left(turn);
            prop_assert_eq!(&gist(&words.join(&sign).to_uppercase().to_lowercase()), &plain);
            prop_assert_eq!(&gist(plain.as_deref().unwrap()), &plain);
        }

        #[test]
        fn nothing_makes_it_long(question in "\\PC{0,3000}") {
            let length = gist(&question).map_or(0, |gist| gist.chars().count());
            prop_assert!(length <= MOST_CHARS);
        }
    }
}
