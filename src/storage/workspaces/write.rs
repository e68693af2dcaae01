//! Writing workspaces.

use super::{ManagedWorkspaceChange, hours};
use crate::domain::workspace::{ManagedWorkspace, WorkspaceContent};
use crate::storage::columns::{int, small};
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

pub(super) async fn insert(tx: &mut TenantTx, workspace: &ManagedWorkspace) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        INSERT INTO vestibule.workspaces (
          id, tenant_id, slug, upstream_slug, display_name, status, platform, upstream_state, version, created_at,
          updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        workspace.id.0,
        workspace.tenant.0,
        workspace.slug,
        workspace.upstream_slug,
        workspace.content.name,
        workspace.content.status.as_str(),
        workspace.platform.as_str(),
        workspace.upstream_state.as_str(),
        workspace.version,
        workspace.created_at,
        workspace.updated_at,
    )
    .execute(tx.connection())
    .await?;
    content(tx, workspace.tenant.0, workspace.id.0, &workspace.content).await
}

/// None if the version is another one by now.
pub(super) async fn update(
    tx: &mut TenantTx,
    change: ManagedWorkspaceChange<'_>,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StorageError> {
    let ManagedWorkspaceChange { workspace, content: new, .. } = change;
    let version = sqlx::query_scalar!(
        r#"
        UPDATE vestibule.workspaces
        SET display_name = $4,
            status = $5,
            upstream_slug = $6,
            upstream_state = $7,
            version = version + 1,
            updated_at = $8
        WHERE tenant_id = $1
          AND id = $2
          AND version = $3
        RETURNING version
        "#,
        workspace.tenant.0,
        workspace.id.0,
        workspace.version,
        new.name,
        new.status.as_str(),
        change.upstream_slug,
        change.upstream_state.as_str(),
        now,
    )
    .fetch_optional(tx.connection())
    .await?;
    if version.is_some() {
        content(tx, workspace.tenant.0, workspace.id.0, new).await?;
    }
    Ok(version)
}

async fn content(tx: &mut TenantTx, tenant: Uuid, id: Uuid, content: &WorkspaceContent) -> Result<(), StorageError> {
    settings(tx, tenant, id, content).await?;
    widget(tx, tenant, id, content).await?;
    support(tx, tenant, id, content).await?;
    hours::replace(tx, tenant, id, &content.support).await
}

