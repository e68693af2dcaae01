//! Finding conversations, reading them, and noting something of them.

use super::{
    GAPS, LIST, QUESTION, STRANGE, ask, audited, faults, ids, listed, ok, patch, staff, staff_with, told, transcript,
    written,
};
use crate::harness::{Http, KeySpec, ORIGIN, World};
use crate::visitors::{Visitor, identified, identity_token};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule::domain::scope::Scope;

#[tokio::test]
async fn each_filter_finds_its_own() {
    let world = World::start().await;
    let staff = staff(&world).await;
    let key = world.publishable_key().await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    let secret = identified(&world, false).await;
    let anonymous = Visitor::arrive(&page, &json!({})).await;
    let anna = Visitor::arrive(&page, &json!({"identity_token": identity_token(&world, &secret, "anna")})).await;
    let server = world.server().await;

    ask(&anonymous.http, json!({"message": QUESTION, "visitor": {"locale": "de-AT"}})).await;
    written(&world, 1).await;
    ask(&anna.http, json!({"message": STRANGE, "visitor": {"locale": "en"}})).await;
    written(&world, 2).await;
    let third = ask(&server, json!({"message": "How heavy is the drill?", "visitor": {"id": "crm-7"}})).await;
    written(&world, 3).await;
    let rated = format!("/api/v1/messages/{}/feedback", third["id"].as_str().unwrap());
    ok(&server.post(&rated, &json!({"value": "down"})).await);

    let [newest, second, oldest] = &ids(&listed(&staff, "", 3).await)[..] else { panic!("three") };
    let public_id = ApiKey::parse(&key).unwrap().public_id();
    let key_id = format!("SELECT id::text FROM vestibule.api_keys WHERE public_id = '{public_id}'");
    let key_id = world.query::<String>(&key_id).await.pop().unwrap();
    let shown = ok(&staff.get(LIST).await);
    let of = |id: &str, field: &str| {
        let rows = shown["data"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap()[field].as_str().unwrap().to_owned()
    };
    let (visitor, customer) = (of(oldest, "visitor"), of(second, "customer"));
    assert!(visitor.starts_with("visitor:") && customer.starts_with("subject:"), "{shown}");
    let origin: String = url::form_urlencoded::byte_serialize(ORIGIN.as_bytes()).collect();
    for (query, expected) in [
        ("refused=true".to_owned(), vec![second]),
        ("refused=false".to_owned(), vec![newest, oldest]),
        ("failed=true".to_owned(), vec![]),
        ("feedback=down".to_owned(), vec![newest]),
        ("feedback=up".to_owned(), vec![]),
        ("locale=de".to_owned(), vec![oldest]),
        ("locale=EN".to_owned(), vec![second]),
        (format!("origin={origin}"), vec![second, oldest]),
        (format!("key={key_id}"), vec![second, oldest]),
        (format!("visitor={}", anonymous.id), vec![oldest]),
        (format!("visitor={visitor}"), vec![oldest]),
        ("visitor=crm-7".to_owned(), vec![newest]),
        ("subject=anna".to_owned(), vec![second]),
        (format!("subject={customer}"), vec![second]),
        ("subject=berta".to_owned(), vec![]),
        ("q=heavy".to_owned(), vec![newest]),
        ("q=ZEBRA+quartz".to_owned(), vec![second]),
        ("q=drill+-heavy".to_owned(), vec![oldest]),
        ("q=%22what+does+the%22".to_owned(), vec![oldest]),
        // What is no search is one that finds nothing, and never an error.
        ("q=%27%22%3A%26%7C!(".to_owned(), vec![]),
        ("to=2020-01-01T00:00:00Z".to_owned(), vec![]),
        ("from=2020-01-01T00:00:00Z&refused=true&locale=en".to_owned(), vec![second]),
        ("solved=false".to_owned(), vec![newest, second, oldest]),
        ("solved=true".to_owned(), vec![]),
    ] {
        let found = ids(&ok(&staff.get(&format!("{LIST}?{query}")).await));
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_a_new_question_brings_its_conversation_to_the_top() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let mut sessions = Vec::new();
    for count in 1..=3 {
        sessions.push(ask(&page, json!({"message": QUESTION})).await["session_id"].clone());
        written(&world, count).await;
    }
    let all = ids(&listed(&staff, "", 3).await);
    let first = ok(&staff.get(&format!("{LIST}?limit=2")).await);
    assert_eq!((ids(&first), &first["has_more"]), (all[..2].to_vec(), &json!(true)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ok(&staff.get(&format!("{LIST}?limit=2&cursor={cursor}")).await);
    assert_eq!(
        (ids(&second), &second["has_more"], &second["next_cursor"]),
        (all[2..].to_vec(), &json!(false), &Value::Null)
    );
    ask(&page, json!({"message": STRANGE, "session_id": sessions[0]})).await;
    written(&world, 4).await;
    assert_eq!(ids(&listed(&staff, "", 3).await)[0], all[2]);
    let said = ok(&staff.get(&format!("{LIST}/{}", all[2])).await);
    let asked: Vec<_> = said["messages"].as_array().unwrap().iter().map(|m| m["question"].as_str().unwrap()).collect();
    assert_eq!(asked, [QUESTION, STRANGE], "oldest first");
}

#[tokio::test]
async fn every_fault_of_a_query_is_named() {
    let world = World::start().await;
    let staff = staff(&world).await;
    for (query, named) in [
        ("feedback=meh", ("feedback", "format")),
        ("key=vst_pk_live_x", ("key", "format")),
        ("from=yesterday", ("from", "format")),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", ("from", "out_of_range")),
        ("q=", ("q", "format")),
        ("refused=maybe", ("refused", "type")),
        ("cursor=7", ("cursor", "format")),
        ("limit=0", ("limit", "out_of_range")),
        ("order=asc", ("order", "unknown")),
    ] {
        let named = (named.0.to_owned(), named.1.to_owned());
        assert_eq!(faults(&staff.get(&format!("{LIST}?{query}")).await), [named], "{query}");
    }
    let format = faults(&staff.get(&format!("{LIST}/export?format=xml")).await);
    assert_eq!(format, [("format".into(), "format".into())]);
    let from = faults(&staff.get(&format!("{GAPS}?from=2999-01-01T00:00:00Z")).await);
    assert_eq!(from, [("from".into(), "out_of_range".into())]);
}

#[tokio::test]
async fn another_workspaces_conversation_is_not_there() {
    let world = World::start().await;
    let other = world.add_workspace("other").await;
    let (page, own) = (world.browser().await, staff(&world).await);
    ask(&page, json!({"message": QUESTION})).await;
    let id = ids(&listed(&own, "", 1).await)[0].clone();
    let spec = KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Secret) };
    let scopes = vestibule::domain::scope::Scope::ALL.into_iter().collect();
    let stranger = world.public().bearer(&world.key(KeySpec { scopes, ..spec }).await);
    assert_eq!(told(&stranger.get(LIST).await), (404, "not_found".into()));
    let theirs = "/api/v1/workspaces/other/conversations";
    assert_eq!(ids(&ok(&stranger.get(theirs).await)), Vec::<String>::new());
    assert_eq!(told(&stranger.get(&format!("{theirs}/{id}")).await), (404, "not_found".into()));
    let mark = json!({"solved": true});
    assert_eq!(told(&patch(&stranger, &format!("{theirs}/{id}"), Some("*"), &mark).await), (404, "not_found".into()));
    for missing in [Uuid::new_v4().to_string(), "x".into()] {
        assert_eq!(told(&own.get(&format!("{LIST}/{missing}")).await), (404, "not_found".into()));
    }
    assert_eq!(ok(&own.get(&format!("{LIST}/{id}")).await)["solved"], false);
}

#[tokio::test]
async fn a_note_is_written_by_whoever_has_read_the_newest_version() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    ask(&page, json!({"message": STRANGE})).await;
    let path = format!("{LIST}/{}", ids(&listed(&staff, "", 1).await)[0]);
    let read = staff.get(&path).await;
    let tag = read.header("etag").unwrap().to_owned();
    let note = json!({"solved": true, "note": "Swordfish is written down now."});
    assert_eq!(told(&patch(&staff, &path, None, &note).await), (428, "precondition_required".into()));
    let marked = patch(&staff, &path, Some(&tag), &note).await;
    let row = ok(&marked);
    assert_eq!((&row["solved"], &row["note"]), (&json!(true), &note["note"]));
    assert_ne!(marked.header("etag"), Some(tag.as_str()));
    let late = patch(&staff, &path, Some(&tag), &json!({"solved": false})).await;
    assert_eq!(told(&late), (412, "precondition_failed".into()));
    assert_eq!(transcript(&staff, "solved=true").await["note"], note["note"]);
    // The same once more is no change; what is not given stays.
    let again = patch(&staff, &path, Some("*"), &json!({"solved": true})).await;
    assert_eq!(again.header("etag"), marked.header("etag"));
    let without = ok(&patch(&staff, &path, Some("*"), &json!({"note": null})).await);
    assert_eq!((&without["solved"], &without["note"]), (&json!(true), &Value::Null));
    assert_eq!(
        faults(&patch(&staff, &path, Some("*"), &json!({"solved": 1, "owner": "x"})).await),
        [("solved".into(), "type".into()), ("owner".into(), "unknown".into())]
    );
    let log = audited(&world, "conversation.marked").await;
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].contains("[redacted]") && !log.concat().contains("Swordfish"), "{log:?}");
}

