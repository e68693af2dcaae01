//! Answers that are the same for everybody: not sent twice, and smaller for who takes them compressed.

use crate::harness::World;
use std::io::Read as _;

#[tokio::test]
async fn what_is_the_same_for_everybody_is_sent_once_and_small() {
    let world = World::builder().set("DEMO_ENABLED", true).start().await;
    for path in [
        "/api/v1/openapi.json",
        "/docs",
        "/docs/assets/docs.js",
        "/docs/assets/docs-operation.js",
        "/docs/assets/docs.css",
        "/docs/errors/not_found",
        "/demo/assets/demo.js",
        "/widget.js",
        "/widget/languages/de.x.json",
    ] {
        for client in [world.public(), world.admin()] {
            let plain = client.get(path).await;
            assert_eq!((plain.status.as_u16(), plain.header("content-encoding")), (200, None), "{path}");
            let tag = plain.header("etag").unwrap();
            let again = client.with("if-none-match", tag).get(path).await;
            assert_eq!((again.status.as_u16(), again.header("etag")), (304, Some(tag)), "{path}");
            assert!(again.body.is_empty() && again.header("cache-control") == plain.header("cache-control"), "{path}");
            let other = client.with("if-none-match", "\"another\"").get(path).await;
            assert_eq!(other.status, 200, "{path}");

            let packed = client.with("accept-encoding", "gzip, deflate, br").get(path).await;
            if plain.body.len() < 1024 {
                assert_eq!((packed.header("content-encoding"), packed.header("etag")), (None, Some(tag)), "{path}");
                continue;
            }
            assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
            assert!(packed.body.len() < plain.body.len() * 2 / 3, "{path}: {} bytes", packed.body.len());
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain.body, "{path}");
            assert!(packed.headers.get_all("vary").iter().any(|vary| vary == "Accept-Encoding"), "{path}");
            assert_ne!(packed.header("etag"), Some(tag), "{path}");
        }
    }
}

#[tokio::test]
async fn answers_about_somebody_are_never_compressed() {
    let world = World::start().await;
    let http = world.server().await.with("accept-encoding", "gzip");
    let answer = http.get("/api/v1/messages?session_id=nobody").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, None));
}
