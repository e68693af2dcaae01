//! The catalogue as staff see it: the shop is connected, read, and told what is wrong with it.

use super::{Staff, populated};
use crate::catalog::csv;
use crate::catalog::feed_server::FeedServer;
use crate::harness::{World, eventually};
use vestibule::domain::store::StoreStatus;

const PAGE: &str = "/console/workspaces/shop/catalogue";
const FORM: &str = "/console/workspaces/shop/catalogue/store";

/// A world whose shops may be on this machine.
async fn world(workers: u32) -> World {
    let builder = World::builder()
        .set("CATALOG_WORKERS", workers)
        .set("CATALOG_POLL_MILLIS", 50)
        .set("CATALOG_RETRY_MILLIS", 1)
        .set("OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8");
    populated(builder).await
}

/// The fields of a feed's form.
fn fields<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("platform", "feed"),
        ("store_url", "https://shop.example"),
        ("feed_url", url),
        ("feed_format", "csv"),
        ("failure_threshold_percent", "100"),
        ("removal_threshold_percent", "10"),
        ("include_out_of_stock", "on"),
        ("credentials", "keep"),
    ];
    for (name, value) in more {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    fields
}

/// The page of the newest run.
async fn newest_run(staff: &mut Staff) -> String {
    let page = staff.page(PAGE).await;
    let places = page.split("href=\"").filter_map(|part| part.split('"').next());
    let mut runs = places.filter(|place| place.starts_with(&format!("{PAGE}/runs/")));
    runs.next().unwrap_or_else(|| panic!("no run in {page}")).to_owned()
}

/// Starts a run and waits for its end; gives its page.
async fn run(staff: &mut Staff, fields: &[(&str, &str)]) -> String {
    let started = staff.done(&format!("{PAGE}/runs"), fields).await;
    assert!(started.contains("The run has been queued."), "{started}");
    let place = newest_run(staff).await;
    let events = staff.get(&format!("{place}/events")).await;
    assert_eq!(events.header("content-type").map(|kind| kind.starts_with("text/event-stream")), Some(true));
    assert!(
        events.text().contains("event: progress\ndata: \"") && events.text().ends_with("event: over\ndata: {}\n\n")
    );
    place
}

