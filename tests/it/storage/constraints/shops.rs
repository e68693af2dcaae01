//! What a workspace's staff set, and the audit log.

use super::{NO_ONE, Row, TENANT, UUID, row, settings, workspace};

fn of_workspace(table: &'static str, workspace: &str) -> Row {
    row(table, &[("workspace_id", workspace), ("tenant_id", TENANT)])
}

fn hours(workspace: &str) -> Row {
    of_workspace("business_hours", workspace)
        .with("day_of_week", "1")
        .with("opens_minute", "540")
        .with("closes_minute", "1080")
}

fn exception(workspace: &str) -> Row {
    of_workspace("business_hours_exceptions", workspace).with("on_date", "'2026-12-24'")
}

fn interval(workspace: &str) -> Row {
    of_workspace("business_hours_exception_intervals", workspace)
        .with("on_date", "'2026-12-24'")
        .with("opens_minute", "540")
        .with("closes_minute", "720")
}

fn audit() -> Row {
    let columns = [
        ("id", UUID),
        ("tenant_id", TENANT),
        ("at", "now()"),
        ("actor_kind", "'cli'"),
        ("actor", "'operator'"),
        ("actor_name", "'operator'"),
        ("action", "'workspace.created'"),
        ("target", "'workspace:shop'"),
    ];
    row("audit_log", &columns)
}

/// Rows that are fine.
pub(super) fn good(workspace: &str, id: &str) -> Vec<Row> {
    vec![
        of_workspace("widget_settings", workspace),
        of_workspace("support_settings", workspace),
        hours(workspace),
        exception(workspace),
        interval(workspace),
        audit().with("id", id),
    ]
}

