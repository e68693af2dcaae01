//! Settings of managed workspaces as documents: what the version before has stored, what it writes and reads while it
//! runs beside this one, and what a later one may have written.

use super::fixture::{Fixture, connect, set_tenant};
use crate::harness::TestDatabase;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;
use vestibule::domain::audit::{AuditEntry, Author};
use vestibule::domain::ids::TenantId;
use vestibule::domain::workspace::{ManagedWorkspace, WorkspaceContent};
use vestibule::storage::{Database, MIGRATOR, ManagedWorkspaceChange};

/// The migration that made documents of them.
const DOCUMENTS: i64 = 19;
const SHOP: &str = "00000000-0000-7000-8000-00000000000a";

/// What the version before writes of a workspace, in its order.
fn written_before(tenant: TenantId, shop: &str) -> String {
    let ids = format!("'{shop}', '{tenant}'");
    format!(
        "
        INSERT INTO vestibule.workspace_settings (
          workspace_id, tenant_id, chat_mode, top_n, score_threshold, prompt, refusal_message, temperature,
          history_messages, max_message_chars, max_stream_secs, cache_ttl_secs, default_locale, locales, currency,
          country, timezone, prices_include_tax, store_transcripts, retention_days, redact_pii_in_logs,
          consent_required, privacy_url, ai_disclosure, extra)
        VALUES ({ids}, 'chat', 8, 0.7, 'Be kind.', 'No.', 0.2, 12, 2000, 60, 3600, 'de-AT', '{{de,en}}', 'CHF', 'CH',
          'Europe/Zurich', false, false, NULL, false, true, 'https://shop.example/privacy', 'A machine.', '{{\"a\": 1}}')
        ON CONFLICT ON CONSTRAINT workspace_settings_pkey DO UPDATE
        SET chat_mode = excluded.chat_mode, top_n = excluded.top_n, score_threshold = excluded.score_threshold,
            prompt = excluded.prompt, refusal_message = excluded.refusal_message,
            temperature = excluded.temperature, history_messages = excluded.history_messages,
            max_message_chars = excluded.max_message_chars, max_stream_secs = excluded.max_stream_secs,
            cache_ttl_secs = excluded.cache_ttl_secs, default_locale = excluded.default_locale,
            locales = excluded.locales, currency = excluded.currency, country = excluded.country,
            timezone = excluded.timezone, prices_include_tax = excluded.prices_include_tax,
            store_transcripts = excluded.store_transcripts, retention_days = excluded.retention_days,
            redact_pii_in_logs = excluded.redact_pii_in_logs, consent_required = excluded.consent_required,
            privacy_url = excluded.privacy_url, ai_disclosure = excluded.ai_disclosure, extra = excluded.extra;
        INSERT INTO vestibule.widget_settings (
          workspace_id, tenant_id, title, tagline, greeting, placeholder, avatar_url, logo_url, brand_color,
          text_color, theme, position, auto_open_secs, suggested, show_sources, show_powered_by, card_fields,
          max_cards, card_cta, utm, translations)
        VALUES ({ids}, 'Help', 'We help', 'Hi', 'Ask', 'https://shop.example/a.png', 'https://shop.example/l.png',
          '#ABCDEF', '#000000', 'dark', 'inline', 5, '{{Where?,When?}}', true, false, '{{title,sku}}', 2, 'Look',
          '{{\"utm_source\": \"chat\"}}', '{{\"de\": {{\"title\": \"Hilfe\"}}}}')
        ON CONFLICT ON CONSTRAINT widget_settings_pkey DO UPDATE
        SET title = excluded.title, tagline = excluded.tagline, greeting = excluded.greeting,
            placeholder = excluded.placeholder, avatar_url = excluded.avatar_url, logo_url = excluded.logo_url,
            brand_color = excluded.brand_color, text_color = excluded.text_color, theme = excluded.theme,
            position = excluded.position, auto_open_secs = excluded.auto_open_secs, suggested = excluded.suggested,
            show_sources = excluded.show_sources, show_powered_by = excluded.show_powered_by,
            card_fields = excluded.card_fields, max_cards = excluded.max_cards, card_cta = excluded.card_cta,
            utm = excluded.utm, translations = excluded.translations;
        INSERT INTO vestibule.support_settings (
          workspace_id, tenant_id, handoff_mode, contact_email, contact_phone, contact_url, webhook_url,
          prechat_fields, trigger_phrases, after_refusals, after_hours, offline_message, hours_timezone)
        VALUES ({ids}, 'email', 'help@shop.example', '+4930123456', 'https://shop.example/contact',
          'https://hook.example/x', '{{name,email}}', '{{human}}', 2, 'hide', 'Closed.', 'Europe/Vienna')
        ON CONFLICT ON CONSTRAINT support_settings_pkey DO UPDATE
        SET handoff_mode = excluded.handoff_mode, contact_email = excluded.contact_email,
            contact_phone = excluded.contact_phone, contact_url = excluded.contact_url,
            webhook_url = excluded.webhook_url, prechat_fields = excluded.prechat_fields,
            trigger_phrases = excluded.trigger_phrases, after_refusals = excluded.after_refusals,
            after_hours = excluded.after_hours, offline_message = excluded.offline_message,
            hours_timezone = excluded.hours_timezone;
        DELETE FROM vestibule.business_hours WHERE workspace_id = '{shop}';
        DELETE FROM vestibule.business_hours_exceptions WHERE workspace_id = '{shop}';
        INSERT INTO vestibule.business_hours (workspace_id, tenant_id, day_of_week, opens_minute, closes_minute)
        VALUES ({ids}, 7, 0, 61), ({ids}, 1, 840, 1440), ({ids}, 1, 540, 750);
        INSERT INTO vestibule.business_hours_exceptions (workspace_id, tenant_id, on_date, label)
        VALUES ({ids}, '2026-12-24', 'Christmas Eve'), ({ids}, '2026-12-21', NULL);
        INSERT INTO vestibule.business_hours_exception_intervals
          (workspace_id, tenant_id, on_date, opens_minute, closes_minute)
        VALUES ({ids}, '2026-12-24', 600, 720);
        "
    )
}

