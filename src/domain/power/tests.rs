//! What lies within a power, and what is more: each by the name of its field.

mod properties;

use super::*;
use chrono::TimeDelta;
use uuid::Uuid;

fn instant(hours: i64) -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

fn configured() -> Configured {
    let secret = KeyLimits {
        per_minute: Some(600),
        burst: Some(100),
        per_visitor_per_minute: Some(20),
        max_streams: Some(100),
        ..KeyLimits::default()
    };
    Configured { publishable: KeyLimits { per_ip_per_minute: Some(60), ..secret }, secret }
}

fn in_force(kind: KeyKind, own: &KeyLimits) -> KeyLimits {
    configured().in_force(kind, own)
}

fn fields(excess: Excess) -> Vec<String> {
    excess.faults.into_iter().map(|fault| fault.field).collect()
}

fn bound() -> Power {
    Power {
        kind: KeyKind::Secret,
        env: KeyEnv::Test,
        workspace: Some(WorkspaceId(Uuid::from_u128(1))),
        scopes: [Scope::KeysWrite, Scope::ChatWrite].into_iter().collect(),
        ends_at: Some(instant(2)),
        addresses: vec!["192.0.2.0/25".parse().unwrap(), "192.0.2.128/25".parse().unwrap()],
        origins: OriginRules::default(),
        visitor_token_required: false,
        proof_of_work: false,
        limits: in_force(KeyKind::Secret, &OWN),
    }
}

const OWN: KeyLimits = KeyLimits {
    per_minute: Some(60),
    burst: Some(10),
    per_ip_per_minute: None,
    per_visitor_per_minute: None,
    max_streams: None,
    messages_per_day: Some(100),
    messages_per_month: None,
    tokens_per_day: None,
    tokens_per_month: Some(1_000),
};

#[test]
fn more_of_anything_is_refused_by_the_name_of_its_field() {
    let own = bound();
    assert_eq!(own.within(&own), Ok(()));
    let limits = |change: fn(&mut KeyLimits)| {
        let mut limits = OWN;
        change(&mut limits);
        Power { limits: in_force(KeyKind::Secret, &limits), ..own.clone() }
    };
    let nets =
        |nets: &[&str]| Power { addresses: nets.iter().map(|net| net.parse().unwrap()).collect(), ..own.clone() };
    let second = Some(WorkspaceId(Uuid::from_u128(2)));
    for (given, field) in [
        (Power { env: KeyEnv::Live, ..own.clone() }, "env"),
        (Power { workspace: None, ..own.clone() }, "workspace"),
        (Power { workspace: second, ..own.clone() }, "workspace"),
        (Power { scopes: [Scope::ChatWrite, Scope::KeysRead].into_iter().collect(), ..own.clone() }, "scopes"),
        (Power { ends_at: None, ..own.clone() }, "expires_at"),
        (Power { ends_at: Some(instant(2) + TimeDelta::microseconds(1)), ..own.clone() }, "expires_at"),
        (nets(&[]), "allowed_ips"),
        (nets(&["192.0.2.0/23"]), "allowed_ips"),
        (nets(&["192.0.2.7/32", "192.0.3.7/32"]), "allowed_ips"),
        (nets(&["::/0"]), "allowed_ips"),
        (Power { kind: KeyKind::Publishable, addresses: Vec::new(), ..own.clone() }, "allowed_ips"),
        (limits(|limits| limits.per_minute = None), "limits.per_minute"),
        (limits(|limits| limits.per_minute = Some(61)), "limits.per_minute"),
        // As many as the requests of a minute.
        (limits(|limits| limits.burst = None), "limits.burst"),
        (limits(|limits| limits.burst = Some(11)), "limits.burst"),
        (limits(|limits| limits.messages_per_day = None), "limits.messages_per_day"),
        (limits(|limits| limits.tokens_per_month = Some(1_001)), "limits.tokens_per_month"),
        // Where there is none of its own, the configured one.
        (limits(|limits| limits.max_streams = Some(101)), "limits.max_streams"),
        (limits(|limits| limits.per_visitor_per_minute = Some(21)), "limits.per_visitor_per_minute"),
    ] {
        assert_eq!(fields(given.within(&own).unwrap_err()), [field], "{given:?}");
        assert_eq!(given.within(&Power::whole()), Ok(()), "{given:?}");
    }
}

