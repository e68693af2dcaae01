//! Any other shop: whether its address answers with the credentials.

use super::reply::{get, send};
use super::{Checked, Finding};
use crate::outbound::OutboundError;
use crate::store::headers;

pub(super) async fn check(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let credentials = checked.credentials.and_then(headers::authorization);
    let reply = send(checked.outbound, get(checked.settings.store_url.clone(), credentials)).await?;
    Ok(match reply.status.as_u16() {
        200..=299 => Finding::healthy("The shop's address answers."),
        _ => Finding::of_status(reply.status),
    })
}
