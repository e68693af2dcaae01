//! Which stored answer is the one that broke off.

use crate::anythingllm::{StoredMessage, StoredRole};
use crate::domain::usage::TokenUsage;
use crate::domain::usage::unfinished::UnfinishedAnswer;
use chrono::TimeDelta;

/// How far AnythingLLM's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// What the answer took, if it is among these: the newest to the same question that begins the same way and was stored
/// after it was asked. Another like it in the same conversation took as much, about.
pub(super) fn tokens_of(answer: &UnfinishedAnswer, history: &[StoredMessage]) -> Option<TokenUsage> {
    let is_question = |message: &StoredMessage| {
        message.role == StoredRole::User
            && message.sent_at >= answer.asked_at - SKEW
            && answer.question.is(&message.content)
    };
    let is_answer = |message: &&StoredMessage| {
        message.role == StoredRole::Assistant && answer.beginning.begins(message.content.trim_start())
    };
    let pairs = history.chunk_by(|a, b| a.chat_id == b.chat_id).rev();
    pairs.filter(|pair| pair.iter().any(is_question)).find_map(|pair| pair.iter().find(is_answer)?.tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Ambient;
    use crate::domain::conversation::UpstreamSession;
    use crate::domain::ids::{EventId, RequestId, TenantId};
    use crate::domain::usage::unfinished::TextDigest;
    use chrono::{DateTime, Utc};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_001_713 + second, 0).unwrap()
    }

    fn pair(chat_id: i64, question: &str, said: &str, second: i64, prompt: Option<u32>) -> [StoredMessage; 2] {
        let message = |role, content: &str, tokens| StoredMessage {
            chat_id,
            role,
            content: content.to_owned(),
            sent_at: at(second),
            sources: Vec::new(),
            is_unfounded: false,
            is_refusal: false,
            tokens,
        };
        let tokens = prompt.map(|prompt| TokenUsage { prompt, completion: 12, estimated: false });
        [message(StoredRole::User, question, None), message(StoredRole::Assistant, said, tokens)]
    }

    #[test]
    fn the_answer_is_known_by_its_question_its_beginning_and_its_time() {
        let answer = UnfinishedAnswer {
            event: EventId(uuid::Uuid::nil()),
            at: at(0),
            tenant: TenantId::DEFAULT,
            upstream_slug: "shop".into(),
            session: UpstreamSession::new("s"),
            question: TextDigest::of("Returns?"),
            beginning: TextDigest::of("Within "),
            asked_at: at(0),
            request_id: RequestId::accept(None, &Ambient::system()),
            charged: None,
        };
        let found = |pairs: &[[StoredMessage; 2]]| tokens_of(&answer, pairs.as_flattened()).map(|tokens| tokens.prompt);
        let ours = pair(4, "Returns?", "Within 30 days", 1, Some(143));
        assert_eq!(found(&[pair(3, "Returns?", "Within 30", 0, Some(1)), ours.clone()]), Some(143));
        assert_eq!(found(&[ours, pair(5, "And then?", "Within a week", 2, Some(2))]), Some(143));
        for other in [
            pair(4, "Returns?", "No.", 1, Some(1)),
            pair(4, "Refunds?", "Within 30 days", 1, Some(1)),
            pair(4, "Returns?", "Within 30 days", -3600, Some(1)),
            pair(4, "Returns?", "Within 30 days", 1, None),
        ] {
            assert_eq!(found(&[other]), None);
        }
    }
}
