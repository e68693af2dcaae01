//! The credentials that operations ask for.

use utoipa::Modify;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};

/// Adds the credentials.
pub(super) struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let bearer = |format: &str, description: &str| {
            let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
            SecurityScheme::Http(http.description(Some(description)).build())
        };
        let schemes = [
            (
                "publishable_key",
                bearer("vst_pk_…", "May stand in a web page; works from the origins on its list only."),
            ),
            ("secret_key", bearer("vst_sk_…", "For servers; refused when a browser sends it.")),
            ("access_token", bearer("JWT", "Of a user who has logged in; lives for minutes.")),
            (
                "visitor_token",
                bearer(
                    "JWT",
                    "Of a browser that has traded a publishable key for it; works from its origin only, for minutes.",
                ),
            ),
            (
                "widget_key",
                SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                    "X-Widget-Key",
                    "A publishable key, where `Authorization` is taken.",
                ))),
            ),
        ];
        let components = document.components.get_or_insert_with(Components::default);
        components.security_schemes.extend(schemes.map(|(name, scheme)| (name.to_owned(), scheme)));
    }
}