#[tokio::test]
async fn gaps_are_what_was_asked_in_vain_and_the_same_words_are_one() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    for (message, locale) in
        [("Zebra quartz umbrella?", "en"), ("UMBRELLA: zebra, quartz!", "de"), ("Falcon marzipan?", "en")]
    {
        ask(&page, json!({"message": message, "visitor": {"locale": locale}})).await;
    }
    let answered = ask(&page, json!({"message": QUESTION})).await;
    written(&world, 4).await;
    let gaps = ok(&staff.get(GAPS).await);
    let rows = gaps["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{gaps}");
    assert_eq!((&rows[0]["words"], &rows[0]["questions"]), (&json!("quartz umbrella zebra"), &json!(2)));
    assert_eq!((&rows[0]["refused"], &rows[0]["example"]), (&json!(2), &json!("UMBRELLA: zebra, quartz!")));
    assert_eq!(rows[0]["locales"], json!(["de", "en"]));
    assert!(rows[0]["first_at"].as_str() < rows[0]["last_at"].as_str(), "{gaps}");
    // Disliked is in vain, too.
    let path = format!("/api/v1/messages/{}/feedback", answered["id"].as_str().unwrap());
    ok(&page.post(&path, &json!({"value": "down"})).await);
    let gaps = ok(&staff.get(GAPS).await);
    let disliked = gaps["data"].as_array().unwrap().iter().find(|gap| gap["example"] == QUESTION).unwrap();
    assert_eq!((&disliked["disliked"], &disliked["refused"]), (&json!(1), &json!(0)));
    let few = ok(&staff.get(&format!("{GAPS}?limit=1")).await);
    assert_eq!((few["data"].as_array().unwrap().len(), &few["has_more"]), (1, &json!(true)));
    assert_eq!(ok(&staff.get(&format!("{GAPS}?to=2020-01-01T00:00:00Z")).await)["data"], json!([]));
}