/// What was written, as the API shows it.
fn content() -> Value {
    json!({
        "name": "A shop",
        "status": "active",
        "settings": {
            "chat_mode": "chat", "top_n": 8, "score_threshold": 0.7, "prompt": "Be kind.", "refusal_message": "No.",
            "temperature": 0.2, "history_messages": 12, "max_message_chars": 2000, "max_stream_secs": 60,
            "cache_ttl_secs": 3600, "answer_cache_ttl_secs": 0, "default_locale": "de-AT", "locales": ["de", "en"], "currency": "CHF",
            "country": "CH", "timezone": "Europe/Zurich", "prices_include_tax": false, "store_transcripts": false,
            "retention_days": null, "redact_pii_in_logs": false, "consent_required": true,
            "privacy_url": "https://shop.example/privacy", "ai_disclosure": "A machine.",
            "ai_disclosure_waiver": null
        },
        "widget": {
            "title": "Help", "tagline": "We help", "greeting": "Hi", "placeholder": "Ask",
            "avatar_url": "https://shop.example/a.png", "logo_url": "https://shop.example/l.png",
            "brand_color": "#ABCDEF", "text_color": "#000000", "theme": "dark", "position": "inline",
            "auto_open_secs": 5, "suggested": ["Where?", "When?"], "show_sources": true, "show_powered_by": false,
            "card_fields": ["title", "sku"], "max_cards": 2, "card_cta": "Look", "utm": {"utm_source": "chat"},
            "translations": {"de": {"title": "Hilfe"}}
        },
        "support": {
            "handoff_mode": "email", "contact_email": "help@shop.example", "contact_phone": "+4930123456",
            "contact_url": "https://shop.example/contact", "webhook_url": "https://hook.example/x",
            "prechat_fields": ["name", "email"], "trigger_phrases": ["human"], "after_refusals": 2,
            "after_hours": "hide", "offline_message": "Closed.",
            "business_hours": {
                "timezone": "Europe/Vienna",
                "weekly": [
                    {"day": "monday", "opens": "09:00", "closes": "12:30"},
                    {"day": "monday", "opens": "14:00", "closes": "24:00"},
                    {"day": "sunday", "opens": "00:00", "closes": "01:01"}
                ],
                "exceptions": [
                    {"date": "2026-12-21", "label": null, "intervals": []},
                    {"date": "2026-12-24", "label": "Christmas Eve", "intervals": [{"opens": "10:00", "closes": "12:00"}]}
                ]
            }
        },
        "extra": {"a": 1}
    })
}