pub(super) fn cases(w: &str, existing: &str) -> Vec<(&'static str, Row)> {
    let setting = |column, value| settings(NO_ONE).with(column, value);
    let widget = |column, value| of_workspace("widget_settings", NO_ONE).with(column, value);
    let support = |column, value| of_workspace("support_settings", NO_ONE).with(column, value);
    vec![
        ("workspaces_platform_known", workspace().with("platform", "'shopyfy'")),
        ("workspaces_upstream_state_known", workspace().with("upstream_state", "'lost'").with("status", "'draft'")),
        ("workspaces_pending_not_active", workspace().with("upstream_state", "'pending'")),
        ("workspace_settings_prompt_length", setting("prompt", "''")),
        ("workspace_settings_refusal_message_length", setting("refusal_message", "repeat('x', 2001)")),
        ("workspace_settings_temperature_range", setting("temperature", "2.1")),
        ("workspace_settings_history_messages_range", setting("history_messages", "101")),
        ("workspace_settings_cache_ttl_secs_range", setting("cache_ttl_secs", "-1")),
        ("workspace_settings_default_locale_format", setting("default_locale", "'german'")),
        ("workspace_settings_locales_count", setting("locales", "array_fill('de'::text, '{51}')")),
        ("workspace_settings_locales_not_null", setting("locales", "'{NULL}'")),
        ("workspace_settings_currency_format", setting("currency", "'eur'")),
        ("workspace_settings_country_format", setting("country", "'DEU'")),
        ("workspace_settings_timezone_length", setting("timezone", "''")),
        ("workspace_settings_retention_days_range", setting("retention_days", "0")),
        ("workspace_settings_privacy_url_https", setting("privacy_url", "'http://shop.example'")),
        ("workspace_settings_ai_disclosure_length", setting("ai_disclosure", "''")),
        ("workspace_settings_settings_object", setting("settings", "'[]'")),
        ("workspace_settings_widget_object", setting("widget", "'[]'")),
        ("workspace_settings_support_object", setting("support", "'[]'")),
        ("workspace_settings_extra_object", setting("extra", "'[]'")),
        ("workspace_settings_extra_size", setting("extra", "json_build_object('a', repeat('x', 65536))::jsonb")),
        ("widget_settings_pkey", of_workspace("widget_settings", w)),
        ("widget_settings_workspace_fkey", of_workspace("widget_settings", NO_ONE)),
        ("widget_settings_title_length", widget("title", "''")),
        ("widget_settings_tagline_length", widget("tagline", "repeat('x', 121)")),
        ("widget_settings_greeting_length", widget("greeting", "''")),
        ("widget_settings_placeholder_length", widget("placeholder", "repeat('x', 121)")),
        ("widget_settings_avatar_url_https", widget("avatar_url", "'javascript:alert(1)'")),
        ("widget_settings_logo_url_https", widget("logo_url", "'http://shop.example/logo.png'")),
        ("widget_settings_brand_color_format", widget("brand_color", "'red'")),
        ("widget_settings_text_color_format", widget("text_color", "'#abcdef'")),
        ("widget_settings_theme_known", widget("theme", "'dim'")),
        ("widget_settings_position_known", widget("position", "'top'")),
        ("widget_settings_auto_open_secs_range", widget("auto_open_secs", "601")),
        ("widget_settings_suggested_count", widget("suggested", "array_fill('x'::text, '{9}')")),
        ("widget_settings_card_fields_known", widget("card_fields", "'{weight}'")),
        ("widget_settings_max_cards_range", widget("max_cards", "11")),
        ("widget_settings_card_cta_length", widget("card_cta", "''")),
        ("widget_settings_utm_object", widget("utm", "'[]'")),
        ("widget_settings_translations_object", widget("translations", "'1'")),
        (
            "widget_settings_translations_size",
            widget("translations", "json_build_object('a', repeat('x', 262144))::jsonb"),
        ),
        ("support_settings_pkey", of_workspace("support_settings", w)),
        ("support_settings_workspace_fkey", of_workspace("support_settings", NO_ONE)),
        ("support_settings_handoff_mode_known", support("handoff_mode", "'fax'")),
        ("support_settings_contact_email_format", support("contact_email", "'nobody'")),
        ("support_settings_contact_phone_format", support("contact_phone", "'030 123'")),
        ("support_settings_contact_url_https", support("contact_url", "'http://shop.example'")),
        ("support_settings_webhook_url_https", support("webhook_url", "'ftp://shop.example'")),
        ("support_settings_prechat_fields_known", support("prechat_fields", "'{iban}'")),
        ("support_settings_trigger_phrases_count", support("trigger_phrases", "array_fill('x'::text, '{51}')")),
        ("support_settings_after_refusals_range", support("after_refusals", "11")),
        ("support_settings_after_hours_known", support("after_hours", "'sleep'")),
        ("support_settings_offline_message_length", support("offline_message", "''")),
        ("support_settings_hours_timezone_length", support("hours_timezone", "''")),
        ("support_settings_email_given", support("handoff_mode", "'email'")),
        ("support_settings_url_given", support("handoff_mode", "'url'")),
        ("support_settings_webhook_given", support("handoff_mode", "'webhook'")),
        ("business_hours_pkey", hours(w)),
        ("business_hours_workspace_fkey", hours(NO_ONE)),
        ("business_hours_day_of_week_range", hours(w).with("day_of_week", "0")),
        ("business_hours_minutes_range", hours(w).with("closes_minute", "1441")),
        ("business_hours_closes_after_opens", hours(w).with("closes_minute", "540")),
        ("business_hours_exceptions_pkey", exception(w)),
        ("business_hours_exceptions_workspace_fkey", exception(NO_ONE)),
        ("business_hours_exceptions_label_length", exception(w).with("label", "''")),
        ("business_hours_exception_intervals_pkey", interval(w)),
        ("business_hours_exception_intervals_exception_fkey", interval(w).with("on_date", "'2026-12-25'")),
        ("business_hours_exception_intervals_minutes_range", interval(w).with("opens_minute", "-1")),
        ("business_hours_exception_intervals_closes_after_opens", interval(w).with("closes_minute", "1")),
        ("audit_log_pkey", audit().with("id", existing)),
        ("audit_log_tenant_fkey", audit().with("tenant_id", NO_ONE)),
        ("audit_log_actor_kind_known", audit().with("actor_kind", "'ghost'")),
        ("audit_log_actor_length", audit().with("actor", "''")),
        ("audit_log_action_format", audit().with("action", "'Created'")),
        ("audit_log_target_length", audit().with("target", "''")),
    ]
}
