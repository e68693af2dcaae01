//! Reading workspaces: one query a table for any number of them.

use super::hours;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::workspace::business_hours::BusinessHoursInput;
use crate::domain::workspace::{
    ManagedWorkspace, SupportSettings, Translation, WidgetSettings, WorkspaceContent, WorkspaceSettings,
};
use crate::storage::columns::{optional, setting, word, words};
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
struct ManagedWorkspaceRow {
    id: Uuid,
    tenant_id: Uuid,
    slug: String,
    upstream_slug: String,
    display_name: String,
    status: String,
    platform: String,
    upstream_state: String,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    chat_mode: String,
    top_n: Option<i16>,
    score_threshold: Option<f32>,
    prompt: Option<String>,
    refusal_message: Option<String>,
    temperature: Option<f32>,
    history_messages: Option<i16>,
    max_message_chars: i32,
    max_stream_secs: i32,
    cache_ttl_secs: i32,
    default_locale: String,
    locales: Vec<String>,
    currency: String,
    country: Option<String>,
    timezone: String,
    prices_include_tax: bool,
    store_transcripts: bool,
    retention_days: Option<i32>,
    redact_pii_in_logs: bool,
    consent_required: bool,
    privacy_url: Option<String>,
    ai_disclosure: String,
    ai_disclosure_waiver: Option<String>,
    extra: Json<Map<String, Value>>,
}

/// The workspaces of these ids, in the order of the ids.
pub(super) async fn load(tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<ManagedWorkspace>, StorageError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        ManagedWorkspaceRow,
        r#"
        SELECT
          w.id, w.tenant_id, w.slug, w.upstream_slug, w.display_name, w.status, w.platform, w.upstream_state,
          w.version, w.created_at, w.updated_at, s.chat_mode, s.top_n, s.score_threshold, s.prompt,
          s.refusal_message, s.temperature, s.history_messages, s.max_message_chars, s.max_stream_secs,
          s.cache_ttl_secs, s.default_locale, s.locales, s.currency, s.country, s.timezone, s.prices_include_tax,
          s.store_transcripts, s.retention_days, s.redact_pii_in_logs, s.consent_required, s.privacy_url,
          s.ai_disclosure, s.ai_disclosure_waiver, s.extra AS "extra: Json<Map<String, Value>>"
        FROM vestibule.workspaces w
        JOIN vestibule.workspace_settings s ON s.tenant_id = w.tenant_id AND s.workspace_id = w.id
        WHERE w.id = ANY($1)
        ORDER BY w.id
        "#,
        ids,
    )
    .fetch_all(tx.connection())
    .await?;
    let mut widgets = widgets(tx, ids).await?;
    let mut supports = supports(tx, ids).await?;
    let mut workspaces = Vec::with_capacity(rows.len());
    for row in rows {
        // A workspace that an earlier version made a moment ago has neither.
        let widget = widgets.remove(&row.id).unwrap_or_default();
        let support = supports.remove(&row.id).unwrap_or_default();
        workspaces.push(row.into_workspace(widget, support)?);
    }
    Ok(workspaces)
}

