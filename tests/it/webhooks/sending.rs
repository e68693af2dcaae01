//! How messages are sent.

use super::{HOOKS, Receiver, deliveries, hook, is_signed_with, newest_is, payload, world_of_receivers};
use crate::harness::{KeySpec, Reply, Shop, eventually};
use crate::stores::manager;
use chrono::TimeDelta;
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use tokio::net::TcpListener;
use vestibule::domain::ids::TenantId;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

#[tokio::test]
async fn a_message_is_signed_as_standard_webhooks_says() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let (id, secret) = hook(&client, &receiver, &["key.expiring"]).await;
    let sent = client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await;
    assert_eq!((sent.status.as_u16(), &sent.json()["state"]), (202, &json!("pending")), "{}", sent.text());
    let got = receiver.got_so_many(1).await.swap_remove(0);
    assert_eq!((got.method.as_str(), got.target.as_str()), ("POST", "/in?token=of-the-shop"));
    assert_eq!(got.header("content-type"), Some("application/json"));
    assert_eq!(got.header("webhook-id"), sent.json()["message_id"].as_str());
    assert!(is_signed_with(&got, &secret));
    assert!(!is_signed_with(&got, "whsec_AAAA"));
    let told = payload(&got);
    assert_eq!(
        (&told["type"], &told["workspace"], &told["data"]["webhook"]),
        (&json!("webhook.test"), &json!("shop"), &json!(id))
    );
    let newest = newest_is(&client, &id, "delivered").await;
    assert_eq!((&newest["attempts"], &newest["last_status"], &newest["payload"]), (&json!(1), &json!(204), &told));
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign_unless_the_old_one_leaked() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let (id, first) = hook(&client, &receiver, &["key.expiring"]).await;
    let rotate = async |grace| {
        let answer = client.post(&format!("{HOOKS}/{id}/rotate-secret"), &json!({"grace_seconds": grace})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["secret"].as_str().unwrap().to_owned()
    };
    let second = rotate(60).await;
    client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await;
    let got = receiver.got_so_many(1).await.swap_remove(0);
    assert!(is_signed_with(&got, &first) && is_signed_with(&got, &second));
    let third = rotate(0).await;
    client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await;
    let got = receiver.got_so_many(2).await.swap_remove(1);
    assert!(is_signed_with(&got, &third) && !is_signed_with(&got, &first) && !is_signed_with(&got, &second));
    let too_long = client.post(&format!("{HOOKS}/{id}/rotate-secret"), &json!({"grace_seconds": 604_801})).await;
    assert_eq!(too_long.code(), "validation_failed");
}

#[tokio::test]
async fn a_message_is_sent_again_with_its_id_until_it_is_taken() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let (id, secret) = hook(&client, &receiver, &["key.expiring"]).await;
    receiver.answers(503);
    client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await;
    receiver.got_so_many(1).await;
    eventually(async || {
        let newest = deliveries(&client, &id).await.swap_remove(0);
        if newest["last_error"] == "the receiver answered 503" { Ok(()) } else { Err(newest) }
    })
    .await;
    assert_eq!(deliveries(&client, &id).await[0]["state"], "pending");
    receiver.answers(200);
    // Its pause is over for whoever's clock is ahead.
    let later = world.later(TimeDelta::seconds(10)).await;
    let got = receiver.got_so_many(2).await;
    assert_eq!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    assert!(got.iter().all(|got| is_signed_with(got, &secret)));
    let newest = newest_is(&client, &id, "delivered").await;
    assert_eq!((&newest["attempts"], &newest["last_error"]), (&json!(2), &json!(null)));
    drop(later);
}

