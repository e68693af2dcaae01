//! Reading a JSON answer without the lists in it that nobody asked for: AnythingLLM answers with all documents and
//! threads of a workspace, a kilobyte each, whoever wants to know its settings.

use crate::anythingllm::error::{Said, UpstreamError};
use serde::de::DeserializeOwned;

/// Keeps an answer that arrives in pieces, without the elements of these lists.
#[derive(Debug)]
pub(super) struct Skim {
    /// What stands before the elements. Inside of a string of JSON its quotes would be escaped, so it is found nowhere
    /// else.
    lists: &'static [&'static [u8]],
    limit: usize,
    kept: Vec<u8>,
    /// Brackets that are open within a list.
    open: u32,
    in_string: bool,
    escaped: bool,
    too_large: bool,
}

impl Skim {
    /// Keeps `limit` bytes at most.
    pub(super) fn without(lists: &'static [&'static [u8]], limit: usize) -> Self {
        Self { lists, limit, kept: Vec::new(), open: 0, in_string: false, escaped: false, too_large: false }
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        for byte in piece {
            if self.open > 0 {
                self.pass_over(*byte);
            } else if self.kept.len() < self.limit {
                self.kept.push(*byte);
                if *byte == b'[' && self.lists.iter().any(|list| self.kept.ends_with(list)) {
                    self.open = 1;
                }
            } else {
                self.too_large = true;
            }
        }
    }

    fn pass_over(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            b'[' | b'{' if !self.in_string => self.open = self.open.saturating_add(1),
            b']' | b'}' if !self.in_string => {
                self.open -= 1;
                if self.open == 0 {
                    self.kept.push(b']');
                }
            }
            _ => {}
        }
    }

    /// What was kept.
    pub(super) fn json<T: DeserializeOwned>(self) -> Result<T, UpstreamError> {
        if self.too_large {
            return Err(UpstreamError::TooLarge { limit: self.limit });
        }
        serde_json::from_slice(&self.kept).map_err(|error| UpstreamError::Contract(Said::new(&error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::Skim;
    use crate::anythingllm::UpstreamError;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const LISTS: &[&[u8]] = &[br#""documents":["#, br#""threads":["#];

    fn skimmed(text: &str, size: usize, limit: usize) -> Result<Value, UpstreamError> {
        let mut skim = Skim::without(LISTS, limit);
        text.as_bytes().chunks(size).for_each(|piece| skim.push(piece));
        skim.json()
    }

    #[test]
    fn lists_are_passed_over_wherever_they_are_cut() {
        let answer = json!({"workspace": [{
            "a": "\"documents\":[1]",
            "documents": [{"x": "]\\\"}", "y": [[], {"documents": [1]}]}, "]"],
            "name": "Shop",
            "threads": [],
            "z": [1, 2],
        }]});
        let expected = json!({"workspace": [{
            "a": "\"documents\":[1]", "documents": [], "name": "Shop", "threads": [], "z": [1, 2],
        }]});
        let text = answer.to_string();
        for size in 1..=text.len() {
            assert_eq!(skimmed(&text, size, 1000).unwrap(), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_kept_has_an_end_and_what_is_cut_off_is_not_believed() {
        let text = json!({"name": "x".repeat(100), "documents": ["y".repeat(1000)]}).to_string();
        assert!(skimmed(&text, 7, 200).is_ok());
        assert!(matches!(skimmed(&text, 7, 50), Err(UpstreamError::TooLarge { limit: 50 })));
        assert!(matches!(skimmed(&text[..text.len() - 3], 7, 200), Err(UpstreamError::Contract(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_otherwise(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut skim = Skim::without(LISTS, 200);
            skim.push(&bytes);
            let _ = skim.json::<Value>();
        }

        #[test]
        fn elements_of_any_text_are_passed_over(elements in proptest::collection::vec("\\PC{0,20}", 0..6)) {
            let text = json!({"documents": elements, "name": "Shop"}).to_string();
            prop_assert_eq!(skimmed(&text, 3, 100).unwrap(), json!({"documents": [], "name": "Shop"}));
        }
    }
}