#[tokio::test]
async fn a_gap_is_dealt_with_until_it_is_asked_again() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    for message in ["Zebra quartz umbrella?", "UMBRELLA: zebra, quartz!", "Falcon marzipan?"] {
        ask(&page, json!({"message": message})).await;
    }
    let answered = ask(&page, json!({"message": QUESTION})).await["id"].as_str().unwrap().to_owned();
    written(&world, 4).await;
    let rows = ok(&staff.get(GAPS).await)["data"].clone();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["questions"]), (2, &json!(2)));
    let settle = |id: &str| format!("{GAPS}/{id}/settle");
    let id = rows[0]["id"].as_str().unwrap().to_owned();
    let post = async |client: &Http, path: &str| client.send(Method::POST, path, "").await;
    for _ in 0..2 {
        let done = post(&staff, &settle(&id)).await;
        assert_eq!((done.status.as_u16(), done.body.len()), (204, 0), "{}", done.text());
    }
    let left = ok(&staff.get(GAPS).await)["data"].clone();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["example"]), (1, &json!("Falcon marzipan?")));
    let log = audited(&world, "gap.settled").await;
    assert!(log.len() == 2 && log[0].contains(&format!("exchange:{id}")), "{log:?}");
    assert!(!log.concat().contains("quartz"), "not the words: {log:?}");
    ask(&page, json!({"message": "quartz zebra umbrella"})).await;
    written(&world, 5).await;
    let back = ok(&staff.get(GAPS).await)["data"].clone();
    let again = back.as_array().unwrap().iter().find(|gap| gap["words"] == "quartz umbrella zebra").unwrap();
    assert_eq!(again["questions"], 1, "what was asked since then: {back}");

    // What is no gap: nothing, an answer that helped, another workspace's.
    let nil = Uuid::nil().to_string();
    for wrong in ["x", nil.as_str(), answered.as_str()] {
        assert_eq!(told(&post(&staff, &settle(wrong)).await), (404, "not_found".into()), "{wrong}");
    }
    world.add_workspace("other").await;
    let scopes = Scope::ALL.into_iter().collect();
    let everywhere = world.key(KeySpec { workspace: None, scopes, ..world.spec(KeyKind::Secret) }).await;
    let everywhere = world.public().bearer(&everywhere);
    for other in ["other", "none"] {
        let path = settle(&id).replace("/shop/", &format!("/{other}/"));
        assert_eq!(told(&post(&everywhere, &path).await), (404, "not_found".into()), "{other}");
    }
    let asked = post(&staff, &format!("{}?force=yes", settle(&id))).await;
    assert_eq!(faults(&asked), [("force".into(), "unknown".into())]);
    assert_eq!(told(&staff.post(&settle(&id), &json!("x".repeat(2000))).await), (413, "body_too_large".into()));
    assert_eq!(told(&post(&world.public(), &settle(&id)).await), (401, "unauthenticated".into()));
    let scopes: Vec<_> = Scope::ALL.into_iter().filter(|scope| *scope != Scope::ConversationsRead).collect();
    for client in [&staff_with(&world, &scopes).await, &page] {
        assert_eq!(told(&post(client, &settle(&id)).await), (403, "insufficient_scope".into()));
    }
}

