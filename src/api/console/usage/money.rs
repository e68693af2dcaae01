//! Usage in money, as the page tells it.

use super::Shown;
use crate::api::ApiState;
use crate::api::console::locale::Language;
use crate::api::console::visit::Visit;
use crate::api::usage::{self, GroupBy, GroupId, Question, Report};
use crate::domain::usage::price::Money;
use crate::domain::usage::rollup::Measures;
use crate::rejection::Rejection;
use crate::reports::{Expense, Prices, Tokens};

/// What a report costs.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) prices: Prices,
    pub(super) cost: Expense,
    /// By model: of each its tokens.
    models: Vec<(String, Tokens)>,
    all: Tokens,
}

impl Counted {
    /// Reads what each model took, unless the report tells it.
    pub(super) async fn of(
        state: &ApiState,
        visit: &Visit,
        prices: Prices,
        Shown { question, report, .. }: &Shown,
    ) -> Result<Self, Rejection> {
        let models = if question.group_by == Some(GroupBy::Model) {
            by_model(report)
        } else {
            let question = Question { group_by: Some(GroupBy::Model), ..question.clone() };
            by_model(&usage::report_of(state, visit.admitted(), &question).await?)
        };
        let all = tokens(&report.total);
        let cost = prices.cost(each(&models), all);
        Ok(Self { prices, cost, models, all })
    }

    /// Whether there is a sum to be shown.
    pub(super) fn is_known(&self) -> bool {
        self.cost.money != Money::default() || self.cost.unpriced.is_empty() && !self.cost.left_out
    }

    /// What a group costs; none where several models answered and it is not known which did in the group.
    pub(super) fn of_group(&self, by: GroupBy, id: &GroupId, measures: &Measures) -> Option<Money> {
        let (prompt, completion) = tokens(measures);
        let price = match (by, id) {
            (GroupBy::Model, GroupId::Word(model)) => self.prices.of(model),
            (GroupBy::Model, _) => self.prices.of_now(),
            _ => self.prices.only(each(&self.models), self.all),
        };
        price.map(|price| price.cost(prompt, completion))
    }
}

fn by_model(report: &Report) -> Vec<(String, Tokens)> {
    let of = |group: &usage::Group| match &group.id {
        GroupId::Word(model) => Some((model.clone(), tokens(&group.total))),
        GroupId::None | GroupId::Row(_) | GroupId::Other => None,
    };
    report.groups.iter().filter_map(of).collect()
}

fn each(models: &[(String, Tokens)]) -> impl Iterator<Item = (&str, Tokens)> {
    models.iter().map(|(model, tokens)| (model.as_str(), *tokens))
}

fn tokens(measures: &Measures) -> Tokens {
    (measures.prompt_tokens, measures.completion_tokens)
}

/// In the reader's language.
pub(super) fn written(visit: &Visit, money: Money, currency: &str) -> String {
    let text = money.to_text();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole| visit.locale().number(whole));
    let point = match visit.locale().language {
        Language::English => '.',
        Language::German => ',',
    };
    format!("{whole}{point}{decimals}\u{a0}{currency}")
}