#[tokio::test]
async fn a_message_that_nobody_takes_for_two_days_switches_the_webhook_off_and_can_be_sent_again() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let (id, _) = hook(&client, &receiver, &["key.expiring"]).await;
    receiver.answers(500);
    client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await;
    receiver.got_so_many(1).await;
    eventually(async || {
        // As if the pauses were over.
        world.sql("UPDATE vestibule.webhook_deliveries SET next_attempt_at = created_at WHERE state = 'pending'").await;
        let newest = deliveries(&client, &id).await.swap_remove(0);
        if newest["state"] == "failed" { Ok(()) } else { Err(newest) }
    })
    .await;
    assert_eq!(receiver.got().len(), 9, "the first attempt and eight more");
    let shown = client.get(&format!("{HOOKS}/{id}")).await.json();
    assert_eq!((&shown["enabled"], &shown["disabled_because"]), (&json!(false), &json!("failing")));

    receiver.answers(200);
    let delivery = deliveries(&client, &id).await.swap_remove(0);
    let replay = format!("{HOOKS}/{id}/deliveries/{}/replay", delivery["id"].as_str().unwrap());
    assert_eq!(client.post(&replay, &json!({})).await.status, 202);
    let got = receiver.got_so_many(10).await;
    assert_eq!(got[9].header("webhook-id"), got[0].header("webhook-id"));
    newest_is(&client, &id, "delivered").await;
    let on = client.with("content-type", "application/json");
    let on = on.send(Method::PATCH, &format!("{HOOKS}/{id}"), json!({"enabled": true}).to_string()).await;
    assert_eq!((&on.json()["enabled"], &on.json()["disabled_because"]), (&json!(true), &json!(null)));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_more() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let (id, _) = hook(&client, &receiver, &["key.expiring"]).await;
    receiver.answers(410);
    client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await;
    newest_is(&client, &id, "failed").await;
    let shown = client.get(&format!("{HOOKS}/{id}")).await.json();
    assert_eq!((&shown["enabled"], &shown["disabled_because"]), (&json!(false), &json!("gone")));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = world_of_receivers().start().await;
    let client = manager(&world).await;
    let inner = Shop::start(|_| Reply::new(200, "")).await;
    let to = format!("http://{}/secret", inner.address);
    let outer = Shop::start(move |_| Reply::redirect(&to)).await;
    let url = format!("http://{}/", outer.address);
    let made = client.post(HOOKS, &json!({"url": url, "events": ["key.expiring"]})).await.json();
    let id = made["id"].as_str().unwrap();
    client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await;
    eventually(async || {
        let newest = deliveries(&client, id).await.swap_remove(0);
        if newest["last_status"] == 302 { Ok(()) } else { Err(newest) }
    })
    .await;
    assert!(inner.asked().is_empty());
}

#[tokio::test]
async fn each_message_is_sent_by_one_replica_and_taken_over_from_one_that_died() {
    let world = world_of_receivers().start().await;
    let replicas = [world.replica().await, world.replica().await];
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let (id, _) = hook(&client, &receiver, &["key.expiring"]).await;
    for _ in 0..30 {
        assert_eq!(client.post(&format!("{HOOKS}/{id}/test"), &json!({})).await.status, 202);
    }
    receiver.got_so_many(30).await;
    eventually(async || {
        let open = deliveries(&client, &id).await.iter().filter(|one| one["state"] != "delivered").count();
        if open == 0 { Ok(()) } else { Err(open) }
    })
    .await;
    let got = receiver.got();
    let ids: BTreeSet<_> = got.iter().map(|got| got.header("webhook-id").unwrap().to_owned()).collect();
    assert_eq!((ids.len(), got.len()), (30, 30));
    drop(replicas);

    // One took a message and was killed before it wrote down what came of it.
    world
        .sql_of(
            TenantId::DEFAULT,
            "UPDATE vestibule.webhook_deliveries SET state = 'pending', finished_at = NULL, next_attempt_at = created_at,
             lease_until = now() + interval '60 seconds' WHERE id = (SELECT max(id::text)::uuid FROM vestibule.webhook_deliveries)",
        )
        .await;
    let later = world.later(TimeDelta::seconds(90)).await;
    assert_eq!(receiver.got_so_many(31).await.len(), 31);
    drop(later);
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_its_own_workspace_alone() {
    let world = world_of_receivers().start().await;
    world.add_workspace("other").await;
    let scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect();
    let both = KeySpec { scopes, workspace: None, ..world.spec(KeyKind::Secret) };
    let (client, receiver) = (world.public().bearer(&world.key(both).await), Receiver::start().await);
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let (accepted, mut held) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((connection, _)) = silent.accept().await {
            let _ = accepted.send(connection);
        }
    });
    let made = client.post(HOOKS, &json!({"url": format!("http://{address}/in"), "events": ["key.expiring"]})).await;
    let tarpit = format!("{HOOKS}/{}/test", made.json()["id"].as_str().unwrap());
    let others = HOOKS.replace("/shop/", "/other/");
    let made = client.post(&others, &json!({"url": receiver.url(), "events": ["key.expiring"]})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let fair = format!("{others}/{}/test", made.json()["id"].as_str().unwrap());
    for _ in 0..24 {
        assert_eq!(client.post(&tarpit, &json!({})).await.status, 202);
    }
    let _first = held.recv().await.unwrap();
    for _ in 0..9 {
        assert_eq!(client.post(&fair, &json!({})).await.status, 202);
    }
    // Long before the first of the others has waited for its answer in vain.
    receiver.got_so_many(9).await;
    let _second = held.recv().await.unwrap();
    assert!(held.try_recv().is_err(), "two at a time, and not all of them");
}