#[tokio::test]
async fn a_shop_is_connected_read_and_told_what_is_wrong() {
    let world = world(1).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5) + "<b>P9</b>,a,b,https://shop.example/p/9,cheap,in_stock\n").await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let empty = mona.page(PAGE).await;
    assert!(empty.contains("No shop is connected") && empty.contains(&format!("href=\"{FORM}\"")), "{empty}");
    mona.page(FORM).await;
    let saved = mona.done(FORM, &fields(&feed.url(), &[])).await;
    assert!(saved.contains("Check it now.") && saved.contains("The catalogue was never read"), "{saved}");

    let dry = run(&mut mona, &[("dry_run", "on")]).await;
    let page = mona.page(&dry).await;
    assert!(page.contains(">dry run<") && page.contains("<code>P0</code>"), "{page}");
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.catalog_products").await, [0]);

    let place = run(&mut mona, &[]).await;
    let page = mona.page(&format!("{place}?outcome=refused")).await;
    assert!(page.contains("<code>&lt;b&gt;P9&lt;/b&gt;</code>") && !page.contains("<b>P9"), "{page}");
    assert!(page.contains(r#"class="number">7<"#), "product and line: {page}");
    assert!(!page.contains("<code>P0</code>"), "only what was asked for");
    let file = mona.get(&format!("{place}/report.csv?outcome=refused")).await;
    assert_eq!(file.text().lines().count(), 2, "{}", file.text());
    assert!(file.text().contains("refused,<b>P9</b>,6,7,"), "{}", file.text());
    mona.post("/console/language", &[("language", "de")]).await;
    assert!(mona.page(&place).await.contains("teilweise erledigt"));
}

#[tokio::test]
async fn a_page_of_a_run_tells_one_thing_at_a_time() {
    let world = world(0).await;
    let feed = FeedServer::serve(csv(0..3, |_| 5)).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(FORM).await;
    mona.done(FORM, &fields(&feed.url(), &[])).await;
    let list = mona.page(PAGE).await;
    let port = feed.url().rsplit_once('/').unwrap().0.rsplit_once(':').unwrap().1.to_owned();
    assert!(list.contains(&format!("127.0.0.1:{port}/")), "the address keeps its port: {list}");
    let started = mona.post(&format!("{PAGE}/runs"), &[]).await;
    let place = started.header("location").unwrap().to_owned();
    world
        .sql(
            "UPDATE vestibule.sync_runs
             SET status = 'running', phase = 'embedding', holder = gen_random_uuid(), lease_until = now() + interval '1 hour',
                 records_read = 3, products_total = 3, products_done = 1",
        )
        .await;
    for path in [place.as_str(), PAGE] {
        let page = mona.page(path).await;
        assert_eq!(page.matches(">running</span>").count(), 1, "{page}");
        let live = page.split_once("data-events=").unwrap().1.split("<h2>").next().unwrap();
        assert!(live.contains(">running</span>") && live.contains("33%"), "what changes is replaced: {live}");
        assert!(live.contains("<dt>Records</dt><dd><strong>3</strong>"), "{live}");
        assert_eq!(page.matches("<dt>Records</dt>").count(), 1, "{page}");
    }
}

#[tokio::test]
async fn the_report_calls_products_by_their_names() {
    let world = world(1).await;
    let more = "<b>P9</b>,a,b,https://shop.example/p/9,cheap,in_stock\n";
    let feed = FeedServer::serve(csv(0..2, |_| 5) + more).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(FORM).await;
    mona.done(FORM, &fields(&feed.url(), &[])).await;
    let place = run(&mut mona, &[]).await;
    let page = mona.page(&place).await;
    assert!(page.contains("<code>P1</code><div>Article number 1</div>"), "{page}");
    assert!(page.contains(">Refused</span>") && !page.contains(">refused</span>"), "one spelling: {page}");
}

#[tokio::test]
async fn a_schedule_that_is_due_too_often_is_refused_at_its_field() {
    let world = world(0).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let page = mona.page(FORM).await;
    assert!(page.contains("every hour") && page.contains("Every 15 minutes at most."), "it explains itself: {page}");
    let often = [("schedule.every", "own"), ("schedule.cron", "* * * * *")];
    let answer = mona.post(FORM, &fields("https://feed.example/f.csv", &often)).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let page = answer.text();
    assert!(
        page.contains("id=\"f-schedule-cron-fault\"") && page.contains("more often than every 15 minutes"),
        "{page}"
    );
    assert!(page.contains("value=\"* * * * *\""), "what was typed stays: {page}");
    mona.post("/console/language", &[("language", "de")]).await;
    let answer = mona.post(FORM, &fields("https://feed.example/f.csv", &often)).await;
    assert!(answer.text().contains("darf höchstens alle 15 Minuten fällig sein"), "{}", answer.text());
    mona.done(FORM, &fields("https://feed.example/f.csv", &[("schedule.every", "15 * * * *")])).await;
}

#[tokio::test]
async fn removals_that_are_withheld_are_told_and_allowed_only_with_a_box() {
    let world = world(1).await;
    let feed = FeedServer::serve(csv(0..20, |_| 5)).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(FORM).await;
    mona.done(FORM, &fields(&feed.url(), &[])).await;
    run(&mut mona, &[]).await;
    let smaller = FeedServer::serve(csv(0..15, |_| 5)).await;
    let form = mona.page(FORM).await;
    let version = form.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    mona.done(FORM, &fields(&smaller.url(), &[("version", &version)])).await;
    let place = run(&mut mona, &[]).await;
    let page = mona.page(&place).await;
    assert!(page.contains("5 products that are no longer in the feed were not removed"), "{page}");
    assert!(page.contains("more than the set share") && page.contains("<code>P19</code>"), "{page}");

    let unsure = mona.done(&format!("{PAGE}/runs"), &[("allow_mass_removal", "on")]).await;
    assert!(unsure.contains("Nothing was done: tick the box first."), "{unsure}");
    let place = run(&mut mona, &[("allow_mass_removal", "on"), ("sure", "on")]).await;
    assert!(!mona.page(&place).await.contains("were not removed"));
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.catalog_products").await, [15]);

    let version = mona.page(PAGE).await;
    let version = version.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let disconnect = format!("{PAGE}/disconnect");
    assert!(mona.done(&disconnect, &[("version", &version)]).await.contains("tick the box first"));
    assert_eq!(mona.post(&disconnect, &[("version", "999"), ("sure", "on")]).await.status, 412);
    let gone = mona.done(&disconnect, &[("version", &version), ("sure", "on")]).await;
    assert!(gone.contains("The shop is disconnected") && gone.contains("No shop is connected"), "{gone}");
    eventually(async || match world.query::<i64>("SELECT count(*) FROM vestibule.catalog_products").await[..] {
        [0] => Ok(()),
        ref left => Err(left.to_vec()),
    })
    .await;
}

#[tokio::test]
async fn credentials_go_in_and_never_come_out() {
    let world = world(0).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(FORM).await;
    let secret = "tok-0123456789abcdef9f3c";
    let bearer = [("credentials", "bearer"), ("credentials.token", secret), ("currency", "euro")];
    let refused = mona.post(FORM, &fields("https://feed.example/f.csv", &bearer)).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("id=\"f-currency-fault\"") && !refused.text().contains(secret),
        "{}",
        refused.text()
    );
    assert!(refused.text().contains("value=\"https://feed.example/f.csv\""), "what was written stays");
    let bearer = [("credentials", "bearer"), ("credentials.token", secret)];
    let saved = mona.done(FORM, &fields("https://feed.example/f.csv?key=hidden", &bearer)).await;
    assert!(saved.contains("ends with 9f3c") && !saved.contains(secret) && !saved.contains("key=hidden"), "{saved}");
    assert!(!mona.page(FORM).await.contains(secret));
    // Somebody else's change is not written over unseen.
    let changed = mona.post(FORM, &fields("https://feed.example/f.csv", &[("version", "7")])).await;
    assert_eq!(changed.status, 412);
    assert!(changed.text().contains("Somebody else has changed the connection"), "{}", changed.text());
    assert!(changed.text().contains("name=\"version\" value=\"1\""), "sent again it counts: {}", changed.text());
    // Kept when nothing is said of them.
    mona.done(FORM, &fields("https://feed.example/g.csv", &[("version", "1")])).await;
    assert!(mona.page(PAGE).await.contains("ends with 9f3c"));
    for (field, value) in [("platform", "amiga"), ("failure_threshold_percent", "many"), ("credentials", "magic")] {
        let answer = mona.post(FORM, &fields("https://feed.example/g.csv", &[(field, value)])).await;
        assert_eq!(answer.status, 422, "{field}");
    }
}

