//! Whose turn it is to look what webhooks are to be told.

use super::fixture::Fixture;
use futures_util::future::join_all;
use std::time::Duration;
use vestibule::domain::audit::Author;
use vestibule::domain::ids::{TenantId, WebhookId};
use vestibule::domain::sealed::Sealed;
use vestibule::domain::webhook::{WebhookEvent, WebhookSettings};
use vestibule::storage::{PutWebhook, UpstreamSeen};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn of_many_that_come_at_once_one_looks_and_the_next_knows_what_it_has_seen() {
    let fixture = Fixture::new().await;
    let webhooks = || fixture.database.webhooks();
    let turns = join_all((0..5).map(|_| webhooks().begin_look(HOUR))).await;
    let turns: Vec<_> = turns.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(turns, [UpstreamSeen::default()]);
    let now = chrono::DateTime::from_timestamp_micros(fixture.ambient.now().timestamp_micros()).unwrap();
    let seen = UpstreamSeen { away_since: Some(now), is_away: true };
    webhooks().note_seen(seen).await.unwrap();
    assert_eq!(webhooks().begin_look(HOUR).await, Ok(None));
    assert_eq!(webhooks().begin_look(Duration::ZERO).await, Ok(Some(seen)));
}

#[tokio::test]
async fn only_tenants_that_have_webhooks_are_looked_at() {
    let fixture = Fixture::new().await;
    fixture.second_tenant().await;
    let (webhooks, ambient) = (|| fixture.database.webhooks(), &fixture.ambient);
    assert_eq!(webhooks().tenants().await, Ok(Vec::new()));
    let settings = WebhookSettings {
        url: "https://hooks.example/".parse().unwrap(),
        description: String::new(),
        events: vec![WebhookEvent::UpstreamUnavailable],
        refused_percent: 30,
    };
    let sealed = Sealed { key_id: "one".into(), bytes: vec![1; 80] };
    for _ in 0..2 {
        let id = WebhookId::new(ambient);
        let put = webhooks().insert(&fixture.workspace, id, &settings, &sealed, &Author::cli("test"), ambient).await;
        assert!(matches!(put, Ok(PutWebhook::Done(_))), "{put:?}");
    }
    assert_eq!(webhooks().tenants().await, Ok(vec![TenantId::DEFAULT]));
}
