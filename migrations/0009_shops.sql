-- Shops: everything a workspace's staff set, and the audit log.

-- ---------------------------------------------------------------- workspaces
ALTER TABLE vestibule.workspaces
  ADD COLUMN platform       text NOT NULL DEFAULT 'custom', -- whose defaults it was made with
  -- pending: being made. Whoever makes it again under this slug completes it.
  ADD COLUMN upstream_state text NOT NULL DEFAULT 'ready',
  ADD CONSTRAINT workspaces_platform_known CHECK (
    platform IN ('shopify', 'woocommerce', 'magento', 'bigcommerce', 'feed', 'custom')),
  ADD CONSTRAINT workspaces_upstream_state_known CHECK (upstream_state IN ('pending', 'ready')),
  ADD CONSTRAINT workspaces_pending_not_active CHECK (upstream_state = 'ready' OR status = 'draft');

ALTER TABLE vestibule.workspace_settings
  -- What AnythingLLM knows too. NULL: its own setting stays.
  ADD COLUMN prompt             text,
  ADD COLUMN refusal_message    text,
  ADD COLUMN temperature        real,
  ADD COLUMN history_messages   smallint,
  -- What only Vestibule knows.
  ADD COLUMN cache_ttl_secs     integer  NOT NULL DEFAULT 0, -- 0: off
  ADD COLUMN default_locale     text     NOT NULL DEFAULT 'en',
  ADD COLUMN locales            text[]   NOT NULL DEFAULT '{}',
  ADD COLUMN currency           text     NOT NULL DEFAULT 'EUR',
  ADD COLUMN country            text,
  ADD COLUMN timezone           text     NOT NULL DEFAULT 'UTC', -- IANA; the code knows which there are
  ADD COLUMN prices_include_tax boolean  NOT NULL DEFAULT true,
  ADD COLUMN store_transcripts  boolean  NOT NULL DEFAULT true,
  ADD COLUMN retention_days     integer  DEFAULT 90, -- NULL: for ever
  ADD COLUMN redact_pii_in_logs boolean  NOT NULL DEFAULT true,
  ADD COLUMN consent_required   boolean  NOT NULL DEFAULT false,
  ADD COLUMN privacy_url        text,
  ADD COLUMN ai_disclosure      text     NOT NULL DEFAULT 'You are chatting with an AI assistant.',
  ADD COLUMN extra              jsonb    NOT NULL DEFAULT '{}',
  ADD CONSTRAINT workspace_settings_prompt_length CHECK (length(prompt) BETWEEN 1 AND 20000),
  ADD CONSTRAINT workspace_settings_refusal_message_length CHECK (length(refusal_message) BETWEEN 1 AND 2000),
  ADD CONSTRAINT workspace_settings_temperature_range CHECK (temperature BETWEEN 0 AND 2),
  ADD CONSTRAINT workspace_settings_history_messages_range CHECK (history_messages BETWEEN 0 AND 100),
  ADD CONSTRAINT workspace_settings_cache_ttl_secs_range CHECK (cache_ttl_secs BETWEEN 0 AND 86400),
  ADD CONSTRAINT workspace_settings_default_locale_format CHECK (
    default_locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?$'),
  ADD CONSTRAINT workspace_settings_locales_count CHECK (cardinality(locales) <= 50),
  ADD CONSTRAINT workspace_settings_locales_not_null CHECK (array_position(locales, NULL) IS NULL),
  ADD CONSTRAINT workspace_settings_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT workspace_settings_country_format CHECK (country ~ '^[A-Z]{2}$'),
  ADD CONSTRAINT workspace_settings_timezone_length CHECK (length(timezone) BETWEEN 1 AND 64),
  ADD CONSTRAINT workspace_settings_retention_days_range CHECK (retention_days BETWEEN 1 AND 3650),
  ADD CONSTRAINT workspace_settings_privacy_url_https CHECK (
    privacy_url ~ '^https://' AND length(privacy_url) <= 2000),
  ADD CONSTRAINT workspace_settings_ai_disclosure_length CHECK (length(ai_disclosure) BETWEEN 1 AND 500),
  ADD CONSTRAINT workspace_settings_extra_object CHECK (jsonb_typeof(extra) = 'object'),
  -- The code counts 16 KiB of compact JSON; PostgreSQL writes spaces and long numbers.
  ADD CONSTRAINT workspace_settings_extra_size CHECK (octet_length(extra::text) <= 65536);

-- ---------------------------------------------------------------- the widget
CREATE TABLE vestibule.widget_settings (
  workspace_id    uuid        NOT NULL,
  tenant_id       uuid        NOT NULL,
  title           text        NOT NULL DEFAULT 'Chat',
  tagline         text,
  greeting        text,
  placeholder     text,
  avatar_url      text,
  logo_url        text,
  brand_color     text        NOT NULL DEFAULT '#1F6FEB',
  text_color      text        NOT NULL DEFAULT '#FFFFFF',
  theme           text        NOT NULL DEFAULT 'auto',
  position        text        NOT NULL DEFAULT 'bottom-right',
  auto_open_secs  smallint,
  suggested       text[]      NOT NULL DEFAULT '{}',
  show_sources    boolean     NOT NULL DEFAULT false,
  show_powered_by boolean     NOT NULL DEFAULT true,
  card_fields     text[]      NOT NULL DEFAULT '{title,image,price,availability,url}',
  max_cards       smallint    NOT NULL DEFAULT 3,
  card_cta        text        NOT NULL DEFAULT 'View',
  utm             jsonb       NOT NULL DEFAULT '{}',
  translations    jsonb       NOT NULL DEFAULT '{}',
  CONSTRAINT widget_settings_pkey PRIMARY KEY (workspace_id),
  CONSTRAINT widget_settings_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT widget_settings_title_length CHECK (length(title) BETWEEN 1 AND 60),
  CONSTRAINT widget_settings_tagline_length CHECK (length(tagline) BETWEEN 1 AND 120),
  CONSTRAINT widget_settings_greeting_length CHECK (length(greeting) BETWEEN 1 AND 1000),
  CONSTRAINT widget_settings_placeholder_length CHECK (length(placeholder) BETWEEN 1 AND 120),
  CONSTRAINT widget_settings_avatar_url_https CHECK (avatar_url ~ '^https://' AND length(avatar_url) <= 2000),
  CONSTRAINT widget_settings_logo_url_https CHECK (logo_url ~ '^https://' AND length(logo_url) <= 2000),
  CONSTRAINT widget_settings_brand_color_format CHECK (brand_color ~ '^#[0-9A-F]{6}$'),
  CONSTRAINT widget_settings_text_color_format CHECK (text_color ~ '^#[0-9A-F]{6}$'),
  CONSTRAINT widget_settings_theme_known CHECK (theme IN ('light', 'dark', 'auto')),
  CONSTRAINT widget_settings_position_known CHECK (position IN ('bottom-right', 'bottom-left', 'inline')),
  CONSTRAINT widget_settings_auto_open_secs_range CHECK (auto_open_secs BETWEEN 0 AND 600),
  CONSTRAINT widget_settings_suggested_count CHECK (cardinality(suggested) <= 8),
  CONSTRAINT widget_settings_card_fields_known CHECK (card_fields <@ ARRAY[
    'title', 'image', 'price', 'sale_price', 'availability', 'rating', 'brand', 'variant', 'sku', 'url']),
  CONSTRAINT widget_settings_max_cards_range CHECK (max_cards BETWEEN 0 AND 10),
  CONSTRAINT widget_settings_card_cta_length CHECK (length(card_cta) BETWEEN 1 AND 30),
  CONSTRAINT widget_settings_utm_object CHECK (jsonb_typeof(utm) = 'object'),
  CONSTRAINT widget_settings_translations_object CHECK (jsonb_typeof(translations) = 'object'),
  CONSTRAINT widget_settings_translations_size CHECK (octet_length(translations::text) <= 262144)
);

-- ---------------------------------------------------------------- hand-off and opening hours
CREATE TABLE vestibule.support_settings (
  workspace_id    uuid        NOT NULL,
  tenant_id       uuid        NOT NULL,
  handoff_mode    text        NOT NULL DEFAULT 'off',
  contact_email   text,
  contact_phone   text,
  contact_url     text,
  webhook_url     text,
  prechat_fields  text[]      NOT NULL DEFAULT '{}',
  trigger_phrases text[]      NOT NULL DEFAULT '{}',
  after_refusals  smallint,
  after_hours     text        NOT NULL DEFAULT 'chat',
  offline_message text,
  hours_timezone  text,       -- NULL: the workspace's
  CONSTRAINT support_settings_pkey PRIMARY KEY (workspace_id),
  CONSTRAINT support_settings_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT support_settings_handoff_mode_known CHECK (
    handoff_mode IN ('off', 'contact_form', 'email', 'webhook', 'url')),
  CONSTRAINT support_settings_contact_email_format CHECK (
    contact_email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(contact_email) <= 254),
  CONSTRAINT support_settings_contact_phone_format CHECK (contact_phone ~ '^\+[1-9][0-9]{6,14}$'),
  CONSTRAINT support_settings_contact_url_https CHECK (contact_url ~ '^https://' AND length(contact_url) <= 2000),
  CONSTRAINT support_settings_webhook_url_https CHECK (webhook_url ~ '^https://' AND length(webhook_url) <= 2000),
  CONSTRAINT support_settings_prechat_fields_known CHECK (
    prechat_fields <@ ARRAY['name', 'email', 'phone', 'order_number', 'company']),
  CONSTRAINT support_settings_trigger_phrases_count CHECK (cardinality(trigger_phrases) <= 50),
  CONSTRAINT support_settings_after_refusals_range CHECK (after_refusals BETWEEN 1 AND 10),
  CONSTRAINT support_settings_after_hours_known CHECK (after_hours IN ('chat', 'contact_form', 'hide')),
  CONSTRAINT support_settings_offline_message_length CHECK (length(offline_message) BETWEEN 1 AND 1000),
  CONSTRAINT support_settings_hours_timezone_length CHECK (length(hours_timezone) BETWEEN 1 AND 64),
  -- A hand-off goes somewhere.
  CONSTRAINT support_settings_email_given CHECK (handoff_mode <> 'email' OR contact_email IS NOT NULL),
  CONSTRAINT support_settings_url_given CHECK (handoff_mode <> 'url' OR contact_url IS NOT NULL),
  CONSTRAINT support_settings_webhook_given CHECK (handoff_mode <> 'webhook' OR webhook_url IS NOT NULL)
);

-- Minutes of the day, so that a day can end at 24:00. Past midnight is two rows.
CREATE TABLE vestibule.business_hours (
  workspace_id  uuid     NOT NULL,
  tenant_id     uuid     NOT NULL,
  day_of_week   smallint NOT NULL, -- ISO: 1 is Monday
  opens_minute  smallint NOT NULL,
  closes_minute smallint NOT NULL,
  CONSTRAINT business_hours_pkey PRIMARY KEY (workspace_id, day_of_week, opens_minute),
  CONSTRAINT business_hours_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT business_hours_day_of_week_range CHECK (day_of_week BETWEEN 1 AND 7),
  CONSTRAINT business_hours_minutes_range CHECK (opens_minute >= 0 AND closes_minute <= 1440),
  CONSTRAINT business_hours_closes_after_opens CHECK (closes_minute > opens_minute)
);

-- A day with no intervals is a day on which it stays closed.
CREATE TABLE vestibule.business_hours_exceptions (
  workspace_id uuid NOT NULL,
  tenant_id    uuid NOT NULL,
  on_date      date NOT NULL,
  label        text,
  CONSTRAINT business_hours_exceptions_pkey PRIMARY KEY (workspace_id, on_date),
  CONSTRAINT business_hours_exceptions_tenant_key UNIQUE (tenant_id, workspace_id, on_date),
  CONSTRAINT business_hours_exceptions_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT business_hours_exceptions_label_length CHECK (length(label) BETWEEN 1 AND 100)
);

CREATE TABLE vestibule.business_hours_exception_intervals (
  workspace_id  uuid     NOT NULL,
  tenant_id     uuid     NOT NULL,
  on_date       date     NOT NULL,
  opens_minute  smallint NOT NULL,
  closes_minute smallint NOT NULL,
  CONSTRAINT business_hours_exception_intervals_pkey PRIMARY KEY (workspace_id, on_date, opens_minute),
  CONSTRAINT business_hours_exception_intervals_exception_fkey FOREIGN KEY (tenant_id, workspace_id, on_date)
    REFERENCES vestibule.business_hours_exceptions (tenant_id, workspace_id, on_date) ON DELETE CASCADE,
  CONSTRAINT business_hours_exception_intervals_minutes_range CHECK (opens_minute >= 0 AND closes_minute <= 1440),
  CONSTRAINT business_hours_exception_intervals_closes_after_opens CHECK (closes_minute > opens_minute)
);

INSERT INTO vestibule.widget_settings (workspace_id, tenant_id) SELECT id, tenant_id FROM vestibule.workspaces;
INSERT INTO vestibule.support_settings (workspace_id, tenant_id) SELECT id, tenant_id FROM vestibule.workspaces;

-- ---------------------------------------------------------------- the audit log
CREATE TABLE vestibule.audit_log (
  id         uuid        NOT NULL, -- later entries have greater ones
  tenant_id  uuid        NOT NULL,
  at         timestamptz NOT NULL,
  actor_kind text        NOT NULL,
  actor      text        NOT NULL,
  actor_name text        NOT NULL,
  action     text        NOT NULL,
  target     text        NOT NULL,
  before     jsonb,
  after      jsonb,
  request_id text,
  ip_prefix  cidr,
  CONSTRAINT audit_log_pkey PRIMARY KEY (id),
  CONSTRAINT audit_log_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES vestibule.tenants (id),
  CONSTRAINT audit_log_actor_kind_known CHECK (actor_kind IN ('user', 'api_key', 'system', 'cli')),
  CONSTRAINT audit_log_actor_length CHECK (length(actor) BETWEEN 1 AND 256 AND length(actor_name) <= 256),
  CONSTRAINT audit_log_action_format CHECK (action ~ '^[a-z_]+(\.[a-z_]+)+$' AND length(action) <= 100),
  CONSTRAINT audit_log_target_length CHECK (length(target) BETWEEN 1 AND 300)
);
CREATE INDEX audit_log_newest ON vestibule.audit_log (tenant_id, id DESC);
CREATE INDEX audit_log_target ON vestibule.audit_log (tenant_id, target, id DESC);

-- Nobody alters it, not even its owner. Removing a tenant altogether takes disabling the trigger first, on purpose.
CREATE FUNCTION vestibule.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION vestibule.refuse_audit_change() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vestibule.audit_log
  FOR EACH ROW EXECUTE FUNCTION vestibule.refuse_audit_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON vestibule.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION vestibule.refuse_audit_change();

-- ---------------------------------------------------------------- row-level security
ALTER TABLE vestibule.widget_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.widget_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.widget_settings
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

ALTER TABLE vestibule.support_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.support_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.support_settings
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

ALTER TABLE vestibule.business_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.business_hours FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.business_hours
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

ALTER TABLE vestibule.business_hours_exceptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.business_hours_exceptions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.business_hours_exceptions
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

ALTER TABLE vestibule.business_hours_exception_intervals ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.business_hours_exception_intervals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.business_hours_exception_intervals
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

ALTER TABLE vestibule.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.audit_log
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.widget_settings TO vestibule_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.support_settings TO vestibule_app;
GRANT SELECT, INSERT, DELETE ON vestibule.business_hours TO vestibule_app;
GRANT SELECT, INSERT, DELETE ON vestibule.business_hours_exceptions TO vestibule_app;
GRANT SELECT, INSERT, DELETE ON vestibule.business_hours_exception_intervals TO vestibule_app;
GRANT SELECT, INSERT ON vestibule.audit_log TO vestibule_app;

-- ---------------------------------------------------------------- telling
-- Hours change in several rows, and only ever together with the version of their workspace, which tells of itself.
CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON vestibule.widget_settings
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_workspace_settings();
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.widget_settings
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION vestibule.tell_workspace_settings();
CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON vestibule.support_settings
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_workspace_settings();
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.support_settings
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION vestibule.tell_workspace_settings();
