//! Bodies and content types nobody should send.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use serde_json::json;
use std::io::Write;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, random};

const ALL: &[&str] = &[
    "malformed/ctype_charset_latin1",
    "malformed/ctype_form",
    "malformed/ctype_missing",
    "malformed/ctype_text_plain_invalid",
    "malformed/ctype_text_plain_json",
    "malformed/ctype_vendor_json",
    "malformed/ctype_xml",
    "malformed/encoding_gzip_bad",
    "malformed/encoding_unknown",
    "malformed/json_array",
    "malformed/json_bom",
    "malformed/json_duplicate_keys",
    "malformed/json_invalid",
    "malformed/json_invalid_no_key",
    "malformed/json_null",
    "malformed/json_primitive",
    "malformed/json_proto_pollution",
    "malformed/json_trailing_garbage",
];

/// Their bodies are cut off in the recording, or are not text.
const REBUILT: &[&str] = &[
    "malformed/huge_body_20mb",
    "malformed/huge_body_20mb_no_key",
    "malformed/json_deep_nesting",
    "malformed/json_bad_utf8",
    "malformed/ctype_charset_utf16",
    "malformed/encoding_gzip",
];

const TOKENS: &[&str] = &["malformed/jwt_alg_none", "malformed/jwt_wrong_secret", "malformed/jwt_deleted_user"];

pub(crate) const REPLAYED: &[&[&str]] = &[ALL, REBUILT, TOKENS];

#[rstest]
#[tokio::test]
async fn malformed_bodies_are_answered_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    bench.replay(ALL).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn bodies_beyond_text_are_answered_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.documents().await;
    let huge = format!("{{\"query\": \"rust\", \"pad\": \"{}\"}}", "x".repeat(20_000_000));
    let deep = format!("{{\"query\":{}{}}}", "[".repeat(3000), "]".repeat(3000));
    let utf16: Vec<u8> = "\u{feff}{\"query\":\"rust\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(b"{\"query\":\"rust\",\"topN\":1}").expect("memory");
    let gzip = gzip.finish().expect("memory");
    let bodies: [&[u8]; 6] =
        [huge.as_bytes(), huge.as_bytes(), deep.as_bytes(), b"{\"query\":\"\xff\xfe\"}", &utf16, &gzip];
    for (name, body) in REBUILT.iter().zip(bodies) {
        bench.replay_with(name, body).await;
    }
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn forged_and_orphaned_sessions_are_refused(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = part(r#"{"id":1,"username":"admin","iat":1}"#);
    let none = format!("{}.{claims}.", part(r#"{"alg":"none","typ":"JWT"}"#));
    bench.names.set("<JWT>", &none);
    bench.replay(&TOKENS[..1]).await;
    let head = part(r#"{"alg":"HS256","typ":"JWT"}"#);
    let forged = format!("{head}.{claims}.{}", part("thirty-two bytes that fit nothing"));
    bench.names.set("<JWT>", &forged);
    bench.replay(&TOKENS[1..2]).await;
    let name = format!("orphan{}", random());
    let body = json!({ "username": name, "password": "User-pass-1" });
    let created = bench.api("POST", "/api/v1/admin/users/new", &body).await;
    let orphan = bench.login(&name, "User-pass-1").await;
    let path = format!("/api/v1/admin/users/{}", created["user"]["id"]);
    bench.api("DELETE", &path, &json!(null)).await;
    bench.names.set("<JWT>", &orphan);
    bench.replay(&TOKENS[2..]).await;
    bench.finish().await;
}
