//! What of a key may be chosen, and changed later: read from JSON, checked, and brought to the form it is stored in.
//!
//! The schema says the same once more; here it is said in words. Knows nothing of who asks.

use super::KeyLimits;
use crate::domain::faults::{Faults, FieldError};
use crate::domain::json;
use crate::domain::key::{KeyEnv, KeyKind};
use crate::domain::origin::OriginPattern;
use crate::domain::scope::Scope;
use crate::domain::words::words;
use chrono::{DateTime, Datelike as _, SubsecRound as _, Utc};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

/// Entries of a list of origins, and of one of addresses.
const MOST_ENTRIES: usize = 100;

/// Limits of requests a minute and of streams: beyond it, one is as good as none.
const MOST_PER_MINUTE: u32 = 1_000_000;

/// What a secret key may do unless said otherwise: everything that reads, and chatting.
const SECRET_SCOPES: [Scope; 7] = [
    Scope::ChatWrite,
    Scope::MessagesRead,
    Scope::KnowledgeQuery,
    Scope::WidgetRead,
    Scope::WorkspacesRead,
    Scope::KeysRead,
    Scope::UsageRead,
];

words! {
    /// Whether browsers must trade a publishable key for a visitor token first.
    VisitorTokenUse {
        /// The key alone opens nothing but the endpoint that hands out tokens.
        Required = "required",
        /// The key alone is enough, as the unmodified widget of AnythingLLM needs it.
        Optional = "optional",
    }
}

/// What of a key may be chosen, and changed later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = KeySettings)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct KeyContent {
    /// For people.
    #[schema(min_length = 1, max_length = 100, example = "Storefront")]
    pub name: String,
    /// What it may do; a publishable key only `chat:write`, `messages:read`, `knowledge:query` and `widget:read`. When
    /// absent, all of these; for a secret key everything that reads, and `chat:write`.
    #[schema(value_type = Vec<String>, example = json!(["chat:write", "messages:read"]))]
    pub scopes: Vec<Scope>,
    /// The pages a publishable key may be used in, such as `https://shop.example` and `https://*.shop.example`. At most
    /// 100, at least one.
    #[schema(max_items = 100, example = json!(["https://shop.example"]))]
    pub allowed_origins: Vec<String>,
    /// Pages without an origin may use a publishable key, too: local files, some web views, sandboxed frames.
    pub allow_null_origin: bool,
    /// The pages of apps made with Capacitor or Ionic may use a publishable key, too: `capacitor://localhost`,
    /// `ionic://localhost` and `https://localhost`. Of all such apps, whoever made them: these names are nobody's.
    pub allow_app_origins: bool,
    /// The addresses a secret key may be used from, single or as networks (`192.0.2.0/24`); none = any. At most 100.
    #[schema(value_type = Vec<String>, max_items = 100)]
    pub allowed_ips: Vec<String>,
    /// Whether a publishable key works alone, or only for getting visitor tokens. `required` shuts out the unmodified
    /// widget of AnythingLLM, which cannot get one.
    #[schema(value_type = String, example = "optional")]
    pub visitor_token: VisitorTokenUse,
    /// A visitor token costs the browser a proof of work. Needs `visitor_token: required`.
    pub proof_of_work: bool,
    /// Limits of its own; null = the configured ones.
    #[serde(deserialize_with = "json::object")]
    pub limits: KeyLimits,
    /// Refused from then on; null = never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Switched on. Off, it is refused until it is switched on again.
    pub enabled: bool,
}

impl Default for KeyContent {
    /// What applies where nothing is said; no key can be made of it.
    fn default() -> Self {
        Self {
            name: String::new(),
            scopes: Vec::new(),
            allowed_origins: Vec::new(),
            allow_null_origin: false,
            allow_app_origins: false,
            allowed_ips: Vec::new(),
            visitor_token: VisitorTokenUse::Optional,
            proof_of_work: false,
            limits: KeyLimits::default(),
            expires_at: None,
            enabled: true,
        }
    }
}

/// What cannot be changed about a key, and what the rules need to know besides.
#[derive(Debug, Clone, Copy)]
pub struct KeyNature {
    /// Publishable or secret.
    pub kind: KeyKind,
    /// Live or test.
    pub env: KeyEnv,
    /// It may be used in every page, which only the database says.
    pub any_origin: bool,
    /// The present expiry: one that stays need not be in the future.
    pub expires_at: Option<DateTime<Utc>>,
}

impl KeyContent {
    /// What a new key of this kind has unless said otherwise.
    pub fn of_kind(kind: KeyKind) -> Self {
        let scopes = match kind {
            KeyKind::Publishable => Scope::PUBLISHABLE.to_vec(),
            KeyKind::Secret => SECRET_SCOPES.to_vec(),
        };
        Self { scopes, ..Self::default() }
    }

