//! Texts at addresses that programs know.

use crate::harness::World;

#[tokio::test]
async fn programs_that_read_for_a_model_are_told_what_this_is() {
    let world = World::start().await;
    let answer = world.public().get("/llms.txt").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("text/markdown; charset=utf-8")));
    let text = answer.text();
    assert!(text.starts_with("# Vestibule\n\n> ") && !text.contains("{base}"), "{text}");
    for address in text.split(['(', '`', ' ']).filter_map(|word| word.strip_prefix("https://chat.example")) {
        let path = address.split([')', '`', '?', ':']).next().unwrap();
        let status = world.public().get(path).await.status.as_u16();
        assert!([200, 401, 405].contains(&status) || path == "/openai/v1", "{path}: {status}");
    }
    let again = world.public().with("if-none-match", answer.header("etag").unwrap()).get("/llms.txt").await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn whom_to_tell_of_a_fault_is_there_where_somebody_has_said_it() {
    const PATH: &str = "/.well-known/security.txt";
    let world = World::start().await;
    let answer = world.public().get(PATH).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"));
    let told = |expires: &'static str| {
        let builder = World::builder().set("SECURITY_TXT_CONTACT", "mailto:security@shop.example");
        builder.set("SECURITY_TXT_EXPIRES", expires)
    };
    let world = told("2099-01-01T00:00:00Z").start().await;
    let answer = world.public().get(PATH).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert_eq!(
        answer.text(),
        "Contact: mailto:security@shop.example\nExpires: 2099-01-01T00:00:00Z\n\
         Canonical: https://chat.example/.well-known/security.txt\n"
    );
    let expired = told("2020-01-01T00:00:00Z").start().await;
    assert_eq!(expired.public().get(PATH).await.status, 404);
}
