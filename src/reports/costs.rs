//! Usage in money, by the prices that an operator has set: of each model what it answered. What no model is known of (it
//! is older than that was written down, or an answer broke off) is counted at the price of the one that AnythingLLM
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

/// Tokens of prompts, and of answers.
pub type Tokens = (u64, u64);

/// The prices in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    pub currency: String,
    models: Vec<ModelPrice>,
    pub now: ModelNow,
}

/// What AnythingLLM answers with now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelNow {
    /// It does not say.
    Unsaid,
    Unpriced(String),
    Priced(ModelPrice),
}

/// What usage costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expense {
    pub money: Money,
    /// Models that have no price: what they answered is not in it.
    pub unpriced: Vec<String>,
    /// What no model is known of is in it, at the price of the model that answers now.
    pub assumed: bool,
    /// The same is not in it, because that model has none.
    pub left_out: bool,
}

#[derive(Debug)]
pub struct Costs {
    client: Client,
    prices: config::Prices,
    model: Cache<(), String>,
}

impl Prices {
    /// Of a model, as AnythingLLM calls it.
    pub fn of(&self, called: &str) -> Option<&ModelPrice> {
        self.models.iter().find(|price| price.is_of(called))
    }

    /// Of the model that answers now.
    pub fn of_now(&self) -> Option<&ModelPrice> {
        if let ModelNow::Priced(price) = &self.now { Some(price) } else { None }
    }

    /// What all of it costs, with what each model took of it.
    pub fn cost<'a>(&self, by_model: impl Iterator<Item = (&'a str, Tokens)>, (prompt, completion): Tokens) -> Expense {
        let (mut cost, mut rest) = (Expense::default(), (prompt, completion));
        for (model, (prompt, completion)) in by_model {
            rest = (rest.0.saturating_sub(prompt), rest.1.saturating_sub(completion));
            match self.of(model) {
                Some(price) => cost.money.0 += price.cost(prompt, completion).0,
                None if (prompt, completion) != (0, 0) => cost.unpriced.push(model.to_owned()),
                None => {}
            }
        }
        match self.of_now() {
            _ if rest == (0, 0) => {}
            Some(price) => {
                cost.money.0 += price.cost(rest.0, rest.1).0;
                cost.assumed = true;
            }
            None => cost.left_out = true,
        }
        cost
    }

    /// The one price of all of it, if there is only one: then every part has it, too.
    pub fn only<'a>(
        &self,
        by_model: impl Iterator<Item = (&'a str, Tokens)>,
        (prompt, completion): Tokens,
    ) -> Option<&ModelPrice> {
        let (mut only, mut rest) = (None, (prompt, completion));
        for (model, (prompt, completion)) in by_model.filter(|(_, tokens)| *tokens != (0, 0)) {
            rest = (rest.0.saturating_sub(prompt), rest.1.saturating_sub(completion));
            let price = self.of(model)?;
            if only.replace(price).is_some_and(|before| before != price) {
                return None;
            }
        }
        match (only, rest) {
            (Some(price), (0, 0)) => Some(price),
            (None, _) => self.of_now(),
            (Some(price), _) => self.of_now().filter(|now| *now == price),
        }
    }
}

impl Costs {
    pub fn new(client: Client, prices: config::Prices) -> Self {
        Self { client, prices, model: Cache::builder().max_capacity(1).time_to_live(REMEMBERED).build() }
    }

    /// The prices that usage is counted by; none if the operator has set none.
    pub async fn in_force(&self) -> Option<Prices> {
        let config::Prices { currency, models } = &self.prices;
        if models.is_empty() {
            return None;
        }
        let now = match self.model_in_use().await {
            None => ModelNow::Unsaid,
            Some(model) => match models.iter().find(|price| price.is_of(&model)) {
                Some(price) => ModelNow::Priced(price.clone()),
                None => ModelNow::Unpriced(model),
            },
        };
        Some(Prices { currency: currency.clone(), models: models.clone(), now })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn prices(now: ModelNow) -> Prices {
        let models = vec!["small=1/2".parse().unwrap(), "large=10/20".parse().unwrap()];
        Prices { currency: "USD".into(), models, now }
    }

    fn of_now(model: &str) -> Prices {
        prices(ModelNow::Priced(prices(ModelNow::Unsaid).of(model).unwrap().clone()))
    }

    const MILLION: u64 = 1_000_000;

    fn money(cost: &Expense) -> String {
        cost.money.to_text()
    }

    #[test]
    fn each_model_is_counted_at_its_own_price_and_the_rest_at_the_present_ones() {
        let by_model = [("openai, small", (MILLION, MILLION)), ("large", (MILLION, 0))];
        let cost = of_now("small").cost(by_model.into_iter(), (2 * MILLION, MILLION));
        assert_eq!((money(&cost).as_str(), cost.assumed, cost.unpriced.len()), ("13.0000", false, 0));
        let cost = of_now("small").cost(by_model.into_iter(), (3 * MILLION, MILLION));
        assert_eq!((money(&cost).as_str(), cost.assumed), ("14.0000", true));
        for now in [ModelNow::Unsaid, ModelNow::Unpriced("other".into())] {
            let cost = prices(now).cost(by_model.into_iter(), (3 * MILLION, MILLION));
            assert_eq!((money(&cost).as_str(), cost.assumed, cost.left_out), ("13.0000", false, true));
        }
    }

    #[test]
    fn what_has_no_price_is_named_and_not_guessed_at() {
        let by_model = [("small", (MILLION, 0)), ("free", (0, 0)), ("huge", (5, 5))];
        let cost = of_now("large").cost(by_model.into_iter(), (MILLION + 5, 5));
        assert_eq!((money(&cost).as_str(), &cost.unpriced[..]), ("1.0000", &["huge".to_owned()][..]));
        assert!(!cost.assumed && !cost.left_out);
    }

    #[test]
    fn parts_have_a_price_where_there_is_only_one() {
        let small = |tokens| [("small", (tokens, 0))].into_iter();
        let of =
            |prices: &Prices, tokens: u64, all| prices.only(small(tokens), (all, 0)).map(|price| price.model.clone());
        assert_eq!(of(&of_now("large"), 7, 7), Some("small".into()), "it alone has answered");
        assert_eq!(of(&of_now("large"), 7, 8), None, "and something else besides");
        assert_eq!(of(&of_now("small"), 7, 8), Some("small".into()));
        assert_eq!(of(&of_now("large"), 0, 8), Some("large".into()));
        let both = [("small", (1, 0)), ("large", (1, 0))];
        assert_eq!(of_now("small").only(both.into_iter(), (2, 0)), None);
        assert_eq!(of_now("small").only([("huge", (1, 0))].into_iter(), (1, 0)), None);
    }
}
