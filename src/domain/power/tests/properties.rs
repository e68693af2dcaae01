//! Nobody ever gains: for random powers and random deeds, whoever lies within another can do nothing that the other
//! cannot. What a power lets somebody do is said here in other words than in what is tested.

use super::super::limits::LIMITS;
use super::*;
use crate::domain::origin::Origin;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::net::IpAddr;

const SCOPES: [Scope; 4] = [Scope::ChatWrite, Scope::WidgetRead, Scope::KeysWrite, Scope::PrivacyErase];
const NETWORKS: [&str; 9] = [
    "192.0.2.0/24",
    "192.0.2.0/25",
    "192.0.2.128/25",
    "192.0.2.7/32",
    "198.51.100.0/24",
    "10.0.0.0/8",
    "2001:db8::/32",
    "2001:db8::/33",
    "2001:db8:8000::/33",
];
const ADDRESSES: [&str; 6] =
    ["192.0.2.7", "192.0.2.200", "198.51.100.1", "10.1.1.1", "2001:db8::1", "2001:db8:8000::1"];
const PATTERNS: [&str; 8] = [
    "https://shop.example",
    "https://*.shop.example",
    "https://*.eu.shop.example",
    "https://a.eu.shop.example",
    "https://a.eu.shop.example:8443",
    "http://shop.example",
    "http://localhost:*",
    "http://localhost:3000",
];
const PAGES: [&str; 10] = [
    "https://shop.example",
    "https://a.eu.shop.example",
    "https://b.shop.example",
    "https://a.eu.shop.example:8443",
    "http://shop.example",
    "http://localhost:3000",
    "https://evil.example",
    "https://localhost",
    "capacitor://localhost",
    "null",
];

fn limit() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![3 => Just(None), 2 => select(vec![1, 10, 60, 100, 600, 10_000]).prop_map(Some)]
}

fn limits() -> impl Strategy<Value = KeyLimits> {
    let rates = (limit(), limit(), limit(), limit(), limit());
    let quotas = (limit(), limit(), limit(), limit());
    (rates, quotas).prop_map(|(rates, quotas)| KeyLimits {
        per_minute: rates.0,
        burst: rates.1,
        per_ip_per_minute: rates.2,
        per_visitor_per_minute: rates.3,
        max_streams: rates.4,
        messages_per_day: quotas.0,
        messages_per_month: quotas.1,
        tokens_per_day: quotas.2.map(u64::from),
        tokens_per_month: quotas.3.map(u64::from),
    })
}

fn networks() -> impl Strategy<Value = Vec<IpNet>> {
    prop_oneof![
        Just(Vec::new()),
        subsequence(NETWORKS.to_vec(), 0..=4).prop_map(|nets| nets.iter().map(|net| net.parse().unwrap()).collect()),
    ]
}

fn rules() -> impl Strategy<Value = OriginRules> {
    let switches = (any::<bool>(), prop::bool::weighted(0.1), any::<bool>());
    (subsequence(PATTERNS.to_vec(), 0..=4), switches).prop_map(|(texts, (null, all, apps))| {
        OriginRules::new(texts.iter().map(|text| text.parse().unwrap()).collect(), null, all).with_apps(apps)
    })
}

prop_compose! {
    fn power()(
        secret in prop::bool::weighted(0.7),
        live in any::<bool>(),
        workspace in select(vec![None, Some(1), Some(2)]),
        scopes in subsequence(SCOPES.to_vec(), 1..=4),
        end in select(vec![None, Some(1), Some(2), Some(3)]),
        (addresses, origins) in (networks(), rules()),
        (token, proof) in (any::<bool>(), any::<bool>()),
        limits in limits(),
    ) -> Power {
        let kind = if secret { KeyKind::Secret } else { KeyKind::Publishable };
        Power {
            kind,
            env: if live { KeyEnv::Live } else { KeyEnv::Test },
            workspace: workspace.map(|n| WorkspaceId(Uuid::from_u128(n))),
            scopes: scopes.into_iter().collect(),
            ends_at: end.map(instant),
            // As keys are: each kind has its own bounds.
            addresses: if secret { addresses } else { Vec::new() },
            origins: if secret { OriginRules::default() } else { origins },
            visitor_token_required: !secret && token,
            proof_of_work: !secret && token && proof,
            limits: in_force(kind, &limits),
        }
    }
}

