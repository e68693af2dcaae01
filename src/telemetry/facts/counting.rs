//! Tokens that are known only after their request: who wants to know them waits here.

use super::RequestFacts;
use crate::domain::usage::TokenUsage;
use std::fmt;
use std::sync::Arc;

type Told = Box<dyn FnOnce(Option<TokenUsage>) + Send>;

/// Who wants to know the tokens of an answer that are still being counted.
#[derive(Default)]
pub(super) struct Waiting(Option<Vec<Told>>);

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Waiting").field(&self.0.as_ref().map(Vec::len)).finish()
    }
}

/// Whoever holds this counts the tokens of an answer. When it is dropped they are what was last said of them, so that
/// nobody waits for ever.
#[derive(Debug)]
pub struct Counting {
    facts: Arc<RequestFacts>,
    tokens: Option<TokenUsage>,
}

impl RequestFacts {
    /// The tokens will be known later. Until then they are none.
    pub fn count_later(self: &Arc<Self>) -> Counting {
        self.waiting.lock().0.get_or_insert_default();
        Counting { facts: Arc::clone(self), tokens: None }
    }

    /// Tells the tokens: now, or once they are counted.
    pub fn when_counted(&self, told: impl FnOnce(Option<TokenUsage>) + Send + 'static) {
        {
            let mut waiting = self.waiting.lock();
            if let Some(waiting) = &mut waiting.0 {
                return waiting.push(Box::new(told));
            }
        }
        told(self.tokens());
    }
}

impl Counting {
    /// What they are, as far as is known.
    pub fn say(&mut self, tokens: Option<TokenUsage>) {
        self.tokens = tokens;
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        if let Some(tokens) = self.tokens {
            self.facts.set_tokens(tokens);
        }
        let waiting = self.facts.waiting.lock().0.take();
        for told in waiting.into_iter().flatten() {
            told(self.facts.tokens());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;

    const TOKENS: TokenUsage = TokenUsage { prompt: 210, completion: 20, estimated: false };

    #[test]
    fn everybody_is_told_once_whenever_they_ask() {
        let (facts, told) = (Arc::new(RequestFacts::default()), Arc::new(Mutex::new(Vec::new())));
        let ask = || {
            let told = Arc::clone(&told);
            facts.when_counted(move |tokens| told.lock().push(tokens));
        };
        ask();
        assert_eq!(std::mem::take(&mut *told.lock()), [None], "nothing is being counted");
        let mut counting = facts.count_later();
        ask();
        ask();
        assert!(told.lock().is_empty());
        counting.say(None);
        counting.say(Some(TOKENS));
        drop(counting);
        ask();
        assert_eq!(*told.lock(), [Some(TOKENS); 3]);
    }

    #[test]
    fn whoever_counts_and_fails_keeps_nobody_waiting() {
        let (facts, told) = (Arc::new(RequestFacts::default()), Arc::new(Mutex::new(Vec::new())));
        let counting = facts.count_later();
        let asked = Arc::clone(&told);
        facts.when_counted(move |tokens| asked.lock().push(tokens));
        drop(counting);
        assert_eq!(*told.lock(), [None]);
    }
}
