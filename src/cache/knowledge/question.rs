//! What a kept answer is an answer to. Another word, limit, workspace, setting or document is another question.

use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::workspace::ManagedWorkspace;

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

impl Edition {
    /// All of it, each part of a fixed length.
    pub(in crate::cache) fn bytes(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(self.tenant.0.as_bytes());
        bytes[16..32].copy_from_slice(self.workspace.0.as_bytes());
        bytes[32..40].copy_from_slice(&self.settings.to_be_bytes());
        bytes[40..].copy_from_slice(&self.knowledge.to_be_bytes());
        bytes
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
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.edition.bytes().to_vec();
        bytes.extend_from_slice(&[self.top_n.is_some().into(), self.top_n.unwrap_or_default()]);
        bytes.push(self.score_threshold.is_some().into());
        bytes.extend_from_slice(&self.score_threshold.unwrap_or_default().to_be_bytes());
        bytes.extend_from_slice(self.query.as_bytes());
        bytes
    }

    /// What it weighs in memory, about.
    pub(super) fn len(&self) -> usize {
        self.query.len() + 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::shelf;
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
        let edition =
            (0_u128..3, 0_u128..3, 0_i64..3, 0_i64..3).prop_map(|(tenant, workspace, settings, knowledge)| {
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
            let name = |key, question: &Question| shelf::name(&[key; 32], &question.bytes());
            prop_assert_eq!(name(7, &one) == name(7, &other), one == other);
            prop_assert_ne!(name(7, &one), name(8, &one));
        }
    }
}
