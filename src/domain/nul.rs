//! NUL characters: PostgreSQL has no text with one, neither ours nor AnythingLLM's. What comes from outside is refused or
//! loses them before it gets there.

use std::borrow::Cow;

/// What somebody is told who has sent one.
pub const NO_NUL: &str = "must not hold a NUL character";

pub fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

/// The text without them.
pub fn without_nul(text: &str) -> Cow<'_, str> {
    if has_nul(text) { text.replace('\0', "").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_but_the_character_goes(text in "[a\\x00ß]{0,8}") {
            let without = without_nul(&text);
            prop_assert_eq!(has_nul(&text), without.len() < text.len());
            prop_assert!(!has_nul(&without));
            prop_assert!(without.chars().eq(text.chars().filter(|c| *c != '\0')));
        }
    }
}
