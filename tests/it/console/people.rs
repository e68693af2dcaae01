//! People and sessions: one's own, and for those who may, others'.

use super::{Staff, populated};
use crate::harness::World;
use vestibule_stand_in::Failure;

/// Where the form is sent that ends the other session on the page.
fn ends(page: &str) -> Vec<String> {
    let parts = page.split("action=\"/console/people/sessions/").skip(1);
    parts
        .filter_map(|part| part.split_once("/end\""))
        .map(|(id, _)| format!("/console/people/sessions/{id}/end"))
        .collect()
}

fn number(page: &str, name: &str) -> String {
    let (before, _) =
        page.split_once(&format!("aria-label=\"Show sessions: {name}\"")).unwrap_or_else(|| panic!("{page}"));
    before.rsplit("?user=").next().unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn everybody_sees_and_ends_their_own_sessions() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    let mut phone = Staff::log_in(&world, "dora").await;
    let page = dora.page("/console/people").await;
    assert_eq!((ends(&page).len(), page.matches(">this one<").count()), (2, 1), "{page}");
    let own = page.split(">this one<").nth(1).unwrap();
    let mine = ends(own)[0].clone();
    let other = ends(&page).into_iter().find(|place| *place != mine).unwrap();
    assert!(dora.done(&other, &[]).await.contains("The session is over."));
    assert_eq!(phone.get("/console/people").await.status, 303, "it is over at once");
    assert_eq!(dora.post(&other, &[]).await.status, 404, "it is no more");
    let out = dora.post(&mine, &[]).await;
    assert_eq!(out.header("location"), Some("/console/login?over=yes"));
    assert_eq!(dora.get("/console/people").await.status, 303);
}

#[tokio::test]
async fn an_admin_ends_the_sessions_of_others_and_nobody_else_does() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let mut dora = Staff::log_in(&world, "dora").await;
    let people = anna.page("/console/people").await;
    let number = number(&people, "dora");
    let theirs = anna.page(&format!("/console/people?user={number}")).await;
    assert!(theirs.contains("Sessions of dora"), "{theirs}");
    let end = ends(&theirs).remove(0);

    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/people").await;
    assert_eq!(mona.get(&format!("/console/people?user={number}")).await.status, 403);
    assert_eq!(mona.post(&end, &[("user", &number)]).await.status, 403);
    assert_eq!(mona.post(&end, &[]).await.status, 404, "it is not one of hers");
    assert_eq!(mona.post("/console/people/sessions/end", &[("user", &number)]).await.status, 403);
    dora.page("/console/people").await;

    let page = anna.done("/console/people/sessions/end", &[("user", &number)]).await;
    assert!(page.contains("The sessions are over.") && page.contains("No session is open."), "{page}");
    assert_eq!(dora.get("/console/people").await.status, 303);
    assert!(anna.page("/console/audit").await.contains("sessions.ended"));
    assert_eq!(anna.get("/console/people?user=0").await.status, 404);
}

#[tokio::test]
async fn members_are_shown_added_and_removed() {
    let world = populated(World::builder()).await;
    world.upstream.control().add_user("eva<b>", super::PASSWORD, "default");
    let mut mona = Staff::log_in(&world, "mona").await;
    let place = format!("/console/people?workspace={}", world.workspace.slug);
    let page = mona.page(&place).await;
    assert!(
        page.contains("Remove dora") && page.contains("eva&lt;b&gt; (default)") && !page.contains("eva<b>"),
        "{page}"
    );
    let eva = page.split("eva&lt;b&gt; (default)").next().unwrap();
    let eva = eva.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned();
    let members = format!("/console/workspaces/{}/members", world.workspace.slug);
    let added = mona.done(&members, &[("person", &eva)]).await;
    assert!(added.contains("The person is a member now.") && added.contains("Remove eva&lt;b&gt;"), "{added}");
    let removed = mona.done(&format!("{members}/{eva}/remove"), &[]).await;
    assert!(removed.contains("no longer a member") && !removed.contains("Remove eva"), "{removed}");
    assert_eq!(mona.post(&members, &[("person", "9999")]).await.status, 404);
    assert_eq!(mona.post("/console/workspaces/none-such/members", &[("person", &eva)]).await.status, 404);
    assert_eq!(mona.get("/console/people?workspace=none-such").await.status, 404);

    let mut dora = Staff::log_in(&world, "dora").await;
    dora.page("/console/people").await;
    assert_eq!(dora.post(&members, &[("person", &eva)]).await.status, 403);
    assert!(!dora.page(&place).await.contains("Members of"), "who is a member is not for everybody");
}

#[tokio::test]
async fn sessions_are_shown_although_anythingllm_is_away() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    world.upstream.control().fail(Failure::Refuse);
    let page = anna.page(&format!("/console/people?workspace={}", world.workspace.slug)).await;
    assert!(page.contains(">this one<") && page.contains("AnythingLLM does not answer"), "{page}");
    anna.post("/console/language", &[("language", "de")]).await;
    assert!(anna.page("/console/people").await.contains("Ihre Sitzungen"));
}
