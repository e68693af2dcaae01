//! Webhooks as staff see them: made with a secret that is shown once, tried out, changed, removed; what can be told.

use super::{Staff, foreign_workspace, populated};
use crate::harness::{Reply, Shop, World, eventually};
use crate::stores::with_local_shops;
use vestibule::domain::webhook::WebhookEvent;

const PAGE: &str = "/console/workspaces/shop/webhooks";
const NEW: &str = "/console/workspaces/shop/new-webhook";
const URL: &str = "https://hooks.example/in?token=t0ken";
const HOSTILE: &str = "\"'><script>alert(1)</script>";

/// The fields of the form.
pub(super) fn fields<'a>(url: &'a str, events: &'a [&'a str], percent: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("url", url), ("description", "On call"), ("refused_percent", percent)];
    fields.extend(events.iter().map(|event| ("events", *event)));
    fields
}

/// The secret that a page shows this once.
fn secret(page: &str) -> String {
    let (_, rest) = page.split_once("<code>whsec_").unwrap_or_else(|| panic!("a secret is shown: {page}"));
    format!("whsec_{}", rest.split('<').next().unwrap())
}

fn version(page: &str) -> String {
    page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Makes one; gives where it is, and its secret.
pub(super) async fn made(staff: &mut Staff, fields: &[(&str, &str)]) -> (String, String) {
    staff.page(NEW).await;
    let page = staff.done(NEW, fields).await;
    let page = page.as_str();
    let place = page.split("href=\"").find_map(|part| {
        part.split('"').next().filter(|place| place.strip_prefix(PAGE).is_some_and(|id| id.len() == 37))
    });
    (place.unwrap().to_owned(), secret(page))
}

#[tokio::test]
async fn a_webhook_is_made_shown_once_changed_rotated_switched_and_removed() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let empty = mona.page(PAGE).await;
    assert!(empty.contains("Nobody is told anything") && empty.contains(&format!("href=\"{NEW}\"")), "{empty}");
    let form = mona.page(NEW).await;
    for event in WebhookEvent::ALL.into_iter().filter(|event| event.is_chosen()) {
        assert!(form.contains(&format!("value=\"{}\"", event.as_str())), "{event}: {form}");
    }
    let (place, first) = made(&mut mona, &fields(URL, &["key.expiring", "answers.refused"], "")).await;
    assert_eq!(first.len(), 50, "{first}");
    let page = mona.page(&place).await;
    assert!(!page.contains("whsec_"), "it is not shown again: {page}");
    assert!(page.contains("beyond 30%") && page.contains(">on<") && page.contains("No message yet"), "{page}");
    let list = mona.page(PAGE).await;
    assert!(list.contains("hooks.example/in") && !list.contains("t0ken") && list.contains("On call"), "{list}");

    let mut form = fields("https://hooks.example/other", &["catalog.sync_failed", "answers.refused"], "55");
    let read = version(&page);
    form.push(("version", &read));
    let changed = mona.done(&place, &form).await;
    assert!(changed.contains("The webhook was changed.") && changed.contains("beyond 55%"), "{changed}");
    assert!(changed.contains("A catalogue sync failed") && changed.contains("hooks.example/other"), "{changed}");
    let late = mona.post(&place, &form).await;
    assert_eq!(late.status, 412, "{}", late.text());
    assert!(late.text().contains("Somebody has changed this webhook"), "{}", late.text());
    assert_ne!(version(late.text()), read, "saved again it counts");

    let rotated = mona.done(&format!("{place}/rotate"), &[("grace_seconds", "3600")]).await;
    assert!(rotated.contains("has a new secret"), "{rotated}");
    assert_ne!(secret(&rotated), first);
    assert!(mona.page(&place).await.contains("The secret before this one signs as well until"));
    let leaked = mona.done(&format!("{place}/rotate"), &[("grace_seconds", "0")]).await;
    assert_ne!(secret(&leaked), secret(&rotated));
    assert!(!mona.page(&place).await.contains("signs as well until"));
    assert_eq!(mona.post(&format!("{place}/rotate"), &[("grace_seconds", "604801")]).await.status, 422);

    let off = mona.done(&format!("{place}/switch"), &[("enabled", "false")]).await;
    assert!(off.contains("The webhook is off") && off.contains(">off<"), "{off}");
    let on = mona.done(&format!("{place}/switch"), &[("enabled", "true")]).await;
    assert!(on.contains("The webhook is on") && on.contains(">on<"), "{on}");

    let unsure = mona.done(&format!("{place}/delete"), &[]).await;
    assert!(unsure.contains("Nothing was done: tick the box first."), "{unsure}");
    let gone = mona.done(&format!("{place}/delete"), &[("sure", "yes")]).await;
    assert!(gone.contains("The webhook is gone") && gone.contains("Nobody is told anything"), "{gone}");
    assert_eq!(mona.get(&place).await.status, 404);
    let log: Vec<String> = world
        .query("SELECT action || ' ' || actor_kind || coalesce(after::text, '') FROM vestibule.audit_log ORDER BY id")
        .await;
    let log = log.join("\n");
    for action in ["webhook.created", "webhook.updated", "webhook.secret_rotated", "webhook.deleted"] {
        assert!(log.contains(&format!("{action} user")), "{action} in {log}");
    }
    assert!(!log.contains("t0ken") && !log.contains("whsec_"), "{log}");
}

