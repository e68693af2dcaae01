use super::*;
use proptest::prelude::*;
use uuid::Uuid;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn event(moment: &str) -> Counted {
    Counted {
        at: at(moment),
        workspace: Some(WorkspaceId(Uuid::from_u128(1))),
        key: Some(KeyId(Uuid::from_u128(2))),
        route: "chat.create".to_owned(),
        outcome: OK.to_owned(),
        origin: None,
        model: None,
        amounts: Amounts { http_status: 200, total: Duration::from_millis(5), ..Amounts::default() },
    }
}

fn events() -> impl Strategy<Value = Vec<Counted>> {
    let one = (0..96_i64, 0..3_u128, 0..3_u128, 0..3_usize, 0..3_usize, 0..4_usize, 0..3_usize, 0..10_000_u64);
    let event = one.prop_map(|(quarter, workspace, key, route, outcome, origin, cache, micros)| Counted {
        at: at("2026-03-29T00:00:00Z") + TimeDelta::minutes(30 * quarter),
        workspace: (workspace > 0).then(|| WorkspaceId(Uuid::from_u128(workspace))),
        key: (key > 0).then(|| KeyId(Uuid::from_u128(key))),
        route: ["chat.create", "knowledge.query", "none"][route].to_owned(),
        outcome: [OK, "rate_limited", "client_left"][outcome].to_owned(),
        origin: [None, Some("https://a.example"), Some("https://b.example"), Some("null")][origin].map(str::to_owned),
        model: [None, Some("small"), Some("large")][cache].map(str::to_owned),
        amounts: Amounts {
            http_status: [200, 429, 499][outcome],
            tokens: (outcome == 0).then_some((7, 3, route == 1)),
            cache_hit: [None, Some(true), Some(false)][cache],
            first_byte: (outcome < 2).then(|| Duration::from_micros(micros / 2)),
            total: Duration::from_micros(micros),
            gateway: Duration::from_micros(micros / 3),
            bytes_out: micros,
        },
    });
    prop::collection::vec(event, 0..60)
}

fn sum<'a>(sums: impl IntoIterator<Item = &'a Measures>) -> Measures {
    sums.into_iter().fold(Measures::default(), |mut sum, measures| {
        sum.add(measures);
        sum
    })
}

#[test]
fn periods_are_those_of_utc() {
    let last = at("2026-03-29T00:59:59.999999Z");
    assert_eq!(Granularity::Hour.floor(last), at("2026-03-29T00:00:00Z"));
    assert_eq!(Granularity::Day.floor(at("2026-03-29T23:59:59.999999Z")), at("2026-03-29T00:00:00Z"));
    assert_eq!(Granularity::Hour.ceil(last), at("2026-03-29T01:00:00Z"));
    assert_eq!(Granularity::Hour.ceil(at("2026-03-29T01:00:00Z")), at("2026-03-29T01:00:00Z"));
    assert_eq!(Granularity::Day.ceil(at("2026-12-31T00:00:01Z")), at("2027-01-01T00:00:00Z"));
    assert_eq!(Granularity::Day.floor(at("1969-12-31T12:00:00Z")), at("1969-12-31T00:00:00Z"));
}

#[test]
fn who_was_refused_is_told_from_who_left() {
    let mut measures = Measures::default();
    for (outcome, http_status) in [
        (OK, 200),
        (NOTHING_FOUND, 200),
        (NOTHING_FOUND, 200),
        ("rate_limited", 429),
        ("client_left", 499),
        ("upstream_error", 502),
        ("upstream_error", 200),
    ] {
        measures.count(outcome, &Amounts { http_status, ..Amounts::default() });
    }
    let ended = Endings { answered: 1, nothing_found: 2, left: 1, refused: 1, failed: 2 };
    assert_eq!((measures.endings(), ended.all(), ended.asked()), (ended, measures.requests, 6));
    assert_eq!(measures.outcomes["upstream_error"], 2);
}

#[test]
fn a_stranger_cannot_use_up_the_origins_that_are_told_apart() {
    let from = |origin: String, outcome: &str| Counted {
        origin: Some(origin),
        outcome: outcome.to_owned(),
        ..event("2026-11-23T10:00:00Z")
    };
    let strangers = (0..1000).map(|n| from(format!("https://{n}.evil.example"), "forbidden_origin"));
    let own = (0..10).map(|n| from(format!("https://{n}.shop.example"), OK));
    let mut known = KnownOrigins::new();
    let sums = add_up(&strangers.chain(own).collect::<Vec<_>>(), &mut known);
    let key = RollupLevel::Key(Some(WorkspaceId(Uuid::from_u128(1))), Some(KeyId(Uuid::from_u128(2))));
    let by_origin: Vec<_> = sums
        .iter()
        .filter(|(cell, _)| {
            (cell.granularity, cell.scope, cell.dimension) == (Granularity::Day, key, Dimension::Origin)
        })
        .collect();
    assert_eq!(by_origin.len(), 31, "20 strangers, 10 of the shop's, and the others");
    assert_eq!(sum(by_origin.iter().map(|(_, measures)| *measures)).requests, 1010);
    assert!(by_origin.iter().any(|(cell, _)| cell.value == "https://9.shop.example"));
    // What is known already keeps its place in the next round.
    let again = add_up(&[from("https://7.evil.example".to_owned(), "forbidden_origin")], &mut known);
    assert!(again.keys().any(|cell| cell.value == "https://7.evil.example"));
    let late = add_up(&[from("https://late.evil.example".to_owned(), "forbidden_origin")], &mut known);
    assert!(late.keys().any(|cell| cell.scope == key && cell.value == OTHER));
}