#[tokio::test]
async fn words_are_found_by_the_index_as_they_are_without_it() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let long = "z".repeat(250);
    let what = format!("What is {long}");
    let asked = ["Do you have saddles?", "Heavy drills NW-18 please", what.as_str(), "saddles or drills?"];
    for (number, message) in asked.iter().enumerate() {
        ask(&page, json!({"message": message, "session_id": format!("s-{number}")})).await;
    }
    written(&world, 4).await;
    let questions = async |query: &str| {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let page = ok(&staff.get(&format!("{LIST}?q={query}")).await);
        let question = |row: &Value| row["question"].as_str().unwrap().to_owned();
        let mut found: Vec<String> = page["data"].as_array().unwrap().iter().map(question).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(questions("saddle").await, ["Do you have saddles?", "saddles or drills?"]);
    assert_eq!(questions("saddle -drill").await, ["Do you have saddles?"]);
    assert_eq!(questions("please nw18").await, ["Heavy drills NW-18 please"]);
    assert_eq!(questions("\"heavy drills\"").await, ["Heavy drills NW-18 please"]);
    assert_eq!(questions("\"drills heavy\"").await, Vec::<String>::new(), "the order counts");
    assert_eq!(questions("heavy or zebra").await, ["Heavy drills NW-18 please"]);
    assert_eq!(questions(&long).await.len(), 1, "a word that the index has cut");
    assert_eq!(questions("unicorn").await, Vec::<String>::new());
    assert_eq!(questions("\"").await, Vec::<String>::new());
    assert_eq!(questions("-saddle").await.len(), 2, "what only excludes");
}
