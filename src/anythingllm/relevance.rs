//! Which passages AnythingLLM's search has found by mistake.
//!
//! It makes a similarity of a cosine distance, and makes 1 of every distance of 1 and more: what has nothing to do with a
//! question passes every threshold as if it were the question itself (`pg/vector_search_orthogonal`). With pgvector it
//! does not say the distance, so a score of exactly 1 is not believed unless a distance beside it says the same.
//!
//! A passage at a distance of exactly 0 has a score of 1, too. It would have to be what was asked to the letter,
//! including the note with name and date that AnythingLLM embeds before every passage, which nobody asks.

/// Whether a passage with this score, at this distance if it is told, has nothing to do with what was asked.
pub(super) fn is_unrelated(score: Option<f64>, distance: Option<f64>) -> bool {
    score.is_some_and(|score| score >= 1.0) && distance.is_none_or(|distance| distance >= 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_score_needs_a_distance_that_agrees() {
        for (score, distance, unrelated) in [
            (Some(1.0), None, true),
            (Some(1.0), Some(1.0), true),
            (Some(1.0), Some(1.7), true),
            (Some(1.0), Some(0.0), false),
            // As near to 1 as there is below it.
            (Some(1.0 - f64::EPSILON / 2.0), None, false),
            (Some(0.33), None, false),
            // A reranker's, of a passage that was far away before.
            (Some(0.7), Some(1.2), false),
            // Pinned documents have none.
            (None, None, false),
        ] {
            assert_eq!(is_unrelated(score, distance), unrelated, "{score:?} {distance:?}");
        }
    }
}
