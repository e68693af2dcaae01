//! What a kept answer is an answer to. Another word, limit, workspace, setting or document is another question.

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::workspace::ManagedWorkspace;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

/// A workspace as it is at one moment: whose it is, its settings, and what its documents say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edition {
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    /// The version of what its staff set.
    pub settings: i64,
    /// The version of what its documents say.
    pub knowledge: i64,
}

impl From<&ManagedWorkspace> for Edition {
    fn from(workspace: &ManagedWorkspace) -> Self {
        Self {
            tenant: workspace.tenant,
            workspace: workspace.id,
            settings: workspace.version,
            knowledge: workspace.knowledge_version,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    edition: Edition,
    query: String,
    top_n: Option<u8>,
    /// The bits of the number, which compare and hash.
    score_threshold: Option<u32>,
}

impl Question {
    /// A query to a workspace. White space does not count.
    pub fn new(edition: Edition, query: &str, top_n: Option<u8>, score_threshold: Option<f32>) -> Self {
        let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { edition, query, top_n, score_threshold: score_threshold.map(f32::to_bits) }
    }

    /// All of it: no two questions are the same bytes, because only the last part has no fixed length.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + self.query.len());
        bytes.extend_from_slice(self.edition.tenant.0.as_bytes());
        bytes.extend_from_slice(self.edition.workspace.0.as_bytes());
        bytes.extend_from_slice(&self.edition.settings.to_be_bytes());
        bytes.extend_from_slice(&self.edition.knowledge.to_be_bytes());
        bytes.extend_from_slice(&[self.top_n.is_some().into(), self.top_n.unwrap_or_default()]);
        bytes.push(self.score_threshold.is_some().into());
        bytes.extend_from_slice(&self.score_threshold.unwrap_or_default().to_be_bytes());
        bytes.extend_from_slice(self.query.as_bytes());
        bytes
    }

    /// A name that tells nothing of it to whoever has not the key, not even by guessing.
    pub(super) fn name(&self, key: &[u8; 32]) -> String {
        // As in `RootKey::derive`: filled up here, so that no error is left to handle.
        let mut block = [0; 64];
        block[..32].copy_from_slice(key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&self.bytes());
        let mut name = String::with_capacity(64);
        for byte in mac.finalize().into_bytes() {
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// What it weighs in memory, about.
    pub(super) fn len(&self) -> usize {
        self.query.len() + 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Ambient;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn edition() -> Edition {
        let ambient = Ambient::system();
        Edition { tenant: TenantId::DEFAULT, workspace: WorkspaceId::new(&ambient), settings: 1, knowledge: 1 }
    }

    #[test]
    fn only_white_space_makes_no_difference() {
        let one = edition();
        let question = |edition, query, top_n| Question::new(edition, query, top_n, Some(0.5));
        let base = question(one, "return policy", Some(3));
        assert_eq!(base, question(one, "  return \n policy ", Some(3)));
        assert_ne!(base, question(one, "Return policy", Some(3)));
        assert_ne!(base, question(one, "return policy", None));
    }

    /// Few values of each part, so that two questions often share all but one.
    fn any_question() -> impl Strategy<Value = Question> {
        let edition = (0_u128..3, 0_u128..3, 0_i64..3, 0_i64..3).prop_map(|(tenant, workspace, settings, knowledge)| {
            let (tenant, workspace) = (TenantId(Uuid::from_u128(tenant)), WorkspaceId(Uuid::from_u128(workspace)));
            Edition { tenant, workspace, settings, knowledge }
        });
        let threshold = prop::option::of(prop::sample::select(vec![0.0_f32, 0.25, 1.0]));
        (edition, "[ab\u{0}\u{1}]{0,4}", prop::option::of(0_u8..3), threshold)
            .prop_map(|(edition, query, top_n, threshold)| Question::new(edition, &query, top_n, threshold))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        /// So nothing crosses tenant, workspace, settings, knowledge or parameters.
        #[test]
        fn two_questions_have_one_name_only_if_they_are_the_same(one in any_question(), other in any_question()) {
            prop_assert_eq!(one.bytes() == other.bytes(), one == other);
            prop_assert_eq!(one.name(&[7; 32]) == other.name(&[7; 32]), one == other);
            prop_assert_ne!(one.name(&[7; 32]), one.name(&[8; 32]));
        }
    }
}
