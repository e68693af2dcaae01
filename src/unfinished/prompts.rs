//! The longest prompts that answers of workspaces took: what answers are estimated by whose figures nobody knows. Of its
//! own answers a process learns at once; what all replicas learned is in PostgreSQL (`answer_tokens`) and looked up there
//! now and then.

use crate::domain::ids::WorkspaceId;
use crate::domain::quota::LEAST_PROMPT;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Workspaces that are remembered at most; then all are learned anew.
const MOST: usize = 10_000;
/// Between two looks at what others have learned.
const BETWEEN_LOOKS: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Learned {
    prompt: Option<u64>,
    looked_up: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct LongestPrompts(Mutex<HashMap<WorkspaceId, Learned>>);

impl LongestPrompts {
    pub(super) fn learn(&self, workspace: WorkspaceId, prompt: u64) {
        self.with(workspace, |learned| learned.prompt = learned.prompt.max(Some(prompt)));
    }

    /// Whether it is time to look up what others have learned; of all who ask, one is told so.
    pub(super) fn is_due(&self, workspace: WorkspaceId, now: Instant) -> bool {
        self.with(workspace, |learned| {
            let is_due = learned.looked_up.is_none_or(|at| now.saturating_duration_since(at) >= BETWEEN_LOOKS);
            if is_due {
                learned.looked_up = Some(now);
            }
            is_due
        })
    }

    /// Of a workspace of which nothing is known, what a prompt takes at least.
    pub(super) fn of(&self, workspace: WorkspaceId) -> u64 {
        self.0.lock().get(&workspace).and_then(|learned| learned.prompt).unwrap_or(LEAST_PROMPT)
    }

    fn with<T>(&self, workspace: WorkspaceId, change: impl FnOnce(&mut Learned) -> T) -> T {
        let mut all = self.0.lock();
        if all.len() >= MOST && !all.contains_key(&workspace) {
            all.clear();
        }
        change(all.entry(workspace).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn workspace(n: usize) -> WorkspaceId {
        WorkspaceId(Uuid::from_u128(n as u128))
    }

    #[test]
    fn the_longest_is_remembered_of_each_and_of_no_more_than_so_many() {
        let prompts = LongestPrompts::default();
        assert_eq!(prompts.of(workspace(0)), LEAST_PROMPT);
        for prompt in [210, 4_000, 300] {
            prompts.learn(workspace(0), prompt);
        }
        prompts.learn(workspace(1), 7);
        assert_eq!([prompts.of(workspace(0)), prompts.of(workspace(1))], [4_000, 7]);
        for n in 2..=MOST {
            prompts.learn(workspace(n), 1);
        }
        assert_eq!(prompts.0.lock().len(), 1);
    }

    #[test]
    fn one_looks_up_what_others_learned_and_once_in_a_while_again() {
        let (prompts, now) = (LongestPrompts::default(), Instant::now());
        assert!(prompts.is_due(workspace(0), now) && prompts.is_due(workspace(1), now));
        assert!(!prompts.is_due(workspace(0), now));
        assert_eq!(prompts.of(workspace(0)), LEAST_PROMPT);
        prompts.learn(workspace(0), 4_000);
        assert!(!prompts.is_due(workspace(0), now + BETWEEN_LOOKS - Duration::from_millis(1)));
        assert!(prompts.is_due(workspace(0), now + BETWEEN_LOOKS));
        assert_eq!(prompts.of(workspace(0)), 4_000);
    }
}
