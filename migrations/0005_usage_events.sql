-- One row a request. No foreign keys: what happened stays true when the key or workspace is gone.

CREATE TABLE vestibule.usage_events (
  id                uuid        NOT NULL,
  at                timestamptz NOT NULL,
  tenant_id         uuid        NOT NULL,
  request_id        text        NOT NULL,
  workspace_id      uuid,
  api_key_id        uuid,
  visitor           text,
  route             text        NOT NULL,
  outcome           text        NOT NULL,
  http_status       smallint    NOT NULL,
  prompt_tokens     integer,
  completion_tokens integer,
  tokens_estimated  boolean,
  first_byte_us     bigint,
  total_us          bigint      NOT NULL,
  gateway_us        bigint      NOT NULL,
  bytes_out         bigint      NOT NULL,
  CONSTRAINT usage_events_pkey PRIMARY KEY (at, id), -- writing a batch again changes nothing
  CONSTRAINT usage_events_request_id_length CHECK (length(request_id) BETWEEN 8 AND 64),
  CONSTRAINT usage_events_visitor_length CHECK (length(visitor) BETWEEN 1 AND 128),
  CONSTRAINT usage_events_route_length CHECK (length(route) BETWEEN 1 AND 100),
  CONSTRAINT usage_events_outcome_length CHECK (length(outcome) BETWEEN 1 AND 100),
  CONSTRAINT usage_events_http_status_range CHECK (http_status BETWEEN 100 AND 599),
  CONSTRAINT usage_events_tokens_whole CHECK (
    (prompt_tokens IS NULL) = (completion_tokens IS NULL) AND (prompt_tokens IS NULL) = (tokens_estimated IS NULL)),
  CONSTRAINT usage_events_not_negative CHECK (
    prompt_tokens >= 0 AND completion_tokens >= 0 AND first_byte_us >= 0 AND total_us >= 0 AND gateway_us >= 0
    AND bytes_out >= 0)
) PARTITION BY RANGE (at);
CREATE INDEX usage_events_tenant ON vestibule.usage_events (tenant_id, at);

-- Takes everything until ranges are split off (README.md, Partitions).
CREATE TABLE vestibule.usage_events_default PARTITION OF vestibule.usage_events DEFAULT;

ALTER TABLE vestibule.usage_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.usage_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.usage_events
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
-- The parent's policy does not hold for whoever names the partition: nothing is granted on it, and it is closed as well.
ALTER TABLE vestibule.usage_events_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.usage_events_default FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.usage_events_default
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

-- What happened is not changed afterwards.
GRANT SELECT, INSERT ON vestibule.usage_events TO vestibule_app;