    /// The content as it is stored: names trimmed, lists without repetition, origins, networks and times in their one
    /// spelling.
    ///
    /// # Errors
    /// All rules that are broken.
    pub fn checked(mut self, nature: KeyNature, now: DateTime<Utc>) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        self.name = self.name.trim().into();
        faults.text("name", &self.name, 1..=100);
        if self.name.contains(['\n', '\r', '\t']) {
            faults.push("name", "format", "must be one line");
        }
        self.check_scopes(nature.kind, &mut faults);
        self.check_origins(nature, &mut faults);
        self.check_addresses(nature.kind, &mut faults);
        self.check_visitor_token(nature.kind, &mut faults);
        self.check_expiry(nature, now, &mut faults);
        faults.within("limits", self.limits.faults());
        faults.or(self)
    }

    fn check_scopes(&mut self, kind: KeyKind, faults: &mut Faults) {
        if self.scopes.is_empty() {
            faults.push("scopes", "required", "must name at least one scope");
        }
        if kind == KeyKind::Publishable {
            for (index, scope) in self.scopes.iter().enumerate() {
                if !Scope::PUBLISHABLE.contains(scope) {
                    let allowed = Scope::PUBLISHABLE.map(Scope::as_str).join(", ");
                    let why = format!("a publishable key can be read by anyone and may have only {allowed}");
                    faults.push(format!("scopes[{index}]"), "conflict", why);
                }
            }
        }
        self.scopes.sort_unstable();
        self.scopes.dedup();
    }

    fn check_origins(&mut self, nature: KeyNature, faults: &mut Faults) {
        if nature.kind == KeyKind::Secret {
            if !self.allowed_origins.is_empty() {
                let why = "a secret key is refused when a browser sends it, so it has no origins; for web pages make a publishable key";
                faults.push("allowed_origins", "conflict", why);
            }
            if self.allow_null_origin {
                faults.push("allow_null_origin", "conflict", "is for publishable keys");
            }
            if self.allow_app_origins {
                faults.push("allow_app_origins", "conflict", "is for publishable keys");
            }
            return;
        }
        if self.allowed_origins.is_empty() && !nature.any_origin {
            let why =
                "a publishable key can be read by anyone, so say which pages may use it, such as https://shop.example";
            faults.push("allowed_origins", "required", why);
        }
        let patterns = origins(&self.allowed_origins, nature.env, faults);
        self.allowed_origins = patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    }

    fn check_addresses(&mut self, kind: KeyKind, faults: &mut Faults) {
        if kind == KeyKind::Publishable {
            if !self.allowed_ips.is_empty() {
                faults.push("allowed_ips", "conflict", "is for secret keys; shoppers come from everywhere");
            }
            return;
        }
        if self.allowed_ips.len() > MOST_ENTRIES {
            faults.push("allowed_ips", "too_long", format!("must not have more than {MOST_ENTRIES} entries"));
            return;
        }
        let mut spelled = Vec::new();
        for (index, text) in self.allowed_ips.iter().enumerate() {
            match network(text) {
                Ok(net) => {
                    let text = net.to_string();
                    if !spelled.contains(&text) {
                        spelled.push(text);
                    }
                }
                Err(why) => faults.push(format!("allowed_ips[{index}]"), "format", why),
            }
        }
        self.allowed_ips = spelled;
    }

    fn check_visitor_token(&self, kind: KeyKind, faults: &mut Faults) {
        let required = self.visitor_token == VisitorTokenUse::Required;
        if kind == KeyKind::Secret {
            if required {
                faults.push("visitor_token", "conflict", "`required` is for publishable keys");
            }
            if self.proof_of_work {
                faults.push("proof_of_work", "conflict", "is for publishable keys");
            }
        } else if self.proof_of_work && !required {
            let why =
                "needs `visitor_token` to be `required`: otherwise the key works without a token, and so without work";
            faults.push("proof_of_work", "conflict", why);
        }
    }

    fn check_expiry(&mut self, nature: KeyNature, now: DateTime<Utc>, faults: &mut Faults) {
        // PostgreSQL keeps microseconds.
        self.expires_at = self.expires_at.map(|at| at.trunc_subsecs(6));
        let Some(at) = self.expires_at else { return };
        if at.year() > 9999 {
            faults.push("expires_at", "out_of_range", "must not be after the year 9999");
        }
        if at <= now && nature.expires_at != Some(at) {
            let why = "must be in the future; to end a key now, revoke it or switch it off";
            faults.push("expires_at", "out_of_range", why);
        }
    }

    /// The networks of `allowed_ips`. Of checked content all of them.
    pub fn networks(&self) -> Vec<IpNet> {
        self.allowed_ips.iter().filter_map(|text| network(text).ok()).collect()
    }
}

/// An address, or a network in its one spelling. An IPv4 address written as an IPv6 one is what it is.
fn network(text: &str) -> Result<IpNet, &'static str> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let net: IpNet = text.parse().map_err(|_| "must be an address or a network, such as 192.0.2.7 or 2001:db8::/48")?;
    if net.addr() != net.network() {
        return Err("has bits beyond its prefix; write the network's first address, such as 192.0.2.0/24");
    }
    match net {
        IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some() && v6.prefix_len() >= 96 => {
            let address = v6.addr().to_ipv4_mapped().unwrap_or(std::net::Ipv4Addr::UNSPECIFIED);
            IpNet::new(address.into(), v6.prefix_len() - 96).map_err(|_| "must be a network")
        }
        net => Ok(net),
    }
}