impl ManagedWorkspaceRow {
    fn into_workspace(
        self,
        widget: WidgetSettings,
        support: SupportSettings,
    ) -> Result<ManagedWorkspace, StorageError> {
        let settings = WorkspaceSettings {
            chat_mode: word("chat_mode", &self.chat_mode)?,
            top_n: optional("top_n", self.top_n)?,
            score_threshold: self.score_threshold.map(exact),
            prompt: self.prompt,
            refusal_message: self.refusal_message,
            temperature: self.temperature.map(exact),
            history_messages: optional("history_messages", self.history_messages)?,
            max_message_chars: setting("max_message_chars", self.max_message_chars)?,
            max_stream_secs: setting("max_stream_secs", self.max_stream_secs)?,
            cache_ttl_secs: setting("cache_ttl_secs", self.cache_ttl_secs)?,
            default_locale: self.default_locale,
            locales: self.locales,
            currency: self.currency,
            country: self.country,
            timezone: self.timezone,
            prices_include_tax: self.prices_include_tax,
            store_transcripts: self.store_transcripts,
            retention_days: optional("retention_days", self.retention_days)?,
            redact_pii_in_logs: self.redact_pii_in_logs,
            consent_required: self.consent_required,
            privacy_url: self.privacy_url,
            ai_disclosure: self.ai_disclosure,
            ai_disclosure_waiver: self.ai_disclosure_waiver,
        };
        Ok(ManagedWorkspace {
            id: WorkspaceId(self.id),
            tenant: TenantId(self.tenant_id),
            slug: self.slug,
            upstream_slug: self.upstream_slug,
            platform: word("platform", &self.platform)?,
            upstream_state: word("upstream_state", &self.upstream_state)?,
            content: WorkspaceContent {
                name: self.display_name,
                status: word("status", &self.status)?,
                settings,
                widget,
                support,
                extra: self.extra.0,
            },
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

async fn widgets(tx: &mut TenantTx, ids: &[Uuid]) -> Result<HashMap<Uuid, WidgetSettings>, StorageError> {
    let rows = sqlx::query!(
        r#"
        SELECT
          workspace_id, title, tagline, greeting, placeholder, avatar_url, logo_url, brand_color, text_color, theme,
          position, auto_open_secs, suggested, show_sources, show_powered_by, card_fields, max_cards, card_cta,
          utm AS "utm: Json<BTreeMap<String, String>>",
          translations AS "translations: Json<BTreeMap<String, Translation>>"
        FROM vestibule.widget_settings
        WHERE workspace_id = ANY($1)
        "#,
        ids,
    )
    .fetch_all(tx.connection())
    .await?;
    let read = rows.into_iter().map(|row| {
        let widget = WidgetSettings {
            title: row.title,
            tagline: row.tagline,
            greeting: row.greeting,
            placeholder: row.placeholder,
            avatar_url: row.avatar_url,
            logo_url: row.logo_url,
            brand_color: row.brand_color,
            text_color: row.text_color,
            theme: word("theme", &row.theme)?,
            position: word("position", &row.position)?,
            auto_open_secs: optional("auto_open_secs", row.auto_open_secs)?,
            suggested: row.suggested,
            show_sources: row.show_sources,
            show_powered_by: row.show_powered_by,
            card_fields: words("card_fields", &row.card_fields)?,
            max_cards: setting("max_cards", row.max_cards)?,
            card_cta: row.card_cta,
            utm: row.utm.0,
            translations: row.translations.0,
        };
        Ok((row.workspace_id, widget))
    });
    read.collect()
}

async fn supports(tx: &mut TenantTx, ids: &[Uuid]) -> Result<HashMap<Uuid, SupportSettings>, StorageError> {
    let rows = sqlx::query!(
        r#"
        SELECT
          workspace_id, handoff_mode, contact_email, contact_phone, contact_url, webhook_url, prechat_fields,
          trigger_phrases, after_refusals, after_hours, offline_message, hours_timezone
        FROM vestibule.support_settings
        WHERE workspace_id = ANY($1)
        "#,
        ids,
    )
    .fetch_all(tx.connection())
    .await?;
    let mut hours = hours::load(tx, ids).await?;
    let read = rows.into_iter().map(|row| {
        let (weekly, exceptions) = hours.remove(&row.workspace_id).unwrap_or_default();
        let support = SupportSettings {
            handoff_mode: word("handoff_mode", &row.handoff_mode)?,
            contact_email: row.contact_email,
            contact_phone: row.contact_phone,
            contact_url: row.contact_url,
            webhook_url: row.webhook_url,
            prechat_fields: words("prechat_fields", &row.prechat_fields)?,
            trigger_phrases: row.trigger_phrases,
            after_refusals: optional("after_refusals", row.after_refusals)?,
            after_hours: word("after_hours", &row.after_hours)?,
            offline_message: row.offline_message,
            business_hours: BusinessHoursInput { timezone: row.hours_timezone, weekly, exceptions },
        };
        Ok((row.workspace_id, support))
    });
    read.collect()
}

/// The number that was written, and not its neighbour in double precision: 0.7 and not 0.699999988.
fn exact(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}
