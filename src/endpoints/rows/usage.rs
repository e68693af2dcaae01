//! How much was used.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::Access;

service_rows! {
    ($)
    "usage.show" => usage::show {
        path: "/api/v1/usage",
        access: Access::Scope(Scope::UsageRead),
        ..API_CALL
    }
    "usage.key" => usage::of_key {
        path: "/api/v1/keys/{id}/usage",
        access: Access::Scope(Scope::UsageRead),
        ..API_CALL
    }
}