#[test]
fn origins_that_are_not_asked_for_take_up_room() {
    let (day, moment) = (at("2026-11-23T00:00:00Z"), "2026-11-23T10:00:00Z");
    let key = RollupLevel::Key(Some(WorkspaceId(Uuid::from_u128(1))), Some(KeyId(Uuid::from_u128(2))));
    let origins = ["https://known.example".to_owned()].into();
    let mut known: KnownOrigins = [((day, key), Named { origins, others: 48 })].into();
    let named: Vec<_> = ["https://known.example", "https://last.example", "https://late.example"]
        .map(|origin| Counted { origin: Some(origin.to_owned()), ..event(moment) })
        .iter()
        .map(|event| is_told_apart(event, key, &mut known))
        .collect();
    assert_eq!(named, [true, true, false]);
}

/// The sums as they are defined: each event counted in each of them.
fn one_by_one(events: &[Counted], known: &mut KnownOrigins) -> BTreeMap<Cell, Measures> {
    let mut sums = BTreeMap::<Cell, Measures>::new();
    for event in events {
        for kind in LevelKind::ALL {
            let scope = kind.of(event.workspace, event.key);
            let told_apart = is_told_apart(event, scope, known);
            for dimension in Dimension::ALL {
                let is_other = dimension == Dimension::Origin && !told_apart;
                let Some(value) = value_of(event, dimension) else { continue };
                let value = if is_other { OTHER } else { value };
                for granularity in Granularity::ALL {
                    let starts_at = granularity.floor(event.at);
                    let cell = Cell { granularity, scope, dimension, starts_at, value: value.to_owned() };
                    sums.entry(cell).or_default().count(&event.outcome, &event.amounts);
                }
            }
        }
    }
    sums
}

proptest! {
    #[test]
    fn grouping_changes_no_sum(
        events in events(),
        // Enough pages for the narrowest scope to tell apart no more, and outcomes that have less room than others.
        pages in prop::collection::vec((0..90_u8, any::<bool>()), 0..200),
    ) {
        let mut events = events;
        events.extend(pages.into_iter().map(|(page, refused)| Counted {
            origin: Some(format!("https://{page}.example")),
            outcome: if refused { "forbidden_origin" } else { OK }.to_owned(),
            ..event("2026-03-29T10:00:00Z")
        }));
        let (mut one, mut other) = (KnownOrigins::new(), KnownOrigins::new());
        prop_assert_eq!(add_up(&events, &mut one), one_by_one(&events, &mut other));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn every_combination_holds_every_event_once(events in events()) {
        let sums = add_up(&events, &mut KnownOrigins::new());
        let (mut whole, mut of_models) = (Measures::default(), Measures::default());
        for event in &events {
            whole.count(&event.outcome, &event.amounts);
            if event.model.is_some() {
                of_models.count(&event.outcome, &event.amounts);
            }
        }
        for granularity in Granularity::ALL {
            for kind in LevelKind::ALL {
                for dimension in Dimension::ALL {
                    let of = sums.iter().filter(|(cell, _)| {
                        cell.granularity == granularity && cell.scope.kind() == kind && cell.dimension == dimension
                    });
                    let expected = if dimension == Dimension::Model { &of_models } else { &whole };
                    prop_assert_eq!(&sum(of.map(|(_, measures)| measures)), expected);
                }
            }
        }
    }

    #[test]
    fn adding_in_rounds_is_adding_at_once(events in events(), cut in 0..60_usize) {
        let (first, second) = events.split_at(cut.min(events.len()));
        let mut known = KnownOrigins::new();
        let mut rounds = add_up(first, &mut known);
        for (cell, measures) in add_up(second, &mut known) {
            rounds.entry(cell).or_default().add(&measures);
        }
        prop_assert_eq!(rounds, add_up(&events, &mut KnownOrigins::new()));
    }

    #[test]
    fn what_waits_counts_as_it_will(events in events()) {
        let sums = add_up(&events, &mut KnownOrigins::new());
        for dimension in Dimension::ALL {
            for (cell, measures) in add_up_in(&events, Granularity::Hour, LevelKind::Key, dimension) {
                prop_assert_eq!(sums.get(&cell), Some(&measures));
            }
        }
    }
}