#[test]
fn less_of_everything_can_be_given() {
    let own = bound();
    let less = Power {
        env: KeyEnv::Test,
        scopes: [Scope::ChatWrite].into_iter().collect(),
        ends_at: Some(instant(1)),
        // Both halves together are the whole.
        addresses: vec!["192.0.2.0/24".parse().unwrap()],
        limits: KeyLimits { burst: Some(5), max_streams: Some(1), messages_per_month: Some(1), ..own.limits },
        ..own.clone()
    };
    assert_eq!(less.within(&own), Ok(()));
    // Without limits of its own: smaller rates need no burst, and quotas can be set.
    let with = |limits: &KeyLimits| Power { limits: in_force(KeyKind::Secret, limits), ..bound() };
    let none = KeyLimits::default();
    let slower = KeyLimits { per_minute: Some(240), tokens_per_day: Some(u64::MAX), ..none };
    assert_eq!(with(&slower).within(&with(&none)), Ok(()));
    // Faster than is configured: then what is configured is less.
    let faster = KeyLimits { per_minute: Some(100_000), max_streams: Some(1_000), ..none };
    assert_eq!(with(&none).within(&with(&faster)), Ok(()));
    assert_eq!(fields(with(&faster).within(&with(&none)).unwrap_err())[0], "limits.per_minute");
}

#[test]
fn all_that_is_more_is_named_at_once() {
    let excess = Power::whole().within(&bound()).unwrap_err();
    assert_eq!(excess.scope, Some(Scope::MessagesRead));
    assert_eq!(
        fields(excess),
        [
            "env",
            "workspace",
            "scopes",
            "expires_at",
            "allowed_ips",
            "limits.per_minute",
            "limits.burst",
            "limits.per_visitor_per_minute",
            "limits.max_streams",
            "limits.messages_per_day",
            "limits.tokens_per_month",
        ]
    );
}

#[test]
fn pages_bind_publishable_keys_only() {
    let rules =
        |texts: &[&str], null| OriginRules::new(texts.iter().map(|text| text.parse().unwrap()).collect(), null, false);
    let page = Power {
        kind: KeyKind::Publishable,
        addresses: Vec::new(),
        origins: rules(&["https://*.shop.example"], false),
        visitor_token_required: true,
        proof_of_work: true,
        ..bound()
    };
    let wider = Power {
        origins: rules(&["https://a.shop.example", "https://shop.example"], true).with_apps(true),
        visitor_token_required: false,
        proof_of_work: false,
        ..page.clone()
    };
    let named = fields(wider.within(&page).unwrap_err());
    let all = ["allowed_origins", "allow_null_origin", "allow_app_origins", "visitor_token", "proof_of_work"];
    assert_eq!(named, all);
    let secret = Power { addresses: Vec::new(), ..bound() };
    assert_eq!(wider.within(&secret), Ok(()));
    assert_eq!(fields(secret.within(&page).unwrap_err())[0], "kind");
}

#[test]
fn roles_are_bound_by_their_scopes_alone() {
    let member = Power::of_role(Role::Default);
    let excess = Power::whole().within(&member).unwrap_err();
    assert_eq!((excess.scope, fields(excess)), (Some(Scope::WidgetRead), vec!["scopes".to_owned()]));
    for role in [Role::Manager, Role::Admin] {
        assert_eq!(Power::whole().within(&Power::of_role(role)), Ok(()));
    }
}

#[test]
fn what_is_given_for_good_is_not_given_by_what_ends() {
    let shop = WorkspaceId(Uuid::from_u128(1));
    let named = |given: Power| fields(given.within(&bound()).unwrap_err());
    assert_eq!(named(Power::of_identity(shop)), ["expires_at", "allowed_ips"]);
    let mute = Power { scopes: [Scope::WorkspacesWrite].into_iter().collect(), ..bound() };
    let excess = Power::of_desk(Some(shop)).within(&mute).unwrap_err();
    assert_eq!(
        (excess.scope, fields(excess)),
        (Some(Scope::ConversationsRead), vec!["scopes".into(), "expires_at".into(), "allowed_ips".into()])
    );
    assert!(Power::of_desk(None).within(&bound()).is_err(), "a bound key makes no workspace");
    assert_eq!(
        named(Power::of_member(shop)),
        ["expires_at", "allowed_ips", "limits.messages_per_day", "limits.tokens_per_month"]
    );
    for role in [Role::Manager, Role::Admin] {
        assert_eq!(Power::of_member(shop).within(&Power::of_role(role)), Ok(()));
        assert_eq!(Power::of_identity(shop).within(&Power::of_role(role)), Ok(()));
        assert_eq!(Power::of_desk(Some(shop)).within(&Power::of_role(role)), Ok(()));
    }
}
