//! Usage in money, by the prices that an operator has set.
//!
//! Sums of usage do not say which model answered, so everything is counted at the price of the model that AnythingLLM
//! answers with now. Whoever shows it says so.

use crate::anythingllm::Client;
use crate::config;
use crate::domain::usage::price::{ModelPrice, Money};
use moka::future::Cache;
use std::time::Duration;
use tokio::time::timeout;

/// For so long the model is not asked for again.
const REMEMBERED: Duration = Duration::from_secs(60);
/// A page does not wait longer for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The price in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceInForce {
    pub currency: String,
    pub price: ModelPrice,
}

/// Whether usage can be told in money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Priced {
    /// The operator has set no prices.
    NoPrices,
    /// AnythingLLM does not say which model it answers with.
    NoModel,
    /// There is no price of this model.
    Unknown {
        model: String,
    },
    Known(PriceInForce),
}

#[derive(Debug)]
pub struct Costs {
    client: Client,
    prices: config::Prices,
    model: Cache<(), String>,
}

impl PriceInForce {
    pub fn cost(&self, prompt_tokens: u64, completion_tokens: u64) -> Money {
        self.price.cost(prompt_tokens, completion_tokens)
    }
}

impl Costs {
    pub fn new(client: Client, prices: config::Prices) -> Self {
        Self { client, prices, model: Cache::builder().max_capacity(1).time_to_live(REMEMBERED).build() }
    }

    /// The price of the model that answers now.
    pub async fn in_force(&self) -> Priced {
        if self.prices.models.is_empty() {
            return Priced::NoPrices;
        }
        let Some(model) = self.model_in_use().await else { return Priced::NoModel };
        match self.prices.models.iter().find(|price| price.is_of(&model)) {
            Some(price) => Priced::Known(PriceInForce { currency: self.prices.currency.clone(), price: price.clone() }),
            None => Priced::Unknown { model },
        }
    }

    async fn model_in_use(&self) -> Option<String> {
        if let Some(model) = self.model.get(&()).await {
            return Some(model);
        }
        let model = timeout(PATIENCE, self.client.models()).await.ok()?.ok()?.llm.ok()?;
        self.model.insert((), model.clone()).await;
        Some(model)
    }
}
