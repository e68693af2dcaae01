//! Whether a person is to be offered with an answer, as the workspace's staff has set it.

use super::ask::Question;
use crate::api::ApiState;
use crate::domain::webhook::WebhookEvent;
use crate::domain::workspace::HandoffMode;
use serde_json::json;

/// When one is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::api) struct Handover {
    /// The question has one of the words that ask for a person.
    asked_for: bool,
    /// With the first refusal. Whoever shows the conversation counts further ones (`after_refusals`).
    at_a_refusal: bool,
}

impl Handover {
    /// Never, while the database cannot say it.
    pub(super) async fn of(state: &ApiState, question: &Question) -> Self {
        let workspace = &question.workspace;
        let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await.ok().flatten();
        let Some(known) = known else { return Self::default() };
        let support = &known.content.support;
        if support.handoff_mode == HandoffMode::Off {
            return Self::default();
        }
        let asked_for = support.trigger_phrases.iter().any(|phrase| says(&question.message, phrase));
        if asked_for {
            Box::pin(tell(state, question)).await;
        }
        Self { asked_for, at_a_refusal: support.after_refusals == Some(1) }
    }

    pub(super) const fn is_offered(self, refused: bool) -> bool {
        self.asked_for || self.at_a_refusal && refused
    }
}

/// Tells the workspace's webhooks, once a conversation. The answer does not wait for anybody who is told, and does not
/// fail when nobody can be.
async fn tell(state: &ApiState, question: &Question) {
    let (event, session) = (WebhookEvent::HandedOver, question.session.as_str());
    let told = state
        .webhooks
        .tell(&question.workspace, event, session, &json!({ "by": "phrase", "session_id": session }))
        .await;
    if let Err(error) = told {
        tracing::warn!(%error, workspace = %question.workspace.id, "webhooks cannot be told that a person is wanted");
    }
}

/// Whether a text has these words, in whatever case, and not within others: a person is no `salesperson`.
fn says(text: &str, phrase: &str) -> bool {
    let (text, phrase) = (text.to_lowercase(), phrase.trim().to_lowercase());
    let within_a_word = |edge: Option<char>, beside: Option<char>| {
        // Scripts without cases put no blanks between words.
        let is_of_a_word = |c: char| c.is_lowercase() || c.is_numeric();
        edge.is_some_and(is_of_a_word) && beside.is_some_and(is_of_a_word)
    };
    let (first, last) = (phrase.chars().next(), phrase.chars().next_back());
    !phrase.is_empty()
        && text.match_indices(&phrase).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let behind = text.get(at + found.len()..).and_then(|behind| behind.chars().next());
            !within_a_word(first, before) && !within_a_word(last, behind)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_as_words() {
        for (text, phrase, found) in [
            ("I want to talk to a Person!", "person", true),
            ("Are you the salesperson?", "person", false),
            ("personal data", "person", false),
            ("Ich m\u{f6}chte einen MENSCHEN sprechen", "menschen", true),
            ("\u{4eba}\u{3068}\u{8a71}\u{3057}\u{305f}\u{3044}", "\u{4eba}\u{3068}", true),
            ("call me", " call ", true),
            ("anything", "  ", false),
            ("a human being", "human being", true),
            ("x", "a person", false),
        ] {
            assert_eq!(says(text, phrase), found, "{text} {phrase}");
        }
    }

    #[test]
    fn a_refusal_offers_a_person_where_the_first_one_does() {
        let at_a_refusal = Handover { asked_for: false, at_a_refusal: true };
        assert!(at_a_refusal.is_offered(true) && !at_a_refusal.is_offered(false));
        assert!(Handover { asked_for: true, at_a_refusal: false }.is_offered(false));
        assert!(!Handover::default().is_offered(true));
    }
}
