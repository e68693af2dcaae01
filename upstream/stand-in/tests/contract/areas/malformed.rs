//! Bodies and content types nobody should send.

use crate::bench::Bench;

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

pub(crate) const REPLAYED: &[&[&str]] = &[ALL];

#[tokio::test]
async fn malformed_bodies_are_answered_as_recorded() {
    let mut bench = Bench::multi_user().await;
    bench.documents().await;
    bench.replay(ALL).await;
    bench.finish();
}