/// Like `before` in most things, so that many pairs can be compared at all.
fn near(before: Power) -> impl Strategy<Value = Power> {
    (power(), prop::collection::vec(prop::bool::weighted(0.75), 8)).prop_map(move |(other, keep)| {
        let of = |at: usize| if keep[at] { &before } else { &other };
        let kind = of(0).kind;
        let bounds = if before.kind == kind && keep[1] { &before } else { &other };
        let bounds = if bounds.kind == kind { bounds } else { of(0) };
        Power {
            kind,
            env: of(2).env,
            workspace: of(3).workspace,
            scopes: of(4).scopes,
            ends_at: of(5).ends_at,
            addresses: bounds.addresses.clone(),
            origins: bounds.origins.clone(),
            visitor_token_required: bounds.visitor_token_required,
            proof_of_work: bounds.proof_of_work,
            limits: of(6).limits,
        }
    })
}

/// Something that somebody does with a key.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a circumstance of its own")]
struct Deed {
    scope: Scope,
    workspace: WorkspaceId,
    at: DateTime<Utc>,
    from: IpAddr,
    page: Origin,
    has_token: bool,
    has_proof: bool,
    counts_as_live: bool,
    as_server: bool,
}

prop_compose! {
    fn deed()(
        scope in select(SCOPES.to_vec()),
        workspace in 1..=2_u128,
        hours in 0..4_i64,
        from in select(ADDRESSES.to_vec()),
        page in select(PAGES.to_vec()),
        (has_token, has_proof) in (any::<bool>(), any::<bool>()),
        (counts_as_live, as_server) in (any::<bool>(), prop::bool::weighted(0.3)),
    ) -> Deed {
        let (page, from) = (page.parse().unwrap(), from.parse().unwrap());
        let workspace = WorkspaceId(Uuid::from_u128(workspace));
        let at = instant(hours) - TimeDelta::minutes(30);
        Deed { scope, workspace, at, from, page, has_token, has_proof, counts_as_live, as_server }
    }
}

/// Whether the deed gets through, apart from how often it may be done.
fn may(power: &Power, deed: &Deed) -> bool {
    let bound = match power.kind {
        KeyKind::Secret => power.addresses.is_empty() || power.addresses.iter().any(|net| net.contains(&deed.from)),
        KeyKind::Publishable => {
            !deed.as_server
                && power.origins.allows(&deed.page)
                && (deed.has_token || !power.visitor_token_required)
                && (deed.has_proof || !power.proof_of_work)
        }
    };
    bound
        && power.scopes.contains(deed.scope)
        && power.workspace.is_none_or(|own| own == deed.workspace)
        && power.ends_at.is_none_or(|end| deed.at < end)
        && (power.env == KeyEnv::Live || !deed.counts_as_live)
}

/// Each limit and what it lets through.
fn allowance(power: &Power) -> impl Iterator<Item = (&'static str, u64)> {
    LIMITS.iter().map(|(field, of)| (*field, of(&power.limits).unwrap_or(u64::MAX)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn whoever_lies_within_another_does_nothing_that_the_other_cannot_do(
        (own, given) in power().prop_flat_map(|own| (Just(own.clone()), near(own))),
        deeds in prop::collection::vec(deed(), 40),
    ) {
        prop_assume!(given.within(&own).is_ok());
        for deed in deeds.iter().filter(|deed| may(&given, deed)) {
            prop_assert!(may(&own, deed), "{deed:?}");
        }
        for ((field, mine), (_, theirs)) in allowance(&given).zip(allowance(&own)) {
            prop_assert!(mine <= theirs, "{field}: {mine} of {theirs}");
        }
    }

    #[test]
    fn a_childs_child_lies_within_the_grandparent(
        (first, second, third) in power()
            .prop_flat_map(|first| (Just(first.clone()), near(first)))
            .prop_flat_map(|(first, second)| (Just(first), Just(second.clone()), near(second))),
    ) {
        prop_assume!(second.within(&first).is_ok() && third.within(&second).is_ok());
        prop_assert!(third.within(&first).is_ok(), "{:?}", third.within(&first));
    }

    #[test]
    fn everybody_can_give_what_they_have_and_an_operator_everything(own in power()) {
        prop_assert!(own.within(&own).is_ok(), "{:?}", own.within(&own));
        prop_assert!(own.within(&Power::whole()).is_ok());
    }

    #[test]
    fn what_is_missed_is_named(
        (own, given) in power().prop_flat_map(|own| (Just(own.clone()), near(own))),
        deed in deed(),
    ) {
        if may(&given, &deed) && !may(&own, &deed) {
            let named = fields(given.within(&own).unwrap_err());
            prop_assert!(!named.is_empty());
        }
    }
}