async fn found(database: &Database, tenant: TenantId, slug: &str) -> ManagedWorkspace {
    database.managed_workspaces().find(tenant, slug).await.unwrap().expect(slug)
}

async fn run(connection: &mut PgConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}

/// Everything that the version before reads of the workspace, as JSON.
async fn read_before(connection: &mut PgConnection, shop: Uuid) -> Value {
    sqlx::query_scalar(
        r"
        SELECT jsonb_build_object(
          'settings', (
            SELECT to_jsonb(s) - ARRAY['settings', 'widget', 'support']
            FROM vestibule.workspace_settings s WHERE s.workspace_id = $1),
          'widget', (SELECT to_jsonb(w) FROM vestibule.widget_settings w WHERE w.workspace_id = $1),
          'support', (SELECT to_jsonb(s) FROM vestibule.support_settings s WHERE s.workspace_id = $1),
          'weekly', (
            SELECT jsonb_agg(to_jsonb(h) ORDER BY h.day_of_week, h.opens_minute)
            FROM vestibule.business_hours h WHERE h.workspace_id = $1),
          'exceptions', (
            SELECT jsonb_agg(to_jsonb(e) ORDER BY e.on_date)
            FROM vestibule.business_hours_exceptions e WHERE e.workspace_id = $1),
          'intervals', (
            SELECT jsonb_agg(to_jsonb(i) ORDER BY i.on_date)
            FROM vestibule.business_hours_exception_intervals i WHERE i.workspace_id = $1))
        ",
    )
    .bind(shop)
    .fetch_one(connection)
    .await
    .unwrap()
}

/// Gives a workspace other content, as this version does.
async fn change(fixture: &Fixture, workspace: &ManagedWorkspace, content: Value) {
    let content = WorkspaceContent::read(content).unwrap();
    let change = ManagedWorkspaceChange {
        workspace,
        content: &content,
        upstream_state: workspace.upstream_state,
        upstream_slug: &workspace.upstream_slug,
    };
    let entry = AuditEntry::done("workspace.updated", "workspace:shop".to_owned());
    fixture.database.managed_workspaces().update(change, &Author::cli("test"), &entry, &fixture.ambient).await.unwrap();
}

#[tokio::test]
async fn what_the_version_before_stored_becomes_documents() {
    let test_database = TestDatabase::create().await;
    let mut owner = PgConnection::connect(&test_database.url()).await.unwrap();
    sqlx::query("DROP SCHEMA vestibule CASCADE").execute(&mut owner).await.unwrap();
    let before = MIGRATOR.iter().map(|m| m.version).filter(|version| *version < DOCUMENTS).max();
    MIGRATOR.run_direct(before, &mut owner, false).await.unwrap();
    let second = TenantId(Uuid::new_v4());
    for (tenant, shop, bare) in [
        (TenantId::DEFAULT, SHOP, "00000000-0000-7000-8000-00000000000b"),
        (second, "00000000-0000-7000-8000-00000000001a", "00000000-0000-7000-8000-00000000001b"),
    ] {
        set_tenant(&mut owner, tenant).await;
        run(
            &mut owner,
            format!(
                "
                INSERT INTO vestibule.tenants (id, slug, name) VALUES ('{tenant}', 'second', 'Second')
                  ON CONFLICT DO NOTHING;
                INSERT INTO vestibule.workspaces (id, tenant_id, slug, upstream_slug, display_name)
                VALUES ('{shop}', '{tenant}', 'shop', 'up-{shop}', 'A shop'),
                  ('{bare}', '{tenant}', 'bare', 'up-{bare}', 'Bare');
                INSERT INTO vestibule.workspace_settings (workspace_id, tenant_id) VALUES ('{bare}', '{tenant}');
                {}
                ",
                written_before(tenant, shop)
            ),
        )
        .await;
    }
    set_tenant(&mut owner, TenantId::DEFAULT).await;
    let kept = read_before(&mut owner, SHOP.parse().unwrap()).await;

    let database = connect(&test_database.url());
    database.migrate().await.unwrap();
    for tenant in [TenantId::DEFAULT, second] {
        let shop = found(&database, tenant, "shop").await;
        assert_eq!(serde_json::to_value(&shop.content).unwrap(), content());
        // Neither the widget nor the support had a row.
        assert_eq!(found(&database, tenant, "bare").await.content, WorkspaceContent::named("Bare"));
    }
    assert_eq!(read_before(&mut owner, SHOP.parse().unwrap()).await, kept, "for replicas of the version before");
}