impl KeyLimits {
    fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        let minutely = [
            ("per_minute", self.per_minute),
            ("burst", self.burst),
            ("per_ip_per_minute", self.per_ip_per_minute),
            ("per_visitor_per_minute", self.per_visitor_per_minute),
            ("max_streams", self.max_streams),
        ];
        for (field, limit) in minutely {
            if let Some(limit) = limit {
                faults.number(field, &limit, &(1..=MOST_PER_MINUTE));
            }
        }
        for (field, limit) in
            [("messages_per_day", self.messages_per_day), ("messages_per_month", self.messages_per_month)]
        {
            if let Some(limit) = limit {
                faults.number(field, &limit, &(1..=i32::MAX.unsigned_abs()));
            }
        }
        for (field, limit) in [("tokens_per_day", self.tokens_per_day), ("tokens_per_month", self.tokens_per_month)] {
            if let Some(limit) = limit {
                faults.number(field, &limit, &(1..=1_000_000_000_000));
            }
        }
        faults
    }
}

/// The pages that a publishable key may be used in, each once; what is none is a fault of `allowed_origins`.
pub fn origins(texts: &[String], env: KeyEnv, faults: &mut Faults) -> Vec<OriginPattern> {
    let mut patterns = Vec::new();
    if texts.len() > MOST_ENTRIES {
        faults.push("allowed_origins", "too_long", format!("must not have more than {MOST_ENTRIES} entries"));
        return patterns;
    }
    for (index, text) in texts.iter().enumerate() {
        match origin(text, env) {
            Ok(pattern) if patterns.contains(&pattern) => {}
            Ok(pattern) => patterns.push(pattern),
            Err(fault) => faults.push(format!("allowed_origins[{index}]"), fault.code, fault.message),
        }
    }
    patterns
}

/// A page that a publishable key of this environment may be used in.
///
/// # Errors
/// A fault of the text as a whole.
pub fn origin(text: &str, env: KeyEnv) -> Result<OriginPattern, FieldError> {
    let pattern = OriginPattern::parse(text).map_err(|error| FieldError::new("", "format", error.to_string()))?;
    if pattern.needs_test_key() && env == KeyEnv::Live {
        let why = "pages of one's own computer need a test key, with `env: test`";
        return Err(FieldError::new("", "conflict", why));
    }
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    const WEB: KeyNature =
        KeyNature { kind: KeyKind::Publishable, env: KeyEnv::Live, any_origin: false, expires_at: None };

    fn now() -> DateTime<Utc> {
        "2026-06-01T12:00:00Z".parse().expect("an instant")
    }

    fn web() -> KeyContent {
        let origins = vec!["https://shop.example".to_owned()];
        KeyContent { name: "Web".into(), allowed_origins: origins, ..KeyContent::of_kind(KeyKind::Publishable) }
    }

    #[test]
    fn an_expiry_that_stays_may_have_passed_and_a_new_one_may_not() {
        let passed = now() - TimeDelta::days(1);
        let content = KeyContent { expires_at: Some(passed), ..web() };
        assert!(content.clone().checked(WEB, now()).is_err());
        assert!(content.checked(KeyNature { expires_at: Some(passed), ..WEB }, now()).is_ok());
    }

    #[test]
    fn a_key_for_any_page_needs_no_list() {
        let content = KeyContent { allowed_origins: Vec::new(), ..web() };
        assert!(content.clone().checked(WEB, now()).is_err());
        assert!(content.checked(KeyNature { any_origin: true, ..WEB }, now()).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_checked_once_is_the_same_when_checked_again(
            name in "\\PC{0,120}",
            origins in proptest::collection::vec("(https?://)?[a-z*.\\[\\]:0-9é]{1,20}", 0..4),
            ips in proptest::collection::vec("[0-9a-f:.]{1,20}(/[0-9]{1,3})?", 0..4),
            secret in any::<bool>(),
        ) {
            let kind = if secret { KeyKind::Secret } else { KeyKind::Publishable };
            let nature = KeyNature { kind, ..WEB };
            let content = KeyContent { name, allowed_origins: origins, allowed_ips: ips, ..KeyContent::of_kind(kind) };
            if let Ok(once) = content.checked(nature, now()) {
                prop_assert_eq!(once.networks().len(), once.allowed_ips.len());
                prop_assert_eq!(once.clone().checked(nature, now()).expect("still fine"), once);
            }
        }

        #[test]
        fn no_text_is_a_network_that_it_does_not_say(text in "[0-9a-f:./]{0,24}") {
            if let Ok(net) = network(&text) {
                prop_assert_eq!(net.addr(), net.network());
            }
        }
    }
}
