//! What models cost, as an operator sets it, and what an amount of tokens costs by it. Whole numbers only: sums of money
//! are exact.

use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::str::FromStr;

/// Decimals of a price.
const DECIMALS: usize = 6;
const ONE: u128 = 1_000_000;
/// Longest name of a model, in bytes.
const LONGEST_NAME: usize = 200;

/// What a model takes for a million tokens, in millionths of the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPrice {
    pub model: String,
    pub prompt: u64,
    pub completion: u64,
}

/// An amount of money, in millionths of a currency that is said elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub u128);

/// The text is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a price is written as model=prompt/completion, such as gpt-4o-mini=0.15/0.60")]
pub struct BadPrice;

impl ModelPrice {
    /// What so many tokens cost. Less than a millionth is left out.
    pub fn cost(&self, prompt_tokens: u64, completion_tokens: u64) -> Money {
        let prompt = u128::from(self.prompt) * u128::from(prompt_tokens);
        let completion = u128::from(self.completion) * u128::from(completion_tokens);
        Money((prompt + completion) / ONE)
    }

    /// Whether it is the price of what AnythingLLM calls `provider, model` or only `model`.
    pub fn is_of(&self, called: &str) -> bool {
        called == self.model || called.split_once(", ").is_some_and(|(_, model)| model == self.model)
    }
}

impl Money {
    /// With four decimals, rounded to the nearest, without signs of thousands: `12.3400`.
    pub fn to_text(self) -> String {
        let rounded = (self.0 + 50) / 100;
        format!("{}.{:04}", rounded / 10_000, rounded % 10_000)
    }
}

impl FromStr for ModelPrice {
    type Err = BadPrice;

    fn from_str(text: &str) -> Result<Self, BadPrice> {
        let (model, prices) = text.rsplit_once('=').ok_or(BadPrice)?;
        let (prompt, completion) = prices.split_once('/').ok_or(BadPrice)?;
        let model = model.trim();
        if model.is_empty() || model.len() > LONGEST_NAME {
            return Err(BadPrice);
        }
        Ok(Self {
            model: model.to_owned(),
            prompt: millionths(prompt.trim())?,
            completion: millionths(completion.trim())?,
        })
    }
}

impl fmt::Display for ModelPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = |price: u64| format!("{}.{:06}", u128::from(price) / ONE, u128::from(price) % ONE);
        write!(f, "{}={}/{}", self.model, decimal(self.prompt), decimal(self.completion))
    }
}

impl<'de> Deserialize<'de> for ModelPrice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

fn millionths(text: &str) -> Result<u64, BadPrice> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || decimals.len() > DECIMALS || !digits(whole) || !digits(decimals) {
        return Err(BadPrice);
    }
    format!("{whole}{decimals:0<DECIMALS$}").parse().map_err(|_| BadPrice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_price_is_read_and_counted_exactly() {
        let price: ModelPrice = "gpt-4o-mini = 0.15/0.6".parse().unwrap();
        assert_eq!(price, ModelPrice { model: "gpt-4o-mini".into(), prompt: 150_000, completion: 600_000 });
        assert_eq!(price.cost(1_000_000, 1_000_000).to_text(), "0.7500");
        assert_eq!(price.cost(412, 18).to_text(), "0.0001");
        assert!(price.is_of("gpt-4o-mini") && price.is_of("openai, gpt-4o-mini") && !price.is_of("gpt-4o"));
        assert_eq!("a=b=1/2".parse::<ModelPrice>().unwrap().model, "a=b");
        for bad in ["", "x", "x=1", "=1/2", "x=-1/2", "x=1/2.0000001", "x=1e3/1", "x=1/", "x=12345678/1"] {
            assert_eq!(bad.parse::<ModelPrice>(), Err(BadPrice), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(prompt in 0..10_000_000_000_000_u64, completion in 0..10_000_000_000_000_u64) {
            let price = ModelPrice { model: "m".into(), prompt, completion };
            prop_assert_eq!(price.to_string().parse::<ModelPrice>(), Ok(price));
        }

        #[test]
        fn whatever_stands_there_is_read_or_refused(text in "\\PC{0,60}") {
            let _ = text.parse::<ModelPrice>();
        }
    }
}