#[tokio::test]
async fn a_test_is_sent_and_what_came_of_it_is_shown_and_sent_again() {
    let world = populated(with_local_shops()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let receiver = Shop::start(|asked: &crate::harness::Asked| {
        Reply::new(if asked.target.contains("refuse") { 503 } else { 204 }, "<b>no</b>")
    })
    .await;
    let url = format!("http://{}/in", receiver.address);
    let (place, _) = made(&mut mona, &fields(&url, &["key.expiring"], "30")).await;
    let sent = mona.done(&format!("{place}/test"), &[]).await;
    assert!(sent.contains("A message is on its way."), "{sent}");
    eventually(async || {
        let part = mona.clone().page(&format!("{place}/deliveries")).await;
        if part.contains(">delivered<") && !part.contains("data-live") { Ok(()) } else { Err(part) }
    })
    .await;
    let page = mona.page(&place).await;
    assert!(page.contains("204") && page.contains("&quot;type&quot;: &quot;webhook.test&quot;"), "{page}");
    assert_eq!(receiver.asked().len(), 1);
    let replay =
        page.split("action=\"").find_map(|part| part.split('"').next().filter(|path| path.ends_with("/replay")));
    let replay = replay.unwrap().to_owned();
    let again = mona.done(&replay, &[]).await;
    assert!(again.contains("The message is on its way again."), "{again}");
    eventually(async || match receiver.asked().len() {
        2 => Ok(()),
        got => Err(got),
    })
    .await;
    let asked = receiver.asked();
    assert_eq!(asked[0].header("webhook-id"), asked[1].header("webhook-id"));
    assert!(mona.page(&format!("{place}?state=failed")).await.contains("No message is like that."));
    assert!(mona.page(&format!("{place}?state=delivered")).await.contains("webhook.test"));

    // One that is off gets it as well, and what went wrong is told.
    mona.done(&format!("{place}/switch"), &[("enabled", "false")]).await;
    let refusing = format!("{url}?refuse=yes");
    let read = version(&mona.page(&place).await);
    let mut form = fields(&refusing, &["key.expiring"], "30");
    form.push(("version", &read));
    mona.done(&place, &form).await;
    mona.done(&format!("{place}/test"), &[]).await;
    eventually(async || {
        let page = mona.clone().page(&format!("{place}?state=pending")).await;
        if page.contains("the receiver answered 503") && page.contains("Next attempt") { Ok(()) } else { Err(page) }
    })
    .await;
    let page = mona.page(&place).await;
    // It is tried again in seconds, so the page keeps it fresh, and has a link for browsers without scripts.
    assert!(page.contains("data-live=") && page.contains("<noscript><p><a href="), "{page}");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_lost() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(NEW).await;
    for (wrong, fields) in [
        ("f-url-fault", fields("ftp://hooks.example/", &["key.expiring"], "30")),
        ("f-url-fault", fields("https://127.0.0.1/", &["key.expiring"], "30")),
        ("f-url-fault", fields("https://u:p@hooks.example/", &["key.expiring"], "30")),
        ("f-events-fault", fields(URL, &[], "30")),
        ("f-events-fault", fields(URL, &["no.event"], "30")),
        ("f-events-fault", fields(URL, &["webhook.test"], "30")),
        ("f-refused_percent-fault", fields(URL, &["key.expiring"], "101")),
        ("f-refused_percent-fault", fields(URL, &["key.expiring"], "many")),
    ] {
        let answer = mona.post(NEW, &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}: {}", answer.text());
        let page = answer.text();
        assert!(page.contains(&format!("id=\"{wrong}\"")) && page.contains("value=\"On call\""), "{fields:?}: {page}");
    }
    assert!(mona.page(PAGE).await.contains("Nobody is told anything"));
    let (place, _) = made(&mut mona, &fields(URL, &["key.expiring"], "30")).await;
    let answer = mona.post(&place, &fields("https://[::1]/", &["key.expiring"], "30")).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("id=\"f-url-fault\"") && answer.text().contains("https://[::1]/"));
    for _ in 0..9 {
        made(&mut mona, &fields(URL, &["key.expiring"], "30")).await;
    }
    let full = mona.post(NEW, &fields(URL, &["key.expiring"], "30")).await;
    assert_eq!(full.status, 409, "{}", full.text());
    assert!(full.text().contains("as many webhooks as it may") && full.text().contains("t0ken"), "{}", full.text());
}

