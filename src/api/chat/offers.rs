//! What products cost that a question is about. Their documents do not say it, so it is told with the question.

use crate::anythingllm::{OnBehalf, Passage, Search};
use crate::api::ApiState;
use crate::catalog::product::product_of;
use crate::domain::access::Reached;
use crate::domain::workspace::Workspace;
use crate::storage::StorageError;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::timeout;

/// A question is asked without prices rather than later than this.
const PATIENCE: Duration = Duration::from_secs(2);
/// More is not told, in characters: the search for passages goes by the whole message.
const MOST: usize = 4000;

/// The offers of the products that AnythingLLM finds for this question, best first. None: the workspace has no
/// catalogue, or it cannot be known now; an answer then does not know prices, and never states an old one.
pub(super) async fn find(
    state: &ApiState,
    workspace: &Reached,
    question: &str,
    request: OnBehalf<'_>,
) -> Option<String> {
    let found = async {
        if !state.catalog.has_offers(workspace).await.inspect_err(unknown).ok()? {
            return None;
        }
        let search = Search { query: question, top_n: None, score_threshold: None };
        let passages = state.client.search(&workspace.upstream_slug, search, request).await;
        let passages =
            passages.inspect_err(|error| tracing::info!(%error, "a question is asked without prices")).ok()?;
        let offers = of_passages(state, workspace, &passages).await.inspect_err(unknown).ok()?;
        let mut told = String::new();
        let mut left = MOST;
        for offer in offers.into_iter().flatten() {
            let length = offer.chars().count();
            if length <= left && !told.contains(&offer) {
                left -= length;
                told.push_str(&offer);
                told.push('\n');
            }
        }
        (!told.is_empty()).then(|| told.trim_end().to_owned())
    };
    timeout(PATIENCE, found).await.unwrap_or_else(|_| {
        tracing::info!("a question is asked without prices: AnythingLLM's search takes too long");
        None
    })
}

/// The offer of each passage's product, where there is one.
///
/// # Errors
/// Of the database.
pub(in crate::api) async fn of_passages(
    state: &ApiState,
    workspace: &Workspace,
    passages: &[Passage],
) -> Result<Vec<Option<String>>, StorageError> {
    let product = |passage: &Passage| product_of(passage.author.as_deref()?, workspace.id);
    let products: Vec<Option<String>> = passages.iter().map(product).collect();
    let mut keys: Vec<String> = products.iter().flatten().cloned().collect();
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        return Ok(vec![None; passages.len()]);
    }
    let offers: HashMap<String, String> = state.catalog.offers(workspace, &keys).await?.into_iter().collect();
    Ok(products.into_iter().map(|key| offers.get(&key?).cloned()).collect())
}

fn unknown(error: &StorageError) {
    tracing::info!(%error, "a question is asked without prices");
}
