//! The longest prompts that answers of workspaces took in this process: what answers are estimated by whose figures
//! nobody knows.

use crate::domain::ids::WorkspaceId;
use crate::domain::quota::LEAST_PROMPT;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Workspaces that are remembered at most; then all are learned anew.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct LongestPrompts(Mutex<HashMap<WorkspaceId, u64>>);

impl LongestPrompts {
    pub(super) fn learn(&self, workspace: WorkspaceId, prompt: u64) {
        let mut longest = self.0.lock();
        if let Some(known) = longest.get_mut(&workspace) {
            *known = prompt.max(*known);
            return;
        }
        if longest.len() >= MOST {
            longest.clear();
        }
        longest.insert(workspace, prompt);
    }

    /// Of a workspace of which nothing is known, what a prompt takes at least.
    pub(super) fn of(&self, workspace: WorkspaceId) -> u64 {
        self.0.lock().get(&workspace).copied().unwrap_or(LEAST_PROMPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_longest_is_remembered_of_each_and_of_no_more_than_so_many() {
        let prompts = LongestPrompts::default();
        let workspace = |n: usize| WorkspaceId(Uuid::from_u128(n as u128));
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
}