#[tokio::test]
async fn what_can_be_told_is_shown_with_its_bound_and_who_is_told() {
    let world = populated(World::builder().set("WEBHOOKS_UPSTREAM_AWAY_SECONDS", 90)).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let page = mona.page(PAGE).await;
    assert_eq!(page.matches(">nobody<").count(), WebhookEvent::ALL.len() - 1, "{page}");
    assert!(page.contains("80 % of a quota") && page.contains("100 % of a quota"), "{page}");
    assert!(page.contains("it has not answered for 90 seconds"), "{page}");
    let (place, _) = made(&mut mona, &fields(URL, &["answers.refused", "key.quota_warning"], "45")).await;
    let page = mona.page(PAGE).await;
    assert_eq!(page.matches(">nobody<").count(), WebhookEvent::ALL.len() - 3, "{page}");
    assert_eq!(page.matches(&format!("href=\"{place}\"")).count(), 3, "in the list and at each event: {page}");
    assert!(page.contains("beyond 45%"), "{page}");
    mona.done(&format!("{place}/switch"), &[("enabled", "false")]).await;
    let page = mona.page(PAGE).await;
    assert_eq!(page.matches(">nobody<").count(), WebhookEvent::ALL.len() - 1, "one that is off is not told: {page}");
    mona.post("/console/language", &[("language", "de")]).await;
    assert!(mona.page(PAGE).await.contains("Webhooks und Alarme"));
}

#[tokio::test]
async fn one_that_was_switched_off_for_its_receiver_says_why() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let (place, _) = made(&mut mona, &fields(URL, &["key.expiring"], "30")).await;
    for (because, said) in [("gone", "answered 410"), ("failing", "could not be delivered in more than two days")] {
        world.sql(&format!("UPDATE vestibule.webhooks SET enabled = false, disabled_because = '{because}'")).await;
        let page = mona.page(&place).await;
        assert!(page.contains(&format!("switched off: {because}")) && page.contains(said), "{page}");
        assert!(mona.page(PAGE).await.contains(&format!("switched off: {because}")));
    }
    let on = mona.done(&format!("{place}/switch"), &[("enabled", "true")]).await;
    assert!(!on.contains("switched off:"), "{on}");
}

#[tokio::test]
async fn markup_in_what_was_typed_stays_text() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let url = "https://hooks.example/<script>alert(1)</script>?a=\"'><script>alert(1)</script>";
    let mut form = vec![("url", url), ("description", HOSTILE), ("events", "key.expiring")];
    let (place, _) = made(&mut mona, &form).await;
    form[0].1 = "https://127.0.0.1/\"'><script>alert(1)</script>";
    let wrong = [mona.post(NEW, &form).await.text().to_owned(), mona.post(&place, &form).await.text().to_owned()];
    let pages = [mona.page(PAGE).await, mona.page(&place).await];
    for page in pages.iter().chain(&wrong) {
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    }
}

#[tokio::test]
async fn webhooks_are_for_whoever_manages_their_workspace() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let (place, _) = made(&mut mona, &fields(URL, &["key.expiring"], "30")).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    for path in [PAGE, NEW, &place, &format!("{place}/deliveries")] {
        assert_eq!(dora.get(path).await.status, 403, "{path}");
    }
    let foreign = foreign_workspace(&world).await;
    let id = place.rsplit('/').next().unwrap();
    let unknown = "01a22d88-cf3a-7f3b-ba17-7d9e73100781";
    world.add_workspace("other").await;
    for one in [
        format!("/console/workspaces/{}/webhooks/{id}", foreign.slug),
        format!("/console/workspaces/other/webhooks/{id}"),
        format!("{PAGE}/{unknown}"),
        format!("{PAGE}/nothing"),
    ] {
        assert_eq!(mona.get(&one).await.status, 404, "{one}");
        assert_eq!(mona.get(&format!("{one}/deliveries")).await.status, 404, "{one}");
        let replay = format!("deliveries/{unknown}/replay");
        for what in ["test", "rotate", "delete", "switch", &replay] {
            let answer = mona.post(&format!("{one}/{what}"), &[("sure", "yes"), ("enabled", "true")]).await;
            assert_eq!(answer.status, 404, "{one}/{what}: {}", answer.text());
        }
        assert_eq!(mona.post(&one, &fields(URL, &["key.expiring"], "30")).await.status, 404, "{one}");
    }
    for path in ["webhooks", "new-webhook"] {
        assert_eq!(mona.get(&format!("/console/workspaces/{}/{path}", foreign.slug)).await.status, 404, "{path}");
    }
    assert_eq!(mona.post(&format!("{place}/deliveries/{unknown}/replay"), &[]).await.status, 404);
    assert!(mona.page(&place).await.contains(">on<"), "it is there all the same");
}

#[tokio::test]
async fn without_the_database_nothing_is_promised() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let (place, _) = made(&mut mona, &fields(URL, &["key.expiring"], "30")).await;
    world.cut_off_the_database().await;
    let made = fields(URL, &["key.expiring"], "30");
    for answer in [
        mona.get(PAGE).await,
        mona.get(&place).await,
        mona.post(NEW, &made).await,
        mona.post(&place, &made).await,
        mona.post(&format!("{place}/test"), &[]).await,
        mona.post(&format!("{place}/rotate"), &[]).await,
        mona.post(&format!("{place}/switch"), &[("enabled", "false")]).await,
        mona.post(&format!("{place}/delete"), &[("sure", "yes")]).await,
    ] {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.text().contains("<html") && !answer.text().contains("whsec_"), "{}", answer.text());
    }
}
