-- Hand-overs: what shoppers wrote to the people of a shop, and how they are reached. Kept whatever `store_transcripts`
-- says: a shopper sends one for it to be read. Gone with its conversation, and with the workspace's retention.
CREATE TABLE vestibule.handovers (
  id              uuid        NOT NULL,
  tenant_id       uuid        NOT NULL,
  workspace_id    uuid        NOT NULL,
  conversation_id uuid        NOT NULL,
  at              timestamptz NOT NULL,
  api_key_id      uuid,
  origin          text,
  locale          text,
  name            text,
  email           text,
  phone           text,
  order_number    text,
  company         text,
  message         text        NOT NULL,
  consented       boolean     NOT NULL,
  digest          bytea       NOT NULL, -- of contact and message: the same once more in a conversation is the same one
  CONSTRAINT handovers_pkey PRIMARY KEY (id),
  CONSTRAINT handovers_once UNIQUE (tenant_id, conversation_id, digest),
  CONSTRAINT handovers_transcript_fkey FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES vestibule.transcripts (tenant_id, conversation_id) ON DELETE CASCADE,
  CONSTRAINT handovers_reachable CHECK (num_nonnulls(email, phone) > 0),
  CONSTRAINT handovers_contact_lengths CHECK (
    length(name) BETWEEN 1 AND 200 AND length(email) BETWEEN 3 AND 254 AND length(phone) BETWEEN 3 AND 40
    AND length(order_number) BETWEEN 1 AND 100 AND length(company) BETWEEN 1 AND 200),
  CONSTRAINT handovers_message_length CHECK (length(message) BETWEEN 1 AND 4000),
  CONSTRAINT handovers_origin_length CHECK (length(origin) <= 300),
  CONSTRAINT handovers_locale_length CHECK (length(locale) <= 64),
  CONSTRAINT handovers_digest_length CHECK (octet_length(digest) = 32)
);
CREATE INDEX handovers_workspace ON vestibule.handovers (tenant_id, workspace_id, at DESC, id DESC);

ALTER TABLE vestibule.handovers ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.handovers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.handovers
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, DELETE ON vestibule.handovers TO vestibule_app;

-- ---------------------------------------------------------------- which model answered
-- What an answer costs depends on it. The version before writes none and adds none up: its answers are in the whole and in
-- no model's part.
ALTER TABLE vestibule.usage_events
  ADD COLUMN model text,
  ADD CONSTRAINT usage_events_model_length CHECK (length(model) BETWEEN 1 AND 200) NOT VALID;
ALTER TABLE vestibule.usage_pending ADD COLUMN model text;
ALTER TABLE vestibule.usage_rollups
  DROP CONSTRAINT usage_rollups_dimension_known,
  ADD CONSTRAINT usage_rollups_dimension_known
    CHECK (dimension IN ('none', 'outcome', 'route', 'origin', 'model')) NOT VALID;

CREATE OR REPLACE FUNCTION vestibule.await_usage_rollup() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO vestibule.usage_pending
    (tenant_id, id, at, workspace_id, api_key_id, route, outcome, http_status, origin, cache, prompt_tokens,
     completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out, model)
  SELECT
    tenant_id, id, at, workspace_id, api_key_id, route, outcome, http_status, origin, cache, prompt_tokens,
    completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out, model
  FROM written;
  RETURN NULL;
END $$;
