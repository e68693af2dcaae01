//! What products cost that a question is about. Their documents do not say it, so it is told with the question.

use crate::anythingllm::{OnBehalf, Passage, Search, Source};
use crate::api::ApiState;
use crate::catalog::product::product_of;
use crate::domain::access::Reached;
use crate::domain::ids::WorkspaceId;
use crate::domain::product::Offer;
use crate::domain::workspace::Workspace;
use crate::storage::StorageError;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::timeout;

/// A question is asked without prices rather than later than this.
const PATIENCE: Duration = Duration::from_secs(2);
/// More is not told, in characters: AnythingLLM's search for passages goes by the whole message, and would turn to the
/// products that are told from what the question is about.
const MOST: usize = 1500;
/// For the same reason only of products that are so near to the question, compared with what is nearest.
const NEAR: f64 = 0.8;

/// What products cost, by their keys.
pub(in crate::api) type Offers = HashMap<String, Offer>;

/// What was learned of a question before it is asked.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The offers of the products that AnythingLLM finds for it, best first. None: the workspace has no catalogue, or it
    /// cannot be known now; an answer then does not know prices, and never states an old one.
    pub(super) offers: Option<String>,
    /// The same by product.
    pub(super) by_product: Offers,
    /// Whether any passage has to do with it; none: nobody has looked.
    pub(super) finds_related: Option<bool>,
}

/// Looks for what the products cost that the question is about, in workspaces that have any.
pub(super) async fn find(state: &ApiState, workspace: &Reached, question: &str, request: OnBehalf<'_>) -> Looked {
    let found = async {
        let known = state.managed_workspace_directory.find(workspace.tenant, workspace.id).await;
        let version = known.inspect_err(unknown).ok()??.knowledge_version;
        if !state.catalog.has_offers(workspace, version).await.inspect_err(unknown).ok()? {
            return None;
        }
        let search = Search { query: question, top_n: None, score_threshold: None };
        // Boxed, so that those without a catalogue do not carry it along.
        let passages = Box::pin(state.client.search(&workspace.upstream_slug, search, request)).await;
        let passages =
            passages.inspect_err(|error| tracing::info!(%error, "a question is asked without prices")).ok()?;
        let finds_related = Some(!passages.is_empty());
        let products = products_of(workspace, &passages);
        let by_product = by_product(state, workspace, &products).await.inspect_err(unknown).unwrap_or_default();
        let best = passages.iter().map(|passage| passage.score).fold(0.0, f64::max);
        let near = passages.iter().zip(&products).filter(|(passage, _)| passage.score >= NEAR * best);
        let offers = told(near.filter_map(|(_, product)| by_product.get(product.as_ref()?)?.words.as_ref()));
        Some(Looked { offers, by_product, finds_related })
    };
    let found = timeout(PATIENCE, found).await.unwrap_or_else(|_| {
        tracing::info!("a question is asked without prices: AnythingLLM's search takes too long");
        None
    });
    found.unwrap_or_default()
}

/// Puts what products cost beside the sources that are about them.
pub(in crate::api) fn tell(sources: &mut [Source], by_product: &Offers, workspace: WorkspaceId) {
    if by_product.is_empty() {
        return;
    }
    for source in sources {
        let product = source.author.as_deref().and_then(|author| product_of(author, workspace));
        let offer = product.and_then(|product| by_product.get(&product).cloned()).unwrap_or_default();
        (source.offer, source.product) = (offer.words, offer.card);
    }
}

/// What the products cost now that kept sources are about; none while nobody can say.
pub(in crate::api) async fn of_sources<'a>(
    state: &ApiState,
    workspace: &Workspace,
    sources: impl Iterator<Item = &'a Source> + Send,
) -> Offers {
    let product = |source: &Source| product_of(source.author.as_deref()?, workspace.id);
    let products: Vec<Option<String>> = sources.map(product).collect();
    by_product(state, workspace, &products).await.unwrap_or_else(|error| {
        tracing::info!(%error, "sources are told without prices");
        Offers::new()
    })
}

fn told<'a>(offers: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut told = String::new();
    let mut left = MOST;
    for offer in offers {
        let length = offer.chars().count();
        if length <= left && !told.contains(offer) {
            left -= length;
            told.push_str(offer);
            told.push('\n');
        }
    }
    (!told.is_empty()).then(|| told.trim_end().to_owned())
}

/// The offer of each passage's product, where there is one.
///
/// # Errors
/// Of the database.
pub(in crate::api) async fn of_passages(
    state: &ApiState,
    workspace: &Workspace,
    passages: &[Passage],
) -> Result<Vec<Option<Offer>>, StorageError> {
    let products = products_of(workspace, passages);
    let offers = by_product(state, workspace, &products).await?;
    Ok(products.into_iter().map(|product| offers.get(&product?).cloned()).collect())
}

/// The product that each passage is about, where it is one of ours.
fn products_of(workspace: &Workspace, passages: &[Passage]) -> Vec<Option<String>> {
    passages.iter().map(|passage| product_of(passage.author.as_deref()?, workspace.id)).collect()
}

/// The offers of these products, where there are any.
async fn by_product(
    state: &ApiState,
    workspace: &Workspace,
    products: &[Option<String>],
) -> Result<Offers, StorageError> {
    let mut keys: Vec<String> = products.iter().flatten().cloned().collect();
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        return Ok(Offers::new());
    }
    // Boxed, so that those who find no products do not carry it along.
    Ok(Box::pin(state.catalog.offers(workspace, &keys)).await?.into_iter().collect())
}

fn unknown(error: &StorageError) {
    tracing::info!(%error, "a question is asked without prices");
}
