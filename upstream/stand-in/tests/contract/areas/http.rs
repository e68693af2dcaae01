//! The HTTP level: CORS, caching, methods, unknown paths, request forms.

use crate::bench::{Bench, skipped};

const ALL: &[&str] = &[
    "http/absolute_form",
    "http/accept_encoding",
    "http/chunked_request",
    "http/chunked_request_trailers",
    "http/connection_close",
    "http/content_length_zero",
    "http/delete_ping",
    "http/expect_100",
    "http/get_v1_vector_search",
    "http/get_with_bad_json_body",
    "http/get_with_body",
    "http/get_with_origin",
    "http/get_with_origin_403",
    "http/h2c_upgrade",
    "http/head_ping",
    "http/head_post_only",
    "http/head_root",
    "http/head_v1_auth",
    "http/header_high_bytes",
    "http/header_size_15000",
    "http/header_size_16000",
    "http/header_size_17000",
    "http/header_size_40000",
    "http/header_size_8000",
    "http/headers_2500",
    "http/http10",
    "http/http10_keepalive",
    "http/if_none_match_304",
    "http/if_none_match_v1_auth",
    "http/missing_asset",
    "http/no_cache_request",
    "http/no_host",
    "http/options_no_origin",
    "http/options_origin",
    "http/options_star",
    "http/options_unknown",
    "http/patch_workspace",
    "http/post_ping",
    "http/put_v1_auth",
    "http/robots",
    "http/root",
    "http/spa_route",
    "http/trace",
    "http/two_hosts",
    "http/unknown_api_path",
    "http/unknown_v1_path",
    "http/url_15000",
    "http/url_20000",
];

/// Texts differ on purpose, types do not.
const PAGES: &[&str] = &["http/manifest", "http/docs"];

pub(crate) const REPLAYED: &[&[&str]] = &[ALL, PAGES];

#[tokio::test]
async fn http_is_spoken_as_recorded() {
    let mut bench = Bench::multi_user().await;
    bench.documents().await;
    bench.replay(ALL).await;
    if bench.control().is_none() {
        skipped("nothing", "pages are compared by type");
    }
    bench.replay(PAGES).await;
    bench.finish();
}
