//! Calls of AnythingLLM that a page makes for whoever looks at it.

use super::visit::Visit;
use crate::anythingllm::OnBehalf;

impl Visit {
    pub(super) fn on_behalf(&self) -> OnBehalf<'_> {
        let admitted = self.admitted();
        OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() }
    }
}