async fn settings(tx: &mut TenantTx, tenant: Uuid, id: Uuid, content: &WorkspaceContent) -> Result<(), StorageError> {
    let settings = &content.settings;
    let of_requests = settings.of_requests();
    #[expect(clippy::cast_possible_truncation, reason = "0 to 2; the digits lost mean nothing")]
    let temperature = settings.temperature.map(|temperature| temperature as f32);
    sqlx::query!(
        r#"
        INSERT INTO vestibule.workspace_settings AS s (
          workspace_id, tenant_id, chat_mode, top_n, score_threshold, prompt, refusal_message, temperature,
          history_messages, max_message_chars, max_stream_secs, cache_ttl_secs, default_locale, locales, currency,
          country, timezone, prices_include_tax, store_transcripts, retention_days, redact_pii_in_logs,
          consent_required, privacy_url, ai_disclosure, ai_disclosure_waiver, extra
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
          $23, $24, $25, $26)
        ON CONFLICT ON CONSTRAINT workspace_settings_pkey DO UPDATE
        SET chat_mode = excluded.chat_mode,
            top_n = excluded.top_n, score_threshold = excluded.score_threshold, prompt = excluded.prompt,
            refusal_message = excluded.refusal_message, temperature = excluded.temperature,
            history_messages = excluded.history_messages, max_message_chars = excluded.max_message_chars,
            max_stream_secs = excluded.max_stream_secs, cache_ttl_secs = excluded.cache_ttl_secs,
            default_locale = excluded.default_locale, locales = excluded.locales, currency = excluded.currency,
            country = excluded.country, timezone = excluded.timezone,
            prices_include_tax = excluded.prices_include_tax, store_transcripts = excluded.store_transcripts,
            retention_days = excluded.retention_days, redact_pii_in_logs = excluded.redact_pii_in_logs,
            consent_required = excluded.consent_required, privacy_url = excluded.privacy_url,
            ai_disclosure = excluded.ai_disclosure, ai_disclosure_waiver = excluded.ai_disclosure_waiver,
            extra = excluded.extra
        "#,
        id,
        tenant,
        settings.chat_mode.as_str(),
        of_requests.top_n.map(i16::from),
        of_requests.score_threshold,
        settings.prompt,
        settings.refusal_message,
        temperature,
        settings.history_messages.map(small),
        int(settings.max_message_chars),
        int(settings.max_stream_secs),
        int(settings.cache_ttl_secs),
        settings.default_locale,
        &settings.locales,
        settings.currency,
        settings.country,
        settings.timezone,
        settings.prices_include_tax,
        settings.store_transcripts,
        settings.retention_days.map(int),
        settings.redact_pii_in_logs,
        settings.consent_required,
        settings.privacy_url,
        settings.ai_disclosure,
        settings.ai_disclosure_waiver,
        Value::Object(content.extra.clone()),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn widget(tx: &mut TenantTx, tenant: Uuid, id: Uuid, content: &WorkspaceContent) -> Result<(), StorageError> {
    let widget = &content.widget;
    sqlx::query!(
        r#"
        INSERT INTO vestibule.widget_settings AS s (
          workspace_id, tenant_id, title, tagline, greeting, placeholder, avatar_url, logo_url, brand_color,
          text_color, theme, position, auto_open_secs, suggested, show_sources, show_powered_by, card_fields,
          max_cards, card_cta, utm, translations
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        ON CONFLICT ON CONSTRAINT widget_settings_pkey DO UPDATE
        SET title = excluded.title,
            tagline = excluded.tagline, greeting = excluded.greeting, placeholder = excluded.placeholder,
            avatar_url = excluded.avatar_url, logo_url = excluded.logo_url, brand_color = excluded.brand_color,
            text_color = excluded.text_color, theme = excluded.theme, position = excluded.position,
            auto_open_secs = excluded.auto_open_secs, suggested = excluded.suggested,
            show_sources = excluded.show_sources, show_powered_by = excluded.show_powered_by,
            card_fields = excluded.card_fields, max_cards = excluded.max_cards, card_cta = excluded.card_cta,
            utm = excluded.utm, translations = excluded.translations
        "#,
        id,
        tenant,
        widget.title,
        widget.tagline,
        widget.greeting,
        widget.placeholder,
        widget.avatar_url,
        widget.logo_url,
        widget.brand_color,
        widget.text_color,
        widget.theme.as_str(),
        widget.position.as_str(),
        widget.auto_open_secs.map(small),
        &widget.suggested,
        widget.show_sources,
        widget.show_powered_by,
        &widget.card_fields.iter().map(ToString::to_string).collect::<Vec<_>>(),
        Some(small(widget.max_cards)),
        widget.card_cta,
        json(&widget.utm)?,
        json(&widget.translations)?,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn support(tx: &mut TenantTx, tenant: Uuid, id: Uuid, content: &WorkspaceContent) -> Result<(), StorageError> {
    let support = &content.support;
    sqlx::query!(
        r#"
        INSERT INTO vestibule.support_settings AS s (
          workspace_id, tenant_id, handoff_mode, contact_email, contact_phone, contact_url, webhook_url,
          prechat_fields, trigger_phrases, after_refusals, after_hours, offline_message, hours_timezone
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT ON CONSTRAINT support_settings_pkey DO UPDATE
        SET handoff_mode = excluded.handoff_mode,
            contact_email = excluded.contact_email, contact_phone = excluded.contact_phone,
            contact_url = excluded.contact_url, webhook_url = excluded.webhook_url,
            prechat_fields = excluded.prechat_fields, trigger_phrases = excluded.trigger_phrases,
            after_refusals = excluded.after_refusals, after_hours = excluded.after_hours,
            offline_message = excluded.offline_message, hours_timezone = excluded.hours_timezone
        "#,
        id,
        tenant,
        support.handoff_mode.as_str(),
        support.contact_email,
        support.contact_phone,
        support.contact_url,
        support.webhook_url,
        &support.prechat_fields.iter().map(ToString::to_string).collect::<Vec<_>>(),
        &support.trigger_phrases,
        support.after_refusals.map(small),
        support.after_hours.as_str(),
        support.offline_message,
        support.business_hours.timezone,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn json(value: &impl Serialize) -> Result<Value, StorageError> {
    serde_json::to_value(value).map_err(|error| StorageError::corrupt("json", error))
}
