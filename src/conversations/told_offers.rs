//! What the shop says of prices beside a question: in words that a model understands, and taken out again where the
//! question is shown.

/// Begins what is told. Never changed: histories hold it.
const BEGIN: &str = "[Prices and availability in the shop now:]\n";
const NOW: &str = "\n[The customer asks:]\n";

/// The question with what the products cost that it may be about.
pub fn before(offers: &str, question: &str) -> String {
    let mut offers = offers.to_owned();
    // Nothing a shop writes can be taken for the end of what is told.
    while offers.contains(NOW.trim()) {
        offers = offers.replace(NOW.trim(), "");
    }
    format!("{BEGIN}{offers}{NOW}{question}")
}

/// A question without what was told with it.
pub(super) fn without(text: &str) -> &str {
    if !text.starts_with(BEGIN) {
        return text;
    }
    text.split_once(NOW).map_or(text, |(_, question)| question)
}

#[cfg(test)]
mod tests {
    use super::{before, without};
    use proptest::prelude::*;

    #[test]
    fn the_question_stands_last() {
        assert_eq!(
            before("Drill: 149 EUR", "What does it cost?"),
            "[Prices and availability in the shop now:]\nDrill: 149 EUR\n[The customer asks:]\nWhat does it cost?"
        );
    }

    proptest! {
        #[test]
        fn what_is_told_is_taken_out_again(
            offers in "(a|\\[The customer asks:\\]|\n|\\[The |customer asks:\\]){0,8}",
            question in "(b|\n|\\[|\\[The customer asks:\\]){1,6}",
        ) {
            let told = before(&offers, &question);
            prop_assert_eq!(without(&told), question.as_str());
            prop_assert_eq!(without(&question), question.as_str());
        }
    }
}
