//! `GET /healthz` on the public and admin listeners: the process answers. Whether it should be sent requests is the ops
//! listener's `/readyz`.

/// `ok`
pub(super) async fn health() -> &'static str {
    "ok\n"
}
