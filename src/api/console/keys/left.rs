//! What is left of a key's limits.

use crate::api::console::parts::{Tone, badge, table};
use crate::api::console::texts::{Texts, fill};
use crate::api::console::visit::Visit;
use crate::api::keys::limits;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What a limit is called where it is set.
fn policy_word<'a>(policy: &'a str, texts: &Texts) -> &'a str {
    let f = &texts.key_form;
    match policy {
        "key-minute" => f.per_minute,
        "ip-minute" => f.per_ip_per_minute,
        "visitor-minute" => f.per_visitor_per_minute,
        "ip-visitors-minute" => texts.words.ip_visitors,
        "visitor-request-minute" => texts.words.visitor_requests,
        "messages-day" => f.messages_per_day,
        "messages-month" => f.messages_per_month,
        "tokens-day" => f.tokens_per_day,
        "tokens-month" => f.tokens_per_month,
        other => other,
    }
}

/// What is left of the limits.
pub(super) fn left(visit: &Visit, in_force: &limits::LimitsView, now: DateTime<Utc>) -> Markup {
    let (t, locale) = (&visit.texts().keys, visit.locale());
    let number = |count: u32| locale.number(count.into());
    html! {
        (table(t.limits_title, &[t.limit, t.at_most, t.left], html! {
            @for quota in &in_force.quotas {
                tr {
                    th scope="row" { (policy_word(quota.policy, visit.texts())) }
                    td.number { (locale.number(quota.limit)) }
                    td.number {
                        (locale.number(quota.remaining)) " "
                        @if quota.used * 5 >= quota.limit * 4 {
                            (badge(Tone::Warn, &locale.percent(quota.used, quota.limit)))
                        }
                        div.quiet { (t.anew) " " (locale.until(quota.resets_at, now)) }
                    }
                }
            }
            @for rate in &in_force.rates {
                tr {
                    th scope="row" { (policy_word(rate.policy, visit.texts())) }
                    td.number { (number(rate.per_minute)) " / min" }
                    td.number {
                        @match rate.remaining {
                            // What is left of those at once, not of those a minute.
                            Some(left) => {
                                (fill(t.left_at_once, &[("left", &number(left)), ("burst", &number(rate.burst))]))
                            }
                            None => { span.quiet { (t.of_each) } }
                        }
                    }
                }
            }
            tr {
                th scope="row" { (t.streams) }
                td.number { (number(in_force.streams.limit)) }
                td.number { (number(in_force.streams.limit.saturating_sub(in_force.streams.open))) }
            }
        }))
    }
}