#[tokio::test]
async fn the_version_before_writes_and_reads_beside_this_one() {
    let fixture = Fixture::new().await;
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let shop = fixture.workspace.id.0;
    let of_the_one_before = written_before(TenantId::DEFAULT, &shop.to_string());
    run(&mut app, format!("BEGIN; {of_the_one_before} COMMIT")).await;
    let workspace = found(&fixture.database, TenantId::DEFAULT, "shop").await;
    assert_eq!(serde_json::to_value(&workspace.content).unwrap(), content());
    let before = read_before(&mut app, shop).await;

    // Other content, and then the same again, by this version.
    change(&fixture, &workspace, json!({"name": "A shop"})).await;
    let bare = read_before(&mut app, shop).await;
    assert_eq!((&bare["widget"]["title"], &bare["settings"]["currency"]), (&json!("Chat"), &json!("EUR")));
    assert_eq!((&bare["weekly"], &bare["intervals"]), (&Value::Null, &Value::Null));
    let workspace = found(&fixture.database, TenantId::DEFAULT, "shop").await;
    assert_eq!(workspace.content, WorkspaceContent::named("A shop"));
    change(&fixture, &workspace, content()).await;
    assert_eq!(read_before(&mut app, shop).await, before);

    // And once more by the version before, which has read what this one wrote.
    run(
        &mut app,
        format!(
            "
            UPDATE vestibule.workspace_settings SET currency = 'EUR' WHERE workspace_id = '{shop}';
            UPDATE vestibule.widget_settings SET title = 'Ask us' WHERE workspace_id = '{shop}';
            UPDATE vestibule.support_settings SET hours_timezone = NULL WHERE workspace_id = '{shop}';
            DELETE FROM vestibule.business_hours_exceptions WHERE workspace_id = '{shop}';
            "
        ),
    )
    .await;
    let mut wanted = content();
    wanted["settings"]["currency"] = "EUR".into();
    wanted["widget"]["title"] = "Ask us".into();
    wanted["support"]["business_hours"]["timezone"] = Value::Null;
    wanted["support"]["business_hours"]["exceptions"] = json!([]);
    let workspace = found(&fixture.database, TenantId::DEFAULT, "shop").await;
    assert_eq!(serde_json::to_value(&workspace.content).unwrap(), wanted);
    run(&mut app, format!("DELETE FROM vestibule.workspaces WHERE id = '{shop}'")).await;
}

#[tokio::test]
async fn what_a_later_version_wrote_is_passed_over_and_stays() {
    let fixture = Fixture::new().await;
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    run(
        &mut app,
        r#"
        UPDATE vestibule.workspace_settings
        SET widget = '{"title": "Help", "sound": true}', settings = settings || '{"tone": "dry"}'
        "#
        .to_owned(),
    )
    .await;
    let workspace = found(&fixture.database, TenantId::DEFAULT, "shop").await;
    assert_eq!(workspace.content.widget.title, "Help");
    change(&fixture, &workspace, json!({"name": "A shop", "widget": {"title": "Ask us"}})).await;
    let (widget, settings): (Value, Value) =
        sqlx::query_as("SELECT widget, settings FROM vestibule.workspace_settings").fetch_one(&mut app).await.unwrap();
    assert_eq!((&widget["title"], &widget["sound"]), (&json!("Ask us"), &json!(true)));
    assert_eq!(settings["tone"], "dry");
}

#[tokio::test]
async fn what_can_no_longer_be_read_is_left_at_its_default() {
    let fixture = Fixture::new().await;
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    run(
        &mut app,
        r#"
        UPDATE vestibule.workspace_settings
        SET settings = '{"timezone": "Europe/Atlantis", "currency": "ZZZ", "country": "CH", "locales": ["de", "xx-"]}',
            support = '{"after_refusals": 3, "business_hours": {"timezone": "Mars", "weekly": [], "exceptions": []}}'
        "#
        .to_owned(),
    )
    .await;
    let content = found(&fixture.database, TenantId::DEFAULT, "shop").await.content;
    let mut wanted = WorkspaceContent::read(
        json!({"name": "A shop", "settings": {"country": "CH", "retention_days": 90}, "support": {"after_refusals": 3}}),
    )
    .unwrap();
    wanted.name.clone_from(&content.name);
    assert_eq!(content, wanted);
}