#[tokio::test]
async fn a_shop_is_checked_and_its_state_told() {
    let world = world(0).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5)).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(FORM).await;
    mona.done(FORM, &fields(&feed.url(), &[])).await;
    let checked = mona.done(&format!("{PAGE}/check"), &[]).await;
    assert!(checked.contains("The shop answers as it should.") && checked.contains(">works<"), "{checked}");
    assert!(mona.done(&format!("{PAGE}/check"), &[]).await.contains("It was checked a moment ago"));
    drop(feed);
    world.sql("UPDATE vestibule.store_connections SET last_checked_at = now() - interval '1 minute'").await;
    let faulty = mona.done(&format!("{PAGE}/check"), &[]).await;
    assert!(faulty.contains("The check has found something") && !faulty.contains(">works<"), "{faulty}");
    let stored: Vec<String> = world.query("SELECT status FROM vestibule.store_connections").await;
    assert_eq!(stored, [StoreStatus::Degraded.as_str()]);
}

#[tokio::test]
async fn a_run_goes_on_is_seen_without_scripts_and_can_be_ended() {
    let world = world(0).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5)).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(FORM).await;
    mona.done(FORM, &fields(&feed.url(), &[])).await;
    let started = mona.done(&format!("{PAGE}/runs"), &[]).await;
    assert!(started.contains("Waiting for a worker.") && started.contains("http-equiv=\"refresh\""), "{started}");
    assert!(mona.done(&format!("{PAGE}/runs"), &[]).await.contains("going on already"));
    let place = newest_run(&mut mona).await;
    assert!(started.contains(&format!("data-events=\"{place}/events\"")));
    let ended = mona.done(&format!("{place}/cancel"), &[]).await;
    assert!(ended.contains("The run is being ended.") && ended.contains(">ended<"), "{ended}");
    assert!(!ended.contains("http-equiv"), "nothing goes on any more");
}

#[tokio::test]
async fn who_may_not_and_what_is_not_there() {
    let world = world(0).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let none = "/console/workspaces/none-such/catalogue";
    let nil = uuid::Uuid::nil();
    for path in ["", "/store", &format!("/runs/{nil}"), &format!("/runs/{nil}/events"), "/runs/x/report.csv"] {
        assert_eq!(mona.get(&format!("{none}{path}")).await.status, 404, "{path}");
        if !path.is_empty() && path != "/store" {
            assert_eq!(mona.get(&format!("{PAGE}{path}")).await.status, 404, "{path}");
        }
    }
    mona.page(FORM).await;
    for path in ["/store", "/check", "/disconnect", "/runs", &format!("/runs/{nil}/cancel")] {
        let answer = mona.post(&format!("{none}{path}"), &[("sure", "on"), ("version", "1")]).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let mut dora = Staff::log_in(&world, "dora").await;
    assert_eq!(dora.get(PAGE).await.status, 403);
    assert!(mona.done(&format!("{PAGE}/runs"), &[]).await.contains("there is nothing to read"));
}
