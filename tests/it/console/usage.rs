//! Usage as staff see it: the numbers are those that shoppers made.

use super::{Staff, populated};
use crate::harness::{KeySpec, World, WorldBuilder, eventually};
use serde_json::json;
use vestibule::domain::key::{ApiKey, KeyKind};

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

async fn asked(builder: WorldBuilder) -> (World, String) {
    let world = populated(builder).await;
    let key = world.publishable_key().await;
    let page = world.public().bearer(&key).with("origin", crate::harness::ORIGIN);
    for body in [json!({"message": QUESTION}), json!({"message": QUESTION}), json!({"message": ""})] {
        let answer = page.post("/api/v1/chat", &body).await;
        world.until_recorded(answer.header("x-request-id").unwrap()).await;
    }
    (world, ApiKey::parse(&key).unwrap().public_id().to_string())
}

/// What stands in the cells of the line that begins with `head`.
fn cells(page: &str, head: &str) -> Vec<String> {
    let (_, rest) = page.split_once(head).unwrap_or_else(|| panic!("no {head} in {page}"));
    let line = rest.split("</tr>").next().unwrap();
    line.split("<td")
        .skip(1)
        .map(|cell| cell.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn usage_is_shown_over_time_in_groups_and_as_a_file() {
    let (world, public_id) = asked(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let page = mona.page(&format!("/console/usage?workspace=shop&key={public_id}&group=outcome")).await;
    assert!(page.contains("<svg role=\"img\""), "{page}");
    assert_eq!(cells(&page, "<code>ok</code>")[..6], ["2", "2", "0", "0", "0", "0"]);
    assert_eq!(cells(&page, "<code>validation_failed</code>")[..6], ["1", "0", "0", "1", "0", "0"]);
    assert!(page.contains("<strong>3</strong>"), "all of them: {page}");

    let keys = mona.page("/console/usage?workspace=shop&group=key&period=7d&zone=Europe%2FBerlin").await;
    assert_eq!(cells(&keys, &format!("<code>{public_id}</code>"))[..6], ["3", "2", "0", "1", "0", "0"]);
    assert!(keys.contains("value=\"Europe/Berlin\""), "the form keeps what was chosen");

    let file = mona.get(&format!("/console/usage/download?workspace=shop&key={public_id}&group=outcome")).await;
    assert_eq!(file.status, 200);
    assert!(file.header("content-disposition").unwrap().contains("usage.csv"));
    assert!(file.text().starts_with("start,group,") && file.text().contains(",ok,,,"), "{}", file.text());
}

#[tokio::test]
async fn money_is_shown_where_the_model_has_a_price() {
    let (world, public_id) = asked(World::builder().set("PRICES_MODELS", "stand-in-model=1000/2000")).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let place = format!("/console/usage?workspace=shop&key={public_id}");
    let page = mona.page(&place).await;
    let sums: Vec<i64> = world
        .query("SELECT sum(1000 * prompt_tokens + 2000 * completion_tokens)::bigint FROM vestibule.usage_events")
        .await;
    // By thousandths of a dollar a token: the last four digits are decimals once two zeros are cut.
    let expected = format!("{}.{:04}\u{a0}USD", sums[0] / 1_000_000, sums[0] % 1_000_000 / 100);
    assert!(page.contains(&expected) && page.contains("at the price of the model that gave it"), "{expected}: {page}");
    let models = mona.page(&format!("{place}&group=model")).await;
    let line = models.split("stand-in-model").nth(1).unwrap_or_else(|| panic!("{models}"));
    assert!(line.contains(&expected), "{expected}: {models}");
    eventually(async || {
        let waiting = world.query::<i64>("SELECT count(*) FROM vestibule.usage_pending WHERE model IS NOT NULL").await;
        if waiting == [0] { Ok(()) } else { Err(waiting) }
    })
    .await;
    // What was answered before models were written down, and by another one: each at its own price, and none at a guess.
    world.sql("UPDATE vestibule.usage_rollups SET value = 'older-model' WHERE dimension = 'model'").await;
    let older = world.replica_with(&[("PRICES_MODELS", "stand-in-model=1000/2000,older-model=3000/6000")]).await;
    let mut mona = Staff::log_in(&older, "mona").await;
    let page = mona.page(&place).await;
    let tripled = format!("{}.{:04}\u{a0}USD", 3 * sums[0] / 1_000_000, 3 * sums[0] % 1_000_000 / 100);
    assert!(page.contains(&tripled), "{tripled}: {page}");
    world.sql("DELETE FROM vestibule.usage_rollups WHERE dimension = 'model'").await;
    let page = mona.page(&place).await;
    assert!(page.contains(&expected) && page.contains("counted at the price of stand-in-model"), "{expected}: {page}");
    let other = world.replica_with(&[("PRICES_MODELS", "another=1/1")]).await;
    let mut mona = Staff::log_in(&other, "mona").await;
    let page = mona.page(&place).await;
    assert!(!page.contains("USD") && page.contains("There is no price for generic-openai, stand-in-model"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_shown_is_said_beside_its_field() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    for (query, field) in [
        ("zone=Mars%2FOlympus", "f-zone"),
        ("period=own&from=2026-02-02&to=2026-02-01", "f-from"),
        ("period=own&from=2020-01-01&to=2026-02-01", "f-from"),
        ("key=no%20key", "f-key"),
    ] {
        let answer = mona.get(&format!("/console/usage?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert!(answer.text().contains(&format!("id=\"{field}-fault\"")), "{query}: {}", answer.text());
    }
    let empty = mona.page("/console/usage?workspace=shop").await;
    assert!(empty.contains("Nothing was asked in this period") && empty.contains("href=\"/console/keys\""), "{empty}");
}

#[tokio::test]
async fn only_those_who_manage_see_usage_and_only_their_own() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    for path in ["/console/usage", "/console/usage/download"] {
        assert_eq!(dora.get(path).await.status, 403, "{path}");
    }
    let mut mona = Staff::log_in(&world, "mona").await;
    for path in ["/console/usage?workspace=none-such", "/console/usage?key=AAAAAAAAAAAA"] {
        assert_eq!(mona.get(path).await.status, 404, "{path}");
    }
    let key = world.key(KeySpec { workspace: None, ..world.spec(KeyKind::Secret) }).await;
    assert_eq!(world.admin().bearer(&key).get("/console/usage").await.status, 303, "a key is nobody here");
}

#[tokio::test]
async fn what_pages_call_themselves_is_text() {
    let world = populated(World::builder()).await;
    let key = world.publishable_key().await;
    let evil = world.public().bearer(&key).with("origin", "https://evil.example");
    let refused = evil.post("/api/v1/chat", &json!({"message": QUESTION})).await;
    world.until_recorded(refused.header("x-request-id").unwrap()).await;
    world.sql("UPDATE vestibule.api_keys SET name = '<script>alert(1)</script>'").await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let page = mona.page("/console/usage?group=key").await;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"), "{page}");
    let german = {
        mona.post("/console/language", &[("language", "de")]).await;
        mona.page("/console/usage?group=origin").await
    };
    assert!(german.contains("https://evil.example") && german.contains("Anfragen im Verlauf"), "{german}");
}

#[tokio::test]
async fn what_was_asked_in_vain_is_not_called_answered_and_staff_is_no_shopper() {
    let (world, public_id) = asked(World::builder()).await;
    let page = world.public().bearer(&world.publishable_key().await).with("origin", crate::harness::ORIGIN);
    let strange = page.post("/api/v1/chat", &json!({"message": "Zebra quartz umbrella?"})).await;
    assert_eq!(strange.json()["refused"], true);
    world.until_recorded(strange.header("x-request-id").unwrap()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/workspaces/shop/playground").await;
    let fields = [("key", public_id.as_str()), ("message", QUESTION)];
    let staff = mona.post("/console/workspaces/shop/playground/ask", &fields).await;
    world.until_recorded(staff.header("x-request-id").unwrap()).await;
    // The same numbers for the same questions, and none of what staff looked at or asked.
    let usage = mona.page("/console/usage?workspace=shop&group=outcome").await;
    assert_eq!(cells(&usage, "<code>ok</code>")[..6], ["2", "2", "0", "0", "0", "0"]);
    assert_eq!(cells(&usage, "<code>nothing_found</code>")[..6], ["1", "0", "1", "0", "0", "0"]);
    assert!(usage.contains("<strong>4</strong>"), "all of them: {usage}");
    let keys = mona.page("/console/usage?workspace=shop&group=key").await;
    assert!(!keys.contains("(none)"), "{keys}");
    let routes = mona.page("/console/usage?group=route").await;
    assert!(routes.contains("console.playground.ask"), "it counts for the installation: {routes}");
    let overview = mona.page("/console/workspaces/shop").await;
    let number = |name: &str| {
        let (_, rest) =
            overview.split_once(&format!("{name}</dt><dd><strong>")).unwrap_or_else(|| panic!("{overview}"));
        rest.split('<').next().unwrap().to_owned()
    };
    assert_eq!(["Questions today", "Nothing found", "Failed", "Turned away"].map(number), ["3", "1", "0", "1"]);
    assert!(overview.contains("67% answered"), "{overview}");
}
