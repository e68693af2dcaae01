-- Webhooks: addresses of a workspace that are told what happened, and each message to them until it is taken.

CREATE TABLE vestibule.webhooks (
  id             uuid        NOT NULL,
  tenant_id      uuid        NOT NULL,
  workspace_id   uuid        NOT NULL,
  url            text        NOT NULL,
  description    text        NOT NULL DEFAULT '',
  events         text[]      NOT NULL,
  refused_percent smallint   NOT NULL DEFAULT 30, -- of the chats of an hour, beyond which `answers.refused` is told
  secret         bytea       NOT NULL,            -- sealed; what messages are signed with
  previous       bytea,                           -- sealed; the secret before it, which signs as well for a while
  previous_until timestamptz,
  seal_key_id    text        NOT NULL,            -- names the root key of both
  enabled        boolean     NOT NULL DEFAULT true,
  disabled_because text,                          -- what Vestibule itself switched it off for
  version        bigint      NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  CONSTRAINT webhooks_pkey PRIMARY KEY (id),
  CONSTRAINT webhooks_tenant_id_key UNIQUE (tenant_id, id),
  CONSTRAINT webhooks_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT webhooks_url_format CHECK (url ~ '^https?://[^/?#@]+([/?][^#]*)?$' AND length(url) <= 2048),
  CONSTRAINT webhooks_description_length CHECK (length(description) <= 200),
  CONSTRAINT webhooks_events_count CHECK (cardinality(events) BETWEEN 1 AND 20),
  CONSTRAINT webhooks_events_not_null CHECK (array_position(events, NULL) IS NULL),
  CONSTRAINT webhooks_refused_percent_range CHECK (refused_percent BETWEEN 1 AND 100),
  CONSTRAINT webhooks_secret_sealed CHECK (octet_length(secret) BETWEEN 42 AND 1024),
  CONSTRAINT webhooks_previous_sealed CHECK (octet_length(previous) BETWEEN 42 AND 1024),
  CONSTRAINT webhooks_previous_whole CHECK ((previous IS NULL) = (previous_until IS NULL)),
  CONSTRAINT webhooks_disabled_known CHECK (disabled_because IN ('gone', 'failing')),
  CONSTRAINT webhooks_disabled_whole CHECK (NOT enabled OR disabled_because IS NULL)
);
CREATE INDEX webhooks_workspace ON vestibule.webhooks (tenant_id, workspace_id, id);

CREATE TABLE vestibule.webhook_deliveries (
  id              uuid        NOT NULL, -- the message's id as well
  tenant_id       uuid        NOT NULL,
  webhook_id      uuid        NOT NULL,
  event           text        NOT NULL,
  subject         text        NOT NULL, -- what it is about: of each event each webhook is told once of each
  body            text        NOT NULL, -- the bytes that are signed and sent
  state           text        NOT NULL DEFAULT 'pending',
  attempts        integer     NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  lease_until     timestamptz,          -- somebody is sending it
  last_attempt_at timestamptz,
  last_status     smallint,             -- of the answer to the last attempt; none: there was none
  last_error      text,
  created_at      timestamptz NOT NULL,
  finished_at     timestamptz,
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_deliveries_webhook_fkey FOREIGN KEY (tenant_id, webhook_id)
    REFERENCES vestibule.webhooks (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, event, subject),
  CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('pending', 'delivered', 'failed')),
  CONSTRAINT webhook_deliveries_state_whole CHECK (
    (state = 'pending') = (next_attempt_at IS NOT NULL) AND (state = 'pending') = (finished_at IS NULL)),
  CONSTRAINT webhook_deliveries_lengths CHECK (
    length(event) BETWEEN 1 AND 64 AND length(subject) BETWEEN 1 AND 300 AND length(body) <= 20000
    AND length(last_error) <= 200),
  CONSTRAINT webhook_deliveries_attempts_range CHECK (attempts >= 0)
);
CREATE INDEX webhook_deliveries_due ON vestibule.webhook_deliveries (tenant_id, next_attempt_at)
  WHERE state = 'pending';
CREATE INDEX webhook_deliveries_newest ON vestibule.webhook_deliveries (tenant_id, webhook_id, id DESC);

ALTER TABLE vestibule.webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.webhooks
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.webhooks TO vestibule_app;

ALTER TABLE vestibule.webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.webhook_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.webhook_deliveries
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.webhook_deliveries TO vestibule_app;
